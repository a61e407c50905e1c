from __future__ import annotations

import asyncio
import threading

import pytest
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

PERIODIC = ["mail.sweep", "audit.seal", "jobs.rescue", "accounts.forget"]


@pytest.mark.django_db(transaction=True)
def test_j3_what_is_due_once_runs_once_however_many_workers_ask() -> None:
    async def ask() -> None:
        connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
        with app.replace_connector(connector) as ours:
            async with ours.open_async():
                await asyncio.gather(*(
                    ours.job_manager.defer_periodic_job(job=ours.configure_task("audit.seal", queue="default").job.evolve(task_kwargs={"timestamp": 1_800_000_000}), periodic_id="audit.seal", defer_timestamp=1_800_000_000)
                    for _worker in range(5)
                ))  # fmt: skip

    def work() -> None:
        asyncio.run(ask())
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(30)

    assert ProcrastinateJob.objects.filter(task_name="audit.seal").count() == 1


def test_j3_every_periodic_job_has_a_lock_against_queueing_twice() -> None:
    app.perform_import_paths()  # type: ignore[no-untyped-call]
    periodic = {task.name: task.queueing_lock for task in app.tasks.values() if task.name in PERIODIC}

    assert periodic == {name: name for name in PERIODIC}
