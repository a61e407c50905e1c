"""Jobs of accounts."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from foundation.jobs.retry import RETRY
from nmfo.accounts.operations import auditing, closing, recovering, registering, signing_in


@app.task(name=registering.ANSWER, queue="urgent", retry=RETRY)
def answer_registration(registration_id: int) -> None:
    """Write the letter of a registration."""
    registering.answer_registration(registration_id, now=timezone.now())


@app.task(name=recovering.ANSWER, queue="urgent", retry=RETRY)
def answer_recovery(recovery_id: int) -> None:
    """Write the letter of a request for recovery."""
    recovering.answer_recovery(recovery_id, now=timezone.now())


@app.task(name=signing_in.TELL_OF_LOCK, queue="mail", retry=RETRY)
def tell_of_lock(event_id: int) -> None:
    """Tell the owner of a login that its password way is closed."""
    signing_in.tell_of_lock(event_id)


@app.periodic(cron="11 * * * *", periodic_id="accounts.tell_of_seal")
@app.task(name="accounts.tell_of_seal", queue="mail", queueing_lock="accounts.tell_of_seal")
def tell_of_seal(timestamp: int) -> None:
    """Send the auditor the newest seal, once an hour."""
    auditing.tell_of_seal(timezone.now())


@app.periodic(cron="23 4 * * *", periodic_id="accounts.forget")
@app.task(name="accounts.forget", queue="default", queueing_lock="accounts.forget")
def forget(timestamp: int) -> None:
    """Drop what the portal has no ground to keep any longer."""
    now = timezone.now()
    registering.forget_old_registrations(now)
    recovering.forget_old_requests(now)
    closing.forget_closed_contacts(now)
