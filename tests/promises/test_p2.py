from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from tests.builders import an_account

from foundation.runtime.keys import keys, keys_file
from foundation.vault.rotation import StillUsed, renew_rows, retire, rotate
from nmfo.accounts.models import Account
from nmfo.accounts.queries import account_by_email, account_by_snils


@pytest.fixture
def own_keys() -> Iterator[None]:
    """The key file as it was, afterwards."""
    before = keys_file().read_bytes()
    yield
    keys_file().write_bytes(before)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("own_keys")
def test_p2_nobody_is_lost_while_keys_change() -> None:
    people = [(account.pk, account.snils, account.email) for account in (an_account() for _ in range(12))]
    old = keys().field[0][0]

    def look(_round: int) -> bool:
        try:
            return all(
                getattr(account_by_snils(number), "pk", 0) == pk and getattr(account_by_email(mail), "pk", 0) == pk
                for pk, number, mail in people
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as crew:
        looks = [crew.submit(look, number) for number in range(12)]
        rotate()
        assert all(one.result() for one in looks)

    assert keys().field[0][0] == old + 1
    assert renew_rows() == 0
    assert retire() == 2
    assert look(0)
    assert {Account.objects.get(pk=pk).snils for pk, _n, _m in people} == {number for _pk, number, _m in people}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("own_keys")
def test_p2_old_keys_stay_while_a_row_needs_them() -> None:
    an_account()
    from foundation.runtime.keys import add_keys

    add_keys(field=b"f" * 32, index=b"i" * 32)

    with pytest.raises(StillUsed):
        retire()


@pytest.mark.django_db
def test_p2_the_index_is_not_a_plain_hash() -> None:
    account = an_account()

    assert hashlib.sha256(account.snils.encode()).digest() not in bytes(account.snils_index)
