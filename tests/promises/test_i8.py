from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import resolve
from django.utils import timezone
from tests.architecture.test_urls import address
from tests.architecture.urls import TABLE
from tests.builders import PASSWORD, an_account, an_operator, signed_in

from foundation.audit.models import Entry


@pytest.mark.django_db
def test_i8_staff_cannot_go_on_without_a_second_factor() -> None:
    operator = an_operator()
    browser = Client()
    browser.post("/sign-in/", {"login": operator.snils, "password": PASSWORD})

    assert browser.get("/operator/")["Location"] == "/sign-in/factor/"
    assert browser.post("/sign-in/factor/", {"code": "000000"}).status_code == 422
    assert browser.get("/operator/")["Location"] == "/sign-in/factor/"


@pytest.mark.django_db
def test_i8_staff_without_a_factor_must_set_one_up() -> None:
    newcomer = an_account(roles=["operator"])
    browser = Client()
    browser.post("/sign-in/", {"login": newcomer.snils, "password": PASSWORD})

    assert browser.get("/operator/")["Location"] == "/sign-in/second-step/"
    secret = browser.get("/sign-in/second-step/").context["secret"]
    sheet = browser.post("/sign-in/second-step/", {"code": pyotp.TOTP(secret).now()})

    assert sheet.context["onward"] == "/operator/"
    assert "device" in sheet.cookies
    assert browser.get("/operator/").status_code == 200
    assert Entry.objects.filter(action="account.signed_in", actor_id=newcomer.pk).count() == 1


@pytest.mark.django_db
def test_i8_sensitive_pages_ask_again_after_ten_minutes() -> None:
    browser = signed_in(an_account())
    assert browser.get("/settings/password/").status_code == 200

    with time_machine.travel(timezone.now() + timedelta(seconds=601), tick=False):
        assert browser.get("/settings/password/")["Location"] == "/settings/again/?next=%2Fsettings%2Fpassword%2F"
        assert browser.get("/settings/").status_code == 200


ASK_AGAIN = {
    "account:password", "account:email", "account:totp", "account:passkey-add", "account:factor-remove",
    "account:recovery-codes", "operator:person", "operator:register", "operator:organisation-approve", "operator:organisation-refuse", "operator:review-publish", "specialist:export", "specialist:my-data",
}  # fmt: skip


def private() -> list[str]:
    """Addresses that nobody opens without signing in."""
    return [name for name in TABLE if getattr(resolve(address(name)).func, "login_required", True)]


@pytest.mark.django_db
def test_i8_nothing_private_opens_half_way() -> None:
    operator, browser = an_operator(), Client()
    browser.post("/sign-in/", {"login": operator.snils, "password": PASSWORD})
    open_ones = {*settings.STAGE_PAGES["factor"], *settings.STAGE_ALWAYS}

    answers = {name: browser.get(address(name)) for name in private() if name not in open_ones}

    assert len(answers) > 40
    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code != 302} == {}
    assert {answer["Location"] for answer in answers.values()} == {"/sign-in/factor/"}


@pytest.mark.django_db
def test_i8_each_sensitive_address_asks_again_and_no_other() -> None:
    browser = signed_in(an_operator())
    names = [name for name in private() if name not in {"account:sign-out", "account:sessions-end-others"}]

    with time_machine.travel(timezone.now() + timedelta(seconds=601), tick=False):
        answers = [
            (name, answer) for name in names for answer in (browser.get(address(name)), browser.post(address(name)))
        ]

    assert {name for name, answer in answers if answer.headers.get("Location", "").startswith("/settings/again/")} == (
        ASK_AGAIN
    )
