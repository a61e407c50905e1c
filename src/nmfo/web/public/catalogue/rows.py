"""Rows of results: rendered once for each state of an item, language and day, then taken from memory."""

from __future__ import annotations

import datetime as dt
import functools
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from nmfo.catalogue.rules import Basis, Kind
from nmfo.catalogue.search.finding import Hit
from nmfo.catalogue.search.index import Snapshot
from nmfo.catalogue.search.showing import Shown, shown
from nmfo.web.parts import wording
from nmfo.web.public.catalogue import texts

_KEPT = 5000
_FEW_SEATS = 5
_NOT_ALL_REGIONS = 2
Key = tuple[int, int, str, dt.date]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row: the piece that is the same for all, and what only this viewer sees."""

    html: SafeString
    fits: str = ""


@dataclass(slots=True, kw_only=True)
class _Facts:
    """What the template of a row shows."""

    url: str
    title: str
    organisation: str
    credits: int
    badges: list[tuple[str, str]] = field(default_factory=list)
    metas: list[tuple[str, str]] = field(default_factory=list)


_kept: OrderedDict[Key, SafeString] = OrderedDict()
_lock = threading.Lock()


def rows_of(snapshot: Snapshot, hits: Iterable[Hit], today: dt.date) -> list[Row]:
    """The rows of a page of results; one statement for those that are not in memory, none when all are."""
    wanted = list(hits)
    language = get_language() or "ru"
    keys: dict[int, Key] = {hit.item: (hit.item, hit.stamp, language, today) for hit in wanted}
    with _lock:
        pieces = {item: _kept[key] for item, key in keys.items() if key in _kept}
    missing = [item for item in keys if item not in pieces]
    if missing:
        found = shown(missing)
        pieces |= {item: render(found[item], snapshot.regions, today) for item in missing if item in found}
        with _lock:
            for item in missing:
                if item in pieces:
                    _kept[keys[item]] = pieces[item]
            while len(_kept) > _KEPT:
                _kept.popitem(last=False)
    return [Row(html=pieces[hit.item], fits=_fits(snapshot, hit)) for hit in wanted if hit.item in pieces]


def render(item: Shown, regions: dict[str, str], today: dt.date) -> SafeString:
    """The piece of a row that is the same for all who read a language."""
    return render_to_string("catalogue/_row.html", {"row": _facts(item, regions, today)})


def card_address(kind: str, item: int) -> str:
    """The address of an item's card."""
    return f"{_before(kind)}{item}/"


@functools.cache
def _before(kind: str) -> str:
    return reverse(f"public:{kind}", args=[0]).removesuffix("0/")


def _fits(snapshot: Snapshot, hit: Hit) -> str:
    if not hit.specialty:
        return ""
    name = snapshot.specialties[hit.specialty].name
    if hit.is_main:
        return _("Counts for your specialty «%(name)s»") % {"name": name}
    return _("Suits your specialty «%(name)s» as an additional one") % {"name": name}


def _facts(item: Shown, regions: dict[str, str], today: dt.date) -> _Facts:
    facts = _Facts(
        url=card_address(item.kind, item.item),
        title=item.title,
        organisation=item.organisation,
        credits=item.credits,
    )
    kind = texts.name_of("event_kind", item.event_kind) if item.event_kind else texts.word(texts.ONE_KIND, item.kind)
    facts.badges.append((kind, "brand"))
    if item.accredited:
        facts.badges.append((_("Accredited"), "info"))
    if Basis.BUDGET in item.bases:
        facts.badges.append((texts.name_of("basis", Basis.BUDGET), "ok"))
    runs = [run for run in zip(item.starts, item.apply_until, item.free_seats, strict=True) if run[0] >= today]
    takes = [run for run in runs if run[1] >= today and run[2]]
    if takes and 0 < takes[0][2] <= _FEW_SEATS:
        facts.badges.append((_("Few seats left"), "warn"))
    facts.metas += _when(item, [run[0] for run in takes or runs])
    facts.metas += _where(item, regions)
    if item.price_rub is not None:
        facts.metas.append(("wallet", _price(item)))
    if takes and takes[0][2] > 0:
        facts.metas.append(("people", texts.seats(takes[0][2])))
    elif item.kind == Kind.PROGRAMME and not takes:
        facts.metas.append(("people", _("No open applications")))
    return facts


def _when(item: Shown, starts: list[dt.date]) -> list[tuple[str, str]]:
    if item.begins_at is not None:
        begins = wording.in_zone(item.begins_at, item.zone)
        return [("calendar", f"{wording.day(begins.date())}, {wording.clock(item.begins_at, item.zone)}")]
    if item.kind == Kind.MODULE:
        text = ngettext("%(n)d minute", "%(n)d minutes", item.minutes or 0) % {"n": item.minutes or 0}
        return [("clock", _("At any time, %(minutes)s") % {"minutes": text})]
    if not starts:
        return []
    text = _("From %(day)s") % {"day": wording.day(starts[0])}
    more = len(starts) - 1
    if more:
        others = ngettext("%(n)d run more", "%(n)d runs more", more) % {"n": more}
        text = f"{text}, {others}"
    return [("calendar", text)]


def _where(item: Shown, regions: dict[str, str]) -> list[tuple[str, str]]:
    parts = []
    if item.form:
        form = texts.name_of("form", item.form)
        parts.append(_("%(form)s, at a distance") % {"form": form} if item.distance else form)
    elif item.distance and item.kind == Kind.EVENT:
        parts.append(_("Online"))
    names = [regions[code] for code in item.regions if code in regions]
    if len(names) > _NOT_ALL_REGIONS:
        parts.append(ngettext("%(n)d region", "%(n)d regions", len(names)) % {"n": len(names)})
    elif names and not (item.distance and item.kind == Kind.PROGRAMME):
        parts.append(", ".join(names))
    return [("pin", ", ".join(parts))] if parts else []


def _price(item: Shown) -> str:
    text = wording.price(item.price_rub or 0)
    return _("from %(price)s") % {"price": text} if item.price_rub and len(item.starts) > 1 else text
