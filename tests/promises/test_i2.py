from __future__ import annotations

from datetime import datetime

import pytest
from django.utils import timezone
from tests.builders import PASSWORD, an_account, facts

from foundation.signin.attempt import Outcome, try_password
from foundation.signin.events import remember_device
from nmfo.accounts.operations.recovering import answer_recovery, ask_recovery
from nmfo.accounts.operations.signing_in import SignIn, sign_in_by_password


@pytest.mark.django_db
def test_i2_a_stranger_locks_neither_the_owners_browser_nor_another_network() -> None:
    account, now = an_account(), timezone.now()
    token, _new = remember_device(account.pk, "", now)
    for _try in range(8):
        sign_in_by_password(login=account.snils, password="x", human=True, facts=facts(ip="198.51.100.1"), now=now)

    from_there = sign_in_by_password(
        login=account.snils, password=PASSWORD, human=True, facts=facts(ip="198.51.100.1"), now=now
    )
    known = sign_in_by_password(
        login=account.snils, password=PASSWORD, human=True, facts=facts(ip="198.51.100.1", device=token), now=now
    )
    elsewhere = sign_in_by_password(
        login=account.snils, password=PASSWORD, human=True, facts=facts(ip="203.0.113.1"), now=now
    )

    assert from_there.attempt.outcome is Outcome.LOCKED
    assert known.account == account
    assert elsewhere.account == account


def wrong_by_strangers(login: str, tries: range, now: datetime) -> None:
    """Four from each network, so that none of them is closed."""
    for number in tries:
        where = facts(ip=f"198.51.{number // 4}.1")
        try_password(login=login, account_id=None, check=lambda: "", facts=where, human=True, now=now)


@pytest.mark.django_db
def test_i2_strangers_everywhere_raise_the_human_check_then_ask_for_recovery_and_lock_nobody() -> None:
    account, now = an_account(), timezone.now()
    token, _new = remember_device(account.pk, "", now)

    def owner(*, human: bool = True, device: str = "") -> SignIn:
        where = facts(ip="203.0.113.1", device=device)
        return sign_in_by_password(login=account.snils, password=PASSWORD, human=human, facts=where, now=now)

    wrong_by_strangers(account.snils, range(20), now)
    assert owner(human=False).attempt.outcome is Outcome.HUMAN
    assert owner().account == account

    wrong_by_strangers(account.snils, range(20, 100), now)
    assert owner().attempt.outcome is Outcome.RECOVER
    assert owner(device=token).account == account


@pytest.mark.django_db
def test_i2_recovery_stays_open_where_the_password_way_is_closed() -> None:
    account, now = an_account(), timezone.now()
    for _try in range(5):
        locked = sign_in_by_password(login=account.snils, password="x", human=True, facts=facts(), now=now)
    assert locked.attempt.outcome is Outcome.LOCKED

    row = ask_recovery(snils=account.snils, form_key="k", language="ru", facts=facts(), now=now)
    letter = answer_recovery(row.pk, now=now)

    assert letter is not None
    assert letter.to == account.email
