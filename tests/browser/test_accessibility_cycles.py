"""Pages of cycles and of rule sets in four looks (see test_accessibility.py)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import Browser
from tests.browser.test_accessibility import LOOKS, a_browser, check, sign_in
from tests.builders import a_specialist, a_specialty, a_version, an_item, an_operator, facts, published
from tests.cycle_builders import a_credit, a_cycle, an_admission, rules_in_force

from nmfo.credits.operations.expecting import expect
from nmfo.credits.rules.words import Holder, Source
from nmfo.cycles.models import RuleSet
from nmfo.cycles.operations.feeding import open_feed
from nmfo.cycles.operations.joining import stay_outside
from nmfo.cycles.operations.planning import add_to_plan
from nmfo.cycles.operations.ruling import start_draft


@pytest.mark.parametrize("name", LOOKS)
def test_pages_of_cycles(name: str, browser: Browser, portal: str) -> None:
    today, doctor = timezone.localdate(), a_specialist()
    cycle = a_cycle(doctor)
    a_cycle(doctor, dt.date(today.year - 1, 2, 28), specialty=a_specialty("Кардиология"))
    an_admission(doctor, dt.date(today.year - 2, 5, 5), specialty=a_specialty("Неврология"))
    open_feed(specialist=doctor, facts=facts(), now=timezone.now())
    for kind in ("programme", "event", "module"):
        planned = published(a_version(an_item(kind)))
        add_to_plan(specialist=doctor, item_id=planned.item_id, today=today, facts=facts(), now=timezone.now())
        a_credit(doctor, today, kind=kind)
    for number, holder in enumerate((Holder.ORGANISATION, Holder.SPECIALIST)):
        expect(
            specialist_id=doctor.pk,
            version=published(a_version(an_item())),
            source=Source.COMPLETION,
            origin=f"application:{number}",
            began_on=today,
            holder=holder,
            due_on=today + dt.timedelta(days=9),
            now=timezone.now(),
        )
    context = a_browser(browser, portal, LOOKS[name])
    page = context.new_page()
    sign_in(page, portal, doctor.account.snils)

    check(
        page,
        portal,
        [
            f"/specialist/?cycle={cycle.pk}",
            "/specialist/cycles/",
            f"/specialist/cycles/{cycle.pk}/",
            f"/specialist/cycles/{cycle.pk}/?until_day=1&until_month=2&until_year={today.year + 6}",
            f"/specialist/cycles/{cycle.pk}/?until_day=31&until_month=2&until_year=2030",
            f"/specialist/plan/?cycle={cycle.pk}",
            f"/catalogue/modules/{planned.item_id}/",
            "/welcome/cycle/",
        ],
    )
    context.close()


def test_the_main_page_outside_cycles(browser: Browser, portal: str) -> None:
    doctor = a_specialist()
    stay_outside(specialist=doctor, today=timezone.localdate(), facts=facts(), now=timezone.now())
    a_credit(doctor, timezone.localdate())
    context = a_browser(browser, portal, LOOKS["ordinary"])
    page = context.new_page()
    sign_in(page, portal, doctor.account.snils)

    check(page, portal, ["/specialist/", "/specialist/cycles/"])

    context.close()


@pytest.mark.parametrize("name", LOOKS)
def test_pages_of_rule_sets(name: str, browser: Browser, portal: str) -> None:
    rules_in_force()
    a_cycle(a_specialist())  # counted by one of them, so that a draft says what it would change
    operator = an_operator()
    row = RuleSet.objects.get(key="order-709n", state="published")
    draft = start_draft(set_id=row.pk, by=operator, facts=facts(), now=timezone.now())
    context = a_browser(browser, portal, LOOKS[name])
    page = context.new_page()
    sign_in(page, portal, operator.snils, staff=True)

    check(
        page,
        portal,
        [
            "/operator/rules/",
            f"/operator/rules/{row.pk}/",
            f"/operator/rules/{draft.pk}/",
            f"/operator/rules/{draft.pk}/edit/",
            f"/operator/rules/{draft.pk}/cases/new/",
            f"/operator/rules/{draft.pk}/cases/order-709n-72/",
        ],
    )
    context.close()
