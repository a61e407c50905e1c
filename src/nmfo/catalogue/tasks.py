"""Jobs of the catalogue."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from foundation.jobs.retry import RETRY
from nmfo.catalogue.operations import importing


@app.task(name=importing.GO_ON, queue="default", retry=RETRY)
def go_on_with_import(batch_id: int) -> None:
    """Check or write the next rows of an import."""
    importing.go_on_with_import(batch_id, now=timezone.now())
