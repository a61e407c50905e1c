"""Credits entered by hand, by two people: what they arrive for, what they are worth, and that they count once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from tests.builders import a_specialist, an_operator, facts
from tests.credit_builders import a_batch, a_programme, an_event, code_in, disputed
from tests.nmfo.credits.builders import (
    REASON,
    a_claim,
    a_dispute_of_a_refusal,
    a_missing_event,
    arrived,
    awaited_by,
    by_hand,
    decided,
    named,
    proposed,
)

from nmfo.credits.balancing import faults
from nmfo.credits.models import ConfirmationCode, Expectation, LedgerEntry, Proposal
from nmfo.credits.operations.correcting import (
    propose_credit,
)
from nmfo.credits.operations.expecting import expect
from nmfo.credits.operations.posting import post
from nmfo.credits.operations.redeeming import redeem_code
from nmfo.credits.operations.subjects import CreditByHand
from nmfo.credits.queries.ledger import (
    balance_of,
    cases_of,
    sums_of,
)
from nmfo.credits.rules.refusals import (
    ArrivedAlready,
    CountedAlready,
    DayInTheFuture,
    EnteredByHand,
    EntryStands,
    EntryUnknown,
    PartIsKnown,
    SubjectUnknown,
    TitleMissing,
    WorthIsKnown,
    WorthOutOfRange,
)
from nmfo.credits.rules.words import Awaited, ClaimState, Holder, Part, Source

pytestmark = pytest.mark.django_db


def test_a_missing_credit_is_entered_by_hand_by_two_and_settles_the_request() -> None:
    doctor = a_specialist()
    claim = a_claim(doctor)
    credit = CreditByHand(title="Конференция терапевтов", part=Part.EVENT, worth=6, earned_on=dt.date(2026, 5, 14))

    proposal = propose_credit(
        claim_id=claim.pk, credit=credit, reason=REASON, by=an_operator(), facts=facts(), now=timezone.now()
    )
    assert balance_of(doctor) == 0
    decided(proposal)

    entry = LedgerEntry.objects.get()
    assert (entry.credits, entry.source, entry.title, entry.reason) == (6, Source.MANUAL, credit.title, REASON)
    claim.refresh_from_db()
    assert (claim.state, claim.answer) == (ClaimState.GRANTED, REASON)


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"title": " "}, TitleMissing),
        ({"worth": 0}, WorthOutOfRange),
        ({"worth": 501}, WorthOutOfRange),
        ({"earned_on": dt.date(2999, 1, 1)}, DayInTheFuture),
    ],
)
def test_a_credit_by_hand_that_cannot_be_is_refused(values: dict[str, object], refusal: type[Exception]) -> None:
    given: dict[str, object] = {"title": "Семинар", "part": Part.EVENT, "worth": 2, "earned_on": dt.date(2026, 5, 1)}
    credit = CreditByHand(**{**given, **values})  # type: ignore[arg-type]

    with pytest.raises(refusal):
        propose_credit(
            claim_id=a_claim().pk, credit=credit, reason=REASON, by=an_operator(), facts=facts(), now=timezone.now()
        )

    assert not Proposal.objects.exists()


def test_a_credit_by_hand_arrives_for_what_was_refused_and_is_not_disputed_again() -> None:
    doctor = a_specialist()
    claim = a_dispute_of_a_refusal(doctor)

    done = decided(by_hand(claim))

    row = Expectation.objects.get()
    assert (row.state, row.entry_id, row.reason) == (Awaited.ARRIVED, done.result_id, "")
    assert list(row.steps.order_by("pk").values_list("state", flat=True)) == ["awaited", "refused", "arrived"]
    assert not cases_of(doctor).exists()
    assert (sums_of(doctor).posted, sums_of(doctor).refused) == (3, 0)
    with pytest.raises(EntryUnknown):
        disputed(row, "b")


def test_a_code_after_a_credit_by_hand_is_refused_and_says_why() -> None:
    doctor = a_specialist()
    claim = a_dispute_of_a_refusal(doctor)
    assert claim.expectation is not None
    event = claim.expectation.version
    assert event is not None
    entry = decided(by_hand(claim)).result
    assert entry is not None
    assert (entry.version, entry.item_id, entry.credits) == (event, event.item_id, 3)

    with pytest.raises(CountedAlready, match="Внёс оператор портала"):
        redeem_code(specialist=doctor, text=code_in(a_batch(event)), facts=facts(), now=timezone.now())

    assert balance_of(doctor) == 3
    assert not ConfirmationCode.objects.filter(state="activated").exists()
    assert faults() == []


def test_an_event_that_a_missing_credit_names_counts_once() -> None:
    doctor, version = a_specialist(), an_event()
    done = decided(named(a_missing_event(doctor), version.item_id))
    assert done.result is not None

    with pytest.raises(CountedAlready):
        redeem_code(specialist=doctor, text=code_in(a_batch(version)), facts=facts(), now=timezone.now())
    with pytest.raises(ArrivedAlready):
        named(a_missing_event(doctor, "b"), version.item_id)

    assert (done.result.version, balance_of(doctor), faults()) == (version, 3, [])


def test_a_code_that_was_awaited_arrives_with_the_event_that_was_entered_by_hand() -> None:
    doctor = a_specialist()
    claim, row = a_missing_event(doctor), awaited_by(doctor)

    made = decided(named(claim, None, expectation_id=row.pk)).result

    row.refresh_from_db()
    assert (row.state, row.entry) == (Awaited.ARRIVED, made)


def test_a_missing_credit_names_what_there_is() -> None:
    doctor = a_specialist()
    claim, others = a_missing_event(doctor), awaited_by(a_specialist())

    with pytest.raises(SubjectUnknown):
        named(claim, 10**9)
    with pytest.raises(SubjectUnknown):
        named(claim, None, expectation_id=others.pk)
    with pytest.raises(WorthIsKnown):
        named(claim, an_event().item_id, worth=4)
    with pytest.raises(PartIsKnown):
        named(claim, an_event().item_id, part=Part.OTHER)


def test_a_credit_by_hand_is_worth_what_the_catalogue_says() -> None:
    claim = a_dispute_of_a_refusal(a_specialist())
    credit = CreditByHand(title="Вебинар", part=Part.EVENT, worth=4, earned_on=dt.date(2026, 11, 2))

    with pytest.raises(WorthIsKnown, match="По каталогу это 3 ЗЕТ"):
        propose_credit(
            claim_id=claim.pk, credit=credit, reason=REASON, by=an_operator(), facts=facts(), now=timezone.now()
        )


def test_a_result_after_a_credit_by_hand_waits_until_that_is_taken_back() -> None:
    doctor, version = a_specialist(), a_programme()
    key: dict[str, Any] = {"specialist_id": doctor.pk, "version": version, "source": Source.COMPLETION}
    row = expect(
        **key,
        origin="application:5",
        began_on=dt.date(2026, 9, 1),
        holder=Holder.ORGANISATION,
        due_on=dt.date(2026, 10, 1),
        now=timezone.now(),
    )
    credit = CreditByHand(title="Программа", part=Part.PROGRAMME, worth=36, earned_on=dt.date(2026, 9, 1))
    given: dict[str, Any] = {"reason": REASON, "by": an_operator(), "facts": facts(), "now": timezone.now()}
    by_the_operator = decided(propose_credit(claim_id=disputed(row, "a").pk, credit=credit, **given)).result
    assert by_the_operator is not None
    result: dict[str, Any] = {
        **key, "origin": "application:5", "earned_on": dt.date(2026, 9, 1), "by": None, "now": timezone.now()
    }  # fmt: skip

    with pytest.raises(EnteredByHand, match=f"запись № {by_the_operator.pk}"):
        post(**result)
    assert balance_of(doctor) == 36
    decided(proposed(by_the_operator))
    post(**result)

    assert balance_of(doctor) == 36
    assert faults() == []


def test_an_event_whose_credits_were_taken_back_is_entered_by_hand_and_counts_once_again() -> None:
    doctor = a_specialist()
    claim = a_dispute_of_a_refusal(doctor)
    assert claim.expectation is not None
    event = claim.expectation.version
    assert event is not None
    first = post(
        specialist_id=doctor.pk,
        version=event,
        source=Source.PRESENCE,
        origin="registration:77",
        earned_on=dt.date(2026, 11, 2),
        by=None,
        now=timezone.now(),
    )
    decided(proposed(first))
    Expectation.objects.update(state=Awaited.REFUSED, entry=None, reason="Запись снята")

    entry = decided(by_hand(claim)).result

    assert entry is not None
    assert (entry.version_id, entry.turn) == (event.pk, 1)
    with pytest.raises(CountedAlready, match="Второй раз"):
        redeem_code(specialist=doctor, text=code_in(a_batch(event)), facts=facts(), now=timezone.now())
    assert balance_of(doctor) == 3


def test_a_credit_by_hand_is_not_proposed_for_what_has_arrived() -> None:
    claim = a_dispute_of_a_refusal(a_specialist())
    arrived(claim)

    with pytest.raises(ArrivedAlready):
        by_hand(claim)

    assert not Proposal.objects.exists()


def test_a_credit_by_hand_is_not_entered_when_the_awaited_one_came_meanwhile() -> None:
    doctor = a_specialist()
    claim = a_dispute_of_a_refusal(doctor)
    proposal = by_hand(claim)
    entry = arrived(claim)

    with pytest.raises(ArrivedAlready):
        decided(proposal)
    decided(proposal, approve=False, words="Балл пришёл сам")

    assert list(LedgerEntry.objects.all()) == [entry]
    claim.refresh_from_db()
    assert claim.state == ClaimState.OPEN


def test_what_a_request_is_about_is_not_entered_by_hand_as_something_else() -> None:
    doctor, event = a_specialist(), an_event()
    entry = redeem_code(specialist=doctor, text=code_in(a_batch(event)), facts=facts(), now=timezone.now())
    claim = disputed(entry, "e")
    with pytest.raises(EntryStands):
        by_hand(claim, worth=3)
    decided(proposed(entry))

    for part in (Part.OTHER, Part.PROGRAMME):
        with pytest.raises(PartIsKnown):
            by_hand(claim, part=part, worth=3)
    with pytest.raises(WorthIsKnown):
        by_hand(claim, worth=300)
    made = decided(by_hand(claim, worth=3)).result

    assert made is not None
    assert (made.item_id, made.turn) == (event.item_id, 1)
    with pytest.raises(CountedAlready):
        redeem_code(specialist=doctor, text=code_in(a_batch(event)), facts=facts(), now=timezone.now())
    assert faults() == []
