"""What operators enter by hand and what an organisation enters for the same learning: one of them stands (L2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone
from tests.builders import a_run, a_specialist, an_operator, facts
from tests.credit_builders import disputed
from tests.enrolment_builders import a_registrar, a_result, a_run_of, an_application, enrolled, over
from tests.nmfo.enrolment.test_races import at_once

from nmfo.credits.balancing import faults
from nmfo.credits.deriving import digest_of
from nmfo.credits.models import Claim, Expectation, LedgerEntry, LegacyCode, Proposal
from nmfo.credits.operations.claiming import MissingCredit, dispute_expectation, report_missing
from nmfo.credits.operations.correcting import propose_credit, propose_reversal
from nmfo.credits.operations.redeeming import redeem_code
from nmfo.credits.operations.subjects import CreditByHand
from nmfo.credits.queries.claims import claims_of
from nmfo.credits.queries.ledger import balance_of
from nmfo.credits.rules.refusals import ArrivedAlready, EnteredByHand, SubjectIsAwaited
from nmfo.credits.rules.words import Part, Source
from nmfo.enrolment.models import Application
from nmfo.enrolment.operations.completing import complete_application
from nmfo.enrolment.operations.deciding import expel_listener
from nmfo.enrolment.operations.reversing import decide_correction
from nmfo.organisations.models import Member
from nmfo.specialists.models import Specialist

pytestmark = pytest.mark.django_db
REASON = "В ведомости другая фамилия"


@pytest.fixture
def by(db: None) -> Member:
    return a_registrar()


def decided(proposal: Proposal) -> LedgerEntry:
    done = decide_correction(
        proposal_id=proposal.pk, approve=True, words="", by=an_operator(), facts=facts(), now=timezone.now()
    )
    assert done.result is not None
    return done.result


def taken_back(entry: LedgerEntry) -> LedgerEntry:
    return decided(
        propose_reversal(entry_id=entry.pk, reason=REASON, by=an_operator(), facts=facts(), now=timezone.now())
    )


def by_hand(claim: Claim, item_id: int | None = None, *, worth: int = 36, **values: str) -> Proposal:
    credit = CreditByHand(
        title="Программа",
        part=values.get("part", Part.PROGRAMME),
        worth=worth,
        earned_on=timezone.localdate(),
        item_id=item_id,
    )
    return propose_credit(
        claim_id=claim.pk, credit=credit, reason=REASON, by=an_operator(), facts=facts(), now=timezone.now()
    )


def missing(doctor: Specialist, form_key: str = "m") -> Claim:
    return report_missing(
        specialist=doctor,
        missing=MissingCredit(part=Part.PROGRAMME, title="Программа", held_on=None, organisation_name=""),
        text="Училась, а баллов нет",
        form_key=form_key,
        facts=facts(),
        now=timezone.now(),
        beside=[claim.pk for claim in claims_of(doctor)],
    )


def learned(by: Member) -> Application:
    """Somebody enrolled to a run that is over."""
    run = a_run_of(by)
    row = enrolled(an_application(run), by, number=f"{run.pk}-к")
    over(run)
    return row


def complete(row: Application, by: Member) -> None:
    complete_application(application_id=row.pk, seen=None, result=a_result(), by=by, facts=facts(), now=timezone.now())


def one_stands(doctor: Specialist, worth: int = 36) -> None:
    assert balance_of(doctor) == worth
    assert faults() == []


def test_a_card_does_not_stand_beside_a_result_that_was_taken_back(by: Member) -> None:
    row = learned(by)
    complete(row, by)
    taken_back(LedgerEntry.objects.get())

    with pytest.raises(SubjectIsAwaited):
        by_hand(missing(row.specialist), row.version.item_id)


def test_a_card_does_not_stand_beside_a_result_that_stands(by: Member) -> None:
    row = learned(by)
    complete(row, by)

    with pytest.raises(ArrivedAlready):
        by_hand(missing(row.specialist), row.version.item_id)

    one_stands(row.specialist)


def test_a_card_is_entered_once(by: Member) -> None:
    doctor, item_id = a_specialist(), a_run_of(by).item_id
    first, second = by_hand(missing(doctor), item_id), by_hand(missing(doctor, "n"), item_id)
    decided(first)

    with pytest.raises(ArrivedAlready):
        decided(second)

    one_stands(doctor)


def test_a_card_that_was_proposed_before_the_result_came_is_not_entered(by: Member) -> None:
    run = a_run_of(by)
    row = an_application(run)
    proposal = by_hand(missing(row.specialist), run.item_id)
    enrolled(row, by, number="1-к")
    with pytest.raises(SubjectIsAwaited):
        decided(proposal)
    over(run)
    complete(row, by)

    with pytest.raises(ArrivedAlready):
        decided(proposal)

    one_stands(row.specialist)


def test_a_result_does_not_come_beside_a_card_that_was_entered_while_its_application_waited(by: Member) -> None:
    run = a_run_of(by)
    row = an_application(run)
    decided(by_hand(missing(row.specialist), run.item_id))
    enrolled(row, by, number="1-к")
    over(run)

    with pytest.raises(EnteredByHand):
        complete(row, by)

    one_stands(row.specialist)


def test_a_programme_that_was_learned_before_may_be_learned_anew(by: Member) -> None:
    run = a_run_of(by)
    row = an_application(run)
    credit = CreditByHand(
        title="Программа",
        part=Part.PROGRAMME,
        worth=36,
        earned_on=timezone.localdate() - dt.timedelta(days=800),
        item_id=run.item_id,
    )
    claim = missing(row.specialist)
    decided(
        propose_credit(
            claim_id=claim.pk, credit=credit, reason=REASON, by=an_operator(), facts=facts(), now=timezone.now()
        )
    )
    enrolled(row, by, number="1-к")
    over(run)

    complete(row, by)

    one_stands(row.specialist, 72)


def test_an_entry_by_hand_that_comes_after_another_still_stands_for_the_result(by: Member) -> None:
    row = learned(by)
    awaited = Expectation.objects.get()
    claim = dispute_expectation(
        specialist=row.specialist,
        expectation_id=awaited.pk,
        text="Обучение окончено",
        form_key="a",
        facts=facts(),
        now=timezone.now(),
    )
    first = decided(by_hand(claim))
    taken_back(first)
    second = decided(by_hand(disputed(first, "b")))

    with pytest.raises(EnteredByHand):
        complete(row, by)

    awaited.refresh_from_db()
    assert awaited.entry == second
    one_stands(row.specialist)


def test_a_credit_by_hand_for_one_application_does_not_stand_for_the_result_of_another(by: Member) -> None:
    first = learned(by)
    claim = dispute_expectation(
        specialist=first.specialist,
        expectation_id=Expectation.objects.get().pk,
        text="Обучение окончено",
        form_key="a",
        facts=facts(),
        now=timezone.now(),
    )
    decided(by_hand(claim))
    expel_listener(
        application_id=first.pk, seen=None, reason="Зачислена дважды", by=by, facts=facts(), now=timezone.now()
    )
    later = a_run(first.version)
    second = enrolled(an_application(later, first.specialist), by, number="2-к")
    over(later)

    complete(second, by)

    one_stands(first.specialist, 72)


def legacy(doctor: Specialist) -> LedgerEntry:
    LegacyCode.objects.create(
        digest=digest_of("legacy", "sn-1"),
        title="Школа кардиолога",
        part=Part.OTHER,
        credits=10,
        earned_on=dt.date(2020, 1, 1),
    )
    return redeem_code(specialist=doctor, text="SN-1", facts=facts(), now=timezone.now())


@pytest.mark.parametrize("about", ["entry", "reversal", "what came in its place"])
def test_an_entry_of_no_catalogue_is_put_right_once(about: str) -> None:
    doctor = a_specialist()
    entry = legacy(doctor)
    reversal = taken_back(entry)
    made = decided(by_hand(disputed(entry, "a"), worth=10, part=Part.OTHER))
    if about == "what came in its place":
        taken_back(made)
        decided(by_hand(disputed(made, "b"), worth=10, part=Part.OTHER))

    with pytest.raises(ArrivedAlready):
        by_hand(disputed(reversal if about == "reversal" else entry, "c"), worth=400, part=Part.OTHER)

    one_stands(doctor, 10)


def test_two_proposals_in_the_place_of_one_entry_are_carried_out_once() -> None:
    doctor = a_specialist()
    entry = legacy(doctor)
    reversal = taken_back(entry)
    first = by_hand(disputed(entry, "a"), worth=10, part=Part.OTHER)
    second = by_hand(disputed(reversal, "b"), worth=10, part=Part.OTHER)
    decided(first)

    with pytest.raises(ArrivedAlready):
        decided(second)

    one_stands(doctor, 10)


@pytest.mark.django_db(transaction=True)
def test_a_result_and_a_card_by_hand_at_once_leave_one_credit() -> None:
    by = a_registrar()
    run = a_run_of(by)
    row = an_application(run)
    proposal = by_hand(missing(row.specialist), run.item_id)
    enrolled(row, by, number="1-к")
    over(run)
    acts: list[Callable[[], object]] = [lambda: complete(row, by), lambda: decided(proposal)]

    outcomes = at_once(*acts)

    assert sorted(outcomes) in (["ArrivedAlready", "done"], ["SubjectIsAwaited", "done"])
    assert balance_of(row.specialist) == 36


def test_the_audit_sees_a_card_beside_the_result_of_the_same_learning(by: Member) -> None:
    row = learned(by)
    complete(row, by)
    first = LedgerEntry.objects.get()
    proposal = by_hand(missing(row.specialist))
    made = decided(proposal)
    assert faults() == []

    other = Proposal.objects.create(
        kind="credit",
        specialist=row.specialist,
        version=first.version,
        title="Программа",
        part="programme",
        worth=36,
        earned_on=timezone.localdate(),
        reason=REASON,
        proposed_at=timezone.now(),
        proposed_by=an_operator(),
    )
    beside = LedgerEntry.objects.create(
        specialist=row.specialist,
        credits=36,
        part="programme",
        source=Source.MANUAL,
        origin=f"proposal:{other.pk}",
        item=first.item,
        version=first.version,
        organisation=first.organisation,
        earned_on=timezone.localdate(),
        posted_at=timezone.now(),
        posted_by=an_operator(),
        reason=REASON,
    )
    Proposal.objects.filter(pk=other.pk).update(
        state="approved", decided_at=timezone.now(), decided_by=an_operator(), result=beside
    )

    assert faults() == [f"a programme was entered by hand beside its result: {beside.pk}"]
    assert made.pk != beside.pk


@pytest.mark.django_db(transaction=True)
def test_of_two_entries_by_hand_for_one_card_that_are_decided_at_once_one_stands() -> None:
    doctor, item_id = a_specialist(), a_run_of(a_registrar()).item_id
    first, second = by_hand(missing(doctor), item_id), by_hand(missing(doctor, "n"), item_id)

    outcomes = at_once(lambda: decided(first), lambda: decided(second))

    assert sorted(outcomes) == ["ArrivedAlready", "done"]
    assert balance_of(doctor) == 36
