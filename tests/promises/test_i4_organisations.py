from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from tests.applicants import a_draft, opened

from foundation.mail.models import Letter


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
