from __future__ import annotations

import pyotp
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from tests.builders import PASSWORD, SECRET, a_specialist, an_account, an_operator, facts, signed_in

from foundation.signin.models import Session
from nmfo.accounts.models import Account
from nmfo.accounts.operations.closing import close_account

COOKIE = settings.SESSION_COOKIE_NAME


def with_key(key: str) -> Client:
    client = Client()
    client.cookies[COOKIE] = key
    return client


def open_sessions(account: Account) -> int:
    """On the server, whatever else would keep a browser out."""
    return Session.objects.filter(account=account, ended_at=None).count()


@pytest.mark.django_db
def test_i7_the_key_changes_at_sign_in_and_the_old_one_is_dead() -> None:
    account, browser = an_account(), Client()
    browser.post("/recover/", {"snils": "x"})
    browser.get("/sign-in/passkey/")
    before = browser.cookies[COOKIE].value
    signed_in(account, browser)

    assert browser.cookies[COOKIE].value != before
    assert with_key(before).get("/settings/").status_code == 302


@pytest.mark.django_db
def test_i7_the_key_changes_when_the_second_step_is_passed_and_when_the_password_is_asked_again() -> None:
    operator, browser = an_operator(), Client()
    browser.post("/sign-in/", {"login": operator.snils, "password": PASSWORD})
    half_open = browser.cookies[COOKIE].value
    browser.post("/sign-in/factor/", {"code": pyotp.TOTP(SECRET).now()})
    inside = browser.cookies[COOKIE].value
    browser.post("/settings/again/", {"password": PASSWORD})

    assert len({half_open, inside, browser.cookies[COOKIE].value}) == 3
    assert [with_key(key).get("/settings/").status_code for key in (half_open, inside)] == [302, 302]
    assert browser.get("/settings/").status_code == 200
    assert open_sessions(operator) == 1


@pytest.mark.django_db
def test_i7_sign_out_ends_the_session_on_the_server() -> None:
    browser = signed_in(an_account())
    key = browser.cookies[COOKIE].value
    assert with_key(key).get("/settings/").status_code == 200

    answer = browser.post("/sign-out/")

    assert "storage" in answer["Clear-Site-Data"]
    assert with_key(key).get("/settings/").status_code == 302


@pytest.mark.django_db
def test_i7_a_new_password_ends_the_other_sessions() -> None:
    account = an_account()
    one, other = signed_in(account), signed_in(account)

    one.post("/settings/password/", {"current": PASSWORD, "password": "другая-фраза-из-слов-77"})

    assert open_sessions(account) == 1  # before the other one comes and is turned away
    assert one.get("/settings/").status_code == 200
    assert other.get("/settings/").status_code == 302


@pytest.mark.django_db
def test_i7_closing_ends_every_session() -> None:
    specialist = a_specialist()
    browser = signed_in(specialist.account)

    close_account(account=specialist.account, facts=facts(), now=timezone.now())

    assert open_sessions(specialist.account) == 0
    assert browser.get("/settings/").status_code == 302


@pytest.mark.django_db
def test_i7_a_disabled_account_is_out_at_once() -> None:
    account = an_account()
    browser = signed_in(account)
    assert browser.get("/settings/").status_code == 200

    Account.objects.filter(pk=account.pk).update(state="disabled")

    assert browser.get("/settings/").status_code == 302
