from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from tests.builders import a_specialist, an_account, signed_in
from tests.nmfo.web.test_pages import SPECIALIST

from nmfo.accounts.models import Account

CHANGING = {"signin_session", "signin_throttle", "django_session", "audit_entry"}


@pytest.mark.django_db
def test_s2_a_form_without_the_token_is_refused() -> None:
    account = an_account()
    browser = Client(enforce_csrf_checks=True)

    assert browser.post("/sign-in/", {"login": account.snils, "password": "x"}).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_s2_a_form_from_elsewhere_is_refused(site: str) -> None:
    browser = signed_in(an_account())

    assert browser.post("/settings/sessions/end-others/", headers={"Sec-Fetch-Site": site}).status_code == 400
    assert browser.post("/settings/sessions/end-others/", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 302


@pytest.mark.django_db
def test_s2_opening_every_page_changes_nothing() -> None:
    browser = signed_in(a_specialist().account)

    def state() -> dict[str, str]:
        with connection.cursor() as cursor:
            found = {}
            for table in sorted(set(connection.introspection.table_names(cursor)) - CHANGING):
                cursor.execute(
                    f"SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM \"{table}\" t"
                )
                found[table] = cursor.fetchone()[0]
            return found

    before = state()
    for path in SPECIALIST:
        browser.get(path)

    assert state() == before
    assert Account.objects.count() == 1
