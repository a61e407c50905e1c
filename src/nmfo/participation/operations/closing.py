"""Attendance is closed: who was there is fixed for good, and their credits go on their way."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext, gettext_noop

from foundation.audit.operations import record
from foundation.jobs.deferring import configure_job
from foundation.runtime.facts import RequestFacts
from foundation.ui.templatetags.ui import moment
from nmfo.catalogue.models import Version
from nmfo.catalogue.rules.words import Presence
from nmfo.credits.models import UsedOrigin
from nmfo.credits.operations.expecting import expect, lock_people, refuse_expected, withdraw_expected
from nmfo.credits.operations.issuing import offering_of, take_places_of_people
from nmfo.credits.operations.posting import post, release, set_people
from nmfo.credits.queries.codes import unbound_codes
from nmfo.credits.rules.refusals import CountedAlready, OriginUsed
from nmfo.credits.rules.words import Holder, Source
from nmfo.credits.saying import kept
from nmfo.organisations.models import Member
from nmfo.participation.models import Confirmed, Gathering, Registration
from nmfo.participation.operations.steps import (
    check_not_self,
    check_open,
    count_seats,
    locked_gathering,
    locked_registrations,
    move_all,
    own_event,
    write_to,
)
from nmfo.participation.queries import event_in_force, measured, span_of, was_credited, windows_of
from nmfo.participation.rules import (
    CREDITING_DAYS,
    WINDOW_GRACE,
    Award,
    CodesUnused,
    Decision,
    EventCalledOff,
    EventNotOver,
    Measure,
    State,
    WindowsMissing,
    objection_until,
    origin_for,
)
from nmfo.reference.zones import MOSCOW

SETTLE = "participation.settle_event"
CHUNK = 200  # people of one transaction
_SOURCE = {Award.CODES: Source.CODE, Award.CREDITS: Source.PRESENCE}


def origin_of(registration: Registration) -> str:
    """The key of somebody's presence in credits."""
    return origin_for(registration.pk)


@transaction.atomic
def close_attendance(
    *, item_id: int, award: str, by: Member, facts: RequestFacts | None, now: dt.datetime
) -> Gathering:
    """Decide about everybody who signed up, fix the list of those who were there, and let the credits go their way.

    A second closing is refused, also one at the same moment: the gathering's lock decides. Credits, and the letters to
    those who were not there, are the job's business: thousands of people are no matter of one request.

    Raises:
        NotAllowed, EventUnknown, EventCalledOff: it is not theirs to close.
        EventNotOver: it goes on, or answers may still come through a poor link.
        AttendanceClosed: it was closed before.
        OwnPresence: they took part themselves (Z5).
        WindowsMissing: presence was to be shown in windows, and there was none.
        CodesUnused: credits were to come at once, and others could enter codes of this event.

    """
    version = own_event(by, item_id)
    over_at = span_of(version).ends_at + WINDOW_GRACE
    if now <= over_at:
        raise EventNotOver(until=moment(over_at))
    gathering = locked_gathering(version)
    check_open(gathering)
    if gathering.called_off_at is not None:
        raise EventCalledOff(reason=version.item.withdrawn_reason)
    if award == Award.CREDITS and (unused := unbound_codes(item_id, today=timezone.localdate(now))):
        raise CodesUnused(n=unused)
    rows = locked_registrations(item=item_id, state=State.SIGNED_UP)
    for row in rows:
        check_not_self(by.account, row)
    opened = windows_of(item_id).filter(opens_at__lte=now).exists()
    if rows and version.presence == Presence.WINDOWS and not version.on_site and not opened:
        raise WindowsMissing
    reached = {one.registration.pk: one.decision.reached for one in measured(version, rows, now=now)}
    there = [row for row in rows if reached[row.pk]]
    away = [row for row in rows if not reached[row.pk]]
    move_all(there, State.PRESENT, what="confirmed", by=by.account, facts=facts, now=now)
    move_all(away, State.ABSENT, what="not_confirmed", by=by.account, facts=facts, now=now)
    late = locked_registrations(item=item_id, state__in=[State.WAITING, State.OFFERED])
    move_all(late, State.LAPSED, what="lapsed", by=None, facts=None, now=now)
    count_seats(gathering)
    _confirm(there, version, by=by, now=now)
    gathering.closed_at, gathering.closed_by, gathering.award = now, by.account, Award(award)
    gathering.version, gathering.confirmed = version, len(there)
    gathering.save(update_fields=["closed_at", "closed_by", "award", "version", "confirmed"])
    _keep_places(gathering, now=now)
    record(
        actor_id=by.account_id,
        action="attendance.closed",
        subject="attendance",
        subject_id=item_id,
        facts=facts,
        after={"award": gathering.award, "confirmed": len(there), "not_confirmed": len(away)},
    )
    defer_settling(item_id)
    return gathering


