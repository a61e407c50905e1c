"""Facets, chips and the way out of an empty result: what of a query the page offers, and where each link leads."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from nmfo.catalogue.rules.words import Basis, Form, Kind
from nmfo.catalogue.search.finding import Counts, count
from nmfo.catalogue.search.index import Snapshot
from nmfo.catalogue.search.query import Query
from nmfo.catalogue.search.segment import QUICK_CREDITS
from nmfo.catalogue.search.understanding import Understood, dropped
from nmfo.reference.models import Level
from nmfo.reference.naming import specialty_called
from nmfo.web.parts import wording
from nmfo.web.public.catalogue import texts

SHORT = 6
FILTERED_FROM = 12  # lists longer than this have a field that filters them
LONG = ("specialty", "region", "organisation")
_WAYS_OUT = 5


class Option(NamedTuple):
    """A box to tick: `name` of the parameter, its value, how many items there would be."""

    name: str
    value: str
    label: str
    number: int | None
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """A group of boxes. `more`: how many are left out of a long list, and where all of them are."""

    name: str
    title: str
    options: Sequence[Option]
    switches: Sequence[Option] = ()
    more: int = 0
    more_url: str = ""
    is_open: bool = False
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A chosen filter, the address without it, and how many there would be then (in an empty result only)."""

    label: str
    url: str
    query: Query
    count: int = 0


def address(query: Query) -> str:
    """The catalogue's address of a query."""
    written = query.written()
    return _page() + (f"?{written}" if written else "")


def save_address(query: Query) -> str:
    """Where a query is saved; nothing when it asks for everything."""
    return f"{_save_page()}?{query.filters.written()}" if query.q or query.narrows else ""


@functools.cache
def _page() -> str:
    return reverse("public:catalogue")


@functools.cache
def _facet_page(name: str) -> str:
    return reverse("public:facet", args=[name])


@functools.cache
def _save_page() -> str:
    return reverse("public:saved-new")


def facets(snapshot: Snapshot, query: Query, counts: Counts) -> list[Facet]:
    """All facets of the page in their order."""
    return [
        _small("kind", Kind.values, query, counts, is_open=True),
        long_facet("specialty", snapshot, query, counts),
        _small("level", Level.values, query, counts, is_open=True),
        _small("form", Form.values, query, counts, is_open=True),
        _credits(query, counts),
        _small("basis", Basis.values, query, counts),
        _when(query),
        long_facet("region", snapshot, query, counts),
        long_facet("organisation", snapshot, query, counts),
        _price(query, counts),
        _features(query, counts),
    ]


def long_facet(
    name: str, snapshot: Snapshot, query: Query, counts: Counts, *, like: str = "", whole: bool = False
) -> Facet:
    """A facet of a long list: the chosen ones and those with most items first; `whole` is all that have any.

    `like` leaves those whose name has the text.
    """
    names = _names(name, snapshot)
    chosen = {str(value) for value in getattr(query, name)}
    numbers = counts[name]
    wanted = like.lower().replace("ё", "е").strip()
    there = {value: number for value, number in numbers.items() if value in names}
    there |= {value: 0 for value in chosen if value not in there}
    if wanted:
        there = {value: n for value, n in there.items() if wanted in names[value].lower().replace("ё", "е")}
    if whole:
        shown = sorted(there, key=lambda value: (value not in chosen, names[value].lower().replace("ё", "е")))
    else:
        most = max(SHORT, len(chosen))
        least = min(sorted(there.values(), reverse=True)[:most], default=0)  # what has fewer need not be put in order
        few = chosen.union(value for value, number in there.items() if number >= least)
        shown = sorted(few, key=lambda value: (value not in chosen, -there[value], names[value]))[:most]
    options = [
        Option(name=name, value=value, label=names[value], number=there[value], chosen=value in chosen)
        for value in shown
    ]
    written = query.but(sort=query.sort).written()
    return Facet(
        name=name,
        title=texts.word(texts.FACETS, name),
        options=options,
        switches=_switches({"specialty": ("main",), "region": ("anywhere",)}.get(name, ()), query, only=bool(chosen)),
        more=len(there) - len(shown),
        more_url=_facet_page(name) + (f"?{written}" if written else ""),
        is_open=bool(chosen) or name == "specialty",
    )


def _names(name: str, snapshot: Snapshot) -> Mapping[str, str]:
    if name == "region":
        return snapshot.regions
    language = get_language() or "ru"
    source: object = snapshot.organisations if name == "organisation" else snapshot.specialties
    kept = _kept_names.get((name, language))
    if kept is None or kept[0] is not source:  # a list that has changed is another object
        if name == "organisation":
            names = {str(pk): text for pk, text in snapshot.organisations.items()}
        else:
            names = {
                str(pk): specialty_called(one.name, level=one.level, until=one.until)
                for pk, one in snapshot.specialties.items()
            }
        kept = _kept_names[(name, language)] = (source, names)
    return kept[1]


_kept_names: dict[tuple[str, str], tuple[object, dict[str, str]]] = {}


def _small(name: str, values: Iterable[str], query: Query, counts: Counts, *, is_open: bool = False) -> Facet:
    chosen, names = getattr(query, name), texts.names_of(name)
    options = [
        Option(name=name, value=value, label=names[value], number=counts[name][value], chosen=value in chosen)
        for value in values
    ]
    return Facet(name=name, title=texts.word(texts.FACETS, name), options=options, is_open=is_open or bool(chosen))


