"""What happens by itself: events called off or moved, seats whose term is over, reminders. Called by jobs.

Each piece of work is a transaction of its own and may be killed anywhere: the rows themselves remember what was done to
them, and letters are written once by their keys.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import F, Q

from nmfo.accounts.rules import State as AccountState
from nmfo.catalogue.models import Version
from nmfo.catalogue.rules.words import ItemState, VersionState
from nmfo.participation.models import Gathering, Registration
from nmfo.participation.operations.signing_up import offer_free_seats
from nmfo.participation.operations.steps import (
    count_seats,
    locked_gathering,
    locked_registrations,
    move_all,
    write_to,
)
from nmfo.participation.queries import event_in_force, span_of
from nmfo.participation.rules import COMING, REMIND_BEFORE, State

CHUNK = 200  # registrations of one transaction


def tend_events(now: dt.datetime) -> dict[str, int]:
    """Everything that is due. Returns counts of people told, for the log of the job."""
    return {
        "called_off": call_off_withdrawn(now),
        "given_back": give_back_of_closed(now),
        "moved": tell_of_moves(now),
        "lapsed": lapse_offers(now),
        "offered": offer_seats(now),
        "reminded": remind(now),
    }


def call_off_withdrawn(now: dt.datetime) -> int:
    """Call off events that were withdrawn before they took place; everybody gets a letter with the reason."""
    rows = Gathering.objects.filter(
        item__state=ItemState.WITHDRAWN, called_off_at=None, closed_at=None, version__ends_at__gt=now
    )
    return sum(_call_off(item, now) for item in list(rows.order_by("pk").values_list("pk", flat=True)))


def _call_off(item_id: int, now: dt.datetime) -> int:
    told, more = 0, True
    while more:
        number, more = _call_off_some(item_id, now)
        told += number
    return told


@transaction.atomic
def _call_off_some(item_id: int, now: dt.datetime) -> tuple[int, bool]:
    version = event_in_force(item_id)
    if version is None:
        return 0, False
    gathering = locked_gathering(version)
    reason = version.item.withdrawn_reason
    ids = Registration.objects.filter(item=item_id, state__in=COMING).order_by("pk").values_list("pk", flat=True)
    rows = locked_registrations(pk__in=list(ids[:CHUNK]), state__in=COMING)
    move_all(rows, State.CALLED_OFF, what="called_off", by=None, facts=None, now=now, reason=reason)
    count_seats(gathering)
    for row in rows:
        write_to(row, version, kind="event_called_off", key=f"event_called_off:{row.pk}", now=now, reason=reason)
    if len(rows) < CHUNK:
        gathering.called_off_at = now
        gathering.save(update_fields=["called_off_at"])
    return len(rows), len(rows) == CHUNK


def tell_of_moves(now: dt.datetime) -> int:
    """Tell everybody of a new version with another time or place. Returns how many were told."""
    rows = Gathering.objects.filter(
        ~Q(version__state=VersionState.PUBLISHED), item__state=ItemState.PUBLISHED, closed_at=None
    )
    return sum(_tell_of_move(item, now) for item in list(rows.order_by("pk").values_list("pk", flat=True)))


@transaction.atomic
def _tell_of_move(item_id: int, now: dt.datetime) -> int:
    version = event_in_force(item_id)
    if version is None:
        return 0
    gathering = locked_gathering(version)
    before: Version = gathering.version
    if before.pk == version.pk:
        return 0
    gathering.version = version
    gathering.save(update_fields=["version"])
    if _where(before) == _where(version):
        return 0
    people = Registration.objects.filter(item=item_id, state__in=COMING)
    people.exclude(reminded_at=None).update(reminded_at=None)  # the reminder of the former time is no reminder
    rows = list(people.exclude(version=version).select_related("specialist__account").order_by("pk"))
    for row in rows:
        key = f"event_moved:{row.pk}:{version.pk}"
        write_to(row, version, kind="event_moved", key=key, now=now, before=before)
    return len(rows)


def _where(version: Version) -> tuple[object, ...]:
    return (version.begins_at, version.ends_at, version.region_id, version.place, version.link, version.online)


def lapse_offers(now: dt.datetime) -> int:
    """Free the seats that were kept for somebody until now, and end the lines of events that have begun."""
    late = Registration.objects.filter(state=State.OFFERED, offered_until__lt=now)
    begun = Registration.objects.filter(state=State.WAITING, item__gathering__version__begins_at__lte=now)
    items = {*late.values_list("item", flat=True), *begun.values_list("item", flat=True)}
    return sum(_lapse(item, now) for item in sorted(items))


@transaction.atomic
def _lapse(item_id: int, now: dt.datetime) -> int:
    version = event_in_force(item_id)
    if version is None:
        return 0
    gathering = locked_gathering(version)
    begun = span_of(version).begins_at <= now
    late = Q(state=State.OFFERED, offered_until__lt=now)
    ids = Registration.objects.filter(late | Q(state=State.WAITING) if begun else late, item=item_id)
    rows = locked_registrations(pk__in=list(ids.values_list("pk", flat=True)), state__in=[State.OFFERED, State.WAITING])
    move_all(rows, State.LAPSED, what="lapsed", by=None, facts=None, now=now)
    count_seats(gathering)
    for row in rows:
        write_to(row, version, kind="event_lapsed", key=f"event_lapsed:{row.pk}", now=now, begun=begun)
    offer_free_seats(gathering, version, now=now)
    return len(rows)


def offer_seats(now: dt.datetime) -> int:
    """Keep seats for the line of events that have some: a new version may have brought them."""
    waiting = Registration.objects.filter(state=State.WAITING)
    rows = Gathering.objects.filter(
        Q(version__seats=None) | Q(version__seats__gt=F("taken")),
        item__in=waiting.values("item"),
        item__state=ItemState.PUBLISHED,
        version__begins_at__gt=now,
    )
    return sum(_offer(item, now) for item in list(rows.order_by("pk").values_list("pk", flat=True)))


@transaction.atomic
def _offer(item_id: int, now: dt.datetime) -> int:
    version = event_in_force(item_id)
    return 0 if version is None else offer_free_seats(locked_gathering(version), version, now=now)


def give_back_of_closed(now: dt.datetime) -> int:
    """Give back the seats of people who have closed their account: they do not come. Returns how many."""
    rows = Registration.objects.filter(
        state__in=COMING,
        specialist__account__state=AccountState.CLOSED,
        item__gathering__version__begins_at__gt=now,
    )
    return sum(_give_back(item, now) for item in sorted(set(rows.values_list("item", flat=True))))


@transaction.atomic
def _give_back(item_id: int, now: dt.datetime) -> int:
    version = event_in_force(item_id)
    if version is None:
        return 0
    gathering = locked_gathering(version)
    rows = locked_registrations(item=item_id, state__in=COMING, specialist__account__state=AccountState.CLOSED)
    move_all(rows, State.CANCELLED, what="cancelled", by=None, facts=None, now=now)
    count_seats(gathering)
    offer_free_seats(gathering, version, now=now)
    return len(rows)


def remind(now: dt.datetime) -> int:
    """Write to everybody who comes to an event within a day; once. Who signed up within that day has a fresh letter."""
    rows = Registration.objects.filter(
        state=State.SIGNED_UP,
        reminded_at=None,
        item__state=ItemState.PUBLISHED,
        item__gathering__version__begins_at__gt=now,
        item__gathering__version__begins_at__lte=now + REMIND_BEFORE,
        signed_up_at__lte=F("item__gathering__version__begins_at") - REMIND_BEFORE,
    )
    told, last = 0, 0
    while ids := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        told, last = told + _remind(ids, now), ids[-1]
    return told


@transaction.atomic
def _remind(ids: list[int], now: dt.datetime) -> int:
    rows = [row for row in locked_registrations(pk__in=ids, state=State.SIGNED_UP) if row.reminded_at is None]
    versions: dict[int, Version | None] = {}
    for row in rows:
        if row.item_id not in versions:
            versions[row.item_id] = event_in_force(row.item_id)
        version = versions[row.item_id]
        if version is not None:
            key = f"event_reminder:{row.pk}:{version.pk}"
            write_to(row, version, kind="event_reminder", key=key, now=now)
    Registration.objects.filter(pk__in=[row.pk for row in rows]).update(reminded_at=now)
    return len(rows)
