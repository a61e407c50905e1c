"""Housekeeping of files."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from foundation.files.operations import sweep_orphans


@app.periodic(cron="7 5 * * *", periodic_id="files.sweep")
@app.task(name="files.sweep", queue="default", queueing_lock="files.sweep")
def sweep(timestamp: int) -> None:
    """Remove bytes whose row was never committed."""
    sweep_orphans(timezone.now())
