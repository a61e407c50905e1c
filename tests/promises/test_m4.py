from __future__ import annotations

import pytest
from django.utils import timezone
from tests.builders import an_account, facts
from tests.support.jobs import run_jobs

from foundation.mail.models import Letter
from foundation.mail.operations import put_letter
from nmfo.accounts.operations.recovering import ask_recovery


@pytest.mark.django_db(transaction=True)
def test_m4_a_password_letter_asked_for_behind_two_hundred_others_goes_before_them() -> None:
    account, now = an_account(), timezone.now()
    values = {"person": account, "at": now, "network": "n"}
    for number in range(200):
        put_letter(
            kind="password_changed", to=account.email, account_id=None, language="ru", values=values, key=f"k{number}", now=now
        )  # fmt: skip
    ask_recovery(snils=account.snils, form_key="k", language="ru", facts=facts(), now=now)

    run_jobs()

    order = list(Letter.objects.order_by("delivered_at").values_list("kind", flat=True))
    assert len(order) == 201
    assert order.index("new_password") == 0
