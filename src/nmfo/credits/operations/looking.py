"""Operators look at people's credits: who, at whom, in which list (P6, N20)."""

from __future__ import annotations

from collections.abc import Iterable

from foundation.audit.operations import entry_of, record_all
from foundation.runtime.facts import RequestFacts
from nmfo.accounts.models import Account

CREDITS, REQUESTS, CORRECTIONS, SIGNALS = "credits", "requests", "corrections", "signals"


def look_at_people(
    *, accounts: Iterable[int], what: str, by: Account, facts: RequestFacts | None, reason: str = ""
) -> None:
    """Write down that an operator saw these people: `what` is the list, or `CREDITS` for one person's. One statement.

    `reason`: number of the request because of which.
    """
    record_all(
        entry_of(
            actor_id=by.pk,
            action="account.looked_at",
            subject="account",
            subject_id=pk,
            facts=facts,
            reason=reason,
            after={"what": what},
        )
        for pk in dict.fromkeys(accounts)
    )
