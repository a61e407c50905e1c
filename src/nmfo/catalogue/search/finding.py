"""Finding: which items a query means, in which order, and how many there would be of each value of each facet."""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nmfo.catalogue.search.bits import Bits, Rows, from_flags, from_rows, none_of, to_flags, to_rows
from nmfo.catalogue.search.bits import count as count_rows
from nmfo.catalogue.search.index import Part, Snapshot
from nmfo.catalogue.search.query import Query
from nmfo.catalogue.search.segment import (
    FLAGS,
    ID_BITS,
    NEVER,
    SMALL,
    Segment,
    small_counts,
    title_places,
)
from nmfo.catalogue.search.words import Term

PAGE_SIZE = 20
SMALL_FACETS = tuple(name for name, _ in SMALL)
_KEPT_COUNTS = 256
_FEW = 12  # lists of fewer than a twelfth of the rows are gathered row by row, of more counted by their sets
Counts = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """For whom items are ranked: specialties of the person's documents, with what they were and are called."""

    specialties: frozenset[int] = frozenset()


STRANGER = Viewer()


@dataclass(frozen=True, slots=True)
class Hit:
    """An item of the page. `stamp`: when this process read it.

    `specialty`: which of the viewer's specialties it is for, 0: none; `is_main`: as a main one.
    """

    item: int
    stamp: int
    specialty: int = 0
    is_main: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of what was found. `page` is the one shown: past the end, the last."""

    total: int
    page: int
    pages: int
    hits: tuple[Hit, ...]
    counts: Counts


@dataclass(frozen=True, slots=True)
class _Result:
    """What a part of the catalogue gives: the rows, and the set of each facet without its own filter."""

    part: Part
    rows: Rows
    others: Mapping[str, Bits]
    whole: Bits


def find(
    snapshot: Snapshot,
    query: Query,
    terms: Sequence[Term],
    *,
    today: dt.date,
    viewer: Viewer = STRANGER,
    size: int = PAGE_SIZE,
    volume: int | None = None,
) -> Found:
    """What a query finds in a snapshot. `terms` are its words understood, `volume` the credits they ask for."""
    results = [_match(part, query, terms, volume, today) for part in snapshot.parts]
    keys = _keys(snapshot, results, query, terms, today, viewer)
    total = len(keys)
    pages = max(1, -(-total // size))
    page = min(query.page, pages)
    places = _window(keys, (page - 1) * size, min(page * size, total))
    return Found(
        total=total,
        page=page,
        pages=pages,
        hits=tuple(_hits(results, places, viewer.specialties)),
        counts=_counts(snapshot, results, query, terms, volume, today),
    )


def count(snapshot: Snapshot, query: Query, terms: Sequence[Term], *, today: dt.date, volume: int | None = None) -> int:
    """How many items a query finds."""
    return sum(len(_match(part, query, terms, volume, today).rows) for part in snapshot.parts)


def published_between(
    snapshot: Snapshot,
    query: Query,
    terms: Sequence[Term],
    *,
    since_s: int,
    until_s: int,
    today: dt.date,
    volume: int | None = None,
) -> list[int]:
    """The items of what a query finds that were published after `since_s`, up to `until_s`, the newest first.

    Seconds are whole ones since 1970, as the index keeps them: looks whose bounds meet find each publication once. The
    order is that of «newest first».
    """
    keys = []
    for part in snapshot.parts:
        rows = _match(part, query, terms, volume, today).rows
        published = part.segment.published[rows]
        rows = rows[(published > since_s) & (published <= until_s)]
        keys.append(part.segment.published[rows] // 60 << ID_BITS | part.segment.items[rows])
    found: list[int] = (np.sort(np.concatenate(keys))[::-1] & (1 << ID_BITS) - 1).tolist()
    return found


def counts(
    snapshot: Snapshot, query: Query, terms: Sequence[Term], *, today: dt.date, volume: int | None = None
) -> Counts:
    """How many items there would be of each value of each facet."""
    results = [_match(part, query, terms, volume, today) for part in snapshot.parts]
    return _counts(snapshot, results, query, terms, volume, today)


def with_term(segment: Segment, term: Term, *, title: bool = False) -> Bits:
    """The rows that have any alternative of a term, each with all of its lexemes."""
    postings = segment.title_words if title else segment.words
    found = none_of(len(segment))
    for alternative in term.alternatives:
        every: Bits | None = None
        for lexeme in alternative:
            rows = from_rows(postings.of(lexeme), len(segment))
            every = rows if every is None else every & rows
        if every is not None:
            found = found | every
    return found


def _match(part: Part, query: Query, terms: Sequence[Term], volume: int | None, today: dt.date) -> _Result:
    segment = part.segment
    base = part.alive
    if not len(segment):  # nothing has changed since the base was built
        return _Result(part, to_rows(base), {}, base)
    for term in terms:
        base = base & with_term(segment, term)
    if volume is not None:
        base = base & from_flags(segment.credits == volume)
    when = _when(segment, query, today)
    if when is not None:
        base = base & when
    filters = _filters(segment, query, today)
    whole = base
    for chosen in filters.values():
        whole = whole & chosen
    others = {}
    for name in filters:
        rest = base
        for other, chosen in filters.items():
            if other != name:
                rest = rest & chosen
        others[name] = rest
    return _Result(part, to_rows(whole), others, whole)


def _filters(segment: Segment, query: Query, today: dt.date) -> dict[str, Bits]:
    """The set of each facet that is filtered by."""
    found: dict[str, Bits] = {}
    for name in ("kind", "form", "level", "basis", "organisation"):
        if values := getattr(query, name):
            found[name] = _any(segment, [(name, value) for value in values])
    found |= {name: segment.having(name, "1") for name in FLAGS if getattr(query, name)}
    if query.specialty:
        found["specialty"] = _of_specialties(segment, query.specialty, main_only=query.main)
    if query.region:
        found["region"] = _of_regions(segment, query)
    if query.credits or query.credits_from is not None or query.credits_to is not None:
        found["credits"] = _of_credits(segment, query)
    if query.free or query.price_from is not None or query.price_to is not None:
        found["price"] = _of_price(segment, query)
    if query.seats:
        found["seats"] = segment.on(today).open
    return found


def _any(segment: Segment, values: Sequence[tuple[str, object]]) -> Bits:
    found = none_of(len(segment))
    for name, value in values:
        found = found | segment.having(name, value)
    return found


def _of_specialties(segment: Segment, wanted: Iterable[int], *, main_only: bool) -> Bits:
    names = ("main",) if main_only else ("main", "other")
    return _any(segment, [(name, value) for name in names for value in wanted])


def _of_regions(segment: Segment, query: Query) -> Bits:
    found = _any(segment, [("regions", int(code)) for code in query.region])
    return found | segment.having("distance", "1") if query.anywhere else found


def _of_credits(segment: Segment, query: Query) -> Bits:
    flags = np.zeros(len(segment), np.bool_)
    for worth in query.credits:
        flags |= segment.credits == worth
    if query.credits_from is not None or query.credits_to is not None:
        low, high = query.credits_from or 0, NEVER if query.credits_to is None else query.credits_to
        flags |= (segment.credits >= low) & (segment.credits <= high)
    return from_flags(flags)


def _of_price(segment: Segment, query: Query) -> Bits:
    flags = np.zeros(len(segment), np.bool_)
    if query.price_from is not None or query.price_to is not None:
        low, high = query.price_from or 0, NEVER if query.price_to is None else query.price_to
        flags = (segment.prices >= low) & (segment.prices <= high)
    if query.free:
        flags |= segment.prices == 0
    return from_flags(flags)


def _when(segment: Segment, query: Query, today: dt.date) -> Bits | None:
    """Days asked for; without any, events that are over are left out unless `past` wants them."""
    if query.day_from is None and query.day_to is None:
        return None if query.past else segment.on(today).current
    first = 1 if query.day_from is None else query.day_from.toordinal()
    last = NEVER - 1 if query.day_to is None else query.day_to.toordinal()
    return segment.runs_between(first, last)


# --- order: every key is another, the least comes first


def _keys(
    snapshot: Snapshot,
    results: Sequence[_Result],
    query: Query,
    terms: Sequence[Term],
    today: dt.date,
    viewer: Viewer,
) -> NDArray[np.int64]:
    if query.order == "title":
        found = _title_keys(snapshot)
        return np.concatenate([keys[result.rows] for keys, result in zip(found, results, strict=True)])
    order = _ORDERS[query.order]
    nothing = np.zeros(0, np.int64)
    return np.concatenate(
        [order(result, query, terms, today, viewer) if len(result.rows) else nothing for result in results]
    )


Order = Callable[[_Result, Query, Sequence[Term], dt.date, Viewer], NDArray[np.int64]]


def _by_relevance(
    result: _Result, query: Query, terms: Sequence[Term], today: dt.date, viewer: Viewer
) -> NDArray[np.int64]:
    segment, rows = result.part.segment, result.rows
    score = segment.on(today).rank[rows]
    if terms:
        in_title = np.zeros(len(rows), np.int64)
        for term in terms:
            in_title += to_flags(with_term(segment, term, title=True), len(segment))[rows]
        score = score | (np.where(in_title == len(terms), 2, in_title > 0).astype(np.int64) << 21)
    wanted = _wanted(query, viewer)
    if wanted:
        score = score | (_fits(segment, rows, wanted) << 19)
    return -(score << ID_BITS | segment.items[rows])


def _by_start(
    result: _Result, query: Query, terms: Sequence[Term], today: dt.date, viewer: Viewer
) -> NDArray[np.int64]:
    segment, rows = result.part.segment, result.rows
    return np.minimum(segment.on(today).wait[rows], 2**28) << ID_BITS | segment.items[rows]


def _by_publication(
    result: _Result, query: Query, terms: Sequence[Term], today: dt.date, viewer: Viewer
) -> NDArray[np.int64]:
    segment, rows = result.part.segment, result.rows
    return -(segment.published[rows] // 60 << ID_BITS | segment.items[rows])


def _by_credits(
    result: _Result, query: Query, terms: Sequence[Term], today: dt.date, viewer: Viewer
) -> NDArray[np.int64]:
    segment, rows = result.part.segment, result.rows
    return -(segment.credits[rows].astype(np.int64) << ID_BITS | segment.items[rows])


def _by_price(
    result: _Result, query: Query, terms: Sequence[Term], today: dt.date, viewer: Viewer
) -> NDArray[np.int64]:
    segment, rows = result.part.segment, result.rows
    prices = segment.prices[rows].astype(np.int64)
    return np.where(prices < 0, 2**28, np.minimum(prices, 2**28 - 1)) << ID_BITS | segment.items[rows]


_ORDERS: dict[str, Order] = {
    "relevance": _by_relevance,
    "soonest": _by_start,
    "newest": _by_publication,
    "credits": _by_credits,
    "price": _by_price,
}


def _title_keys(snapshot: Snapshot) -> list[NDArray[np.int64]]:
    """Keys of all rows in the order of titles: those of changed items fall between those of the base."""
    base, delta = (part.segment for part in snapshot.parts)
    keys = (base.title_ranks() + 1) << 21
    if not len(delta):
        return [keys, np.zeros(0, np.int64)]
    places = title_places(base, delta)
    ranks = delta.title_ranks()
    return [keys, (places[ranks] << 21) + 1 + ranks]


def _wanted(query: Query, viewer: Viewer) -> frozenset[int]:
    """Whose fit is looked at: of the specialties asked for, else of the viewer's."""
    return frozenset(query.specialty) or viewer.specialties


