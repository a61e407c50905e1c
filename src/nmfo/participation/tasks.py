"""Jobs of taking part in events."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from foundation.jobs.retry import RETRY
from nmfo.participation.operations import closing, tending


@app.periodic(cron="*/5 * * * *", periodic_id="participation.tend_events")
@app.task(name="participation.tend_events", queue="default", queueing_lock="participation.tend_events")
def tend_events(timestamp: int) -> None:
    """Call off, tell of moves, free and offer seats, remind; enter as awaited what events that are over will bring."""
    now = timezone.now()
    tending.tend_events(now)
    closing.await_credits_of_ended(now)


@app.task(name=closing.SETTLE, queue="default", retry=RETRY)
def settle_event(item_id: int) -> None:
    """Give or announce the credits of a closed event."""
    closing.settle_event(item_id, now=timezone.now())
