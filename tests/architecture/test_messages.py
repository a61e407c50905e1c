"""Messages stand where the search for them looks."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SRC = Path(__file__).resolve().parents[2] / "src"
CALLS = {"_", "gettext", "ngettext", "pgettext", "npgettext", "gettext_lazy", "lazy"}


def messages_in_f_strings(source: str) -> list[int]:
    """Lines of the calls that translate within an f-string: their messages are found by no tool, so have no Russian."""
    return [
        call.lineno
        for joined in ast.walk(ast.parse(source))
        if isinstance(joined, ast.JoinedStr)
        for call in ast.walk(joined)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in CALLS
    ]


@pytest.mark.parametrize(("source", "found"), [("f'{_(\"Text\")}'", [1]), ('text = _("Text")\nf"{text}"', [])])
def test_a_message_within_an_f_string_is_seen(source: str, found: list[int]) -> None:
    assert messages_in_f_strings(source) == found


def test_no_message_stands_within_an_f_string() -> None:
    found = {
        str(path.relative_to(SRC)): lines
        for path in SRC.rglob("*.py")
        if (lines := messages_in_f_strings(path.read_text(encoding="utf-8")))
    }

    assert found == {}
