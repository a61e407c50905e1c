"""What proves presence, how long a seat is kept, when a window takes an answer."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.environment import ROOT

from nmfo.participation.rules import (
    LIVE,
    MOVES,
    Decision,
    Evidence,
    Measure,
    Noted,
    PresenceRule,
    Span,
    State,
    WindowInPast,
    WindowOutside,
    WindowsOverlap,
    WindowTooShort,
    check_window,
    days_marked,
    days_meant,
    days_of,
    days_to_mark,
    decide,
    minutes_there,
    moment_of,
    objection_until,
    offer_until,
    overlap,
    seats_left,
    share_of,
    takes_answers,
)

BEGINS = dt.datetime(2026, 11, 28, 7, 0, tzinfo=dt.UTC)  # 10:00 in Moscow
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


def rule(**changes: Any) -> PresenceRule:
    values: dict[str, Any] = {
        "how": "windows",
        "percent": 80,
        "minutes": 180,
        "begins_at": BEGINS,
        "ends_at": BEGINS + 4 * HOUR,
        "zone": "Europe/Moscow",
        "on_site": False,
    }
    return PresenceRule(**{**values, **changes})


def came(minutes: int) -> Noted:
    return Noted(sign="came", at=BEGINS + minutes * MINUTE)


def left(minutes: int) -> Noted:
    return Noted(sign="left", at=BEGINS + minutes * MINUTE)


BACK = Noted(sign="taken_back", at=BEGINS)


def test_five_of_seven_windows_are_not_eighty_per_cent() -> None:
    five = decide(rule(), Evidence(windows=7, answered=5))
    six = decide(rule(), Evidence(windows=7, answered=6))

    assert five == Decision(reached=False, measure=Measure.WINDOWS, have=5, need=6, of=7)
    assert five.missing == 1
    assert six.reached


def test_without_a_window_nobody_has_shown_presence() -> None:
    assert not decide(rule(), Evidence()).reached


def test_who_was_marked_in_the_hall_of_a_webinar_with_a_hall_was_there() -> None:
    evidence = Evidence(marks=(came(0),), windows=7)

    assert decide(rule(on_site=True), evidence).reached
    assert not decide(rule(on_site=False), evidence).reached


def test_the_list_asks_for_a_mark_that_was_not_taken_back() -> None:
    by_list = rule(how="list", percent=None)

    assert decide(by_list, Evidence(marks=(came(0),))).reached
    assert not decide(by_list, Evidence(marks=(came(0), BACK))).reached
    assert decide(by_list, Evidence(marks=(came(0), BACK, came(30)))).reached
    assert not decide(by_list, Evidence()).reached


@pytest.mark.parametrize(
    ("marks", "minutes"),
    [
        ([], 0),
        ([came(0), left(60)], 60),
        ([came(0), left(60), came(90), left(120)], 90),
        ([left(60)], 0),
        ([came(0), came(10), left(60)], 60),
        ([came(-60), left(30)], 30),  # who came an hour early was not at the event then
        ([came(200)], 40),  # nobody scanned at the exit: until the end
        ([came(0)], 180),  # never more than the teaching
        ([came(0), left(60), BACK, came(200)], 40),
        ([left(60), came(0)], 60),  # a phone without a link tells later what was earlier
    ],
)
def test_minutes_are_those_between_coming_in_and_going_out(marks: list[Noted], minutes: int) -> None:
    assert minutes_there(rule(how="badge"), tuple(marks)) == minutes


def test_what_is_to_come_is_not_counted_while_the_event_goes_on() -> None:
    badge = rule(how="badge")

    assert minutes_there(badge, (came(0),), BEGINS + 25 * MINUTE) == 25
    assert minutes_there(badge, (came(0),), BEGINS - HOUR) == 0
    assert minutes_there(badge, (came(0), left(20)), BEGINS + 25 * MINUTE) == 20


def test_nights_between_the_days_of_an_event_are_not_presence() -> None:
    two_days = rule(how="badge", minutes=360, ends_at=BEGINS + 28 * HOUR)

    assert minutes_there(two_days, (came(0),)) == 180
    assert minutes_there(two_days, (came(0), came(24 * 60))) == 360
    assert minutes_there(two_days, (came(0), left(24 * 60 + 10))) == 180


@pytest.mark.parametrize(
    ("begins", "hours", "days"),
    [(0, 28, 2), (0, 6 * 24 + 4, 7), (8, 18, 2), (13, 2, 1), (8, 13, 2), (0, 4, 1), (12, 8 * 24 + 1, 9)],
)
def test_whoever_is_marked_on_every_day_was_there_the_whole_time(begins: int, hours: int, days: int) -> None:
    start = BEGINS + begins * HOUR  # also in the evening, with a morning as the last day
    whole = rule(how="badge", percent=None, minutes=100, begins_at=start, ends_at=start + hours * HOUR)
    later = whole.ends_at + 40 * 24 * HOUR
    marks = [Noted(sign="came", at=moment_of(whole, day, later)) for day in days_meant(whole, later)]

    assert len(days_of(whole)) == len(marks) == days
    assert days_marked(whole, marks) == set(days_of(whole))
    assert decide(whole, Evidence(marks=tuple(marks))).reached


def test_a_mark_means_today_while_the_event_goes_on() -> None:
    two_days = rule(how="badge", minutes=360, ends_at=BEGINS + 28 * HOUR)
    first, second = days_of(two_days)
    morning = BEGINS + 23 * HOUR

    assert days_meant(two_days, BEGINS - 12 * HOUR) == days_to_mark(two_days, BEGINS) == [first]
    assert days_to_mark(two_days, morning) == [first, second]
    assert days_meant(two_days, morning) == [second]
    assert [moment_of(two_days, day, morning) for day in (first, second)] == [BEGINS, morning]
    assert days_marked(two_days, [came(-60), came(26 * 60), BACK]) == set()
    assert days_marked(two_days, [came(-600)]) == {first}


def test_an_evening_that_goes_on_after_midnight_is_one_day() -> None:
    evening = BEGINS + 12 * HOUR  # 22:00 in Moscow
    late = rule(how="badge", minutes=180, begins_at=evening, ends_at=evening + 3 * HOUR)
    last = evening + 150 * MINUTE

    assert days_of(late) == [dt.date(2026, 11, 28)] == days_meant(late, last) == days_meant(late, last + 2 * HOUR)
    assert moment_of(late, days_of(late)[0], last) == last
    assert minutes_there(late, (Noted(sign="came", at=evening), Noted(sign="left", at=last))) == 150
    assert days_marked(late, [Noted(sign="came", at=last)]) == set(days_of(late))


@given(st.lists(st.tuples(st.booleans(), st.integers(-100, 400)), max_size=12))
def test_minutes_are_never_more_than_the_teaching_nor_negative(signs: list[tuple[bool, int]]) -> None:
    marks = tuple(came(at) if is_in else left(at) for is_in, at in signs)

    assert 0 <= minutes_there(rule(how="badge"), marks) <= 180


@given(st.integers(0, 200), st.integers(1, 100))
def test_a_share_is_the_least_number_that_is_enough(whole: int, percent: int) -> None:
    need = share_of(whole, percent)

    assert need * 100 >= whole * percent
    assert need == 0 or (need - 1) * 100 < whole * percent


def test_a_seat_is_kept_for_a_day_and_not_beyond_the_beginning() -> None:
    assert offer_until(BEGINS - 100 * HOUR, BEGINS) == BEGINS - 76 * HOUR
    assert offer_until(BEGINS - 5 * HOUR, BEGINS) == BEGINS
    assert offer_until(BEGINS - 30 * MINUTE, BEGINS) == BEGINS
    assert offer_until(BEGINS - 29 * MINUTE, BEGINS) is None


def test_a_smaller_hall_leaves_no_seats_rather_than_less_than_none() -> None:
    assert seats_left(10, 12) == 0
    assert seats_left(10, 9) == 1
    assert seats_left(None, 900) is None


def test_what_ends_when_the_other_begins_does_not_clash() -> None:
    first, second = (
        Span(begins_at=BEGINS, ends_at=BEGINS + HOUR),
        Span(begins_at=BEGINS + HOUR, ends_at=BEGINS + 2 * HOUR),
    )

    assert not overlap(first, second)
    assert overlap(first, Span(begins_at=BEGINS + 59 * MINUTE, ends_at=BEGINS + 61 * MINUTE))


EVENT = Span(begins_at=BEGINS, ends_at=BEGINS + 2 * HOUR)


@pytest.mark.parametrize(
    ("at", "minutes", "refusal"),
    [
        (0, 0, WindowTooShort),
        (0, 61, WindowTooShort),
        (-1, 5, WindowOutside),
        (118, 5, WindowOutside),
        (0, 5, WindowInPast),
        (63, 5, WindowsOverlap),
        (60, 1, WindowsOverlap),
    ],
)
def test_a_window_that_nobody_could_answer_in_is_refused(at: int, minutes: int, refusal: type[Exception]) -> None:
    window = Span(begins_at=BEGINS + at * MINUTE, ends_at=BEGINS + (at + minutes) * MINUTE)
    other = Span(begins_at=BEGINS + 60 * MINUTE, ends_at=BEGINS + 65 * MINUTE)

    with pytest.raises(refusal):
        check_window(window, [other], event=EVENT, zone="Asia/Omsk", now=BEGINS + 30 * MINUTE)


def test_a_window_takes_answers_five_minutes_longer_than_it_is_open() -> None:
    window = Span(begins_at=BEGINS, ends_at=BEGINS + 3 * MINUTE)

    assert not takes_answers(window, BEGINS - dt.timedelta(seconds=1))
    assert takes_answers(window, BEGINS)
    assert takes_answers(window, BEGINS + 8 * MINUTE)
    assert not takes_answers(window, BEGINS + 8 * MINUTE + dt.timedelta(seconds=1))


def test_an_objection_can_be_made_for_ten_days() -> None:
    assert objection_until(dt.date(2028, 2, 24)) == dt.date(2028, 3, 5)  # over a 29 February


def test_the_state_diagram_shows_the_ways_of_a_registration() -> None:
    text = (ROOT / "docs" / "how-it-works" / "participation.md").read_text()
    drawn = re.findall(r"^  (\w+) --> (\w+)$", text.split("```mermaid")[1].split("```")[0], re.MULTILINE)

    assert sorted(drawn) == sorted((str(state), str(to)) for state, ways in MOVES.items() for to in ways)
    assert set(MOVES) == set(State.values)
    assert {state for state, ways in MOVES.items() if not ways} - LIVE == {
        State.CANCELLED,
        State.LAPSED,
        State.CALLED_OFF,
    }
