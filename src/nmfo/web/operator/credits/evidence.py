"""What an operator has before their eyes when they decide about an entry: its origin, and what stands beside it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from nmfo.credits.models import Claim, LedgerEntry
from nmfo.credits.queries.claims import item_of_claim
from nmfo.credits.queries.ledger import entries_for_item, reversal_of
from nmfo.credits.rules.words import Source
from nmfo.enrolment.models import Application, Completion
from nmfo.enrolment.queries import papers_of
from nmfo.participation.models import Mark
from nmfo.participation.queries import answered_windows_of, event_in_force, registrations_of, signs_of, span_of
from nmfo.participation.rules import State, is_entered_afterwards
from nmfo.specialists.models import Specialist


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedPresence:
    """That the organiser had confirmed somebody's presence at an event, and what was noted of it."""

    decided_at: dt.datetime
    marks: list[tuple[Mark, bool]]  # and whether it came after the event
    answers: list[dt.datetime]  # «Я здесь», in their order


def presence_of(specialist: Specialist, item_id: int | None) -> ConfirmedPresence | None:
    """None: it was not confirmed, or the portal did not keep it. Four statements at most."""
    row = registrations_of(specialist).filter(item=item_id, state=State.PRESENT).first() if item_id else None
    event = event_in_force(row.item_id) if row is not None else None
    if row is None or row.decided_at is None or event is None:
        return None
    ends_at = span_of(event).ends_at
    marks = [(mark, is_entered_afterwards(mark.way, mark.noted_at, ends_at=ends_at)) for mark in signs_of(row)]
    answers = sorted(answer.at for answer in answered_windows_of(row).values())
    return ConfirmedPresence(decided_at=row.decided_at, marks=marks, answers=answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """An entry with the application and document it was posted for, what took it back, and the others for its item."""

    entry: LedgerEntry | None
    item_id: int | None
    reversal: LedgerEntry | None
    paper: Completion | None
    application: Application | None
    others: list[LedgerEntry]
    presence: ConfirmedPresence | None = None


def evidence_of(entry: LedgerEntry, specialist: Specialist) -> Evidence:
    """Of an entry of a specialist. Eight statements at most."""
    paper = None
    if entry.source == Source.COMPLETION:
        paper = papers_of(specialist, [entry.origin]).get(entry.origin)
    return Evidence(
        entry=entry,
        item_id=entry.item_id,
        reversal=reversal_of(entry),
        paper=paper,
        application=paper.application if paper is not None else None,
        others=[row for row in entries_for_item(specialist, entry.item_id) if row.pk != entry.pk],
        presence=presence_of(specialist, entry.item_id),
    )


def evidence_for(claim: Claim | None) -> Evidence | None:
    """Of a request that is about an entry or about an awaited credit; None: it is about nothing the portal knows."""
    if claim is None:
        return None
    if claim.entry is not None:
        return evidence_of(claim.entry, claim.specialist)
    item_id = item_of_claim(claim)
    if item_id is None:
        return None
    others = list(entries_for_item(claim.specialist, item_id))
    return Evidence(entry=None, item_id=item_id, reversal=None, paper=None, application=None, others=others)
