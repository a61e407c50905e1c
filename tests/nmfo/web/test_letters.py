"""Letters can be read in the cabinet, without the secrets that they brought."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from tests.builders import a_specialist, facts, signed_in
from tests.credit_builders import a_batch, code_in
from tests.nmfo.web.test_credits import words

from foundation.mail.models import Letter
from foundation.mail.operations import drop_old_texts, words_of
from nmfo.accounts.operations.changing import ask_email_change
from nmfo.credits.operations.issuing import hand_out_codes
from nmfo.credits.operations.redeeming import redeem_code

pytestmark = pytest.mark.django_db


def test_a_letter_with_a_code_is_read_by_its_owner_alone() -> None:
    doctor = a_specialist()
    batch = a_batch(people=[doctor])
    hand_out_codes(batch.pk, timezone.now())
    letter = Letter.objects.get(kind="confirmation_code")
    path = f"/specialist/messages/{letter.pk}/"

    browser = signed_in(doctor.account)

    assert f'href="{path}"' in browser.get("/specialist/messages/").content.decode()
    assert code_in(batch) in words(browser, path)
    assert signed_in(a_specialist().account).get(path).status_code == 404


def test_a_secret_stands_in_its_letter_alone() -> None:
    account = a_specialist().account
    ask_email_change(account=account, email="new@nmfo.example", facts=facts(), now=timezone.now())
    letter = Letter.objects.get(kind="email_changing")
    assert letter.secret("link") in words_of(letter).html

    page = signed_in(account).get(f"/specialist/messages/{letter.pk}/").content.decode()

    assert "Здесь в письме секрет" in page
    assert "ждёт подтверждения" in page
    assert letter.secret("link") not in page
    assert "/e-mail/undo/" not in page


def test_a_letter_whose_words_were_dropped_says_so() -> None:
    account = a_specialist().account
    ask_email_change(account=account, email="new@nmfo.example", facts=facts(), now=timezone.now())
    Letter.objects.update(delivery="shown", delivered_at=timezone.now())
    drop_old_texts(timezone.now() + dt.timedelta(days=91))
    letter = Letter.objects.get(kind="email_changing")

    assert "Текст этого письма уже не хранится" in words(signed_in(account), f"/specialist/messages/{letter.pk}/")


def test_who_lost_the_letter_finds_the_code_where_it_is_entered() -> None:
    doctor, other = a_specialist(), a_specialist()
    batch = a_batch(people=[doctor, other])
    hand_out_codes(batch.pk, timezone.now())
    browser = signed_in(doctor.account)

    before = words(browser, "/specialist/codes/")
    redeem_code(specialist=doctor, text=code_in(batch), facts=facts(), now=timezone.now())
    after = words(browser, "/specialist/codes/")

    assert code_in(batch) in before
    assert code_in(batch, 2) not in before
    assert code_in(batch) not in after
