"""Jobs of taking part in events."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from nmfo.participation.operations import tending


@app.periodic(cron="*/5 * * * *", periodic_id="participation.tend_events")
@app.task(name="participation.tend_events", queue="default", queueing_lock="participation.tend_events")
def tend_events(timestamp: int) -> None:
    """Call off, tell of moves, free and offer seats, remind."""
    tending.tend_events(timezone.now())
