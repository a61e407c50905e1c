"""Columns and bit sets over some items of the catalogue: built once, never changed, read by all threads."""

from __future__ import annotations

import datetime as dt
import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from nmfo.catalogue.rules.words import Basis, Form, Kind
from nmfo.catalogue.search.bits import Bits, Flags, Rows, from_flags, from_rows, ranges, to_flags, words_for
from nmfo.catalogue.search.postings import Gatherer, ListGatherer, Lists, Postings, joined
from nmfo.catalogue.search.reading import RawRow
from nmfo.reference.models import Level

Number = TypeVar("Number", np.int32, np.int64)
FLAGS = ("distance", "internship", "simulation", "network", "basic_model", "new_competence", "accredited")
QUICK_CREDITS = (18, 36, 72, 144)
NEVER = 2**31 - 1  # a day that does not come
LATER = 100_000  # days between what takes applications and what does not, where the nearest come first
MODULE_DAYS = 30  # modules begin at any time: among dated items they rank as if in a month
_FARTHEST, _MOST_POPULAR = 4095, 63
ID_BITS = 34  # item numbers below: every key of an order is unique, so pages are the same each time
_TOKENS = re.compile(r"\d+(?:\.\d+)+|[^\W_]+")
# Facets of few values are counted together: a row's signature is all of its values, and signatures are few.
SMALL: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("kind", tuple(Kind.values)),
    ("form", tuple(Form.values)),
    ("level", tuple(Level.values)),
    ("basis", tuple(Basis.values)),
    ("credits", tuple(map(str, QUICK_CREDITS))),
    ("free", ("1",)),
    *((name, ("1",)) for name in FLAGS),
)
_PLACES = {(name, value): place for place, (name, value) in enumerate((n, v) for n, values in SMALL for v in values)}
_PLACES_OF = {name: [(value, _PLACES[name, value]) for value in values] for name, values in SMALL}


def tokens_of(text: str) -> list[str]:
    """Words of a text as people wrote them, in small letters, ё as е."""
    return _TOKENS.findall(text.lower().replace("ё", "е"))


def title_key(title: str) -> bytes:
    """What titles are ordered by: dictionary order, Ё as Е."""
    return title.lower().replace("ё", "е").encode()


@dataclass(frozen=True, slots=True)
class Titles:
    """Keys of titles in their order: the key of rank r is `text[offsets[r]:offsets[r + 1]]`, of row `rows[r]`."""

    text: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    rows: Rows

    def key(self, rank: int) -> bytes:
        """The key of a rank."""
        return self.text[self.offsets[rank] : self.offsets[rank + 1]].tobytes()


