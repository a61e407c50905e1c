"""Pages of items, runs and reviews in four looks (see test_accessibility.py)."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Browser
from tests.browser.test_accessibility import LOOKS, a_browser, check, faults, sign_in
from tests.builders import an_operator, facts
from tests.item_builders import a_draft, a_published, a_submitted, a_writer, run_of
from tests.nmfo.catalogue.test_authoring import save
from tests.nmfo.web.test_pages import ORGANISATION_ITEMS

from nmfo.catalogue.operations import authoring, reviewing, running
from nmfo.catalogue.rules.versions import TeacherFacts
from nmfo.catalogue.rules.words import Kind

PROSE = "Для **терапевтов**.\n\n## О чём\n\n* раз\n* два\n\n|a|b|\n|-|-|\n|1|2|\n\n[сайт](https://example.org)"


@pytest.mark.parametrize("name", LOOKS)
def test_pages_of_an_organisation(name: str, browser: Browser, portal: str) -> None:
    by, operator = a_writer(), an_operator()
    people = (TeacherFacts(name="Ким О. П.", post="профессор"),)
    item = a_published(by, operator, annotation=PROSE, teachers=people, internship=True)
    run = running.add_run(item_id=item.pk, run=run_of(), by=by, facts=facts(), now=timezone.now())
    returned = a_submitted(by, "event", annotation=PROSE)
    reviewing.add_remark(
        version_id=returned.pk, field="minutes", text="Откуда столько?", by=operator, facts=facts(), now=timezone.now()
    )
    reviewing.return_version(version_id=returned.pk, words="Почти", by=operator, facts=facts(), now=timezone.now())
    drafts = [a_draft(by, kind) for kind in (Kind.PROGRAMME, Kind.MODULE)]
    context = a_browser(browser, portal, LOOKS[name])
    page = context.new_page()
    sign_in(page, portal, by.account.snils, staff=True)
    own = "/organisation/items/"

    check(
        page,
        portal,
        [
            *ORGANISATION_ITEMS,
            *(f"{own}{item.pk}/{tail}" for tail in ("", "preview/", "withdraw/", "runs/", "runs/add/")),
            f"{own}{item.pk}/runs/{run.pk}/",
            f"{own}{item.pk}/runs/{run.pk}/cancel/",
            f"{own}{returned.item_id}/",
            f"{own}{returned.item_id}/edit/",
            f"{own}{returned.item_id}/preview/",
            *(f"{own}{draft.item_id}/edit/" for draft in drafts),
        ],
    )
    context.close()


@pytest.mark.parametrize("name", LOOKS)
def test_pages_of_a_review(name: str, browser: Browser, portal: str) -> None:
    by, operator = a_writer(), an_operator()
    item = a_published(by, operator, annotation=PROSE)
    new = authoring.new_version(item_id=item.pk, by=by, facts=facts(), now=timezone.now())
    save(new, by, annotation=f"{PROSE}\n\nНовое.", title="Другое название")
    version = authoring.submit_version(version_id=new.pk, by=by, facts=facts(), now=timezone.now())
    reviewing.add_remark(
        version_id=version.pk, field="aims", text="Уточните", by=operator, facts=facts(), now=timezone.now()
    )
    context = a_browser(browser, portal, LOOKS[name])
    page = context.new_page()
    sign_in(page, portal, operator.snils, staff=True)
    path = f"/operator/reviews/{version.pk}/"

    check(
        page,
        portal,
        [
            "/operator/",
            "/operator/reviews/",
            *(f"{path}?view={view}" for view in ("changes", "fields", "card")),
            "/operator/items/",
            f"/operator/items/{item.pk}/",
        ],
    )
    context.close()


def test_an_editor_that_was_refused_and_one_with_two_texts(browser: Browser, portal: str) -> None:
    by = a_writer()
    draft = a_draft(by, "event")
    context = a_browser(browser, portal, LOOKS["ordinary"])
    page = context.new_page()
    sign_in(page, portal, by.account.snils, staff=True)
    page.goto(f"{portal}/organisation/items/{draft.item_id}/edit/")
    page.fill("#seats", "много")
    with page.expect_navigation():
        page.get_by_role("button", name="Сохранить черновик").click()
    assert page.evaluate("() => document.activeElement.id") == "errors"
    assert page.title().startswith("Ошибка:")
    assert faults(page, []) == []

    page.fill("#seats", "30")
    page.fill("#title", "Моё название")
    save(draft, by, title="Название коллеги")
    with page.expect_navigation():
        page.get_by_role("button", name="Сохранить черновик").click()
    assert page.get_by_role("heading", name="Два текста").is_visible()
    assert faults(page, []) == []
    context.close()
