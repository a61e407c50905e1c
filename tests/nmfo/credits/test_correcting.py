"""Corrections by two people (L7, Z4, Z5)."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from tests.builders import a_specialist, an_operator, an_organisation, facts
from tests.credit_builders import a_programme, a_registrar, an_entry
from tests.nmfo.credits.builders import (
    REASON,
    a_claim,
    by_hand,
    decided,
    proposed,
)

from foundation.audit.models import Entry as Trail
from foundation.db.refusals import violated_constraint
from foundation.mail.models import Letter
from nmfo.credits.balancing import faults
from nmfo.credits.models import LedgerEntry, Proposal
from nmfo.credits.operations.correcting import (
    decide_proposal,
    propose_reversal,
    propose_reversal_as_member,
    withdraw_proposal,
)
from nmfo.credits.queries.ledger import (
    balance_of,
)
from nmfo.credits.rules.refusals import (
    EntryUnknown,
    OwnCredit,
    ProposalDecided,
    ProposalOfAnother,
    ReasonMissing,
    ReversalOfAReversal,
    ReversalProposed,
    ReversedAlready,
    SecondPersonNeeded,
)
from nmfo.credits.rules.words import ClaimState, ProposalState, Source

pytestmark = pytest.mark.django_db


def test_a_reversal_is_a_new_entry_that_points_at_the_old_one_and_says_why() -> None:
    entry = an_entry()

    proposal = decided(proposed(entry))

    reversal = LedgerEntry.objects.get(reverses=entry)
    assert (reversal.credits, reversal.reason, reversal.earned_on) == (-36, REASON, entry.earned_on)
    assert (proposal.state, proposal.result_id) == (ProposalState.APPROVED, reversal.pk)
    assert balance_of(entry.specialist) == 0
    letter = Letter.objects.get(kind="entry_reversed")
    assert REASON in (letter.text or "")
    assert Trail.objects.filter(action="reversal.approved", subject_id=proposal.pk).count() == 1


def test_who_proposed_a_correction_does_not_decide_on_it() -> None:
    operator = an_operator()
    entry = an_entry()
    proposal = propose_reversal(entry_id=entry.pk, reason=REASON, by=operator, facts=facts(), now=timezone.now())

    with pytest.raises(SecondPersonNeeded):
        decide_proposal(proposal_id=proposal.pk, approve=True, words="", by=operator, facts=facts(), now=timezone.now())
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(
            state="approved", decided_by=operator, decided_at=timezone.now(), result=entry
        )

    assert violated_constraint(caught.value) == "credits_corrections_take_two_people"


def test_nobody_proposes_or_decides_about_their_own_credits() -> None:
    doctor = a_specialist()
    doctor.account.roles = ["operator"]
    doctor.account.save(update_fields=["roles"])
    entry = an_entry(doctor)

    with pytest.raises(OwnCredit):
        propose_reversal(entry_id=entry.pk, reason=REASON, by=doctor.account, facts=facts(), now=timezone.now())
    proposal = proposed(entry)
    with pytest.raises(OwnCredit):
        decide_proposal(
            proposal_id=proposal.pk, approve=True, words="", by=doctor.account, facts=facts(), now=timezone.now()
        )


def test_a_reversal_is_not_reversed_and_an_entry_not_twice() -> None:
    entry = an_entry()
    proposal = proposed(entry)
    with pytest.raises(ReversalProposed):
        proposed(entry)
    decided(proposal)

    with pytest.raises(ReversedAlready):
        proposed(entry)
    with pytest.raises(ReversalOfAReversal):
        proposed(LedgerEntry.objects.get(reverses=entry))
    with pytest.raises(ProposalDecided):
        decided(proposal)


def test_a_declined_proposal_changes_nothing_and_says_why() -> None:
    entry = an_entry()
    proposal = proposed(entry)

    with pytest.raises(ReasonMissing):
        decided(proposal, approve=False)
    decided(proposal, approve=False, words="Ведомость проверена, запись верна")

    assert balance_of(entry.specialist) == 36
    letter = Letter.objects.get(kind="entry_stays")
    assert letter.account_id == entry.specialist.account_id
    assert letter.subject == "Запись остаётся: +36 ЗЕТ на счету"
    assert REASON in (letter.text or "")
    assert "Ведомость проверена, запись верна" in (letter.text or "")
    assert proposed(entry).state == ProposalState.OPEN


def test_who_proposed_a_correction_withdraws_it_alone() -> None:
    first, second = an_operator(), an_operator()
    claim = a_claim()
    proposal = by_hand(claim, first)
    given: dict[str, Any] = {"proposal_id": proposal.pk, "facts": facts(), "now": timezone.now()}
    words = "Нашлась ведомость, внесёт организация"

    with pytest.raises(ProposalOfAnother):
        withdraw_proposal(by=second, words=words, **given)
    with pytest.raises(ReasonMissing):
        withdraw_proposal(by=first, words=" ", **given)
    withdraw_proposal(by=first, words=words, **given)

    proposal.refresh_from_db()
    assert (proposal.state, proposal.decided_by, proposal.decision) == (ProposalState.DECLINED, first, words)
    trail = Trail.objects.get(action="credit.withdrawn", subject_id=proposal.pk)
    assert (trail.actor_id, trail.reason) == (first.pk, words)
    claim.refresh_from_db()
    assert claim.state == ClaimState.OPEN
    with pytest.raises(ProposalDecided):
        withdraw_proposal(by=first, words=words, **given)
    with pytest.raises(ProposalDecided):
        decided(proposal)
    assert by_hand(claim, second).state == ProposalState.OPEN
    assert not LedgerEntry.objects.exists()


def test_an_organisation_proposes_to_reverse_what_it_gave_and_nothing_else() -> None:
    entry = an_entry()
    clerk = a_registrar(entry.organisation)  # type: ignore[arg-type]
    given = {"entry_id": entry.pk, "reason": REASON, "facts": facts(), "now": timezone.now()}

    with pytest.raises(EntryUnknown):
        propose_reversal_as_member(by=a_registrar(an_organisation()), **given)  # type: ignore[arg-type]
    proposal = propose_reversal_as_member(by=clerk, **given)  # type: ignore[arg-type]

    assert proposal.organisation_id == entry.organisation_id


def test_a_letter_about_a_reversal_names_the_entry() -> None:
    entry = an_entry(a_specialist(), a_programme(title="Анемии на приёме"))

    decided(proposed(entry))

    assert f"№ {entry.pk}, Анемии на приёме." in (Letter.objects.get(kind="entry_reversed").text or "")


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_one_reverses() -> None:
    proposal = proposed(an_entry())
    operators = [an_operator(), an_operator()]
    gate = threading.Barrier(2)
    answers: list[str] = []

    def one(number: int) -> None:
        try:
            gate.wait()
            decide_proposal(
                proposal_id=proposal.pk, approve=True, words="", by=operators[number], facts=None, now=timezone.now()
            )
            answers.append("reversed")
        except ProposalDecided:
            answers.append("decided")
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=[number]) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == ["decided", "reversed"]
    assert LedgerEntry.objects.filter(source=Source.REVERSAL).count() == 1


def test_a_correction_that_its_proposer_withdrew_is_no_fault_of_the_book() -> None:
    operator = an_operator()
    proposal = propose_reversal(
        entry_id=an_entry().pk, reason="Ошибка в ведомости", by=operator, facts=facts(), now=timezone.now()
    )

    withdraw_proposal(
        proposal_id=proposal.pk, words="Ошибся, всё верно", by=operator, facts=facts(), now=timezone.now()
    )

    assert faults() == []
