"""An educational certificate: its way, and the one application that it pays for."""

from __future__ import annotations

import datetime as dt
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from tests.builders import a_specialist, facts
from tests.enrolment_builders import (
    DAY,
    a_draft_application,
    a_registrar,
    a_result,
    a_run_of,
    accepted,
    an_application,
    over,
)
from tests.environment import ROOT

from foundation.audit.models import Entry
from foundation.errors import Refused
from nmfo.enrolment import rules
from nmfo.enrolment.models import Application, CertificateStep, EducationalCertificate
from nmfo.enrolment.operations import applying, certifying, deciding
from nmfo.enrolment.operations.completing import complete_application
from nmfo.enrolment.rules import CERTIFICATE_MOVES, CertificateState
from nmfo.specialists.models import Specialist

pytestmark = pytest.mark.django_db


def asked(specialist: Specialist) -> EducationalCertificate:
    return certifying.ask_for_certificate(
        specialist=specialist, employer="Поликлиника № 4", form_key="", facts=facts(), now=timezone.now()
    )


def issued(specialist: Specialist, **changes: Any) -> EducationalCertificate:
    row = asked(specialist)
    common: dict[str, Any] = {
        "specialist": specialist,
        "certificate_id": row.pk,
        "facts": facts(),
        "now": timezone.now(),
    }
    certifying.move_certificate(**common, to="agreed")
    today = timezone.localdate()
    given = {"number": "77-000123", "issued_on": today, "valid_until_on": today + 60 * DAY, "amount_rub": 9800}
    return certifying.issue_certificate(**common, **{**given, **changes})


def state(row: EducationalCertificate) -> str:
    return EducationalCertificate.objects.values_list("state", flat=True).get(pk=row.pk)


def test_the_diagram_shows_the_ways_of_a_certificate() -> None:
    text = (ROOT / "docs" / "how-it-works" / "enrolment.md").read_text()
    drawn = re.findall(r"^  (\w+) --> (\w+)$", text.split("```mermaid")[2].split("```")[0], re.MULTILINE)

    assert sorted(drawn) == sorted((str(was), str(to)) for was, ways in CERTIFICATE_MOVES.items() for to in ways)


def test_its_way_is_kept_step_by_step_and_in_the_trail() -> None:
    row = issued(a_specialist())

    assert list(CertificateStep.objects.order_by("pk").values_list("state", "side")) == [
        ("asked", "specialist"),
        ("agreed", "specialist"),
        ("issued", "specialist"),
    ]
    actions = Entry.objects.filter(subject="certificate", subject_id=row.pk).order_by("pk")
    assert list(actions.values_list("action", flat=True)) == [
        "certificate.asked",
        "certificate.agreed",
        "certificate.issued",
    ]


def test_it_pays_for_an_application_and_is_closed_by_the_document() -> None:
    by, specialist = a_registrar(), a_specialist()
    run = a_run_of(by, bases=["certificate"])
    paper = issued(specialist)

    row = an_application(run, specialist, certificate_id=paper.pk)
    assert (row.basis_number, state(paper)) == ("77-000123", "bound")
    accepted(row, by)
    deciding.confirm_basis(
        application_id=row.pk, seen=None, number="", on=None, by=by, facts=facts(), now=timezone.now()
    )
    deciding.enrol_group(
        run_id=run.pk,
        chosen=[(row.pk, None)],
        number="1-к",
        issued_on=timezone.localdate(),
        by=by,
        facts=facts(),
        now=timezone.now(),
    )
    over(run)
    complete_application(application_id=row.pk, seen=None, result=a_result(), by=by, facts=facts(), now=timezone.now())

    assert state(paper) == "closed"


@pytest.mark.parametrize("end", ["withdrawn", "refused"])
def test_it_is_free_again_when_the_application_ends_without_a_document(end: str) -> None:
    by, specialist = a_registrar(), a_specialist()
    run = a_run_of(by, bases=["certificate"])
    paper = issued(specialist)
    row = an_application(run, specialist, certificate_id=paper.pk)
    common: dict[str, Any] = {"application_id": row.pk, "reason": "Причина", "facts": facts(), "now": timezone.now()}

    if end == "withdrawn":
        applying.withdraw_application(specialist=specialist, **common)
    else:
        deciding.refuse_application(seen=None, by=by, **common)

    assert state(paper) == "issued"
    assert an_application(run, specialist, certificate_id=paper.pk).certificate_id == paper.pk


def test_a_used_one_pays_for_no_second_application() -> None:
    by, specialist = a_registrar(), a_specialist()
    paper = issued(specialist)
    an_application(a_run_of(by, bases=["certificate"]), specialist, certificate_id=paper.pk)

    with pytest.raises(rules.CertificateNotFree):
        an_application(a_run_of(by, bases=["certificate"]), specialist, certificate_id=paper.pk)


