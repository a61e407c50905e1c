from __future__ import annotations

import threading

import pytest
from django.db import connection
from django.utils import timezone
from tests.builders import a_specialist, facts
from tests.credit_builders import a_batch, code_in

from nmfo.credits.balancing import faults
from nmfo.credits.models import ConfirmationCode, LedgerEntry
from nmfo.credits.operations.redeeming import redeem_code
from nmfo.credits.rules.refusals import CodeSpentByAnother, CodeSpentByYou
from nmfo.specialists.models import Specialist


def at_once(people: list[Specialist], text: str) -> list[str]:
    """What everybody who brings one code at the same moment is told, sorted."""
    gate = threading.Barrier(len(people))
    told: list[str] = []

    def one(number: int) -> None:
        try:
            gate.wait()
            redeem_code(specialist=people[number], text=text, facts=facts(ip=f"127.0.{number}.1"), now=timezone.now())
            told.append("posted")
        except (CodeSpentByAnother, CodeSpentByYou) as refusal:
            told.append(type(refusal).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=[number]) for number in range(len(people))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(told)


@pytest.mark.django_db(transaction=True)
def test_l2_of_fifty_that_bring_one_code_at_once_one_gets_its_credits() -> None:
    ten = [a_specialist() for _number in range(10)]
    batch = a_batch()

    told = at_once(ten * 5, code_in(batch))

    winner = ConfirmationCode.objects.get().activated_by
    assert told.count("posted") == 1
    assert told.count("CodeSpentByYou") == 4
    assert told.count("CodeSpentByAnother") == 45
    assert list(LedgerEntry.objects.values_list("specialist", "credits")) == [(winner.pk, 3)]  # type: ignore[union-attr]
    assert faults() == []


@pytest.mark.django_db(transaction=True)
def test_l2_one_person_with_many_codes_of_one_event_gets_it_once() -> None:
    doctor, batch = a_specialist(), a_batch(count=8, confirmed=8)
    gate = threading.Barrier(8)
    told: list[str] = []

    def one(number: int) -> None:
        try:
            gate.wait()
            redeem_code(specialist=doctor, text=code_in(batch, number), facts=facts(), now=timezone.now())
            told.append("posted")
        except Exception as refusal:  # noqa: BLE001 - whatever it is, it is compared below
            told.append(type(refusal).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=[number]) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told) == [*["CountedAlready"] * 7, "posted"]
    assert ConfirmationCode.objects.filter(state="issued").count() == 7
    assert faults() == []
