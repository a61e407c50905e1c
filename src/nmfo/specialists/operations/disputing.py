"""Deciding what people say is wrong; nobody decides about themselves (promise Z5)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from foundation.audit.operations import record
from foundation.errors import Refused
from foundation.mail.operations import put_letter
from foundation.runtime.facts import RequestFacts
from nmfo.accounts.models import Account
from nmfo.specialists.models import Dispute
from nmfo.specialists.rules import AlreadyDecided, DisputeState, OwnDispute


class ReasonMissing(Refused):
    message = _("Write the reason: the person will read it.")
    field = "reason"


@transaction.atomic
def decide_dispute(
    *, dispute_id: int, right: bool, reason: str, by: Account, facts: RequestFacts, now: dt.datetime
) -> Dispute:
    """Say who is right, and why; a letter goes out. Raises OwnDispute, AlreadyDecided, ReasonMissing.

    Of two operators at once the second gets AlreadyDecided. «Own» is by СНИЛС, not by account.
    """
    rows = Dispute.objects.select_for_update(of=("self",), no_key=True).select_related("specialist__account")
    dispute = rows.get(pk=dispute_id)
    person = dispute.specialist.account
    if person.pk == by.pk or person.snils == by.snils:
        raise OwnDispute
    if dispute.state != DisputeState.OPEN:
        raise AlreadyDecided
    if not reason.strip():
        raise ReasonMissing
    dispute.state = DisputeState.ACCEPTED if right else DisputeState.DECLINED
    dispute.decided_at, dispute.decided_by, dispute.reason = now, by, reason.strip()
    dispute.save(update_fields=["state", "decided_at", "decided_by", "reason"])
    record(
        actor_id=by.pk,
        action="dispute.decided",
        subject="dispute",
        subject_id=dispute.pk,
        facts=facts,
        reason=dispute.reason[:500],
        after={"state": dispute.state},
    )
    put_letter(
        kind="dispute_decided",
        to=person.email,
        account_id=person.pk,
        language=person.language,
        values={"person": person, "dispute": dispute, "right": right},
        key=f"dispute:{dispute.pk}",
        now=now,
    )
    return dispute