@dataclass(frozen=True, slots=True)
class Dated:
    """What depends on the day. `rank` is what relevance knows beforehand.

    `wait` is how many days until the nearest start that takes applications; items that have none come `LATER` days
    after, by their nearest start; those without any never.
    """

    wait: NDArray[np.int64]
    open: Bits
    current: Bits
    rank: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Segment:
    """Row i of every column is one item. Days are ordinals, prices roubles (-1: not said), times seconds since 1970."""

    items: NDArray[np.int64]
    stamps: NDArray[np.int64]  # when this process read the row: rendered pieces are kept under item and stamp
    signatures: NDArray[np.int64]
    credits: NDArray[np.int32]
    prices: NDArray[np.int32]
    organisations: NDArray[np.int64]
    popularity: NDArray[np.int32]
    published: NDArray[np.int64]
    main: Lists
    other: Lists
    regions: Lists
    starts: Lists
    apply_until: NDArray[np.int64]  # as `starts.values`
    free_seats: NDArray[np.int64]  # as `starts.values`
    words: Postings
    title_words: Postings
    plain: Postings  # whole words of titles, main specialties, organisations: for corrections and suggestions
    titles: Titles
    names: dict[int, str]  # of the organisations
    _having: dict[tuple[str, object], Bits] = field(default_factory=dict)
    _dated: dict[int, Dated] = field(default_factory=dict)
    _derived: dict[str, object] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.items)

    def having(self, facet: str, value: object) -> Bits:
        """The rows with a value of a facet; made when first asked for."""
        found = self._having.get((facet, value))
        if found is None:
            found = self._having[(facet, value)] = self._make(facet, value)
        return found

    def _make(self, facet: str, value: object) -> Bits:
        if facet == "organisation":
            return from_flags(self.organisations == value)
        if facet in {"main", "other", "regions"}:
            return from_rows(self.owners(facet)[getattr(self, facet).values == value], len(self))
        place = _PLACES[(facet, str(value))]
        return from_flags((self.signatures >> place & 1).astype(np.bool_))

    def on(self, today: dt.date) -> Dated:
        """What depends on the day; two days are kept."""
        day = today.toordinal()
        found = self._dated.get(day)
        if found is None:
            for old in [kept for kept in list(self._dated) if kept < day - 1]:
                self._dated.pop(old, None)
            found = self._dated[day] = self._count_days(day)
        return found

    def _count_days(self, day: int) -> Dated:
        is_module, is_event = (to_flags(self.having("kind", kind), len(self)) for kind in (Kind.MODULE, Kind.EVENT))
        starts = self.starts.values
        next_start = _least(np.where(starts >= day, starts, NEVER), self.starts.offsets)
        takes = (self.apply_until >= day) & (self.free_seats != 0)
        next_open = _least(np.where(takes & (starts >= day), starts, NEVER), self.starts.offsets)
        is_open = is_module.copy()
        is_open[self.owners("starts")[takes]] = True
        begins = next_start != NEVER
        nearest = np.where(next_open != NEVER, next_open, next_start)
        days = np.where(is_module, MODULE_DAYS, np.minimum(nearest - day, _FARTHEST))
        near = np.where(begins | is_module, _FARTHEST - days, 0)
        popular = np.minimum(np.log2(self.popularity + 1.0) * 4, _MOST_POPULAR).astype(np.int64)
        return Dated(
            wait=np.where(next_open != NEVER, next_open - day, np.where(begins, next_start - day + LATER, NEVER)),
            open=from_flags(is_open),
            current=from_flags(~is_event | begins),
            rank=(is_open.astype(np.int64) << 12 | near.astype(np.int64)) << 6 | popular,
        )

    def runs_between(self, first: int, last: int) -> Bits:
        """The rows with a run, or an event, that begins in the days from `first` to `last`, inclusive."""
        values, owners = self._by_day()
        low, high = np.searchsorted(values, [first, last + 1])
        return from_rows(owners[low:high], len(self))

    def _by_day(self) -> tuple[NDArray[np.int64], Rows]:
        found = self._derived.get("by day")
        if found is None:
            order = np.argsort(self.starts.values, kind="stable")
            found = self._derived["by day"] = (self.starts.values[order], self.owners("starts")[order])
        return found  # type: ignore[return-value]  # put there two lines above

    def signature_codes(self) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """The values of each different signature (a row of 0 and 1), and for each item the number of its own.

        As floats, which the processor multiplies several times faster and which are exact as far as we count.
        """
        found = self._derived.get("codes")
        if found is None:
            kinds, codes = np.unique(self.signatures, return_inverse=True)
            values = (kinds[:, None] >> np.arange(len(_PLACES)) & 1).astype(np.float64)
            found = self._derived["codes"] = (values, codes.astype(np.int32))
        return found  # type: ignore[return-value]  # put there two lines above

    def organisation_codes(self) -> tuple[list[str], NDArray[np.int32]]:
        """The organisations' keys as text, and for each row the number of its own among them."""
        found = self._derived.get("organisations")
        if found is None:
            keys, codes = np.unique(self.organisations, return_inverse=True)
            found = self._derived["organisations"] = ([str(key) for key in keys.tolist()], codes.astype(np.int32))
        return found  # type: ignore[return-value]  # put there two lines above

    def sets_of(self, names: tuple[str, ...]) -> tuple[list[int], NDArray[np.uint64]]:
        """The different numbers of some lists (main, other, regions), and for each the set of rows that have it."""
        key = f"sets of {names}"
        found = self._derived.get(key)
        if found is None:
            values = np.concatenate([getattr(self, name).values for name in names])
            owners = np.concatenate([self.owners(name) for name in names])
            order = np.argsort(values, kind="stable")
            numbers, firsts = np.unique(values[order], return_index=True)
            each = np.split(owners[order], firsts[1:]) if len(numbers) else []
            sets = np.zeros((len(numbers), words_for(len(self))), np.uint64)
            for at, rows in enumerate(each):
                sets[at] = from_rows(rows, len(self))
            found = self._derived[key] = (numbers.tolist(), sets)
        return found  # type: ignore[return-value]  # put there one line above

    def owners(self, name: str) -> Rows:
        """For each value of a list (main, other, regions, starts), the row it belongs to."""
        found = self._derived.get(f"owners of {name}")
        if found is None:
            found = self._derived[f"owners of {name}"] = getattr(self, name).owners()
        return found  # type: ignore[return-value]  # put there one line above

    def title_ranks(self) -> NDArray[np.int64]:
        """The place of each row in the order of titles."""
        found = self._derived.get("ranks")
        if found is None:
            ranks = np.empty(len(self), np.int64)
            ranks[self.titles.rows] = np.arange(len(self))
            found = self._derived["ranks"] = ranks
        return found  # type: ignore[return-value]  # put there two lines above


