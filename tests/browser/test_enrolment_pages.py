"""Pages of enrolment in four looks, the inbox by keyboard, and without scripts."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Browser
from tests.browser.test_accessibility import LOOKS, a_browser, check, sign_in
from tests.builders import a_specialist, facts
from tests.enrolment_builders import (
    a_draft_application,
    a_registrar,
    a_result,
    a_run_of,
    a_scan,
    an_application,
    confirmed,
    enrolled,
    over,
)

from nmfo.enrolment.models import Application
from nmfo.enrolment.operations import applying, certifying, deciding
from nmfo.enrolment.operations.completing import complete_application


@pytest.mark.parametrize("name", LOOKS)
def test_pages_of_a_listener(name: str, browser: Browser, portal: str) -> None:
    by, specialist = a_registrar(), a_specialist()
    run, full = a_run_of(by), a_run_of(by, seats=1)
    an_application(full)
    draft, waiting = a_draft_application(full, specialist), an_application(run, specialist)
    applying.enclose(
        specialist=specialist, application_id=draft.pk, enclosures=[a_scan()], facts=facts(), now=timezone.now()
    )
    deciding.return_application(
        application_id=waiting.pk,
        seen=None,
        asks="diploma",
        text="Нет диплома",
        by=by,
        facts=facts(),
        now=timezone.now(),
    )
    fresh = a_run_of(by)
    context = a_browser(browser, portal, LOOKS[name])
    page = context.new_page()
    sign_in(page, portal, specialist.account.snils)

    mine = "/specialist/applications/"
    paths = [mine, f"{mine}new/?run={fresh.pk}", f"{mine}{draft.pk}/check/", f"{mine}{draft.pk}/edit/"]
    paths += [f"{mine}{waiting.pk}/{page_of_it}" for page_of_it in ("", "withdraw/", "print/")]
    paper = certifying.ask_for_certificate(
        specialist=specialist, employer="Поликлиника № 4", form_key="", facts=facts(), now=timezone.now()
    )
    certifying.move_certificate(
        specialist=specialist, certificate_id=paper.pk, to="agreed", facts=facts(), now=timezone.now()
    )
    paths += ["/specialist/certificates/", f"/specialist/certificates/{paper.pk}/"]
    check(page, portal, [*paths, f"/catalogue/programmes/{fresh.item_id}/", f"/catalogue/programmes/{full.item_id}/"])

    context.close()


@pytest.mark.parametrize("name", LOOKS)
def test_pages_of_a_registrar(name: str, browser: Browser, portal: str) -> None:
    by = a_registrar()
    run = a_run_of(by)
    row, done = an_application(run), enrolled(an_application(run), by)
    credited = enrolled(an_application(run), by, number="119-к")
    confirmed(an_application(run), by)
    over(run)
    complete_application(
        application_id=credited.pk, seen=None, result=a_result(), by=by, facts=facts(), now=timezone.now()
    )
    context = a_browser(browser, portal, LOOKS[name])
    page = context.new_page()
    sign_in(page, portal, by.account.snils, staff=True)

    inbox, group = "/organisation/applications/", f"/organisation/groups/{run.pk}/"
    results = ["/organisation/frdo/", f"{group}results/", f"{group}attendance/", f"{inbox}{credited.pk}/reversal/"]
    paths = [*results, inbox, f"{inbox}?open={row.pk}&chosen={row.pk}", f"{inbox}?tab=closed", f"{inbox}{row.pk}/"]
    check(
        page, portal, [*paths, f"{inbox}{done.pk}/result/", group, f"{group}orders/{done.order_id}/", "/organisation/"]
    )

    context.close()


def test_the_inbox_by_keyboard(browser: Browser, portal: str) -> None:
    by = a_registrar()
    run = a_run_of(by)
    rows = [an_application(run) for _one in range(2)]
    context = browser.new_context(locale="ru-RU", viewport={"width": 1600, "height": 900})
    page = context.new_page()
    sign_in(page, portal, by.account.snils, staff=True)
    page.goto(f"{portal}/organisation/applications/")

    assert page.locator(".bulk").is_hidden()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.locator("[data-side] h2").first.wait_for()
    assert f"open={rows[0].pk}" in page.url
    first = page.locator("input[name=row]").first
    before = first.bounding_box()
    page.locator("[data-all] input").check()
    assert page.locator("[data-chosen]").inner_text() == "Выбрано: 2"
    assert first.bounding_box() == before  # the bar that has come moves no row
    page.locator("a.who").last.focus()
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")

    assert set(Application.objects.values_list("state", flat=True)) == {"approved"}
    context.close()


def test_the_inbox_without_scripts(browser: Browser, portal: str) -> None:
    by = a_registrar()
    row = an_application(a_run_of(by))
    context = browser.new_context(locale="ru-RU", viewport={"width": 1366, "height": 900}, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, portal, by.account.snils, staff=True)
    page.goto(f"{portal}/organisation/applications/")
    page.locator("input[name=row]").check()
    page.get_by_role("button", name="Отказать").click()
    page.fill("#reason", "Нет допуска")
    page.get_by_role("button", name="Отказать").click()

    row.refresh_from_db()
    assert (row.state, row.reason) == ("refused", "Нет допуска")
    page.goto(f"{portal}/organisation/applications/?tab=closed")
    page.locator("a.who").click()
    assert page.url == f"{portal}/organisation/applications/{row.pk}/"
    context.close()
