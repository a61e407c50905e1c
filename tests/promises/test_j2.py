from __future__ import annotations

import pytest
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.builders import an_operator, signed_in
from tests.support.jobs import run_jobs

from foundation.jobs.queries import poisoned_jobs
from foundation.jobs.retry import RETRY
from nmfo.accounts.operations.recovering import ANSWER


@pytest.mark.django_db(transaction=True)
def test_j2_a_job_that_always_fails_is_given_up_seen_and_blocks_nothing() -> None:
    app.configure_task("no.such.task", queue="urgent").defer(number=1)
    app.configure_task(ANSWER, queue="urgent").defer(recovery_id=1)

    run_jobs()

    assert [job.task_name for job in poisoned_jobs()] == ["no.such.task"]
    assert ProcrastinateJob.objects.get(task_name=ANSWER).status == "succeeded"
    assert "no.such.task" in signed_in(an_operator()).get("/operator/jobs/").content.decode()
    assert RETRY.max_attempts == 4
