from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.builders import a_snils, an_account, facts, registration_details
from tests.support.human import solve

from foundation.mail.queries import letters_of
from foundation.signin.throttle import clear
from nmfo.accounts.models import Account, Registration
from nmfo.accounts.operations.changing import ask_email_change
from nmfo.accounts.operations.recovering import ask_recovery
from nmfo.accounts.operations.registering import ask_letter_again, register_person
from nmfo.accounts.operations.signing_in import sign_in_by_password

HIDDEN = re.compile(rb'value="[\w:-]{18,}"|/human/digits/[^"]+|200-000-\d{3} \d\d')
VALUES = re.compile(r"'(?:[^']|'')*'|\"s\d+_x\d+\"|\bNULL\b|\b\d+\b")
OWN_HEADERS = {"X-Request-Id", "Content-Length", "Date", "Expires", "Last-Modified"}


@pytest.fixture
def still() -> Iterator[None]:
    """The clock stands: pages name the minute."""
    with time_machine.travel(timezone.now(), tick=False):
        yield


def told(answer: Any, *typed: str) -> tuple[object, ...]:
    """All that an answer says, without what the person has typed and what is drawn by lot."""
    body = answer.content
    for text in typed:
        body = body.replace(text.encode(), b"")
    headers = {name: value for name, value in answer.items() if name not in OWN_HEADERS}
    return answer.status_code, headers, sorted(answer.cookies), HIDDEN.sub(b"", body)


def work(action: Callable[[], object]) -> list[str]:
    """The statements that an action costs, without their values."""
    with CaptureQueriesContext(connection) as seen:
        action()
    return [VALUES.sub("?", statement["sql"]) for statement in seen.captured_queries]


def everybody() -> dict[str, str]:
    """A login of each kind, none of which the password «wrong» opens."""
    fresh = an_account()
    fresh.set_unusable_password()  # registered, and waits for a password of its own
    fresh.save(update_fields=["password"])
    return {
        "known": an_account().snils,
        "unknown": a_snils(),
        "disabled": an_account(state="disabled").snils,
        "closed": an_account(state="closed", closed_at=timezone.now()).snils,
        "not activated": fresh.snils,
    }


@pytest.mark.django_db
@pytest.mark.usefixtures("still")
def test_i3_sign_in_answers_everybody_alike_until_it_is_locked_and_then() -> None:
    people = everybody()
    browsers = {login: Client(REMOTE_ADDR=f"10.1.{number}.1") for number, login in enumerate(people.values())}

    def answer(browser: Client, login: str) -> str:
        human = solve(browser.get("/human/challenge/").json())  # from the third try on it is asked for
        form = {"login": login, "password": "wrong password", "human_work": human}
        return repr(told(browser.post("/sign-in/", form), login))

    def answers() -> set[str]:
        return {answer(browser, login) for login, browser in browsers.items()}

    assert [len(answers()) for _try in range(2)] == [1, 1]
    now = timezone.now()
    for login, number in zip(people.values(), range(5), strict=True):
        for _try in range(3):
            sign_in_by_password(login=login, password="x", human=True, facts=facts(ip=f"10.1.{number}.1"), now=now)
    assert len(answers()) == 1


@pytest.mark.django_db
def test_i3_sign_in_does_the_same_work_for_everybody() -> None:
    attempt = partial(sign_in_by_password, password="wrong", human=True, facts=facts(device="d" * 32))

    costs = {who: work(partial(attempt, login=login, now=timezone.now())) for who, login in everybody().items()}

    assert [who for who, cost in costs.items() if cost != costs["unknown"]] == []


@pytest.mark.django_db
def test_i3_registration_and_its_letter_again_do_the_same_work_for_everybody() -> None:
    known, now = an_account(), timezone.now()
    people = (registration_details(), registration_details(snils=known.snils), registration_details(email=known.email))
    first, again = [], []
    for number, details in enumerate(people):
        register = partial(register_person, details=details, form_key=f"k{number}", language="ru", now=now)
        first.append(work(partial(register, facts=facts(ip=f"203.0.{number}.1"))))
        row = Registration.objects.get(form_key=f"k{number}")
        later = now + timedelta(seconds=61)
        again.append(work(partial(ask_letter_again, registration_id=row.pk, email=details.email, now=later)))

    assert first[0] == first[1] == first[2]
    assert again[0] == again[1] == again[2]
    assert Account.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("still")
def test_i3_recovery_does_the_same_work_and_says_the_same_for_everybody() -> None:
    costs, pages = [], []
    for number, login in enumerate(everybody().values()):
        ask = partial(ask_recovery, snils=login, form_key=f"k{number}", language="ru", now=timezone.now())
        costs.append(work(partial(ask, facts=facts(ip=f"203.0.{number}.1"))))
        browser = Client(REMOTE_ADDR=f"203.1.{number}.1")
        form_key = re.search(rb'name="form_key" value="([^"]+)"', browser.get("/recover/").content)
        assert form_key is not None
        human = solve(browser.get("/human/challenge/").json())
        form = {"snils": login, "form_key": form_key[1].decode(), "human_work": human}
        pages.append(told(browser.post("/recover/", form), login) + told(browser.get("/recover/sent/"), login))

    assert [cost for cost in costs if cost != costs[0]] == []
    assert {page[0] for page in pages} == {302}
    assert [page for page in pages if page != pages[0]] == []


@pytest.mark.django_db
def test_i3_a_new_e_mail_does_not_tell_whether_another_account_has_it() -> None:
    costs, seen = [], []
    for email in ("nobody.has.it@nmfo.example", an_account().email):
        account = an_account()
        change = partial(ask_email_change, account=account, email=email, facts=facts(), now=timezone.now())
        costs.append(work(change))
        seen.append([letter.kind for letter in letters_of(account.pk)])

    assert seen == [["email_changing"], ["email_changing"]]
    assert costs[0] == costs[1]


@pytest.mark.django_db
def test_i3_the_time_of_a_sign_in_tells_nothing() -> None:
    """The best of five samples counts: a busy machine blurs one, a difference shows in all of them."""
    people = everybody()
    del people["closed"], people["not activated"]
    areas: list[float] = []
    while len(areas) < 5 and not any(abs(area - 0.5) <= 0.15 for area in areas):
        times = measured(list(people.values()), rounds=60)
        known, unknown, disabled = times.values()
        areas.append(max((area_under(known, unknown), area_under(disabled, unknown)), key=lambda area: abs(area - 0.5)))

    assert abs(areas[-1] - 0.5) <= 0.15, areas


def measured(logins: list[str], *, rounds: int) -> dict[str, list[float]]:
    """Seconds of the processor that wrong passwords take, in turn."""
    times: dict[str, list[float]] = {login: [] for login in logins}
    for number in range(rounds):
        for login in logins:
            began = time.process_time()
            sign_in_by_password(
                login=login, password="wrong", human=True, facts=facts(ip=f"10.{number}.0.1"), now=timezone.now()
            )
            times[login].append(time.process_time() - began)
            clear(
                f"strangers:{login}", f"login:{login}:network:10.{number}.0.0/24", f"human:{login}:10.{number}.0.0/24"
            )
    return times


def area_under(ones: list[float], others: list[float]) -> float:
    """How often a time of the ones is above one of the others: 0.5 when they cannot be told apart."""
    return statistics.fmean(1.0 if one > other else 0.5 if one == other else 0.0 for one in ones for other in others)
