from __future__ import annotations

import pytest
from django.utils import timezone
from tests.builders import an_account
from tests.promises.test_m1 import write
from tests.support.jobs import run_jobs

from foundation.mail.models import Letter
from nmfo.accounts.operations.registering import write_temporary_password


@pytest.mark.django_db(transaction=True)
def test_m4_a_password_letter_goes_ahead_of_two_hundred_others() -> None:
    ordinary = write("first")
    for number in range(200):
        Letter.objects.filter(pk=ordinary.pk).first()
        write(f"k{number}") if number % 20 == 0 else None
    letter = write_temporary_password(an_account(), kind="new_password", key="urgent", now=timezone.now())

    run_jobs()

    order = list(Letter.objects.order_by("delivered_at").values_list("pk", flat=True))
    assert order.index(letter.pk) < 4  # four are sent at once
