from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone, translation
from tests.builders import a_specialist, an_operator, facts
from tests.credit_builders import a_batch, an_event, code_in

from foundation.errors import Refused
from nmfo.catalogue.models import Version
from nmfo.credits.balancing import faults
from nmfo.credits.models import Claim, LedgerEntry, Proposal
from nmfo.credits.operations.claiming import dispute_entry, dispute_expectation, refuse_claim
from nmfo.credits.operations.correcting import decide_proposal, propose_credit, propose_reversal
from nmfo.credits.operations.expecting import expect
from nmfo.credits.operations.posting import post
from nmfo.credits.operations.redeeming import redeem_code
from nmfo.credits.operations.subjects import CreditByHand
from nmfo.credits.queries.ledger import balance_of
from nmfo.credits.rules.refusals import ArrivedAlready, CodeTakenBack, CountedAlready, EntryStands, OriginUsed
from nmfo.credits.rules.words import Holder, Part, Source

REASON = "В протоколе стоит другая фамилия"


def reversed_entry() -> LedgerEntry:
    doctor, event = a_specialist(), an_event()
    entry = redeem_code(specialist=doctor, text=code_in(a_batch(event)), facts=facts(), now=timezone.now())
    taken_back(entry)
    return entry


def taken_back(entry: LedgerEntry) -> None:
    decided(propose_reversal(entry_id=entry.pk, reason=REASON, by=an_operator(), facts=facts(), now=timezone.now()))


def decided(proposal: Proposal) -> Proposal:
    return decide_proposal(
        proposal_id=proposal.pk, approve=True, words="", by=an_operator(), facts=facts(), now=timezone.now()
    )


@pytest.mark.django_db
def test_l7_a_reversal_points_at_its_entry_and_the_old_one_stays_as_it_was() -> None:
    entry = reversed_entry()
    before = LedgerEntry.objects.filter(pk=entry.pk).values().get()

    reversal = LedgerEntry.objects.get(reverses=entry)

    assert (reversal.credits, reversal.reason) == (-entry.credits, REASON)
    assert LedgerEntry.objects.filter(pk=entry.pk).values().get() == before


@pytest.mark.django_db
def test_l7_an_entry_is_reversed_once_and_a_reversal_never() -> None:
    entry = reversed_entry()

    for pk in (entry.pk, LedgerEntry.objects.get(reverses=entry).pk):
        with pytest.raises(Refused):
            propose_reversal(entry_id=pk, reason=REASON, by=an_operator(), facts=facts(), now=timezone.now())

    assert Proposal.objects.count() == 1


@pytest.mark.django_db
def test_l7_evidence_is_not_usable_again_after_a_reversal() -> None:
    doctor, batch = a_specialist(), a_batch()
    entry = redeem_code(specialist=doctor, text=code_in(batch), facts=facts(), now=timezone.now())
    taken_back(entry)
    reversal = LedgerEntry.objects.get(reverses=entry)

    with translation.override("ru"), pytest.raises(CodeTakenBack) as caught:
        redeem_code(specialist=doctor, text=code_in(batch), facts=facts(), now=timezone.now())
    with pytest.raises(OriginUsed):
        post(
            specialist_id=a_specialist().pk,
            version=an_event(),
            source=Source.CODE,
            origin=entry.origin,
            earned_on=entry.earned_on,
            by=None,
            now=timezone.now(),
        )

    assert f"исправлением № {reversal.pk}: {REASON}." in str(caught.value)
    assert "Баллы на счету" not in str(caught.value)


@pytest.mark.django_db
def test_l7_new_evidence_counts_after_a_reversal_and_one_entry_stands() -> None:
    """A code of a new batch, then presence, then by hand: each once the one before was taken back."""
    entry = reversed_entry()
    doctor, event, now = entry.specialist, entry.version, timezone.now()
    assert event is not None

    def by_presence() -> LedgerEntry:
        return post(
            specialist_id=doctor.pk,
            version=event,
            source=Source.PRESENCE,
            origin="registration:1",
            earned_on=entry.earned_on,
            by=None,
            now=now,
        )

    second = redeem_code(specialist=doctor, text=code_in(a_batch(event)), facts=facts(), now=now)
    with pytest.raises(CountedAlready):
        by_presence()
    taken_back(second)
    third = by_presence()
    with pytest.raises(CountedAlready):
        redeem_code(specialist=doctor, text=code_in(a_batch(event)), facts=facts(), now=now)
    by_hand(third, refused=True)
    taken_back(third)
    fourth = by_hand(third)
    with pytest.raises(CountedAlready):
        redeem_code(specialist=doctor, text=code_in(a_batch(event)), facts=facts(), now=now)

    assert [one.turn for one in (entry, second, third, fourth)] == [0, 1, 2, 3]
    assert fourth.item_id == event.item_id
    assert balance_of(doctor) == fourth.credits
    assert faults() == []


