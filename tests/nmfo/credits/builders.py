"""Corrections, requests and credits by hand, valid and boring."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from tests.builders import a_specialist, an_operator, facts
from tests.credit_builders import an_event, disputed

from nmfo.accounts.models import Account
from nmfo.credits.models import Claim, Expectation, LedgerEntry, Proposal
from nmfo.credits.operations.claiming import (
    MissingCredit,
    report_missing,
)
from nmfo.credits.operations.correcting import (
    decide_proposal,
    propose_credit,
    propose_reversal,
)
from nmfo.credits.operations.expecting import expect, refuse_expected
from nmfo.credits.operations.posting import post
from nmfo.credits.operations.subjects import CreditByHand
from nmfo.credits.rules.words import Holder, Part, Source
from nmfo.specialists.models import Specialist

REASON = "В ведомости стоит другая фамилия"


def decided(proposal: Proposal, *, approve: bool = True, words: str = "") -> Proposal:
    return decide_proposal(
        proposal_id=proposal.pk, approve=approve, words=words, by=an_operator(), facts=facts(), now=timezone.now()
    )


def proposed(entry: LedgerEntry) -> Proposal:
    return propose_reversal(entry_id=entry.pk, reason=REASON, by=an_operator(), facts=facts(), now=timezone.now())


def a_claim(specialist: Specialist | None = None, title: str = "Конференция терапевтов") -> Claim:
    return report_missing(
        specialist=specialist or a_specialist(),
        missing=MissingCredit(part=Part.EVENT, title=title, held_on=dt.date(2026, 5, 14), organisation_name="Общество"),
        text="Был на конференции, балл не пришёл",
        form_key="form",
        facts=facts(),
        now=timezone.now(),
    )


def awaited_by(doctor: Specialist) -> Expectation:
    """An event of 3 credits, from its organisation."""
    version = an_event()
    return expect(
        specialist_id=doctor.pk,
        version=version,
        source=Source.CODE,
        origin=f"registration:{version.pk}",
        began_on=dt.date(2026, 11, 2),
        holder=Holder.ORGANISATION,
        due_on=None,
        now=timezone.now(),
    )


def a_dispute_of_a_refusal(doctor: Specialist, form_key: str = "a") -> Claim:
    """An event was refused to a person, who says that they were there."""
    row = awaited_by(doctor)
    refuse_expected(
        specialist_id=doctor.pk, source=row.source, origin=row.origin, reason="Отмечено 40 минут", now=timezone.now()
    )
    return disputed(row, form_key, "Я был весь вебинар")


def by_hand(claim: Claim, by: Account | None = None, *, part: str = Part.EVENT, worth: int = 3) -> Proposal:
    credit = CreditByHand(title="Вебинар", part=part, worth=worth, earned_on=dt.date(2026, 11, 2))
    return propose_credit(
        claim_id=claim.pk, credit=credit, reason=REASON, by=by or an_operator(), facts=facts(), now=timezone.now()
    )


def arrived(claim: Claim) -> LedgerEntry:
    """What the claim is about comes by its own way."""
    row = claim.expectation
    assert row is not None
    assert row.version is not None
    return post(
        specialist_id=row.specialist_id,
        version=row.version,
        source=row.source,
        origin=row.origin,
        earned_on=row.began_on,
        by=None,
        now=timezone.now(),
    )


def a_missing_event(doctor: Specialist, form_key: str = "a") -> Claim:
    return report_missing(
        specialist=doctor,
        missing=MissingCredit(part=Part.EVENT, title="Вебинар", held_on=None, organisation_name=""),
        text="Был, а баллов нет",
        form_key=form_key,
        facts=facts(),
        now=timezone.now(),
    )


def named(
    claim: Claim, item_id: int | None, *, expectation_id: int | None = None, part: str = Part.EVENT, worth: int = 3
) -> Proposal:
    """A credit by hand that says what the missing one is."""
    credit = CreditByHand(
        title="Вебинар",
        part=part,
        worth=worth,
        earned_on=dt.date(2026, 11, 2),
        item_id=item_id,
        expectation_id=expectation_id,
    )
    return propose_credit(
        claim_id=claim.pk, credit=credit, reason=REASON, by=an_operator(), facts=facts(), now=timezone.now()
    )