def _credits(query: Query, counts: Counts) -> Facet:
    options = [
        Option(
            name="credits",
            value=str(number),
            label=str(number),
            number=counts["credits"][str(number)],
            chosen=number in query.credits,
        )
        for number in QUICK_CREDITS
    ]
    fields = {"credits_from": _text(query.credits_from), "credits_to": _text(query.credits_to)}
    return Facet(
        name="credits", title=texts.word(texts.FACETS, "credits"), options=options, fields=fields, is_open=True
    )


def _when(query: Query) -> Facet:
    fields = {"from": _text(query.day_from), "to": _text(query.day_to)}
    is_open = bool(query.day_from or query.day_to or query.past)
    switches = _switches(("past",), query)
    return Facet(
        name="when",
        title=texts.word(texts.FACETS, "when"),
        options=(),
        fields=fields,
        switches=switches,
        is_open=is_open,
    )


def _price(query: Query, counts: Counts) -> Facet:
    free = Option(
        name="free", value="1", label=texts.word(texts.SWITCHES, "free"), number=counts["free"]["1"], chosen=query.free
    )
    fields = {"price_from": _text(query.price_from), "price_to": _text(query.price_to)}
    is_open = query.free or query.price_from is not None or query.price_to is not None
    return Facet(name="price", title=texts.word(texts.FACETS, "price"), options=[free], fields=fields, is_open=is_open)


def _features(query: Query, counts: Counts) -> Facet:
    options = [
        Option(name=name, value="1", label=label, number=counts[name]["1"], chosen=getattr(query, name))
        for name, label in texts.words(texts.FEATURES).items()
    ]
    chosen = any(option.chosen for option in options)
    return Facet(name="features", title=texts.word(texts.FACETS, "features"), options=options, is_open=chosen)


def _switches(names: Iterable[str], query: Query, *, only: bool = True) -> list[Option]:
    """Boxes that change how a facet works; shown when there is something to change."""
    return [
        Option(name=name, value="1", label=texts.word(texts.SWITCHES, name), number=None, chosen=getattr(query, name))
        for name in names
        if only or getattr(query, name)
    ]


def _text(value: object) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, dt.date) else str(value)


def chips(snapshot: Snapshot, query: Query) -> list[Chip]:
    """Every chosen filter, in the order of the facets."""
    found: list[Chip] = []

    def add(label: str, rest: Query) -> None:
        found.append(Chip(label=label, url=address(rest), query=rest))

    for name in ("kind", "specialty", "level", "form", "basis", "region", "organisation"):
        names = _names(name, snapshot) if name in LONG else {}
        for value in getattr(query, name):
            add(names[str(value)] if names else texts.name_of(name, value), query.without(name, value))
    for number in query.credits:
        add(_("%(n)d credits") % {"n": number}, query.without("credits", number))
    for label, names_of_fields in _ranges(query):
        add(label, query.but(**dict.fromkeys(names_of_fields)))
    for table in (texts.SWITCHES, texts.FEATURES):
        for name in [name for name in table if getattr(query, name)]:
            add(texts.word(table, name), query.without(name))
    return found


def _ranges(query: Query) -> list[tuple[str, tuple[str, str]]]:
    def day(value: dt.date) -> str:
        return wording.day(value)

    wordings: list[tuple[tuple[str, str], Callable[..., str], str, str, str]] = [
        (
            ("credits_from", "credits_to"),
            str,
            _("from %(a)s to %(b)s credits"),
            _("from %(a)s credits"),
            _("up to %(b)s credits"),
        ),
        (("price_from", "price_to"), wording.price, _("from %(a)s to %(b)s"), _("from %(a)s"), _("up to %(b)s")),
        (("day_from", "day_to"), day, _("from %(a)s to %(b)s"), _("from %(a)s"), _("up to %(b)s")),
    ]
    found = []
    for names, shape, both, low, high in wordings:
        first, last = (getattr(query, name) for name in names)
        if first is None and last is None:
            continue
        sentence = both if first is not None and last is not None else low if first is not None else high
        values = {"a": "" if first is None else shape(first), "b": "" if last is None else shape(last)}
        found.append((sentence % values, names))
    return found


def ways_out(snapshot: Snapshot, query: Query, understood: Understood, today: dt.date) -> list[Chip]:
    """From an empty result: without which filter, or which word, there is something, the most first."""
    bare = Query(q=query.q, exact=query.exact)
    tried = [
        (_("without «%(filter)s»") % {"filter": chip.label}, chip.query, understood.terms)
        for chip in chips(snapshot, query)
    ]
    if len(tried) > 1:
        tried.append((_("without filters"), bare, understood.terms))
    if len(understood.words) > 1 and len(understood.words) == len(understood.terms):
        for place, word in enumerate(understood.words):
            label = _("without the word «%(word)s»") % {"word": word}
            rest = " ".join(one for at, one in enumerate(understood.words) if at != place)
            tried.append((label, query.but(q=rest), dropped(understood, place)))
            if query.narrows:
                label = _("without filters and the word «%(word)s»") % {"word": word}
                tried.append((label, bare.but(q=rest), dropped(understood, place)))
    found = [
        Chip(label=label, url=address(rest), query=rest, count=number)
        for label, rest, terms in tried
        if (number := count(snapshot, rest, terms, today=today, volume=understood.volume))
    ]
    return sorted(found, key=lambda chip: -chip.count)[:_WAYS_OUT]