def confirm_later(gathering: Gathering, row: Registration, *, by: Member, now: dt.datetime) -> None:
    """Add somebody to the list after it was closed: an objection was granted. Gathering and registration are locked."""
    _confirm([row], gathering.version, by=by, now=now)
    row.settled_at = None
    row.save(update_fields=["settled_at"])
    gathering.confirmed += 1
    gathering.settled_at = None
    gathering.save(update_fields=["confirmed", "settled_at"])
    _keep_places(gathering, now=now)
    defer_settling(gathering.item_id)


def _confirm(rows: list[Registration], version: Version, *, by: Member, now: dt.datetime) -> None:
    Confirmed.objects.bulk_create(
        Confirmed(
            item_id=row.item_id,
            registration=row,
            specialist_id=row.specialist_id,
            version=version,
            by=by.account,
            at=now,
        )
        for row in rows
    )


def _keep_places(gathering: Gathering, *, now: dt.datetime) -> None:
    """Say how many people the credits are for; where they come at once nobody else may take the places meanwhile."""
    item_id = gathering.item_id
    set_people(offering=offering_of(item_id), people=gathering.confirmed, now=now)
    if gathering.award == Award.CREDITS:
        _take_places(item_id, now=now)


def _take_places(item_id: int, *, now: dt.datetime) -> None:
    """Take the places of everybody on the list whose credits are to come, unless they are taken."""
    there = Registration.objects.filter(item=item_id, state=State.PRESENT)
    origins = [origin_of(row) for row in there.filter(settled_at__isnull=False).only("pk")]
    posted = UsedOrigin.objects.filter(source=Source.PRESENCE, origin__in=origins).count() if origins else 0
    take_places_of_people(item_id=item_id, people=posted + there.filter(settled_at=None).count(), now=now)


def defer_settling(item_id: int) -> None:
    """The job that gives or announces the credits, in the caller's transaction."""
    configure_job(SETTLE, queue="default").defer(item_id=item_id)


def settle_event(item_id: int, *, now: dt.datetime) -> int:
    """Settle the credits of everybody on the list of a closed event, by chunks. May run twice, or be killed anywhere.

    Returns how many people were settled in this run.
    """
    _take_missing_places(item_id, now)
    done = 0
    while number := _settle_some(item_id, now):
        done += number
    return done


@transaction.atomic
def _take_missing_places(item_id: int, now: dt.datetime) -> None:
    """Take the places of an event that was closed before the closing itself took them."""
    rows = Gathering.objects.filter(item=item_id, award=Award.CREDITS, closed_at__isnull=False, settled_at=None)
    if rows.select_for_update(no_key=True).first() is not None:
        _take_places(item_id, now=now)


@transaction.atomic
def _settle_some(item_id: int, now: dt.datetime) -> int:
    """The next chunk; 0 when all are settled."""
    rows = Gathering.objects.select_related("version__item", "closed_by").filter(closed_at__isnull=False)
    gathering = rows.select_for_update(of=("self",), no_key=True).filter(item=item_id).first()
    if gathering is None:
        return 0
    version = gathering.version
    open_ones = Registration.objects.filter(item=item_id, state__in=[State.PRESENT, State.ABSENT], settled_at=None)
    ids = list(open_ones.order_by("pk").values_list("pk", flat=True)[:CHUNK])
    chunk = locked_registrations(pk__in=ids)
    lock_people(row.specialist_id for row in chunk)  # who enters a code now has it seen, or settles what is awaited
    credited = set(open_ones.filter(was_credited(item_id), pk__in=ids).values_list("pk", flat=True))
    for one in measured(version, chunk, now=gathering.closed_at or now):
        row = one.registration
        if row.state == State.PRESENT:
            _give(gathering, version, row, credited=row.pk in credited, now=now)
        elif row.pk not in credited:
            _refuse(gathering, version, row, one.decision, now=now)
        if row.pk in credited and row.expected_by:  # a code that was entered while the job awaited the credits
            source = row.expected_by
            withdraw_expected(specialist_id=row.specialist_id, source=source, origin=origin_of(row), now=now)
        row.settled_at = now
        row.save(update_fields=["settled_at", "expected_by"])
    if not chunk and gathering.settled_at is None:
        gathering.settled_at = now
        gathering.save(update_fields=["settled_at"])
    return len(chunk)


