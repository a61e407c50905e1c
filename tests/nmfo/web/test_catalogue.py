"""P-02: the page of the search, as people without scripts get it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from html import unescape
from typing import Any

import pyotp
import pytest
from django.test import Client
from django.utils import timezone
from django.utils.http import urlencode
from tests.builders import (
    SECRET,
    a_practice,
    a_run,
    a_second_step,
    a_specialist,
    a_specialty,
    a_version,
    an_item,
    an_organisation,
    lists,
    published,
    signed_in,
)

from nmfo.catalogue.models import Item, Synonym, Version

Queries = Callable[[int], AbstractContextManager[object]]


def a_programme(title: str, **values: Any) -> Version:
    return published(a_version(an_item(), title=title, **values))


def page(browser: Client | None = None, **query: Any) -> str:
    answer = (browser or Client()).get(f"/catalogue/?{urlencode(query, doseq=True)}")
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def titles(text: str) -> list[str]:
    return re.findall(r'<h2 class="item__t">\s*<a [^>]*>([^<]+)</a>', text)


def links(text: str, label: str) -> list[str]:
    return re.findall(rf'<a [^>]*?href="([^"]*)"[^>]*>\s*(?:<svg.*?</svg>)?\s*{re.escape(label)}', text)


@pytest.mark.django_db
def test_a_guest_finds_by_a_typo_and_two_facets() -> None:
    a_programme("Детская кардиология", credits=36, hours=36)
    a_programme("Детская кардиология на дому", credits=18, hours=18)
    a_programme("Терапия")

    text = page(q="кордиология", credits=36, kind="programme")

    assert titles(text) == ["Детская кардиология"]
    assert "Показано по запросу «кардиология»." in text
    (as_typed,) = links(text, "Искать «кордиология»")
    assert titles(page(q="кордиология", exact=1)) == []
    assert "exact=1" in as_typed


@pytest.mark.django_db
def test_what_organisations_write_is_text_in_the_rows() -> None:
    organisation = an_organisation(short_name='ООО "Ёж & <i>К</i>"')
    published(a_version(an_item(organisation=organisation), title='Кардиология <script>alert("1")</script> & другое'))

    text = Client().get("/catalogue/?q=кардиология").content.decode()

    assert "Кардиология &lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; другое" in text
    assert "ООО &quot;Ёж &amp; &lt;i&gt;К&lt;/i&gt;&quot;" in text
    assert "<script>alert" not in text


@pytest.mark.django_db
def test_chips_lead_to_the_query_without_them() -> None:
    a_programme("Терапия")

    text = page(q="терапия", kind=["event", "programme"], region="77", sort="title")

    assert re.findall(r'class="chip" href="([^"]+)" aria-label="([^"]+)"', text)[:3] == [
        (
            "/catalogue/?q=%D1%82%D0%B5%D1%80%D0%B0%D0%BF%D0%B8%D1%8F&kind=programme&region=77&sort=title",
            "Убрать фильтр: Мероприятия",
        ),
        (
            "/catalogue/?q=%D1%82%D0%B5%D1%80%D0%B0%D0%BF%D0%B8%D1%8F&kind=event&region=77&sort=title",
            "Убрать фильтр: Программы ПК",
        ),
        (
            "/catalogue/?q=%D1%82%D0%B5%D1%80%D0%B0%D0%BF%D0%B8%D1%8F&kind=event&kind=programme&sort=title",
            "Убрать фильтр: Москва",
        ),
    ]


@pytest.mark.django_db
def test_pages_beyond_the_end_show_the_last_one() -> None:
    organisation = an_organisation()
    for number in range(45):
        published(a_version(an_item(organisation=organisation), title=f"Терапия {number:02d}"))

    assert (
        titles(page(sort="title", page=3))
        == titles(page(sort="title", page=900))
        == [f"Терапия {number}" for number in range(40, 45)]
    )
    assert "Страница 3 из 3" in page(page=3)


@pytest.mark.django_db
def test_nothing_found_says_what_to_do() -> None:
    a_programme("Детская кардиология")

    text = page(q="кардиология", kind="event", free=1)

    assert "По запросу «кардиология» ничего нет" in text
    assert links(text, "без фильтров") == [
        "/catalogue/?q=%D0%BA%D0%B0%D1%80%D0%B4%D0%B8%D0%BE%D0%BB%D0%BE%D0%B3%D0%B8%D1%8F"
    ]
    text = page(q="кардиология осциллоскоп")
    assert links(text, "без слова «осциллоскоп»") == [
        "/catalogue/?q=%D0%BA%D0%B0%D1%80%D0%B4%D0%B8%D0%BE%D0%BB%D0%BE%D0%B3%D0%B8%D1%8F"
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [
        {"q": "х" * 10_000},
        {"q": "слово " * 2000},
        {"q": "' OR 1=1 -- & | ! <-> :* ( ) \\ %s %(a)s \x00 \ud83d".encode("utf-8", "replace")},
        {"q": "<script>alert(1)</script>"},
        {"specialty": "1; DROP TABLE", "level": "<b>", "page": "9" * 40, "from": "0000-00-00", "sort": "relevance'"},
        {"q": ["одно", "другое"]},
    ],
)
def test_bad_input_is_an_answer(query: dict[str, Any]) -> None:
    lists()

    answer = Client().get(f"/catalogue/?{urlencode(query, doseq=True)}")

    assert answer.status_code == 200
    assert b"<script>alert" not in answer.content
    assert b"<b>" not in answer.content.partition(b"<main")[2].partition(b'id="status"')[0]


@pytest.mark.django_db
def test_unknown_values_are_left_out_with_a_word_about_it() -> None:
    a_programme("Терапия")

    text = page(kind="course")

    assert titles(text) == ["Терапия"]
    assert "Это не учтено: kind=course" in text


@pytest.mark.django_db
def test_the_address_has_one_writing() -> None:
    a_programme("Терапия")

    text = page(sort="title", q=" терапия ", kind="programme", level="")

    assert (
        '<link rel="canonical" href="http://localhost:8000/catalogue/?q=%D1%82%D0%B5%D1%80%D0%B0%D0%BF%D0%B8%D1%8F&kind=programme">'
        in text
    )
    assert 'content="noindex, follow"' in text
    assert "noindex" not in page(kind="programme")


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["localhost:6666", "127.0.0.1:8000", "[::1]:1"])
def test_the_host_of_a_request_stands_on_no_page_kept_for_others(host: str) -> None:
    version = a_programme("Терапия")

    for path in ("/catalogue/?kind=programme", f"/catalogue/programmes/{version.item_id}/", "/sitemap.xml"):
        first, second = (Client(headers={"host": one}).get(path) for one in (host, "localhost:8000"))

        assert (first.status_code, second.status_code) == (200, 200)
        assert host not in first.content.decode() + second.content.decode()


@pytest.mark.django_db
def test_withdrawn_items_go_at_once() -> None:
    version = a_programme("Терапия")
    assert titles(page()) == ["Терапия"]

    Item.objects.filter(pk=version.item_id).update(
        state="withdrawn", withdrawn_at=timezone.now(), withdrawn_reason="Устарела"
    )
    published_again(version.item_id)

    assert titles(page()) == []


def published_again(item: int) -> None:
    from nmfo.catalogue.operations.listing import refresh_search

    refresh_search([item])


@pytest.mark.django_db
def test_a_specialist_sees_what_counts_for_them_first() -> None:
    old = a_specialty("Кардиология")
    specialist = a_specialist()
    a_practice(specialist, old)
    for name, specialty in (("Первое", "Терапия"), ("Второе", "Кардиология"), ("Третье", "Терапия")):
        published(a_version(an_item(), a_specialty(specialty), other=[old] if name == "Третье" else [], title=name))

    text = page(signed_in(specialist.account), sort="relevance")

    assert titles(text) == ["Второе", "Третье", "Первое"]
    assert "Засчитается по вашей специальности «Кардиология»" in text
    assert "Подходит и для вашей специальности «Кардиология»" in text
    assert "вашей специальности" not in page(sort="relevance")


@pytest.mark.django_db
def test_a_password_without_the_second_step_tells_nothing_of_the_person() -> None:
    specialist = a_specialist()
    a_second_step(specialist.account)
    a_practice(specialist, a_specialty("Кардиология"))
    item = published(a_version(an_item(), a_specialty("Кардиология"))).item_id
    halfway, whole = signed_in(specialist.account), signed_in(specialist.account)
    whole.post("/sign-in/factor/", {"code": pyotp.TOTP(SECRET).now()})

    for path in ("/catalogue/", f"/catalogue/programmes/{item}/"):
        assert "«Кардиология»" in whole.get(path).content.decode()
        answer = halfway.get(path)
        assert "«Кардиология»" not in answer.content.decode()
        assert answer["Offline-Owner"] == "stranger"


@pytest.mark.django_db
def test_a_page_costs_two_statements_at_most(django_assert_num_queries: Queries) -> None:
    for number in range(3):
        a_run(a_programme(f"Терапия {number}"))
    page(q="терапия")
    Synonym.objects.create(words=["сердце", "кардио"], changed_at=timezone.now())
    page()
    a_run(a_programme("Терапия новая"))

    with django_assert_num_queries(2):  # what has changed; the row that is new
        page(q="терапия", kind="programme", seats=1)
    with django_assert_num_queries(2):  # likewise; words nobody had typed before come with the first
        page(q="терапиею")


@pytest.mark.django_db(transaction=True)
def test_rows_come_from_memory_until_they_change(django_assert_num_queries: Queries) -> None:
    a_programme("Терапия")
    page(q="терапия")

    with django_assert_num_queries(1):  # nothing has changed
        assert titles(page(q="терапию", kind="programme")) == ["Терапия"]


@pytest.mark.django_db
def test_the_number_of_statements_does_not_grow_with_rows(django_assert_num_queries: Queries) -> None:
    a_programme("Терапия")
    page()
    for number in range(15):
        a_programme(f"Терапия {number}")

    with django_assert_num_queries(2):
        page()


@pytest.mark.django_db
def test_a_whole_list_is_a_page_with_a_filter() -> None:
    for name in ("Терапия", "Кардиология", "Детская кардиология"):
        published(a_version(an_item(), a_specialty(name), title=name))

    answer = unescape(Client().get("/catalogue/facets/specialty/?kind=programme&like=кардио").content.decode())

    assert re.findall(r'class="pick__t">([^<]+)<', answer) == ["Детская кардиология", "Кардиология"]
    assert '<input type="hidden" name="kind" value="programme">' in answer


@pytest.mark.django_db
def test_suggestions_lead_somewhere() -> None:
    specialty = a_specialty("Кардиология")
    version = published(a_version(an_item(), specialty, title="Кардиология для всех"))

    answer = Client().get("/catalogue/suggest/", {"q": "кардиол"})

    assert json.loads(answer.content)["items"] == [
        {"kind": "Специальность", "text": "Кардиология", "url": f"/catalogue/?specialty={specialty.pk}"},
        {"kind": "Программа ПК", "text": "Кардиология для всех", "url": f"/catalogue/programmes/{version.item_id}/"},
    ]


@pytest.mark.django_db
def test_the_home_page_shows_events_and_figures_when_there_are_any() -> None:
    lists()
    assert "Ближайшие мероприятия" not in Client().get("/").content.decode()
    from foundation.ui.kept import forget_pages

    forget_pages()
    published(a_version(an_item("event"), title="Вебинар о давлении"))

    text = Client().get("/").content.decode()

    assert "Ближайшие мероприятия" in text
    assert "Вебинар о давлении" in text
