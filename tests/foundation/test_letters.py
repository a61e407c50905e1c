"""How letters write quotes within quotes."""

from __future__ import annotations

import pytest

from foundation.mail.rules import with_inner_quotes


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Вы были на «Съезд «Терапия»».", "Вы были на «Съезд „Терапия“»."),
        ("«А» и «Б»\n«В «Г» и «Д»»", "«А» и «Б»\n«В „Г“ и „Д“»"),
        ("+6 ЗЕТ: Съезд «Терап…", "+6 ЗЕТ: Съезд «Терап…"),
        ("»наоборот«", "»наоборот«"),
    ],
)
def test_quotes_within_quotes_are_of_the_other_kind(text: str, shown: str) -> None:
    assert with_inner_quotes(text) == shown