def _give(gathering: Gathering, version: Version, row: Registration, *, credited: bool, now: dt.datetime) -> None:
    """Credits at once, or the announcement of a code; who was `credited` by other evidence gets none."""
    source = _SOURCE[Award(gathering.award)]
    if source == Source.CODE:
        if not credited:
            await_credits(version, row, source, now=now)
        return
    try:
        post(
            specialist_id=row.specialist_id,
            version=version,
            source=source,
            origin=origin_of(row),
            earned_on=last_day_of(version),
            by=gathering.closed_by,
            now=now,
        )
    except (OriginUsed, CountedAlready):  # a run before this one, or a code: it is on the account
        offering = offering_of(row.item_id)
        release(offering=offering)  # the place that the closing took, and nobody else comes into it
        set_people(offering=offering, people=gathering.confirmed, now=now)


def _refuse(gathering: Gathering, version: Version, row: Registration, decision: Decision, *, now: dt.datetime) -> None:
    """Say to the person and to the ledger why no credits come."""
    until = objection_until(local_day(row.decided_at or now))
    message, values = why(decision)
    with translation.override(row.specialist.account.language):
        words = gettext(message) % values  # of the letter
    last = gettext_noop("The last day to object to the organiser: %(day)s.")
    reason = kept((message, values), (last, {"day": until}))
    source = row.expected_by or _SOURCE[Award(gathering.award)]
    given: dict[str, Any] = {"source": source, "origin": origin_of(row), "reason": reason, "now": now}
    if not refuse_expected(specialist_id=row.specialist_id, **given):  # never awaited, or came and was taken back
        await_credits(version, row, source, now=now)
        refuse_expected(specialist_id=row.specialist_id, **given)
    write_to(row, version, kind="event_absent", key=f"event_absent:{row.pk}", now=now, why=words, until=until)


def await_credits(version: Version, row: Registration, source: str, *, now: dt.datetime) -> None:
    """Enter the credits of an event as awaited from the organiser. The caller saves `expected_by`.

    Whose event stands credited by then waits for nothing: it is entered as arrived.
    """
    origin = origin_of(row)
    if row.expected_by and row.expected_by != source:
        withdraw_expected(specialist_id=row.specialist_id, source=row.expected_by, origin=origin, now=now)
    expect(
        specialist_id=row.specialist_id,
        version=version,
        source=source,
        origin=origin,
        began_on=first_day_of(version),
        holder=Holder.ORGANISATION,
        due_on=last_day_of(version) + dt.timedelta(days=CREDITING_DAYS),
        now=now,
    )
    row.expected_by = source


def await_credits_of_ended(now: dt.datetime) -> int:
    """Enter as awaited the credits of everybody who signed up for events that are over. Returns of how many people.

    Who has them already, by a code that was handed out at the end, waits for nothing.
    """
    rows = Gathering.objects.filter(version__ends_at__lt=now, expected_at=None, called_off_at=None, closed_at=None)
    done = 0
    for item in list(rows.order_by("pk").values_list("pk", flat=True)):
        while number := _await_some(item, now):
            done += number
    return done


@transaction.atomic
def _await_some(item_id: int, now: dt.datetime) -> int:
    version = event_in_force(item_id)
    if version is None or span_of(version).ends_at >= now:
        return 0
    gathering = locked_gathering(version)
    if gathering.closed_at is not None or gathering.expected_at is not None:
        return 0
    open_ones = Registration.objects.filter(item=item_id, state=State.SIGNED_UP, expected_by="")
    open_ones = open_ones.exclude(was_credited(item_id))
    chunk = locked_registrations(pk__in=list(open_ones.order_by("pk").values_list("pk", flat=True)[:CHUNK]))
    lock_people(row.specialist_id for row in chunk)
    for row in chunk:
        await_credits(version, row, _SOURCE[Award(gathering.award)], now=now)
        row.save(update_fields=["expected_by"])
    if not chunk:
        gathering.expected_at = now
        gathering.save(update_fields=["expected_at"])
    return len(chunk)


def why(decision: Decision) -> tuple[str, dict[str, int]]:
    """Why presence was not confirmed: the message of a sentence and its values."""
    values = {"have": decision.have, "need": decision.need, "of": decision.of}
    if decision.measure == Measure.WINDOWS:
        return gettext_noop("You confirmed %(have)d of %(of)d windows, %(need)d were needed."), values
    if decision.measure == Measure.MINUTES:
        return gettext_noop("You were there for %(have)d minutes of %(of)d, %(need)d were needed."), values
    return gettext_noop("You were not marked in the organiser's list."), {}


def local_day(at: dt.datetime, zone: str = MOSCOW) -> dt.date:
    """The day of a moment by the clock of a place."""
    return at.astimezone(zoneinfo.ZoneInfo(zone or MOSCOW)).date()


def first_day_of(version: Version) -> dt.date:
    """The day an event begins, where it is."""
    return local_day(span_of(version).begins_at, version.zone)


def last_day_of(version: Version) -> dt.date:
    """The day an event ends, where it is: the day its credits are of."""
    return local_day(span_of(version).ends_at, version.zone)
