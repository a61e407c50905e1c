from __future__ import annotations

from datetime import timedelta
from math import log2

import pytest
from django.test import Client
from django.utils import timezone
from tests.builders import an_account, facts

from foundation.mail.rules import ALPHABET
from nmfo.accounts.operations.registering import write_temporary_password
from nmfo.accounts.operations.signing_in import sign_in_by_password


@pytest.mark.django_db
def test_i9_it_has_59_bits_works_once_for_24_hours_and_must_be_changed() -> None:
    account, now = an_account(), timezone.now()
    letters = [write_temporary_password(account, kind="new_password", key=f"k{number}", now=now) for number in range(2)]
    first, second = (letter.secret("temporary_password") for letter in letters)

    signs = first.replace("-", "")
    assert set(signs) <= set(ALPHABET)
    assert len(signs) * log2(len(set(ALPHABET))) > 59
    assert first != second
    late = sign_in_by_password(
        login=account.snils, password=first, human=True, facts=facts(), now=now + timedelta(hours=24)
    )
    assert late.account is None
    inside = sign_in_by_password(
        login=account.snils, password=first.upper(), human=True, facts=facts(), now=now + timedelta(hours=23)
    )
    assert inside.stages[0] == "password"
    again = sign_in_by_password(
        login=account.snils, password=first, human=True, facts=facts(), now=now + timedelta(hours=23)
    )
    assert again.account is None


@pytest.mark.django_db
def test_i9_nothing_else_opens_before_it_is_changed() -> None:
    account = an_account()
    letter = write_temporary_password(account, kind="new_password", key="k", now=timezone.now())
    browser = Client()
    browser.post("/sign-in/", {"login": account.snils, "password": letter.secret("temporary_password")})

    assert {browser.get(path)["Location"] for path in ("/specialist/", "/settings/", "/welcome/role/")} == {
        "/password/first/"
    }
    assert browser.post("/password/first/", {"password": letter.secret("temporary_password")}).status_code == 422
