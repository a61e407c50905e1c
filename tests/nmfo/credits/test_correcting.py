"""Corrections by two people, requests about credits, and what is read of them (L7, Z4, Z5)."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from tests.builders import a_specialist, an_operator, an_organisation, facts
from tests.credit_builders import a_batch, a_programme, a_registrar, an_entry, an_event, code_in

from foundation.audit.models import Entry as Trail
from foundation.db.refusals import violated_constraint
from foundation.mail.models import Letter
from nmfo.accounts.models import Account
from nmfo.credits.balancing import faults
from nmfo.credits.models import Claim, ConfirmationCode, Expectation, LedgerEntry, Proposal
from nmfo.credits.operations.claiming import (
    MissingCredit,
    dispute_entry,
    dispute_expectation,
    grant_claim,
    refuse_claim,
    report_missing,
)
from nmfo.credits.operations.correcting import (
    decide_proposal,
    propose_credit,
    propose_reversal,
    propose_reversal_as_member,
    withdraw_proposal,
)
from nmfo.credits.operations.expecting import expect, refuse_expected
from nmfo.credits.operations.posting import post
from nmfo.credits.operations.redeeming import redeem_code
from nmfo.credits.operations.subjects import CreditByHand
from nmfo.credits.queries.claims import candidates_of, entries_settling
from nmfo.credits.queries.ledger import (
    balance_of,
    cases_of,
    entries_of,
    entry_by,
    movements_of,
    shown_of,
    statement_of,
    sums_of,
    totals_of,
)
from nmfo.credits.queries.watching import credits_given_by
from nmfo.credits.rules.refusals import (
    ArrivedAlready,
    ClaimDecided,
    ClaimOpen,
    CorrectionWaits,
    CountedAlready,
    DayInTheFuture,
    EnteredByHand,
    EntryNotNamed,
    EntryStands,
    EntryUnknown,
    FormUsed,
    NothingDone,
    OwnCredit,
    PartIsKnown,
    ProposalDecided,
    ProposalOfAnother,
    ReasonMissing,
    ReversalOfAReversal,
    ReversalProposed,
    ReversedAlready,
    SecondPersonNeeded,
    SubjectUnknown,
    TextMissing,
    TextTooLong,
    TextTooShort,
    TitleMissing,
    WorthIsKnown,
    WorthOutOfRange,
)
from nmfo.credits.rules.words import Awaited, ClaimState, Holder, Part, ProposalState, Source
from nmfo.specialists.models import Specialist

REASON = "В ведомости стоит другая фамилия"
pytestmark = pytest.mark.django_db


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


def test_a_request_is_answered_once_and_its_person_hears_of_it() -> None:
    claim = a_claim()

    refuse_claim(
        claim_id=claim.pk,
        answer="Организатор не нашёл вас в списках",
        by=an_operator(),
        facts=facts(),
        now=timezone.now(),
    )

    letters = {letter.kind: letter.text or "" for letter in Letter.objects.all()}
    assert set(letters) == {"claim_opened", "claim_answered"}
    assert all("Речь о «Конференция терапевтов»." in text for text in letters.values())
    with pytest.raises(ClaimDecided):
        grant_claim(
            claim_id=claim.pk, answer="Уже на счету, проверьте", by=an_operator(), facts=facts(), now=timezone.now()
        )


def test_the_letters_of_a_dispute_say_what_it_is_about() -> None:
    doctor = a_specialist()
    given: dict[str, Any] = {"text": "Часов было больше", "form_key": "a", "facts": facts(), "now": timezone.now()}
    entry = an_entry(doctor, a_programme(title="Анемии на приёме"))

    claim = dispute_entry(specialist=doctor, entry_id=entry.pk, **given)
    refuse_claim(
        claim_id=claim.pk, answer="Запись верна, часов столько", by=an_operator(), facts=facts(), now=timezone.now()
    )

    for kind in ("claim_opened", "claim_answered"):
        text = Letter.objects.get(kind=kind).text or ""
        assert f"Речь о записи № {entry.pk} «Анемии на приёме», 36 ЗЕТ." in text.splitlines()[0]


def test_the_letter_of_an_answer_in_favour_names_the_entries_that_settle_the_request() -> None:
    doctor = a_specialist()
    claim = a_claim(doctor)
    decided(by_hand(claim))
    entry = LedgerEntry.objects.get()

    text = Letter.objects.get(kind="claim_answered").text or ""

    assert f"[Запись № {entry.pk}](" in text
    assert f"/specialist/credits/{entry.pk}/) {entry.title}, +{entry.credits} ЗЕТ, " in text
    assert entries_settling([Claim.objects.get()]) == {claim.pk: [entry]}


def test_an_entry_that_has_settled_a_request_settles_no_other() -> None:
    doctor = a_specialist()
    claims = [
        report_missing(
            specialist=doctor,
            missing=MissingCredit(part=Part.EVENT, title=title, held_on=None, organisation_name="Общество"),
            text="Был на конференции, балл не пришёл",
            form_key=title,
            facts=facts(),
            now=timezone.now(),
        )
        for title in ("Конференция терапевтов", "Съезд кардиологов")
    ]
    first = an_entry(doctor)
    given: dict[str, Any] = {"answer": "Баллы пришли своим путём", "by": an_operator(), "facts": facts()}

    with pytest.raises(EntryNotNamed):  # it may be of something else: the operator says that it is not
        grant_claim(claim_id=claims[0].pk, now=timezone.now(), **given)
    grant_claim(claim_id=claims[0].pk, entry_id=first.pk, now=timezone.now(), **given)
    with pytest.raises(NothingDone):
        grant_claim(claim_id=claims[1].pk, entry_id=first.pk, now=timezone.now(), **given)
    second = an_entry(doctor, a_programme())
    granted = grant_claim(claim_id=claims[1].pk, entry_id=second.pk, now=timezone.now(), **given)

    assert granted.state == "granted"


def test_a_letter_about_a_reversal_names_the_entry() -> None:
    entry = an_entry(a_specialist(), a_programme(title="Анемии на приёме"))

    decided(proposed(entry))

    assert f"№ {entry.pk}, Анемии на приёме." in (Letter.objects.get(kind="entry_reversed").text or "")


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


def test_a_dispute_of_an_entry_is_one_at_a_time_and_only_of_ones_own() -> None:
    doctor = a_specialist()
    entry = an_entry(doctor)
    given = {"entry_id": entry.pk, "facts": facts(), "now": timezone.now()}

    for text, refusal in ((" ", TextMissing), ("нет", TextTooShort), ("я" * 2001, TextTooLong)):
        with pytest.raises(refusal):
            dispute_entry(specialist=doctor, text=text, form_key="a", **given)  # type: ignore[arg-type]
    claim = dispute_entry(specialist=doctor, text="Часов было больше", form_key="a", **given)  # type: ignore[arg-type]
    again = dispute_entry(specialist=doctor, text="Часов было больше", form_key="a", **given)  # type: ignore[arg-type]
    with pytest.raises(ClaimOpen):
        dispute_entry(specialist=doctor, text="Часов было больше", form_key="b", **given)  # type: ignore[arg-type]
    with pytest.raises(EntryUnknown):
        dispute_entry(specialist=a_specialist(), text="Часов было больше", form_key="a", **given)  # type: ignore[arg-type]

    assert claim.pk == again.pk


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Съезд терапевтов"},
        {"part": Part.PROGRAMME},
        {"held_on": dt.date(2026, 5, 15)},
        {"held_on": None},
        {"organisation_name": "Академия"},
    ],
)
def test_the_form_of_a_missing_credit_says_the_same_when_it_is_sent_again(changes: dict[str, Any]) -> None:
    doctor = a_specialist()
    said: dict[str, Any] = {
        "part": Part.EVENT,
        "title": "Конференция",
        "held_on": dt.date(2026, 5, 14),
        "organisation_name": " Общество ",
    }

    def sent(**values: Any) -> Claim:
        return report_missing(
            specialist=doctor,
            missing=MissingCredit(**{**said, **values}),
            text="Балл не пришёл",
            form_key="a",
            facts=facts(),
            now=timezone.now(),
        )

    first = sent()

    assert sent() == first
    with pytest.raises(FormUsed):
        sent(**changes)
    assert Claim.objects.count() == 1


def test_the_form_of_a_dispute_is_about_the_same_when_it_is_sent_again() -> None:
    doctor = a_specialist()
    rows = [an_entry(doctor), an_entry(doctor)]
    given: dict[str, Any] = {"text": "Часов было больше", "form_key": "a", "facts": facts(), "now": timezone.now()}
    dispute_entry(specialist=doctor, entry_id=rows[0].pk, **given)
    awaited = a_dispute_of_a_refusal(doctor, form_key="b").expectation

    with pytest.raises(FormUsed):
        dispute_entry(specialist=doctor, entry_id=rows[1].pk, **given)
    with pytest.raises(FormUsed):
        disputed(awaited_by(doctor), "b")

    assert [claim.entry or claim.expectation for claim in Claim.objects.order_by("pk")] == [rows[0], awaited]


def test_what_was_refused_can_be_disputed() -> None:
    doctor, event = a_specialist(), an_event()
    row = expect(
        specialist_id=doctor.pk,
        version=event,
        source=Source.CODE,
        origin="registration:3",
        began_on=dt.date(2026, 11, 2),
        holder=Holder.ORGANISATION,
        due_on=None,
        now=timezone.now(),
    )
    refuse_expected(
        specialist_id=doctor.pk,
        source=Source.CODE,
        origin="registration:3",
        reason="Отмечено 40 минут",
        now=timezone.now(),
    )

    claim = dispute_expectation(
        specialist=doctor,
        expectation_id=row.pk,
        text="Я был весь вебинар",
        form_key="a",
        facts=facts(),
        now=timezone.now(),
    )

    assert claim.expectation_id == row.pk


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
    return disputed(row, form_key)


def disputed(row: Expectation, form_key: str) -> Claim:
    return dispute_expectation(
        specialist=row.specialist,
        expectation_id=row.pk,
        text="Я был весь вебинар",
        form_key=form_key,
        facts=facts(),
        now=timezone.now(),
    )


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


@pytest.mark.parametrize("act", [grant_claim, refuse_claim])
def test_a_request_is_not_answered_while_a_correction_for_it_waits(act: Callable[..., Claim]) -> None:
    doctor = a_specialist()
    claim = a_claim(doctor)
    proposal = by_hand(claim)
    words: dict[str, object] = {"answer": "Проверили ведомость", "facts": facts(), "now": timezone.now()}

    with pytest.raises(CorrectionWaits):
        act(claim_id=claim.pk, by=an_operator(), **words)
    decided(proposal, approve=False, words="Ведомость проверена, вас в ней нет")
    came = an_entry(doctor)
    named = {"entry_id": came.pk} if act is grant_claim else {}
    act(claim_id=claim.pk, by=an_operator(), **words, **named)

    assert balance_of(doctor) == 36
    with pytest.raises(ClaimDecided):
        by_hand(claim)


def test_a_dispute_of_an_entry_is_settled_alone_only_when_the_entry_was_corrected() -> None:
    doctor, version = a_specialist(), a_programme()
    entry = an_entry(doctor, version)
    given: dict[str, Any] = {"by": an_operator(), "facts": facts(), "now": timezone.now()}
    words = "Запись исправлена, проверьте счёт"

    def a_dispute(key: str) -> Claim:
        form: dict[str, Any] = {"entry_id": entry.pk, "form_key": key, "facts": facts(), "now": timezone.now()}
        return dispute_entry(specialist=doctor, text="Часов было больше", **form)

    first = a_dispute("a")
    an_entry(doctor)  # of another programme
    with pytest.raises(NothingDone):
        grant_claim(claim_id=first.pk, answer=words, **given)
    put_right = an_entry(doctor, version)
    grant_claim(claim_id=first.pk, answer=words, **given)
    second = a_dispute("b")
    with pytest.raises(NothingDone):  # what was done before it was opened is not for it
        grant_claim(claim_id=second.pk, answer=words, **given)
    decided(proposed(entry))
    grant_claim(claim_id=second.pk, answer=words, **given)

    settled = Trail.objects.filter(action="claim.granted").order_by("pk").values_list("after__settled_by", flat=True)
    assert list(settled) == [[put_right.pk], [LedgerEntry.objects.get(reverses=entry).pk]]


def test_a_dispute_of_an_awaited_credit_is_settled_alone_only_when_it_came() -> None:
    doctor = a_specialist()
    claim = a_dispute_of_a_refusal(doctor)
    given: dict[str, Any] = {"by": an_operator(), "facts": facts(), "now": timezone.now()}
    an_entry(doctor)

    with pytest.raises(NothingDone):
        grant_claim(claim_id=claim.pk, answer="Балл уже на счету", **given)
    arrived(claim)

    assert grant_claim(claim_id=claim.pk, answer="Балл уже на счету", **given).state == ClaimState.GRANTED


def test_a_correction_of_a_request_that_was_answered_can_be_declined_only() -> None:
    doctor = a_specialist()
    claim = a_claim(doctor)
    proposal = by_hand(claim)
    Claim.objects.filter(pk=claim.pk).update(
        state=ClaimState.REFUSED, answer="Нет в ведомости", decided_at=timezone.now(), decided_by=an_operator()
    )

    with pytest.raises(ClaimDecided):
        decided(proposal)
    decided(proposal, approve=False, words="На обращение уже ответили")

    assert balance_of(doctor) == 0


def test_every_sum_is_the_same_sum() -> None:
    doctor, version = a_specialist(), a_programme()
    first = an_entry(doctor, version, earned_on=dt.date(2026, 3, 1))
    an_entry(doctor, version, earned_on=dt.date(2026, 2, 1))
    decided(proposed(first))

    shown = list(entries_of(doctor))

    assert sum(entry.credits for entry in shown) == balance_of(doctor) == sums_of(doctor).posted == 36
    assert [totals_of(doctor)[entry.pk] for entry in shown] == [36, 72, 36]
    movements = movements_of(doctor)
    assert (movements.posted, movements.in_year, list(movements.totals.values())) == (36, {2026: 3}, [36, 72, 36])
    assert credits_given_by(version.item.organisation, [version.item_id]) == {version.item_id: 36}
    assert [row.pk for row in shown_of(doctor, first=0, most=30) if row.is_taken_back] == [first.pk]


def test_a_statement_of_a_past_day_shows_what_was_shown_then() -> None:
    doctor, version = a_specialist(), a_programme()
    then, later = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC), dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
    an_entry(doctor, version, earned_on=dt.date(2026, 4, 1), now=then)
    an_entry(doctor, version, earned_on=dt.date(2026, 3, 1), now=later)

    assert [entry.earned_on.month for entry in statement_of(doctor, day=dt.date(2026, 5, 31))] == [4]
    assert [entry.earned_on.month for entry in statement_of(doctor, day=dt.date(2026, 6, 1))] == [3, 4]
    assert not statement_of(doctor, day=dt.date(2026, 4, 30))
    assert balance_of(doctor, as_of=then) == 36


def test_a_statement_ends_at_midnight_of_the_portals_zone() -> None:
    doctor = a_specialist()
    an_entry(doctor, now=dt.datetime(2026, 5, 1, 21, 30, tzinfo=dt.UTC))  # half past midnight in Moscow

    assert not statement_of(doctor, day=dt.date(2026, 5, 1))
    assert statement_of(doctor, day=dt.date(2026, 5, 2))


def test_a_missing_credit_is_looked_for_among_what_is_known() -> None:
    doctor, other = a_specialist(), a_specialist()
    event = an_event(title="Анемии в амбулаторной практике")
    row = expect(
        specialist_id=doctor.pk,
        version=event,
        source=Source.CODE,
        origin="registration:3",
        began_on=dt.date(2026, 11, 14),
        holder=Holder.ORGANISATION,
        due_on=None,
        now=timezone.now(),
    )

    by_word = candidates_of(doctor, title="анемии", held_on=None, part=Part.EVENT)
    by_day = candidates_of(doctor, title="", held_on=dt.date(2026, 11, 20), part=Part.EVENT)

    assert by_word.awaited == by_day.awaited == [row]
    assert not candidates_of(doctor, title="анемии", held_on=None, part=Part.MODULE)
    assert not candidates_of(other, title="анемии", held_on=None, part=Part.EVENT)
    assert not candidates_of(doctor, title="по", held_on=None, part=Part.EVENT)


def test_what_is_with_you_and_what_with_others_is_told_apart() -> None:
    doctor = a_specialist()
    for number, holder in enumerate([Holder.ORGANISATION, Holder.SPECIALIST]):
        expect(
            specialist_id=doctor.pk,
            version=an_event(),
            source=Source.CODE,
            origin=f"registration:{number}",
            began_on=dt.date(2026, 11, 14),
            holder=holder,
            due_on=None,
            now=timezone.now(),
        )

    sums = sums_of(doctor)

    assert (sums.awaited, sums.with_you, sums.with_you_count, sums.refused) == (3, 3, 1, 0)
    assert cases_of(doctor).count() == 2


def test_an_entry_is_found_by_its_evidence() -> None:
    entry = an_entry(origin="application:77")

    assert entry_by(source=Source.COMPLETION, origin="application:77") == entry
    assert entry_by(source=Source.COMPLETION, origin="application:78") is None


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


def test_batches_of_codes_do_not_change_what_was_posted() -> None:
    entry = an_entry()

    a_batch()

    assert list(LedgerEntry.objects.all()) == [entry]


def about_an_entry(entry: LedgerEntry) -> Claim:
    return dispute_entry(
        specialist=entry.specialist,
        entry_id=entry.pk,
        text="Баллы должны быть",
        form_key="e",
        facts=facts(),
        now=timezone.now(),
    )


def test_what_a_request_is_about_is_not_entered_by_hand_as_something_else() -> None:
    doctor, event = a_specialist(), an_event()
    entry = redeem_code(specialist=doctor, text=code_in(a_batch(event)), facts=facts(), now=timezone.now())
    claim = about_an_entry(entry)
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


def test_a_correction_that_its_proposer_withdrew_is_no_fault_of_the_book() -> None:
    operator = an_operator()
    proposal = propose_reversal(
        entry_id=an_entry().pk, reason="Ошибка в ведомости", by=operator, facts=facts(), now=timezone.now()
    )

    withdraw_proposal(
        proposal_id=proposal.pk, words="Ошибся, всё верно", by=operator, facts=facts(), now=timezone.now()
    )

    assert faults() == []
