"""What is kept of our own sentences, and how it is read."""

from __future__ import annotations

import datetime as dt

from django.utils import translation
from django.utils.translation import gettext_noop

from nmfo.credits.saying import kept, said

LAST = gettext_noop("The last day to object to the organiser: %(day)s.")


def test_a_kept_sentence_is_said_in_the_language_of_now() -> None:
    words = kept((LAST, {"day": dt.date(2026, 12, 7)}))

    with translation.override("ru"):
        russian = said(words)
    with translation.override("en"):
        english = said(words)

    assert russian.startswith("Последний день для возражения организатору: 7\u00a0декабря")
    assert english.startswith("The last day to object to the organiser: 7\u00a0December")


def test_words_of_people_are_said_as_they_were_typed() -> None:
    assert said('Не был: ["%(day)s"] {}') == 'Не был: ["%(day)s"] {}'
    assert said(kept(("Reworded since: %(reason)s", {"reason": 'Сказал «нет» и "да", 100 %'}))) == (
        'Reworded since: Сказал «нет» и "да", 100 %'
    )
