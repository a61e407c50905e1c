"""Housekeeping of the queue."""

from __future__ import annotations

from procrastinate import JobContext
from procrastinate.contrib.django import app

STALLED_AFTER_S = 30
KEEP_FINISHED_H = 72


@app.periodic(cron="* * * * * */15", periodic_id="jobs.rescue")
@app.task(name="jobs.rescue", queue="urgent", queueing_lock="jobs.rescue", pass_context=True)
async def rescue(context: JobContext, timestamp: int) -> None:
    """Give back jobs whose worker has died (reliability.md F6). Every job is safe to run twice."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_S):
        await manager.retry_job(job)


@app.periodic(cron="41 4 * * *", periodic_id="jobs.tidy")
@app.task(name="jobs.tidy", queue="default", queueing_lock="jobs.tidy", pass_context=True)
async def tidy(context: JobContext, timestamp: int) -> None:
    """Remove jobs that ended well three days ago; failed ones stay for the operator."""
    await context.app.job_manager.delete_old_jobs(nb_hours=KEEP_FINISHED_H, include_failed=False)