def test_one_that_is_over_asked_for_or_anothers_pays_for_nothing() -> None:
    by, specialist, other = a_registrar(), a_specialist(), a_specialist()
    run = a_run_of(by, bases=["certificate", "contract"])
    today = timezone.localdate()
    late = issued(specialist, issued_on=today - 9 * DAY, valid_until_on=today - DAY)

    with pytest.raises(rules.CertificateOver):
        a_draft_application(run, specialist, certificate_id=late.pk)
    with pytest.raises(rules.CertificateNotFree):
        a_draft_application(run, specialist, certificate_id=asked(specialist).pk)
    with pytest.raises(rules.BasisNotOffered):
        a_draft_application(run, specialist, certificate_id=issued(other).pk)
    with pytest.raises(rules.BasisNotOffered):
        a_draft_application(run, specialist, basis="contract", certificate_id=issued(specialist).pk)

    assert not Application.objects.exists()


def test_one_that_ends_between_the_draft_and_its_sending_pays_for_nothing() -> None:
    by, specialist = a_registrar(), a_specialist()
    run = a_run_of(by, bases=["certificate"])
    today, now = timezone.localdate(), timezone.now()
    paper = issued(specialist, valid_until_on=today)
    row = a_draft_application(run, specialist, certificate_id=paper.pk)
    common: dict[str, Any] = {"specialist": specialist, "application_id": row.pk, "may_wait": False, "facts": facts()}

    with pytest.raises(rules.CertificateOver):
        applying.submit_application(**common, now=now + DAY)

    assert state(paper) == "issued"
    assert Application.objects.get(pk=row.pk).state == "draft"
    applying.submit_application(**common, now=now)
    assert state(paper) == "bound"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"number": " "}, rules.CertificateNumberNeeded),
        ({"issued_on": timezone.localdate() + DAY}, rules.CertificateInFuture),
        ({"valid_until_on": dt.date(2020, 1, 1)}, rules.CertificateDatesWrong),
    ],
)
def test_a_paper_that_cannot_be_is_refused_by_its_own_sentence(
    changes: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        issued(a_specialist(), **changes)

    assert not EducationalCertificate.objects.filter(state="issued").exists()


@pytest.mark.parametrize("to", ["issued", "bound", "closed", "odd", ""])
def test_nobody_jumps_over_a_step(to: str) -> None:
    specialist = a_specialist()
    row = asked(specialist)

    with pytest.raises(rules.CertificateMoved):
        certifying.move_certificate(
            specialist=specialist, certificate_id=row.pk, to=to, facts=facts(), now=timezone.now()
        )
    with pytest.raises(certifying.CertificateUnknown):
        certifying.move_certificate(
            specialist=a_specialist(), certificate_id=row.pk, to="agreed", facts=facts(), now=timezone.now()
        )


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"state": "odd"}, "enrolment_certificate_state_is_known"),
        ({"issued_on": None}, "enrolment_issued_certificates_have_a_day"),
        ({"valid_until_on": dt.date(2020, 1, 1)}, "enrolment_certificates_end_after_they_are_issued"),
    ],
)
def test_the_database_keeps_the_law_of_certificates(change: dict[str, Any], constraint: str) -> None:
    row = issued(a_specialist())

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        EducationalCertificate.objects.filter(pk=row.pk).update(**change)


def test_the_number_does_not_stand_in_the_table() -> None:
    row = issued(a_specialist())

    with connection.cursor() as cursor:
        cursor.execute("SELECT number, employer FROM enrolment_educationalcertificate WHERE id = %s", [row.pk])
        raw = b"".join(bytes(value) for value in cursor.fetchone())
    assert b"77-000123" not in raw
    assert "Поликлиника".encode() not in raw


@pytest.mark.django_db(transaction=True)
def test_of_two_applications_at_once_it_pays_for_one() -> None:
    by, specialist = a_registrar(), a_specialist()
    paper = issued(specialist)
    drafts = [
        a_draft_application(a_run_of(by, bases=["certificate"]), specialist, certificate_id=paper.pk)
        for _one in range(2)
    ]
    together = threading.Barrier(2)

    def send(row: Application) -> str:
        try:
            together.wait()
            applying.submit_application(
                specialist=specialist, application_id=row.pk, may_wait=False, facts=facts(), now=timezone.now()
            )
        except Refused as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as crew:
        assert sorted(crew.map(send, drafts)) == ["CertificateNotFree", "done"]

    assert EducationalCertificate.objects.get().state == CertificateState.BOUND
