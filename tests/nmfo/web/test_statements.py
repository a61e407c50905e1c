"""How many statements pages cost: exact, so that a loop over queries cannot slip in (performance.md 2)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from tests.builders import PASSWORD, an_account, signed_in

Queries = Callable[[int], AbstractContextManager[object]]


@pytest.mark.django_db
def test_sign_in_by_a_browser_the_account_knows(django_assert_num_queries: Queries) -> None:
    account = an_account()
    browser = signed_in(account)
    browser.post("/sign-out/")

    with django_assert_num_queries(15):
        answer = browser.post("/sign-in/", {"login": account.snils, "password": PASSWORD})

    assert answer.status_code == 302
