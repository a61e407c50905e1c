"""Promise P5: after sign-out the Back button shows nothing."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from tests.browser.test_accessibility import sign_in
from tests.builders import a_specialist


def test_p5_after_sign_out_back_shows_nothing(page: Page, portal: str) -> None:
    account = a_specialist().account
    sign_in(page, portal, account.snils)
    page.goto(f"{portal}/specialist/profile/")
    expect(page.get_by_text(account.email)).to_be_visible()

    page.locator("[data-menu] summary").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Выйти из системы").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Вы вышли")
    page.go_back()

    expect(page.get_by_role("heading", level=1)).to_have_text("Вход")
    assert account.email not in page.content()
