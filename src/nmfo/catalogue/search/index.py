"""The index of a process: a base, what has changed since, and how it learns of changes.

Readers take a `Snapshot`, which never changes; one thread at a time looks for changes, the others go on with what
there is. The look is one statement, at most once in `settings.SEARCH_LOOK_S` seconds.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from numpy.typing import NDArray

from nmfo.catalogue.search import reading
from nmfo.catalogue.search.bits import Bits, all_of, from_flags, to_flags
from nmfo.catalogue.search.reading import RawRow, Specialty
from nmfo.catalogue.search.segment import Segment, build, merged
from nmfo.catalogue.search.words import NO_SYNONYMS, Dictionary, Synonyms, synonyms_of

# Above so many changed rows they are merged into the base; a delta of this size is built in some 20 ms.
MERGE_ABOVE = 1000
REREAD_ABOVE = 5000  # so many at once are not a change but another catalogue: it is read as a whole, aside
_numbers = itertools.count(1)
_log = structlog.get_logger("search")


@dataclass(frozen=True, slots=True)
class Part:
    """A segment and which of its rows still stand."""

    segment: Segment
    alive: Bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The catalogue as one look saw it. `number` differs from that of every other snapshot of this process."""

    number: int
    parts: tuple[Part, ...]
    synonyms: Synonyms
    specialties: dict[int, Specialty]
    regions: dict[str, str]
    organisations: dict[int, str]
    dictionary: Dictionary


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the items of the base stand: the items rising, and the row of each."""

    items: NDArray[np.int64]
    rows: NDArray[np.int64]


@dataclass(slots=True)
class _State:
    """What the looking thread knows beside the snapshot; touched under the index's lock only."""

    base: Segment
    place_of: _Places
    specialties: dict[int, Specialty]
    regions: dict[str, str]
    horizon: int
    synonyms: Synonyms = NO_SYNONYMS
    synonyms_mark: str = ""
    known: dict[int, int] = field(default_factory=dict)  # item -> transaction, from the horizon on
    changed: dict[int, tuple[int, RawRow]] = field(default_factory=dict)  # item -> stamp and row


def in_thread(work: Callable[[], None]) -> None:
    """Run aside, in a thread of its own."""
    threading.Thread(target=work, daemon=True, name="search").start()


