from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.test import Client
from django.utils import timezone
from tests.builders import a_snils, an_account, facts, registration_details

from foundation.signin.throttle import clear
from nmfo.accounts.models import Account, Recovery, Registration
from nmfo.accounts.operations.recovering import ask_recovery
from nmfo.accounts.operations.registering import register_person
from nmfo.accounts.operations.signing_in import sign_in_by_password

HIDDEN = re.compile(rb'value="[\w-]{18,}"|/human/digits/[^"]+|200-000-\d{3} \d\d')


def shown(body: bytes) -> bytes:
    return HIDDEN.sub(b"", body)


@pytest.mark.django_db
def test_i3_sign_in_answers_known_unknown_and_closed_alike() -> None:
    closed = an_account(state="disabled")
    answers = []
    for login in (an_account().snils, a_snils(), closed.snils):
        answer = Client().post("/sign-in/", {"login": login, "password": "wrong password"})
        headers = {
            name: value
            for name, value in answer.items()
            if name not in {"X-Request-Id", "Content-Length", "Date", "Expires", "Last-Modified"}
        }
        answers.append(
            (answer.status_code, headers, sorted(answer.cookies), shown(answer.content.replace(login.encode(), b"")))
        )

    assert answers[0] == answers[1] == answers[2]


@pytest.mark.django_db
def test_i3_registration_does_the_same_work_for_known_and_unknown(
    django_assert_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    known = an_account()
    for number, details in enumerate(
        (registration_details(), registration_details(snils=known.snils), registration_details(email=known.email))
    ):
        with django_assert_num_queries(7):
            register_person(
                details=details,
                form_key=f"k{number}",
                language="ru",
                facts=facts(ip=f"203.0.{number}.1"),
                now=timezone.now(),
            )

    assert Registration.objects.count() == 3
    assert Account.objects.count() == 1


@pytest.mark.django_db
def test_i3_recovery_does_the_same_work_for_known_and_unknown(
    django_assert_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    for number, snils in enumerate((an_account().snils, a_snils())):
        with django_assert_num_queries(7):
            ask_recovery(
                snils=snils,
                form_key=f"k{number}",
                language="ru",
                facts=facts(ip=f"203.0.{number}.1"),
                now=timezone.now(),
            )

    assert Recovery.objects.count() == 2


@pytest.mark.django_db
def test_i3_the_time_of_a_sign_in_tells_nothing() -> None:
    known, unknown = an_account().snils, a_snils()
    times: dict[str, list[float]] = {known: [], unknown: []}
    for number in range(60):
        for login in (known, unknown):
            now = timezone.now()
            began = time.process_time()
            sign_in_by_password(login=login, password="wrong", human=True, facts=facts(ip=f"10.{number}.0.1"), now=now)
            times[login].append(time.process_time() - began)
            clear(f"strangers:{login}")

    def better(one: float, other: float) -> float:
        return 1.0 if one > other else 0.5 if one == other else 0.0

    area = statistics.fmean(better(one, other) for one in times[known] for other in times[unknown])
    assert 0.2 < area < 0.8, area
