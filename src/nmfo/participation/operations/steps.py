"""What all operations of this package share: rows under their locks, steps of a registration, letters.

Locks are taken gathering first, then registrations by their ids: two operations never wait for each other.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable
from typing import Any

from foundation.audit.operations import entry_of, record_all
from foundation.mail.operations import put_letter
from foundation.runtime.facts import RequestFacts
from nmfo.accounts.models import Account
from nmfo.accounts.rules import State as AccountState
from nmfo.catalogue.models import Item, Version
from nmfo.catalogue.operations.seating import keep_event_seats, lock_event
from nmfo.catalogue.places import place_in_words
from nmfo.catalogue.rules.words import ItemState, Kind
from nmfo.organisations.models import Member
from nmfo.organisations.rules import Right, check_may
from nmfo.participation.models import Gathering, Registration, Step
from nmfo.participation.queries import event_in_force
from nmfo.participation.rules import (
    HOLDS_SEAT,
    AttendanceClosed,
    EventCalledOff,
    EventUnknown,
    OwnPresence,
    State,
    check_move,
)
from nmfo.reference.zones import MOSCOW, ZONES


def locked_gathering(version: Version) -> Gathering:
    """What is kept of an event, under its lock after the item's; made at the first registration."""
    lock_event(version.item_id)
    rows = Gathering.objects.select_for_update(of=("self",), no_key=True)
    found = rows.filter(item=version.item_id).first()
    if found is None:  # of two first ones, one makes the row and both lock it
        Gathering.objects.bulk_create([Gathering(item_id=version.item_id, version=version)], ignore_conflicts=True)
        found = rows.get(item=version.item_id)
    return found


def locked_registrations(**which: Any) -> list[Registration]:
    """Registrations under their locks, by their ids."""
    rows = Registration.objects.select_for_update(of=("self",), no_key=True)
    return list(rows.select_related("specialist__account").filter(**which).order_by("pk"))


def own_event(by: Member, item_id: int) -> Version:
    """An event of the member's organisation as it is published, for who may decide about its people.

    Raises NotAllowed, EventUnknown; EventCalledOff for a withdrawn one that had not taken place.
    """
    check_may(by.roles, Right.LISTENERS)
    version = event_in_force(item_id)
    if version is None or version.item.organisation_id != by.organisation_id:
        raise EventUnknown
    return version


def check_held(version: Version) -> None:
    """Refuse an event that was called off."""
    if version.item.state == ItemState.WITHDRAWN:
        raise EventCalledOff(reason=version.item.withdrawn_reason)


def check_open(gathering: Gathering) -> None:
    """Refuse changes of a list that is closed."""
    if gathering.closed_at is not None:
        raise AttendanceClosed


def check_not_self(by: Account, registration: Registration) -> None:
    """Nobody confirms their own presence: by СНИЛС, not by account (Z5)."""
    if by.snils == registration.specialist.account.snils:
        raise OwnPresence


def move_all(
    registrations: Iterable[Registration],
    to: State,
    *,
    what: str,
    by: Account | None,
    facts: RequestFacts | None,
    now: dt.datetime,
    reason: str = "",
    offered_until: dt.datetime | None = None,
) -> None:
    """Go one step with several registrations, with their history and the trail. Seats are the caller's business."""
    rows = list(registrations)
    before = {row.pk: row.state for row in rows}
    for row in rows:
        check_move(row.state, to)
        row.state, row.offered_until = to, offered_until
        row.decided_at = now if to in {State.PRESENT, State.ABSENT} else None
    Registration.objects.bulk_update(rows, ["state", "offered_until", "decided_at"], batch_size=500)
    write_steps(rows, by=by, now=now, reason=reason)
    record_all(
        entry_of(
            actor_id=by.pk if by else None,
            action=f"registration.{what}",
            subject="registration",
            subject_id=row.pk,
            facts=facts,
            reason=reason[:500],
            before={"state": before[row.pk]},
            after={"state": row.state, "item": row.item_id},
        )
        for row in rows
    )


def write_steps(rows: Iterable[Registration], *, by: Account | None, now: dt.datetime, reason: str = "") -> None:
    """The present states of registrations into their histories."""
    Step.objects.bulk_create(
        [
            Step(registration=row, specialist_id=row.specialist_id, state=row.state, by=by, reason=reason, at=now)
            for row in rows
        ]
    )


def count_seats(gathering: Gathering) -> None:
    """Write how many seats are taken. The gathering is locked, so nobody takes one meanwhile."""
    gathering.taken = Registration.objects.filter(item=gathering.item_id, state__in=HOLDS_SEAT).count()
    gathering.save(update_fields=["taken"])
    keep_event_seats(gathering.item_id, gathering.taken)


def event_item(item_id: int) -> Item | None:
    """The item of an event, whatever its state."""
    return Item.objects.filter(pk=item_id, kind=Kind.EVENT).first()


def local_time(version: Version) -> dict[str, Any]:
    """The clock of the place where that is not Moscow's, for letters: 14:00, Красноярск."""
    if version.begins_at is None or version.zone in {"", MOSCOW}:
        return {"local": "", "where": ""}
    there = version.begins_at.astimezone(zoneinfo.ZoneInfo(version.zone))
    return {"local": f"{there:%H:%M}", "where": ZONES.get(version.zone, version.zone)}


def write_to(
    registration: Registration, version: Version, *, kind: str, key: str, now: dt.datetime, **values: Any
) -> None:
    """A letter to who is registered; nothing to an account that is closed."""
    person = registration.specialist.account
    if person.state != AccountState.ACTIVE or not person.email:
        return
    put_letter(
        kind=kind,
        to=person.email,
        account_id=person.pk,
        language=person.language,
        values={
            "person": person,
            "registration": registration,
            "version": version,
            "title": version.title,
            "place": place_in_words(version.region.name if version.region else "", version.place),
            **local_time(version),
            **values,
        },
        key=key,
        now=now,
    )
