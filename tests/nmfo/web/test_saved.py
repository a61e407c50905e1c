"""Saved searches and awaited runs, as people without scripts get them."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.builders import (
    PASSWORD,
    a_member,
    a_run,
    a_specialist,
    a_version,
    an_account,
    an_item,
    an_operator,
    an_organisation,
    lists,
    published,
    signed_in,
)
from tests.nmfo.catalogue.test_saving import WITHDRAWN, change, save, wait_for

from nmfo.accounts.models import Account
from nmfo.catalogue.models import Item
from nmfo.catalogue.operations.saving import stop_token
from nmfo.catalogue.queries import awaited_by, searches_of
from nmfo.catalogue.search.query import Query

QUERY = "q=%D0%BA%D0%B0%D1%80%D0%B4%D0%B8%D0%BE%D0%BB%D0%BE%D0%B3%D0%B8%D1%8F&kind=programme&region=77"
NEW = f"/catalogue/saved/new/?{QUERY}"


def page(browser: Client, path: str, status: int = 200) -> str:
    answer = browser.get(path)
    assert answer.status_code == status
    return " ".join(unescape(answer.content.decode()).split())


def sent(browser: Client, path: str, **values: Any) -> str:
    """What comes after a form, redirects followed."""
    return " ".join(unescape(browser.post(path, values, follow=True).content.decode()).split())


@pytest.mark.django_db
@pytest.mark.parametrize("found", [True, False])
def test_the_button_stands_over_what_was_found_and_over_nothing(found: bool) -> None:
    lists()
    if found:
        published(a_version(an_item(), title="Кардиология"))

    text = page(Client(), f"/catalogue/?{QUERY}&sort=title&page=2")

    assert re.findall(r'href="([^"]+)" rel="nofollow"', text) == [NEW]
    assert "Сохранить поиск" in text
    assert "Сохранить поиск" not in page(Client(), "/catalogue/?sort=title")  # everything is no search


@pytest.mark.django_db
def test_a_guest_signs_in_and_comes_back_to_save() -> None:
    account, browser = a_specialist().account, Client()

    at_the_door = browser.get(NEW)
    where = at_the_door.headers["Location"]
    assert where.startswith("/sign-in/?next=/catalogue/saved/new/%3Fq%3D")
    kept = re.findall(r'name="next" value="([^"]+)"', unescape(browser.get(where).content.decode()))
    assert NEW in kept  # beside those of the forms of language and look
    answer = browser.post("/sign-in/", {"login": account.snils, "password": PASSWORD, "next": NEW})

    assert answer.headers["Location"] == NEW
    assert "«кардиология», Программы ПК, Москва" in page(browser, NEW)


@pytest.mark.django_db
def test_a_search_is_saved_changed_and_deleted() -> None:
    account = a_specialist().account
    browser = signed_in(account)
    form = page(browser, NEW)
    assert 'value="«кардиология», Программы ПК, Москва"' in form

    text = sent(browser, NEW, name="Сердце", every="day")
    search = searches_of(account).get()
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    assert (search.name, search.every, search.query) == ("Сердце", "day", QUERY)
    assert "Поиск сохранён: Сердце" in text
    assert f'<a href="/catalogue/?{QUERY}">Сердце</a>' in text
    assert "«кардиология», Программы ПК, Москва" in text
    assert f"Письма каждый день, следующее {tomorrow.day}\u00a0".replace("\u00a0", " ") in text.replace("\u00a0", " ")
    assert "1 из 20 возможных" in text

    changing = f"/catalogue/saved/{search.pk}/"
    assert browser.get(NEW).headers["Location"] == changing  # saved already: to where it is changed
    assert re.search(r'value="day"[^>]*checked', page(browser, changing))
    text = sent(browser, changing, name="Сердце и сосуды", every="never")
    assert "Без писем" in text
    search.refresh_from_db()
    assert (search.name, search.stopped_at is None) == ("Сердце и сосуды", False)
    assert re.search(r'value="never"[^>]*checked', page(browser, changing))

    assert "Поиск удалён" in sent(browser, f"{changing}remove/")
    assert "Сохранённых поисков пока нет" in sent(browser, f"{changing}remove/")  # twice is once
    assert not searches_of(account).exists()


@pytest.mark.django_db
def test_mistakes_stay_on_the_page_with_what_was_typed() -> None:
    account = a_specialist().account
    browser = signed_in(account)

    for values, words in (
        ({"name": "", "every": "day"}, "Назовите поиск, чтобы узнать его в письме"),
        ({"name": "x" * 201, "every": "day"}, "x" * 201),
        ({"name": "Сердце", "every": "hour"}, "Выберите из списка"),
        ({"name": "Сердце"}, "Выберите, как часто"),
        ({"name": "Сердце", "every": "never"}, "Выберите из списка"),
    ):
        answer = browser.post(NEW, values)
        assert answer.status_code == 422
        assert words in unescape(answer.content.decode())
    assert not searches_of(account).exists()


@pytest.mark.django_db
def test_the_twenty_first_is_refused_on_the_page() -> None:
    account = a_specialist().account
    for number in range(20):
        save(account, Query(q=f"x{number}"))

    answer = signed_in(account).post(NEW, {"name": "Сердце", "every": "day"})

    assert answer.status_code == 422
    assert "У вас уже 20 сохранённых поисков" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["", "sort=title", "page=7", "region=нет", "exact=1"])
def test_there_is_nothing_to_save_without_a_query(query: str) -> None:
    account = a_specialist().account
    browser = signed_in(account)

    assert "Сохранять пока нечего" in page(browser, f"/catalogue/saved/new/?{query}")
    assert browser.post(f"/catalogue/saved/new/?{query}", {"name": "Всё", "every": "day"}).status_code == 422
    assert not searches_of(account).exists()


@pytest.mark.django_db
def test_filters_that_nothing_has_now_are_told_of() -> None:
    account = a_specialist().account
    save(account, Query(q="сердце", organisation=(987_654_321,)), name="Институт")

    text = page(signed_in(account), "/catalogue/saved/")

    assert "Части того, что здесь задано, сейчас нет в каталоге" in text


@pytest.mark.django_db
def test_operators_and_organisations_keep_searches_under_their_own_menu() -> None:
    for account, words in ((an_operator(), "Кабинет оператора"), (a_member(an_organisation()), "Кабинет организации")):
        browser = signed_in(account)
        assert "Поиск сохранён: Сердце" in sent(browser, NEW, name="Сердце", every="day")
        text = page(browser, "/catalogue/saved/")
        assert words in text
        assert "Кабинет специалиста" not in text.partition('id="main"')[2]


def programme() -> tuple[Item, str]:
    item = published(a_version(an_item(), title="Ведение больных")).item
    return item, f"/catalogue/programmes/{item.pk}/"


@pytest.mark.django_db
def test_a_guest_is_led_to_sign_in_and_back_to_the_button() -> None:
    _item, path = programme()
    account, browser = a_specialist().account, Client()

    links = re.findall(r'href="(/sign-in/[^"]+)"> <svg.*?</svg> Сообщить о наборе', page(browser, path))
    assert links == [f"/sign-in/?next={path}%23runs"]
    answer = browser.post("/sign-in/", {"login": account.snils, "password": PASSWORD, "next": f"{path}#runs"})

    assert answer.headers["Location"] == f"{path}#runs"
    assert f'action="{path}await/"' in page(browser, path)


@pytest.mark.django_db
def test_a_run_is_awaited_and_taken_back_at_the_card_and_at_the_list() -> None:
    item, path = programme()
    account = a_specialist().account
    browser = signed_in(account)

    assert browser.post(f"{path}await/").headers["Location"] == f"{path}#runs"
    text = page(browser, path)
    assert "Сообщим о наборе письмом." in text
    assert f'action="{path}await/"' not in text
    listed = page(browser, "/catalogue/saved/")
    assert f'<a href="{path}">Ведение больных</a>' in listed
    assert browser.post(f"{path}await/stop/").headers["Location"] == f"{path}#runs"
    assert f'action="{path}await/"' in page(browser, path)

    wait_for(item, account)
    Item.objects.filter(pk=item.pk).update(**WITHDRAWN)
    assert "Программу сняли с публикации" in page(browser, "/catalogue/saved/")
    answer = browser.post(f"{path}await/stop/", {"next": "/catalogue/saved/"})
    assert answer.headers["Location"] == "/catalogue/saved/"
    assert not awaited_by(account).exists()


@pytest.mark.django_db
def test_the_button_is_there_only_where_it_makes_sense() -> None:
    item, path = programme()
    event = published(a_version(an_item("event"))).item
    browser = signed_in(a_specialist().account)
    words = "Сообщить о наборе"
    assert words in page(browser, path)

    run = a_run(item.versions.get())
    for who in (browser, Client()):
        assert words not in page(who, path)
        assert words not in page(who, f"/catalogue/events/{event.pk}/")
    assert "На эту программу сейчас принимают заявки" in sent(browser, f"{path}await/")
    run.state = "closed"
    run.save(update_fields=["state"])
    assert words in page(browser, path)  # not open any more
    Item.objects.filter(pk=item.pk).update(**WITHDRAWN)
    assert words not in page(browser, path)
    assert "Программы больше нет в каталоге" in sent(browser, f"{path}await/")
    assert browser.post("/catalogue/programmes/999999999/await/").status_code == 404
    assert browser.post(f"/catalogue/programmes/{event.pk}/await/").status_code == 404


def links_of(account: Account) -> tuple[str, str]:
    first = save(account, Query(q="a"), name="Первый поиск")
    save(account, Query(q="b"), name="Второй поиск")
    return tuple(f"/catalogue/saved/stop/{stop_token(account.pk, pk)}/" for pk in (first.pk, 0))  # type: ignore[return-value]


@pytest.mark.django_db
def test_the_link_of_a_letter_asks_first_and_then_stops() -> None:
    account, guest = an_account(), Client(enforce_csrf_checks=True)
    one, every = links_of(account)

    text = page(guest, one)
    assert ("Первый поиск" in text, "Второй поиск" in text) == (True, False)
    assert searches_of(account).filter(stopped_at=None).count() == 2  # a scanner of mail has opened it
    assert "Писем больше не будет" in sent(guest, one)
    assert "Писем больше не будет" in page(guest, one)
    assert "Не писать об этом поиске" in page(guest, every)  # one is left
    assert "Писем больше не будет" in sent(guest, every)
    assert not searches_of(account).filter(stopped_at=None).exists()


@pytest.mark.django_db
def test_mail_programs_stop_letters_by_one_press() -> None:
    account = an_account()
    _one, every = links_of(account)

    answer = Client(enforce_csrf_checks=True).post(every, {"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert not searches_of(account).filter(stopped_at=None).exists()


@pytest.mark.django_db
def test_a_link_that_is_not_ours_says_so() -> None:
    one, _every = links_of(an_account())

    for path in (one[:-5] + "AAAA/", "/catalogue/saved/stop/x/"):
        for answer in (Client().get(path), Client().post(path)):
            assert answer.status_code == 422
            assert "Ссылка не работает" in answer.content.decode()


@pytest.mark.django_db
def test_a_link_of_a_deleted_search_is_satisfied() -> None:
    account = an_account()
    one, _every = links_of(account)
    searches_of(account).filter(name="Первый поиск").delete()

    assert "Писем больше не будет" in page(Client(), one)


def statements(browser: Client, path: str) -> int:
    browser.get(path)
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(path).status_code == 200
    return len(seen)


@pytest.mark.django_db
def test_the_list_costs_the_same_for_one_and_for_many() -> None:
    account = a_specialist().account
    browser = signed_in(account)

    def more(number: int) -> None:
        change(save(account, Query(q=f"x{number}")), every="day" if number % 2 else "")
        wait_for(programme()[0], account)

    more(0)
    few = statements(browser, "/catalogue/saved/")
    for number in range(1, 8):
        more(number)

    assert statements(browser, "/catalogue/saved/") == few <= 9


@pytest.mark.django_db
def test_the_button_costs_the_catalogue_nothing_and_a_card_one_look() -> None:
    item, path = programme()
    browser = signed_in(a_specialist().account)
    closed = statements(browser, path)
    a_run(item.versions.get())

    assert closed - statements(browser, path) == 1
    assert statements(browser, f"/catalogue/?{QUERY}") <= statements(browser, "/catalogue/")


@pytest.mark.django_db
def test_where_somebody_else_saves_nothing_is_seen() -> None:
    owner, stranger = a_specialist().account, signed_in(a_specialist().account)
    search = save(owner)
    path = f"/catalogue/saved/{search.pk}/"

    assert [stranger.get(path).status_code, stranger.post(path, {"name": "x", "every": "day"}).status_code] == [
        404,
        404,
    ]
    stranger.post(f"{path}remove/")
    assert searches_of(owner).get().name == "Кардиология"
    assert "Кардиология" not in page(stranger, "/catalogue/saved/")


@pytest.mark.django_db
def test_the_menu_leads_there() -> None:
    text = page(signed_in(a_specialist().account), "/specialist/")

    assert re.findall(r'<a href="(/catalogue/[^"]*)"', text.partition('id="nav"')[2].partition("</nav>")[0]) == [
        "/catalogue/",
        "/catalogue/saved/",
    ]
