"""Figures of the home page: counted in the database once an hour; what is not there is not shown."""

from __future__ import annotations

import datetime as dt
import threading
import zoneinfo
from dataclasses import dataclass

from nmfo.accounts.queries import count_accounts
from nmfo.reference.models import Level, Region
from nmfo.reference.queries import specialties_on

_EVERY = dt.timedelta(hours=1)
_SHOWN_FROM = 1000
_kept: dict[str, tuple[dt.datetime, Figures]] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Zero stands for «not worth showing»."""

    accounts: int
    higher: int
    secondary: int
    regions: int
    zones: int


def home_figures(now: dt.datetime) -> Figures:
    """The figures, at most an hour old."""
    with _lock:
        kept = _kept.get("home")
        if kept is None or now - kept[0] > _EVERY:
            kept = _kept["home"] = (now, _count(now))
        return kept[1]


def _count(now: dt.datetime) -> Figures:
    accounts = count_accounts()
    today = now.date()
    return Figures(
        accounts=accounts if accounts >= _SHOWN_FROM else 0,
        higher=specialties_on(Level.HIGHER, today).count(),
        secondary=specialties_on(Level.SECONDARY, today).count(),
        regions=Region.objects.count(),
        zones=len({now.astimezone(zoneinfo.ZoneInfo(zone)).utcoffset() for zone in _zones()}),
    )


def _zones() -> set[str]:
    return set(Region.objects.values_list("zone", flat=True))
