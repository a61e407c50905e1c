from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.builders import a_snils, an_account, facts, registration_details
from tests.promises.test_m1 import write
from tests.support.jobs import run_jobs
from tests.support.sink import Sink

from foundation.jobs.tasks import STALLED_AFTER_S
from foundation.mail.models import Delivery, Letter
from foundation.mail.operations import deliver_letter, sweep_late_letters
from foundation.signin.events import Kind, record_event
from nmfo.accounts.operations.recovering import answer_recovery, ask_recovery
from nmfo.accounts.operations.registering import answer_registration, register_person
from nmfo.accounts.operations.signing_in import tell_of_lock


def left_by_a_worker_silent_for(seconds: int) -> Letter:
    """A letter whose job was being done when its worker was heard of last."""
    letter = write(f"silent for {seconds}")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s * interval '1 second') RETURNING id",
            [seconds],
        )
        worker = cursor.fetchone()[0]
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE args = %s::jsonb",
            [worker, f'{{"letter_id": {letter.pk}}}'],
        )
    return letter


@pytest.mark.django_db(transaction=True)
def test_j1_a_job_whose_worker_died_is_taken_up_again_within_a_minute() -> None:
    dead, alive = left_by_a_worker_silent_for(STALLED_AFTER_S + 1), left_by_a_worker_silent_for(0)
    app.configure_task("jobs.rescue", queue="urgent").defer(timestamp=0)

    run_jobs()

    assert Letter.objects.get(pk=dead.pk).delivery == Delivery.SHOWN
    assert Letter.objects.get(pk=alive.pk).delivery == Delivery.QUEUED
    assert STALLED_AFTER_S + period_s("jobs.rescue") <= 60


def period_s(name: str) -> float:
    """Seconds between two runs of a periodic job."""
    app.perform_import_paths()  # type: ignore[no-untyped-call]
    (times,) = (one.croniter for (task, _id), one in app.periodic_registry.periodic_tasks.items() if task == name)
    first = float(times.get_next(float, start_time=0))
    return float(times.get_next(float, start_time=first)) - first


@pytest.mark.django_db(transaction=True)
def test_j1_a_letter_whose_sender_died_is_sent_within_two_minutes(sink: Sink) -> None:
    letter, now = write("k"), timezone.now()
    Letter.objects.filter(pk=letter.pk).update(claimed_until=now + timedelta(seconds=60), attempts=1)

    assert sweep_late_letters(now + timedelta(seconds=59)) == 0
    assert sweep_late_letters(now + timedelta(seconds=61)) == 1
    deliver_letter(letter.pk, now=now + timedelta(seconds=61))
    deliver_letter(letter.pk, now=now + timedelta(seconds=62))
    assert len(sink.letters) == 1
    assert period_s("mail.sweep") <= 30


class Killed(OperationalError):
    """The worker is gone in the middle of its work."""


def killed_at(step: int) -> Callable[..., Any]:
    """Every statement from this one on fails; what was not committed before is lost."""
    steps = itertools.count(1)

    def execute(run: Callable[..., Any], *arguments: Any) -> Any:
        if next(steps) >= step:
            raise Killed
        return run(*arguments)

    return execute


def a_registration(key: str) -> Callable[[], object]:
    row = register_person(
        details=registration_details(), form_key=key, language="ru", facts=facts(ip=a_network()), now=timezone.now()
    )
    return lambda: answer_registration(row.pk, now=timezone.now())


def a_recovery(key: str) -> Callable[[], object]:
    where = facts(ip=a_network())
    row = ask_recovery(snils=an_account().snils, form_key=key, language="ru", facts=where, now=timezone.now())
    return lambda: answer_recovery(row.pk, now=timezone.now())


def a_lock(_key: str) -> Callable[[], object]:
    event = record_event(an_account().pk, Kind.LOCKED, facts(), now=timezone.now())
    return partial(tell_of_lock, event.pk)


def a_network() -> str:
    return f"10.{int(a_snils()[4:6])}.{int(a_snils()[6:9]) % 250}.1"


def letters_and_jobs() -> tuple[int, int]:
    return Letter.objects.count(), ProcrastinateJob.objects.filter(task_name="mail.deliver").count()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("prepare", [a_registration, a_recovery, a_lock])
def test_j1_a_job_may_die_at_each_statement_and_run_twice(prepare: Callable[[str], Callable[[], object]]) -> None:
    """Until a run comes to its end before it is killed: the work of each is done once."""
    for step in itertools.count(1):
        job, (letters, jobs) = prepare(f"k{step}"), letters_and_jobs()
        try:
            with connection.execute_wrapper(killed_at(step)):
                job()
        except Exception:  # noqa: BLE001 - how it dies does not matter
            ended = False
        else:
            ended = True

        job()
        job()

        assert letters_and_jobs() == (letters + 1, jobs + 1), step
        if ended:
            break
    assert step > 5


@pytest.mark.django_db(transaction=True)
def test_j1_sending_may_die_at_each_statement_and_the_letter_still_goes(sink: Sink) -> None:
    for step in itertools.count(1):
        letter, now, came = write(f"k{step}"), timezone.now(), len(sink.letters)
        try:
            with connection.execute_wrapper(killed_at(step)):
                deliver_letter(letter.pk, now=now)
        except OperationalError:
            ended = False
        else:
            ended = True

        for later in (61, 62, 63):
            deliver_letter(letter.pk, now=now + timedelta(seconds=later))

        assert Letter.objects.get(pk=letter.pk).delivery == Delivery.SENT, step
        assert 1 <= len(sink.letters) - came <= 2
        assert len({one["Message-ID"] for one in sink.letters[came:]}) == 1
        if ended:
            break
    assert step > 2


@pytest.mark.django_db(transaction=True)
def test_j1_in_the_worker_too_a_job_comes_and_goes_with_its_row() -> None:
    """The worker's queue has connections of its own: over them a job was there before its letter, or without it."""
    with app.replace_connector(app.connector.get_worker_connector()) as ours, ours.open():  # type: ignore[attr-defined]
        with transaction.atomic():
            write("taken back")
            transaction.set_rollback(True)
        assert not ProcrastinateJob.objects.exists()

        with transaction.atomic():
            letter = write("kept")
            seen_by_others = ours.connector.get_sync_connector().execute_query_all("SELECT id FROM procrastinate_jobs")
        assert seen_by_others == []
        assert [job.args for job in ProcrastinateJob.objects.all()] == [{"letter_id": letter.pk}]
