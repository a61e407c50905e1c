"""The whole way through the pages alone: an organisation applies, is questioned and approved, publishes what an operator
sends back once, and a guest with a phone finds it by a query with a typo and two facets."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.applicants import PDF
from tests.browser.test_catalogue import titles
from tests.browser.test_items import mend, publish, review, submit_all, write_event, write_module, write_programme
from tests.browser.test_organisation import PHONE, accept, an_operators_page, apply, decide, link_in
from tests.browser.test_registration import letter

PROGRAMME = "Хроническая сердечная недостаточность"
FINDS = {  # by kind: what the guest types, and what it finds
    "programme": ("хроничиская сердечная недостаточность", PROGRAMME),
    "event": ("вибинар", "Вебинар о гриппе"),
    "module": ("модуль о диобете", "Модуль о диабете"),
}


def look_for(page: Page, portal: str, words: str) -> None:
    page.goto(f"{portal}/")
    page.fill("#q", words)
    page.get_by_role("button", name="Найти обучение").click()
    page.wait_for_url("**/catalogue/?q=*")


def narrow_down(page: Page, *facets: str) -> None:
    """Open the filters of a narrow screen, tick, and look at what is found."""
    page.locator(".cat__mob a").click()
    for facet in facets:
        page.check(facet)
    page.locator("#apply").click()


@pytest.mark.django_db(transaction=True)
def test_from_the_application_to_the_guest_who_finds_the_programme(
    browser: Browser, phone: Page, portal: str, tmp_path: Path
) -> None:
    scan = tmp_path / "скан.pdf"
    scan.write_bytes(PDF)
    apply(phone, portal, scan)
    first_context, first = an_operators_page(browser, portal)
    second_context, second = an_operators_page(browser, portal)
    decide(phone, first, second, portal)

    context, cabinet = accept(browser, portal, link_in(letter(phone, portal, "cabinet_opened"), "invitation"))
    cabinet.set_viewport_size({"width": 1366, "height": 800})
    write_programme(cabinet, portal)
    write_event(cabinet, portal)
    write_module(cabinet, portal)
    submit_all(cabinet, portal)
    review(first, portal)
    returned = letter(phone, portal, "item_returned")
    assert "Цели и результаты: Напишите, что слушатель будет уметь" in returned
    mend(cabinet, portal)
    publish(second, portal)
    for each in (first_context, second_context, context):
        each.close()

    guests = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    guest = guests.new_page()
    for kind, (words, title) in FINDS.items():
        look_for(guest, portal, words)
        narrow_down(guest, f"#kind-{kind}", "#level-higher")
        assert titles(guest) == [title]
    look_for(guest, portal, FINDS["programme"][0])
    guest.get_by_role("link", name=PROGRAMME).click()
    expect(guest.get_by_role("heading", level=1)).to_have_text(PROGRAMME)
    expect(guest.locator("main")).to_contain_text("ИПК «Маяк»")
    expect(guest.get_by_text("9 800")).to_have_count(2)  # the two runs, each with its price
    guests.close()
