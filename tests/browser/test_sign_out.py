"""Promise P5: after sign-out the Back button shows nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect
from tests.browser.test_accessibility import sign_in
from tests.builders import a_specialist

# Playwright switches off that a page left behind is kept whole in memory; people's browsers do keep it.
AS_PEOPLE_HAVE_IT = {"ignore_default_args": ["--disable-back-forward-cache"]}


@pytest.mark.parametrize("options", [{}, AS_PEOPLE_HAVE_IT], ids=["pages on disk", "pages in memory"])
def test_p5_after_sign_out_back_shows_nothing(
    launch_browser: Callable[..., Browser], portal: str, options: dict[str, list[str]]
) -> None:
    account = a_specialist().account
    page = launch_browser(**options).new_page()
    sign_in(page, portal, account.snils)
    page.goto(f"{portal}/specialist/profile/")
    expect(page.get_by_text(account.email)).to_be_visible()

    page.locator("[data-menu] summary").click()
    with page.expect_response("**/sign-out/") as answer, page.expect_navigation():
        page.get_by_role("button", name="Выйти из системы").click()
    assert (
        answer.value.header_value("clear-site-data") == '"cache", "storage"'
    )  # for browsers that keep what is no-store
    expect(page.get_by_role("heading", level=1)).to_have_text("Вы вышли")
    page.evaluate("history.back()")

    expect(page.get_by_role("heading", level=1)).to_have_text("Вход")
    assert account.email not in page.content()
    page.context.browser.close()  # type: ignore[union-attr]  # it was launched above
