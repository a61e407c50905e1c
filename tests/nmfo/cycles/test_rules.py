"""The law of cycles: years, which rule set applies and why, what is done and missing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from nmfo.cycles.operations.loading import read
from nmfo.cycles.rules.days import CYCLE_YEARS, anniversary, last_day, year_bounds, year_of
from nmfo.cycles.rules.golden import differences, facts_from
from nmfo.cycles.rules.measuring import (
    PARTS,
    DocumentFacts,
    Earned,
    ExtensionFacts,
    Facts,
    Requirement,
    RuleSetFacts,
    choose,
    evaluate,
    holds_until,
    if_extended,
    standing,
    years_of,
)
from nmfo.cycles.rules.refusals import (
    BeginsOutOfRange,
    CycleUnfounded,
    DatesMixed,
    NothingAsked,
    OwnDraft,
    SetMoved,
    check_begins,
    check_move,
    check_other_person,
    check_set,
)
from nmfo.cycles.rules.words import MOVES, Ask, Role, SetState, Why

DAY = dt.date
days = st.dates(min_value=dt.date(1990, 1, 1), max_value=dt.date(2090, 12, 31))
leap_days = st.sampled_from([dt.date(year, 2, 29) for year in range(1992, 2088, 4)])
begins = days | leap_days
entries = st.lists(
    st.builds(
        Earned,
        on=st.dates(min_value=dt.date(2019, 1, 1), max_value=dt.date(2027, 12, 31)),
        part=st.sampled_from(PARTS),
        credits=st.integers(min_value=1, max_value=144),
    ),
    max_size=30,
)


def shipped() -> tuple[list[RuleSetFacts], list[ExtensionFacts]]:
    """The rule sets and acts of the package's files."""
    data = read("rule_sets")
    sets = [
        RuleSetFacts(
            **{name: row[name] for name in ("key", "title", "ground", "role", "decided_by", "valid_from_on")},
            valid_until_on=row.get("valid_until_on"),
            kinds=frozenset(row["kinds"]),
            volunteers=row.get("volunteers", False),
            requirements=tuple(
                Requirement(**{**asked, "parts": frozenset(asked.get("parts", ()))}) for asked in row["requirement"]
            ),
        )
        for row in data["rule_set"]
    ]
    acts = [
        ExtensionFacts(
            kinds=frozenset(row["kinds"]),
            **{name: row[name] for name in ("ends_from_on", "ends_until_on", "until_on", "ground")},
        )
        for row in data["extension"]
    ]
    return sets, acts


CASES: list[dict[str, Any]] = read("golden_cases")["case"]


# --- years


@given(begins)
def test_the_years_of_a_cycle_follow_each_other_without_gap_or_overlap(first: dt.date) -> None:
    bounds = [year_bounds(first, number) for number in range(1, CYCLE_YEARS + 1)]

    assert bounds[0][0] == first
    assert bounds[-1][1] == last_day(first)
    assert [one[0] for one in bounds[1:]] == [one[1] + dt.timedelta(days=1) for one in bounds[:-1]]
    assert {(one[1] - one[0]).days + 1 for one in bounds} <= {365, 366}


@given(begins, st.integers(min_value=-3000, max_value=3000))
def test_a_day_is_in_the_year_whose_bounds_hold_it(first: dt.date, distance: int) -> None:
    day = first + dt.timedelta(days=distance)

    number = year_of(first, day)

    assert year_bounds(first, number)[0] <= day <= year_bounds(first, number)[1]


def test_a_cycle_from_29_february_has_years_from_1_march_and_ends_on_28_february() -> None:
    first = dt.date(2024, 2, 29)

    assert [year_bounds(first, number) for number in range(1, 6)] == [
        (DAY(2024, 2, 29), DAY(2025, 2, 28)),
        (DAY(2025, 3, 1), DAY(2026, 2, 28)),
        (DAY(2026, 3, 1), DAY(2027, 2, 28)),
        (DAY(2027, 3, 1), DAY(2028, 2, 28)),
        (DAY(2028, 2, 29), DAY(2029, 2, 28)),
    ]


@given(begins, st.integers(min_value=1, max_value=30))
def test_an_anniversary_is_the_same_day_except_of_29_february(first: dt.date, years: int) -> None:
    again = anniversary(first, years)

    assert again.year == first.year + years
    assert (again.month, again.day) in {(first.month, first.day), (3, 1)}


@given(entries)
def test_the_years_hold_every_credit_of_the_cycle_once(earned: list[Earned]) -> None:
    facts = Facts(today=DAY(2023, 1, 1), begins_on=DAY(2020, 2, 29), ends_on=DAY(2025, 2, 28), earned=earned)
    inside = [one for one in earned if DAY(2020, 2, 29) <= one.on <= DAY(2025, 2, 28)]

    years = years_of(facts, 50)

    assert sum(year.total for year in years) == sum(one.credits for one in inside)
    for part in PARTS:
        assert sum(year.parts[part] for year in years) == sum(one.credits for one in inside if one.part == part)
    assert all(year.total + year.missing - year.surplus == 50 for year in years)
    assert all(not (year.missing and year.surplus) for year in years)


