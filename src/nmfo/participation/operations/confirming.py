"""Confirmation windows of a webinar: the organiser sets them, participants answer «Я здесь»."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from foundation.audit.operations import record
from foundation.runtime.facts import RequestFacts
from foundation.ui.templatetags.ui import clock
from nmfo.catalogue.rules.words import Presence
from nmfo.organisations.models import Member
from nmfo.participation.models import Registration, Window, WindowAnswer
from nmfo.participation.operations.steps import check_held, check_open, locked_gathering, own_event
from nmfo.participation.queries import event_in_force, span_of, windows_of
from nmfo.participation.rules import (
    WINDOW_GRACE,
    AttendanceClosed,
    EventUnknown,
    NotByWindows,
    NotTakingPart,
    NoWindowOpen,
    Span,
    State,
    WindowOpened,
    WindowShut,
    check_window,
    takes_answers,
)
from nmfo.specialists.models import Specialist


@transaction.atomic
def add_window(
    *,
    item_id: int,
    opens_at: dt.datetime,
    minutes: int,
    by: Member,
    facts: RequestFacts | None,
    now: dt.datetime,
) -> Window:
    """Set a window; one that opens at once is set during the broadcast.

    Raises NotAllowed, EventUnknown, EventCalledOff, NotByWindows, AttendanceClosed, WindowTooShort, WindowOutside,
    WindowInPast, WindowsOverlap, WindowsTooMany.
    """
    version = own_event(by, item_id)
    check_held(version)
    if version.presence != Presence.WINDOWS:
        raise NotByWindows
    check_open(locked_gathering(version))
    span = Span(begins_at=opens_at, ends_at=opens_at + dt.timedelta(minutes=minutes))
    others = [window.span for window in windows_of(item_id)]
    check_window(span, others, event=span_of(version), zone=version.zone, now=now)
    made = Window.objects.create(
        item_id=item_id, opens_at=span.begins_at, closes_at=span.ends_at, made_by=by.account, made_at=now
    )
    _record("window_added", made, by, facts)
    return made


@transaction.atomic
def remove_window(*, item_id: int, window_id: int, by: Member, facts: RequestFacts | None, now: dt.datetime) -> None:
    """Remove a window that has not opened. Raises NotAllowed, EventUnknown, AttendanceClosed, WindowOpened."""
    version = own_event(by, item_id)
    check_open(locked_gathering(version))
    found = windows_of(item_id).filter(pk=window_id).first()
    if found is None:
        return
    if found.opens_at <= now:
        raise WindowOpened
    _record("window_removed", found, by, facts)
    found.delete()


def _record(what: str, window: Window, by: Member, facts: RequestFacts | None) -> None:
    record(
        actor_id=by.account_id,
        action=f"attendance.{what}",
        subject="attendance",
        subject_id=window.item_id,
        facts=facts,
        after={"opens_at": window.opens_at.isoformat(), "closes_at": window.closes_at.isoformat()},
    )


@transaction.atomic
def confirm_being_here(
    *,
    specialist: Specialist,
    registration_id: int,
    window_id: int | None,
    facts: RequestFacts | None,
    now: dt.datetime,
) -> WindowAnswer:
    """«Я здесь» in the window that is open, or in the one that was pressed for and could not be reached (`window_id`).

    The portal's clock decides, never the device's: an answer that comes within five minutes after the end counts and
    is marked late.
    Twice is once, so a device may send it until it hears.

    Raises NotTakingPart, EventUnknown, NotByWindows, AttendanceClosed, NoWindowOpen, WindowShut.
    """
    rows = Registration.objects.filter(specialist=specialist, pk=registration_id, state=State.SIGNED_UP)
    row = rows.select_related("item__gathering").first()
    if row is None:
        raise NotTakingPart
    version = event_in_force(row.item_id)
    if version is None:
        raise EventUnknown
    if version.presence != Presence.WINDOWS:
        raise NotByWindows
    if row.item.gathering.closed_at is not None:
        raise AttendanceClosed
    window = _window(row.item_id, window_id, now)
    made, is_new = WindowAnswer.objects.get_or_create(
        specialist=specialist,
        window=window,
        defaults={"registration": row, "at": now, "late": now > window.closes_at},
    )
    if is_new:
        record(
            actor_id=specialist.account_id,
            action="registration.answered",
            subject="registration",
            subject_id=row.pk,
            facts=facts,
            after={"item": row.item_id, "window": window.pk, "late": made.late},
        )
    return made


def _window(item_id: int, window_id: int | None, now: dt.datetime) -> Window:
    rows = windows_of(item_id).filter(opens_at__lte=now)
    if window_id is None:
        found = [window for window in rows if now <= window.closes_at] or [
            window for window in rows if takes_answers(window.span, now)
        ]
        if not found:
            raise NoWindowOpen
        return found[-1]
    wanted = rows.filter(pk=window_id).first()
    if wanted is None:
        raise NoWindowOpen
    if not takes_answers(wanted.span, now):
        raise WindowShut(at=clock(wanted.closes_at), n=WINDOW_GRACE.seconds // 60)
    return wanted