def small_counts(segment: Segment, rows: Rows) -> dict[str, dict[str, int]]:
    """How many of the rows have each value of the facets of few values."""
    values, codes = segment.signature_codes()
    numbers = np.bincount(codes[rows], minlength=len(values)).astype(np.float64) @ values
    return {name: {value: int(numbers[place]) for value, place in places} for name, places in _PLACES_OF.items()}


def build(rows: Iterable[RawRow], stamps: Iterable[int]) -> Segment:
    """A segment of rows as they were read, and when each was. Rows are large, so they are taken one by one."""
    builder = _Builder()
    for row, stamp in zip(rows, stamps, strict=False):  # the same stamp may be given without end
        builder.add(row, stamp)
    return builder.done()


_NUMBERS = ("items", "stamps", "signatures", "credits", "prices", "organisations", "popularity", "published")


class _Builder:
    def __init__(self) -> None:
        self._numbers = {name: array("q") for name in _NUMBERS}
        self._lists = {name: ListGatherer() for name in ("main", "other", "regions", "starts")}
        self._apply_until, self._free_seats = array("q"), array("q")
        self._words = {name: Gatherer() for name in ("words", "title_words", "plain")}
        self._titles: list[bytes] = []
        self._names: dict[int, str] = {}

    def add(self, row: RawRow, stamp: int) -> None:
        values = (
            *(row.item, stamp, _signature(row), row.credits, row.price_rub),
            *(row.organisation, row.popularity, row.published_s),
        )
        for column, value in zip(self._numbers.values(), values, strict=True):
            column.append(value)
        self._lists["main"].add(row.main)
        self._lists["other"].add(row.other)
        self._lists["regions"].add([int(code) for code in row.regions])
        self._lists["starts"].add([day.toordinal() for day in row.starts])
        self._apply_until.extend([day.toordinal() for day in row.apply_until])
        self._free_seats.extend(row.free_seats)
        self._words["words"].add(_split(row.words))
        self._words["title_words"].add(_split(row.title_words))
        plain = tokens_of(f"{row.title} {row.specialty_names} {row.organisation_name}")
        self._words["plain"].add(dict.fromkeys(plain))
        self._titles.append(title_key(row.title))
        self._names[row.organisation] = row.organisation_name

    def done(self) -> Segment:
        numbers = {name: np.array(column, np.int64) for name, column in self._numbers.items()}
        lists = {name: gatherer.done() for name, gatherer in self._lists.items()}
        words = {name: gatherer.done() for name, gatherer in self._words.items()}
        return Segment(
            items=numbers["items"],
            stamps=numbers["stamps"],
            signatures=numbers["signatures"],
            credits=numbers["credits"].astype(np.int32),
            prices=numbers["prices"].astype(np.int32),
            organisations=numbers["organisations"],
            popularity=numbers["popularity"].astype(np.int32),
            published=numbers["published"],
            main=lists["main"],
            other=lists["other"],
            regions=lists["regions"],
            starts=lists["starts"],
            apply_until=np.array(self._apply_until, np.int64),
            free_seats=np.array(self._free_seats, np.int64),
            words=words["words"],
            title_words=words["title_words"],
            plain=words["plain"],
            titles=self._in_order(),
            names=self._names,
        )

    def _in_order(self) -> Titles:
        items = self._numbers["items"]
        order = sorted(range(len(items)), key=lambda at: (self._titles[at], items[at]))
        lengths = np.array([len(self._titles[at]) for at in order], np.int64)
        return Titles(
            text=np.frombuffer(b"".join([self._titles[at] for at in order]), np.uint8),
            offsets=np.concatenate(([0], lengths.cumsum())).astype(np.int64),
            rows=np.array(order, np.int32),
        )


