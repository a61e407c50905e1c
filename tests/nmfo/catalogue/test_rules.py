"""The law of items, without a database."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmfo.catalogue.rules.runs import RunFacts, run_problems
from nmfo.catalogue.rules.versions import (
    FIELDS_OF,
    SpecialtyFacts,
    TeacherFacts,
    VersionFacts,
    credits_of,
    malformed_in,
    of_its_kind,
    problems_of,
)
from nmfo.catalogue.rules.words import MOST_MODULE_MINUTES, Kind
from nmfo.reference.zones import ZONES

NOW = dt.datetime(2026, 11, 25, 12, 0, tzinfo=dt.UTC)
KNOWN = {"levels": ("higher", "secondary"), "region": ("77", "36"), "zone": tuple(ZONES)}
THERAPY = SpecialtyFacts(pk=1, name="Терапия", level="higher")
NURSING = SpecialtyFacts(pk=2, name="Сестринское дело", level="secondary")


def programme(**changes: Any) -> VersionFacts:
    given: dict[str, Any] = {
        "kind": Kind.PROGRAMME,
        "title": "Терапия",
        "annotation": "О чём",
        "aims": "Зачем",
        "levels": ("higher",),
        "main_specialties": (THERAPY,),
        "hours": 36,
        "form": "full_time",
        "bases": ("contract",),
    }
    return VersionFacts(**{**given, **changes})


def event(**changes: Any) -> VersionFacts:
    begins_at = NOW + dt.timedelta(days=10)
    given: dict[str, Any] = {
        "kind": Kind.EVENT,
        "title": "Вебинар",
        "annotation": "О чём",
        "levels": ("higher",),
        "main_specialties": (THERAPY,),
        "event_kind": "webinar",
        "begins_at": begins_at,
        "ends_at": begins_at + dt.timedelta(hours=4),
        "zone": "Europe/Moscow",
        "online": True,
        "link": "https://example.org/",
        "minutes": 135,
        "presence": "windows",
        "presence_percent": 80,
    }
    return VersionFacts(**{**given, **changes})


def fields(problems: list[tuple[str, Any]]) -> list[str]:
    return [f"{field}: {type(problem).__name__}" for field, problem in problems]


@pytest.mark.parametrize("facts", [programme(), event(), event(on_site=True, region="77", place="Зал")])
def test_what_is_complete_may_go(facts: VersionFacts) -> None:
    assert malformed_in(facts, known=KNOWN, now=NOW) == []
    assert problems_of(facts, now=NOW) == []


def test_everything_missing_is_said_at_once() -> None:
    assert fields(problems_of(VersionFacts(kind=Kind.PROGRAMME), now=NOW)) == [
        "title: Missing",
        "annotation: Missing",
        "aims: Missing",
        "levels: Missing",
        "hours: Missing",
        "form: Missing",
        "bases: Missing",
        "main_specialties: MainSpecialtyMissing",
    ]


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"hours": 15}, "hours: HoursOutOfRange"),
        ({"hours": 501}, "hours: HoursOutOfRange"),
        ({"title": "я" * 301}, "title: TextTooLong"),
        ({"annotation": "я" * 20_001}, "annotation: TextTooLong"),
        ({"title": "a\x00b"}, "title: ControlCharacters"),
        ({"title": "a\nb"}, "title: ControlCharacters"),
        ({"title": "a\u202eb"}, "title: ControlCharacters"),
        ({"annotation": "a\x07b"}, "annotation: ControlCharacters"),
        ({"form": "by_post"}, "form: ChoiceUnknown"),
        ({"bases": ("contract", "barter")}, "bases: ChoiceUnknown"),
        ({"levels": ("none",)}, "levels: ChoiceUnknown"),
        ({"region": "00"}, "region: ChoiceUnknown"),
        ({"zone": "../../etc/passwd"}, "zone: ChoiceUnknown"),
        ({"price_rub": -1}, "price_rub: NumberOutOfRange"),
        ({"price_rub": 1_000_001}, "price_rub: NumberOutOfRange"),
        ({"other_specialties": (THERAPY,)}, "other_specialties: SpecialtyTwice"),
        ({"teachers": (TeacherFacts(name="", post="доцент"),)}, "teachers: TeacherNameMissing"),
        ({"teachers": (TeacherFacts(name="я" * 201),)}, "teachers: TextTooLong"),
        ({"teachers": tuple(TeacherFacts(name=f"И{n}") for n in range(51))}, "teachers: TooManyTeachers"),
    ],
)
def test_even_a_draft_does_not_say_this(change: dict[str, Any], wanted: str) -> None:
    assert fields(malformed_in(programme(**change), known=KNOWN, now=NOW)) == [wanted]


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"ends_at": NOW + dt.timedelta(days=9)}, "ends_at: EventEndsBeforeItBegins"),
        ({"begins_at": NOW, "ends_at": NOW + dt.timedelta(days=3000)}, "begins_at: EventTooFar"),
        ({"link": "javascript:alert(1)"}, "link: LinkUnfit"),
        ({"presence_percent": 101}, "presence_percent: NumberOutOfRange"),
        ({"seats": 0}, "seats: NumberOutOfRange"),
        ({"minutes": 60_001}, "minutes: NumberOutOfRange"),
        ({"event_kind": "party"}, "event_kind: ChoiceUnknown"),
    ],
)
def test_an_event_that_contradicts_itself_is_no_draft(change: dict[str, Any], wanted: str) -> None:
    assert fields(malformed_in(event(**change), known=KNOWN, now=NOW)) == [wanted]


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"online": False}, "place: PlaceMissing"),
        ({"online": False, "on_site": True, "place": "Зал"}, "place: PlaceMissing"),
        ({"minutes": 44}, "minutes: EventTooShort"),
        ({"presence_percent": None}, "presence_percent: PresenceShareMissing"),
        ({"zone": ""}, "zone: ZoneMissing"),
        ({"begins_at": NOW}, "begins_at: EventInPast"),
        ({"ends_at": NOW + dt.timedelta(days=25)}, "ends_at: EventTooLong"),
        ({"minutes": 200, "sponsor_minutes": 41}, "minutes: MinutesExceedEvent"),
        ({"credits": 4}, "credits: CreditsAboveRule"),
        ({"other_specialties": (NURSING,)}, "other_specialties: SpecialtyOfOtherLevel"),
        (
            {
                "main_specialties": (
                    SpecialtyFacts(pk=3, name="Б", level="higher", valid_until_on=dt.date(2026, 8, 31)),
                )
            },
            "main_specialties: SpecialtyEnded",
        ),
    ],
)
def test_an_event_says_what_keeps_it_from_its_review(change: dict[str, Any], wanted: str) -> None:
    assert fields(problems_of(event(**change), now=NOW)) == [wanted]


def test_a_list_on_the_spot_wants_no_share() -> None:
    assert problems_of(event(presence="list", presence_percent=None), now=NOW) == []


@pytest.mark.parametrize(
    ("minutes", "declared", "wanted"),
    [
        (90, 2, []),
        (90, 3, ["credits: ModuleCreditsAboveRule"]),
        (44, 1, ["credits: ModuleCreditsAboveRule"]),
        (None, 3, []),
        (MOST_MODULE_MINUTES + 1, 1, ["minutes: NumberOutOfRange"]),
        (90, 0, ["credits: NumberOutOfRange", "credits: ModuleCreditsAboveRule"]),
    ],
)
def test_a_module_declares_credits_and_the_rule_bounds_them(
    minutes: int | None, declared: int, wanted: list[str]
) -> None:
    facts = VersionFacts(kind=Kind.MODULE, minutes=minutes, credits=declared)

    assert fields(malformed_in(facts, known=KNOWN, now=NOW)) == wanted


@given(minutes=st.integers(1, 60_000), days=st.integers(1, 14), sponsors=st.integers(0, 600))
def test_an_event_is_worth_a_credit_for_45_minutes_and_six_a_day(minutes: int, days: int, sponsors: int) -> None:
    begins_at = dt.datetime(2027, 2, 1, 9, tzinfo=ZoneInfo("Asia/Omsk"))
    facts = event(
        begins_at=begins_at,
        ends_at=begins_at + dt.timedelta(days=days - 1, hours=3),
        zone="Asia/Omsk",
        minutes=minutes,
        sponsor_minutes=sponsors,
        credits=999,
    )

    assert facts.days == days
    assert (credits_of(facts) or 0) == min(minutes // 45, 6 * days)


@pytest.mark.parametrize(
    ("zone", "begins", "ends", "days"),
    [
        ("Europe/Moscow", "2027-02-01T22:00+03:00", "2027-02-02T00:00+03:00", 1),
        ("Europe/Moscow", "2027-02-01T11:00+03:00", "2027-02-02T00:00+03:00", 1),
        ("Europe/Moscow", "2027-02-01T11:00+03:00", "2027-02-02T00:01+03:00", 2),
        ("Europe/Moscow", "2027-02-01T12:01+03:00", "2027-02-02T00:01+03:00", 1),
        ("Europe/Moscow", "2027-02-01T12:00+03:00", "2027-02-02T00:01+03:00", 2),
        ("Asia/Vladivostok", "2027-02-01T06:00+03:00", "2027-02-01T19:00+03:00", 2),
    ],
)
def test_days_of_an_event_are_counted_in_its_own_zone(zone: str, begins: str, ends: str, days: int) -> None:
    facts = event(zone=zone, begins_at=dt.datetime.fromisoformat(begins), ends_at=dt.datetime.fromisoformat(ends))

    assert facts.days == days


def test_an_evening_that_goes_on_after_midnight_is_worth_what_it_is_by_day() -> None:
    nine_hours = {"zone": "Europe/Moscow", "minutes": 540}

    worth = [
        credits_of(event(begins_at=begins, ends_at=begins + dt.timedelta(hours=9), **nine_hours))
        for begins in (dt.datetime(2027, 2, 1, hour, 1, tzinfo=ZoneInfo("Europe/Moscow")) for hour in (9, 15, 20))
    ]

    assert worth == [6, 6, 6]


@pytest.mark.parametrize("kind", list(Kind))
def test_what_a_kind_does_not_have_is_left_out(kind: str) -> None:
    given: dict[str, Any] = {
        "hours": 36, "form": "full_time", "bases": ("budget",), "distance": True, "minutes": 90, "event_kind": "school",
        "begins_at": NOW, "ends_at": NOW, "zone": "Asia/Omsk", "online": True, "link": "https://x", "presence": "list",
        "seats": 3, "credits": 7, "price_rub": 5,
    }  # fmt: skip

    kept = of_its_kind(VersionFacts(kind=kind, **given))

    empty = of_its_kind(VersionFacts(kind=kind))
    assert {name for name in given if getattr(kept, name) != getattr(empty, name)} == set(given) & FIELDS_OF[kind]


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({}, []),
        ({"ends_on": dt.date(2026, 12, 1)}, ["ends_on: RunDatesOutOfOrder"]),
        ({"apply_until_on": dt.date(2026, 12, 11)}, ["apply_until_on: RunAppliesTooLate"]),
        ({"begins_on": dt.date(2026, 11, 24), "apply_until_on": dt.date(2026, 11, 20)}, ["begins_on: RunInPast"]),
        ({"ends_on": dt.date(2206, 12, 12)}, ["ends_on: RunTooFar"]),
        ({"seats": 4}, ["seats: RunSeatsBelowTaken"]),
        ({"seats": 0}, ["seats: NumberOutOfRange"]),
        ({"bases": ()}, ["bases: RunBasesMissing"]),
        ({"bases": ("barter",)}, ["bases: ChoiceUnknown"]),
        ({"region": ""}, ["region: RunPlaceMissing"]),
        ({"price_rub": 10_000_000}, ["price_rub: NumberOutOfRange"]),
        ({"place": "Зал\x00"}, ["place: ControlCharacters"]),
    ],
)
def test_a_run_says_everything_that_is_wrong(change: dict[str, Any], wanted: list[str]) -> None:
    given: dict[str, Any] = {
        "begins_on": dt.date(2026, 12, 10), "ends_on": dt.date(2026, 12, 20), "apply_until_on": dt.date(2026, 12, 5),
        "seats": 25, "region": "77", "bases": ("contract",),
    }  # fmt: skip

    found = run_problems(RunFacts(**{**given, **change}), taken=5, distance=False, today=NOW.date(), is_new=True)

    assert fields(found) == wanted
