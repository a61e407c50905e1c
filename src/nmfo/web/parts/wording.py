"""Short texts of days, moments and prices, as lists and cards of the catalogue say them."""

from __future__ import annotations

import datetime as dt
import functools
import zoneinfo

from django.utils import formats
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from nmfo.catalogue.rules.words import Kind
from nmfo.reference.zones import MOSCOW, ZONES

NBSP = "\u00a0"
KINDS = {
    Kind.PROGRAMME: gettext_lazy("Programmes"),
    Kind.EVENT: gettext_lazy("Events"),
    Kind.MODULE: gettext_lazy("Modules"),
}


def day(value: dt.date, language: str = "") -> str:
    """1 декабря 2026. `language` is the active one, for who has asked for it already."""
    return _day(value, language or get_language() or "ru")


@functools.lru_cache(maxsize=5000)
def _day(value: dt.date, language: str) -> str:
    return formats.date_format(value, "j E Y" if language == "ru" else "j F Y").replace(" ", NBSP)


def period(first: dt.date, last: dt.date) -> str:
    """1–12 декабря 2026; 28 декабря 2026 – 15 января 2027."""
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{day(last)}"
    return f"{day(first)} – {day(last)}"


def in_zone(value: dt.datetime, zone: str) -> dt.datetime:
    """A moment by the clock of a place; Moscow's when the place is not said."""
    return value.astimezone(zoneinfo.ZoneInfo(zone or MOSCOW))


def clock(value: dt.datetime, zone: str) -> str:
    """18:00 МСК; of another place both clocks: 20:00, Екатеринбург (18:00 МСК)."""
    label = _("MSK")
    moscow = f"{in_zone(value, MOSCOW):%H:%M}{NBSP}{label}"
    if zone in {"", MOSCOW}:
        return moscow
    return f"{in_zone(value, zone):%H:%M}, {ZONES.get(zone, zone)} ({moscow})"


def span(begins: dt.datetime, ends: dt.datetime | None, zone: str) -> str:
    """1 декабря 2026, 10:00–13:00 МСК; of several days both ends with their clocks.

    Of another place both by both clocks: 10:00–13:00, Екатеринбург (08:00–11:00 МСК).
    """
    first = in_zone(begins, zone)
    if ends is None:
        return f"{day(first.date())}, {clock(begins, zone)}"
    last = in_zone(ends, zone)
    if first.date() == last.date() and zone in {"", MOSCOW}:
        return f"{day(first.date())}, {first:%H:%M}–{clock(ends, zone)}"
    if first.date() == last.date():
        moscow = f"{in_zone(begins, MOSCOW):%H:%M}–{clock(ends, MOSCOW)}"
        return f"{day(first.date())}, {first:%H:%M}–{last:%H:%M}, {ZONES.get(zone, zone)} ({moscow})"
    return f"{day(first.date())}, {clock(begins, zone)} – {day(last.date())}, {clock(ends, zone)}"


def price(rub: int) -> str:
    """9 800 ₽; free of charge."""
    return f"{rub:,}".replace(",", NBSP) + f"{NBSP}₽" if rub else _("Free of charge")
