"""A result that was wrong: its credits are taken back by two people, then a corrected one may be entered."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from foundation.runtime.facts import RequestFacts
from nmfo.accounts.models import Account
from nmfo.credits.models import Proposal
from nmfo.credits.operations.correcting import decide_proposal
from nmfo.credits.rules.words import ProposalState, Source
from nmfo.enrolment.models import Application, Completion
from nmfo.enrolment.operations.steps import application_id_of, lock_application, make_step
from nmfo.enrolment.rules import Side, State


@transaction.atomic
def decide_correction(
    *, proposal_id: int, approve: bool, words: str, by: Account, facts: RequestFacts | None, now: dt.datetime
) -> Proposal:
    """Decide a correction of the ledger as `decide_proposal` does; an application whose credits go says so at once.

    The application is locked first, so a colleague who enters a result at the same moment waits. Raises as there.
    """
    found = _application_of(proposal_id)
    row = None if found is None else lock_application(found)
    proposal = decide_proposal(proposal_id=proposal_id, approve=approve, words=words, by=by, facts=facts, now=now)
    if row is not None and proposal.state == ProposalState.APPROVED and row.state == State.CREDITED:
        Completion.objects.filter(application=row, taken_back_at=None).update(taken_back_at=now)
        make_step(row, State.REVERSED, side=Side.PORTAL, by=None, facts=facts, now=now, reason=proposal.reason)
    return proposal


def _application_of(proposal_id: int) -> int | None:
    entry = (
        Proposal.objects.filter(pk=proposal_id, entry__source=Source.COMPLETION).values_list("entry__origin").first()
    )
    if entry is None:
        return None
    found = application_id_of(entry[0])
    return found if found and Application.objects.filter(pk=found).exists() else None
