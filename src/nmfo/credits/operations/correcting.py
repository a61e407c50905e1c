"""Corrections: a reversal or a credit by hand, proposed by one with a reason, decided by another (L7, Z4)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from foundation.audit.operations import record
from foundation.db.refusals import refuses
from foundation.mail.operations import put_letter
from foundation.runtime.facts import RequestFacts
from nmfo.accounts.models import Account
from nmfo.accounts.rules import State
from nmfo.catalogue.rules.reviewing import check_operator
from nmfo.credits.models import Claim, LedgerEntry, Proposal
from nmfo.credits.operations.claiming import answer_defences, locked_claim, settle_claim
from nmfo.credits.operations.expecting import settle_by_hand
from nmfo.credits.operations.own import check_no_member, matter_since, matters_of
from nmfo.credits.operations.posting import check_not_own, post, post_without_version
from nmfo.credits.operations.subjects import CreditByHand, Subject, check_free, subject_of, subject_to_enter
from nmfo.credits.rules.checking import check_has_been, check_reason
from nmfo.credits.rules.refusals import (
    ArrivedAlready,
    ClaimDecided,
    CountedAlready,
    EntryUnknown,
    ProposalDecided,
    ProposalOfAnother,
    ReversalOfAReversal,
    ReversalProposed,
    ReversedAlready,
    SecondPersonNeeded,
    TitleMissing,
    WorthOutOfRange,
)
from nmfo.credits.rules.words import (
    LONGEST_REASON,
    MOST_BY_HAND,
    ClaimState,
    Part,
    ProposalKind,
    ProposalState,
    Source,
)
from nmfo.organisations.models import Member
from nmfo.organisations.rules import Right, check_may
from nmfo.specialists.models import Specialist


@transaction.atomic
def propose_reversal(
    *,
    entry_id: int,
    reason: str,
    by: Account,
    facts: RequestFacts | None,
    now: dt.datetime,
    claim_id: int | None = None,
    settles: bool = True,
) -> Proposal:
    """An operator proposes to reverse an entry; another operator decides. `claim_id`: the request it is about.

    `settles`: the request is settled by it; it stays open when another entry is to come in its place.

    Raises NotOfOperators, EntryUnknown, OwnCredit, ReversalOfAReversal, ReversedAlready, ReversalProposed,
    ReasonMissing, ReasonTooLong.
    """
    check_operator(by.roles)
    entry = LedgerEntry.objects.filter(pk=entry_id).first()
    return _propose(
        entry,
        reason=reason,
        by=by,
        organisation_id=None,
        claim=_open_claim(claim_id, entry),
        settles=settles,
        facts=facts,
        now=now,
    )


@transaction.atomic
def propose_reversal_as_member(
    *, entry_id: int, reason: str, by: Member, facts: RequestFacts | None, now: dt.datetime
) -> Proposal:
    """An organisation proposes to reverse an entry that it has made; an operator decides. Raises as above."""
    check_may(by.roles, Right.LISTENERS)
    entry = LedgerEntry.objects.filter(pk=entry_id, organisation_id=by.organisation_id).first()
    return _propose(
        entry,
        reason=reason,
        by=by.account,
        organisation_id=by.organisation_id,
        claim=None,
        facts=facts,
        now=now,
    )


def _open_claim(claim_id: int | None, entry: LedgerEntry | None) -> Claim | None:
    """The open request of the same person, locked: it is settled together with the proposal."""
    if claim_id is None:
        return None
    rows = Claim.objects.select_for_update(of=("self",), no_key=True).filter(pk=claim_id)
    claim = rows.first() if entry is None else rows.filter(specialist_id=entry.specialist_id).first()
    if claim is None:
        raise EntryUnknown
    if claim.state != ClaimState.OPEN:
        raise ClaimDecided
    return claim


def _propose(
    entry: LedgerEntry | None,
    *,
    reason: str,
    by: Account,
    organisation_id: int | None,
    claim: Claim | None,
    facts: RequestFacts | None,
    now: dt.datetime,
    settles: bool = True,
) -> Proposal:
    if entry is None:
        raise EntryUnknown
    words = check_reason(reason)
    _check_reversible(entry)
    check_not_own(specialist_id=entry.specialist_id, by=by)
    with refuses(credits_one_open_proposal_of_an_entry=ReversalProposed):
        made = Proposal.objects.create(
            kind=ProposalKind.REVERSAL,
            entry=entry,
            specialist_id=entry.specialist_id,
            organisation_id=organisation_id,
            claim=claim,
            settles=settles,
            reason=words,
            proposed_at=now,
            proposed_by=by,
        )
    _record(made, "reversal.proposed", by, facts, words)
    return made


@transaction.atomic
def propose_credit(
    *, claim_id: int, credit: CreditByHand, reason: str, by: Account, facts: RequestFacts | None, now: dt.datetime
) -> Proposal:
    """An operator proposes to enter by hand what a person's request has proved; another operator decides.

    What is about an entry or an awaited credit is of its part, and worth what its version is worth; an entry that
    stands is taken back first. A missing credit names what it stands for, where the portal knows it: it counts once.

    Raises NotOfOperators, EntryUnknown, ClaimDecided, OwnCredit, TitleMissing, WorthOutOfRange, WorthIsKnown,
    PartIsKnown, EntryStands, DayInTheFuture, ReasonMissing, ReasonTooLong, ReversalProposed, ArrivedAlready,
    SubjectUnknown, SubjectIsAwaited.
    """
    check_operator(by.roles)
    claim = _open_claim(claim_id, None)
    if claim is None:
        raise EntryUnknown
    words = check_reason(reason)
    if not credit.title.strip():
        raise TitleMissing
    if not 1 <= credit.worth <= MOST_BY_HAND:
        raise WorthOutOfRange(most=MOST_BY_HAND)
    check_has_been(credit.earned_on, today=timezone.localdate(now))
    check_not_own(specialist_id=claim.specialist_id, by=by)
    subject = subject_to_enter(claim, credit)
    with refuses(credits_one_open_proposal_for_a_claim=ReversalProposed):
        made = Proposal.objects.create(
            kind=ProposalKind.CREDIT,
            specialist_id=claim.specialist_id,
            claim=claim,
            organisation_id=credit.organisation_id,
            expectation_id=subject.expectation_id if subject else None,
            version=subject.version if subject and subject.by_card else None,
            replaces_id=subject.replaces_id if subject else None,
            title=(subject.title if subject and subject.title else credit.title.strip())[:300],
            part=credit.part,
            worth=credit.worth,
            earned_on=credit.earned_on,
            specialty_id=credit.specialty_id if subject is None or subject.version is None else None,
            reason=words,
            proposed_at=now,
            proposed_by=by,
        )
    _record(made, "credit.proposed", by, facts, words)
    return made


@transaction.atomic
def decide_proposal(
    *, proposal_id: int, approve: bool, words: str, by: Account, facts: RequestFacts | None, now: dt.datetime
) -> Proposal:
    """An operator who is neither the proposer nor the person concerned carries it out, or declines with a reason.

    The person gets a letter with the proposer's reason, also when the entry stays; an organisation that proposed it
    the decision; the request it answers is settled, unless another entry is to come; when that was answered meanwhile,
    the proposal can be declined only. Whoever said that the entry is right is answered by the decision. Of two that
    decide at once the second is refused.

    Raises NotOfOperators, EntryUnknown, ProposalDecided, SecondPersonNeeded, OwnCredit, OwnOrganisation,
    ReversedAlready, ReasonMissing, ClaimDecided, ArrivedAlready.
    """
    check_operator(by.roles)
    rows = Proposal.objects.select_for_update(of=("self",), no_key=True)
    about = ("entry", "expectation", "version__item", "claim__entry", "claim__expectation")
    proposal = rows.select_related("proposed_by", *about).filter(pk=proposal_id).first()
    if proposal is None:
        raise EntryUnknown
    if proposal.state != ProposalState.OPEN:
        raise ProposalDecided
    if by.pk == proposal.proposed_by_id or by.snils == proposal.proposed_by.snils:
        raise SecondPersonNeeded
    check_not_own(specialist_id=proposal.specialist_id, by=by)
    check_no_member(matters=_matters_of(proposal), by=by)
    proposal.decision = words.strip()[:LONGEST_REASON] if approve else check_reason(words)
    proposal.decided_at, proposal.decided_by = now, by
    proposal.state = ProposalState.APPROVED if approve else ProposalState.DECLINED
    if approve:
        claim = locked_claim(proposal.claim_id) if proposal.claim_id is not None else None
        made = proposal.result = _carry_out(proposal, by, now)
        if claim is not None and proposal.settles:
            settle_claim(claim=claim, entry=made, answer=proposal.reason, by=by, facts=facts, now=now)
    proposal.save(update_fields=["state", "decision", "decided_at", "decided_by", "result"])
    _record(proposal, f"{proposal.kind}.{proposal.state}", by, facts, proposal.decision)
    if proposal.entry is not None:
        answered = _answer_defences(proposal, by, facts, now)
        if not approve and not answered:
            _tell_person_that_it_stays(proposal, now)
        if proposal.organisation_id is not None:
            _tell_organisation(proposal, now)
    return proposal


def _answer_defences(proposal: Proposal, by: Account, facts: RequestFacts | None, now: dt.datetime) -> bool:
    """What was decided about an entry, in the words of who decided or else with the reason of who proposed it."""
    if proposal.entry is None:
        return False
    stays, words = proposal.state == ProposalState.DECLINED, proposal.decision or proposal.reason
    return answer_defences(entry=proposal.entry, stays=stays, answer=words, by=by, facts=facts, now=now)


def _matters_of(proposal: Proposal) -> list[tuple[int | None, dt.datetime]]:
    """Whose matter a correction is, since when: who proposed it, who gave what it is about, who was to give it."""
    claim, version = proposal.claim, proposal.version
    about = [proposal.entry, proposal.expectation, *((claim.entry, claim.expectation) if claim is not None else ())]
    asked_at = claim.opened_at if claim is not None else proposal.proposed_at
    taught_by = version.item.organisation_id if version is not None else None
    taught = (taught_by, matter_since(version, asked_at))
    return [(proposal.organisation_id, proposal.proposed_at), taught, *matters_of(about)]


@transaction.atomic
def withdraw_proposal(
    *, proposal_id: int, words: str, by: Account, facts: RequestFacts | None, now: dt.datetime
) -> Proposal:
    """An operator takes back what they proposed: nothing is carried out, so it takes no second person.

    It counts as declined by themselves; the request that it was to settle stays open, one that defended the entry is
    answered.

    Raises NotOfOperators, EntryUnknown, ProposalDecided, ProposalOfAnother, ReasonMissing, ReasonTooLong.
    """
    check_operator(by.roles)
    proposal = Proposal.objects.select_for_update(of=("self",), no_key=True).filter(pk=proposal_id).first()
    return _withdraw(proposal, words, by, facts, now)


def _withdraw(
    proposal: Proposal | None, words: str, by: Account, facts: RequestFacts | None, now: dt.datetime
) -> Proposal:
    if proposal is None:
        raise EntryUnknown
    if proposal.state != ProposalState.OPEN:
        raise ProposalDecided
    if by.pk != proposal.proposed_by_id:
        raise ProposalOfAnother
    proposal.decision = check_reason(words)
    proposal.state, proposal.decided_at, proposal.decided_by = ProposalState.DECLINED, now, by
    proposal.save(update_fields=["state", "decision", "decided_at", "decided_by"])
    _record(proposal, f"{proposal.kind}.withdrawn", by, facts, proposal.decision)
    _answer_defences(proposal, by, facts, now)
    return proposal


@transaction.atomic
def withdraw_proposal_as_member(
    *, proposal_id: int, words: str, by: Member, facts: RequestFacts | None, now: dt.datetime
) -> Proposal:
    """Somebody of an organisation takes back the reversal that they proposed, while nobody has decided on it.

    Raises NotAllowed, EntryUnknown, ProposalDecided, ProposalOfAnother, ReasonMissing, ReasonTooLong.
    """
    check_may(by.roles, Right.LISTENERS)
    rows = Proposal.objects.select_for_update(of=("self",), no_key=True)
    proposal = rows.filter(pk=proposal_id, organisation_id=by.organisation_id, kind=ProposalKind.REVERSAL).first()
    return _withdraw(proposal, words, by.account, facts, now)


def _tell_organisation(proposal: Proposal, now: dt.datetime) -> None:
    """The letter to whoever proposed it for an organisation: what was decided and, when declined, why."""
    person = proposal.proposed_by
    if person.state == State.ACTIVE and person.email:
        put_letter(
            kind="reversal_decided",
            to=person.email,
            account_id=person.pk,
            language=person.language,
            values={"person": person, "proposal": proposal, "entry": proposal.entry},
            key=f"proposal:{proposal.pk}:decided",
            now=now,
        )


def _tell_person_that_it_stays(proposal: Proposal, now: dt.datetime) -> None:
    """The letter to the person concerned, whose page has said that the reversal was proposed."""
    account = Specialist.objects.select_related("account").get(pk=proposal.specialist_id).account
    if account.state == State.ACTIVE and account.email:
        put_letter(
            kind="entry_stays",
            to=account.email,
            account_id=account.pk,
            language=account.language,
            values={"person": account, "proposal": proposal, "entry": proposal.entry},
            key=f"proposal:{proposal.pk}:stays",
            now=now,
        )


def _carry_out(proposal: Proposal, by: Account, now: dt.datetime) -> LedgerEntry:
    if proposal.entry is not None:
        return reverse(entry=proposal.entry, reason=proposal.reason, by=by, now=now)
    subject = subject_of(proposal)
    made = _enter(proposal, subject, by, now)
    if subject is not None and subject.expectation_id is not None:
        settle_by_hand(expectation_id=subject.expectation_id, entry=made, now=now)
    return made


def _enter(proposal: Proposal, subject: Subject | None, by: Account, now: dt.datetime) -> LedgerEntry:
    """The credit by hand. It names the version that the request is about, so what comes later for it is refused."""
    given: dict[str, Any] = {
        "specialist_id": proposal.specialist_id,
        "source": Source.MANUAL,
        "origin": f"proposal:{proposal.pk}",
        "earned_on": proposal.earned_on or timezone.localdate(now),
        "by": by,
        "now": now,
        "reason": proposal.reason,
    }
    if subject is not None:
        check_free(proposal.specialist, subject)
    try:
        if subject is not None and subject.version is not None:
            return post(version=subject.version, **given)
        counts_once = subject is not None and subject.part in {Part.EVENT, Part.MODULE}
        return post_without_version(
            title=proposal.title,
            part=proposal.part,
            worth=proposal.worth or 0,
            specialty_id=proposal.specialty_id,
            organisation_id=proposal.organisation_id,
            item_id=subject.item_id if subject is not None and counts_once else None,
            **given,
        )
    except CountedAlready:
        raise ArrivedAlready from None


def reverse(*, entry: LedgerEntry, reason: str, by: Account, now: dt.datetime) -> LedgerEntry:
    """The reversal itself, in the transaction of a decision that two people have made, and the letter about it.

    Raises ReversalOfAReversal, ReversedAlready: at most once for an entry, also when two do it at once.
    """
    _check_reversible(entry)
    with refuses(credits_an_entry_is_reversed_once=ReversedAlready, credits_usedorigin_pkey=ReversedAlready):
        made = LedgerEntry.objects.create(
            specialist_id=entry.specialist_id,
            credits=-entry.credits,
            part=entry.part,
            source=Source.REVERSAL,
            origin=str(entry.pk),
            item_id=entry.item_id,
            version_id=entry.version_id,
            specialty_id=entry.specialty_id,
            organisation_id=entry.organisation_id,
            title=entry.title,
            earned_on=entry.earned_on,
            posted_at=now,
            posted_by=by,
            reverses=entry,
            reason=reason,
        )
    account = Specialist.objects.select_related("account").get(pk=entry.specialist_id).account
    if account.state == State.ACTIVE and account.email:
        put_letter(
            kind="entry_reversed",
            to=account.email,
            account_id=account.pk,
            language=account.language,
            values={"person": account, "entry": entry, "reason": reason, "reversal": made},
            key=f"reversal:{made.pk}",
            now=now,
        )
    return made


def _check_reversible(entry: LedgerEntry) -> None:
    if entry.reverses_id is not None:
        raise ReversalOfAReversal
    if LedgerEntry.objects.filter(specialist_id=entry.specialist_id, reverses=entry).exists():
        raise ReversedAlready


def _record(proposal: Proposal, action: str, by: Account, facts: RequestFacts | None, reason: str) -> None:
    record(
        actor_id=by.pk,
        action=action,
        subject="credit_proposal",
        subject_id=proposal.pk,
        facts=facts,
        reason=reason,
        after={"specialist": proposal.specialist_id, "entry": proposal.entry_id, "result": proposal.result_id},
    )
