from __future__ import annotations

import pytest
from django.utils import timezone
from tests.builders import a_specialist, an_account, an_operator, facts, signed_in
from tests.support.sink import Sink

from foundation.mail.models import Letter
from foundation.mail.operations import deliver_letter, put_letter
from nmfo.accounts.operations.changing import ask_email_change


@pytest.mark.django_db
def test_m6_a_refused_letter_is_seen_by_the_person_and_by_support(sink: Sink) -> None:
    account = a_specialist().account
    letter = put_letter(
        kind="password_changed",
        to=account.email,
        account_id=account.pk,
        language="ru",
        values={"person": account, "at": timezone.now(), "network": "n"},
        key="k",
        now=timezone.now(),
    )
    sink.mode = "refuse"
    deliver_letter(letter.pk, now=timezone.now())

    assert "Почтовый сервер получателя отказал" in signed_in(account).get("/specialist/messages/").content.decode()
    assert "Пароль кабинета изменён" in signed_in(an_operator()).get("/operator/letters/").content.decode()
    assert "nobody@" not in Letter.objects.get(pk=letter.pk).trouble


@pytest.mark.django_db
@pytest.mark.parametrize("taken", [False, True])
def test_m6_a_refused_letter_to_a_new_address_is_seen_where_it_was_asked_for(sink: Sink, *, taken: bool) -> None:
    account = an_account()
    email = an_account().email if taken else "mistyped@nmfo.example"
    ask_email_change(account=account, email=email, facts=facts(), now=timezone.now())
    browser, refusal = signed_in(account), "Почтовый сервер этого адреса не принял письмо"
    assert refusal not in browser.get("/settings/e-mail/").content.decode()

    sink.mode = "refuse"
    deliver_letter(Letter.objects.get(kind__in=["email_confirm", "email_in_use"]).pk, now=timezone.now())

    assert refusal in browser.get("/settings/e-mail/").content.decode()
