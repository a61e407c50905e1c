"""A specialist signs up for an event, waits for a seat, takes it, gives it back."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from foundation.audit.operations import record
from foundation.db.refusals import refuses
from foundation.runtime.facts import RequestFacts
from foundation.ui.templatetags.ui import moment
from nmfo.catalogue.models import Version
from nmfo.organisations.rules import LicenceState
from nmfo.participation.models import Gathering, Registration
from nmfo.participation.operations.steps import (
    check_held,
    check_open,
    count_seats,
    locked_gathering,
    locked_registrations,
    move_all,
    write_steps,
    write_to,
)
from nmfo.participation.queries import event_in_force, live_registration_of, span_of
from nmfo.participation.rules import (
    AlreadySignedUp,
    EventBegun,
    EventUnknown,
    LicenceNotInForce,
    NotTakingPart,
    OfferOver,
    SeatsGone,
    State,
    offer_until,
    seats_left,
)
from nmfo.specialists.models import Specialist


@transaction.atomic
def sign_up(
    *, specialist: Specialist, item_id: int, waiting: bool = False, facts: RequestFacts | None, now: dt.datetime
) -> Registration:
    """Sign up for an event, or with `waiting` stand in the line when no seat is left.

    Of two who want the last seat at the same moment one gets it: the gathering's lock decides. Somebody who comes while
    others wait stands behind them, even if a seat was freed this minute.

    Raises:
        EventUnknown, EventCalledOff, EventBegun, LicenceNotInForce, AttendanceClosed: nobody can sign up.
        AlreadySignedUp: they have, or stand in the line.
        SeatsGone: with the place in the line that they could have.

    """
    version = event_in_force(item_id)
    if version is None:
        raise EventUnknown
    check_held(version)
    span = span_of(version)
    if now >= (span.ends_at if version.online else span.begins_at):  # one may come late to a broadcast
        raise EventBegun
    if version.item.organisation.licence_state != LicenceState.VALID:
        raise LicenceNotInForce
    gathering = locked_gathering(version)
    check_open(gathering)
    if live_registration_of(specialist, item_id) is not None:
        raise AlreadySignedUp
    line = Registration.objects.filter(item=item_id, state=State.WAITING).count()
    left = seats_left(version.seats, gathering.taken)
    full = left is not None and (left == 0 or line > 0)
    if full and (not waiting or now >= span.begins_at):
        raise SeatsGone(n=line + 1)
    state = State.WAITING if full else State.SIGNED_UP
    with refuses(participation_one_live_registration_for_an_event=AlreadySignedUp):
        made = Registration.objects.create(
            specialist=specialist, item_id=item_id, version=version, state=state, signed_up_at=now
        )
    if gathering.called_off_at is not None:  # it came back with a new version
        gathering.called_off_at = None
        gathering.save(update_fields=["called_off_at"])
    count_seats(gathering)
    write_steps([made], by=specialist.account, now=now)
    record(
        actor_id=specialist.account_id,
        action="registration.made",
        subject="registration",
        subject_id=made.pk,
        facts=facts,
        after={"item": item_id, "state": state},
    )
    kind = "event_waiting" if full else "event_signed_up"
    write_to(made, version, kind=kind, key=f"{kind}:{made.pk}", now=now, line=line + 1)
    return made


@transaction.atomic
def take_seat(
    *, specialist: Specialist, registration_id: int, facts: RequestFacts | None, now: dt.datetime
) -> Registration:
    """Take the seat that is kept. Raises NotTakingPart, EventCalledOff, RegistrationMoved, OfferOver."""
    version, _gathering, row = _own(specialist, registration_id)
    check_held(version)
    until = row.offered_until
    if until is not None and now > until:
        raise OfferOver(until=moment(until))
    move_all([row], State.SIGNED_UP, what="seat_taken", by=specialist.account, facts=facts, now=now)
    write_to(row, version, kind="event_signed_up", key=f"event_signed_up:{row.pk}", now=now)
    return row


@transaction.atomic
def cancel_registration(
    *, specialist: Specialist, registration_id: int, facts: RequestFacts | None, now: dt.datetime
) -> Registration:
    """Give the seat or the place in the line back; the seat is kept for the next of the line.

    Raises NotTakingPart, RegistrationMoved, EventBegun.
    """
    version, gathering, row = _own(specialist, registration_id)
    if now >= span_of(version).begins_at:
        raise EventBegun
    move_all([row], State.CANCELLED, what="cancelled", by=specialist.account, facts=facts, now=now)
    count_seats(gathering)
    offer_free_seats(gathering, version, now=now)
    return row


def offer_free_seats(gathering: Gathering, version: Version, *, now: dt.datetime) -> int:
    """Keep free seats for the first of the line and write to them; the gathering is locked. Returns for how many."""
    until = offer_until(now, span_of(version).begins_at)
    if until is None:
        return 0
    left = seats_left(version.seats, gathering.taken)
    line = locked_registrations(item=gathering.item_id, state=State.WAITING)
    lucky = line if left is None else line[:left]
    if not lucky:
        return 0
    move_all(lucky, State.OFFERED, what="seat_offered", by=None, facts=None, now=now, offered_until=until)
    count_seats(gathering)
    for row in lucky:
        key = f"event_seat_free:{row.pk}:{until.timestamp():.0f}"
        write_to(row, version, kind="event_seat_free", key=key, now=now, until=until)
    return len(lucky)


def _own(specialist: Specialist, registration_id: int) -> tuple[Version, Gathering, Registration]:
    """A registration of the specialist, locked after its gathering. Raises NotTakingPart."""
    item_id = Registration.objects.filter(pk=registration_id, specialist=specialist).values_list("item", flat=True)
    found = item_id.first()
    version = event_in_force(found) if found is not None else None
    if version is None:
        raise NotTakingPart
    gathering = locked_gathering(version)
    (row,) = locked_registrations(pk=registration_id, specialist=specialist)
    return version, gathering, row
