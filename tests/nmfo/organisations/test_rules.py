"""The law of organisations."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.utils import translation
from tests.environment import ROOT

from nmfo.organisations.rules import (
    APPLICATION_MOVES,
    RIGHTS,
    Field,
    LicenceEndsBeforeItBegins,
    LicenceNotGivenYet,
    LicenceOver,
    Right,
    StaffRole,
    Step,
    check_licence,
    due_after_return,
    due_on,
    is_overdue,
    may,
    place_of,
)

TODAY = dt.date(2026, 11, 22)


def test_the_drawing_shows_the_moves_of_the_table() -> None:
    text = (ROOT / "docs" / "how-it-works" / "organisations.md").read_text(encoding="utf-8")
    drawing = text[text.index("stateDiagram-v2") : text.index("```", text.index("stateDiagram-v2"))]
    drawn = re.findall(r"^\s*(\w+) --> (\w+)", drawing, re.MULTILINE)

    assert set(drawn) == {(one, other) for one, others in APPLICATION_MOVES.items() for other in others}


def test_the_last_day_counts() -> None:
    due = due_on(TODAY)

    assert due == dt.date(2026, 12, 6)
    assert not is_overdue("review", due, due)
    assert is_overdue("review", due, due + dt.timedelta(days=1))
    assert not is_overdue("returned", due, due + dt.timedelta(days=1))


def test_corrections_move_the_term_by_their_days() -> None:
    assert due_after_return(dt.date(2026, 12, 6), returned_on=TODAY, again_on=TODAY) == dt.date(2026, 12, 6)
    assert due_after_return(dt.date(2026, 12, 6), returned_on=TODAY, again_on=TODAY + dt.timedelta(days=30)) == dt.date(
        2027, 1, 5
    )


@pytest.mark.parametrize(
    ("issued_on", "until_on", "refusal"),
    [
        (TODAY + dt.timedelta(days=1), None, LicenceNotGivenYet),
        (TODAY - dt.timedelta(days=9), TODAY - dt.timedelta(days=10), LicenceEndsBeforeItBegins),
        (None, TODAY - dt.timedelta(days=1), LicenceOver),
    ],
)
def test_dates_of_a_licence_agree(
    issued_on: dt.date | None, until_on: dt.date | None, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        check_licence(issued_on=issued_on, until_on=until_on, today=TODAY)
    check_licence(issued_on=TODAY, until_on=TODAY, today=TODAY)


def test_only_the_responsible_person_has_every_right() -> None:
    assert RIGHTS[StaffRole.OWNER] == frozenset(Right.values)
    assert [role for role in StaffRole if may([role], Right.STAFF)] == [StaffRole.OWNER]
    assert [role for role in StaffRole if may([role], Right.JOURNAL)] == [StaffRole.OWNER]
    assert all(may([role], Right.SEE) for role in StaffRole)


def test_every_field_has_its_place() -> None:
    with translation.override("ru"):
        assert place_of("inn") == (Step.ORGANISATION, "ИНН")
        assert place_of("person_email") == (Step.PERSON, "Почта ответственного")
        assert place_of("tax") == (Step.DOCUMENTS, "Свидетельство о постановке на налоговый учёт")
    assert place_of("password") is None
    assert all(place_of(name) for name in Field.values)
