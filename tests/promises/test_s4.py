from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as real
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from tests.builders import PASSWORD, a_specialist, an_account, an_operator, lists, signed_in

from foundation.runtime.facts import RequestFacts
from foundation.runtime.failures import broken
from foundation.runtime.middleware import RequestFrame
from foundation.signin.hashing import TooBusy


class Breaks:
    """A middleware with a bug."""

    def __init__(self, _get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """It never comes to the next one."""

    def __call__(self, _request: HttpRequest) -> HttpResponse:
        raise LookupError("KANAREIKA")


class DatabaseGone(Breaks):
    """A middleware that finds the database away."""

    def __call__(self, _request: HttpRequest) -> HttpResponse:
        raise OperationalError("KANAREIKA: server closed the connection")


def request() -> HttpRequest:
    made = RequestFactory().get("/x/")
    made.facts = RequestFacts(at=timezone.now(), ip="127.0.0.1", agent="", request_id="AAAA-BBBB")  # type: ignore[attr-defined]
    return made


NUMBERED = real.MIDDLEWARE.index("foundation.runtime.middleware.RequestFrame") + 1  # from there on a request has one
PLACES = range(NUMBERED, len(real.MIDDLEWARE) + 1)


def answer_with(fault: type[Breaks], place: int, settings: Any) -> HttpResponse:
    """What a browser gets of a page when the fault stands at this place of the chain."""
    chain = [*real.MIDDLEWARE[:place], f"{__name__}.{fault.__name__}", *real.MIDDLEWARE[place:]]
    settings.MIDDLEWARE = chain
    browser: Any = Client(raise_request_exception=False)
    answer: HttpResponse = browser.get("/help/")
    return answer


@pytest.mark.django_db
@pytest.mark.parametrize("place", PLACES)
def test_s4_a_bug_anywhere_has_a_page_with_a_number_and_no_trace(place: int, settings: Any) -> None:
    answer = answer_with(Breaks, place, settings)

    page = answer.content.decode()
    assert answer.status_code == 500
    assert re.search(r"\b[0-9A-F]{4}-[0-9A-F]{4}\b", page)
    assert [word for word in ("Traceback", "KANAREIKA", "LookupError", "Вопросы и ответы</h1>") if word in page] == []


@pytest.mark.django_db
@pytest.mark.parametrize("place", PLACES)
def test_s4_an_outage_anywhere_is_503_with_retry_after(place: int, settings: Any) -> None:
    answer = answer_with(DatabaseGone, place, settings)

    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert "Портал занят" in answer.content.decode()
    assert "KANAREIKA" not in answer.content.decode()


@pytest.mark.parametrize("error", [OperationalError("server closed the connection"), TooBusy()])
def test_s4_an_outage_in_a_page_is_503_with_retry_after_never_500(error: Exception) -> None:
    answer = RequestFrame(lambda _request: None).process_exception(request(), error)  # type: ignore[arg-type, return-value]

    assert answer is not None
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert "Портал занят" in answer.content.decode()


def test_s4_a_bug_has_a_number_and_no_trace() -> None:
    answer = broken(request())

    assert answer.status_code == 500
    assert "AAAA-BBBB" in answer.content.decode()
    assert "Traceback" not in answer.content.decode()


@contextlib.contextmanager
def without(table: str) -> Iterator[None]:
    """As if the table were damaged: whoever asks it fails."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO lost")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE lost RENAME TO {table}")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "table", ["signin_session", "accounts_account", "specialists_specialist", "audit_entry", "django_migrations"]
)
def test_s4_a_check_that_fails_opens_nothing(table: str) -> None:
    specialist, operator = a_specialist(), an_operator()
    doctor, staff = signed_in(specialist.account), signed_in(operator)
    doctor.raise_request_exception = staff.raise_request_exception = False
    path = f"/operator/people/{specialist.account_id}/"

    with without(table):
        answers = {
            "own page": doctor.get("/specialist/profile/"),
            "somebody's page": staff.get(path),
            "staff's page for others": doctor.get("/operator/"),
        }

    closed = {
        "signin_session": {"own page": 500, "somebody's page": 500, "staff's page for others": 500},
        "accounts_account": {"own page": 500, "somebody's page": 500, "staff's page for others": 500},
        "specialists_specialist": {"own page": 500, "somebody's page": 500, "staff's page for others": 500},
        "audit_entry": {"own page": 200, "somebody's page": 500, "staff's page for others": 403},
        "django_migrations": {"own page": 200, "somebody's page": 200, "staff's page for others": 403},
    }
    assert {what: answer.status_code for what, answer in answers.items()} == closed[table]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "table", ["signin_throttle", "signin_factor", "signin_onetimesecret", "signin_authevent", "accounts_consent"]
)
def test_s4_nobody_comes_in_past_a_check_that_fails(table: str) -> None:
    operator, browser = an_operator(), Client(raise_request_exception=False)
    wrong = "wrong" if table in {"signin_onetimesecret", "signin_authevent"} else PASSWORD

    with without(table):
        answer = browser.post("/sign-in/", {"login": operator.snils, "password": wrong})

    assert answer.status_code == 500
    assert browser.get("/operator/")["Location"].startswith("/sign-in/?")


@pytest.mark.django_db
def test_s4_a_refused_request_goes_no_further_and_has_our_page() -> None:
    account, browser = an_account(), Client()
    form = {"login": account.snils, "password": PASSWORD}

    answer = browser.post("/sign-in/", form, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 400
    assert "<h1>Запрос не понятен</h1>" in answer.content.decode()
    assert browser.get("/settings/").status_code == 302


@pytest.mark.django_db
def test_s4_pages_that_are_not_there_have_our_page() -> None:
    lists()

    answer = Client().get("/no-such-page/")

    assert answer.status_code == 404
    assert "Такой страницы нет" in answer.content.decode()
