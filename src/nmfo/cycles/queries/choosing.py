"""A specialist's cycles, and those that their documents offer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from foundation.db.rows import instance_of, part_of, rows_of
from nmfo.accounts.models import Account
from nmfo.cycles.models import Cycle
from nmfo.cycles.queries.sets import acts
from nmfo.cycles.rules.days import last_day
from nmfo.cycles.rules.measuring import DocumentFacts, holds_until
from nmfo.cycles.rules.words import CycleKind
from nmfo.reference.models import Specialty
from nmfo.specialists.models import Document, Specialist
from nmfo.specialists.rules import DocumentKind


def cycles_of(specialist: Specialist) -> QuerySet[Cycle]:
    """A specialist's present choices: their cycles, the newest first, or that they stay outside."""
    rows = Cycle.objects.filter(specialist=specialist, left_at=None).select_related("specialty", "document")
    return rows.order_by("-begins_on", "-pk")


_OF_A_CYCLE = (
    "id",
    "specialist_id",
    "kind",
    "specialty_id",
    "document_id",
    "begins_on",
    "ends_on",
    "joined_at",
    "left_at",
)
_OF_A_SPECIALTY = ("id", "level", "name")
_OF_A_DOCUMENT = ("id", "kind", "issued_on", "valid_until_on", "extended_until_on")
_CYCLES = f"""
SELECT {", ".join(f"c.{name}" for name in _OF_A_CYCLE)}, {", ".join(f"s.{name}" for name in _OF_A_SPECIALTY)},
  {", ".join(f"d.{name}" for name in _OF_A_DOCUMENT)}
FROM cycles_cycle c
LEFT JOIN reference_specialty s ON s.id = c.specialty_id
LEFT JOIN specialists_document d ON d.id = c.document_id
WHERE c.specialist_id = %s AND c.left_at IS NULL
ORDER BY c.begins_on DESC, c.id DESC
"""  # noqa: S608 - our own names


def present_cycles_of(specialist: Specialist) -> list[Cycle]:
    """`cycles_of` for the pages that everybody opens: of specialty and document what cycles are computed by."""
    found, one, two = [], len(_OF_A_CYCLE), len(_OF_A_CYCLE) + len(_OF_A_SPECIALTY)
    for row in rows_of(_CYCLES, [specialist.pk]):
        cycle = instance_of(Cycle, _OF_A_CYCLE, row[:one])
        cycle.specialist = specialist
        cycle.specialty = part_of(Specialty, _OF_A_SPECIALTY, row[one:two])
        cycle.document = part_of(Document, _OF_A_DOCUMENT, row[two:])
        found.append(cycle)
    return found


def are_in_one_cycle(account: Account, one: dt.date, other: dt.date) -> bool:
    """Whether two days lie in the same five-year cycle of somebody."""
    rows = Cycle.objects.filter(specialist__account=account, left_at=None, kind=CycleKind.FIVE_YEARS)
    return rows.filter(begins_on__lte=min(one, other), ends_on__gte=max(one, other)).exists()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A cycle that a document founds. `is_over`: its last day, an extension counted in, has passed."""

    document: Document
    specialty: Specialty
    begins_on: dt.date
    ends_on: dt.date
    holds_until_on: dt.date
    is_over: bool


def offered_to(specialist: Specialist, today: dt.date) -> list[Offer]:
    """The cycles a specialist may join: of each specialty the newest admission that has a specialty and a day of issue.

    Specialties come as the order in force names them. Those that have a cycle at that time are not offered again.
    """
    rows = Document.objects.filter(
        specialist=specialist, kind__in=[DocumentKind.ACCREDITATION, DocumentKind.CERTIFICATE]
    )
    rows = rows.filter(specialty__isnull=False, issued_on__isnull=False, issued_on__lte=today)
    documents = list(rows.select_related("specialty").order_by("-issued_on", "-pk"))
    newest = _newest_names({document.specialty_id: document.specialty for document in documents if document.specialty})
    lengthened = acts()
    taken = [(cycle.specialty_id, cycle.begins_on, cycle.ends_on) for cycle in cycles_of(specialist)]
    found: dict[int, Offer] = {}
    for document in documents:
        first, old = document.issued_on, document.specialty_id
        if first is None or old is None:
            continue
        specialty, last = newest[old], last_day(first)
        holds = holds_until(facts_of(document), lengthened) or last
        if specialty.pk not in found:
            found[specialty.pk] = Offer(
                document=document,
                specialty=specialty,
                begins_on=first,
                ends_on=last,
                holds_until_on=max(holds, last),
                is_over=max(holds, last) < today,
            )
    return [one for one in found.values() if not _taken(one, taken)]


def _taken(offer: Offer, cycles: Iterable[tuple[int | None, dt.date, dt.date | None]]) -> bool:
    return any(
        specialty == offer.specialty.pk
        and ends_on is not None
        and begins_on <= offer.ends_on
        and offer.begins_on <= ends_on
        for specialty, begins_on, ends_on in cycles
    )


def _newest_names(specialties: Mapping[int | None, Specialty]) -> dict[int, Specialty]:
    """Each specialty as the newest order names it. A statement for each renaming, of which there are few."""
    found = {pk: specialty for pk, specialty in specialties.items() if pk is not None}
    while wanted := {one.replaced_by_id for one in found.values() if one.replaced_by_id}:
        rows = Specialty.objects.in_bulk(wanted)
        found = {pk: rows[one.replaced_by_id] if one.replaced_by_id else one for pk, one in found.items()}
    return found


def facts_of(document: Document) -> DocumentFacts:
    """A document as the rules take it."""
    return DocumentFacts(
        kind=document.kind,
        issued_on=document.issued_on,
        valid_until_on=document.valid_until_on,
        extended_until_on=document.extended_until_on,
    )


def own_cycles(specialist: Specialist) -> list[dict[str, object]]:
    """A specialist's choices as plain values, given up ones too (P7)."""
    rows = Cycle.objects.filter(specialist=specialist).select_related("specialty").order_by("joined_at", "pk")
    return [
        {
            "kind": row.kind,
            "specialty": row.specialty.name if row.specialty else "",
            "begins_on": row.begins_on.isoformat(),
            "ends_on": row.ends_on.isoformat() if row.ends_on else "",
            "joined_at": row.joined_at.isoformat(),
            "left_at": row.left_at.isoformat() if row.left_at else "",
        }
        for row in rows
    ]
