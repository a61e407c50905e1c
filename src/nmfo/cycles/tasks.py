"""Jobs of cycles."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from nmfo.cycles.operations import telling


@app.periodic(cron="20 6 * * *", periodic_id="cycles.tell_of_years")
@app.task(name="cycles.tell_of_years", queue="default", queueing_lock="cycles.tell_of_years")
def tell_of_years(timestamp: int) -> None:
    """Write to those whose year of a cycle ends in a month, in the morning of Moscow. Run twice, it tells each once."""
    telling.tell_of_years(timezone.now())
