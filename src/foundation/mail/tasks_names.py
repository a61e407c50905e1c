"""Putting the sending of a letter into the queue, by name: operations cannot import the tasks that call them."""

from __future__ import annotations

import datetime as dt

from foundation.jobs.deferring import configure_job
from foundation.mail.models import Letter

DELIVER = "mail.deliver"


def defer_delivery(letter: Letter, *, at: dt.datetime | None = None) -> None:
    """Defer the job in the caller's transaction: it commits or vanishes with the letter."""
    queue = "urgent" if letter.urgent else "mail"
    configure_job(DELIVER, queue=queue, schedule_at=at, priority=10 if letter.urgent else 0).defer(letter_id=letter.pk)
