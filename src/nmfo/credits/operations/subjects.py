"""What a request about a credit is about, so that a credit by hand stands for it and nothing comes beside it (L2)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from nmfo.catalogue.models import Version
from nmfo.credits.models import Claim, Expectation, LedgerEntry, Proposal
from nmfo.credits.operations.expecting import has_arrived, lock_people, stands_for_result
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
from nmfo.specialists.models import Specialist


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
    by_card: bool = False  # named by its card alone: nothing of it was awaited
    replaces_id: int | None = None  # the entry in whose place it comes, the first of a row of corrections


def subject_of(proposal: Proposal) -> Subject | None:
    """What a proposed credit stands for: what its request is about, or what was named for a missing one."""
    claim = proposal.claim
    if claim is not None and claim.about != About.MISSING:
        return _of_claim(claim)
    return _named(proposal.expectation, proposal.version)


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
    check_free(claim.specialist, subject)
    return subject


def check_free(specialist: Specialist, subject: Subject) -> None:
    """Refuse what would be the second credit of one learning. The person stays locked to the end of the transaction.

    Raises ArrivedAlready, SubjectIsAwaited.
    """
    lock_people([specialist.pk])
    if subject.result and stands_for_result(specialist_id=specialist.pk, origin=subject.result) is not None:
        raise ArrivedAlready
    if subject.by_card and subject.item_id is not None:
        if awaited_of(specialist).filter(version__item_id=subject.item_id).exists():
            raise SubjectIsAwaited
        _check_none_stands(entries_for_item(specialist, subject.item_id))
    if subject.replaces_id is not None:
        in_its_place = Proposal.objects.filter(specialist=specialist, replaces=subject.replaces_id)
        rows = LedgerEntry.objects.filter(specialist=specialist)
        _check_none_stands(rows.filter(Q(pk=subject.replaces_id) | Q(pk__in=in_its_place.values("result"))))


def _check_none_stands(entries: QuerySet[LedgerEntry]) -> None:
    reversals = LedgerEntry.objects.filter(specialist=OuterRef("specialist"), reverses=OuterRef("pk"))
    if entries.filter(~Exists(reversals), reverses=None).exists():
        raise ArrivedAlready


def _of_claim(claim: Claim) -> Subject | None:
    if claim.expectation is not None:
        return _named(claim.expectation, None)
    entry = claim.entry
    if entry is None:
        return None
    evidence = entry.reverses or entry
    awaited = Expectation.objects.filter(specialist=claim.specialist_id, entry=evidence).order_by("pk").first()
    by_hand = Proposal.objects.filter(specialist=claim.specialist_id, result=evidence).first()
    result = evidence if evidence.source == Source.COMPLETION else awaited
    return Subject(
        version=entry.version,
        item_id=item_of_claim(claim),
        expectation_id=awaited.pk if awaited is not None else None,
        title="",
        part=entry.part,
        result=result.origin if result is not None and result.source == Source.COMPLETION else "",
        replaces_id=by_hand.replaces_id or evidence.pk if by_hand is not None else evidence.pk,
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
        by_card=True,
    )
