"""Who has got work that asks for a longer password changes a short one at the next sign-in (identity.md 7.6)."""

from __future__ import annotations

import pyotp
import pytest
from django.test import Client
from tests.builders import PASSWORD, SECRET, a_member, a_specialist, an_account, an_organisation

from foundation.mail.models import Letter
from foundation.signin.models import Session
from nmfo.accounts.models import Account

SHORT = "кедр-и-4-улья"  # 13 signs: enough for a doctor, not for staff
PAGE = "/password/first/"


def come_in(account: Account, password: str) -> tuple[Client, str]:
    """A browser after the first factor, and where it was sent."""
    browser = Client()
    answer = browser.post("/sign-in/", {"login": account.snils, "password": password})
    assert answer.status_code == 302
    return browser, answer["Location"]


@pytest.mark.django_db
def test_a_short_password_of_staff_is_changed_after_the_second_factor_and_before_anything_else() -> None:
    account = a_member(an_organisation(), password=SHORT)
    browser, first = come_in(account, SHORT)
    assert first == "/sign-in/factor/"
    assert browser.get(PAGE)["Location"] == first  # who only knows the password changes nothing

    after = browser.post(first, {"code": pyotp.TOTP(SECRET).now()})
    assert after["Location"] == PAGE
    assert browser.get("/organisation/")["Location"] == PAGE
    page = browser.get(PAGE).content.decode()
    assert "В пароле вашей учётной записи должно быть не меньше 15 знаков" in page
    assert browser.post(PAGE, {"password": SHORT}).status_code == 422
    done = browser.post(PAGE, {"password": PASSWORD})

    assert done["Location"] == "/organisation/"
    assert browser.get("/organisation/").status_code == 200
    assert set(Session.objects.get(account=account, ended_at=None).amr) == {"pwd", "otp"}
    assert Letter.objects.filter(kind="password_changed", account_id=account.pk).count() == 1
    assert come_in(account, PASSWORD)[1] == "/sign-in/factor/"


@pytest.mark.django_db
def test_who_has_no_second_factor_yet_sets_it_up_first() -> None:
    account = an_account(password=SHORT, roles=["organisation"])

    browser, first = come_in(account, SHORT)

    assert first == browser.get(PAGE)["Location"]
    assert first != PAGE


@pytest.mark.django_db
def test_others_keep_theirs() -> None:
    account = a_specialist(password=SHORT).account

    browser, first = come_in(account, SHORT)

    assert first == "/specialist/"
    assert browser.get(PAGE).status_code == 302
