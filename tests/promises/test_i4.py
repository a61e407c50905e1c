from __future__ import annotations

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.applicants import a_draft, opened
from tests.builders import PASSWORD, an_account, facts, registration_details, signed_in

from foundation.mail.models import Letter
from nmfo.accounts.operations.recovering import answer_recovery, ask_recovery
from nmfo.accounts.operations.registering import answer_registration, register_person


@pytest.mark.django_db(transaction=True)
def test_i4_secrets_stand_in_no_table_and_no_job() -> None:
    account, now = an_account(), timezone.now()
    browser = signed_in(account)
    registration = register_person(details=registration_details(), form_key="k", language="ru", facts=facts(), now=now)
    answer_registration(registration.pk, now=now)
    recovery = ask_recovery(snils=account.snils, form_key="r", language="ru", facts=facts(ip="203.0.113.1"), now=now)
    answer_recovery(recovery.pk, now=now)
    letters = list(Letter.objects.all())
    wanted = [PASSWORD, browser.cookies[settings.SESSION_COOKIE_NAME].value, browser.cookies["device"].value]
    wanted += [letter.secret(name) for letter in letters for name in ("link", "temporary_password")]

    assert len(letters) == 2
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for canary in wanted:
                cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE strpos(t::text, %s) > 0', [canary])
                assert cursor.fetchone()[0] == 0, table
    for job in ProcrastinateJob.objects.all():
        assert all(isinstance(value, int) for value in job.args.values()), job.args


@pytest.mark.django_db
def test_i4_pages_of_links_tell_their_address_to_nobody() -> None:
    an_account()

    assert Client().get("/recover/some-token/")["Referrer-Policy"] == "same-origin"
    assert "no-store" in Client().get("/recover/some-token/")["Cache-Control"]


@pytest.mark.django_db
def test_i4_secrets_of_applications_and_invitations_stand_in_no_table() -> None:
    _row, token = opened()
    _draft, other = a_draft()
    browser = Client()
    browser.get(f"/for-organisations/apply/{other}/")
    wanted = [token, other, *(letter.secret("link") for letter in Letter.objects.all())]

    assert len(wanted) > 4
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for canary in wanted:
                cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE strpos(t::text, %s) > 0', [canary])
                assert cursor.fetchone()[0] == 0, table
