from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from tests.builders import (
    PASSWORD,
    a_specialist,
    an_account,
    an_organisation,
    facts,
    lists,
    registration_details,
    signed_in,
)
from tests.enrolment_builders import PDF, a_draft_application, a_registrar, a_run_of, a_scan

from nmfo.accounts.models import Account, Consent
from nmfo.accounts.operations.agreeing import agree_to_current
from nmfo.accounts.operations.closing import close_account, forget_closed_contacts
from nmfo.accounts.operations.recovering import answer_recovery, ask_recovery
from nmfo.accounts.operations.registering import answer_registration, confirm_registration, register_person
from nmfo.accounts.queries import consents_of
from nmfo.accounts.rules import State
from nmfo.enrolment.operations.applying import enclose
from nmfo.organisations.models import Member


def a_registered_person(now: datetime) -> Account:
    """By the form and its letter, from a network of their own."""
    lists()
    row = register_person(
        details=registration_details(), form_key="k", language="ru", facts=facts(ip="203.0.113.77"), now=now
    )
    letter = answer_registration(row.pk, now=now)
    assert letter is not None
    later = now + timedelta(hours=1)
    return confirm_registration(token=letter.secret("link"), facts=facts(ip="198.51.100.9"), now=later)


@pytest.mark.django_db
def test_p7_a_consent_keeps_version_hash_time_and_address_of_the_tick() -> None:
    now = timezone.now()
    consents = list(Consent.objects.filter(account=a_registered_person(now)).select_related("version"))

    assert {consent.version.kind for consent in consents} == {"agreement", "personal_data"}
    assert {(consent.given_at, consent.ip) for consent in consents} == {(now, "203.0.113.77")}
    for version in (consent.version for consent in consents):
        assert version.sha256 == hashlib.sha256(f"{version.text_ru}\0{version.text_en}".encode()).hexdigest()
        assert version.text_ru
        assert version.version == version.valid_from_on.isoformat()


@pytest.mark.django_db
def test_p7_agreeing_later_keeps_them_too() -> None:
    account, now = an_account(), timezone.now()
    Consent.objects.filter(account=account).update(withdrawn_at=now)

    agree_to_current(account=account, facts=facts(ip="203.0.113.78"), now=now)

    given = Consent.objects.filter(account=account, withdrawn_at=None)
    assert {(consent.given_at, consent.ip) for consent in given} == {(now, "203.0.113.78")}
    assert len(given) == 2


@pytest.mark.django_db
def test_p7_people_take_their_data_along() -> None:
    account, now = a_specialist().account, timezone.now()
    school, former = an_organisation(), an_organisation()
    for organisation, left_at in ((school, None), (former, now)):
        Member.objects.create(
            organisation=organisation, account=account, roles=["teacher"], post="доцент", joined_at=now, left_at=left_at
        )

    archive = zipfile.ZipFile(io.BytesIO(signed_in(account).get("/specialist/my-data/export/").content))
    data = json.loads(archive.read("data.json"))

    for name in ("snils", "surname", "email", "phone"):
        assert data["account"][name] == getattr(account, name)
    assert data["account"]["birth_date"] == account.birth_date.isoformat()
    assert [(item["sha256"], item["ip"]) for item in data["consents"]] == [
        (consent.version.sha256, consent.ip) for consent in consents_of(account)
    ]
    assert len(data["consents"]) == 2
    assert [item["what"] for item in data["sign_in_history"]] == ["signed_in"]
    assert data["specialist"]["levels"] == ["higher"]
    assert data["work_in_organisations"] == [
        {"organisation": organisation.name, "inn": organisation.inn, "roles": ["teacher"], "post": "доцент",
         "since": now.isoformat(), "until": until}
        for organisation, until in ((school, None), (former, now.isoformat()))
    ]  # fmt: skip


@pytest.mark.django_db
def test_p7_files_enclosed_with_applications_go_along() -> None:
    run, doctor = a_run_of(a_registrar()), a_specialist()
    for whose in (doctor, a_specialist()):
        row = a_draft_application(run, whose)
        enclose(specialist=whose, application_id=row.pk, enclosures=[a_scan()], facts=facts(), now=timezone.now())

    archive = zipfile.ZipFile(io.BytesIO(signed_in(doctor.account).get("/specialist/my-data/export/").content))

    enclosed = [name for name in archive.namelist() if name.startswith("applications/")]
    assert [name.endswith("диплом.pdf") for name in enclosed] == [True]
    assert archive.read(enclosed[0]) == PDF


@pytest.mark.django_db
def test_p7_a_closed_account_lets_nobody_in_and_forgets_contacts_in_thirty_days() -> None:
    account, now = a_specialist().account, timezone.now()
    close_account(account=account, facts=facts(), now=now)

    assert Client().post("/sign-in/", {"login": account.snils, "password": PASSWORD}).status_code == 422
    assert Consent.objects.filter(account=account, withdrawn_at=None).count() == 0
    assert forget_closed_contacts(now + timedelta(days=29)) == 0
    assert forget_closed_contacts(now + timedelta(days=31)) == 1
    kept = Account.objects.get(pk=account.pk)
    assert (kept.email, kept.phone, kept.snils, kept.state) == ("", "", account.snils, State.CLOSED)
    row = ask_recovery(snils=account.snils, form_key="k", language="ru", facts=facts(), now=now + timedelta(days=31))
    assert answer_recovery(row.pk, now=now + timedelta(days=31)) is None
