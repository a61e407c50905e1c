"""Posting to the ledger, and the allowance of an offering. Callers have a transaction of their own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.db.models import F

from foundation.db.refusals import refuses
from foundation.mail.operations import put_letter
from foundation.ui.templatetags.ui import day
from nmfo.accounts.models import Account
from nmfo.accounts.rules import State
from nmfo.catalogue.models import Version
from nmfo.credits.models import Allowance, LedgerEntry
from nmfo.credits.operations.expecting import settle, stands_for_result
from nmfo.credits.rules.refusals import (
    AllowanceSpent,
    ArrivedAlready,
    CountedAlready,
    EnteredByHand,
    NotWorthAnything,
    OriginUsed,
    OwnCredit,
)
from nmfo.credits.rules.words import ONCE_FOR_AN_ITEM, PART_OF, Source
from nmfo.specialists.models import Specialist

_TOLD_BY_LETTER = (Source.PRESENCE,)  # who applied for a programme hears of its result from the application


@transaction.atomic
def post(
    *,
    specialist_id: int,
    version: Version,
    source: str,
    origin: str,
    earned_on: dt.date,
    by: Account | None,
    now: dt.datetime,
    reason: str = "",
    began_on: dt.date | None = None,
) -> LedgerEntry:
    """Post what a version is worth to a specialist's ledger, once for its evidence, and settle what was awaited of it.

    The worth comes from the published version, never from a request (Z2). `by` is who confirmed it, None the portal
    itself; `began_on` the first day of a programme's learning. Of two that post the same evidence at once the second
    waits and is refused.

    Raises:
        NotWorthAnything: the version was never published.
        OwnCredit: who confirms it is the person themselves (Z5).
        OriginUsed: this evidence has been posted.
        CountedAlready: the event or module was credited to this person by other evidence, which stands.
        EnteredByHand: an operator has entered the credits of this programme to settle a request about them.

    """
    if version.published_at is None or not version.credits:
        raise NotWorthAnything
    check_not_own(specialist_id=specialist_id, by=by)
    if source == Source.COMPLETION:
        there = stands_for_result(specialist_id=specialist_id, origin=origin, item_id=version.item_id, since=began_on)
        if there is not None and there.source == Source.MANUAL:
            raise EnteredByHand(day=day(there.posted_at), entry=there.pk)
    try:
        with refuses(credits_usedorigin_pkey=OriginUsed, credits_an_event_or_module_counts_once=CountedAlready):
            entry = LedgerEntry.objects.create(
                specialist_id=specialist_id,
                credits=version.credits,
                part=PART_OF[version.item.kind],
                source=source,
                origin=origin,
                item_id=version.item_id,
                version=version,
                organisation_id=version.item.organisation_id,
                earned_on=earned_on,
                posted_at=now,
                posted_by=by,
                reason=reason,
            )
    except CountedAlready:
        raise _counted(specialist_id, version.item_id) from None
    settle(entry=entry, now=now)
    if source in _TOLD_BY_LETTER:
        _write(entry, version, now)
    return entry


def _counted(specialist_id: int, item_id: int) -> CountedAlready:
    """When an event or a module was credited to somebody and by what, as the sentence that they read."""
    own = LedgerEntry.objects.filter(specialist_id=specialist_id)
    entry = own.filter(item_id=item_id, source__in=ONCE_FOR_AN_ITEM, reverses=None).order_by("pk").last()
    assert entry is not None  # noqa: S101 - the database has just refused a second one
    return CountedAlready(day=day(entry.posted_at), how=entry.get_source_display(), entry=entry.pk)


def _write(entry: LedgerEntry, version: Version, now: dt.datetime) -> None:
    """The letter about a credit that came without the person doing anything."""
    account = Specialist.objects.select_related("account").get(pk=entry.specialist_id).account
    if account.state == State.ACTIVE and account.email:
        put_letter(
            kind="credits_posted",
            to=account.email,
            account_id=account.pk,
            language=account.language,
            values={"person": account, "entry": entry, "version": version},
            key=f"posted:{entry.pk}",
            now=now,
        )


@transaction.atomic
def set_people(*, offering: str, people: int, now: dt.datetime, take: int = 0) -> Allowance:
    """Say how many people an offering may give its credits to, and take the places of `take` of them at once.

    There are never fewer people than places given: an operator may have let more codes be issued.
    """
    row = locked_allowance(offering, now)
    row.given += take
    row.people, row.changed_at = max(people, row.given), now
    row.save(update_fields=["given", "people", "changed_at"])
    return row


def locked_allowance(offering: str, now: dt.datetime) -> Allowance:
    """The allowance under its lock, for the caller's transaction; one for nobody when nothing was said of it yet."""
    Allowance.objects.get_or_create(offering=offering, defaults={"people": 0, "changed_at": now})
    return Allowance.objects.select_for_update(no_key=True).get(offering=offering)


@transaction.atomic
def reserve(*, offering: str, count: int = 1) -> None:
    """Take `count` people out of an allowance, in the caller's transaction. Two at once wait for each other.

    Raises AllowanceSpent; then nothing is taken.
    """
    rows = Allowance.objects.filter(offering=offering, given__lte=F("people") - count)
    if not rows.update(given=F("given") + count):
        known = Allowance.objects.filter(offering=offering).first()
        raise AllowanceSpent(people=known.people if known else 0)


@transaction.atomic
def release(*, offering: str, count: int = 1) -> None:
    """Give people back to an allowance: codes that were annulled unused, an entry that was reversed."""
    Allowance.objects.filter(offering=offering, given__gte=count).update(given=F("given") - count)


def post_without_version(
    *,
    specialist_id: int,
    source: str,
    origin: str,
    title: str,
    part: str,
    worth: int,
    earned_on: dt.date,
    by: Account | None,
    now: dt.datetime,
    reason: str = "",
    specialty_id: int | None = None,
    organisation_id: int | None = None,
    item_id: int | None = None,
) -> LedgerEntry:
    """Post what stands in no catalogue of ours, `worth` credits: what the closed portal knew, an operator's own entry.

    `item_id`: the event or module that an operator's entry stands for, so that it counts once.
    Runs in the caller's transaction. Raises OwnCredit, OriginUsed, ArrivedAlready.
    """
    check_not_own(specialist_id=specialist_id, by=by)
    with refuses(credits_usedorigin_pkey=OriginUsed, credits_an_event_or_module_counts_once=ArrivedAlready):
        return LedgerEntry.objects.create(
            specialist_id=specialist_id,
            credits=worth,
            part=part,
            source=source,
            origin=origin,
            title=title,
            item_id=item_id,
            specialty_id=specialty_id,
            organisation_id=organisation_id,
            earned_on=earned_on,
            posted_at=now,
            posted_by=by,
            reason=reason,
        )


def check_not_own(*, specialist_id: int, by: Account | None) -> None:
    """Refuse what somebody confirms, proposes or decides about themselves (Z5)."""
    if by is not None:
        check_none_own(specialist_ids=[specialist_id], by=by)


def check_none_own(*, specialist_ids: Collection[int], by: Account) -> None:
    """Refuse what somebody confirms, proposes or decides about many and themselves: by СНИЛС, not by account (Z5)."""
    rows = Specialist.objects.filter(pk__in=specialist_ids).select_related("account")
    if any(row.account.snils == by.snils for row in rows):
        raise OwnCredit
