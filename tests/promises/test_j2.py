from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.builders import an_operator, signed_in
from tests.support.jobs import run_jobs

from foundation.jobs.queries import poisoned_jobs
from foundation.jobs.retry import RETRY
from nmfo.accounts.operations.recovering import ANSWER

POISON = "tests.poison"
TRIES = 5


class Poisoned(Exception):
    """What a broken job raises each time."""


@pytest.fixture
def poison() -> Iterator[list[int]]:
    """A task of the portal's kind that always fails; the list grows with its tries."""
    tries: list[int] = []

    @app.task(name=POISON, queue="urgent", retry=RETRY)
    def fail(number: int) -> None:
        tries.append(number)
        raise Poisoned

    yield tries
    del app.tasks[POISON]


@pytest.mark.django_db(transaction=True)
def test_j2_a_job_that_always_fails_is_given_up_seen_and_blocks_nothing(poison: list[int]) -> None:
    app.configure_task(POISON, queue="urgent", priority=100).defer(number=7)
    for number in range(3):
        app.configure_task(ANSWER, queue="urgent").defer(recovery_id=number)

    run_jobs()
    assert set(ProcrastinateJob.objects.filter(task_name=ANSWER).values_list("status", flat=True)) == {"succeeded"}
    for _try in range(TRIES + 3):
        with connection.cursor() as cursor:  # its pause is over
            cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
        run_jobs()

    assert poison == [7] * TRIES
    assert [job.task_name for job in poisoned_jobs()] == [POISON]
    assert POISON in signed_in(an_operator()).get("/operator/jobs/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_j2_a_job_that_nobody_knows_is_seen_too() -> None:
    app.configure_task("no.such.task", queue="urgent").defer(number=1)

    run_jobs()

    assert [job.task_name for job in poisoned_jobs()] == ["no.such.task"]


def test_j2_every_job_has_an_end_of_its_tries_within_half_an_hour() -> None:
    app.perform_import_paths()  # type: ignore[no-untyped-call]
    ours = {name: task for name, task in app.tasks.items() if not name.startswith(("builtin:", "procrastinate."))}
    periodic = {name for name, _id in app.periodic_registry.periodic_tasks}

    assert {name for name, task in ours.items() if task.retry_strategy is not None} == set(ours) - periodic
    assert [name for name, task in ours.items() if name not in periodic and task.retry_strategy != RETRY] == []
    assert RETRY.max_attempts is not None
    pauses = itertools.accumulate(RETRY.exponential_wait ** (tries + 1) for tries in range(1, RETRY.max_attempts))
    assert max(pauses) < 1800
