"""Builders for applications for learning: valid and boring, like tests/builders.py."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from nmfo.catalogue.models import Run
from nmfo.enrolment.models import Application, EnrolmentOrder
from nmfo.enrolment.operations import applying, deciding
from nmfo.enrolment.operations.applying import Enclosure, Wish
from nmfo.enrolment.operations.completing import Result
from nmfo.organisations.models import Member
from nmfo.specialists.models import Specialist
from tests.builders import a_run, a_specialist, a_specialty, a_version, an_item, facts, published
from tests.item_builders import a_writer

PDF = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\ntrailer\n%%EOF\n"
DAY = dt.timedelta(days=1)


def a_registrar(**values: object) -> Member:
    """Somebody who decides applications in an organisation of their own."""
    return a_writer("registrar", **values)  # type: ignore[arg-type]


def a_run_of(by: Member, **values: Any) -> Run:
    """A run of a published programme of the member's organisation."""
    return a_run(published(a_version(an_item(organisation=by.organisation))), **values)


def a_wish(run: Run, **changes: Any) -> Wish:
    """What the form asks, filled in."""
    given: dict[str, Any] = {"run_id": run.pk, "basis": run.bases[0], "specialty_id": a_specialty().pk}
    return Wish(**{**given, **changes})


def a_scan(name: str = "диплом.pdf") -> Enclosure:
    """A document to enclose."""
    return Enclosure(kind="diploma", upload=SimpleUploadedFile(name, PDF))


def a_draft_application(run: Run, specialist: Specialist | None = None, **changes: Any) -> Application:
    """An application that was not sent yet."""
    return applying.begin_application(
        specialist=specialist or a_specialist(),
        wish=a_wish(run, **changes),
        form_key="",
        facts=facts(),
        now=timezone.now(),
    )


def an_application(
    run: Run,
    specialist: Specialist | None = None,
    *,
    may_wait: bool = False,
    now: dt.datetime | None = None,
    **changes: Any,
) -> Application:
    """An application that the organisation has received."""
    draft = a_draft_application(run, specialist, **changes)
    return applying.submit_application(
        specialist=draft.specialist,
        application_id=draft.pk,
        may_wait=may_wait,
        facts=facts(),
        now=now or timezone.now(),
    )


def accepted(row: Application, by: Member) -> Application:
    """The same, approved."""
    return deciding.accept_application(application_id=row.pk, seen=None, by=by, facts=facts(), now=timezone.now())


def confirmed(row: Application, by: Member) -> Application:
    """The same, with the basis confirmed."""
    accepted(row, by)
    return deciding.confirm_basis(
        application_id=row.pk,
        seen=None,
        number="Д-118",
        on=timezone.localdate(),
        by=by,
        facts=facts(),
        now=timezone.now(),
    )


def enrolled(row: Application, by: Member, number: str = "118-к") -> Application:
    """The same, enrolled by an order of today."""
    confirmed(row, by)
    today = timezone.localdate()
    done = deciding.enrol_group(
        run_id=row.run_id,
        chosen=[(row.pk, None)],
        number=number,
        issued_on=today,
        by=by,
        facts=facts(),
        now=timezone.now(),
    )
    return done.applications[0]


def a_result(**changes: Any) -> Result:
    """What a colleague enters of a listener, of a run that ended yesterday."""
    yesterday = timezone.localdate() - DAY
    given: dict[str, Any] = {
        "mark": "passed",
        "attested_on": yesterday,
        "series": "ПК",
        "number": "772400123456",
        "registration_number": "118/26",
        "issued_on": yesterday,
    }
    return Result(**{**given, **changes})


def over(run: Run) -> Run:
    """The run as if it had ended yesterday, and its orders of the day it began."""
    today = timezone.localdate()
    run.begins_on, run.ends_on, run.apply_until_on = today - 10 * DAY, today - DAY, today - 15 * DAY
    run.save(update_fields=["begins_on", "ends_on", "apply_until_on"])
    EnrolmentOrder.objects.filter(run=run).update(issued_on=run.begins_on)
    return run
