from __future__ import annotations

import asyncio
import threading
from collections import Counter

import pytest
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.periodic import PeriodicDeferrer

NOON = 1_800_014_400  # some day, and a moment at which whatever is due every minute or oftener is due
PERIODIC = {
    "accounts.forget", "accounts.tell_of_seal", "audit.seal", "catalogue.tell_of_news", "catalogue.tell_of_runs", "credits.ask_organisations",
    "credits.balance", "credits.seal", "cycles.tell_of_years", "enrolment.drop_old_drafts", "enrolment.tend_seats", "files.sweep", "jobs.rescue", "jobs.tidy", "mail.forget", "mail.sweep",
    "participation.tend_events",
    "organisations.tend",
}  # fmt: skip


def five_workers() -> list[PeriodicDeferrer]:
    """What tells each of five workers, just started, which jobs are due."""
    app.perform_import_paths()  # type: ignore[no-untyped-call]
    return [PeriodicDeferrer(app.periodic_registry, max_delay=86_400) for _worker in range(5)]


def look(workers: list[PeriodicDeferrer], at: int) -> None:
    """The workers see what is due, all at once."""

    async def ask() -> None:
        connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
        with app.replace_connector(connector) as ours:
            async with ours.open_async():
                await asyncio.gather(*(one.defer_jobs(one.get_previous_tasks(at=at)) for one in workers))

    def work() -> None:
        asyncio.run(ask())
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(30)


def jobs() -> Counter[str]:
    return Counter(ProcrastinateJob.objects.values_list("task_name", flat=True))


def done() -> None:
    """All that waits has been done."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE status = 'todo'")
        cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE status = 'doing'")


@pytest.mark.django_db(transaction=True)
def test_j3_what_is_due_once_runs_once_however_many_workers_look() -> None:
    look(five_workers(), NOON)
    assert jobs() == dict.fromkeys(PERIODIC, 1)

    done()
    look(five_workers(), NOON)
    assert jobs() == dict.fromkeys(PERIODIC, 1)


@pytest.mark.django_db(transaction=True)
def test_j3_a_clock_that_jumps_back_brings_nothing_twice() -> None:
    workers = five_workers()
    for at in (NOON, NOON + 60):
        look(workers, at)
        done()
    before = jobs()
    assert before["audit.seal"] == 2

    look(workers, NOON)

    assert jobs() == before


@pytest.mark.django_db(transaction=True)
def test_j3_what_waits_is_not_queued_again_when_the_next_period_comes() -> None:
    look(five_workers(), NOON)

    look(five_workers(), NOON + 86_400)

    assert jobs() == dict.fromkeys(PERIODIC, 1)
