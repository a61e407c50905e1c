"""Russian of the generated texts: cases, names that agree, titles that differ."""

from __future__ import annotations

import random
import re

import pytest
from tests.builders import lists

from nmfo.demo.generate import names
from nmfo.demo.generate.texts import known_specialties, specialty_phrase, topics_of, write
from nmfo.demo.generate.words import phrase
from nmfo.reference.models import Specialty


@pytest.mark.parametrize(
    ("written", "gen", "con", "pre"),
    [
        ("острый бронхит", "острого бронхита", "с острым бронхитом", "остром бронхите"),
        ("бронхиальная астма", "бронхиальной астмы", "с бронхиальной астмой", "бронхиальной астме"),
        ("стабильная стенокардия", "стабильной стенокардии", "со стабильной стенокардией", "стабильной стенокардии"),
        ("хроническая болезнь | почек", "хронической болезни почек", "с хронической болезнью почек", "хронической болезни почек"),
        ("острые кишечные инфекции", "острых кишечных инфекций", "с острыми кишечными инфекциями", "острых кишечных инфекциях"),
        ("нарушения+ | ритма сердца", "нарушений ритма сердца", "с нарушениями ритма сердца", "нарушениях ритма сердца"),
        ("ожоги(ожогов)", "ожогов", "с ожогами", "ожогах"),
        ("делирий", "делирия", "с делирием", "делирии"),
        ("острый средний отит", "острого среднего отита", "с острым средним отитом", "остром среднем отите"),
        ("внутренний контроль | качества", "внутреннего контроля качества", "с внутренним контролем качества", "внутреннем контроле качества"),
        ("лечебное дело", "лечебного дела", "с лечебным делом", "лечебном деле"),
        ("общая гигиена", "общей гигиены", "с общей гигиеной", "общей гигиене"),
        ("мембранная оксигенация", "мембранной оксигенации", "с мембранной оксигенацией", "мембранной оксигенации"),
        ("психиатрия-наркология", "психиатрии-наркологии", "с психиатрией-наркологией", "психиатрии-наркологии"),
        ("акушерство и гинекология", "акушерства и гинекологии", "с акушерством и гинекологией", "акушерстве и гинекологии"),
    ],
)  # fmt: skip
def test_phrases_are_declined(written: str, gen: str, con: str, pre: str) -> None:
    declined = phrase(written)

    assert (declined.gen, declined.con, declined.pre) == (gen, con, pre)


@pytest.mark.django_db
def test_every_specialty_has_topics_of_its_own() -> None:
    lists()
    of_the_lists = set(Specialty.objects.values_list("name", flat=True))

    assert known_specialties() == of_the_lists
    assert all(len(topics_of(name)) >= 6 for name in of_the_lists)
    assert all(re.fullmatch(r"[а-яё() -]+", specialty_phrase(name).gen) for name in of_the_lists)


def test_names_of_women_and_men_agree() -> None:
    assert {his: hers for his, hers in names.surnames() if his in {"Орлов", "Ильин", "Троицкий", "Черных", "Шевчук"}} == {
        "Орлов": "Орлова", "Ильин": "Ильина", "Троицкий": "Троицкая", "Черных": "Черных", "Шевчук": "Шевчук",
    }  # fmt: skip
    assert len(names.patronymics()) == len(names.men())
    assert ("Ильич", "Ильинична") in names.patronymics()
    assert all(daughter.endswith("на") for _son, daughter in names.patronymics())
    assert all(re.fullmatch(r"[А-ЯЁ][а-яё]+", name) for pair in names.surnames() for name in pair)
    assert all(re.fullmatch(r"[А-ЯЁ][а-яё]+", name) for name in (*names.men(), *names.women()))


@pytest.mark.parametrize("kind", ["programme", "event", "module"])
def test_texts_are_whole_and_differ(kind: str) -> None:
    chance = random.Random("words")
    made = [write(chance, kind=kind, specialty="Терапия", level="higher") for _number in range(300)]

    for text in made:
        whole = f"{text.title}\n{text.annotation}\n{text.aims}\n{text.competence}"
        assert not re.search(r"[{}|+~]|  |\bNone\b", whole), whole
        assert 3 <= len(re.findall(r"[.!?](?:\s|$)", text.annotation)) <= 8
        assert len(text.title) <= 300
        assert bool(text.aims) == (kind == "programme")
    assert len({text.annotation for text in made}) == 300
    assert len({text.title for text in made}) > 100
