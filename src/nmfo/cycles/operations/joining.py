"""What specialists do with cycles: join one for a specialty, stay outside, think again, add another (C4, R-216)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from foundation.audit.operations import record
from foundation.db.refusals import refuses
from foundation.runtime.facts import RequestFacts
from nmfo.cycles.models import Cycle
from nmfo.cycles.queries.choosing import cycles_of, offered_to
from nmfo.cycles.queries.counting import has_credits
from nmfo.cycles.rules.days import year_letter_on
from nmfo.cycles.rules.refusals import (
    CycleHasCredits,
    CycleIsOver,
    CycleOverlaps,
    CycleUnfounded,
    CycleUnknown,
    DocumentFoundsCycle,
    check_begins,
)
from nmfo.cycles.rules.words import CycleKind
from nmfo.specialists.models import Document, Specialist
from nmfo.specialists.operations.documents import remove_document
from nmfo.specialists.operations.first_run import finish_step
from nmfo.specialists.rules import Step


@transaction.atomic
def join_cycle(
    *, specialist: Specialist, document_id: int, today: dt.date, facts: RequestFacts | None, now: dt.datetime
) -> Cycle:
    """Begin a five-year cycle for the specialty of a document, from its day of issue (R-206, R-216).

    The choice of staying outside ends with it. The specialty is taken as the order in force names it, so that one
    renamed meanwhile is still the same. Of two at once the second gets CycleOverlaps.

    Raises CycleUnfounded, CycleIsOver, CycleOverlaps, BeginsOutOfRange.
    """
    _lock(specialist)
    offer = next((one for one in offered_to(specialist, today) if one.document.pk == document_id), None)
    if offer is None:
        raise CycleUnfounded
    check_begins(offer.begins_on, today=today)
    if offer.is_over:
        raise CycleIsOver
    _leave(cycles_of(specialist).filter(kind=CycleKind.OUTSIDE).first(), facts, now)
    cycle = Cycle(
        specialist=specialist,
        kind=CycleKind.FIVE_YEARS,
        specialty=offer.specialty,
        document=offer.document,
        begins_on=offer.begins_on,
        ends_on=offer.ends_on,
        joined_at=now,
        year_letter_on=year_letter_on(offer.begins_on, after=today),
    )
    with refuses(cycles_no_overlap=CycleOverlaps):
        cycle.save(force_insert=True)
    _record(cycle, "joined", facts)
    finish_step(specialist=specialist, step=Step.CYCLE)
    return cycle


@transaction.atomic
def stay_outside(*, specialist: Specialist, today: dt.date, facts: RequestFacts | None, now: dt.datetime) -> Cycle:
    """Choose «вне циклов»: cycles without credits are given up. Again: nothing changes. Raises CycleHasCredits."""
    _lock(specialist)
    present = list(cycles_of(specialist))
    outside = next((cycle for cycle in present if cycle.kind == CycleKind.OUTSIDE), None)
    for cycle in present:
        if cycle.kind == CycleKind.FIVE_YEARS:
            _leave_empty(cycle, facts, now)
    if outside is None:
        outside = Cycle.objects.create(specialist=specialist, kind=CycleKind.OUTSIDE, begins_on=today, joined_at=now)
        _record(outside, "joined", facts)
    finish_step(specialist=specialist, step=Step.CYCLE)
    return outside


@transaction.atomic
def leave_cycle(*, specialist: Specialist, cycle_id: int, facts: RequestFacts | None, now: dt.datetime) -> Cycle:
    """Give up a cycle for which nothing counts yet (C4). Raises CycleUnknown, CycleHasCredits."""
    _lock(specialist)
    cycle = cycles_of(specialist).filter(pk=cycle_id).first()
    if cycle is None:
        raise CycleUnknown
    _leave_empty(cycle, facts, now)
    return cycle


@transaction.atomic
def drop_document(*, document: Document, facts: RequestFacts, now: dt.datetime) -> None:
    """Remove a document that was added by hand and on which no present cycle stands.

    Raises DocumentFoundsCycle, DocumentNotOwn.
    """
    _lock(document.specialist)
    founded = cycles_of(document.specialist).filter(document=document).first()
    if founded is not None and founded.specialty is not None:
        raise DocumentFoundsCycle(name=founded.specialty.name)
    remove_document(document=document, facts=facts, now=now)


def _lock(specialist: Specialist) -> None:
    """One change of a specialist's cycles at a time; entries of the ledger do not wait for it."""
    Specialist.objects.select_for_update(of=("self",), no_key=True).get(pk=specialist.pk)


def _leave_empty(cycle: Cycle, facts: RequestFacts | None, now: dt.datetime) -> None:
    if cycle.kind == CycleKind.FIVE_YEARS and has_credits(cycle):
        raise CycleHasCredits
    _leave(cycle, facts, now)


def _leave(cycle: Cycle | None, facts: RequestFacts | None, now: dt.datetime) -> None:
    if cycle is None:
        return
    cycle.left_at = now
    cycle.save(update_fields=["left_at"])
    _record(cycle, "left", facts)


def _record(cycle: Cycle, what: str, facts: RequestFacts | None) -> None:
    record(
        actor_id=cycle.specialist.account_id,
        action=f"cycle.{what}",
        subject="cycle",
        subject_id=cycle.pk,
        facts=facts,
        after={
            "kind": str(cycle.kind),
            "specialty": cycle.specialty_id,
            "days": [str(cycle.begins_on), str(cycle.ends_on or "")],
        },
    )
