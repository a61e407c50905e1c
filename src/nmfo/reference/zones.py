"""Time zones of Russia by the city people know them by. The names are those of the IANA database."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MOSCOW = "Europe/Moscow"
# From west to east; the regions' list has no others, a test compares.
ZONES: dict[str, str | Promise] = {
    "Europe/Kaliningrad": gettext_lazy("Kaliningrad"),
    MOSCOW: gettext_lazy("Moscow"),
    "Europe/Simferopol": gettext_lazy("Simferopol"),
    "Europe/Kirov": gettext_lazy("Kirov"),
    "Europe/Volgograd": gettext_lazy("Volgograd"),
    "Europe/Astrakhan": gettext_lazy("Astrakhan"),
    "Europe/Samara": gettext_lazy("Samara"),
    "Europe/Saratov": gettext_lazy("Saratov"),
    "Europe/Ulyanovsk": gettext_lazy("Ulyanovsk"),
    "Asia/Yekaterinburg": gettext_lazy("Yekaterinburg"),
    "Asia/Omsk": gettext_lazy("Omsk"),
    "Asia/Barnaul": gettext_lazy("Barnaul"),
    "Asia/Krasnoyarsk": gettext_lazy("Krasnoyarsk"),
    "Asia/Novokuznetsk": gettext_lazy("Novokuznetsk"),
    "Asia/Novosibirsk": gettext_lazy("Novosibirsk"),
    "Asia/Tomsk": gettext_lazy("Tomsk"),
    "Asia/Irkutsk": gettext_lazy("Irkutsk"),
    "Asia/Chita": gettext_lazy("Chita"),
    "Asia/Yakutsk": gettext_lazy("Yakutsk"),
    "Asia/Vladivostok": gettext_lazy("Vladivostok"),
    "Asia/Magadan": gettext_lazy("Magadan"),
    "Asia/Sakhalin": gettext_lazy("Sakhalin"),
    "Asia/Kamchatka": gettext_lazy("Kamchatka"),
    "Asia/Anadyr": gettext_lazy("Anadyr"),
}


def zone_label(zone: str, at: dt.datetime) -> str:
    """МСК, or МСК+2 (Екатеринбург): how far a zone is from Moscow at a moment. `at` is aware."""
    ahead = _offset(zone, at) - _offset(MOSCOW, at)
    hours = int(ahead.total_seconds()) // 3600
    if not hours:
        return _("MSK")
    signed = f"+{hours}" if hours > 0 else f"\u2212{-hours}"
    return _("MSK%(signed)s (%(city)s)") % {"signed": signed, "city": ZONES.get(zone, zone)}


def zone_choices(at: dt.datetime) -> list[tuple[str, str]]:
    """The zones for a choice: the value, and the city with how far it is from Moscow."""
    rows = []
    for zone, city in ZONES.items():
        hours = int((_offset(zone, at) - _offset(MOSCOW, at)).total_seconds()) // 3600
        label = _("%(city)s, Moscow time") if not hours else _("%(city)s, MSK%(signed)s")
        signed = f"+{hours}" if hours > 0 else f"\u2212{-hours}"
        rows.append((zone, label % {"city": city, "signed": signed}))
    return rows


def _offset(zone: str, at: dt.datetime) -> dt.timedelta:
    return at.astimezone(zoneinfo.ZoneInfo(zone)).utcoffset() or dt.timedelta()
