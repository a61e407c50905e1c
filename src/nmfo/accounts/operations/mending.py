"""What staff do about letters and jobs in trouble; each deed leaves its row in the trail (promise T1)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from foundation.audit.operations import record
from foundation.jobs.operations import retry_job
from foundation.mail.models import Letter
from foundation.mail.operations import resend_letter
from foundation.runtime.facts import RequestFacts
from nmfo.accounts.models import Account


@transaction.atomic
def send_letter_again(*, letter: Letter, by: Account, facts: RequestFacts, now: dt.datetime) -> None:
    """Put a refused or failed letter of somebody's back on its way."""
    resend_letter(letter, now=now)
    record(actor_id=by.pk, action="letter.sent_again", subject="letter", subject_id=letter.pk, facts=facts)


@transaction.atomic
def run_job_again(*, job_id: int, by: Account, facts: RequestFacts) -> None:
    """Put a job that was given up back into its queue."""
    retry_job(job_id)
    record(actor_id=by.pk, action="job.run_again", subject="job", subject_id=job_id, facts=facts)
