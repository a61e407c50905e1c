"""Messages stand where the search for them looks."""

from __future__ import annotations

import ast
import gettext
import re
from pathlib import Path

import polib
import pytest

from foundation.runtime.translations import fragments, merged

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


@pytest.mark.parametrize("portal", ["nmfo", "gosuslugi"])
def test_every_counted_phrase_has_its_russian_for_each_number(portal: str) -> None:
    book = merged(fragments(portal))
    form_of = gettext.c2py(book.metadata["Plural-Forms"].partition("plural=")[2].strip("; "))
    assert [form_of(n) for n in (0, 1, 2, 5, 11, 21)] == [2, 0, 1, 2, 2, 0]

    def places(text: str) -> set[str]:
        return set(re.findall(r"%\((\w+)\)", text))

    wrong = {
        entry.msgid: entry.msgstr_plural
        for entry in book
        if entry.msgid_plural
        and any(places(entry.msgstr_plural.get(form, "")) != places(entry.msgid_plural) for form in range(4))
    }
    assert wrong == {}  # 21 takes the form of 1, so that one too says the number


@pytest.mark.parametrize("place", ["nmfo/credits", "nmfo/web/parts"])
def test_a_russian_sentence_has_the_full_stop_of_the_english_one(place: str) -> None:
    book = polib.pofile(SRC / place / "locale" / "ru.po")

    bare = [
        text
        for entry in book
        if (entry.msgid_plural or entry.msgid).endswith(".")
        for text in (entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr])
        if not text.endswith((".", "?", "!", ":", "…"))
    ]

    assert bare == []
