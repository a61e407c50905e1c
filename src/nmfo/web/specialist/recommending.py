"""«Подходит вашему плану»: a few items of the catalogue for a cycle, each with the reason it is shown."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from foundation.ui.addresses import address_of
from nmfo.catalogue.rules.words import Kind
from nmfo.catalogue.search.finding import Viewer, find
from nmfo.catalogue.search.index import Snapshot, index
from nmfo.catalogue.search.query import Query
from nmfo.catalogue.search.showing import Shown, shown
from nmfo.credits.rules.words import Part
from nmfo.cycles.queries.counting import CycleState, family_of
from nmfo.cycles.rules.measuring import YearSum
from nmfo.cycles.rules.words import Ask

SHOWN = 3
_LOOKED_AT = 12  # of each kind: some of them may be met already
_MOST_KEPT = 1000  # some three hundred specialties with three kinds each
_rows: dict[int, tuple[float, Shown]] = {}  # with the moment each was read
_kept: dict[tuple[int, frozenset[int], str, str, dt.date], tuple[int, ...]] = {}
_KINDS = {Part.PROGRAMME: Kind.PROGRAMME, Part.EVENT: Kind.EVENT, Part.MODULE: Kind.MODULE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommended:
    """An item and why it is shown."""

    item: Shown
    url: str
    reason: str
    begins_on: dt.date | None


def recommended_for(state: CycleState, today: dt.date) -> list[Recommended]:
    """At most three items of the cycle's specialty, the parts with a gap first, one of each kind where there is one.

    What the person has credits for, or awaits them of, is left out: the state has to know what they have `met`.
    """
    specialty = state.cycle.specialty
    if specialty is None:
        return []
    family, snapshot = family_of(specialty), index().current()
    parts = sorted(_KINDS, key=lambda part: (-_gap(state, part), list(_KINDS).index(part)))
    found = [
        [item for item in _hits(snapshot, family, specialty.level, _KINDS[part], today) if item not in state.met]
        for part in parts
    ]
    chosen = [items[0] for items in found if items]
    chosen += [item for items in found for item in items[1:]]
    rows = _rows_of(chosen[:SHOWN])
    return [_recommended(rows[item], state, today) for item in chosen[:SHOWN] if item in rows]


def _rows_of(items: list[int]) -> dict[int, Shown]:
    """What is shown of items, at most `settings.SHOWN_KEPT_S` old: those of a specialty are the same for many."""
    now = time.monotonic()
    kept = {item: one for item in items if (one := _rows.get(item)) is not None}
    found = {item: row for item, (since, row) in kept.items() if now - since < settings.SHOWN_KEPT_S}
    if missing := [item for item in items if item not in found]:
        if len(_rows) >= _MOST_KEPT:
            _rows.clear()
        for item, row in shown(missing).items():
            _rows[item], found[item] = (now, row), row
    return found


def _hits(snapshot: Snapshot, family: frozenset[int], level: str, kind: str, today: dt.date) -> tuple[int, ...]:
    """The first of a kind for a specialty: the same for everybody of it, looked for once a state of the catalogue."""
    key = (snapshot.number, family, level, kind, today)
    found = _kept.get(key)
    if found is None:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        found = _kept[key] = _look(snapshot, family, level, kind, today)
    return found


def _look(snapshot: Snapshot, family: frozenset[int], level: str, kind: str, today: dt.date) -> tuple[int, ...]:
    query = Query(specialty=tuple(sorted(family)), level=(level,), kind=(kind,))
    viewer = Viewer(specialties=family)
    return tuple(hit.item for hit in find(snapshot, query, (), today=today, viewer=viewer, size=_LOOKED_AT).hits)


def _gap(state: CycleState, part: str) -> int:
    """How much of a part the minimum still asks for."""
    minimum = state.standing.minimum
    asked = minimum.measures if minimum else ()
    gaps = [one.missing for one in asked if one.requirement.ask != Ask.PAPER and part in one.requirement.parts]
    return max(gaps, default=0)


def _recommended(item: Shown, state: CycleState, today: dt.date) -> Recommended:
    starts = [start for start in item.starts if start >= today]
    return Recommended(
        item=item,
        url=address_of(f"public:{item.kind}", item.item_id),
        reason=_reason(item, state),
        begins_on=min(starts, default=None),
    )


def _reason(item: Shown, state: CycleState) -> str:
    gap, year = _gap(state, str(Part(item.kind))), present_year(state)
    if gap:
        return _("The minimum still lacks %(n)d of such credits") % {"n": gap}
    if year is not None and year.missing and item.credits >= year.missing:
        return _("Fills year %(n)d to the end") % {"n": year.number}
    return _("For your specialty")


def present_year(state: CycleState) -> YearSum | None:
    """The year of the cycle that it is today; None when the cycle is over."""
    return next((year for year in state.standing.years if year.number == state.year), None)
