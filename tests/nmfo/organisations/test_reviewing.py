"""The operator's side of an application."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from tests.applicants import (
    a_submitted,
    approve,
    in_review,
    opened,
    refused,
    remark_on,
    resubmit,
    returned,
)
from tests.builders import an_operator, an_organisation, facts
from tests.nmfo.organisations.test_applying import at_once

from foundation.audit.models import Entry
from foundation.mail.models import Letter
from nmfo.organisations.models import CabinetApplication, Invitation, Organisation
from nmfo.organisations.operations import applying, reviewing
from nmfo.organisations.queries import application_by_token, find_applications, number_typed, open_remarks_of
from nmfo.organisations.rules import (
    APPLICATION_MOVES,
    ApplicationState,
    CabinetExists,
    ChangedElsewhere,
    FieldUnknown,
    OriginalsOutOfOrder,
    ReasonMissing,
    RemarkMissing,
    StateMoved,
)


@pytest.mark.django_db(transaction=True)
def test_of_two_operators_who_take_it_at_once_one_has_it() -> None:
    row, _token = a_submitted()
    operators = [an_operator(), an_operator()]

    answers = at_once(
        *[
            lambda by=by: reviewing.take_application(application_id=row.pk, by=by, facts=facts(), now=timezone.now())
            for by in operators
        ]
    )

    assert sorted(type(answer).__name__ for answer in answers) == ["CabinetApplication", "StateMoved"]


@pytest.mark.django_db(transaction=True)
def test_of_a_refusal_and_an_approval_at_once_one_holds() -> None:
    first, second, third = an_operator(), an_operator(), an_operator()
    row, _token = in_review(first)
    row = approve(row, first)

    answers = at_once(
        lambda: reviewing.approve_application(
            application_id=row.pk, revision=row.revision, by=second, facts=facts(), now=timezone.now()
        ),
        lambda: reviewing.refuse_application(
            application_id=row.pk, revision=row.revision, reason="Нет", by=third, facts=facts(), now=timezone.now()
        ),
    )

    assert sorted(type(answer).__name__ for answer in answers) == ["CabinetApplication", "StateMoved"]
    row.refresh_from_db()
    assert Organisation.objects.count() == (1 if row.state == "opened" else 0)


@pytest.mark.django_db
def test_remarks_go_together_when_the_application_is_returned_and_questions_at_once() -> None:
    operator = an_operator()
    row, _token = in_review(operator)
    remark_on(row, operator, "inn", "Не тот номер")
    remark_on(row, operator, "licence", "Нет второй страницы")
    assert not Letter.objects.filter(kind="application_returned").exists()
    reviewing.ask_applicant(
        application_id=row.pk, field="", text="Есть ли филиалы?", by=operator, facts=facts(), now=timezone.now()
    )
    assert "Есть ли филиалы?" in str(Letter.objects.get(kind="application_question").text)
    row.refresh_from_db()

    reviewing.return_application(
        application_id=row.pk, revision=row.revision, by=operator, facts=facts(), now=timezone.now()
    )

    text = str(Letter.objects.get(kind="application_returned").text)
    assert "1. ИНН: Не тот номер" in text
    assert "2. Лицензия на образовательную деятельность: Нет второй страницы" in text
    assert "2 замечания" in text


@pytest.mark.django_db
def test_nothing_is_returned_without_a_remark_or_remarked_at_a_field_that_is_not_there() -> None:
    operator = an_operator()
    row, _token = in_review(operator)

    with pytest.raises(RemarkMissing):
        reviewing.return_application(
            application_id=row.pk, revision=row.revision, by=operator, facts=facts(), now=timezone.now()
        )
    with pytest.raises(FieldUnknown):
        remark_on(row, operator, "password")


@pytest.mark.django_db
def test_a_return_voids_the_first_approval() -> None:
    operator = an_operator()
    row, _token = in_review(operator)
    approve(row, operator)
    remark_on(row, operator)
    row.refresh_from_db()

    back = reviewing.return_application(
        application_id=row.pk, revision=row.revision, by=operator, facts=facts(), now=timezone.now()
    )

    assert (back.approved_by, back.approved_at) == (None, None)


@pytest.mark.django_db
def test_nobody_approves_what_has_changed_since_they_looked() -> None:
    operator, other = an_operator(), an_operator()
    row, _token = in_review(operator)
    looked_at = row.revision
    remark_on(row, operator)
    row.refresh_from_db()
    reviewing.return_application(
        application_id=row.pk, revision=row.revision, by=operator, facts=facts(), now=timezone.now()
    )
    resubmit(row)
    reviewing.take_application(application_id=row.pk, by=other, facts=facts(), now=timezone.now())

    with pytest.raises(ChangedElsewhere):
        reviewing.approve_application(
            application_id=row.pk, revision=looked_at, by=other, facts=facts(), now=timezone.now()
        )


@pytest.mark.django_db
def test_the_second_approval_opens_the_cabinet_and_invites_the_responsible_person() -> None:
    row, _token = opened()

    organisation = Organisation.objects.get()
    assert (organisation.inn, organisation.short_name, organisation.region_id) == (row.inn, row.short_name, "77")
    assert row.organisation == organisation
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.roles, invitation.invited_by) == (row.person_email, ["owner"], None)
    assert invitation.expires_at - invitation.created_at == dt.timedelta(hours=72)
    letter = Letter.objects.get(kind="cabinet_opened")
    assert letter.subject == "Кабинет организации открыт"
    assert letter.to == row.person_email


@pytest.mark.django_db
def test_an_inn_that_got_a_cabinet_meanwhile_is_not_opened_twice() -> None:
    row, _token = in_review()
    approve(row, an_operator())
    an_organisation(inn=row.inn)

    with pytest.raises(CabinetExists):
        approve(row, an_operator())

    row.refresh_from_db()
    assert row.state == "review"


@pytest.mark.django_db
def test_a_refusal_needs_a_reason_and_tells_it() -> None:
    operator = an_operator()
    row, _token = in_review(operator)
    with pytest.raises(ReasonMissing):
        reviewing.refuse_application(
            application_id=row.pk, revision=row.revision, reason=" \n", by=operator, facts=facts(), now=timezone.now()
        )

    done, token = refused("Лицензия выдана другой организации")

    letter = Letter.objects.get(kind="application_refused")
    assert "Лицензия выдана другой организации" in str(letter.text)
    assert application_by_token(token, timezone.now()) == done
    assert application_by_token(letter.secret("link"), timezone.now()) == done


@pytest.mark.django_db
def test_originals_are_checked_after_they_have_come() -> None:
    operator, today = an_operator(), timezone.localdate()
    row, _token = a_submitted()

    def note(*, checked: bool, on: dt.date) -> CabinetApplication:
        return reviewing.note_originals(
            application_id=row.pk, checked=checked, on=on, by=operator, facts=facts(), now=timezone.now()
        )

    with pytest.raises(OriginalsOutOfOrder):
        note(checked=True, on=today)
    with pytest.raises(OriginalsOutOfOrder):
        note(checked=False, on=today + dt.timedelta(days=1))
    note(checked=False, on=today)
    with pytest.raises(OriginalsOutOfOrder):
        note(checked=True, on=today - dt.timedelta(days=1))

    assert note(checked=True, on=today).originals_checked_on == today


@pytest.mark.django_db
@pytest.mark.parametrize("state", ApplicationState.values)
def test_decisions_follow_the_table(state: str) -> None:
    operator = an_operator()
    row, _token = in_review(operator)
    remark_on(row, operator)
    row.refresh_from_db()
    values = {
        "state": state,
        "reason": "r",
        "decided_by": operator,
        "approved_by": an_operator(),
        "approved_at": timezone.now(),
        "organisation": an_organisation(),
    }
    CabinetApplication.objects.filter(pk=row.pk).update(**values)
    acts: dict[str, Callable[[], object]] = {
        "review": lambda: reviewing.take_application(
            application_id=row.pk, by=operator, facts=facts(), now=timezone.now()
        ),
        "returned": lambda: reviewing.return_application(
            application_id=row.pk, revision=row.revision, by=operator, facts=facts(), now=timezone.now()
        ),
        "refused": lambda: reviewing.refuse_application(
            application_id=row.pk, revision=row.revision, reason="r", by=operator, facts=facts(), now=timezone.now()
        ),
        "withdrawn": lambda: applying.withdraw_application(application_id=row.pk, facts=facts(), now=timezone.now()),
    }

    for target, act in acts.items():
        if state == target == "withdrawn":
            continue  # a second press, which changes nothing
        with transaction.atomic():
            if target in APPLICATION_MOVES[state]:
                act()
            else:
                with pytest.raises(StateMoved):
                    act()
            transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "values",
    [
        {"state": "nonsense"},
        {"number": ""},
        {"due_on": None},
        {"state": "refused"},
        {"state": "opened"},
        {"approved_at": "2026-11-22T10:00:00Z"},
    ],
)
def test_the_tables_refuse_what_no_operation_writes(values: dict[str, object]) -> None:
    row, _token = in_review()

    with pytest.raises(IntegrityError), transaction.atomic():
        CabinetApplication.objects.filter(pk=row.pk).update(**values)


@pytest.mark.django_db
def test_one_pair_of_eyes_is_refused_by_the_table_too() -> None:
    operator = an_operator()
    row, _token = in_review(operator)
    approve(row, operator)

    with pytest.raises(IntegrityError), transaction.atomic():
        CabinetApplication.objects.filter(pk=row.pk).update(
            state="opened", decided_by=operator, organisation=an_organisation()
        )


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("ОРГ-000123", "ОРГ-000123"),
        ("орг 123", "ОРГ-000123"),
        ("ORG-000123", "ОРГ-000123"),
        ("ЩКП-000123", "ОРГ-000123"),
        ("000123", "ОРГ-000123"),
        ("123", "ОРГ-000123"),
        ("0", ""),
        ("7700000016", ""),
        ("Институт", ""),
        ("", ""),
    ],
)
def test_a_number_is_understood_as_it_is_typed_or_scanned(typed: str, number: str) -> None:
    assert number_typed(typed) == number


@pytest.mark.django_db
def test_applications_are_found_by_number_inn_and_name() -> None:
    row, _token = a_submitted(name="Учёный институт", short_name="УИ")
    a_submitted()

    assert list(find_applications(row.number)) == [row]
    assert list(find_applications(row.inn)) == [row]
    assert list(find_applications("ученый")) == [row]
    assert list(find_applications("100%")) == []


@pytest.mark.django_db
def test_each_step_leaves_a_row_in_the_trail() -> None:
    row, _token = opened()

    actions = list(
        Entry.objects.filter(subject="application", subject_id=row.pk).order_by("id").values_list("action", flat=True)
    )
    assert [name for name in actions if "scan" not in name] == [
        "application.begun",
        "application.changed",
        "application.submitted",
        "application.taken",
        "application.approved",
        "application.opened",
    ]
    assert Entry.objects.filter(action="organisation.opened", subject_id=row.organisation_id).count() == 1


@pytest.mark.django_db
def test_open_remarks_stay_open_until_they_are_settled() -> None:
    row, _token = returned()

    resubmit(row)

    assert open_remarks_of(row).count() == 1
