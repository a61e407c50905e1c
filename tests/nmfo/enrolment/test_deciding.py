"""An organisation decides: one by one, by colleagues at the same time, by an order for a group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from tests.builders import a_specialist, facts
from tests.enrolment_builders import (
    DAY,
    a_draft_application,
    a_registrar,
    a_run_of,
    accepted,
    an_application,
    confirmed,
    enrolled,
    over,
)

from foundation.audit.models import Entry
from foundation.mail.models import Letter
from nmfo.catalogue.models import Run
from nmfo.enrolment import rules
from nmfo.enrolment.models import Application, EnrolmentOrder, Message
from nmfo.enrolment.operations import deciding
from nmfo.enrolment.queries import counts_of_tabs, inbox_of, steps_of
from nmfo.enrolment.rules import State
from nmfo.organisations.models import Member
from nmfo.organisations.rules import NotAllowed
from nmfo.specialists.models import Specialist

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(db: None) -> Member:
    return a_registrar()


def state(row: Application) -> str:
    return Application.objects.values_list("state", flat=True).get(pk=row.pk)


def taken(run: Run) -> int:
    return Run.objects.values_list("taken", flat=True).get(pk=run.pk)


def given(row: Application, by: Member, **changes: Any) -> dict[str, Any]:
    return {"application_id": row.pk, "seen": None, "by": by, "facts": facts(), "now": timezone.now(), **changes}


@pytest.mark.parametrize(("days", "due"), [(30, (5, 7, 10)), (6, (5, 5, 5)), (1, (0, 0, 0))])
def test_terms_are_over_before_the_learning_begins(by: Member, days: int, due: tuple[int, ...]) -> None:
    today = timezone.localdate()
    run = a_run_of(by, begins_on=today + days * DAY, ends_on=today + 60 * DAY, apply_until_on=today)
    sent, returned, approved = (an_application(run) for _one in due)

    deciding.return_application(**given(returned, by), asks="", text="Уточните специальность.")
    approved = deciding.accept_application(**given(approved, by))
    returned.refresh_from_db()

    assert [row.due_on for row in (sent, returned, approved)] == [today + n * DAY for n in due]


def test_the_whole_way_to_the_order_with_terms_and_letters(by: Member) -> None:
    run = a_run_of(by)
    row = an_application(run)

    dues = [
        deciding.take_into_work(**given(row, by)).due_on,
        deciding.accept_application(**given(row, by)).due_on,
        deciding.confirm_basis(**given(row, by), number=" Д  118 ", on=None).due_on,
    ]
    done = deciding.enrol_group(
        run_id=run.pk,
        chosen=[(row.pk, 4)],
        number="118-к",
        issued_on=timezone.localdate(),
        by=by,
        facts=facts(),
        now=timezone.now(),
    )

    today = timezone.localdate()
    assert dues == [today + 5 * DAY, today + 10 * DAY, run.begins_on]
    row.refresh_from_db()
    assert (row.state, row.basis_number, row.order, row.due_on) == (
        "enrolled",
        "Д 118",
        done.order,
        run.ends_on + 30 * DAY,
    )
    assert list(
        Letter.objects.filter(account_id=row.specialist.account_id, kind__startswith="enrolment")
        .order_by("pk")
        .values_list("kind", flat=True)
    ) == [
        "enrolment_received",
        "enrolment_approved",
        "enrolment_enrolled",
    ]
    assert [one.state for one in steps_of(row)] == ["enrolled", "confirmed", "approved", "review", "submitted"]


def test_a_refusal_needs_a_reason_which_the_letter_and_the_history_tell(by: Member) -> None:
    run = a_run_of(by)
    row = an_application(run)
    with pytest.raises(rules.ReasonMissing):
        deciding.refuse_application(**given(row, by), reason="  ")

    deciding.refuse_application(**given(row, by), reason="Нет [диплома](https://evil.example)")

    text = Letter.objects.get(kind="enrolment_refused").text or ""
    assert "Нет (диплома)(https://evil.example)" in text
    said = steps_of(row)[0].said
    assert said is not None
    assert said.text == "Нет [диплома](https://evil.example)"
    assert taken(run) == 0


def test_returning_asks_for_a_document_and_gives_a_term(by: Member) -> None:
    row = an_application(a_run_of(by))

    deciding.return_application(**given(row, by), asks="diploma", text="Нет копии диплома")

    row.refresh_from_db()
    message = Message.objects.get()
    assert (row.state, row.due_on, message.asks, message.text) == (
        "returned",
        timezone.localdate() + 7 * DAY,
        "diploma",
        "Нет копии диплома",
    )


def test_a_row_that_a_colleague_has_changed_meanwhile_is_refused(by: Member) -> None:
    row = an_application(a_run_of(by))
    deciding.take_into_work(**given(row, by, seen=row.revision))

    with pytest.raises(rules.ChangedMeanwhile):
        deciding.accept_application(**given(row, by, seen=row.revision))

    assert state(row) == "review"


def test_nobody_decides_about_their_own_application_whatever_account_they_use(by: Member) -> None:
    listener = Specialist.objects.create(account=by.account, created_at=timezone.now())
    row = an_application(a_run_of(by))
    Application.objects.filter(pk=row.pk).update(specialist=listener)

    with pytest.raises(rules.OwnApplication):
        deciding.accept_application(**given(row, by))

    assert state(row) == "submitted"


@pytest.mark.parametrize("role", ["methodist", "teacher"])
def test_roles_without_the_right_see_and_decide_nothing(role: str) -> None:
    by = a_registrar()
    row = an_application(a_run_of(by))
    Member.objects.filter(pk=by.pk).update(roles=[role])
    by.refresh_from_db()

    for attempt in _attempts(row, by):
        with pytest.raises(NotAllowed):
            attempt()


def test_another_organisation_finds_nothing_and_changes_nothing(by: Member) -> None:
    run = a_run_of(by)
    row, stranger = an_application(run), a_registrar()

    for attempt in _attempts(row, stranger)[2:]:
        with pytest.raises(deciding.ApplicationStrange):
            attempt()

    assert deciding.application_seen_by(stranger, pk=row.pk, facts=facts()) is None
    assert not inbox_of(stranger.organisation, tab="new").exists()
    assert not inbox_of(stranger.organisation, tab="new", query=row.number).exists()
    assert not any(counts_of_tabs(stranger.organisation).values())
    assert state(row) == "submitted"


def _attempts(row: Application, by: Member) -> list[Callable[[], object]]:
    common, today = given(row, by), timezone.localdate()
    return [
        lambda: deciding.application_seen_by(by, pk=row.pk, facts=facts()),
        lambda: deciding.document_seen_by(by, application_id=row.pk, document_id=1, facts=facts()),
        lambda: deciding.take_into_work(**common),
        lambda: deciding.accept_application(**common),
        lambda: deciding.return_application(**common, asks="", text="x"),
        lambda: deciding.refuse_application(**common, reason="x"),
        lambda: deciding.confirm_basis(**common, number="1", on=None),
        lambda: deciding.expel_listener(**common, reason="x"),
        lambda: deciding.write_to_listener(application_id=row.pk, text="x", by=by, facts=facts(), now=timezone.now()),
        lambda: deciding.enrol_group(
            run_id=row.run_id,
            chosen=[(row.pk, None)],
            number="1",
            issued_on=today,
            by=by,
            facts=facts(),
            now=timezone.now(),
        ),
    ]


def test_a_draft_is_not_there_for_the_organisation(by: Member) -> None:
    row = a_draft_application(a_run_of(by))

    assert deciding.application_seen_by(by, pk=row.pk, facts=facts()) is None
    assert not any(counts_of_tabs(by.organisation).values())


def test_an_order_enrols_those_who_are_ready_and_names_the_others(by: Member) -> None:
    run = a_run_of(by)
    ready, changed, early = (an_application(run) for _one in range(3))
    confirmed(ready, by)
    confirmed(changed, by)
    strange = an_application(a_run_of(by))

    done = deciding.enrol_group(
        run_id=run.pk,
        chosen=[(ready.pk, 3), (changed.pk, 1), (early.pk, None), (strange.pk, None)],
        number="118-к",
        issued_on=timezone.localdate(),
        by=by,
        facts=facts(),
        now=timezone.now(),
    )

    assert [row.pk for row in done.applications] == [ready.pk]
    assert [(left.application.pk, left.why) for left in done.left] == [
        (changed.pk, str(rules.ChangedMeanwhile())),
        (early.pk, str(rules.StepMoved(state=State.SUBMITTED.label))),
    ]
    assert [state(row) for row in (ready, changed, early, strange)] == [
        "enrolled",
        "confirmed",
        "submitted",
        "submitted",
    ]


def test_an_order_pressed_twice_enrols_nobody_twice(by: Member) -> None:
    run = a_run_of(by)
    row = enrolled(an_application(run), by)

    with pytest.raises(rules.NobodyChosen):
        deciding.enrol_group(
            run_id=run.pk,
            chosen=[(row.pk, None)],
            number="118-к",
            issued_on=timezone.localdate(),
            by=by,
            facts=facts(),
            now=timezone.now(),
        )

    assert EnrolmentOrder.objects.count() == 1
    assert Letter.objects.filter(kind="enrolment_enrolled").count() == 1


def test_a_number_and_date_of_an_order_belong_to_one_run(by: Member) -> None:
    enrolled(an_application(a_run_of(by)), by)
    row = confirmed(an_application(a_run_of(by)), by)

    with pytest.raises(rules.OrderTaken):
        deciding.enrol_group(
            run_id=row.run_id,
            chosen=[(row.pk, None)],
            number="118-к",
            issued_on=timezone.localdate(),
            by=by,
            facts=facts(),
            now=timezone.now(),
        )

    assert state(row) == "confirmed"


def test_an_order_after_the_run_says_why_and_the_trail_keeps_it(by: Member) -> None:
    row = confirmed(an_application(a_run_of(by)), by)
    Application.objects.filter(pk=row.pk).update(submitted_at=timezone.now() - 20 * DAY)
    run = over(row.run)
    order: dict[str, Any] = {"number": "118-к", "issued_on": run.begins_on, "by": by, "facts": facts()}
    order |= {"run_id": run.pk, "chosen": [(row.pk, None)], "now": timezone.now()}

    with pytest.raises(rules.LateOrderReasonMissing):
        deciding.enrol_group(**order, reason="  ")
    assert not EnrolmentOrder.objects.exists()

    deciding.enrol_group(**order, reason="Приказ  нашёлся при сверке")
    told = Entry.objects.get(action="enrolment.enrolled", subject_id=row.pk)
    assert told.reason == "Приказ нашёлся при сверке"


def test_an_order_dated_before_the_application_is_refused(by: Member) -> None:
    row = confirmed(an_application(a_run_of(by)), by)

    with pytest.raises(rules.OrderTooEarly):
        deciding.enrol_group(
            run_id=row.run_id,
            chosen=[(row.pk, None)],
            number="118-к",
            issued_on=timezone.localdate() - DAY,
            by=by,
            facts=facts(),
            now=timezone.now(),
        )

    assert not EnrolmentOrder.objects.exists()


def test_each_look_is_recorded_by_what_was_looked_at(by: Member) -> None:
    row = an_application(a_run_of(by))

    deciding.application_seen_by(by, pk=row.pk, facts=facts())
    deciding.list_seen_by(by, [row], facts=facts())

    looks = Entry.objects.filter(
        action="enrolment.looked_at", subject="enrolment", subject_id=row.pk, actor_id=by.account_id
    )
    assert [one.after for one in looks.order_by("pk")] == [{"what": "card"}, {"what": "list"}]


def test_the_inbox_finds_by_surname_snils_and_number(by: Member) -> None:
    run = a_run_of(by)
    person = a_specialist(surname="Ёлкина")
    row, other = an_application(run, person), an_application(run)
    accepted(row, by)

    for query in (
        "елк",
        "Ёлкина",
        person.account.snils,
        f"{person.account.snils[:3]}-{person.account.snils[3:6]}-{person.account.snils[6:9]} {person.account.snils[9:]}",
        row.number,
        row.number[5:],
    ):
        assert list(inbox_of(by.organisation, tab="new", query=query)) == [row], query
    assert list(inbox_of(by.organisation, tab="new")) == [other]
    assert counts_of_tabs(by.organisation) == {
        "new": 1,
        "returned": 0,
        "waiting": 0,
        "basis": 1,
        "enrolled": 0,
        "done": 0,
        "closed": 0,
    }


def test_a_message_reaches_the_listener_by_letter(by: Member) -> None:
    row = an_application(a_run_of(by))

    deciding.write_to_listener(application_id=row.pk, text="Ждём оригинал", by=by, facts=facts(), now=timezone.now())

    assert "Ждём оригинал" in (Letter.objects.get(kind="enrolment_message").text or "")
    with pytest.raises(rules.TextMissing):
        deciding.write_to_listener(application_id=row.pk, text=" ", by=by, facts=facts(), now=timezone.now())
