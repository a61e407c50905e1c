from __future__ import annotations

import pytest
from django.utils import timezone
from tests.builders import PASSWORD, an_account, facts

from foundation.signin.attempt import Outcome
from foundation.signin.events import remember_device
from nmfo.accounts.operations.signing_in import sign_in_by_password


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
