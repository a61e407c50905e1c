"""A person registers through the pages and the letter, signs in and does the first run: 360 px, keyboard only."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.builders import a_snils
from tests.support.jobs import run_jobs

OWN = "сирень-гавань-1907-фонарь"


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until the control with this id, or with this text, has the focus."""
    script = "() => { const e = document.activeElement; return [e.id, (e.innerText || '').trim()] }"
    for _press in range(80):
        page.keyboard.press("Tab")
        if wanted in page.evaluate(script):
            return
    pytest.fail(f"the keyboard does not reach {wanted!r}")


def fill(page: Page, control: str, text: str) -> None:
    tab_to(page, control)
    page.keyboard.type(text)


def choose(page: Page, control: str, steps: int) -> None:
    tab_to(page, control)
    for _step in range(steps):
        page.keyboard.press("ArrowDown")


def press(page: Page, label: str) -> None:
    tab_to(page, label)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def register(page: Page, portal: str, number: str) -> None:
    page.goto(f"{portal}/register/")
    fill_registration(page, number)


def fill_registration(page: Page, number: str) -> None:
    fill(page, "snils", number)
    fill(page, "surname", "Петрова-Водкина")
    fill(page, "first_name", "Мария")
    fill(page, "patronymic", "Ивановна")
    fill(page, "birth_date_0", "6")
    choose(page, "birth_date_1", 5)
    fill(page, "birth_date_2", "1990")
    tab_to(page, "sex_0")
    page.keyboard.press("Space")
    choose(page, "region", 7)
    fill(page, "phone", "89005550142")
    fill(page, "email", "maria@yandex.ru")
    for tick in ("personal_data", "agreement", "human_tick"):
        tab_to(page, tick)
        page.keyboard.press("Space")
    expect(page.locator("[data-human]")).to_have_attribute("data-state", "done", timeout=30_000)
    press(page, "Зарегистрироваться")
    expect(page.get_by_role("heading", level=1)).to_have_text("Письмо отправлено")


def letter(page: Page, portal: str, kind: str) -> str:
    run_jobs()
    rows = page.request.get(f"{portal}/dev/mail.json").json()
    return str(next(row["text"] for row in rows if row["kind"] == kind))


def first_run(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Добро пожаловать")
    press(page, "Принимаю")
    tab_to(page, "levels_1")
    page.keyboard.press("Space")
    press(page, "Далее")
    expect(page.get_by_role("heading", level=1)).to_contain_text("федеральный регистр")
    press(page, "Далее")
    tab_to(page, "awaiting_number")
    page.keyboard.press("Space")
    press(page, "Добавить документ")
    expect(page.locator(".note[role=status]")).to_contain_text("Документ добавлен")
    press(page, "Далее")
    tab_to(page, "choice_0")
    page.keyboard.press("Space")
    press(page, "Начать")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Мария Ивановна")


@pytest.mark.django_db(transaction=True)
def test_with_an_own_password(phone: Page, portal: str) -> None:
    register(phone, portal, a_snils())
    link = re.search(r"http\S+/register/confirm/\S+/", letter(phone, portal, "confirm_registration"))
    assert link is not None

    phone.goto(link[0])
    press(phone, "Подтвердить и придумать пароль")
    fill(phone, "password", OWN)
    press(phone, "Сохранить и продолжить")

    first_run(phone)


@pytest.mark.django_db(transaction=True)
def test_with_a_temporary_password(phone: Page, portal: str, settings: Any) -> None:
    settings.REGISTRATION_MODE = "temporary-password"
    number = a_snils()
    register(phone, portal, number)
    link = re.search(r"http\S+/register/confirm/\S+/", letter(phone, portal, "confirm_registration"))
    assert link is not None
    phone.goto(link[0])
    press(phone, "Подтвердить и получить пароль письмом")
    temporary = re.search(r"^([2-9a-z]{4}-){2}[2-9a-z]{4}$", letter(phone, portal, "first_password"), re.MULTILINE)
    assert temporary is not None

    phone.goto(f"{portal}/sign-in/")
    fill(phone, "login", number)
    fill(phone, "password", temporary[0])
    press(phone, "Войти")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Ваш пароль")
    fill(phone, "password", OWN)
    press(phone, "Сохранить и продолжить")

    first_run(phone)