@given(entries)
def test_a_surplus_of_a_year_never_fills_another(earned: list[Earned]) -> None:
    sets, acts = shipped()
    facts = Facts(today=DAY(2023, 1, 1), begins_on=DAY(2020, 3, 1), ends_on=DAY(2025, 2, 28), earned=earned)

    found = standing(sets, acts, facts).recommended

    assert found is not None
    assert found.missing == sum(year.missing for year in years_of(facts, 50))
    assert found.done + found.missing - found.surplus == found.needed == 250


def test_there_are_no_years_outside_cycles() -> None:
    assert years_of(Facts(today=DAY(2026, 1, 1), earned=[Earned(on=DAY(2026, 1, 1), part="event", credits=1)])) == []


# --- which set applies


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["key"]))
def test_golden_case(case: dict[str, Any]) -> None:
    sets, acts = shipped()

    assert differences(case["expected"], sets, acts, facts_from(case["facts"])) == []


def test_every_rule_set_has_golden_cases() -> None:
    sets, _acts = shipped()

    assert {case["rule_set"] for case in CASES} == {one.key for one in sets}


def test_a_failing_case_says_what_was_expected_and_what_came() -> None:
    sets, acts = shipped()
    wrong = [replace(one, requirements=()) if one.key == "order-709n" else one for one in sets]
    case = next(case for case in CASES if case["key"] == "order-709n-events-only")

    found = differences(case["expected"], wrong, acts, facts_from(case["facts"]))

    assert [(one.what, one.expected, one.got) for one in found] == [
        ("minimum: done", 200, 0),
        ("minimum: missing", 72, 0),
    ]


@given(days)
def test_from_2016_on_there_is_always_a_minimum(end: dt.date) -> None:
    sets, acts = shipped()
    document = DocumentFacts(kind="accreditation", issued_on=anniversary(end, -5), valid_until_on=end)

    choice = choose(sets, role=Role.MINIMUM, document=document, extensions=acts, today=end)

    assert (choice is not None) == (end >= DAY(2016, 1, 1))


def test_the_sentence_names_the_days() -> None:
    sets, acts = shipped()
    document = DocumentFacts(kind="accreditation", issued_on=DAY(2024, 3, 12), valid_until_on=DAY(2029, 3, 12))

    choice = choose(sets, role=Role.MINIMUM, document=document, extensions=acts, today=DAY(2026, 11, 23))

    assert choice is not None
    assert choice.why == Why.NEWEST
    assert "12.03.2029" in choice.sentence
    assert "31.12.2028" in choice.sentence


def test_nothing_applies_when_the_table_is_empty() -> None:
    found = standing([], [], Facts(today=DAY(2026, 1, 1)))

    assert (found.recommended, found.minimum, found.years) == (None, None, [])


def test_the_model_of_order_837_stands_beside_the_minimum_for_certificates_of_its_time_only() -> None:
    sets, acts = shipped()

    def by_choice(kind: str, issued_on: dt.date) -> list[tuple[str, int]]:
        document = DocumentFacts(kind=kind, issued_on=issued_on, valid_until_on=anniversary(issued_on, 5))
        earned = [
            Earned(on=anniversary(issued_on, 1), part="programme", credits=108),
            Earned(on=anniversary(issued_on, 2), part="event", credits=36),
        ]
        found = standing(sets, acts, Facts(today=DAY(2018, 1, 1), document=document, earned=earned))
        return [(one.choice.rule_set.key, one.missing) for one in found.by_choice]

    assert by_choice("certificate", DAY(2014, 5, 5)) == [("order-837", 0)]
    assert by_choice("certificate", DAY(2013, 11, 10)) == []
    assert by_choice("certificate", DAY(2016, 1, 1)) == []
    assert by_choice("accreditation", DAY(2014, 5, 5)) == []


# --- documents


def test_an_act_lengthens_the_documents_it_names_and_no_others() -> None:
    act = ExtensionFacts(
        kinds=frozenset({"certificate"}),
        ends_from_on=DAY(2026, 1, 1),
        ends_until_on=DAY(2026, 12, 31),
        until_on=DAY(2026, 12, 31),
    )

    def until(kind: str, day: dt.date) -> dt.date | None:
        return holds_until(DocumentFacts(kind=kind, valid_until_on=day), [act])

    assert until("certificate", DAY(2026, 1, 1)) == DAY(2026, 12, 31)
    assert until("certificate", DAY(2025, 12, 31)) == DAY(2025, 12, 31)
    assert until("certificate", DAY(2027, 1, 1)) == DAY(2027, 1, 1)
    assert until("category", DAY(2026, 5, 1)) == DAY(2026, 5, 1)
    assert holds_until(DocumentFacts(kind="certificate"), [act]) is None


@given(days, days, days)
def test_an_extension_never_shortens(own: dt.date, extended: dt.date, by_act: dt.date) -> None:
    act = ExtensionFacts(kinds=frozenset({"certificate"}), ends_from_on=own, ends_until_on=own, until_on=by_act)
    document = DocumentFacts(kind="certificate", valid_until_on=own, extended_until_on=extended)

    assert holds_until(document, [act]) == max(own, extended, by_act)


