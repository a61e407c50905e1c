"""What people have typed, for a letter: only a letter's own template makes buttons, headings and places of secrets.

The marks of those (`[label](url)`, `## `, a backtick, ⟦name⟧) are taken out of every text that a value of the letter
gives, wherever the template finds it: `{{ entry.version.title }}` as well as `{{ reason }}`.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Iterator
from enum import Enum
from numbers import Number
from typing import Any

from django.utils.functional import Promise

_MARKS = str.maketrans({"[": "(", "]": ")", "\u27e6": "(", "\u27e7": ")", "`": "'"})
_IN_ADDRESSES = {ord(sign): f"%{ord(sign):02X}" for sign in "[]()`"} | {0x27E6: "", 0x27E7: ""}
_ADDRESS = re.compile(r"https?://\S+")
_HEADING = re.compile(r"^[\s#]+")


def plain_text(text: str) -> str:
    """The text without marks, its lines kept. An address stays one: its brackets are written as an address may."""
    if _ADDRESS.fullmatch(text):
        return text.translate(_IN_ADDRESSES)
    lines = [_HEADING.sub(lambda found: found[0].replace("#", "№"), line) for line in text.splitlines()]
    return "\n".join(lines).translate(_MARKS)


def as_plain(value: object) -> Any:
    """The value as the template of a letter may have it: every text that is got from it is plain."""
    if isinstance(value, Enum | Number):
        return value  # the words of the code; numbers of any library
    if isinstance(value, str | Promise):
        return plain_text(str(value))
    if isinstance(value, dict):
        return {key: as_plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset | Iterator) and not hasattr(value, "_fields"):
        return [as_plain(one) for one in value]
    if inspect.isroutine(value):
        return _answering_plainly(value)
    return value if value is None or type(value).__module__ in {"builtins", "datetime", "decimal"} else _Plain(value)


def _answering_plainly(act: Any) -> Any:
    @functools.wraps(act)
    def plainly(*args: object, **kwargs: object) -> Any:
        return as_plain(act(*args, **kwargs))

    return plainly


class _Plain:
    """An object whose texts are plain, those of its attributes too."""

    __slots__ = ("_whole",)

    def __init__(self, whole: Any) -> None:
        self._whole = whole

    def __getattr__(self, name: str) -> Any:
        return as_plain(getattr(self._whole, name))

    def __getitem__(self, key: Any) -> Any:
        return as_plain(self._whole[key])

    def __iter__(self) -> Iterator[Any]:
        return map(as_plain, self._whole)

    def __len__(self) -> int:
        return len(self._whole)

    def __bool__(self) -> bool:
        return bool(self._whole)

    def __eq__(self, other: object) -> bool:
        return bool(self._whole == (other._whole if isinstance(other, _Plain) else other))

    def __hash__(self) -> int:
        return hash(self._whole)

    def __str__(self) -> str:
        return plain_text(str(self._whole))
