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


def matter_since(version: Version | None, asked_at: dt.datetime) -> dt.datetime:
    """Since when credits are a matter of their organisation: those of an event since it was published or begun.

    Who leaves just before asking, or before a colleague or a listener asks, has no other interest than a minute later.
    """
    if version is None or version.begins_at is None:
        return asked_at
    published = Version.objects.filter(item=version.item_id).aggregate(first=Min("published_at"))["first"]
    return min(moment for moment in (published, version.begins_at, asked_at) if moment is not None)


def matters_of(rows: Iterable[LedgerEntry | Expectation | None]) -> list[tuple[int | None, dt.datetime]]:
    """Whose matter entries and awaited credits are, and since when."""
    known = [row for row in rows if row is not None]
    there_at = {one: one.posted_at if isinstance(one, LedgerEntry) else one.created_at for one in known}
    return [(one.organisation_id, matter_since(one.version, at)) for one, at in there_at.items()]