def test_what_if_the_document_is_extended_counts_what_comes_after_its_end() -> None:
    sets, acts = shipped()
    facts = Facts(
        today=DAY(2025, 10, 1),
        begins_on=DAY(2020, 5, 1),
        ends_on=DAY(2025, 4, 30),
        document=DocumentFacts(kind="accreditation", issued_on=DAY(2020, 5, 1), valid_until_on=DAY(2025, 5, 1)),
        earned=[
            Earned(on=DAY(2021, 1, 1), part="programme", credits=108),
            Earned(on=DAY(2025, 9, 1), part="event", credits=36),
        ],
    )

    now = standing(sets, acts, facts).minimum
    then = standing(sets, acts, if_extended(facts, DAY(2025, 12, 31))).minimum

    assert now is not None
    assert then is not None
    assert (now.done, now.missing, now.until_on) == (108, 36, DAY(2025, 5, 1))
    assert (then.done, then.missing, then.until_on) == (144, 0, DAY(2025, 12, 31))


# --- what a set asks


def test_a_requirement_counts_its_parts_only_and_a_paper_nothing() -> None:
    rule_set = RuleSetFacts(
        key="x",
        title="",
        ground="",
        role=Role.MINIMUM,
        decided_by="end",
        valid_from_on=DAY(2000, 1, 1),
        requirements=(
            Requirement(ask=Ask.PAPER, text="paper"),
            Requirement(ask=Ask.SUM, text="sum", credits=10, parts=frozenset({"event", "module"})),
        ),
    )
    facts = Facts(
        today=DAY(2026, 1, 1),
        begins_on=DAY(2024, 1, 1),
        ends_on=DAY(2028, 12, 31),
        earned=[Earned(on=DAY(2025, 1, 1), part=part, credits=4) for part in PARTS],
    )
    choice = choose([rule_set], role=Role.MINIMUM, document=None, extensions=[], today=facts.today)
    assert choice is not None

    found = evaluate(choice, facts, [])

    assert [(one.needed, one.done, one.missing, one.is_met) for one in found.measures] == [
        (0, 0, 0, False),
        (10, 8, 2, False),
    ]
    assert (found.needed, found.done, found.missing) == (10, 8, 2)


# --- refusals


def test_states_go_along_the_table_only() -> None:
    allowed = {(before, after) for before, row in MOVES.items() for after in row}
    assert allowed == {("draft", "published"), ("draft", "dropped"), ("published", "superseded")}
    for before in SetState.values:
        for after in SetState.values:
            if (before, after) not in allowed:
                with pytest.raises(SetMoved):
                    check_move(before, after)


def test_a_set_that_contradicts_itself_is_refused() -> None:
    asked = [Requirement(ask=Ask.SUM, text="", credits=1)]
    check_set(valid_from_on=DAY(2026, 1, 1), valid_until_on=DAY(2026, 1, 1), requirements=asked)

    with pytest.raises(DatesMixed):
        check_set(valid_from_on=DAY(2026, 1, 2), valid_until_on=DAY(2026, 1, 1), requirements=asked)
    with pytest.raises(NothingAsked):
        check_set(
            valid_from_on=DAY(2026, 1, 1), valid_until_on=None, requirements=[Requirement(ask=Ask.PAPER, text="")]
        )


def test_nobody_publishes_what_they_wrote_under_another_account() -> None:
    check_other_person(publisher_snils="1", writers_snils=["2"])
    with pytest.raises(OwnDraft):
        check_other_person(publisher_snils="1", writers_snils=["2", "1"])


def test_a_cycle_begins_in_a_year_of_a_calendar_and_not_in_the_future() -> None:
    today = DAY(2026, 1, 1)
    check_begins(today, today=today)
    with pytest.raises(CycleUnfounded):
        check_begins(DAY(2026, 1, 2), today=today)
    for year in (1, dt.MAXYEAR):
        with pytest.raises(BeginsOutOfRange):
            check_begins(DAY(year, 1, 1), today=today)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"ask": "sum", "credits": 144}, "At least 144 credits in all"),
        ({"ask": "sum", "credits": 72, "parts": frozenset({"programme"})}, "At least 72 credits of programmes"),
        ({"ask": "sum", "credits": 36, "parts": frozenset({"event"})}, "At least 36 credits of events"),
        (
            {"ask": "sum", "credits": 9, "parts": frozenset({"event", "module"})},
            "At least 9 credits of the parts that the act names",
        ),
        ({"ask": "yearly", "credits": 50}, "At least 50 credits in each year of the cycle"),
        ({"ask": "course", "credits": 144}, "One programme of at least 144 hours"),
        (
            {"ask": "course", "credits": 144, "within_years": 5},
            "One programme of at least 144 hours, not older than 5 ",
        ),
        ({"ask": "paper"}, "Papers that you prepare yourself"),
    ],
)
def test_a_requirement_is_described_to_who_does_not_read_the_act(asked: dict[str, Any], said: str) -> None:
    with translation.override("en"):
        assert Requirement(text="", **asked).described.startswith(said)
