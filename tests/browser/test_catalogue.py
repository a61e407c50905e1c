"""The catalogue in a browser: on a phone without scripts, by keyboard with them; cards keep the content policy."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.test_accessibility import LOOKS, a_browser, check
from tests.builders import a_run, a_specialty, a_version, an_item, an_organisation, published

from nmfo.organisations.models import Organisation


def some_items() -> dict[str, int]:
    """A programme with a run, an event, a module, and enough of others to fill two pages."""
    organisation = an_organisation()
    programme = published(
        a_version(an_item(organisation=organisation), a_specialty("Кардиология"), title="Детская кардиология")
    )
    a_run(programme)
    event = published(a_version(an_item("event", organisation), title="Кардиология: вебинар"))
    module = published(a_version(an_item("module", organisation), title="Кардиология дома"))
    for number in range(25):
        published(a_version(an_item(organisation=organisation), title=f"Терапия {number}"))
    return {"programme": programme.item_id, "event": event.item_id, "module": module.item_id}


def titles(page: Page) -> list[str]:
    return page.locator(".item__t a").all_inner_texts()


@pytest.mark.django_db(transaction=True)
def test_without_scripts_on_a_phone_a_typo_and_two_facets(browser: Browser, portal: str) -> None:
    some_items()
    context = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{portal}/")
    page.fill("#q", "кордиология")
    page.click("text=Найти обучение")
    expect(page.get_by_text("Показано по запросу «кардиология»")).to_be_visible()

    page.click(".cat__mob a")
    expect(page.locator("#filters")).to_be_visible()
    expect(page.locator("#found")).to_be_hidden()
    page.check("#kind-programme")
    page.check("#level-higher")
    page.click("#apply")

    assert titles(page) == ["Детская кардиология"]
    assert "kind=programme" in page.url
    context.close()


@pytest.mark.django_db(transaction=True)
def test_filters_change_the_results_in_place_and_back_brings_them_back(page: Page, portal: str) -> None:
    some_items()
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{portal}/catalogue/?q=кардиология")
    status = page.locator("#status").element_handle()

    page.check("#kind-event")
    expect(page.locator("#status")).to_contain_text("Найдено: 1")
    assert titles(page) == ["Кардиология: вебинар"]
    assert page.url.endswith("&kind=event")
    assert page.evaluate("() => document.activeElement.id") == "kind-event"
    assert page.evaluate("(e) => e.isConnected", status)

    page.get_by_label("Убрать фильтр: Мероприятия").click()
    expect(page.locator("#status")).to_contain_text("Найдено: 3")
    assert page.evaluate("() => document.activeElement.id") == "status"
    page.go_back()
    expect(page.locator("#status")).to_contain_text("Найдено: 1")
    expect(page.locator("#kind-event")).to_be_checked()


@pytest.mark.django_db(transaction=True)
def test_escape_closes_the_filters_on_a_phone_and_nothing_else(page: Page, portal: str) -> None:
    some_items()
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{portal}/catalogue/")
    page.click(".cat__mob a")
    page.check("#kind-event")
    expect(page).to_have_url(re.compile("kind=event"))
    expect(page.locator("#filters")).to_be_visible()

    page.keyboard.press("Escape")

    expect(page.locator("#filters")).to_be_hidden()
    expect(page.locator("#found")).to_be_visible()
    expect(page.locator(".cat__mob a")).to_be_focused()
    assert "kind=event" in page.url


@pytest.mark.django_db(transaction=True)
def test_suggestions_by_keyboard(page: Page, portal: str) -> None:
    items = some_items()
    page.goto(f"{portal}/catalogue/")
    page.focus("#q")
    page.keyboard.type("карди")
    field = page.locator("#q")
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(4)

    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    active = page.locator(f"#{field.get_attribute('aria-activedescendant')}")
    expect(active).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    page.keyboard.type("ология: веб")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    with page.expect_navigation():
        page.keyboard.press("Enter")

    assert page.url == f"{portal}/catalogue/events/{items['event']}/"


@pytest.mark.django_db(transaction=True)
def test_a_long_list_unfolds_in_place(page: Page, portal: str) -> None:
    organisation = an_organisation()
    for name in (
        "Терапия",
        "Кардиология",
        "Неврология",
        "Урология",
        "Хирургия",
        "Педиатрия",
        "Эндокринология",
        "Дерматовенерология",
    ):
        published(a_version(an_item(organisation=organisation), a_specialty(name), title=name))
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{portal}/catalogue/")

    page.click("[data-more=specialty]")
    expect(page.get_by_label("Часть названия")).to_be_focused()
    page.keyboard.type("эндо")
    expect(page.locator("#facet-specialty label:visible")).to_have_count(1)
    page.locator(
        "#facet-specialty label:visible input"
    ).click()  # not check: the list may be drawn anew before it is looked at again

    expect(page.locator("#status")).to_contain_text("Найдено: 1")
    assert titles(page) == ["Эндокринология"]
    assert re.search(r"specialty=\d+$", page.url)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", LOOKS)
def test_results_and_cards_in_every_look(name: str, browser: Browser, portal: str) -> None:
    items = some_items()
    context = a_browser(browser, portal, LOOKS[name])
    page = context.new_page()
    paths = [f"/catalogue/{kind}s/{pk}/" for kind, pk in items.items()]

    check(
        page,
        portal,
        [
            "/",
            "/catalogue/?kind=programme&page=2",
            "/catalogue/?q=кардеология&free=1",
            "/catalogue/?q=фывапролд&kind=event",
            f"/catalogue/?organisation={Organisation.objects.get().pk}&kind=programme",
            "/catalogue/facets/specialty/",
            *paths,
        ],
    )

    context.close()


def test_the_card_can_be_shared(page: Page, portal: str, context: Any) -> None:
    items = some_items()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{portal}/catalogue/modules/{items['module']}/")

    page.get_by_role("button", name="Скопировать ссылку").click()

    expect(page.get_by_role("button", name="Скопировано")).to_be_visible()
    assert page.evaluate("() => navigator.clipboard.readText()") == f"{portal}/catalogue/modules/{items['module']}/"
