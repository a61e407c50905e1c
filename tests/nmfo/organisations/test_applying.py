"""The applicant's side of an application."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connection
from django.utils import timezone
from tests.applicants import (
    a_draft,
    a_pdf,
    a_submitted,
    in_review,
    opened,
    organisation_facts,
    person_facts,
    refused,
    remark_on,
    resubmit,
    returned,
)
from tests.builders import an_inn, an_operator, an_organisation, facts

from foundation.errors import Refused
from foundation.files.models import StoredFile
from foundation.mail.models import Letter
from nmfo.organisations.models import ApplicationDocument, ApplicationStep, CabinetApplication
from nmfo.organisations.operations import applying, reviewing
from nmfo.organisations.queries import application_by_token, documents_of, open_remarks_of
from nmfo.organisations.rules import (
    CabinetExists,
    ChangedElsewhere,
    DocumentKind,
    Incomplete,
    NotEditable,
    OgrnTaken,
    StateMoved,
    UnderWay,
)

DAY = dt.timedelta(days=1)


def link_of(letter: Letter) -> str:
    return letter.secret("link")


@pytest.mark.django_db
def test_the_secret_of_the_address_is_kept_as_a_digest_and_opens_the_application() -> None:
    row, token = a_draft()

    assert len(token) == 43
    assert row.token_digest != token
    assert application_by_token(token, timezone.now()) == row
    assert application_by_token(token[:-1] + "x", timezone.now()) is None
    assert application_by_token("", timezone.now()) is None


@pytest.mark.django_db
def test_the_letter_of_a_draft_opens_it_and_dies_when_the_address_is_corrected() -> None:
    row, token = a_draft()
    wrong = Letter.objects.get(kind="application_draft")
    assert application_by_token(link_of(wrong), timezone.now()) == row

    applying.save_person(
        application_id=row.pk,
        person=person_facts(person_email="right@institut.example"),
        revision=row.revision,
        token=token,
        facts=facts(),
        now=timezone.now(),
    )

    assert application_by_token(link_of(wrong), timezone.now()) is None
    right = Letter.objects.exclude(pk=wrong.pk).get(kind="application_draft")
    assert right.to == "right@institut.example"
    assert application_by_token(link_of(right), timezone.now()) == row
    assert application_by_token(token, timezone.now()) == row


@pytest.mark.django_db
def test_whoever_came_by_a_letter_may_correct_the_address_and_go_on() -> None:
    row, _token = a_draft()
    used = link_of(Letter.objects.get(kind="application_draft"))

    applying.save_person(
        application_id=row.pk,
        person=person_facts(person_email="right@institut.example"),
        revision=row.revision,
        token=used,
        facts=facts(),
        now=timezone.now(),
    )

    assert application_by_token(used, timezone.now()) == row


@pytest.mark.django_db
def test_a_draft_cannot_be_used_to_flood_strangers_with_letters() -> None:
    row, token = a_draft()

    with pytest.raises(applying.TooManyAddresses):
        for number in range(10):
            row.refresh_from_db()
            applying.save_person(
                application_id=row.pk,
                person=person_facts(person_email=f"p{number}@institut.example"),
                revision=row.revision,
                token=token,
                facts=facts(),
                now=timezone.now(),
            )

    assert Letter.objects.filter(kind="application_draft").count() == applying.LETTERS_PER_DRAFT


@pytest.mark.django_db
def test_two_windows_notice_each_other() -> None:
    row, _token = a_draft()
    first = organisation_facts(inn=row.inn, name="Первое окно")
    applying.save_organisation(
        application_id=row.pk, organisation=first, revision=row.revision, facts=facts(), now=timezone.now()
    )

    with pytest.raises(ChangedElsewhere):
        applying.save_organisation(
            application_id=row.pk,
            organisation=organisation_facts(inn=row.inn, name="Второе окно"),
            revision=row.revision,
            facts=facts(),
            now=timezone.now(),
        )

    row.refresh_from_db()
    assert row.name == "Первое окно"


@pytest.mark.django_db
def test_an_organisation_with_a_cabinet_is_told_to_ask_its_people() -> None:
    there = an_organisation()

    with pytest.raises(CabinetExists):
        a_draft(inn=there.inn)
    with pytest.raises(OgrnTaken):
        a_draft(ogrn=there.ogrn)
    assert CabinetApplication.objects.count() == 0


@pytest.mark.django_db
def test_one_inn_has_one_application_under_way() -> None:
    row, _token = a_submitted()

    with pytest.raises(UnderWay):
        a_draft(inn=row.inn)


@pytest.mark.django_db(transaction=True)
def test_of_two_drafts_with_one_inn_that_are_sent_at_once_one_is_taken() -> None:
    number = an_inn()
    drafts = [a_draft(inn=number)[0], a_draft(inn=number)[0]]

    answers = at_once(*(lambda row=row: resubmit(row) for row in drafts))

    assert sorted(type(answer).__name__ for answer in answers) == ["CabinetApplication", "UnderWay"]


def at_once(*acts: object) -> list[object]:
    """Run operations in threads of their own, begun together; what each gave or refused."""
    barrier, answers = threading.Barrier(len(acts)), []

    def run(act: object) -> None:
        try:
            barrier.wait(10)
            answers.append(act())  # type: ignore[operator]
        except Refused as refusal:
            answers.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


@pytest.mark.django_db(transaction=True)
def test_a_second_press_of_the_button_submits_nothing_more() -> None:
    row, _token = a_draft()

    answers = at_once(*[lambda: resubmit(row)] * 2)

    assert [type(answer).__name__ for answer in answers] == ["CabinetApplication"] * 2
    assert ApplicationStep.objects.filter(application=row, what="submitted").count() == 1
    assert Letter.objects.filter(kind="application_submitted").count() == 1


@pytest.mark.django_db
def test_an_application_gets_its_number_and_its_term_when_it_is_submitted() -> None:
    now = dt.datetime(2026, 11, 22, 20, 30, tzinfo=dt.UTC)  # 23:30 in Moscow, the same day there
    row, _token = a_submitted(now=now)

    assert row.number.startswith("ОРГ-")
    assert len(row.number) == 10
    assert row.due_on == dt.date(2026, 12, 6)


@pytest.mark.django_db
def test_the_term_can_be_set(settings: object) -> None:
    settings.ORGANISATION_REVIEW_DAYS = 30  # type: ignore[attr-defined]
    now = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)

    assert a_submitted(now=now)[0].due_on == dt.date(2026, 12, 22)


@pytest.mark.django_db
def test_days_with_the_applicant_do_not_count() -> None:
    now = dt.datetime(2026, 11, 2, 12, tzinfo=dt.UTC)
    row, _token = returned(now=now)
    due, number = row.due_on, row.number
    assert due == dt.date(2026, 11, 16)

    again = resubmit(row, now=now + 10 * DAY)

    assert (again.due_on, again.number) == (dt.date(2026, 11, 26), number)
    assert again.state == "submitted"
    assert again.taken_by is None


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["licence_number", "person_post", "tax"])
def test_an_incomplete_application_says_what_is_missing(what: str) -> None:
    row, token = a_draft()
    if what == "tax":
        applying.drop_scan(application_id=row.pk, kind=DocumentKind.TAX, facts=facts(), now=timezone.now())
    elif what == "person_post":
        person = person_facts(person_post="")
        applying.save_person(
            application_id=row.pk, person=person, revision=row.revision, token=token, facts=facts(), now=timezone.now()
        )
    else:
        applying.save_organisation(
            application_id=row.pk,
            organisation=organisation_facts(inn=row.inn, licence_number=""),
            revision=row.revision,
            facts=facts(),
            now=timezone.now(),
        )

    with pytest.raises(Incomplete) as refusal:
        resubmit(row)

    names = {"licence_number": "Номер лицензии", "person_post": "Должность ответственного", "tax": "налоговый учёт"}
    assert names[what] in str(refusal.value)


@pytest.mark.django_db
def test_a_submitted_application_cannot_be_edited() -> None:
    row, token = a_submitted()

    for act in (
        lambda: applying.save_person(
            application_id=row.pk,
            person=person_facts(),
            revision=row.revision,
            token=token,
            facts=facts(),
            now=timezone.now(),
        ),
        lambda: applying.keep_scan(
            application_id=row.pk, kind=DocumentKind.TAX, upload=a_pdf(), facts=facts(), now=timezone.now()
        ),
        lambda: applying.drop_scan(application_id=row.pk, kind=DocumentKind.TAX, facts=facts(), now=timezone.now()),
    ):
        with pytest.raises(NotEditable):
            act()


@pytest.mark.django_db
def test_a_replaced_scan_of_a_draft_is_gone_and_one_that_was_seen_stays() -> None:
    row, _token = a_draft()
    applying.keep_scan(application_id=row.pk, kind=DocumentKind.TAX, upload=a_pdf(), facts=facts(), now=timezone.now())
    assert StoredFile.objects.count() == 5

    back, _token = returned()
    applying.keep_scan(application_id=back.pk, kind=DocumentKind.TAX, upload=a_pdf(), facts=facts(), now=timezone.now())
    applying.keep_scan(application_id=back.pk, kind=DocumentKind.TAX, upload=a_pdf(), facts=facts(), now=timezone.now())

    assert documents_of(back).count() == 5
    assert ApplicationDocument.objects.filter(application=back, kind="tax").count() == 2
    assert ApplicationDocument.objects.filter(application=back, replaced_at__isnull=False).count() == 1


@pytest.mark.django_db
def test_a_withdrawn_draft_leaves_nothing_of_the_person() -> None:
    row, token = a_draft()

    applying.withdraw_application(application_id=row.pk, facts=facts(), now=timezone.now())

    row = CabinetApplication.objects.get(pk=row.pk)
    assert (row.state, row.person_surname, row.person_email, bytes(row.person_email_index)) == (
        "withdrawn",
        "",
        "",
        b"",
    )
    assert StoredFile.objects.count() == 0
    assert application_by_token(token, timezone.now()) == row


@pytest.mark.django_db
def test_a_submitted_application_can_be_withdrawn_and_a_decided_one_cannot() -> None:
    row, _token = in_review()
    applying.withdraw_application(application_id=row.pk, facts=facts(), now=timezone.now())
    applying.withdraw_application(application_id=row.pk, facts=facts(), now=timezone.now())

    assert ApplicationStep.objects.filter(application=row, what="withdrawn").count() == 1
    for decided in (refused()[0], opened()[0]):
        with pytest.raises(StateMoved):
            applying.withdraw_application(application_id=decided.pk, facts=facts(), now=timezone.now())


@pytest.mark.django_db
def test_a_new_application_is_made_of_a_refused_one_once() -> None:
    old, _token = refused()

    new, token = applying.apply_again(application_id=old.pk, facts=facts(), now=timezone.now())
    same, other_token = applying.apply_again(application_id=old.pk, facts=facts(), now=timezone.now())

    assert same == new
    assert application_by_token(token, timezone.now()) == application_by_token(other_token, timezone.now()) == new
    assert (new.state, new.previous, new.inn, new.person_email) == ("draft", old, old.inn, old.person_email)
    assert documents_of(new).count() == 5
    assert resubmit(new).state == "submitted"
    with pytest.raises(StateMoved):
        applying.apply_again(application_id=new.pk, facts=facts(), now=timezone.now())


@pytest.mark.django_db
def test_an_answer_stands_with_its_question_and_a_foreign_question_is_unknown() -> None:
    operator = an_operator()
    row, _token = in_review(operator)
    other, _token = in_review(operator)
    question = reviewing.ask_applicant(
        application_id=row.pk, field="", text="Есть ли филиалы?", by=operator, facts=facts(), now=timezone.now()
    )

    answer = applying.answer_question(
        application_id=row.pk, question_id=question.pk, text="Нет", facts=facts(), now=timezone.now()
    )

    assert answer.answers == question
    with pytest.raises(applying.MessageUnknown):
        applying.answer_question(
            application_id=other.pk, question_id=question.pk, text="Нет", facts=facts(), now=timezone.now()
        )


@pytest.mark.django_db
def test_a_remark_that_was_put_right_is_settled_by_the_operator() -> None:
    operator = an_operator()
    row, _token = in_review(operator)
    remark_on(row, operator)
    remark = open_remarks_of(row).get()

    reviewing.settle_remark(application_id=row.pk, message_id=remark.pk, by=operator, facts=facts(), now=timezone.now())

    assert not open_remarks_of(row).exists()


@pytest.mark.django_db
def test_many_applications_of_one_network_are_refused() -> None:
    def begin() -> None:
        applying.begin_application(
            organisation=organisation_facts(), language="ru", facts=facts(ip="203.0.113.9"), now=timezone.now()
        )

    for _number in range(applying.PER_NETWORK_HOUR):
        begin()
    with pytest.raises(applying.TooManyApplications):
        begin()
