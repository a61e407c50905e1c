from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from tests.builders import an_account, facts

from foundation.mail.models import Letter
from nmfo.accounts.operations.recovering import answer_recovery, ask_recovery


@pytest.mark.django_db
def test_m5_the_fourth_request_within_an_hour_brings_no_letter() -> None:
    account, now = an_account(), timezone.now()
    for number in range(6):
        row = ask_recovery(
            snils=account.snils, form_key=f"k{number}", language="ru", facts=facts(ip=f"203.0.{number}.1"), now=now
        )
        answer_recovery(row.pk, now=now)
    assert Letter.objects.filter(kind="new_password").count() == 3

    row = ask_recovery(snils=account.snils, form_key="later", language="ru", facts=facts(ip="203.0.99.1"), now=now)
    answer_recovery(row.pk, now=now + timedelta(minutes=61))
    assert Letter.objects.filter(kind="new_password").count() == 4


@pytest.mark.django_db(transaction=True)
def test_m5_requests_that_are_answered_at_once_count_one_by_one() -> None:
    account, now = an_account(), timezone.now()
    rows = [
        ask_recovery(snils=account.snils, form_key=f"k{number}", language="ru", facts=facts(ip=f"203.0.{number}.1"), now=now)
        for number in range(16)
    ]  # fmt: skip

    def answer(pk: int) -> None:
        try:
            answer_recovery(pk, now=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as crew:
        list(crew.map(answer, [row.pk for row in rows]))

    assert Letter.objects.filter(kind="new_password").count() == 3
