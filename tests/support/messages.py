"""Every message of the sources: from Python by Babel, from templates by way of Django's own translation to Python."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages.extract import extract_python
from django.utils.translation.template import templatize

from tests.environment import ROOT

KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "lazy": None,  # gettext_lazy where `_` is gettext
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message and where it stands."""

    context: str | None
    text: str
    plural: str | None
    place: str


def messages() -> Iterator[Message]:
    """All messages of src/."""
    for path in sorted((ROOT / "src").rglob("*.py")):
        if "migrations" not in path.parts:
            yield from _read(path, path.read_bytes())
    for path in sorted([*(ROOT / "src").rglob("templates/**/*.html"), *(ROOT / "src").rglob("templates/**/*.txt")]):
        yield from _read(path, _calls(templatize(path.read_text(encoding="utf-8"))))


def _calls(source: str) -> bytes:
    """Only the calls of what templatize made: the rest of it is not Python."""
    found = re.findall(r"(?:n?p?gettext|_)\((?:u?'(?:[^'\\]|\\.)*'|u?\"(?:[^\"\\]|\\.)*\"|[^()'\"])*\)", source)
    return "\n".join(found).encode()


def _read(path: Path, source: bytes) -> Iterator[Message]:
    place = str(path.relative_to(ROOT))
    for _line, function, arguments, _comments in extract_python(
        io.BytesIO(source), KEYWORDS, [], {"encoding": "utf-8"}
    ):
        given: list[Any] = list(arguments) if isinstance(arguments, tuple) else [arguments]
        if not given or given[0] is None:
            continue
        context = given.pop(0) if "pgettext" in function else None
        plural = given[1] if "ngettext" in function or function == "npgettext" else None
        yield Message(context=context, text=given[0], plural=plural, place=place)
