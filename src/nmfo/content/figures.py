"""Figures of the home page: counted in the database once an hour; what is not there is not shown."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass

from nmfo.accounts.queries import count_accounts
from nmfo.reference.models import Region, Specialty

_EVERY = dt.timedelta(hours=1)
_SHOWN_FROM = 1000
_kept: dict[str, tuple[dt.datetime, Figures]] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Zero stands for «not worth showing»."""

    accounts: int
    specialties: int
    regions: int


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
        specialties=Specialty.objects.filter(valid_from_on__lte=today).exclude(valid_until_on__lt=today).count(),
        regions=Region.objects.count(),
    )
