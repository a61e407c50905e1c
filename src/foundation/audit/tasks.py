"""Sealing, minute by minute."""

from __future__ import annotations

from procrastinate.contrib.django import app

from foundation.audit.operations import seal_new_entries
from foundation.audit.outside import send_outside


@app.periodic(cron="* * * * *", periodic_id="audit.seal")
@app.task(name="audit.seal", queue="default", queueing_lock="audit.seal")
def seal_minute(timestamp: int) -> None:
    """Seal what is new and send the seal out of the machine."""
    seal = seal_new_entries()
    if seal is not None:
        send_outside(seal)
