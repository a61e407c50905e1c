"""A result entered by mistake: two people take its credits back, then a corrected one is entered, once."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from tests.builders import a_run, an_operator, facts
from tests.enrolment_builders import a_registrar, a_result, a_run_of, an_application, enrolled, over
from tests.nmfo.enrolment.test_races import at_once

from foundation.mail.models import Letter
from nmfo.credits.balancing import faults
from nmfo.credits.models import Claim, Expectation, LedgerEntry, Proposal
from nmfo.credits.operations.claiming import MissingCredit, dispute_entry, dispute_expectation, report_missing
from nmfo.credits.operations.correcting import (
    propose_credit,
    propose_reversal,
    propose_reversal_as_member,
)
from nmfo.credits.operations.subjects import CreditByHand
from nmfo.credits.queries.ledger import balance_of
from nmfo.credits.rules.refusals import ArrivedAlready, EnteredByHand, ProposalDecided, SubjectIsAwaited
from nmfo.enrolment import rules
from nmfo.enrolment.models import Application, Completion
from nmfo.enrolment.operations.completing import ResultWrong, complete_application
from nmfo.enrolment.operations.reversing import decide_correction
from nmfo.enrolment.operations.steps import application_id_of, origin_of
from nmfo.enrolment.queries import completion_of, completions_of, steps_of
from nmfo.organisations.models import Member

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(db: None) -> Member:
    return a_registrar()


def complete(row: Application, by: Member, **changes: Any) -> Completion:
    """Enter a result, each time with another document."""
    attempt = Completion.objects.filter(application=row).count()
    changes = {"number": f"77240012340{attempt}", **changes}
    return complete_application(
        application_id=row.pk, seen=None, result=a_result(**changes), by=by, facts=facts(), now=timezone.now()
    )


def credited(by: Member) -> Application:
    run = a_run_of(by)
    row = enrolled(an_application(run), by, number=f"{run.pk}-к")
    over(run)
    complete(row, by)
    row.refresh_from_db()
    return row


def proposed(row: Application, by: Member) -> Proposal:
    entry = LedgerEntry.objects.filter(specialist=row.specialist_id, reverses=None).latest("pk")
    return propose_reversal_as_member(
        entry_id=entry.pk, reason="Внесено однофамилице", by=by, facts=facts(), now=timezone.now()
    )


def decide(proposal: Proposal, *, approve: bool = True, words: str = "") -> Proposal:
    return decide_correction(
        proposal_id=proposal.pk, approve=approve, words=words, by=an_operator(), facts=facts(), now=timezone.now()
    )


def taken_back(by: Member) -> Application:
    row = credited(by)
    decide(proposed(row, by))
    row.refresh_from_db()
    return row


def entries(row: Application) -> list[tuple[int, str, str]]:
    rows = LedgerEntry.objects.filter(specialist=row.specialist_id).order_by("pk")
    return list(rows.values_list("credits", "source", "origin"))


def test_a_decided_reversal_takes_the_result_back_with_its_credits(by: Member) -> None:
    row = taken_back(by)

    first = LedgerEntry.objects.get(credits=36)
    assert (row.state, row.reason) == ("reversed", "Внесено однофамилице")
    assert entries(row) == [(36, "completion", f"application:{row.pk}"), (-36, "reversal", str(first.pk))]
    assert [(one.state, one.side) for one in steps_of(row)][:1] == [("reversed", "portal")]
    assert list(completions_of(by.organisation)) == []
    assert Letter.objects.get(kind="reversal_decided").to == by.account.email
    assert row.run.taken == 1


def test_a_declined_reversal_leaves_everything_and_says_why(by: Member) -> None:
    row = credited(by)

    decide(proposed(row, by), approve=False, words="Ведомость верна")

    row.refresh_from_db()
    assert row.state == "credited"
    assert len(entries(row)) == 1
    assert Letter.objects.filter(kind="reversal_decided").count() == 1


def test_a_corrected_result_is_posted_as_an_entry_of_its_own(by: Member) -> None:
    row = taken_back(by)

    made = complete(row, by, mark="good")

    row.refresh_from_db()
    assert (row.state, row.reason, made.attempt) == ("credited", "", 2)
    assert entries(row)[2] == (36, "completion", f"application:{row.pk}/2")
    assert completion_of(row) == made
    assert list(completions_of(by.organisation)) == [made]
    assert faults() == []


def test_a_document_that_was_taken_back_is_not_entered_for_its_listener_again(by: Member) -> None:
    row = taken_back(by)

    with pytest.raises(ResultWrong) as caught:
        complete(row, by, number="772400123400")

    ((field, problem),) = caught.value.problems
    assert (field, type(problem)) == ("number", rules.DocumentTakenBack)
    assert "показано недействительным" in str(problem)
    assert complete(row, by).attempt == 2


def test_but_for_whom_it_was_issued_when_it_had_been_entered_for_another(by: Member) -> None:
    taken_back(by)
    run = a_run_of(by)
    namesake = enrolled(an_application(run), by, number="7-к")
    over(run)

    assert complete(namesake, by, number="772400123400").number == "772400123400"


def test_a_corrected_result_can_be_taken_back_too(by: Member) -> None:
    row = taken_back(by)
    complete(row, by)

    decide(proposed(row, by))
    complete(row, by)

    assert [origin for worth, _source, origin in entries(row) if worth > 0] == [
        f"application:{row.pk}",
        f"application:{row.pk}/2",
        f"application:{row.pk}/3",
    ]
    assert sum(worth for worth, *_rest in entries(row)) == 36


def test_a_corrected_result_sent_twice_is_posted_once(by: Member) -> None:
    row = taken_back(by)
    complete(row, by)

    with pytest.raises(rules.CompletedAlready):
        complete(row, by, number="772400123457")

    assert len(entries(row)) == 3


def test_who_has_applied_anew_gets_the_result_there(by: Member) -> None:
    row = taken_back(by)
    an_application(a_run(row.version), row.specialist)

    with pytest.raises(rules.AppliedAnew):
        complete(row, by)

    assert len(entries(row)) == 2


def test_nobody_decides_twice(by: Member) -> None:
    row = credited(by)
    proposal = proposed(row, by)
    decide(proposal)

    with pytest.raises(ProposalDecided):
        decide(proposal)

    assert len(entries(row)) == 2


def test_origins_name_their_application() -> None:
    row = Application(pk=7)

    assert (origin_of(row), origin_of(row, 2)) == ("application:7", "application:7/2")
    assert [
        application_id_of(origin) for origin in ("application:7", "application:7/2", "demo:x", "application:x")
    ] == [
        7,
        7,
        None,
        None,
    ]


@pytest.mark.django_db(transaction=True)
def test_of_two_colleagues_who_correct_a_result_at_once_one_posts() -> None:
    by = a_registrar()
    row = taken_back(by)

    outcomes = at_once(
        lambda: complete(row, by, number="772400123458"), lambda: complete(row, by, number="772400123459")
    )

    assert sorted(outcomes) == ["CompletedAlready", "done"]
    assert len(entries(row)) == 3
    assert Completion.objects.filter(taken_back_at=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_decision_and_a_result_at_once_leave_the_books_balanced() -> None:
    by = a_registrar()
    row = credited(by)
    proposal = proposed(row, by)

    def correct() -> object:
        return complete(row, by, number="772400123458")

    outcomes = at_once(lambda: decide(proposal), correct)

    assert outcomes[0] == "done"
    assert outcomes[1] in {"done", "CompletedAlready"}
    assert len(entries(row)) == (3 if outcomes[1] == "done" else 2)
    assert faults() == []


def entered_by_hand(claim: Claim, worth: int = 36, **names: int) -> LedgerEntry:
    """What two operators enter to settle a request."""
    credit = CreditByHand(title="Программа", part="programme", worth=worth, earned_on=timezone.localdate(), **names)
    proposal = propose_credit(
        claim_id=claim.pk,
        credit=credit,
        reason="Результат другого слушателя",
        by=an_operator(),
        facts=facts(),
        now=timezone.now(),
    )
    made = decide(proposal).result
    assert made is not None
    return made


def the_entry_is_wrong(entry: LedgerEntry) -> Claim:
    return dispute_entry(
        specialist=entry.specialist,
        entry_id=entry.pk,
        text="Баллы должны быть",
        form_key="e",
        facts=facts(),
        now=timezone.now(),
    )


def the_awaited_is_due(row: Application) -> Claim:
    return dispute_expectation(
        specialist=row.specialist,
        expectation_id=Expectation.objects.get().pk,
        text="Баллы должны быть",
        form_key="x",
        facts=facts(),
        now=timezone.now(),
    )


def test_a_corrected_result_waits_for_what_an_operator_entered_for_the_one_taken_back(by: Member) -> None:
    row = taken_back(by)
    first = LedgerEntry.objects.get(reverses=None)
    made = entered_by_hand(the_entry_is_wrong(first))
    assert made.version_id == first.version_id

    with pytest.raises(EnteredByHand):
        complete(row, by)

    assert balance_of(row.specialist) == 36
    assert faults() == []


def test_nor_does_it_matter_that_the_request_was_about_what_was_awaited(by: Member) -> None:
    run = a_run_of(by)
    row = enrolled(an_application(run), by, number=f"{run.pk}-к")
    over(run)
    claim = the_awaited_is_due(row)
    complete(row, by)
    decide(
        propose_reversal(
            entry_id=LedgerEntry.objects.get().pk,
            reason="Результат другого слушателя",
            by=an_operator(),
            facts=facts(),
            now=timezone.now(),
        )
    )
    entered_by_hand(claim)

    with pytest.raises(EnteredByHand):
        complete(row, by)

    assert balance_of(row.specialist) == 36


def test_nothing_is_entered_by_hand_beside_a_corrected_result(by: Member) -> None:
    row = taken_back(by)
    claim = the_entry_is_wrong(LedgerEntry.objects.get(reverses=None))
    complete(row, by)

    with pytest.raises(ArrivedAlready):
        entered_by_hand(claim)

    assert balance_of(row.specialist) == 36


def test_a_result_does_not_come_beside_what_was_entered_for_a_missing_credit(by: Member) -> None:
    run = a_run_of(by)
    row = enrolled(an_application(run), by, number=f"{run.pk}-к")
    over(run)
    awaited = Expectation.objects.get()
    made = entered_by_hand(missing_from(row), expectation_id=awaited.pk)

    with pytest.raises(EnteredByHand):
        complete(row, by)

    awaited.refresh_from_db()
    assert (awaited.state, awaited.entry) == ("arrived", made)
    assert balance_of(row.specialist) == 36
    assert faults() == []


def test_what_is_awaited_is_not_named_by_its_card(by: Member) -> None:
    run = a_run_of(by)
    row = enrolled(an_application(run), by, number=f"{run.pk}-к")

    with pytest.raises(SubjectIsAwaited):
        entered_by_hand(missing_from(row), item_id=run.item_id)


def test_what_was_awaited_has_arrived_as_the_corrected_result(by: Member) -> None:
    row = taken_back(by)

    complete(row, by)

    assert Expectation.objects.get().entry == LedgerEntry.objects.filter(reverses=None).latest("pk")


def missing_from(row: Application) -> Claim:
    return report_missing(
        specialist=row.specialist,
        missing=MissingCredit(part="programme", title="Программа", held_on=None, organisation_name="НМИЦ"),
        text="Училась, а баллов нет",
        form_key="m",
        facts=facts(),
        now=timezone.now(),
    )


def test_the_audit_sees_a_result_that_came_beside_what_was_entered_by_hand(by: Member) -> None:
    row = taken_back(by)
    first = LedgerEntry.objects.get(reverses=None)
    made = entered_by_hand(the_entry_is_wrong(first))
    assert faults() == []

    LedgerEntry.objects.create(
        specialist=row.specialist,
        credits=first.credits,
        part=first.part,
        source=first.source,
        origin=f"{first.origin}/2",
        item=first.item,
        version=first.version,
        organisation=first.organisation,
        earned_on=first.earned_on,
        posted_at=timezone.now(),
    )

    assert faults() == [f"two credits stand for one result of a programme: {made.pk}"]
