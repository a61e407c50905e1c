"""Without a connection: what was seen opens with its time, the rest leads to a list; copies belong to one person."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from tests.browser.test_accessibility import LOOKS, a_browser, faults, sign_in
from tests.builders import (
    a_practice,
    a_specialist,
    a_specialty,
    a_version,
    an_item,
    an_organisation,
    published,
)
from tests.support.faults import database_away

from foundation.signin.models import Session
from foundation.ui import offline
from foundation.ui.kept import forget_pages
from nmfo.catalogue.models import Version

TITLE = "Детская кардиология"
KEPT = "async () => (await Promise.all((await caches.keys()).filter((name) => name.startsWith('pages-'))"
KEPT += ".map(async (name) => (await (await caches.open(name)).keys()).map((one) => one.url)))).flat()"


def a_card() -> Version:
    organisation = an_organisation()
    version = published(a_version(an_item(organisation=organisation), a_specialty("Кардиология"), title=TITLE))
    published(a_version(an_item(organisation=organisation), title="Терапия"))
    return version


def address(version: Version) -> str:
    return f"/catalogue/{version.item.kind}s/{version.item_id}/"


def kept(page: Page) -> list[str]:
    found: list[str] = page.evaluate(KEPT)
    return found


def until(page: Page, condition: str, *, argument: str = "") -> None:
    """Wait until a condition over `kept`, the addresses of the copies, holds: five seconds at most."""
    look = f"const kept = await ({KEPT})(); if ({condition}) return true;"
    wait = "await new Promise((resolve) => setTimeout(resolve, 50));"
    loop = f"async (url) => {{ for (let n = 0; n < 100; n++) {{ {look} {wait} }} return false; }}"
    assert page.evaluate(loop, argument), kept(page)


def look_at(page: Page, url: str) -> None:
    """Open a page and wait until its copy is there."""
    page.goto(url)
    until(page, "kept.includes(url)", argument=page.url)


def bar(page: Page) -> Any:
    return page.locator("#offline .offline b")


@pytest.mark.django_db(transaction=True)
def test_a_page_of_the_catalogue_and_a_card_that_were_seen_open_with_their_time(page: Page, portal: str) -> None:
    version = a_card()
    look_at(page, f"{portal}/catalogue/?q=кардиология")
    look_at(page, portal + address(version))

    page.context.set_offline(True)
    page.reload()

    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    expect(bar(page)).to_have_text(re.compile(r"^Нет связи\. Показываем сохранённое в \d\d:\d\d$"))
    page.goto(f"{portal}/catalogue/?q=кардиология")
    expect(page.locator(".item__t a")).to_have_text([TITLE])
    expect(bar(page)).to_contain_text("Показываем сохранённое в")
    page.get_by_role("link", name=TITLE).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    assert (
        page.evaluate("() => getComputedStyle(document.querySelector('.offline')).backgroundColor")
        == "rgb(255, 233, 176)"
    )


@pytest.mark.django_db(transaction=True)
def test_the_very_first_page_is_kept_although_no_worker_was_there_yet(page: Page, portal: str) -> None:
    version = a_card()

    look_at(page, portal + address(version))

    assert kept(page) == [portal + address(version)]


@pytest.mark.django_db(transaction=True)
def test_a_page_that_was_not_seen_leads_to_the_list_of_those_that_were(phone: Page, portal: str) -> None:
    version = a_card()
    look_at(phone, f"{portal}/catalogue/?q=кардиология")
    look_at(phone, portal + address(version))

    phone.context.set_offline(True)
    phone.goto(f"{portal}/organisations/")

    expect(phone.get_by_role("heading", level=1)).to_have_text("Нет связи")
    assert phone.title() == "Нет связи, Портал НМФО"
    links = phone.locator("[data-list] a")
    expect(links).to_have_text([TITLE, "кардиология, Каталог обучения"])
    expect(phone.locator("[data-list] .muted")).to_have_text([re.compile(r"^\d\d:\d\d$")] * 2)
    links.first.focus()
    phone.keyboard.press("Tab")
    phone.keyboard.press("Enter")
    expect(phone.locator(".item__t a")).to_have_text([TITLE])


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_comes_back_does_not_take_back_the_page_just_chosen(page: Page, portal: str) -> None:
    look_at(page, portal + address(a_card()))
    page.context.set_offline(True)
    page.goto(f"{portal}/organisations/")
    expect(page.locator("[data-list] a")).to_have_text([TITLE])

    page.evaluate("""() => {
      document.querySelector("[data-list] a").click();
      dispatchEvent(new Event("online"));
    }""")

    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)


@pytest.mark.django_db(transaction=True)
def test_what_was_found_by_filters_in_place_is_kept_too(page: Page, portal: str) -> None:
    a_card()
    look_at(page, f"{portal}/catalogue/")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.check("#kind-programme")
    expect(page.locator("#found .chip").first).to_be_visible()
    found = page.url
    until(page, "kept.includes(url)", argument=found)

    page.context.set_offline(True)
    page.goto(found)

    expect(page.locator("#kind-programme")).to_be_checked()
    assert page.title().startswith("Программы ПК, Каталог обучения")


@pytest.mark.django_db(transaction=True)
def test_the_link_that_comes_back_is_told_and_shows_the_fresh_page(page: Page, portal: str) -> None:
    version = a_card()
    look_at(page, portal + address(version))
    page.context.set_offline(True)
    page.reload()
    expect(bar(page)).to_contain_text("Нет связи")

    page.context.set_offline(False)
    expect(bar(page)).to_have_text("Связь появилась")
    with page.expect_navigation():
        page.get_by_role("link", name="Показать свежую страницу").click()

    expect(bar(page)).to_have_count(0)


@pytest.mark.django_db(transaction=True)
def test_a_form_is_not_sent_into_nowhere(page: Page, portal: str) -> None:
    page.goto(f"{portal}/sign-in/")
    page.fill("#login", "112-233-445 95")
    page.context.set_offline(True)
    page.get_by_role("button", name="Войти", exact=True).click()

    expect(bar(page)).to_have_text("Нет связи: форма не отправлена")
    assert page.input_value("#login") == "112-233-445 95"


@pytest.mark.django_db(transaction=True)
def test_a_portal_that_does_not_answer_is_replaced_by_the_copy(page: Page, portal: str) -> None:
    """Its database is away: the portal itself says 503, and the reader sees the copy."""
    version = a_card()
    look_at(page, portal + address(version))
    forget_pages()  # or it would show what it remembers, which needs no database

    with database_away():
        page.reload()

        expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
        expect(bar(page)).to_contain_text("Портал пока не отвечает. Показываем сохранённое в")

    page.reload()
    expect(bar(page)).to_have_count(0)


@pytest.mark.django_db(transaction=True)
def test_at_most_sixty_pages_are_kept_and_the_oldest_go_first(page: Page, portal: str) -> None:
    a_card()
    look_at(page, f"{portal}/catalogue/?q=0")
    script = "async (url) => { await fetch(url, {headers: {Accept: 'text/html'}}).then((answer) => answer.text()) }"
    for number in range(1, 63):
        page.evaluate(script, f"/catalogue/?q={number}")
    until(page, "kept.includes(url)", argument=f"{portal}/catalogue/?q=62")

    addresses = kept(page)

    assert len(addresses) == 60
    assert addresses[0].endswith("?q=3")


@pytest.mark.django_db(transaction=True)
def test_pages_of_cabinets_are_not_kept(page: Page, portal: str) -> None:
    account = a_specialist().account
    sign_in(page, portal, account.snils)
    look_at(page, f"{portal}/catalogue/")
    page.goto(f"{portal}/specialist/")
    page.goto(f"{portal}/specialist/profile/")
    look_at(page, f"{portal}/organisations/")

    assert kept(page) == [f"{portal}/catalogue/", f"{portal}/organisations/"]
    page.context.set_offline(True)
    page.goto(f"{portal}/specialist/profile/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Нет связи")
    assert account.email not in page.content()


@pytest.mark.django_db(transaction=True)
def test_p5_signing_out_wipes_the_copies(page: Page, portal: str) -> None:
    version = a_card()
    specialist = a_specialist()
    a_practice(specialist, a_specialty("Кардиология"))
    sign_in(page, portal, specialist.account.snils)
    look_at(page, portal + address(version))
    expect(page.get_by_text("Засчитается по специальности")).to_be_visible()

    page.locator("[data-menu] summary").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Выйти из системы").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Вы вышли")
    assert kept(page) == []
    page.evaluate("() => navigator.serviceWorker.ready")
    page.context.set_offline(True)
    page.goto(portal + address(version))
    expect(page.get_by_role("heading", level=1)).to_have_text("Нет связи")
    expect(page.get_by_text("Пока их нет.")).to_be_visible()


@pytest.mark.django_db(transaction=True)
def test_p5_the_next_person_at_the_computer_gets_none_of_the_copies(page: Page, portal: str) -> None:
    """The first leaves without signing out: the session ends by itself, and the second signs in."""
    version = a_card()
    first, second = a_specialist().account, a_specialist(snils="11223344595", email="second@nmfo.example").account
    sign_in(page, portal, first.snils)
    look_at(page, portal + address(version))
    Session.objects.update(expires_at=timezone.now())

    sign_in(page, portal, second.snils)
    until(page, "!kept.length")

    look_at(page, f"{portal}/catalogue/")
    page.context.set_offline(True)
    page.goto(portal + address(version))
    expect(page.get_by_role("heading", level=1)).to_have_text("Нет связи")
    expect(page.locator("[data-list] a")).to_have_text(["Каталог обучения"])


@pytest.mark.django_db(transaction=True)
def test_p5_without_a_connection_copies_end_with_the_session(page: Page, portal: str) -> None:
    version = a_card()
    sign_in(page, portal, a_specialist().account.snils)
    look_at(page, portal + address(version))
    page.context.set_offline(True)
    later = (timezone.now() + dt.timedelta(hours=2, minutes=1)).timestamp() * 1000
    worker = page.context.service_workers[0]

    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    worker.evaluate("(later) => { Date.now = () => later }", later)
    page.reload()

    expect(page.get_by_role("heading", level=1)).to_have_text("Нет связи")
    assert kept(page) == []


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_comes_after_its_person_has_left_is_not_kept(page: Page, portal: str) -> None:
    a_card()
    look_at(page, f"{portal}/catalogue/")
    worker = page.context.service_workers[0]

    left = worker.evaluate(
        """async () => {
          const headers = { "Offline-Owner": "somebody 7200", "Offline-Copy": "yes" };
          const began = Date.now() - 1;
          await wipe();
          const late = () => new Response("<title>x</title>", { headers });
          await meet(late(), began);
          await note("/late/", late(), began);
          return (await whose()).owner;
        }"""
    )

    assert left == ""
    assert kept(page) == []


@pytest.mark.django_db(transaction=True)
def test_a_new_version_waits_until_somebody_takes_it(page: Page, portal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    page.goto(f"{portal}/")
    page.evaluate("() => navigator.serviceWorker.ready")
    page.reload()
    expect(page.get_by_text("Портал обновился.")).to_have_count(0)
    monkeypatch.setattr(offline, "FILES", [*offline.FILES, "ui/worker.js"])

    page.reload()
    expect(page.get_by_text("Портал обновился.")).to_be_visible()
    assert page.evaluate("async () => !!(await navigator.serviceWorker.ready).waiting")
    with page.expect_navigation():
        page.get_by_role("button", name="Обновить сейчас").click()

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("async () => !(await navigator.serviceWorker.ready).waiting")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("look", [*LOOKS.values(), "theme=dark"])
def test_the_bar_and_the_offline_page_are_clean_in_every_look(look: str, browser: Browser, portal: str) -> None:
    version = a_card()
    context = a_browser(browser, portal, look)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    look_at(page, portal + address(version))
    page.evaluate("() => navigator.serviceWorker.ready")
    tag = page.evaluate("() => document.documentElement.cloneNode().outerHTML")
    context.set_offline(True)

    page.reload()
    expect(bar(page)).to_be_visible()
    assert faults(page, said) == []
    page.goto(f"{portal}/no-such-page/")
    expect(page.locator("[data-list] a")).to_have_text([TITLE])
    assert faults(page, said) == []
    assert page.evaluate("() => document.documentElement.cloneNode().outerHTML") == tag
    context.close()
