"""Jobs of the outbox."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from foundation.jobs.retry import RETRY
from foundation.mail.operations import deliver_letter, drop_old_texts, sweep_late_letters
from foundation.mail.tasks_names import DELIVER


@app.task(name=DELIVER, queue="mail", retry=RETRY)
def deliver(letter_id: int) -> None:
    """Send one letter."""
    deliver_letter(letter_id, now=timezone.now())


@app.periodic(cron="* * * * * */30", periodic_id="mail.sweep")
@app.task(name="mail.sweep", queue="urgent", queueing_lock="mail.sweep")
def sweep(timestamp: int) -> None:
    """Take up letters whose job was lost."""
    sweep_late_letters(timezone.now())


@app.periodic(cron="17 3 * * *", periodic_id="mail.forget")
@app.task(name="mail.forget", queue="default", queueing_lock="mail.forget")
def forget(timestamp: int) -> None:
    """Drop the words of old letters."""
    drop_old_texts(timezone.now())