def merged(old: Segment, alive: Flags, new: Segment) -> Segment:
    """One segment of the rows of `old` that are alive and all of `new`. Reads nothing, splits no text again."""
    kept = np.flatnonzero(alive).astype(np.int32)
    moved = np.full(len(old), -1, np.int32)
    moved[kept] = np.arange(len(kept), dtype=np.int32)
    runs = ranges(old.starts.offsets[kept], old.starts.offsets[kept + 1])

    names = {**old.names, **new.names}
    organisations = _both(old.organisations, kept, new.organisations)
    return Segment(
        items=_both(old.items, kept, new.items),
        stamps=_both(old.stamps, kept, new.stamps),
        signatures=_both(old.signatures, kept, new.signatures),
        credits=_both(old.credits, kept, new.credits),
        prices=_both(old.prices, kept, new.prices),
        organisations=organisations,
        popularity=_both(old.popularity, kept, new.popularity),
        published=_both(old.published, kept, new.published),
        main=old.main.taken(kept).followed_by(new.main),
        other=old.other.taken(kept).followed_by(new.other),
        regions=old.regions.taken(kept).followed_by(new.regions),
        starts=old.starts.taken(kept).followed_by(new.starts),
        apply_until=_both(old.apply_until, runs, new.apply_until),
        free_seats=_both(old.free_seats, runs, new.free_seats),
        words=joined(old.words, moved, new.words, len(kept)),
        title_words=joined(old.title_words, moved, new.title_words, len(kept)),
        plain=joined(old.plain, moved, new.plain, len(kept)),
        titles=_merged_titles(old, moved, new, len(kept)),
        names={pk: names[pk] for pk in np.unique(organisations).tolist()},
    )


def _both(old: NDArray[Number], kept: NDArray[np.integer], new: NDArray[Number]) -> NDArray[Number]:
    return np.concatenate((old[kept], new))


def title_places(old: Segment, new: Segment) -> NDArray[np.int64]:
    """For each rank of `new`, before which rank of `old` it stands in the order of titles."""
    return np.array(
        [_place(old, new.titles.key(rank), int(new.items[new.titles.rows[rank]])) for rank in range(len(new))], np.int64
    )


def _place(segment: Segment, key: bytes, item: int) -> int:
    low, high = 0, len(segment)
    while low < high:
        middle = (low + high) // 2
        if (segment.titles.key(middle), int(segment.items[segment.titles.rows[middle]])) < (key, item):
            low = middle + 1
        else:
            high = middle
    return low


def _merged_titles(old: Segment, moved: NDArray[np.int32], new: Segment, shift: int) -> Titles:
    places = title_places(old, new)
    whole = np.concatenate((old.titles.rows, new.titles.rows + np.int32(len(old))))
    lengths = np.concatenate((np.diff(old.titles.offsets), np.diff(new.titles.offsets)))
    begins = np.concatenate((old.titles.offsets[:-1], new.titles.offsets[:-1] + len(old.titles.text)))
    order = np.insert(np.arange(len(old)), places, np.arange(len(old), len(old) + len(new)))
    target = np.concatenate((moved, np.arange(shift, shift + len(new), dtype=np.int32)))
    rows = target[whole[order]]
    order, rows = order[rows >= 0], rows[rows >= 0]
    text = old.titles.text.tobytes() + new.titles.text.tobytes()
    pieces = zip(begins[order].tolist(), (begins + lengths)[order].tolist(), strict=True)
    return Titles(
        text=np.frombuffer(b"".join([text[first:last] for first, last in pieces]), np.uint8),
        offsets=np.concatenate(([0], lengths[order].cumsum())).astype(np.int64),
        rows=rows,
    )


def _signature(row: RawRow) -> int:
    values = [("kind", row.kind), *(("level", level) for level in row.levels), *(("basis", one) for one in row.bases)]
    if row.form:
        values.append(("form", row.form))
    if row.credits in QUICK_CREDITS:
        values.append(("credits", str(row.credits)))
    if row.price_rub == 0:
        values.append(("free", "1"))
    signature = 0
    for value in values:
        signature |= 1 << _PLACES[value]
    return signature | row.flags << _PLACES[(FLAGS[0], "1")]


def _split(lexemes: str) -> list[str]:
    return lexemes.split("\n") if lexemes else []


def _least(values: NDArray[np.int64], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """The least value of each list; NEVER for an empty one."""
    filled = np.flatnonzero(np.diff(offsets))
    least = np.full(len(offsets) - 1, NEVER, np.int64)
    if len(filled):
        least[filled] = np.minimum.reduceat(values, offsets[filled])
    return least
