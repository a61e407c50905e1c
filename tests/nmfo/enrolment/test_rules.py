"""The law of enrolment, without a database."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from tests.environment import ROOT

from nmfo.enrolment import rules
from nmfo.enrolment.rules import ENDS, HOLDERS, LIVE, MOVES, OPEN, SEATED, TABS, RunDays, Side, State

RUN = RunDays(begins_on=dt.date(2026, 12, 1), ends_on=dt.date(2026, 12, 12))
TODAY = dt.date(2026, 12, 20)


def test_the_state_diagram_shows_the_ways_of_an_application() -> None:
    text = (ROOT / "docs" / "how-it-works" / "enrolment.md").read_text()
    drawn = re.findall(r"^  (\w+) --> (\w+)$", text.split("```mermaid")[1].split("```")[0], re.MULTILINE)

    assert sorted(drawn) == sorted((str(state), str(to)) for state, ways in MOVES.items() for to in ways)


def test_every_state_is_open_or_an_end_and_stands_in_one_tab() -> None:
    assert set(State) == OPEN | ENDS
    assert {state for state, ways in MOVES.items() if not ways} == ENDS - {State.CREDITED, State.REVERSED}
    assert sorted(state for states in TABS.values() for state in states) == sorted(LIVE)
    assert set(HOLDERS) == OPEN


def test_no_way_leads_to_a_seat_from_an_end() -> None:
    assert {State.DRAFT, State.WAITING} & SEATED == set()
    assert {state for state in ENDS if state in SEATED} == {State.CREDITED, State.REVERSED}


@pytest.mark.parametrize(
    ("state", "to", "by"),
    [
        (State.SUBMITTED, State.ENROLLED, Side.ORGANISATION),
        (State.ENROLLED, State.CREDITED, Side.ORGANISATION),
        (State.COMPLETED, State.COMPLETED, Side.ORGANISATION),
        (State.WITHDRAWN, State.SUBMITTED, Side.SPECIALIST),
    ],
)
def test_a_step_that_the_table_does_not_have_is_refused(state: State, to: State, by: Side) -> None:
    with pytest.raises(rules.StepMoved):
        rules.check_move(state, to, by=by)


def test_nobody_makes_the_step_of_another_side() -> None:
    with pytest.raises(rules.NotYours):
        rules.check_move(State.SUBMITTED, State.APPROVED, by=Side.SPECIALIST)


def test_one_leaves_by_oneself_until_the_learning_begins() -> None:
    rules.check_withdrawable(State.ENROLLED, run=RUN, today=dt.date(2026, 11, 30))

    with pytest.raises(rules.RunBegun):
        rules.check_withdrawable(State.ENROLLED, run=RUN, today=dt.date(2026, 12, 1))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"number": ""}, rules.OrderNumberWrong),
        ({"number": "118; к"}, rules.OrderNumberWrong),
        ({"issued_on": dt.date(2026, 11, 9)}, rules.OrderTooEarly),
        ({"issued_on": dt.date(2026, 12, 13)}, rules.OrderTooLate),
        ({"issued_on": dt.date(2026, 12, 21)}, rules.OrderInFuture),
        ({"reason": ""}, rules.LateOrderReasonMissing),
    ],
)
def test_an_order_that_cannot_be_is_refused_by_its_own_sentence(changes: dict[str, object], refusal: type) -> None:
    given = {
        "number": "118-к",
        "issued_on": dt.date(2026, 11, 28),
        "submitted_on": dt.date(2026, 11, 10),
        "reason": "Приказ нашёлся при сверке",
    }
    rules.check_order(**given, run=RUN, today=TODAY)  # type: ignore[arg-type]

    with pytest.raises(refusal):
        rules.check_order(**{**given, **changes}, run=RUN, today=TODAY)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "refusals"),
    [
        ({}, []),
        ({"attested_on": dt.date(2026, 11, 30)}, [rules.AttestedBeforeRun]),
        ({"enrolled_on": dt.date(2026, 12, 12)}, []),
        ({"enrolled_on": dt.date(2026, 12, 13)}, [rules.AttestedBeforeOrder]),
        ({"attested_on": dt.date(2026, 12, 21)}, [rules.AttestedInFuture, rules.IssuedBeforeAttestation]),
        ({"issued_on": dt.date(2026, 12, 11)}, [rules.IssuedBeforeAttestation]),
        ({"issued_on": dt.date(2026, 12, 21)}, [rules.IssuedInFuture]),
        ({"series": "П К"}, [rules.SeriesWrong]),
        ({"number": "12"}, [rules.NumberWrong]),
        ({"number": "７７２４００１２３４５６"}, [rules.NumberWrong]),
        ({"number": "77240012345б"}, [rules.NumberWrong]),
        ({"registration_number": ""}, [rules.RegistrationWrong]),
        ({"series": "-", "number": "-"}, [rules.SeriesWrong, rules.NumberWrong]),
    ],
)
def test_everything_wrong_with_a_result_is_said_at_once(changes: dict[str, object], refusals: list[type]) -> None:
    given = {
        "enrolled_on": dt.date(2026, 11, 28),
        "attested_on": dt.date(2026, 12, 12),
        "issued_on": dt.date(2026, 12, 14),
        "series": "ПК",
        "number": "772400123456",
        "registration_number": "118/26",
    }

    found = rules.completion_problems(**{**given, **changes}, run=RUN, today=TODAY)  # type: ignore[arg-type]

    assert [type(one) for one in found] == refusals
