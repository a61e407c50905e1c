"""Jobs of credits."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from foundation.audit.queries import checked
from foundation.jobs.retry import RETRY
from nmfo.credits.operations import asking, issuing, sealing


@app.task(name=issuing.HAND_OUT, queue="default", retry=RETRY)
def hand_out_codes(batch_id: int) -> None:
    """Write the letters of a bound batch of codes."""
    issuing.hand_out_codes(batch_id, now=timezone.now())


@app.periodic(cron="* * * * *", periodic_id="credits.seal")
@app.task(name="credits.seal", queue="default", queueing_lock="credits.seal")
def seal_minute(timestamp: int) -> None:
    """Seal the new entries of the ledger."""
    sealing.seal_ledger()


@app.periodic(cron="12 6 * * *", periodic_id="credits.ask_organisations")
@app.task(name="credits.ask_organisations", queue="default", queueing_lock="credits.ask_organisations")
def ask_organisations(timestamp: int) -> None:
    """Ask organisations that are late with results, in the morning of Moscow."""
    asking.ask_organisations(timezone.now())


class BookUnbalanced(Exception):
    """The nightly check has found faults; the job stands among those in trouble until somebody looks."""


@app.periodic(cron="40 0 * * *", periodic_id="credits.balance")
@app.task(name="credits.balance", queue="default", queueing_lock="credits.balance")
def balance(timestamp: int) -> None:
    """Recompute the book of credits at night, and compare it with what it rests on."""
    found = [fault for faults in checked().values() for fault in faults]
    if found:
        raise BookUnbalanced("; ".join(found))