class Index:
    """An index over the database's SearchRows. One a process (`current`); tests make their own."""

    def __init__(
        self,
        *,
        merge_above: int = MERGE_ABOVE,
        reread_above: int = REREAD_ABOVE,
        aside: Callable[[Callable[[], None]], None] = in_thread,
    ) -> None:
        self.dictionary = Dictionary()
        self._merge_above, self._reread_above, self._aside = merge_above, reread_above, aside
        self._lock = threading.Lock()
        self._state: _State | None = None
        self._snapshot: Snapshot | None = None
        self._looked_at = 0.0
        self._stamps = itertools.count(1)
        self._busy = False  # something runs aside

    def current(self, words: Iterable[str] = ()) -> Snapshot:
        """The catalogue as of the last look; looks first when it is time. `words` are known to its dictionary after.

        The first caller waits for the build; others never wait for anybody.
        """
        if self._snapshot is None:
            with self._lock:
                if self._snapshot is None:
                    self._read_all()
        unknown = self.dictionary.unknown(words)
        if time.monotonic() - self._looked_at >= settings.SEARCH_LOOK_S and self._lock.acquire(blocking=False):
            try:
                work = self._look(unknown)
            finally:
                self._lock.release()
            if work is not None:
                self._aside(work)
        elif unknown:
            self.dictionary.of(unknown)
        assert self._snapshot is not None  # noqa: S101 - set above and never taken back
        return self._snapshot

    def _look(self, words: Sequence[str]) -> Callable[[], None] | None:
        """Learn of changes. Returns what is to be done aside."""
        state = self._state
        assert state is not None  # noqa: S101 - the first build has set it
        try:
            found = reading.look(
                since=state.horizon, known=state.known.items(), words=list(words), limit=self._reread_above + 1
            )
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or words:
                raise
            # The catalogue goes on with what it knows; whoever needs the database will say that it is away.
            connection.close()
            self._looked_at = time.monotonic()
            _log.warning("no look at the catalogue: the database is away")
            return None
        self._looked_at = time.monotonic()
        self.dictionary.learn(words, found.lexemes)
        if len(found.rows) > self._reread_above:
            return self._unless_busy(self._reread)
        news = bool(found.rows)
        if found.synonyms != state.synonyms_mark:
            state.synonyms, state.synonyms_mark = synonyms_of(reading.synonyms(), self.dictionary), found.synonyms
            news = True
        stamp = next(self._stamps)
        for row in found.rows:
            state.changed[row.item] = (stamp, row)
        state.known = {
            item: seen
            for item, seen in {**state.known, **{row.item: row.transaction for row in found.rows}}.items()
            if seen >= found.horizon
        }
        state.horizon = found.horizon
        if news:
            self._publish(state)
        if len(state.changed) <= self._merge_above:
            return None
        base, snapshot = state.base, self._snapshot
        assert snapshot is not None  # noqa: S101 - the first build has made one
        return self._unless_busy(lambda: self._merge(state, base, snapshot, stamp))

    def _publish(self, state: _State) -> None:
        """Make the snapshot that everybody takes from now on."""
        listed = [(stamp, row) for stamp, row in state.changed.values() if row.listed]
        delta = build([row for _, row in listed], [stamp for stamp, _ in listed])
        alive = all_of(len(state.base))
        if state.changed and len(state.base):
            flags = np.ones(len(state.base), np.bool_)
            flags[_rows_of(state, list(state.changed))] = False
            alive = from_flags(flags)
        self._snapshot = Snapshot(
            number=next(_numbers),
            parts=(Part(state.base, alive), Part(delta, all_of(len(delta)))),
            synonyms=state.synonyms,
            specialties=state.specialties,
            regions=state.regions,
            organisations=_with(self._snapshot, {**state.base.names, **delta.names}),
            dictionary=self.dictionary,
        )

    def _read_all(self) -> None:
        """Read the whole catalogue for the first time."""
        began = time.monotonic()
        state = self._whole()
        state.synonyms_mark = "not read"
        self._state = state
        self._publish(state)
        self._looked_at = -1e9
        _log.info("catalogue read", items=len(state.base), s=round(time.monotonic() - began, 2))

    def _whole(self) -> _State:
        horizon = reading.horizon()  # first: what commits while the rows are read comes again at the next look
        base = build(reading.everything(), itertools.repeat(next(self._stamps)))
        self.dictionary.learn_texts(base.plain.words)
        return _State(
            base=base,
            place_of=_places(base),
            specialties=reading.specialties(),
            regions=reading.regions(),
            horizon=horizon,
        )

    def _unless_busy(self, work: Callable[[], None]) -> Callable[[], None] | None:
        if self._busy:
            return None
        self._busy = True
        return work

    def _reread(self) -> None:
        try:
            fresh = self._whole()
            with self._lock:
                assert self._state is not None  # noqa: S101 - the first build has set it
                fresh.synonyms, fresh.synonyms_mark = self._state.synonyms, self._state.synonyms_mark
                self._state = fresh
                self._publish(fresh)
        finally:
            self._busy = False
            connection.close()  # of this thread

    def _merge(self, state: _State, base: Segment, snapshot: Snapshot, upto: int) -> None:
        """Make base and changes one segment. Reads nothing; changes read after the stamp `upto` stay changes."""
        try:
            old, delta = snapshot.parts
            whole = merged(old.segment, to_flags(old.alive, len(old.segment)), delta.segment)
            places = _places(whole)
            with self._lock:
                if self._state is not state or state.base is not base:
                    return  # the whole was read anew meanwhile
                state.base, state.place_of = whole, places
                state.changed = {item: kept for item, kept in state.changed.items() if kept[0] > upto}
                self._publish(state)
        finally:
            self._busy = False


def _with(before: Snapshot | None, names: dict[int, str]) -> dict[int, str]:
    """The same names are the same object: pages keep what they made of them."""
    return before.organisations if before is not None and before.organisations == names else names


def _places(base: Segment) -> _Places:
    rows = np.argsort(base.items)
    return _Places(base.items[rows], rows)


def _rows_of(state: _State, items: Sequence[int]) -> NDArray[np.int64]:
    wanted = np.array(items, np.int64)
    at = np.searchsorted(state.place_of.items, wanted)
    at[at == len(state.place_of.items)] = 0
    found: NDArray[np.int64] = state.place_of.rows[at[state.place_of.items[at] == wanted]]
    return found


_own: list[Index] = []
_making = threading.Lock()


def index() -> Index:
    """The index of this process."""
    with _making:
        if not _own:
            _own.append(Index())
        return _own[0]


def forget_index() -> None:
    """Begin anew: a test has taken back what the index has read."""
    with _making:
        _own.clear()


def warm_up() -> None:
    """Build the index of this process aside, so that the first visitor need not wait for it."""

    def work() -> None:
        try:
            index().current()
        except (OperationalError, InterfaceError):
            _log.warning("the catalogue could not be read yet")
        finally:
            connection.close()  # of this thread

    in_thread(work)
