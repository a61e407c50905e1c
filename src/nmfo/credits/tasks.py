"""Jobs of credits."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from foundation.jobs.retry import RETRY
from nmfo.credits.operations import issuing


@app.task(name=issuing.HAND_OUT, queue="default", retry=RETRY)
def hand_out_codes(batch_id: int) -> None:
    """Write the letters of a bound batch of codes."""
    issuing.hand_out_codes(batch_id, now=timezone.now())
