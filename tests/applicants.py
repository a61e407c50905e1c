"""Applications for tests, made through the operations that pages call."""

from __future__ import annotations

import datetime as dt
import io

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from nmfo.accounts.models import Account
from nmfo.organisations.models import CabinetApplication
from nmfo.organisations.operations import applying, reviewing
from nmfo.organisations.operations.applying import OrganisationFacts, PersonFacts
from nmfo.organisations.rules import DocumentKind
from tests.builders import an_inn, an_ogrn, an_operator, facts, lists

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


def a_pdf(name: str = "скан.pdf") -> SimpleUploadedFile:
    """A file that passes for a scan."""
    return SimpleUploadedFile(name, PDF, "application/pdf")


def a_picture(name: str = "скан.jpg") -> SimpleUploadedFile:
    """A photographed document."""
    out = io.BytesIO()
    Image.new("RGB", (60, 80), "white").save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


def organisation_facts(**values: object) -> OrganisationFacts:
    """What the first step asks, complete."""
    lists()
    given: dict[str, object] = {
        "name": "Институт повышения квалификации врачей «Пример»",
        "short_name": "ИПК «Пример»",
        "kind": "academy",
        "inn": an_inn(),
        "ogrn": an_ogrn(),
        "region_id": "77",
        "address": "101000, Москва, ул. Примерная, д. 1",
        "licence_number": "Л035-01298-77/00096945",
        "licence_issued_on": dt.date(2020, 5, 6),
    }
    return OrganisationFacts(**{**given, **values})  # type: ignore[arg-type]


def person_facts(**values: str) -> PersonFacts:
    """What the second step asks, complete."""
    given = {
        "person_surname": "Ответова",
        "person_first_name": "Вера",
        "person_patronymic": "Павловна",
        "person_post": "проректор",
        "person_email": "otvetova@institut.example",
        "person_phone": "+74955550142",
    }
    return PersonFacts(**{**given, **values})


def a_draft(*, now: dt.datetime | None = None, email: str = "", **values: object) -> tuple[CabinetApplication, str]:
    """A draft with everything in it but sent, and the secret of its address."""
    at = now or timezone.now()
    row, token = applying.begin_application(
        organisation=organisation_facts(**values), language="ru", facts=facts(ip=_network()), now=at
    )
    applying.save_person(
        application_id=row.pk,
        person=person_facts(**({"person_email": email} if email else {})),
        revision=row.revision,
        token=token,
        facts=facts(),
        now=at,
    )
    for kind in DocumentKind:
        applying.keep_scan(application_id=row.pk, kind=kind, upload=a_pdf(), facts=facts(), now=at)
    row.refresh_from_db()
    return row, token


_networks = iter(range(1, 1_000_000))


def _network() -> str:
    """An address of a network of its own: many applications of one network are refused."""
    number = next(_networks)
    return f"10.{number >> 8 & 255}.{number & 255}.1"


def a_submitted(*, now: dt.datetime | None = None, **values: object) -> tuple[CabinetApplication, str]:
    """An application that waits for an operator."""
    row, token = a_draft(now=now, **values)  # type: ignore[arg-type]
    return resubmit(row, now=now), token


def resubmit(row: CabinetApplication, *, now: dt.datetime | None = None) -> CabinetApplication:
    """Hand in what is complete."""
    row.refresh_from_db()
    return applying.submit_application(
        application_id=row.pk, revision=row.revision, facts=facts(), now=now or timezone.now()
    )


def in_review(
    operator: Account | None = None, *, now: dt.datetime | None = None, **values: object
) -> tuple[CabinetApplication, str]:
    """An application that an operator has taken."""
    row, token = a_submitted(now=now, **values)
    by = operator or an_operator()
    return reviewing.take_application(application_id=row.pk, by=by, facts=facts(), now=now or timezone.now()), token


def remark_on(row: CabinetApplication, by: Account, field: str = "inn", text: str = "Проверьте номер") -> None:
    """A remark at a field."""
    reviewing.ask_applicant(application_id=row.pk, field=field, text=text, by=by, facts=facts(), now=timezone.now())


def returned(operator: Account | None = None, *, now: dt.datetime | None = None) -> tuple[CabinetApplication, str]:
    """An application that came back for corrections."""
    by, at = operator or an_operator(), now or timezone.now()
    row, token = in_review(by, now=at)
    remark_on(row, by)
    row.refresh_from_db()
    back = reviewing.return_application(application_id=row.pk, revision=row.revision, by=by, facts=facts(), now=at)
    return back, token


def approve(row: CabinetApplication, by: Account) -> CabinetApplication:
    """Approve what is there now."""
    row.refresh_from_db()
    return reviewing.approve_application(
        application_id=row.pk, revision=row.revision, by=by, facts=facts(), now=timezone.now()
    )


def opened() -> tuple[CabinetApplication, str]:
    """An application whose cabinet is open; the invitation is on its way."""
    row, token = in_review()
    approve(row, an_operator())
    return approve(row, an_operator()), token


def refused(reason: str = "Лицензия выдана другой организации") -> tuple[CabinetApplication, str]:
    """A refused application."""
    operator = an_operator()
    row, token = in_review(operator)
    row.refresh_from_db()
    done = reviewing.refuse_application(
        application_id=row.pk, revision=row.revision, reason=reason, by=operator, facts=facts(), now=timezone.now()
    )
    return done, token
