"""An organisation gets its account through the pages: 360 px and the keyboard for its people, two operators beside."""

from __future__ import annotations

import re
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.applicants import PDF
from tests.browser.test_accessibility import sign_in
from tests.browser.test_registration import OWN, choose, fill, fill_registration, letter, press, tab_to
from tests.builders import a_snils, an_inn, an_ogrn, an_operator

PHONE = {"width": 360, "height": 740}


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def apply(page: Page, portal: str, scan: Path) -> None:
    """The four steps, by the keyboard; files are given where the focus stands."""
    page.goto(f"{portal}/for-organisations/")
    press(page, "Подать заявку")
    fill(page, "name", "Институт повышения квалификации «Маяк»")
    fill(page, "short_name", "ИПК «Маяк»")
    choose(page, "kind", 2)
    fill(page, "inn", an_inn())
    fill(page, "ogrn", an_ogrn())
    choose(page, "region", 7)
    fill(page, "address", "394000, Воронеж, ул. Примерная, д. 1")
    fill(page, "licence_number", "L035-01298-77/00096945")
    fill(page, "licence_issued_on_0", "6")
    choose(page, "licence_issued_on_1", 5)
    fill(page, "licence_issued_on_2", "2020")
    tab_to(page, "human_tick")
    page.keyboard.press("Space")
    expect(page.locator("[data-human]")).to_have_attribute("data-state", "done", timeout=30_000)
    press(page, "Сохранить и продолжить")

    fill(page, "person_surname", "Петрова-Водкина")
    fill(page, "person_first_name", "Мария")
    fill(page, "person_post", "проректор")
    fill(page, "person_email", "mayak@yandex.ru")
    fill(page, "person_phone", "84735550142")
    press(page, "Сохранить и продолжить")

    for kind in ("request", "non_disclosure", "licence", "registration", "tax"):
        tab_to(page, kind)
        page.locator(":focus").set_input_files(scan)
    press(page, "Сохранить и продолжить")
    expect(page.get_by_text("Ещё не заполнено")).to_have_count(0)
    tab_to(page, "true")
    page.keyboard.press("Space")
    press(page, "Отправить заявку")
    assert heading(page).startswith("Заявка ОРГ-")
    expect(page.get_by_text("Осталось 14 дней")).to_be_visible()


def an_operators_page(browser: Browser, portal: str) -> tuple[BrowserContext, Page]:
    context = browser.new_context(viewport={"width": 1366, "height": 800})
    page = context.new_page()
    sign_in(page, portal, an_operator().snils, staff=True)
    return context, page


def approve(page: Page) -> None:
    page.get_by_role("link", name="Одобрить").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("ИПК «Маяк»")
    page.get_by_role("button", name="Одобрить заявку").click()


def link_in(text: str, path: str) -> str:
    found = re.search(rf"http\S+/{path}/\S+", text)
    assert found is not None, text
    return found[0]


@pytest.mark.django_db(transaction=True)
def test_from_the_application_to_the_cabinet(browser: Browser, phone: Page, portal: str, tmp_path: Path) -> None:
    scan = tmp_path / "скан.pdf"
    scan.write_bytes(PDF)
    apply(phone, portal, scan)
    first_context, first = an_operators_page(browser, portal)
    second_context, second = an_operators_page(browser, portal)

    decide(phone, first, second, portal)
    first_context.close()
    second_context.close()

    context, page = accept(browser, portal, link_in(letter(phone, portal, "cabinet_opened"), "invitation"))
    expect(page.get_by_text("Заполните карточку организации")).to_be_visible()
    context.close()


def decide(phone: Page, first: Page, second: Page, portal: str) -> None:
    """A question of the one operator, the applicant's answer by the link of the letter, two approvals."""
    first.get_by_role("button", name="Взять следующее").click()
    first.get_by_label("Что сказать заявителю").fill("Есть ли у вас филиалы?")
    first.get_by_role("button", name="Записать").click()
    expect(first.locator(".note[role=status]")).to_contain_text("Вопрос отправлен")

    phone.goto(link_in(letter(phone, portal, "application_question"), "for-organisations/apply"))
    tab_to(phone, next_answer(phone))
    phone.keyboard.type("Филиалов нет")
    press(phone, "Отправить ответ")
    expect(phone.get_by_text("Филиалов нет")).to_be_visible()

    first.reload()
    expect(first.get_by_text("Филиалов нет")).to_be_visible()
    approve(first)
    expect(first.locator(".note[role=status]")).to_contain_text("когда заявку одобрит ещё один оператор")
    second.get_by_role("button", name="Взять следующее").click()
    approve(second)
    expect(second.locator(".note[role=status]")).to_contain_text("Кабинет открыт")


def next_answer(page: Page) -> str:
    return str(page.locator("form textarea[name=text]").get_attribute("id"))


def accept(browser: Browser, portal: str, invitation: str) -> tuple[BrowserContext, Page]:
    """The responsible person registers on the way, sets up the second step, and is in."""
    context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(invitation)
    expect(page.get_by_text("Институт повышения квалификации «Маяк»")).to_be_visible()
    press(page, "Зарегистрироваться")
    fill_registration(page, a_snils())
    page.goto(link_in(letter(page, portal, "confirm_registration"), "register/confirm"))
    press(page, "Подтвердить и придумать пароль")
    fill(page, "password", OWN)
    press(page, "Сохранить и продолжить")

    assert heading(page) == "Приглашение"
    press(page, "Принять приглашение")
    secret = page.locator(".secret").inner_text()
    fill(page, "code", pyotp.TOTP(secret).now())
    press(page, "Включить")
    press(page, "Коды сохранены")
    assert heading(page) == "ИПК «Маяк»"
    return context, page
