"""Credits of an event whose marks are not enough so far: the cabinet says so and counts them nowhere."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.builders import a_specialist, an_organisation, signed_in
from tests.cycle_builders import a_cycle
from tests.nmfo.participation.builders import (
    DAY,
    HOUR,
    a_conference,
    a_registrar,
    a_webinar,
    an_event,
    marked,
    over,
    signed_up,
)
from tests.nmfo.participation.test_noting import window

from nmfo.catalogue.models import Version
from nmfo.cycles.plan_queries import if_planned, plan_of
from nmfo.cycles.queries.counting import CycleState, state_of
from nmfo.cycles.rules.planning import Stage
from nmfo.participation.operations import closing
from nmfo.specialists.models import Specialist

pytestmark = pytest.mark.django_db
PAGES = ("/specialist/", "/specialist/credits/", "/specialist/plan/")


def at(moment: dt.datetime) -> Any:
    return time_machine.travel(moment, tick=False)


def words(browser: Client, path: str) -> str:
    page = browser.get(path).content.decode()
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def half_there(event: Version, who: Specialist) -> int:
    """Marked on one of two days: 270 minutes of the 432 that are asked for."""
    row = signed_up(event, who)
    marked(row, a_registrar(event))
    return row.pk


def standing_of(who: Specialist) -> CycleState:
    (cycle,) = who.cycles.all()
    return state_of(cycle, today=timezone.localdate())


def test_they_are_on_their_way_on_no_page_and_each_says_why() -> None:
    who, event = a_specialist(), a_conference()
    a_cycle(who)
    row, later = half_there(event, who), over(event) + DAY
    with at(later):
        before = words(signed_in(who.account), "/specialist/plan/")
        closing.await_credits_of_ended(later)
        browser = signed_in(who.account)
        first, ledger, plan = (words(browser, path) for path in PAGES)
        page = browser.get("/specialist/plan/").content.decode()

    assert "Ещё 12 ЗЕТ пока не придут: отметок о присутствии не хватает." in first
    assert "в пути" not in first
    assert "ещё 12 пока не придут: отметок о присутствии не хватает" in ledger
    assert "В пути 0" in ledger
    for text in (before, plan):
        assert "Отметок не хватает" in text
        assert "Минут по отметкам: 270, нужно: 432." in text
        assert "С планом ещё" not in text
        assert "Завершено, баллы в пути" not in text
    assert f'href="/specialist/events/{row}/presence/"' in page


def test_the_sums_have_them_again_when_the_organiser_has_added_the_marks() -> None:
    who, event = a_specialist(), a_conference()
    a_cycle(who)
    row, later = signed_up(event, who), over(event) + DAY
    marked(row, a_registrar(event))
    closing.await_credits_of_ended(later)
    with at(later):
        short = standing_of(who)
        rows = plan_of(short, timezone.localdate())
        then = if_planned(short, rows).recommended
    assert then is not None
    assert (short.short, short.on_their_way, short.with_you, short.awaited_credits) == (12, 0, 0, 0)
    assert [(line.stage, line.is_to_come) for line in rows] == [(Stage.SHORT, False)]
    assert then.done == 0

    marked(row, a_registrar(event), now=later, reason="Подпись в листе второго дня.")
    with at(later):
        enough = standing_of(who)
        (line,) = plan_of(enough, timezone.localdate())

    assert (enough.short, enough.on_their_way) == (0, 12)
    assert (line.stage, line.is_to_come) == (None, True)


def test_nothing_is_said_before_the_end() -> None:
    who, event = a_specialist(), a_conference()
    a_cycle(who)
    half_there(event, who)
    assert event.ends_at is not None

    with at(event.ends_at - HOUR):  # on the second day
        state = standing_of(who)
        (line,) = plan_of(state, timezone.localdate())

    assert (state.short, line.stage, line.is_to_come) == (0, Stage.SIGNED_UP, True)


def test_windows_are_measured_as_well() -> None:
    who, event = a_specialist(), a_webinar()
    a_cycle(who)
    signed_up(event, who)
    window(event, a_registrar(event), 1)
    closing.await_credits_of_ended(over(event) + DAY)
    with at(over(event) + DAY):
        state = standing_of(who)
        text = words(signed_in(who.account), "/specialist/plan/")

    assert (state.short, state.on_their_way) == (event.credits, 0)
    assert "Подтверждено окон: 0, нужно: 1." in text


def test_they_cost_no_statement_more_than_credits_that_come() -> None:
    who, organisation = a_specialist(), an_organisation()
    a_cycle(who)

    def one_more(number: int) -> None:
        begins = timezone.now() + (30 + number) * DAY
        event = a_webinar(organisation, begins_at=begins, ends_at=begins + 3 * HOUR)
        signed_up(event, who)
        window(event, a_registrar(event), 1)
        closing.await_credits_of_ended(over(event) + DAY)

    def cost() -> list[int]:
        found = []
        with at(timezone.now() + 40 * DAY):
            browser = signed_in(who.account)
            for path in PAGES:
                browser.get(path)
                with CaptureQueriesContext(connection) as seen:
                    browser.get(path)
                found.append(len(seen))
        return found

    begins = timezone.now() + 30 * DAY
    in_time = an_event(organisation, begins_at=begins, ends_at=begins + 3 * HOUR)
    signed_up(in_time, who)
    closing.await_credits_of_ended(over(in_time))
    comes = cost()
    for number in range(4):
        one_more(number)

    assert cost() == comes
