from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client
from tests.builders import PASSWORD, a_specialist

COOKIE = settings.SESSION_COOKIE_NAME


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/worker.js", "/sign-in/", "/settings/"])
def test_a_request_on_its_way_during_a_sign_in_does_not_take_the_new_cookie_away(path: str) -> None:
    browser, late = Client(), Client()
    browser.post("/sign-in/", {"login": a_specialist().account.snils, "password": PASSWORD})
    late.cookies[COOKIE] = browser.cookies[COOKIE].value
    browser.post("/sign-out/")  # the key of the late request ends, as it does when a sign-in renews it

    answer = late.get(path)

    assert COOKIE not in answer.cookies


@pytest.mark.django_db
def test_signing_out_takes_the_cookie_away() -> None:
    browser = Client()
    browser.post("/sign-in/", {"login": a_specialist().account.snils, "password": PASSWORD})

    answer = browser.post("/sign-out/")

    assert answer.cookies[COOKIE]["max-age"] == 0