def _fits(segment: Segment, rows: Rows, wanted: frozenset[int]) -> NDArray[np.int64]:
    main, other = (
        to_flags(_any(segment, [(name, value) for value in wanted]), len(segment))[rows] for name in ("main", "other")
    )
    return np.where(main, 2, other).astype(np.int64)


def _window(keys: NDArray[np.int64], first: int, last: int) -> NDArray[np.int64]:
    """Where the keys stand that are from place `first` to before `last` in their order; any page costs the same."""
    if last <= first:
        return np.zeros(0, np.int64)
    some = last - first < len(keys)
    cut = np.argpartition(keys, [first, last - 1])[first:last] if some else np.arange(len(keys))
    return cut[np.argsort(keys[cut])]


def _hits(results: Sequence[_Result], places: NDArray[np.int64], wanted: frozenset[int]) -> list[Hit]:
    found = []
    borders = np.cumsum([0, *(len(result.rows) for result in results)])
    for place in places.tolist():
        which = int(np.searchsorted(borders, place, side="right")) - 1
        segment, row = results[which].part.segment, int(results[which].rows[place - borders[which]])
        fits, is_main = _fit(segment, row, wanted) if wanted else (0, False)
        found.append(Hit(int(segment.items[row]), int(segment.stamps[row]), fits, is_main))
    return found


