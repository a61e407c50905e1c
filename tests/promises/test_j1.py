from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.builders import facts, registration_details
from tests.promises.test_m1 import write
from tests.support.jobs import run_jobs
from tests.support.sink import Sink

from foundation.mail.models import Delivery, Letter
from foundation.mail.operations import deliver_letter, sweep_late_letters
from nmfo.accounts.operations.registering import answer_registration, register_person


@pytest.mark.django_db(transaction=True)
def test_j1_a_job_whose_worker_died_is_taken_up_again() -> None:
    letter = write("k")
    with connection.cursor() as cursor:  # as a worker leaves it that was killed in the middle
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL WHERE task_name = 'mail.deliver'"
        )
    app.configure_task("jobs.rescue", queue="urgent").defer(timestamp=0)

    run_jobs()

    assert Letter.objects.get(pk=letter.pk).delivery == Delivery.SHOWN


@pytest.mark.django_db(transaction=True)
def test_j1_a_letter_whose_sender_died_is_sent_within_two_minutes(sink: Sink) -> None:
    letter, now = write("k"), timezone.now()
    Letter.objects.filter(pk=letter.pk).update(claimed_until=now + timedelta(seconds=60), attempts=1)
    ProcrastinateJob.objects.filter(task_name="mail.deliver").count()

    assert sweep_late_letters(now + timedelta(seconds=59)) == 0
    assert sweep_late_letters(now + timedelta(seconds=61)) == 1
    deliver_letter(letter.pk, now=now + timedelta(seconds=61))
    deliver_letter(letter.pk, now=now + timedelta(seconds=62))
    assert len(sink.letters) == 1


@pytest.mark.django_db(transaction=True)
def test_j1_every_job_may_run_twice() -> None:
    row = register_person(
        details=registration_details(), form_key="k", language="ru", facts=facts(), now=timezone.now()
    )

    first = answer_registration(row.pk, now=timezone.now())
    second = answer_registration(row.pk, now=timezone.now())

    assert first == second
    assert Letter.objects.count() == 1
