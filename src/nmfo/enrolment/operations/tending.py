"""What happens without anybody's hand: offers run out, cancelled runs close their applications, drafts are dropped."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from foundation.runtime.facts import RequestFacts
from nmfo.catalogue.models import Run
from nmfo.catalogue.operations import running
from nmfo.catalogue.operations.seating import lock_run
from nmfo.catalogue.rules.words import RunState
from nmfo.enrolment.models import Application
from nmfo.enrolment.operations.applying import drop_draft
from nmfo.enrolment.operations.steps import lock_application, make_step, move_days, offer_seats
from nmfo.enrolment.queries import people_of_run
from nmfo.enrolment.rules import DRAFT_DAYS, MOVES, OPEN, RunHasPeople, RunHasResults, Side, State
from nmfo.organisations.models import Member

_TOLD = OPEN - {State.DRAFT}
_CANCELLABLE = [state for state, ways in MOVES.items() if State.CANCELLED in ways]


@transaction.atomic
def cancel_run(
    *, run_id: int, reason: str, by: Member, facts: RequestFacts | None, now: dt.datetime, sure: bool = False
) -> Run:
    """Cancel a run and close its applications, each with a letter. `sure`: it is meant though people have applied.

    Raises as catalogue's `cancel_run` does; RunHasResults, RunHasPeople, and then the run is as it was.
    """
    run = running.cancel_run(run_id=run_id, reason=reason, by=by, facts=facts, now=now)  # locked: nobody joins
    people = people_of_run(by.organisation, run.pk)
    if people.have_results:
        raise RunHasResults
    if people.any and not sure:
        raise RunHasPeople
    close_applications_of(run.pk, now=now)
    return run


@transaction.atomic
def close_applications_of(run_id: int, *, now: dt.datetime) -> int:
    """Close what is open of a cancelled run. Run again, it finds nothing. Returns how many."""
    run = lock_run(run_id)
    if run.state != RunState.CANCELLED:
        return 0
    closed = list(
        Application.objects.filter(run=run, state__in=_CANCELLABLE).order_by("pk").values_list("pk", flat=True)
    )
    for pk in closed:
        make_step(
            lock_application(pk),
            State.CANCELLED,
            side=Side.PORTAL,
            by=None,
            facts=None,
            now=now,
            reason=run.reason,
            letter="enrolment_cancelled",
        )
    return len(closed)


def close_cancelled(now: dt.datetime) -> int:
    """The same for every cancelled run that still has open applications: an import may have cancelled it."""
    rows = Application.objects.filter(run__state=RunState.CANCELLED, state__in=_CANCELLABLE)
    return sum(close_applications_of(pk, now=now) for pk in rows.order_by().values_list("run", flat=True).distinct())


def tell_of_moves(now: dt.datetime) -> int:
    """Tell those who applied that the days of their run have changed, whoever changed them. Returns how many.

    An application keeps the days its specialist was told of: run again, or dying anywhere, it tells each once.
    """
    same = Q(told_begins_on=F("run__begins_on"), told_ends_on=F("run__ends_on"))
    rows = Application.objects.filter(state__in=_TOLD).exclude(run__state=RunState.CANCELLED).filter(~same)
    return sum(_tell_of_move(pk, now) for pk in list(rows.order_by("pk").values_list("pk", flat=True)))


@transaction.atomic
def _tell_of_move(pk: int, now: dt.datetime) -> int:
    row = lock_application(pk)
    moved = (row.told_begins_on, row.told_ends_on) != (row.run.begins_on, row.run.ends_on)
    if not moved or row.state not in _TOLD:
        return 0  # another worker told it, or it has ended this minute
    move_days(row, now)
    return 1


def end_offers(now: dt.datetime) -> int:
    """Close applications whose offered seat was not taken in time, and those whose learning begins without a seat.

    The seat of each goes to the next in the list. Returns how many were closed.
    """
    today = timezone.localdate(now)
    over = Q(state=State.OFFERED, offered_until__lt=now) | Q(state=State.WAITING, run__begins_on__lte=today)
    found = list(Application.objects.filter(over).order_by("pk").values_list("pk", flat=True))
    return sum(_lapse(pk, now) for pk in found)


@transaction.atomic
def _lapse(pk: int, now: dt.datetime) -> int:
    row = lock_application(pk)
    begun = row.state == State.WAITING and row.run.begins_on <= timezone.localdate(now)
    late = row.state == State.OFFERED and row.offered_until is not None and row.offered_until < now
    if not (begun or late):
        return 0  # taken this minute
    make_step(
        row,
        State.LAPSED,
        side=Side.PORTAL,
        by=None,
        facts=None,
        now=now,
        letter="enrolment_lapsed",
        values={"begun": begun},
    )
    return 1


def offer_free_seats(now: dt.datetime) -> int:
    """Offer seats that have come free without a step here: an organisation has set more of them."""
    waiting = Application.objects.filter(state=State.WAITING).exclude(run__state=RunState.CANCELLED)
    waiting = waiting.filter(Q(run__seats=None) | Q(run__taken__lt=F("run__seats")))
    return sum(_offer(pk, now) for pk in waiting.order_by().values_list("run", flat=True).distinct())


@transaction.atomic
def _offer(run_id: int, now: dt.datetime) -> int:
    return offer_seats(run_id, now)


def drop_old_drafts(now: dt.datetime) -> int:
    """Drop drafts that nobody has touched for thirty days, with their files. Returns how many."""
    before = now - dt.timedelta(days=DRAFT_DAYS)
    found = list(Application.objects.filter(state=State.DRAFT, updated_at__lt=before).values_list("pk", flat=True))
    return sum(_drop(pk, before) for pk in found)


@transaction.atomic
def _drop(pk: int, before: dt.datetime) -> int:
    rows = Application.objects.select_for_update(of=("self",), skip_locked=True)
    row = rows.filter(pk=pk, state=State.DRAFT, updated_at__lt=before).first()
    if row is None:
        return 0
    drop_draft(row)
    return 1
