"""What is unusual about activated codes: to look at, nothing is stopped by it (Z8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

SIGNAL_DAYS = 7  # so far back operators look
NETWORK_PEOPLE = 20  # from one network in a day
DEVICE_PEOPLE = 3  # with one browser at one address in a day
NIGHT_CODES = 5  # of one person in a night
NIGHT_ENDS = 5  # o'clock; it begins at midnight


class SignalKind(models.TextChoices):
    """What is unusual about activations of codes; none of it is a proof (Z8)."""

    NETWORK = "network", _("Many people from one network")
    DEVICE = "device", _("Several people on one device")
    NIGHT = "night", _("Many codes in one night")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """An activation of a code, at a moment of the portal's zone. `device`: address and browser."""

    account_id: int
    at: dt.datetime
    network: str
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Something that an operator may want to look at. `where`: the network or address, empty at night."""

    kind: SignalKind
    on: dt.date
    where: str
    people: tuple[int, ...]
    codes: int


def signals_in(uses: Collection[Use]) -> list[Signal]:
    """What is unusual, the latest day first. Each kind stands by itself: one activation may be in several."""
    found: list[Signal] = []
    for kind, least in ((SignalKind.NETWORK, NETWORK_PEOPLE), (SignalKind.DEVICE, DEVICE_PEOPLE)):
        groups: dict[tuple[dt.date, str], list[Use]] = {}
        for use in uses:
            groups.setdefault((use.at.date(), use.network if kind == SignalKind.NETWORK else use.device), []).append(
                use
            )
        for (on, where), group in groups.items():
            people = tuple(sorted({use.account_id for use in group}))
            if len(people) >= least:
                found.append(Signal(kind=kind, on=on, where=where, people=people, codes=len(group)))
    nights: dict[tuple[dt.date, int], int] = {}
    for use in uses:
        if use.at.hour < NIGHT_ENDS:
            nights[use.at.date(), use.account_id] = nights.get((use.at.date(), use.account_id), 0) + 1
    found += [
        Signal(kind=SignalKind.NIGHT, on=on, where="", people=(who,), codes=codes)
        for (on, who), codes in nights.items()
        if codes >= NIGHT_CODES
    ]
    return sorted(found, key=lambda one: (-one.on.toordinal(), one.kind, one.where, one.people))
