"""What a request about a credit is about, so that a credit by hand stands for it and nothing comes beside it (L2)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from nmfo.catalogue.models import Version
from nmfo.credits.models import Claim, Expectation, LedgerEntry, Proposal
from nmfo.credits.operations.expecting import has_arrived, stands_for_result
from nmfo.credits.queries.claims import item_of_claim
from nmfo.credits.queries.ledger import awaited_of, entries_for_item, reversal_of
from nmfo.credits.rules.refusals import (
    ArrivedAlready,
    EntryStands,
    PartIsKnown,
    SubjectIsAwaited,
    SubjectUnknown,
    WorthIsKnown,
)
from nmfo.credits.rules.words import PART_OF, About, Part, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditByHand:
    """What an operator wants to enter: `worth` ЗЕТ, earned on a day that counts for its cycle and year.

    `expectation_id` or `item_id`: what a missing credit stands for, an awaited credit or a card of the catalogue;
    neither: the portal knows nothing of it.
    """

    title: str
    part: str
    worth: int
    earned_on: dt.date
    specialty_id: int | None = None
    organisation_id: int | None = None
    expectation_id: int | None = None
    item_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a credit by hand stands for, where the portal knows it."""

    version: Version | None
    item_id: int | None
    expectation_id: int | None
    title: str
    part: str
    result: str  # the origin of a programme's result; empty: it is about none


def subject_of(proposal: Proposal) -> Subject | None:
    """What a proposed credit stands for: what its request is about, or what was named for a missing one."""
    claim = proposal.claim
    return (_of_claim(claim) if claim is not None else None) or _named(proposal.expectation, proposal.version)


def subject_to_enter(claim: Claim, credit: CreditByHand) -> Subject | None:
    """What a credit by hand will stand for, checked: it is that, it is worth that, and nothing stands for it yet.

    Raises ArrivedAlready, EntryStands, PartIsKnown, WorthIsKnown; of a missing credit SubjectUnknown, SubjectIsAwaited.
    """
    subject = _of_claim(claim) if claim.about != About.MISSING else _of_missing(claim, credit)
    if subject is None:
        return None
    if claim.expectation is not None and has_arrived(claim.expectation):
        raise ArrivedAlready
    entry = claim.entry
    if entry is not None and not entry.is_reversal and reversal_of(entry) is None:
        raise EntryStands(number=entry.pk)
    if credit.part != subject.part:
        raise PartIsKnown(part=Part(subject.part).label)
    if subject.version is not None and credit.worth != subject.version.credits:
        raise WorthIsKnown(worth=subject.version.credits)
    check_result(claim.specialist_id, subject)
    return subject


def check_result(specialist_id: int, subject: Subject) -> None:
    """Refuse with ArrivedAlready what stands for the same result; the person stays locked."""
    if subject.result and stands_for_result(specialist_id=specialist_id, origin=subject.result) is not None:
        raise ArrivedAlready


def _of_claim(claim: Claim) -> Subject | None:
    about = claim.expectation or claim.entry
    if about is None:
        return None
    evidence = about.reverses if isinstance(about, LedgerEntry) and about.reverses is not None else about
    return Subject(
        version=about.version,
        item_id=item_of_claim(claim),
        expectation_id=claim.expectation_id,
        title="",
        part=about.part,
        result=evidence.origin if evidence.source == Source.COMPLETION else "",
    )


def _of_missing(claim: Claim, credit: CreditByHand) -> Subject | None:
    """What was named for a missing credit: something this person awaits, or a published card, at its worth then."""
    if credit.expectation_id is not None:
        found = awaited_of(claim.specialist).filter(pk=credit.expectation_id).first()
        if found is None:
            raise SubjectUnknown
        return _named(found, None)
    if credit.item_id is None:
        return None
    versions = Version.objects.filter(item_id=credit.item_id, published_at__isnull=False, credits__gt=0)
    versions = versions.select_related("item").order_by("-number")
    version = versions.filter(credits=credit.worth).first() or versions.first()
    if version is None:
        raise SubjectUnknown
    if awaited_of(claim.specialist).filter(version__item_id=credit.item_id).exists():
        raise SubjectIsAwaited
    once = PART_OF[version.item.kind] in {Part.EVENT, Part.MODULE}
    posted = [row for row in entries_for_item(claim.specialist, credit.item_id) if once and not row.is_reversal]
    if any(reversal_of(row) is None for row in posted):
        raise ArrivedAlready
    return _named(None, version)


def _named(expectation: Expectation | None, version: Version | None) -> Subject | None:
    if expectation is not None:
        of = expectation.version
        return Subject(
            version=of,
            item_id=of.item_id if of is not None else None,
            expectation_id=expectation.pk,
            title=of.title if of is not None else expectation.title,
            part=expectation.part,
            result=expectation.origin if expectation.source == Source.COMPLETION else "",
        )
    if version is None:
        return None
    return Subject(
        version=version,
        item_id=version.item_id,
        expectation_id=None,
        title=version.title,
        part=PART_OF[version.item.kind],
        result="",
    )
