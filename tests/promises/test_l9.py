from __future__ import annotations

import threading
from collections import Counter

import pytest
from django.db import connection
from django.utils import timezone
from tests.builders import a_specialist, facts
from tests.credit_builders import a_batch, a_registrar, an_event, code_in

from foundation.errors import Refused
from nmfo.credits.balancing import faults
from nmfo.credits.models import Allowance, ConfirmationCode, LedgerEntry
from nmfo.credits.operations.issuing import annul_codes
from nmfo.credits.operations.redeeming import redeem_code

ROUNDS = 10


@pytest.mark.django_db(transaction=True)
def test_l9_of_an_activation_and_an_annulment_at_once_one_wins_and_the_books_balance() -> None:
    event = an_event()
    clerk = a_registrar(event.item.organisation)
    people = [a_specialist() for _number in range(ROUNDS)]
    batch = a_batch(event, by=clerk, count=ROUNDS, confirmed=ROUNDS)
    gate = threading.Barrier(2 * ROUNDS)

    def activate(number: int) -> None:
        try:
            gate.wait()
            redeem_code(
                specialist=people[number - 1],
                text=code_in(batch, number),
                facts=facts(ip=f"127.0.{number}.1"),
                now=timezone.now(),
            )
        except Refused:
            pass
        finally:
            connection.close()

    def annul(number: int) -> None:
        try:
            gate.wait()
            annul_codes(
                batch_id=batch.pk,
                numbers=[number],
                reason="Лист испорчен при печати",
                by=clerk,
                facts=facts(),
                now=timezone.now(),
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=[n]) for n in range(1, ROUNDS + 1) for act in (activate, annul)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    states = Counter(ConfirmationCode.objects.values_list("state", flat=True))
    assert states["activated"] + states["annulled"] == ROUNDS
    assert LedgerEntry.objects.count() == states["activated"]
    assert Allowance.objects.get().given == states["activated"]
    assert faults() == []
