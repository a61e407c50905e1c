from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone
from tests.builders import PASSWORD, a_snils, an_account, facts

from foundation.signin.attempt import Outcome, right_password, try_password
from nmfo.accounts.operations.signing_in import SignIn, sign_in_by_password


def trying(snils: str) -> Callable[[str, datetime], SignIn]:
    return lambda password, now: sign_in_by_password(
        login=snils, password=password, human=True, facts=facts(ip="203.0.113.7"), now=now
    )


@pytest.mark.django_db
def test_i1_the_fifth_wrong_password_locks_for_ten_minutes_exactly() -> None:
    attempt, now = trying(an_account().snils), timezone.now()

    outcomes = [attempt("wrong", now).attempt.outcome for _try in range(5)]

    assert outcomes == [Outcome.WRONG] * 4 + [Outcome.LOCKED]
    assert attempt(PASSWORD, now + timedelta(seconds=599)).attempt.outcome is Outcome.LOCKED
    assert attempt(PASSWORD, now + timedelta(seconds=600)).account is not None


@pytest.mark.django_db
def test_i1_tries_during_the_lock_do_not_prolong_it() -> None:
    attempt, now = trying(an_account().snils), timezone.now()
    for _try in range(5):
        attempt("wrong", now)

    ends = {attempt("wrong", now + timedelta(seconds=later)).attempt.locked_until for later in (1, 300, 599)}

    assert ends == {now + timedelta(seconds=600)}


@pytest.mark.django_db(transaction=True)
def test_i1_of_two_hundred_guesses_at_once_five_are_checked() -> None:
    login, now, checked = a_snils(), timezone.now(), []

    def guess(number: int) -> Outcome:
        def check() -> str:
            checked.append(number)
            return "password" if right_password(f"guess {number}", "") else ""

        try:
            return try_password(
                login=login, account_id=None, check=check, facts=facts(ip="203.0.113.9"), human=True, now=now
            ).outcome
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as crew:
        outcomes = Counter(crew.map(guess, range(200)))

    assert len(checked) == 5
    assert outcomes == {Outcome.WRONG: 4, Outcome.LOCKED: 196}
