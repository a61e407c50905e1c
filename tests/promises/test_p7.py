from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from tests.builders import PASSWORD, a_specialist, an_account, facts, signed_in

from nmfo.accounts.models import Account, Consent
from nmfo.accounts.operations.closing import close_account, forget_closed_contacts
from nmfo.accounts.operations.recovering import answer_recovery, ask_recovery
from nmfo.accounts.rules import State


@pytest.mark.django_db
def test_p7_a_consent_keeps_version_hash_time_and_address() -> None:
    consents = list(Consent.objects.filter(account=an_account()).select_related("version"))

    assert {consent.version.kind for consent in consents} == {"agreement", "personal_data"}
    assert all(len(consent.version.sha256) == 64 and consent.ip and consent.given_at for consent in consents)


@pytest.mark.django_db
def test_p7_people_take_their_data_along() -> None:
    account = a_specialist().account

    archive = zipfile.ZipFile(io.BytesIO(signed_in(account).get("/specialist/my-data/export/").content))
    data = json.loads(archive.read("data.json"))

    assert data["account"]["snils"] == account.snils
    assert len(data["consents"]) == 2
    assert data["specialist"]["levels"] == ["higher"]


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
