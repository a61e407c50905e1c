"""Jobs of organisations."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from nmfo.organisations.operations.tending import remind_applicants, remove_old_drafts, warn_of_ending_drafts


@app.periodic(cron="37 6 * * *", periodic_id="organisations.tend")
@app.task(name="organisations.tend", queue="default", queueing_lock="organisations.tend")
def tend(timestamp: int) -> None:
    """Remind applicants, and remove drafts that nobody goes on with. May run any number of times a day."""
    now = timezone.now()
    warn_of_ending_drafts(now)
    remind_applicants(now)
    remove_old_drafts(now)
