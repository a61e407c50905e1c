"""Batches of codes: no more than people, large ones by two, annulled, handed out by letter."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from tests.builders import a_member, a_specialist, an_operator, an_organisation, facts
from tests.credit_builders import a_batch, a_registrar, an_event, code_in
from tests.support.races import after_waiting

from foundation.audit.models import Entry as Trail
from foundation.db.refusals import violated_constraint
from foundation.mail.models import Letter
from nmfo.catalogue.models import Item
from nmfo.catalogue.rules.refusals import ItemUnknown, NotOfOperators
from nmfo.credits.models import Allowance, CodeBatch, ConfirmationCode, Expectation
from nmfo.credits.operations.issuing import (
    annul_codes,
    decide_batch,
    decide_batch_as_colleague,
    hand_out_codes,
    issue_codes,
    reveal_codes,
)
from nmfo.credits.rules.refusals import (
    BatchNotWaiting,
    CodeBeforeTheEvent,
    CountOutOfRange,
    EntryUnknown,
    EventNotHeld,
    NoteForOperatorMissing,
    NoteMissing,
    OwnCredit,
    ReasonMissing,
    SecondPersonNeeded,
    TermOutOfRange,
)
from nmfo.credits.rules.words import BatchState, Holder
from nmfo.organisations.models import Member
from nmfo.organisations.rules import NotAllowed, StaffRole

pytestmark = pytest.mark.django_db


def test_codes_are_issued_for_the_confirmed_people_and_taken_out_of_the_allowance() -> None:
    event = an_event()

    batch = a_batch(event, count=3, confirmed=5)

    assert (batch.state, batch.codes.count()) == (BatchState.ISSUED, 3)
    assert Allowance.objects.get().given == 3
    assert Trail.objects.filter(action="codes.issued", subject_id=batch.pk).count() == 1


def test_the_same_form_again_gives_the_batch_it_made() -> None:
    event = an_event()
    clerk = a_registrar(event.item.organisation)

    first = a_batch(event, by=clerk, count=2, form_key="a")
    second = a_batch(event, by=clerk, count=2, form_key="a")

    assert first.pk == second.pk
    assert ConfirmationCode.objects.count() == 2


def test_more_codes_than_people_wait_for_an_operator() -> None:
    event = an_event()

    batch = a_batch(event, count=4, confirmed=3)

    assert (batch.state, batch.over_allowance, batch.codes.count()) == (BatchState.WAITING, True, 0)
    assert Allowance.objects.get().given == 0


def test_an_operator_lets_more_codes_be_issued_and_the_allowance_grows() -> None:
    batch, operator = a_batch(count=4, confirmed=3), an_operator()

    decide_batch(batch_id=batch.pk, approve=True, words="", by=operator, facts=facts(), now=timezone.now())

    assert CodeBatch.objects.get().state == BatchState.ISSUED
    assert ConfirmationCode.objects.count() == 4
    assert Allowance.objects.values_list("people", "given").get() == (4, 4)


def test_a_refused_batch_says_why_and_gives_the_people_back() -> None:
    batch, operator = a_batch(count=120, confirmed=150), an_operator()
    assert (batch.state, batch.over_allowance) == (BatchState.WAITING, False)
    assert Allowance.objects.get().given == 120

    with pytest.raises(ReasonMissing):
        decide_batch(batch_id=batch.pk, approve=False, words="", by=operator, facts=facts(), now=timezone.now())
    decide_batch(
        batch_id=batch.pk,
        approve=False,
        words="В протоколе другое число людей",
        by=operator,
        facts=facts(),
        now=timezone.now(),
    )

    assert (CodeBatch.objects.get().state, ConfirmationCode.objects.count()) == (BatchState.REFUSED, 0)
    assert Allowance.objects.get().given == 0
    with pytest.raises(BatchNotWaiting):
        decide_batch(batch_id=batch.pk, approve=True, words="", by=operator, facts=facts(), now=timezone.now())


def test_a_large_batch_takes_a_second_person_of_the_organisation() -> None:
    event = an_event()
    clerk, colleague = a_registrar(event.item.organisation), a_registrar(event.item.organisation)
    batch = a_batch(event, by=clerk, count=101, confirmed=200)
    given = {"batch_id": batch.pk, "approve": True, "words": "", "facts": facts(), "now": timezone.now()}

    with pytest.raises(SecondPersonNeeded):
        decide_batch_as_colleague(by=clerk, **given)  # type: ignore[arg-type]
    stranger = a_registrar(an_organisation())
    with pytest.raises(EntryUnknown):
        decide_batch_as_colleague(by=stranger, **given)  # type: ignore[arg-type]
    decide_batch_as_colleague(by=colleague, **given)  # type: ignore[arg-type]

    assert ConfirmationCode.objects.count() == 101


def test_a_large_batch_cut_into_pieces_takes_a_second_person_as_well() -> None:
    event = an_event()
    clerk, colleague = a_registrar(event.item.organisation), a_registrar(event.item.organisation)
    first = a_batch(event, by=clerk, count=60, confirmed=500)
    assert a_batch(event, by=clerk, count=40, confirmed=500).state == BatchState.ISSUED

    waits = a_batch(event, by=colleague, count=1, confirmed=500)

    assert (waits.state, waits.over_allowance) == (BatchState.WAITING, False)
    given = {"approve": True, "words": "", "by": clerk, "facts": facts(), "now": timezone.now()}
    decide_batch_as_colleague(batch_id=waits.pk, **given)  # type: ignore[arg-type]
    annul_codes(batch_id=first.pk, numbers=[1], reason="Листы испорчены", by=clerk, facts=facts(), now=timezone.now())
    assert (
        a_batch(event, by=clerk, count=1, confirmed=500).state == BatchState.ISSUED
    )  # in the place of an annulled one
    assert a_batch(an_event(event.item.organisation), by=clerk, count=100, confirmed=500).state == BatchState.ISSUED


def test_what_is_over_the_allowance_is_not_for_a_colleague() -> None:
    event = an_event()
    batch = a_batch(event, count=2, confirmed=1)

    with pytest.raises(EntryUnknown):
        decide_batch_as_colleague(
            batch_id=batch.pk,
            approve=True,
            words="",
            by=a_registrar(event.item.organisation),
            facts=facts(),
            now=timezone.now(),
        )


def test_only_operators_decide_for_the_portal() -> None:
    batch = a_batch(count=2, confirmed=1)

    with pytest.raises(NotOfOperators):
        decide_batch(
            batch_id=batch.pk, approve=True, words="", by=a_specialist().account, facts=facts(), now=timezone.now()
        )


def test_codes_come_after_the_event() -> None:
    tomorrow = timezone.now() + dt.timedelta(days=1)
    event = an_event(begins_at=tomorrow, ends_at=tomorrow + dt.timedelta(hours=3))

    with pytest.raises(CodeBeforeTheEvent):
        a_batch(event)


def test_an_event_that_was_withdrawn_before_its_end_gives_no_codes() -> None:
    event = an_event()
    assert event.ends_at is not None
    given = {"state": "withdrawn", "withdrawn_reason": "Болен лектор"}

    Item.objects.update(withdrawn_at=event.ends_at - dt.timedelta(days=2), **given)
    with pytest.raises(EventNotHeld):
        a_batch(event, confirmed=0)
    Item.objects.update(withdrawn_at=event.ends_at + dt.timedelta(hours=1), **given)

    assert a_batch(event, confirmed=0).state == BatchState.WAITING


@pytest.mark.parametrize("count", [0, -1, 5001])
def test_a_batch_has_a_sensible_number_of_codes(count: int) -> None:
    with pytest.raises(CountOutOfRange):
        a_batch(count=count)


@pytest.mark.parametrize("days", [-1, 367])
def test_the_last_day_is_neither_past_nor_far(days: int) -> None:
    with pytest.raises(TermOutOfRange):
        a_batch(valid_until_on=timezone.localdate() + dt.timedelta(days=days))


def test_a_batch_that_waits_says_what_for() -> None:
    with pytest.raises(NoteForOperatorMissing):
        a_batch(count=2, confirmed=1, note=" ")
    with pytest.raises(NoteMissing, match="два человека"):
        a_batch(count=101, confirmed=200, note=" ")


def test_nobody_issues_a_code_to_themselves() -> None:
    event, clerk = an_event(), a_specialist()
    member = Member.objects.create(
        organisation=event.item.organisation, account=clerk.account, roles=["registrar"], joined_at=timezone.now()
    )

    with pytest.raises(OwnCredit):
        a_batch(event, by=member, people=[clerk])


def test_teachers_and_strangers_issue_nothing() -> None:
    event = an_event()
    teacher = Member.objects.get(account=a_member(event.item.organisation, StaffRole.TEACHER))

    with pytest.raises(NotAllowed):
        a_batch(event, by=teacher)
    with pytest.raises(ItemUnknown):
        a_batch(event, by=a_registrar(an_organisation()))


def test_unused_codes_are_annulled_and_used_ones_are_not() -> None:
    event = an_event()
    clerk = a_registrar(event.item.organisation)
    batch = a_batch(event, by=clerk, count=3, confirmed=3)
    ConfirmationCode.objects.filter(number=1).update(
        state="activated", activated_at=timezone.now(), activated_by=a_specialist()
    )

    gone = annul_codes(
        batch_id=batch.pk, numbers=[1, 2], reason="Человек не пришёл", by=clerk, facts=facts(), now=timezone.now()
    )

    assert (gone.count, gone.entered, gone.before, gone.unknown) == (1, [1], [], [])
    assert list(batch.codes.order_by("number").values_list("state", flat=True)) == ["activated", "annulled", "issued"]
    assert Allowance.objects.get().given == 2


def test_codes_are_shown_to_their_organisation_and_each_look_is_recorded() -> None:
    event = an_event()
    clerk = a_registrar(event.item.organisation)
    batch = a_batch(event, by=clerk, count=2)

    found = reveal_codes(batch_id=batch.pk, what="print", by=clerk, facts=facts())

    assert [(one.number, one.code, one.person) for one in found] == [
        (1, code_in(batch, 1), None),
        (2, code_in(batch, 2), None),
    ]
    assert Trail.objects.filter(action="codes.looked_at", actor_id=clerk.account_id, after__what="print").count() == 1
    with pytest.raises(EntryUnknown):
        reveal_codes(batch_id=batch.pk, what="print", by=a_registrar(an_organisation()), facts=facts())


def test_a_bound_code_comes_by_letter_once_and_the_credit_waits_for_its_person() -> None:
    doctor = a_specialist()
    batch = a_batch(people=[doctor])

    assert hand_out_codes(batch.pk, timezone.now()) == 1
    assert hand_out_codes(batch.pk, timezone.now()) == 0

    letter = Letter.objects.get(kind="confirmation_code")
    assert code_in(batch) in (letter.text or "")
    assert f"/specialist/codes/#{code_in(batch)}" in (letter.text or "")
    awaited = Expectation.objects.get()
    assert (awaited.holder, awaited.due_on, awaited.credits) == (Holder.SPECIALIST, batch.valid_until_on, 3)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"count": 0}, "credits_batches_have_codes"),
        ({"state": "lost"}, "credits_batch_state_is_known"),
        ({"count": 101}, "credits_large_batches_take_two_people"),
        ({"over_allowance": True}, "credits_large_batches_take_two_people"),
        ({"bound": True}, "credits_bound_batches_name_their_people"),
        ({"state": "refused"}, "credits_refused_batches_say_why"),
        ({"decided_at": timezone.now()}, "credits_decided_batches_say_who_and_when"),
    ],
)
def test_the_table_takes_no_batch_that_breaks_the_law(values: dict[str, object], constraint: str) -> None:
    batch = a_batch()
    batch.pk, batch.form_key = None, "another"
    for name, value in values.items():
        setattr(batch, name, value)

    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        batch.save(force_insert=True)

    assert violated_constraint(caught.value) == constraint


@pytest.mark.django_db(transaction=True)
def test_of_two_that_issue_at_once_one_is_over_the_allowance() -> None:
    event = an_event()
    clerks = [a_registrar(event.item.organisation) for _number in range(2)]
    a_batch(event, by=clerks[0], count=1, confirmed=4)
    gate = threading.Barrier(2)
    states: list[str] = []

    def one(clerk: Member) -> None:
        try:
            gate.wait()
            batch = issue_codes(
                item_id=event.item_id,
                count=3,
                valid_until_on=timezone.localdate(),
                note="Все участники",
                form_key=f"f{clerk.pk}",
                by=clerk,
                facts=None,
                now=timezone.now(),
            )
            states.append(batch.state)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=[clerk]) for clerk in clerks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(states) == ["issued", "waiting"]
    assert Allowance.objects.values_list("people", "given").get() == (4, 4)


@pytest.mark.django_db(transaction=True)
def test_two_jobs_that_hand_out_one_batch_at_once_hand_out_each_code_once() -> None:
    batch = a_batch(people=[a_specialist()])
    first, second = (timezone.now() + dt.timedelta(minutes=minutes) for minutes in (1, 2))

    answers = after_waiting(
        ConfirmationCode.objects.filter(batch=batch),
        lambda: hand_out_codes(batch.pk, first),
        lambda: hand_out_codes(batch.pk, second),
    )

    assert sorted(map(str, answers)) == ["0", "1"]
    assert Letter.objects.filter(kind="confirmation_code").count() == 1
    assert Expectation.objects.get().steps.count() == 1
