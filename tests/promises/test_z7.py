from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from tests.builders import a_specialist, facts
from tests.credit_builders import a_batch, code_in

from foundation.errors import Refused
from nmfo.credits.codes import ALPHABET, RANDOM_BITS, code_of, readings
from nmfo.credits.models import ConfirmationCode, LedgerEntry
from nmfo.credits.operations.redeeming import redeem_code
from nmfo.credits.rules.refusals import TooManyCodes
from nmfo.credits.rules.words import CODE_TRIES, CODE_TRIES_OF_A_NETWORK


def test_z7_a_code_has_sixty_random_bits_of_an_alphabet_without_look_alikes() -> None:
    assert RANDOM_BITS >= 60
    assert not set("ILOU") & set(ALPHABET)


@pytest.mark.django_db
def test_z7_the_table_keeps_no_code_and_codes_do_not_follow_each_other() -> None:
    batch = a_batch(count=10)
    codes = [code_in(batch, number) for number in range(1, 11)]

    rows = ConfirmationCode.objects.order_by("number").values()

    said = repr(list(rows))
    assert not [code for code in codes if code in said or code.replace("-", "")[3:] in said]
    assert len({code[4:8] for code in codes}) == 10


def test_z7_one_try_is_two_codes_at_most_however_many_are_sent() -> None:
    guesses = [code_of(bytes([number] * 8)) for number in range(8)]

    assert readings("".join(f"NM0{guess}" for guess in guesses)) == guesses[:2]


@pytest.mark.django_db
def test_z7_guessing_is_stopped_for_a_person_and_for_a_network() -> None:
    now, checked, stopped = timezone.now(), 0, 0
    for person in range(15):
        doctor = a_specialist()
        for number in range(CODE_TRIES + 3):
            try:
                redeem_code(
                    specialist=doctor, text=f"нет {person} {number}", facts=facts(), now=now + dt.timedelta(seconds=1)
                )
            except TooManyCodes:
                stopped += 1
            except Refused:
                checked += 1

    assert checked == CODE_TRIES_OF_A_NETWORK
    assert stopped == 15 * (CODE_TRIES + 3) - checked
    assert not LedgerEntry.objects.exists()
