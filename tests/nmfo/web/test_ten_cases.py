"""Whoever reads «Где мои баллы?» alone knows of each case what happened and what to do: the demo doctor has ten."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client
from django.utils import timezone
from tests.builders import lists
from tests.cycle_builders import rules_in_force

from nmfo.accounts.queries import account_by_snils
from nmfo.demo.loading import load_demo
from nmfo.demo.people import DOCTOR, PASSWORD

CASES = {
    "counted": ("Артериальная гипертензия: диагностика и лечение", ["Пройденная программа", "+36"]),
    "waiting for the organisation": ("Острые респираторные", ["Организация вносит", "Всё в срок."]),
    "refused": (
        "Полипрагмазия",
        ["Не засчитано", "Подтверждено окон", "2 из 4, нужно 3", "Оспорить"],
    ),
    "reversed": ("Вакцинопрофилактика", ["записи, внесено", "однофамилица", "Оператор портала", "−36"]),
    "what was reversed": ("Вакцинопрофилактика", ["Пройденная программа · снято", "+36"]),
    "other specialty": (
        "щитовидной железы",
        ["Не идёт ни в один цикл", "обучение по другим специальностям", "остаются на счету", "Делать ничего не нужно"],
    ),
    "surplus of a year": (
        "2-й год",
        ["больше нормы: излишек остаётся в этом году", "В сумму за пять лет", "другого года не заменяет"],
    ),
    "legacy": ("Антитромботическая терапия", ["Перенесено с sovetnmo.ru", "Подтверждать не нужно", "+2"]),
    "code not activated": ("Анемии", ["Вы вводите ИКП", "Ввести код"]),
    "awaiting the register": (
        "Сахарный диабет",
        ["ПК 632400018812", "ещё внесёт его в ФИС ФРДО", "Баллы уже засчитаны, делать ничего не нужно"],
    ),
    "dispute open": (
        "внебольничной пневмонии",
        ["Вы оспариваете, обращение", "ответ придёт до", "пока баллы засчитаны"],
    ),
}


@pytest.mark.django_db
def test_each_case_says_what_happened_and_what_to_do() -> None:
    lists()
    rules_in_force()
    load_demo(timezone.now())
    assert account_by_snils(DOCTOR.snils) is not None
    browser = Client()
    browser.post("/sign-in/", {"login": DOCTOR.snils, "password": PASSWORD})

    page = browser.get("/specialist/credits/").content.decode()

    lines = [
        re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", part)))
        for part in re.split(r"<tr role=\"row\">|<article class=\"case\">|<dl>|</dl>", page)
    ]
    unsaid = {
        name: [words for words in said if not any(title in line and words in line for line in lines)]
        for name, (title, said) in CASES.items()
    }
    assert {name: words for name, words in unsaid.items() if words} == {}
