"""Imports in Chromium: axe in four looks, and a page that looks again by itself."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from tests.browser.test_accessibility import LOOKS, a_browser, check, faults, sign_in
from tests.builders import facts
from tests.import_builders import a_file, a_row, as_text, checked, table
from tests.item_builders import a_writer

from nmfo.catalogue.operations.importing.running import begin_import, cancel_import, go_on_with_import


@pytest.mark.parametrize("name", LOOKS)
def test_pages_of_imports(name: str, browser: Browser, portal: str) -> None:
    empty, by = a_writer(), a_writer()
    rows = [a_row(Ключ=f"П-{number}", Часы=5 * number) for number in range(8)]
    done = checked(by, a_file(content=as_text(table(rows), encoding="cp1251"), name="программы на 2027 год.csv"))
    cancel_import(batch_id=done.pk, by=by, facts=facts(), now=timezone.now())
    failed = checked(by, a_file(content=as_text([["Ключ", "Назвние"], ["1", "x"]])))
    busy = begin_import(by=by, upload=a_file(a_row()), facts=facts(), now=timezone.now())
    context = a_browser(browser, portal, LOOKS[name])
    page = context.new_page()
    sign_in(page, portal, by.account.snils, staff=True)

    check(
        page,
        portal,
        ["/organisation/import/", *(f"/organisation/import/{batch.pk}/" for batch in (done, failed, busy))],
    )
    page.close()  # the page of the busy one looks again by itself, which would break off the next visit
    page = context.new_page()
    go_on_with_import(busy.pk, now=timezone.now())
    check(page, portal, [f"/organisation/import/{busy.pk}/"])
    page.goto(f"{portal}/organisation/import/")
    with page.expect_navigation():
        page.get_by_role("button", name="Проверить файл").click()
    assert page.evaluate("() => document.activeElement.id") == "errors"
    assert faults(page, []) == []
    context.close()
    other = a_browser(browser, portal, LOOKS[name])
    page = other.new_page()
    sign_in(page, portal, empty.account.snils, staff=True)
    check(page, portal, ["/organisation/import/"])
    other.close()


def test_a_page_looks_again_by_itself_until_it_is_over(page: Page, portal: str) -> None:
    by = a_writer()
    batch = begin_import(
        by=by, upload=a_file(*[a_row(Ключ=f"П-{n}") for n in range(120)]), facts=facts(), now=timezone.now()
    )
    sign_in(page, portal, by.account.snils, staff=True)
    page.goto(f"{portal}/organisation/import/{batch.pk}/")

    go_on_with_import(batch.pk, now=timezone.now(), slice_s=0)
    expect(page.get_by_text("Строк: 50 из 120")).to_be_visible(timeout=20_000)
    go_on_with_import(batch.pk, now=timezone.now())

    expect(page.get_by_role("button", name="Записать 120 строк")).to_be_visible(timeout=20_000)
