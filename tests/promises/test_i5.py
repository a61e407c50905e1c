from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from tests.builders import PASSWORD, an_account, facts, signed_in

from foundation.mail.models import Letter
from foundation.mail.operations import words_of
from foundation.signin import secrets
from foundation.signin.models import Session
from nmfo.accounts.operations.recovering import answer_recovery, ask_recovery

NEW = "новая-ромашка-паром-4410"


def asked(snils: str, key: str = "k") -> str:
    now = timezone.now()
    row = ask_recovery(snils=snils, form_key=key, language="ru", facts=facts(), now=now)
    letter = answer_recovery(row.pk, now=now)
    assert letter is not None
    return words_of(letter).text


@pytest.mark.django_db
def test_i5_a_request_changes_nothing_until_the_letter_is_used() -> None:
    account = an_account()
    owner = signed_in(account)
    asked(account.snils)

    assert owner.get("/settings/").status_code == 200
    assert signed_in(account).get("/settings/").status_code == 200


@pytest.mark.django_db
def test_i5_a_temporary_password_works_once_ends_sessions_and_tells() -> None:
    account = an_account()
    owner = signed_in(account)
    found = re.search(r"^([2-9a-z]{4}-){2}[2-9a-z]{4}$", asked(account.snils), re.MULTILINE)
    assert found is not None
    fresh = Client()
    fresh.post("/sign-in/", {"login": account.snils, "password": found[0]})

    assert fresh.get("/settings/")["Location"] == "/password/first/"
    fresh.post("/password/first/", {"password": NEW})

    assert Session.objects.filter(account=account, ended_at=None).count() == 1  # on the server, before anybody comes
    assert fresh.get("/settings/").status_code == 200
    assert owner.get("/settings/").status_code == 302
    assert Client().post("/sign-in/", {"login": account.snils, "password": found[0]}).status_code == 422
    assert Client().post("/sign-in/", {"login": account.snils, "password": PASSWORD}).status_code == 422
    assert Letter.objects.filter(kind="password_changed", account=account).count() == 1


@pytest.mark.django_db
def test_i5_a_link_works_once(settings: object) -> None:
    settings.RECOVERY_MODE = "link"  # type: ignore[attr-defined]
    account = an_account()
    link = re.search(r"/recover/[\w-]{43}/", asked(account.snils))
    assert link is not None
    browser = Client()

    assert browser.get(link[0]).status_code == 200
    assert browser.post(link[0])["Location"] == "/password/first/"
    assert browser.post("/password/first/", {"password": NEW}).status_code == 302
    assert "уже сработала" in Client().post(link[0]).content.decode()
    assert Session.objects.filter(account=account, ended_at=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_i5_of_many_uses_at_once_one_succeeds() -> None:
    account, now = an_account(), timezone.now()
    purpose, until = secrets.Purpose.RECOVER, now + timedelta(hours=1)
    for number in range(20):
        secrets.issue(account_id=account.pk, purpose=purpose, secret=f"s{number}", expires_at=until, now=now)
    together = threading.Barrier(8)

    def use(_number: int) -> list[bool]:
        """Each of the secrets, at the same moment as seven others."""
        done = []
        try:
            for number in range(20):
                together.wait()
                try:
                    secrets.use(purpose, f"s{number}", now)
                except secrets.LinkUsed:
                    done.append(False)
                else:
                    done.append(True)
        finally:
            connection.close()
        return done

    with ThreadPoolExecutor(8) as crew:
        users = list(crew.map(use, range(8)))

    assert [sum(uses) for uses in zip(*users, strict=True)] == [1] * 20