@pytest.mark.django_db
def test_l7_an_awaited_credit_that_was_taken_back_is_entered_by_hand_once() -> None:
    doctor, event, now = a_specialist(), an_event(), timezone.now()
    row = expect(
        specialist_id=doctor.pk,
        version=event,
        source=Source.CODE,
        origin="registration:7",
        began_on=timezone.localdate(),
        holder=Holder.ORGANISATION,
        due_on=None,
        now=now,
    )
    claim = dispute_expectation(
        specialist=doctor, expectation_id=row.pk, text="Кода так и нет", form_key="form", facts=facts(), now=now
    )
    entry = redeem_code(specialist=doctor, text=code_in(a_batch(event)), facts=facts(), now=now)
    with pytest.raises(ArrivedAlready):
        a_credit(claim, event)
    taken_back(entry)

    made = decided(a_credit(claim, event)).result

    row.refresh_from_db()
    assert made is not None
    assert (row.state, row.entry_id, made.item_id) == ("arrived", made.pk, event.item_id)
    assert list(row.steps.order_by("pk").values_list("state", flat=True)) == ["awaited", "arrived", "arrived"]
    assert faults() == []


@pytest.mark.django_db(transaction=True)
def test_l7_of_many_that_bring_new_evidence_at_once_one_stands() -> None:
    entry = reversed_entry()
    assert entry.version is not None
    batch = a_batch(entry.version, count=6)
    gate = threading.Barrier(6)
    told: list[str] = []

    def one(number: int) -> None:
        try:
            gate.wait()
            redeem_code(specialist=entry.specialist, text=code_in(batch, number), facts=facts(), now=timezone.now())
            told.append("posted")
        except Refused as refusal:
            told.append(type(refusal).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=[number]) for number in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told) == [*["CountedAlready"] * 5, "posted"]
    assert balance_of(entry.specialist) == entry.credits
    assert faults() == []


@pytest.mark.django_db(transaction=True)
def test_l7_a_reversal_and_new_evidence_at_once_leave_one_entry_or_none() -> None:
    """Who posts while the reversal is not committed yet waits for nothing and is refused; afterwards it counts."""
    doctor, event = a_specialist(), an_event()
    batch = a_batch(event, count=3)
    entry = redeem_code(specialist=doctor, text=code_in(batch), facts=facts(), now=timezone.now())
    proposal = propose_reversal(entry_id=entry.pk, reason=REASON, by=an_operator(), facts=facts(), now=timezone.now())
    told: list[str] = []

    def other() -> None:
        try:
            redeem_code(specialist=doctor, text=code_in(batch, 2), facts=facts(), now=timezone.now())
        except Refused as refusal:
            told.append(type(refusal).__name__)
        finally:
            connection.close()

    with transaction.atomic():
        decided(proposal)
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()

    assert told == ["CountedAlready"]
    assert balance_of(doctor) == 0
    assert redeem_code(specialist=doctor, text=code_in(batch, 3), facts=facts(), now=timezone.now()).turn == 1
    assert faults() == []


def a_credit(claim: Claim, event: Version) -> Proposal:
    credit = CreditByHand(title=event.title, part=Part.EVENT, worth=3, earned_on=timezone.localdate())
    return propose_credit(
        claim_id=claim.pk, credit=credit, reason=REASON, by=an_operator(), facts=facts(), now=timezone.now()
    )


def by_hand(entry: LedgerEntry, *, refused: bool = False) -> LedgerEntry:
    """What an operator enters for a request about an entry; `refused`: while that one stands."""
    now = timezone.now()
    assert entry.version is not None
    claim = dispute_entry(
        specialist=entry.specialist,
        entry_id=entry.pk,
        text="Баллов должно быть больше",
        form_key=f"form-{refused}",
        facts=facts(),
        now=now,
    )
    if refused:
        with pytest.raises(EntryStands):
            a_credit(claim, entry.version)
        refuse_claim(claim_id=claim.pk, answer="Запись верна, баллы те же", by=an_operator(), facts=facts(), now=now)
        return entry
    result = decided(a_credit(claim, entry.version)).result
    assert result is not None
    return result
