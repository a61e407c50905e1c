"""A month before a year of a cycle ends, its owner reads what is earned and what remains; once."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_specialist, facts
from tests.cycle_builders import a_credit, a_cycle

from foundation.mail.models import Letter
from foundation.mail.operations import words_of
from nmfo.accounts.operations.closing import close_account
from nmfo.cycles.models import Cycle
from nmfo.cycles.operations.joining import leave_cycle
from nmfo.cycles.operations.telling import tell_of_years
from nmfo.cycles.rules.days import YEAR_LETTER_BEFORE, year_bounds, year_letter_on

DAY = dt.timedelta(days=1)


def due(cycle: Cycle) -> dt.datetime:
    """The moment at which the next letter is due."""
    day = Cycle.objects.values_list("year_letter_on", flat=True).get(pk=cycle.pk)
    assert day is not None
    return timezone.make_aware(dt.datetime.combine(day, dt.time(9)))


def letters() -> list[Letter]:
    return list(Letter.objects.filter(kind="cycle_year").order_by("pk"))


@pytest.mark.django_db
def test_the_letter_says_what_is_earned_and_what_remains() -> None:
    doctor = a_specialist()
    cycle = a_cycle(doctor)
    moment = due(cycle)
    a_credit(doctor, moment.date())

    assert tell_of_years(moment - DAY) == 0
    assert tell_of_years(moment) == 1
    assert tell_of_years(moment + DAY) == 0

    (letter,) = letters()
    words = words_of(letter)
    assert "осталось набрать за год ЗЕТ: 14" in words.subject
    assert "на счету 36 из рекомендованных 50 ЗЕТ" in words.text
    assert "36 из 144 часов" in words.text


@pytest.mark.django_db
def test_each_year_has_its_letter_and_the_last_is_the_last() -> None:
    doctor = a_specialist()
    cycle = a_cycle(doctor, timezone.localdate() - 10 * DAY)

    for number in range(1, 6):
        moment = due(cycle)
        assert timezone.localdate(moment) == year_bounds(cycle.begins_on, number)[1] - YEAR_LETTER_BEFORE
        assert tell_of_years(moment) == 1

    assert Cycle.objects.get(pk=cycle.pk).year_letter_on is None
    assert [one.key for one in letters()] == [f"cycle-year:{cycle.pk}:{number}" for number in range(1, 6)]


@pytest.mark.django_db
def test_a_year_that_ended_while_nothing_ran_is_passed_over() -> None:
    cycle = a_cycle(a_specialist())
    moment = due(cycle)

    assert tell_of_years(moment + 60 * DAY) == 0

    assert due(cycle) > moment + 60 * DAY


@pytest.mark.django_db
def test_cycles_given_up_and_closed_accounts_get_no_letter() -> None:
    left, closed = a_cycle(a_specialist()), a_cycle(a_specialist())
    moment = max(due(left), due(closed))
    leave_cycle(specialist=left.specialist, cycle_id=left.pk, facts=facts(), now=timezone.now())
    close_account(account=closed.specialist.account, facts=facts(), now=timezone.now())

    assert tell_of_years(moment) == 0

    assert letters() == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_write_once() -> None:
    moment = due(a_cycle(a_specialist()))

    def work(_number: int) -> int:
        try:
            return tell_of_years(moment)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as crew:
        assert sum(crew.map(work, range(2))) == 1

    assert len(letters()) == 1


@given(st.dates(dt.date(2000, 1, 1), dt.date(2060, 12, 31)), st.integers(0, 2500))
def test_the_next_letter_is_a_month_before_the_end_of_a_year_and_later(begins_on: dt.date, days: int) -> None:
    after = begins_on + days * DAY

    found = year_letter_on(begins_on, after=after)

    ends = [year_bounds(begins_on, number)[1] - YEAR_LETTER_BEFORE for number in range(1, 6)]
    assert found == min((day for day in ends if day > after), default=None)


@pytest.mark.django_db
def test_who_joins_in_the_last_month_of_a_year_is_told_of_the_next() -> None:
    begins = timezone.localdate() - 350 * DAY

    cycle = a_cycle(a_specialist(), begins)

    with time_machine.travel(timezone.now()):
        assert due(cycle).date() == year_bounds(begins, 2)[1] - YEAR_LETTER_BEFORE
