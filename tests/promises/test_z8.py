"""What is unusual is shown to operators, and stops nobody."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest
from django.utils import timezone
from tests.builders import a_specialist, an_operator, facts, signed_in
from tests.credit_builders import a_batch, an_event, code_in
from tests.nmfo.web.test_credits import words

from nmfo.credits.models import LedgerEntry
from nmfo.credits.operations.redeeming import redeem_code
from nmfo.credits.queries.watching import signals
from nmfo.credits.rules.signals import DEVICE_PEOPLE, NETWORK_PEOPLE, NIGHT_CODES, Signal, SignalKind, Use, signals_in

DAY = dt.datetime(2026, 3, 10, 12, tzinfo=zoneinfo.ZoneInfo("Europe/Moscow"))


def a_use(who: int, **values: object) -> Use:
    """An activation at noon, everybody at home with a browser of their own."""
    given = {"account_id": who, "at": DAY, "network": f"10.0.{who}.0/24", "device": f"10.0.{who}.1 · browser"}
    return Use(**{**given, **values})  # type: ignore[arg-type]


def kinds(uses: list[Use]) -> list[SignalKind]:
    return [signal.kind for signal in signals_in(uses)]


def test_z8_many_people_of_one_network_are_a_signal_and_one_fewer_are_none() -> None:
    hall = [a_use(who, network="10.9.9.0/24") for who in range(NETWORK_PEOPLE)]

    assert signals_in([*hall, a_use(0, network="10.9.9.0/24")]) == [
        Signal(
            kind=SignalKind.NETWORK,
            on=DAY.date(),
            where="10.9.9.0/24",
            people=tuple(range(NETWORK_PEOPLE)),
            codes=NETWORK_PEOPLE + 1,
        )
    ]
    assert kinds(hall[1:]) == []
    assert kinds([*hall[1:], a_use(0, network="10.9.9.0/24", at=DAY + dt.timedelta(days=1))]) == []


def test_z8_several_people_with_one_device_are_a_signal() -> None:
    shared = [a_use(who, device="10.9.9.1 · phone") for who in range(DEVICE_PEOPLE)]

    assert kinds(shared) == [SignalKind.DEVICE]
    assert kinds(shared[1:]) == []
    assert kinds([*shared[1:], a_use(1, device="10.9.9.1 · phone")]) == []


@pytest.mark.parametrize(("hour", "seen"), [(0, [SignalKind.NIGHT]), (4, [SignalKind.NIGHT]), (5, []), (23, [])])
def test_z8_many_codes_of_one_person_in_a_night_are_a_signal(hour: int, seen: list[SignalKind]) -> None:
    night = [a_use(7, at=DAY.replace(hour=hour, minute=number)) for number in range(NIGHT_CODES)]

    assert kinds(night) == seen
    assert kinds(night[1:]) == []
    assert kinds([*night[1:], a_use(8, at=DAY.replace(hour=hour))]) == []


@pytest.mark.django_db
def test_z8_operators_see_it_and_everybody_keeps_their_credits() -> None:
    people = [a_specialist() for _number in range(NETWORK_PEOPLE)]
    batch = a_batch(an_event(), count=NETWORK_PEOPLE, confirmed=NETWORK_PEOPLE)
    operator = signed_in(an_operator())
    before = words(operator, "/operator/credits/signals/")

    for number, person in enumerate(people, 1):
        redeem_code(
            specialist=person,
            text=code_in(batch, number),
            facts=facts(ip=f"127.77.1.{number}"),
            now=timezone.now(),
        )

    assert "Ничего необычного" in before
    assert [(one.kind, one.signal.where) for one in signals(timezone.now())] == [
        ("Много людей из одной сети", "127.77.1.0/24")
    ]
    page = words(operator, "/operator/credits/signals/")
    assert "Много людей из одной сети" in page
    assert "20 человек · 20 кодов" in page
    assert LedgerEntry.objects.count() == NETWORK_PEOPLE
    assert signals(timezone.now() + dt.timedelta(days=8)) == []
