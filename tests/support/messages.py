"""Every message of the sources: from Python by its tree, from templates by way of Django's own translation to Python."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation.template import templatize

from tests.environment import ROOT

# Which arguments are context, text and plural. Babel's own reading of Python does not look into f-strings.
KEYWORDS: dict[str, tuple[int | None, int, int | None]] = {
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "lazy": (None, 0, None),  # gettext_lazy where `_` is gettext
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
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
            yield from _read(path, path.read_text(encoding="utf-8"))
    for path in sorted([*(ROOT / "src").rglob("templates/**/*.html"), *(ROOT / "src").rglob("templates/**/*.txt")]):
        yield from _read(path, _calls(templatize(path.read_text(encoding="utf-8"))))


def _calls(source: str) -> str:
    """Only the calls of what templatize made: the rest of it is not Python."""
    found = re.findall(r"(?:n?p?gettext|_)\((?:u?'(?:[^'\\]|\\.)*'|u?\"(?:[^\"\\]|\\.)*\"|[^()'\"])*\)", source)
    return "\n".join(found)


def _read(path: Path, source: str) -> Iterator[Message]:
    place = str(path.relative_to(ROOT))
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or getattr(node.func, "id", "") not in KEYWORDS:
            continue
        given = [_text(argument) for argument in node.args]
        context, text, plural = (
            None if at is None or at >= len(given) else given[at] for at in KEYWORDS[getattr(node.func, "id", "")]
        )
        if text is not None:
            yield Message(context=context, text=text, plural=plural, place=place)


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
