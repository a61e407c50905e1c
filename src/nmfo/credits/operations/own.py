"""What an operator does not decide because it is a matter of the organisation that they work for (Z5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Min, Q

from nmfo.accounts.models import Account
from nmfo.catalogue.models import Version
from nmfo.credits.models import Expectation, LedgerEntry
from nmfo.credits.rules.refusals import OwnOrganisation
from nmfo.organisations.models import Member


def check_no_member(*, matters: Iterable[tuple[int | None, dt.datetime]], by: Account) -> None:
    """Refuse an operator who works for an organisation concerned: by СНИЛС, not by account.

    `matters` are organisations, None for nobody, each since when it is their matter: who has left since then does not
    decide either.
    """
    since: dict[int, dt.datetime] = {}
    for pk, moment in matters:
        if pk is not None:
            since[pk] = min(moment, since.get(pk, moment))
    there = Q(pk__in=[])
    for pk, moment in since.items():
        there |= Q(Q(left_at=None) | Q(left_at__gte=moment), organisation=pk)
    members = Member.objects.filter(there).select_related("account") if since else []
    if any(member.account.snils == by.snils for member in members):
        raise OwnOrganisation


def matter_since(version: Version, asked_at: dt.datetime) -> dt.datetime:
    """Since when the credits of an event are a matter of its organisation: it was published or begun before.

    Who leaves just before asking, or before a colleague asks, has no other interest than a minute later.
    """
    published = Version.objects.filter(item=version.item_id).aggregate(first=Min("published_at"))["first"]
    return min(moment for moment in (published, version.begins_at, asked_at) if moment is not None)


def matters_of(rows: Iterable[LedgerEntry | Expectation | None]) -> list[tuple[int | None, dt.datetime]]:
    """Whose matter entries and awaited credits are, since they are there."""
    known = [row for row in rows if row is not None]
    return [(one.organisation_id, one.posted_at if isinstance(one, LedgerEntry) else one.created_at) for one in known]