def _fit(segment: Segment, row: int, wanted: frozenset[int]) -> tuple[int, bool]:
    """Which of the wanted specialties a row is for, and whether as a main one."""
    main, other = (sorted(wanted.intersection(lists.of(row).tolist())) for lists in (segment.main, segment.other))
    return next(iter(main or other), 0), bool(main)


# --- counts

_kept: OrderedDict[tuple[object, ...], Counts] = OrderedDict()
_kept_lock = threading.Lock()


def _counts(
    snapshot: Snapshot,
    results: Sequence[_Result],
    query: Query,
    terms: Sequence[Term],
    volume: int | None,
    today: dt.date,
) -> Counts:
    """Counts of every facet, each with the filters of the others; the last ones asked for are kept."""
    key = (snapshot.number, query.filters, tuple(terms), volume, today)
    with _kept_lock:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
            return found
    first, *others = [result for result in results if len(result.part.segment)] or results[:1]
    found = _counts_of(first, query, today)
    for result in others:
        for name, values in _counts_of(result, query, today).items():
            sums = found[name]
            for value, number in values.items():
                sums[value] = sums.get(value, 0) + number
    if query.anywhere:
        found["region"] = _everywhere(snapshot, found["region"])
    with _kept_lock:
        _kept[key] = found
        while len(_kept) > _KEPT_COUNTS:
            _kept.popitem(last=False)
    return found


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The rows that a facet is counted over, both ways."""

    rows: Rows
    bits: Bits


def _counts_of(result: _Result, query: Query, today: dt.date) -> Counts:
    segment = result.part.segment
    whole = _Chosen(result.rows, result.whole)
    others = {name: _Chosen(to_rows(bits), bits) for name, bits in result.others.items()}
    common = small_counts(segment, whole.rows)

    found: Counts = {}
    for name in SMALL_FACETS:
        facet = "price" if name == "free" else name
        found[name] = small_counts(segment, others[facet].rows)[name] if facet in others else common[name]
    found["specialty"] = _specialty_counts(segment, others.get("specialty", whole), main_only=query.main)
    found["region"] = _region_counts(segment, others.get("region", whole), anywhere=query.anywhere)
    names, codes = segment.organisation_codes()
    numbers = np.bincount(codes[others.get("organisation", whole).rows], minlength=len(names))
    filled = np.flatnonzero(numbers)
    found["organisation"] = {
        names[at]: number for at, number in zip(filled.tolist(), numbers[filled].tolist(), strict=True)
    }
    found["seats"] = {"1": count_rows(segment.on(today).open & others.get("seats", whole).bits)}
    return found


def _specialty_counts(segment: Segment, chosen: _Chosen, *, main_only: bool) -> dict[str, int]:
    numbers = _list_counts(segment, ("main",) if main_only else ("main", "other"), chosen)
    return {str(pk): number for pk, number in numbers}


def _region_counts(segment: Segment, chosen: _Chosen, *, anywhere: bool) -> dict[str, int]:
    """With `anywhere` what is taught at a distance is counted once, under no name (`_everywhere`)."""
    found: dict[str, int] = {}
    if anywhere:
        remote = segment.having("distance", "1")
        found[""] = count_rows(chosen.bits & remote)
        near = chosen.bits & ~remote
        chosen = _Chosen(to_rows(near), near)
    return found | {f"{code:02d}": number for code, number in _list_counts(segment, ("regions",), chosen)}


def _everywhere(snapshot: Snapshot, counts: Mapping[str, int]) -> dict[str, int]:
    """Each region has its own items and those at a distance."""
    sums = {code: counts.get(code, 0) + counts[""] for code in snapshot.regions}
    return {code: number for code, number in sums.items() if number}


def _list_counts(segment: Segment, names: tuple[str, ...], chosen: _Chosen) -> list[tuple[int, int]]:
    """Each number that the lists of the rows have, with how many rows have it. A row has a number once."""
    if len(chosen.rows) * _FEW < len(segment):
        values = np.concatenate([getattr(segment, name).of_rows(chosen.rows) for name in names])
        numbers = np.bincount(values)
        filled = np.flatnonzero(numbers)
        return list(zip(filled.tolist(), numbers[filled].tolist(), strict=True))
    keys, sets = segment.sets_of(names)
    counted = np.bitwise_count(sets & chosen.bits).sum(axis=1, dtype=np.uint32).tolist()
    return [(key, number) for key, number in zip(keys, counted, strict=True) if number]
