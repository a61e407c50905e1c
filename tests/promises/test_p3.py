from __future__ import annotations

import pytest
from django.db import connection
from tests.builders import an_account

from foundation.vault.cipher import CannotOpen
from nmfo.accounts.models import Account


@pytest.mark.django_db
def test_p3_a_value_in_another_row_or_column_does_not_open() -> None:
    one, other = an_account(), an_account()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_account SET phone = (SELECT phone FROM accounts_account WHERE id = %s), email = snils WHERE id = %s",
            [other.pk, one.pk],
        )

    swapped = Account.objects.get(pk=one.pk)
    with pytest.raises(CannotOpen):
        _ = swapped.phone
    with pytest.raises(CannotOpen):
        _ = swapped.email
    assert swapped.snils == one.snils
