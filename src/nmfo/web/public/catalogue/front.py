"""What the home page shows of the catalogue: the nearest events, specialties with most programmes, figures."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils import formats
from django.utils.translation import get_language

from nmfo.catalogue.rules.words import Kind
from nmfo.catalogue.search.finding import find
from nmfo.catalogue.search.index import index
from nmfo.catalogue.search.query import Query
from nmfo.catalogue.search.showing import Shown, shown
from nmfo.reference.naming import specialties_in_a_line
from nmfo.web.parts import wording
from nmfo.web.public.catalogue import texts
from nmfo.web.public.catalogue.facets import address
from nmfo.web.public.catalogue.rows import card_address

_EVENTS, _POPULAR, _SHOWN_NAMES = 4, 3, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """An event of the rail of dates, by the clock of its place."""

    day: dt.date
    month: str
    title: str
    note: str
    url: str
    credits: int


def front(today: dt.date) -> dict[str, Any]:
    """Events to come, and specialties people may begin with. Nothing there: the page leaves the blocks out."""
    snapshot = index().current()
    found = find(snapshot, Query(kind=(Kind.EVENT,), sort="soonest"), (), today=today, size=_EVENTS)
    rows = shown(hit.item for hit in found.hits)
    whole = find(snapshot, Query(), (), today=today, size=1)
    numbers = whole.counts["specialty"]
    popular = sorted(numbers, key=lambda key: (-numbers[key], int(key)))[:_POPULAR]
    return {
        "events": [_event(rows[hit.item]) for hit in found.hits if hit.item in rows],
        "event_count": found.total,
        "popular": [(snapshot.specialties[int(key)].name, address(Query(specialty=(int(key),)))) for key in popular],
        "programmes": whole.counts["kind"][Kind.PROGRAMME],
        "organisations": len(whole.counts["organisation"]),
    }


def _event(item: Shown) -> _Event:
    moment = wording.in_zone(item.begins_at or dt.datetime.now(dt.UTC), item.zone)
    month = formats.date_format(moment, "E" if get_language() == "ru" else "F")
    kind = texts.name_of("event_kind", item.event_kind) if item.event_kind else texts.word(texts.ONE_KIND, item.kind)
    parts = [
        f"{kind}, {wording.clock(moment, item.zone)}",
        specialties_in_a_line(item.specialty_names, most=_SHOWN_NAMES),
    ]
    return _Event(
        day=moment.date(),
        month=month,
        title=item.title,
        note=" · ".join(part for part in parts if part),
        url=card_address(item.kind, item.item_id),
        credits=item.credits,
    )
