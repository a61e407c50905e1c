from __future__ import annotations

import http.client
import itertools
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.builders import a_specialist, lists, signed_in
from tests.stack import Stack

from foundation.runtime import shares
from foundation.runtime.shares import BURST_S, Share, forget_shares

PATHS = ("/catalogue/", "/catalogue/?q=терапия", "/catalogue/facets/specialty/")


@pytest.fixture(autouse=True)
def _full_shares(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.CLIENT_PAGES_PER_S = 1
    forget_shares()
    for share in shares._shares.values():  # a page that takes long must not bring another
        monkeypatch.setattr(share, "_clock", lambda: 1000.0)
    yield
    forget_shares()


def ask(browser: Client, number: int, path: str = "/catalogue/") -> list[int]:
    return [browser.get(path).status_code for _ in range(number)]


def test_v4_a_client_gets_its_share_and_not_more() -> None:
    now = 1000.0
    share = Share(clock=lambda: now)

    at_once = [share.take("one", per_s=20) for _ in range(100)]
    assert at_once[: 20 * BURST_S] == [0.0] * 60
    assert at_once[60:] == [pytest.approx(0.05)] * 40
    served = 0
    for _tick in range(10_000):  # ten seconds, a hundred times as fast as it may
        now += 0.001
        served += share.take("one", per_s=20) == 0.0
    assert served == 200
    assert share.take("another", per_s=20) == 0.0


def test_v4_a_hundred_thousand_clients_do_not_fill_the_memory() -> None:
    share = Share(most_clients=1000)

    for number in range(100_000):
        share.take(f"10.{number >> 8}.{number & 255}.0/24", per_s=20)

    assert len(share._full_at) == 1000


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_v4_who_asks_faster_is_told_to_wait_and_the_others_are_not(path: str) -> None:
    lists()
    noisy, neighbour = Client(REMOTE_ADDR="203.0.113.5"), Client(REMOTE_ADDR="203.0.114.5")

    assert ask(noisy, 5, path) == [200, 200, 200, 429, 429]
    assert ask(Client(REMOTE_ADDR="203.0.113.99"), 1, path) == [429]  # another address of the same block
    assert ask(neighbour, 3, path) == [200, 200, 200]

    answer = noisy.get(path)
    assert answer.headers["Retry-After"] == "1"
    assert "Подождите 1 секунду и откройте страницу ещё раз" in answer.content.decode()
    assert noisy.get("/help/").status_code == 200  # the rest of the portal is there


@pytest.mark.django_db
def test_v4_all_searches_count_together() -> None:
    lists()
    noisy = Client()

    assert [noisy.get(path).status_code for path in (*PATHS, *PATHS)] == [200, 200, 200, 429, 429, 429]


@pytest.mark.django_db
def test_v4_people_who_have_signed_in_are_counted_by_their_account() -> None:
    lists()
    one, other = a_specialist().account, a_specialist().account
    guest, first, again, second = Client(), signed_in(one), signed_in(one), signed_in(other)

    assert ask(guest, 4) == [200, 200, 200, 429]
    assert ask(first, 3) == [200, 200, 200]
    assert ask(again, 1) == [429]  # the same person in another browser
    assert ask(second, 3) == [200, 200, 200]


@pytest.mark.django_db
def test_v4_suggestions_have_a_share_of_their_own_and_stay_quiet() -> None:
    lists()
    browser = Client()

    assert ask(browser, 8, "/catalogue/suggest/?q=тер") == [200] * 6 + [429] * 2
    answer = browser.get("/catalogue/suggest/?q=тер")
    assert (answer.json(), answer.headers["Retry-After"]) == ({"items": []}, "1")
    assert ask(browser, 1) == [200]


@pytest.mark.django_db
def test_v4_being_refused_costs_the_database_nothing() -> None:
    lists()
    browser = Client()
    ask(browser, 3)

    with CaptureQueriesContext(connection) as seen:
        assert ask(browser, 1) == [429]

    assert len(seen) == 0


@pytest.mark.django_db
def test_v4_no_limit_is_a_setting(settings: Any) -> None:
    lists()
    settings.CLIENT_PAGES_PER_S = 0

    assert ask(Client(), 10) == [200] * 10


def statuses(portal: Stack, source: str, number: int) -> Counter[int]:
    """Searches from an address of this machine, one connection after the other."""
    where = urlsplit(portal.url)
    found: Counter[int] = Counter()
    words = itertools.count()
    for _request in range(number):
        wire = http.client.HTTPConnection("127.0.0.1", where.port or 80, timeout=60, source_address=(source, 0))
        wire.request("GET", f"/catalogue/?q=x{next(words)}", headers={"Host": where.netloc})
        found[wire.getresponse().status] += 1
        wire.close()
    return found


def test_v4_beside_a_noisy_neighbour_everybody_is_served(portal: Stack) -> None:
    with ThreadPoolExecutor(9) as crew:
        noisy = [crew.submit(statuses, portal, "127.0.0.1", 250) for _ in range(8)]
        quiet = crew.submit(statuses, portal, "127.0.9.1", 20).result()
        answers = sum((one.result() for one in noisy), Counter())

    assert quiet == {200: 20}
    assert set(answers) == {200, 429}
    assert answers[429] > 200
