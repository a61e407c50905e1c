"""What somebody types becomes what the texts have: forms, writings, synonyms, mistakes, the other keyboard."""

from __future__ import annotations

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from tests.nmfo.catalogue.search.rows import TODAY, a_row

from nmfo.catalogue.models import Synonym
from nmfo.catalogue.search.finding import find
from nmfo.catalogue.search.index import Index
from nmfo.catalogue.search.query import Query
from nmfo.catalogue.search.understanding import Understood, understand, words_of
from nmfo.catalogue.search.words import LONGEST_QUERY, MOST_WORDS, clean, other_layout, typed


def search(text: str, *, exact: bool = False) -> tuple[list[int], Understood]:
    snapshot = Index().current(words_of(text))
    understood = understand(snapshot, text, exact=exact)
    found = find(snapshot, Query(q=text), understood.terms, today=TODAY, volume=understood.volume)
    return [hit.item for hit in found.hits], understood


def synonyms(*groups: list[str]) -> None:
    Synonym.objects.bulk_create([Synonym(words=words, changed_at=timezone.now()) for words in groups])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("title", "asked"),
    [
        ("Артериальная гипертензия", "артериальной гипертензии"),
        ("Ведение тяжёлых больных", "тяжелый больной"),
        ("COVID-19: реабилитация", "covid 19"),
        ("COVID-19: реабилитация", "Covid-19"),
        ("Сердечно-сосудистые заболевания", "сердечно-сосудистый"),
        ("Сердечно-сосудистые заболевания", "сосудистые сердечно"),
        ("Новое в кардиологии", "«новое» в Кардиологии!"),
        ("Терапия", "терапия & | ! <-> :* ( ) '' \\ %"),
        ("Реанимация и интенсивная терапия", "И РЕАНИМАЦИЯ"),
    ],
)
def test_other_forms_and_writings_find_it(title: str, asked: str) -> None:
    wanted = a_row(title=title)
    a_row(title="Совсем другое")

    found, understood = search(asked, exact=True)

    assert (found, understood.shown, understood.missing) == ([wanted], "", ())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("title", "asked", "shown"),
    [
        ("Детская кардиология", "кордиология", "кардиология"),
        ("Детская кардиология", "детскяа кардиология", "детская кардиология"),
        ("Клиника неврозов", "rkbybrf", "клиника"),
        ("Хирургия", "[bhehubz", "хирургия"),
        ("Covid: реабилитация", "сщмшв реабилитация", "covid реабилитация"),
    ],
)
def test_mistakes_are_corrected_and_said(title: str, asked: str, shown: str) -> None:
    wanted = a_row(title=title)
    a_row(title="Терапия")

    found, understood = search(asked)

    assert (found, understood.shown) == ([wanted], shown)


@pytest.mark.django_db
def test_a_word_is_left_as_it_is_when_asked_so() -> None:
    a_row(title="Детская кардиология")

    found, understood = search("кордиология", exact=True)

    assert (found, understood.missing, understood.similar) == ([], ("кордиология",), ("кардиология",))


@pytest.mark.django_db
def test_short_words_are_not_guessed() -> None:
    a_row(title="Сон и рот")

    found, understood = search("сом")

    assert (found, understood.missing, understood.similar) == ([], ("сом",), ())


@pytest.mark.django_db
def test_synonyms_are_words_or_phrases_in_any_form() -> None:
    synonyms(["ИБС", "ишемическая болезнь сердца"], ["педиатрия", "педиатрический"])
    short, long, child = (
        a_row(title="Больные ИБС"),
        a_row(title="Лечение ишемической болезни сердца"),
        a_row(title="Педиатрические задачи"),
    )
    a_row(title="Болезнь сердца")

    assert search("ибс")[0] == [long, short]
    assert search("ишемическую болезнь сердца")[0] == [long, short]
    assert search("педиатрия")[0] == [child]
    assert search("лечение ибс")[0] == [long]


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ["терапия 36 ЗЕТ", "терапия 36 3ЕТ", "36 часов терапия", "терапия зет 36 баллов"])
def test_a_volume_in_the_query_is_a_volume(asked: str) -> None:
    wanted = a_row(credits=36)
    a_row(credits=18)

    found, understood = search(asked)

    assert (found, understood.volume) == ([wanted], 36)


def test_a_long_query_is_cut_and_said_to_be() -> None:
    taken = typed("слово " * 2000)

    assert (len(taken.chunks), taken.was_cut) == (MOST_WORDS, True)
    assert typed("три слова всего").was_cut is False


@given(st.text(max_size=400))
def test_whatever_is_typed_can_be_taken(text: str) -> None:
    cleaned = clean(text)

    assert len(cleaned) <= LONGEST_QUERY
    assert clean(cleaned) == cleaned
    assert typed(text).chunks == typed(text).chunks


@given(st.text(alphabet="абвгдежзийклмнопрстуфхцчшщъыьэюя", min_size=1))
def test_the_other_keyboard_and_back_is_the_same(word: str) -> None:
    assert other_layout(word).translate(str.maketrans("", "", "")) != ""
    back = other_layout(other_layout(word))

    assert back in {word, ""}
