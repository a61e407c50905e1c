"""Closing: the list is fixed once, the credits go their way once, absence is explained and can be objected to."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.builders import a_specialist, an_operator, facts
from tests.credit_builders import code_in
from tests.item_builders import a_writer
from tests.nmfo.participation.builders import (
    DAY,
    HOUR,
    a_registrar,
    a_webinar,
    an_event,
    marked,
    over,
    signed_up,
    waiting,
)
from tests.nmfo.participation.test_noting import a_specialist_of, here, window
from tests.nmfo.participation.test_signing_up import at_once, letters, state_of

from foundation.audit.models import Entry
from foundation.mail.models import Letter
from nmfo.catalogue.models import Item, Version
from nmfo.credits.balancing import faults
from nmfo.credits.models import Allowance, CodeBatch, ConfirmationCode, Expectation, LedgerEntry
from nmfo.credits.operations.correcting import decide_proposal, propose_reversal
from nmfo.credits.operations.issuing import annul_codes, decide_batch, hand_out_codes, issue_codes, offering_of
from nmfo.credits.operations.posting import set_people
from nmfo.credits.operations.redeeming import redeem_code
from nmfo.credits.queries.ledger import balance_of
from nmfo.credits.rules.refusals import CodeAnnulled
from nmfo.organisations.models import Member
from nmfo.organisations.rules import NotAllowed
from nmfo.participation.models import Confirmed, Gathering, Objection, Registration
from nmfo.participation.operations import closing, coding, objecting
from nmfo.participation.queries import confirmed_of, open_objections_at, unclosed_events_of
from nmfo.participation.rules import (
    AttendanceClosed,
    AttendanceNotClosed,
    CodesUnused,
    CreditsComeAtOnce,
    EventNotOver,
    EventUnknown,
    EverybodyHasACode,
    NothingToObjectTo,
    NotTakingPart,
    ObjectionEmpty,
    ObjectionMade,
    ObjectionOver,
    ObjectionSettled,
    OwnPresence,
    ReasonMissing,
    StillSettling,
    WindowsMissing,
)

pytestmark = pytest.mark.django_db


def close(event: Version, by: Member, award: str = "credits", now: dt.datetime | None = None) -> Gathering:
    return closing.close_attendance(item_id=event.item_id, award=award, by=by, facts=facts(), now=now or over(event))


def one_there_one_not(**values: Any) -> tuple[Version, Member, Registration, Registration]:
    event = an_event(**values)
    by, there, away = a_registrar(event), signed_up(event), signed_up(event)
    marked(there, by)
    return event, by, there, away


def settle(event: Version) -> int:
    return closing.settle_event(event.item_id, now=over(event) + HOUR)


def test_who_was_there_is_fixed_and_gets_the_credits_of_the_card() -> None:
    event, by, there, away = one_there_one_not()

    close(event, by)
    assert settle(event) == 2
    assert settle(event) == 0

    assert [state_of(row) for row in (there, away)] == ["present", "absent"]
    assert [row.registration_id for row in confirmed_of(event.item)] == [there.pk]
    entry = LedgerEntry.objects.get()
    assert (entry.specialist_id, entry.credits, entry.source, entry.origin) == (
        there.specialist_id,
        3,
        "presence",
        f"registration:{there.pk}",
    )
    allowance = Allowance.objects.get()
    assert (allowance.offering, allowance.people, allowance.given) == (f"event:{event.item_id}", 1, 1)
    assert Gathering.objects.get().settled_at is not None
    assert ProcrastinateJob.objects.filter(task_name=closing.SETTLE).count() == 1


def test_who_was_not_there_is_told_why_and_until_when_to_object() -> None:
    event, by, _there, away = one_there_one_not()

    close(event, by)
    settle(event)

    expectation = Expectation.objects.get(specialist=away.specialist)
    assert expectation.state == "refused"
    assert expectation.why.startswith(
        "Вас не отметили в списке организатора. Последний день для возражения организатору:"
    )
    assert letters(away) == ["event_signed_up", "event_absent"]
    assert "Вас не отметили" in (Letter.objects.get(kind="event_absent").text or "")


def test_codes_are_awaited_from_the_organiser_for_thirty_days() -> None:
    event, by, there, _away = one_there_one_not()

    close(event, by, "codes")
    settle(event)

    awaited = Expectation.objects.get(specialist=there.specialist)
    assert (awaited.source, awaited.origin, awaited.state, awaited.holder) == (
        "code",
        f"registration:{there.pk}",
        "awaited",
        "organisation",
    )
    assert awaited.due_on == closing.last_day_of(event) + 30 * DAY
    assert not LedgerEntry.objects.exists()


def test_credits_are_awaited_from_the_end_of_the_event() -> None:
    event, by, there, away = one_there_one_not()

    assert closing.await_credits_of_ended(over(event) - 2 * HOUR) == 0
    assert closing.await_credits_of_ended(over(event)) == 2
    assert closing.await_credits_of_ended(over(event)) == 0
    assert {row.state for row in Expectation.objects.all()} == {"awaited"}
    close(event, by)  # the organiser gives credits at once: what was awaited as a code has come
    settle(event)

    assert Expectation.objects.get(specialist=there.specialist).state == "arrived"
    assert Expectation.objects.get(specialist=away.specialist).state == "refused"


def test_attendance_is_closed_once_after_the_end_by_who_may_and_took_no_part() -> None:
    event, by, _there, _away = one_there_one_not()
    own = signed_up(event, a_specialist_of(by))
    assert event.ends_at is not None

    with pytest.raises(EventNotOver):
        close(event, by, now=event.ends_at + dt.timedelta(minutes=4))
    with pytest.raises(OwnPresence):
        close(event, by)
    with pytest.raises(EventUnknown):
        close(event, a_writer("registrar"))
    with pytest.raises(NotAllowed):
        close(event, a_writer("teacher", organisation=event.item.organisation))
    colleague = a_registrar(event)
    close(event, colleague)
    with pytest.raises(AttendanceClosed):
        close(event, colleague)
    with pytest.raises(AttendanceClosed):
        marked(own, colleague, now=over(event))


def test_the_line_ends_with_the_closing_and_the_event_is_not_unclosed_any_more() -> None:
    event = an_event(seats=1)
    by, _seated, row = a_registrar(event), signed_up(event), waiting(event)
    organisation = event.item.organisation
    assert [one.pk for one in unclosed_events_of(organisation, over(event))] == [event.item_id]

    close(event, by)

    assert state_of(row) == "lapsed"
    assert list(unclosed_events_of(organisation, over(event))) == []


def test_five_of_seven_windows_give_no_credit_and_say_so() -> None:
    event = a_webinar()
    by, five, six = a_registrar(event), signed_up(event), signed_up(event)
    opened = [window(event, by, 10 + 20 * n) for n in range(7)]
    for one in opened[:5]:
        here(five, one.opens_at)
    for one in opened[:6]:
        here(six, one.opens_at)

    close(event, by)
    settle(event)

    assert [state_of(row) for row in (five, six)] == ["absent", "present"]
    why = Expectation.objects.get(specialist=five.specialist).why
    assert why.startswith("Подтверждено окон: 5 из 7, нужно 6. Последний день для возражения организатору:")


def test_a_webinar_without_a_window_cannot_be_closed_over_peoples_heads() -> None:
    event = a_webinar()
    signed_up(event)

    with pytest.raises(WindowsMissing):
        close(event, a_registrar(event))


def test_the_list_of_the_confirmed_never_changes() -> None:
    event, by, there, _away = one_there_one_not()
    close(event, by)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Confirmed.objects.all().delete()
    with pytest.raises(IntegrityError, match="participation_presence_is_confirmed_once"), transaction.atomic():
        Confirmed.objects.create(
            item=event.item,
            registration=there,
            specialist=there.specialist,
            version=event,
            by=by.account,
            at=over(event),
        )


def test_the_job_goes_on_where_it_died(monkeypatch: pytest.MonkeyPatch) -> None:
    event = an_event()
    by, rows = a_registrar(event), [signed_up(event) for _n in range(3)]
    for row in rows:
        marked(row, by)
    close(event, by)
    monkeypatch.setattr(closing, "CHUNK", 1)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        settle(event)
        raise KeyboardInterrupt
    assert not LedgerEntry.objects.exists()
    Registration.objects.filter(pk=rows[0].pk).update(settled_at=over(event))  # as if its entry were another job's

    assert settle(event) == 2
    assert LedgerEntry.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_closings_at_once_one_counts() -> None:
    event, by, _there, _away = one_there_one_not()

    troubles = at_once(*(lambda: close(event, by) for _n in range(3)))

    assert [type(trouble) for trouble in troubles] == [AttendanceClosed] * 2
    assert Confirmed.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_job_twice_at_once_gives_credits_once() -> None:
    event, by, _there, _away = one_there_one_not()
    close(event, by)

    troubles = at_once(*(lambda: settle(event) for _n in range(3)))

    assert troubles == []
    assert LedgerEntry.objects.count() == 1
    assert Allowance.objects.get().given == 1


def object_to(row: Registration, text: str = "Я была, меня видели", **changes: Any) -> Objection:
    given = {"specialist": row.specialist, "now": over(row.version) + DAY, **changes}
    return objecting.object_to_absence(registration_id=row.pk, text=text, facts=facts(), **given)


def decide(objection: Objection, by: Member, *, granted: bool, answer: str = "Нашли вас в записи") -> Objection:
    return objecting.decide_objection(
        objection_id=objection.pk,
        granted=granted,
        answer=answer,
        by=by,
        facts=facts(),
        now=objection.opened_at + HOUR,
    )


def test_a_granted_objection_adds_to_the_list_and_brings_the_credits() -> None:
    event, by, _there, away = one_there_one_not()
    close(event, by)
    settle(event)
    objection = object_to(away)
    assert list(open_objections_at(event.item.organisation)) == [objection]
    assert Letter.objects.get(kind="objection_made").account_id == by.account_id

    decide(objection, by, granted=True)
    settle(event)

    assert state_of(away) == "present"
    assert [row.registration_id for row in confirmed_of(event.item)][-1] == away.pk
    assert LedgerEntry.objects.get(specialist=away.specialist).credits == 3
    assert Allowance.objects.get().people == Allowance.objects.get().given == 2
    assert Expectation.objects.get(specialist=away.specialist).state == "arrived"
    assert letters(away)[-2:] == ["objection_decided", "credits_posted"]
    with pytest.raises(ObjectionSettled):
        decide(objection, by, granted=False)


def test_a_refused_objection_says_why_and_ends_there() -> None:
    event, by, _there, away = one_there_one_not()
    close(event, by)
    settle(event)
    objection = object_to(away)
    with pytest.raises(ReasonMissing):
        decide(objection, by, granted=False, answer=" ")

    decide(objection, by, granted=False, answer="Вас нет ни в одном списке")

    assert state_of(away) == "absent"
    assert "Вас нет ни в одном списке" in (Letter.objects.get(kind="objection_decided").text or "")
    with pytest.raises(ObjectionMade):
        object_to(away)
    assert Entry.objects.filter(action__startswith="objection.").count() == 2


def test_an_objection_is_ones_own_about_an_absence_within_ten_days_and_says_something() -> None:
    event, by, there, away = one_there_one_not()
    with pytest.raises(NothingToObjectTo):
        object_to(away)
    close(event, by)

    with pytest.raises(NothingToObjectTo):
        object_to(there)
    with pytest.raises(NotTakingPart):
        object_to(away, specialist=a_specialist())
    with pytest.raises(ObjectionEmpty):
        object_to(away, " ")
    with pytest.raises(ObjectionOver):
        object_to(away, now=over(event) + 11 * DAY)
    objection = object_to(away, now=over(event) + 10 * DAY)
    with pytest.raises(EventUnknown):
        decide(objection, a_writer("registrar"), granted=True)


def test_words_of_an_objection_are_sealed_in_the_table() -> None:
    event, by, _there, away = one_there_one_not()
    close(event, by)
    object_to(away, "Тайное слово")

    raw = Objection.objects.values_list("text", flat=True)[0]

    assert "Тайное" not in repr(raw)


def test_a_withdrawn_event_that_took_place_can_be_closed() -> None:
    event, by, there, _away = one_there_one_not()
    Item.objects.update(state="withdrawn", withdrawn_at=over(event), withdrawn_reason="Прошло")

    close(event, by)

    assert state_of(there) == "present"


def send(event: Version, by: Member, key: str = "k" * 20, **changes: Any) -> CodeBatch:
    given = {"now": over(event) + 2 * HOUR, "note": "Семинар, список у входа", **changes}
    until = given["now"].date() + 30 * DAY
    return coding.send_codes(item_id=event.item_id, valid_until_on=until, form_key=key, by=by, facts=facts(), **given)


def test_codes_go_to_those_on_the_list_and_to_nobody_twice() -> None:
    event, by, there, away = one_there_one_not()
    with pytest.raises(AttendanceNotClosed):
        send(event, by)
    close(event, by, "codes")
    with pytest.raises(StillSettling):
        send(event, by)
    settle(event)

    batch = send(event, by)
    again = send(event, by)
    with pytest.raises(EverybodyHasACode):
        send(event, by, "another form")
    hand_out_codes(batch.pk, over(event) + 3 * HOUR)

    assert batch.pk == again.pk
    assert (batch.people, batch.count, batch.over_allowance) == ([there.specialist_id], 1, False)
    awaited = Expectation.objects.get(specialist=there.specialist)
    assert (awaited.origin, awaited.holder, awaited.state) == (f"registration:{there.pk}", "specialist", "awaited")
    assert letters(there)[-1] == "confirmation_code"
    assert "confirmation_code" not in letters(away)


def test_whoever_objected_with_success_gets_a_code_of_their_own() -> None:
    event, by, _there, away = one_there_one_not()
    close(event, by, "codes")
    settle(event)
    send(event, by)
    decide(object_to(away), by, granted=True)
    settle(event)

    batch = send(event, by, "later", now=over(event) + 2 * DAY)

    assert batch.people == [away.specialist_id]
    assert not batch.over_allowance


def test_no_codes_where_credits_come_at_once() -> None:
    event, by, _there, _away = one_there_one_not()
    close(event, by)
    settle(event)

    with pytest.raises(CreditsComeAtOnce):
        send(event, by)
    with pytest.raises(EventUnknown):
        send(event, a_writer("registrar"))


def codes_for_anybody(event: Version, by: Member, count: int = 1, days: int = 0) -> CodeBatch:
    now = over(event) + days * DAY
    return issue_codes(
        item_id=event.item_id,
        count=count,
        valid_until_on=now.date() + 30 * DAY,
        note="Для тех, кто был в зале",
        form_key=f"anybody {event.item_id} {days}",
        by=by,
        facts=facts(),
        now=now,
    )


def approved(batch: CodeBatch) -> CodeBatch:
    return decide_batch(
        batch_id=batch.pk, approve=True, words="", by=an_operator(), facts=facts(), now=batch.created_at
    )


def taken_back(entry: LedgerEntry) -> None:
    given: dict[str, Any] = {"facts": facts(), "now": entry.posted_at}
    found = propose_reversal(entry_id=entry.pk, reason="Код выдан по ошибке", by=an_operator(), **given)
    decide_proposal(proposal_id=found.pk, approve=True, words="", by=an_operator(), **given)


def test_codes_issued_before_the_job_take_nobody_their_credits() -> None:
    event, by, there, _away = one_there_one_not()
    close(event, by)

    batch = codes_for_anybody(event, by)
    settle(event)

    assert (batch.state, batch.over_allowance) == ("waiting", True)
    assert LedgerEntry.objects.get().specialist_id == there.specialist_id
    assert Allowance.objects.values_list("people", "given").get() == (1, 1)


def test_codes_issued_after_a_granted_objection_take_nobody_their_credits() -> None:
    event, by, _there, away = one_there_one_not()
    close(event, by)
    settle(event)
    decide(object_to(away), by, granted=True)

    batch = codes_for_anybody(event, by, days=2)
    settle(event)

    assert batch.over_allowance
    assert LedgerEntry.objects.filter(specialist=away.specialist).exists()
    assert Allowance.objects.values_list("people", "given").get() == (2, 2)


def test_the_job_of_an_event_closed_before_takes_the_places_that_the_closing_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    event = an_event()
    by, rows = a_registrar(event), [signed_up(event) for _n in range(3)]
    for row in rows:
        marked(row, by)
    close(event, by)
    Allowance.objects.update(given=0, at_once=False)  # as the closing left it when the job took the places itself
    codes_for_anybody(event, by, count=2)
    monkeypatch.setattr(closing, "CHUNK", 1)
    closing._take_missing_places(event.item_id, over(event))
    assert closing._settle_some(event.item_id, over(event)) == 1

    assert settle(event) == 2

    assert LedgerEntry.objects.count() == 3
    assert Allowance.objects.values_list("people", "given").get() == (5, 5)


def test_who_has_a_code_of_the_event_already_leaves_no_place_behind() -> None:
    event, by, there, _away = one_there_one_not()
    text = code_in(approved(codes_for_anybody(event, by)))
    redeem_code(specialist=there.specialist, text=text, facts=facts(), now=over(event) + HOUR)

    close(event, by)
    settle(event)

    assert LedgerEntry.objects.get().source == "code"
    assert Allowance.objects.values_list("people", "given").get() == (1, 1)
    assert codes_for_anybody(event, by, days=1).over_allowance


@pytest.mark.parametrize("award", ["codes", "credits"])
def test_who_has_the_credits_already_waits_for_nothing_there_or_not(award: str) -> None:
    event, by, there, away = one_there_one_not()
    batch = approved(codes_for_anybody(event, by, count=2))
    for number, row in enumerate((there, away), 1):
        text = code_in(batch, number)
        redeem_code(specialist=row.specialist, text=text, facts=facts(), now=over(event) + HOUR)

    assert closing.await_credits_of_ended(over(event) + HOUR) == 0
    close(event, by, award)
    settle(event)

    assert not Expectation.objects.exists()
    assert "event_absent" not in letters(away)
    assert [entry.source for entry in LedgerEntry.objects.all()] == ["code"] * 2


def test_what_was_awaited_while_a_code_was_being_entered_is_not_awaited_for_ever() -> None:
    event, by, there, _away = one_there_one_not()
    text = code_in(approved(codes_for_anybody(event, by)))
    redeem_code(specialist=there.specialist, text=text, facts=facts(), now=over(event) + HOUR)
    closing.await_credits(event, there, "code", now=over(event) + HOUR)  # had looked before the code was entered
    there.save(update_fields=["expected_by"])

    close(event, by, "codes")
    settle(event)

    assert Expectation.objects.get(specialist=there.specialist).state == "arrived"


@pytest.mark.parametrize("awaited", [False, True])
@pytest.mark.parametrize("award", ["codes", "credits"])
def test_whose_first_credits_were_taken_back_is_credited_or_told_why_not(award: str, *, awaited: bool) -> None:
    event, by, there, away = one_there_one_not()
    batch = approved(codes_for_anybody(event, by, count=2))
    if awaited:
        closing.await_credits_of_ended(over(event) + HOUR)
    for number, row in enumerate((there, away), 1):
        text = code_in(batch, number)
        taken_back(redeem_code(specialist=row.specialist, text=text, facts=facts(), now=over(event) + HOUR))

    close(event, by, award)
    settle(event)

    mine = Expectation.objects.filter(specialist=there.specialist).exclude(state="withdrawn").values_list("state")
    assert list(mine) == ([("awaited",)] if award == "codes" else [("arrived",)] if awaited else [])
    assert balance_of(there.specialist) == (0 if award == "codes" else 3)
    assert Expectation.objects.get(specialist=away.specialist).state == "refused"
    assert "event_absent" in letters(away)
    if award == "codes":
        assert send(event, by).people == [there.specialist_id]
    assert faults() == []


def test_more_codes_than_confirmed_that_an_operator_approved_stay() -> None:
    event, by, _there, away = one_there_one_not()
    approved(codes_for_anybody(event, by, count=3))

    close(event, by, "codes")
    settle(event)
    decide(object_to(away), by, granted=True)
    settle(event)

    assert Confirmed.objects.count() == 2
    assert (Allowance.objects.get().given, LedgerEntry.objects.count()) == (3, 0)


def test_credits_do_not_come_at_once_while_codes_that_name_nobody_can_be_entered() -> None:
    event, by, there, _away = one_there_one_not()
    batch = approved(codes_for_anybody(event, by, count=2))

    with pytest.raises(CodesUnused, match="2"):
        close(event, by)
    assert Gathering.objects.get(item=event.item_id).closed_at is None

    annul(batch, by)
    close(event, by)
    settle(event)
    assert LedgerEntry.objects.get().specialist_id == there.specialist_id
    with pytest.raises(CodeAnnulled):
        redeem_code(specialist=a_specialist(), text=code_in(batch), facts=facts(), now=over(event) + HOUR)


def test_a_batch_that_waits_for_a_colleague_stops_credits_at_once_and_one_that_is_over_does_not() -> None:
    event, by, _there, _away = one_there_one_not()
    set_people(offering=offering_of(event.item_id), people=200, now=over(event))
    batch = codes_for_anybody(event, by, count=101)
    assert (batch.state, batch.over_allowance) == ("waiting", False)

    with pytest.raises(CodesUnused, match="101"):
        close(event, by)

    approved(batch)
    CodeBatch.objects.update(valid_until_on=over(event).date() - DAY)
    close(event, by)
    assert Gathering.objects.get(item=event.item_id).award == "credits"


def test_a_batch_over_the_allowance_that_waits_for_an_operator_stops_credits_at_once() -> None:
    event, by, there, _away = one_there_one_not()
    batch = codes_for_anybody(event, by, count=3)
    assert (batch.state, batch.over_allowance) == ("waiting", True)

    with pytest.raises(CodesUnused, match="3"):
        close(event, by)
    assert Gathering.objects.get(item=event.item_id).closed_at is None

    decide_batch(
        batch_id=batch.pk, approve=False, words="Людей было меньше", by=an_operator(), facts=facts(), now=over(event)
    )
    close(event, by)
    settle(event)
    assert LedgerEntry.objects.get().specialist_id == there.specialist_id
    allowance = Allowance.objects.get()
    assert (allowance.people, allowance.given, ConfirmationCode.objects.count()) == (1, 1, 0)


def test_places_of_codes_that_are_over_are_for_no_new_ones_beside_credits_at_once() -> None:
    event, by, there, _away = one_there_one_not()
    batch = approved(codes_for_anybody(event, by, count=5))
    CodeBatch.objects.update(valid_until_on=over(event).date() - DAY)
    close(event, by)
    settle(event)
    annul(batch, by)

    fresh = codes_for_anybody(event, by, count=5, days=2)

    assert (fresh.state, fresh.over_allowance, fresh.codes.count()) == ("waiting", True, 0)
    assert LedgerEntry.objects.get().specialist_id == there.specialist_id
    assert Allowance.objects.values_list("people", "given").get() == (6, 1)


def test_nor_where_nobody_was_there() -> None:
    event = an_event()
    by = a_registrar(event)
    signed_up(event)
    batch = approved(codes_for_anybody(event, by, count=5))
    CodeBatch.objects.update(valid_until_on=over(event).date() - DAY)
    close(event, by)
    annul(batch, by)

    assert codes_for_anybody(event, by, days=2).state == "waiting"


def annul(batch: CodeBatch, by: Member) -> None:
    annul_codes(batch_id=batch.pk, numbers=[], reason="Все в списке", by=by, facts=facts(), now=batch.created_at)


@pytest.mark.django_db(transaction=True)
def test_two_who_send_codes_at_once_issue_them_once() -> None:
    event, by, _there, _away = one_there_one_not()
    close(event, by, "codes")
    settle(event)

    troubles = at_once(*(lambda key=key: send(event, by, key) for key in ("one", "two", "three")))

    assert [type(trouble) for trouble in troubles] == [EverybodyHasACode] * 2
    assert ConfirmationCode.objects.count() == Allowance.objects.get().given == 1
