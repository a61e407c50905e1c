"""Roles that come with work elsewhere in the portal and go with it."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from foundation.audit.operations import record
from foundation.runtime.facts import RequestFacts
from foundation.signin.operations import end_sessions_of
from nmfo.accounts.models import Account
from nmfo.accounts.rules import Role


@transaction.atomic
def grant_role(
    *, account: Account, role: Role, by: Account, session_id: int | None, facts: RequestFacts, now: dt.datetime
) -> bool:
    """Give a role. Returns whether the account did not have it before.

    Other sessions end: they began without the second factor that the role asks for (promise I8). The session
    `session_id` goes on, and whoever called asks it for the factor.
    """
    row = Account.objects.select_for_update(of=("self",), no_key=True).get(pk=account.pk)
    if row.has_role(role):
        account.roles = row.roles
        return False
    before = list(row.roles)
    row.roles = account.roles = [*before, str(role)]
    row.save(update_fields=["roles"])
    end_sessions_of(row.pk, except_id=session_id)
    _record(row, "account.role_granted", before, by, facts)
    return True


@transaction.atomic
def revoke_role(*, account: Account, role: Role, by: Account, facts: RequestFacts, now: dt.datetime) -> None:
    """Take a role away; pages ask for it at each request, so it is gone at once."""
    row = Account.objects.select_for_update(of=("self",), no_key=True).get(pk=account.pk)
    if not row.has_role(role):
        return
    before = list(row.roles)
    row.roles = account.roles = [name for name in before if name != role]
    row.save(update_fields=["roles"])
    _record(row, "account.role_revoked", before, by, facts)


def _record(account: Account, action: str, before: list[str], by: Account, facts: RequestFacts) -> None:
    record(
        actor_id=by.pk,
        action=action,
        subject="account",
        subject_id=account.pk,
        facts=facts,
        before={"roles": before},
        after={"roles": list(account.roles)},
    )
