"""Jobs of enrolment."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from nmfo.enrolment.operations import tending


@app.periodic(cron="*/5 * * * *", periodic_id="enrolment.tend_seats")
@app.task(name="enrolment.tend_seats", queue="default", queueing_lock="enrolment.tend_seats")
def tend_seats(timestamp: int) -> None:
    """Close what has run out or was cancelled, tell of other days, offer what is free. Run twice, it does each once."""
    now = timezone.now()
    tending.close_cancelled(now)
    tending.tell_of_moves(now)
    tending.end_offers(now)
    tending.offer_free_seats(now)


@app.periodic(cron="23 1 * * *", periodic_id="enrolment.drop_old_drafts")
@app.task(name="enrolment.drop_old_drafts", queue="default", queueing_lock="enrolment.drop_old_drafts")
def drop_old_drafts(timestamp: int) -> None:
    """Drop drafts that nobody has touched for thirty days."""
    tending.drop_old_drafts(timezone.now())
