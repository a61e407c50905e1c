from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from tests.builders import an_account

from foundation.runtime.keys import add_keys, keys, keys_file
from foundation.vault.cipher import blind
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


@pytest.mark.django_db
@pytest.mark.usefixtures("own_keys")
@pytest.mark.parametrize("look", [lambda who: account_by_snils(who.snils), lambda who: account_by_email(who.email)])
def test_p2_a_look_that_a_rotation_overtakes_finds_its_row(look: Callable[[Account], Account | None]) -> None:
    account = an_account()
    overtaken: list[str] = []

    def overtake(run: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        """All keys are changed after the question was made up and before it is put."""
        if not overtaken and "accounts_account" in sql:
            overtaken.append(sql)
            rotate()
        return run(sql, *arguments)

    with connection.execute_wrapper(overtake):
        found = look(account)

    assert overtaken
    assert found == account


@pytest.mark.django_db
@pytest.mark.usefixtures("own_keys")
def test_p2_people_are_found_before_their_rows_are_written_anew() -> None:
    account = an_account()
    add_keys(field=b"f" * 32, index=b"i" * 32)

    assert account_by_snils(account.snils) == account
    assert account_by_email(account.email) == account
    assert Account.objects.get(pk=account.pk).email == account.email


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("own_keys")
def test_p2_old_keys_stay_while_a_row_needs_them() -> None:
    an_account()
    add_keys(field=b"f" * 32, index=b"i" * 32)

    with pytest.raises(StillUsed):
        retire()


@pytest.mark.usefixtures("own_keys")
def test_p2_without_the_key_an_index_says_nothing() -> None:
    """A hash of the 10⁹ numbers there are falls in minutes; another key has to give another index of the same number."""
    digest = slice(2, None)  # behind the number of the key
    before = blind("11223344595", purpose="snils")[digest]
    add_keys(field=b"f" * 32, index=b"i" * 32)

    assert blind("11223344595", purpose="snils")[digest] != before
    assert blind("11223344595", purpose="phone") != blind("11223344595", purpose="snils")
