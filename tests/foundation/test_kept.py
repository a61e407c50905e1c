"""Pages kept in memory: the same for strangers, never somebody's, each form with a token of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from urllib.parse import unquote

import pytest
from django.test import Client
from tests.builders import a_specialist, lists, signed_in

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
Queries = Callable[[int], AbstractContextManager[object]]


@pytest.mark.django_db
def test_strangers_cost_no_query_and_get_a_token_that_works(django_assert_num_queries: Queries) -> None:
    lists()
    Client().get("/")
    browser = Client(enforce_csrf_checks=True)

    with django_assert_num_queries(0):
        page = browser.get("/").content.decode()

    tokens = TOKEN.findall(page)
    assert len(tokens) >= 3
    assert "here" not in tokens[0]
    assert browser.post("/language/", {"csrfmiddlewaretoken": tokens[0], "language": "en"}).status_code == 302
    assert Client(enforce_csrf_checks=True).post("/language/", {"csrfmiddlewaretoken": tokens[0]}).status_code == 403


@pytest.mark.django_db
def test_look_language_and_address_are_told_apart() -> None:
    lists()
    plain, other = Client(), Client()
    other.cookies["language"], other.cookies["look"] = "en", "theme=dark"

    pages = [client.get(path).content.decode() for client in (plain, other) for path in ("/", "/about/")]

    assert ['lang="en"' in page[:60] for page in pages] == [False, False, True, True]
    assert ['data-theme="dark"' in page for page in pages] == [False, False, True, True]
    assert ['name="next" value="/about/"' in page for page in pages] == [False, True, False, True]


@pytest.mark.django_db
def test_who_is_signed_in_sees_their_own_and_leaves_nothing_behind() -> None:
    browser = signed_in(a_specialist().account)

    assert "Мой кабинет" in browser.get("/").content.decode()
    assert "Мой кабинет" not in Client().get("/").content.decode()
    assert "Мой кабинет" in browser.get("/").content.decode()


@pytest.mark.django_db
def test_an_address_with_a_query_is_not_kept() -> None:
    kept = Client().get("/sign-in/").content.decode()
    asked = Client().get("/sign-in/?next=/settings/").content.decode()

    assert 'value="/settings/"' in asked
    assert 'value="/settings/"' not in kept
    assert 'value="/settings/"' not in Client().get("/sign-in/").content.decode()


@pytest.mark.django_db
def test_forms_of_a_kept_page_lead_back_to_this_visitors_address_not_to_the_firsts() -> None:
    lists()

    for words in ("сердце", "вирус", "сустав"):
        page = Client().get("/catalogue/", {"q": words}).content.decode()
        back = set(re.findall(r'name="next" value="([^"]+)"', page))
        assert [unquote(one) for one in back] == [f"/catalogue/?q={words}"]
