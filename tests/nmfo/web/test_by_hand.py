"""Statements written by hand find what their twins of the ORM find (docs/decisions/0013)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.builders import a_practice, a_specialist, a_specialty, an_operator, facts, signed_in
from tests.credit_builders import an_entry, awaited
from tests.cycle_builders import a_cycle
from tests.enrolment_builders import a_registrar, a_run_of, an_application
from tests.nmfo.participation.builders import an_event, signed_up, waiting

from foundation.db.rows import first_of, instance_of, instances_of
from foundation.signin.backends import known_beside
from foundation.signin.models import Session
from nmfo.accounts.models import Account
from nmfo.accounts.rules import State
from nmfo.credits.models import Claim, LedgerEntry
from nmfo.credits.operations.claiming import dispute_entry
from nmfo.credits.queries.claims import open_claims_about
from nmfo.credits.queries.ledger import balance_of, cases_of, entries_of, movements_of, newest_cases_of, shown_of
from nmfo.cycles.queries.choosing import cycles_of, present_cycles_of
from nmfo.enrolment.queries import applications_of, underway_of
from nmfo.participation.queries import coming_seats_of, registrations_of
from nmfo.specialists.backends import People
from nmfo.specialists.models import Dispute, Specialist
from nmfo.specialists.queries import documents_of, newest_papers_of, specialist_beside
from nmfo.specialists.rules import DisputeState

pytestmark = pytest.mark.django_db


def columns(row: Model) -> dict[str, object]:
    """What an instance holds of its own table, seals opened."""
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_whole_rows_are_those_of_the_orm() -> None:
    doctor = a_specialist()
    signed_in(doctor.account)
    claim = dispute_entry(
        specialist=doctor,
        entry_id=an_entry(doctor).pk,
        text="Это не мой балл",
        form_key="k",
        facts=facts(),
        now=timezone.now(),
    )

    for model in (Account, Specialist, Session, Claim):
        row = model._default_manager.get()
        found = first_of(model, "WHERE id = %s", [row.pk])
        assert found is not None
        assert (columns(found), found) == (columns(row), row)
    assert Claim.objects.get().text == instances_of(Claim, "", [])[0][0].text == claim.text == "Это не мой балл"
    assert first_of(Account, "WHERE id = %s", [0]) is None


def test_a_part_of_a_row_defers_the_rest_and_wants_known_names() -> None:
    entry = an_entry(a_specialist())

    part = instance_of(LedgerEntry, ("credits", "id"), (entry.credits, entry.pk))

    assert (part.pk, part.credits, part.get_deferred_fields() & {"credits", "title"}) == (
        entry.pk,
        entry.credits,
        {"title"},
    )
    assert part.source == entry.source
    with pytest.raises(AssertionError):
        instance_of(LedgerEntry, ("id", "worth"), (1, 2))


def test_the_ledger_by_hand() -> None:
    doctor, other = a_specialist(), a_specialist()
    for day in (1, 9, 5):
        an_entry(doctor, earned_on=dt.date(2026, 5, day))
    an_entry(other)
    for days in (-3, 4):
        awaited(doctor, days=days)
    claim = dispute_entry(
        specialist=doctor,
        entry_id=entries_of(doctor)[1].pk,
        text="Это не мой балл",
        form_key="k",
        facts=facts(),
        now=timezone.now(),
    )

    rows, cases = list(entries_of(doctor)), list(cases_of(doctor))
    shown = shown_of(doctor, first=0, most=30)
    assert [(row.pk, row.earned_on, row.credits, row.source, row.origin, row.title) for row in shown] == [
        (row.pk, row.earned_on, row.credits, row.source, row.origin, row.version.title if row.version else row.title)
        for row in rows
    ]
    assert [row.pk for row in shown_of(doctor, first=1, most=1)] == [rows[1].pk]
    assert movements_of(doctor).posted == balance_of(doctor)
    found = newest_cases_of(doctor, first=0, most=20)
    assert [(row, row.version, row.organisation, row.due_on) for row in found] == [
        (row, row.version, row.organisation, row.due_on) for row in cases
    ]
    assert [row.version.title for row in found if row.version] == [row.version.title for row in cases if row.version]
    assert open_claims_about(doctor, entries=[row.pk for row in rows]) == [claim]
    assert open_claims_about(other, entries=[row.pk for row in rows]) == []


def test_the_first_page_by_hand() -> None:
    doctor, other = a_specialist(), a_specialist()
    a_cycle(doctor, dt.date(2024, 3, 12))
    a_practice(doctor, a_specialty("Кардиология"))
    an_application(a_run_of(a_registrar()), doctor)
    signed_up(an_event(), doctor)
    full = an_event(seats=1)
    signed_up(full)
    waiting(full, doctor)

    one, two = present_cycles_of(doctor)[0], cycles_of(doctor)[0]
    assert (one, one.specialty, one.document, one.begins_on, one.ends_on, one.kind) == (
        two, two.specialty, two.document, two.begins_on, two.ends_on, two.kind,
    )  # fmt: skip
    assert one.document is not None
    assert two.document is not None
    assert one.document.holds_until_on == two.document.holds_until_on
    papers = newest_papers_of(doctor, disputes=3)
    assert papers.documents == list(documents_of(doctor))
    assert papers.disputes == []
    assert [(row.pk, row.state, row.title) for row in underway_of(doctor, most=20)] == [
        (row.pk, row.state, row.version.title) for row in applications_of(doctor)
    ]
    assert [(row.pk, row.state, row.title_now) for row in coming_seats_of(doctor, most=20)] == [
        (row.pk, row.state, row.version.title) for row in registrations_of(doctor)
    ]
    nothing = [
        present_cycles_of(other),
        newest_papers_of(other, disputes=3).documents,
        underway_of(other, most=9),
        coming_seats_of(other, most=9),
    ]
    assert nothing == [[], [], [], []]


def test_disputes_are_found_with_documents_and_without() -> None:
    doctor, other = a_specialist(), a_specialist()
    a_practice(doctor, a_specialty("Кардиология"))
    mine = [
        Dispute.objects.create(specialist=one, row_key=f"{n}", text="Не моё", state=state, opened_at=timezone.now())
        for one in (doctor, other)
        for n, state in enumerate([DisputeState.OPEN, DisputeState.OPEN])
    ]

    assert newest_papers_of(doctor, disputes=1).disputes == [mine[1]]
    assert newest_papers_of(other, disputes=3).disputes == [mine[3], mine[2]]


def test_a_session_finds_its_account_and_specialist_together() -> None:
    doctor, operator = a_specialist(), an_operator()

    with CaptureQueriesContext(connection) as asked:
        found = [People().get_user(account_id) for account_id in (doctor.account_id, operator.pk, 10**9)]
        account, staff, nobody = found
        assert account is not None
        assert staff is not None
        assert nobody is None
        assert (account, specialist_beside(account)) == (doctor.account, doctor)
        assert (staff, specialist_beside(staff)) == (operator, None)

    assert len(asked) == 3
    beside = specialist_beside(account)
    assert beside is not None
    assert beside.account is account
    for name in ("snils", "surname", "email", "language", "roles"):
        assert getattr(account, name) == getattr(doctor.account, name)
    assert (beside.steps_done, beside.created_at) == (doctor.steps_done, doctor.created_at)


def test_a_page_asks_once_for_session_account_and_specialist_and_all_are_checked() -> None:
    doctor = a_specialist()
    browser = signed_in(doctor.account)
    found = People().open_session(Session.objects.get().key_hash, timezone.now())
    assert found is not None
    session, account = found
    assert account is not None
    assert (columns(session), columns(account)) == (columns(Session.objects.get()), columns(doctor.account))
    assert specialist_beside(account) == doctor

    with CaptureQueriesContext(connection) as asked:
        assert browser.get("/specialist/").status_code == 200
    about_people = [one["sql"] for one in asked if "accounts_account" in one["sql"] or "signin_session" in one["sql"]]
    assert len(about_people) == 1

    Account.objects.filter(pk=doctor.account_id).update(password="another")
    assert browser.get("/specialist/").status_code == 302


def test_a_session_of_a_closed_account_opens_nothing() -> None:
    doctor = a_specialist()
    browser = signed_in(doctor.account)
    Account.objects.filter(pk=doctor.account_id).update(state=State.DISABLED)

    assert browser.get("/specialist/").status_code == 302


def test_what_came_with_a_session_is_not_taken_for_another_account() -> None:
    doctor, other = a_specialist(), a_specialist()
    with known_beside(doctor.account):
        assert People().get_user(other.account_id) == other.account
    assert People().get_user(doctor.account_id) is not doctor.account


def test_an_account_that_came_another_way_is_asked_for_its_specialist_once() -> None:
    doctor = a_specialist()
    account = Account.objects.get(pk=doctor.account_id)

    with CaptureQueriesContext(connection) as asked:
        assert specialist_beside(account) == specialist_beside(account) == doctor

    assert len(asked) == 1


def test_a_closed_account_is_not_let_in() -> None:
    doctor = a_specialist()
    Account.objects.filter(pk=doctor.account_id).update(state=State.DISABLED)

    assert People().get_user(doctor.account_id) is None
