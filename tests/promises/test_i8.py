from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from tests.builders import PASSWORD, an_account, an_operator, signed_in


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


@pytest.mark.django_db
def test_i8_sensitive_pages_ask_again_after_ten_minutes() -> None:
    browser = signed_in(an_account())
    assert browser.get("/settings/password/").status_code == 200

    with time_machine.travel(timezone.now() + timedelta(seconds=601), tick=False):
        assert browser.get("/settings/password/")["Location"] == "/settings/again/?next=%2Fsettings%2Fpassword%2F"
        assert browser.get("/settings/").status_code == 200
