"""Which rows have which word: the words in order, the rows of each behind one another."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nmfo.catalogue.search.bits import Rows, ranges

_PAST_ALL = "\U0010ffff"
_NOTHING: Rows = np.zeros(0, np.int32)


@dataclass(frozen=True, slots=True)
class Postings:
    """Rows of `words[i]` are `rows[offsets[i]:offsets[i + 1]]`, rising. Words stand in code point order."""

    words: list[str]
    offsets: NDArray[np.int64]
    rows: Rows

    def place(self, word: str) -> int | None:
        """The number of a word."""
        at = bisect_left(self.words, word)
        return at if at < len(self.words) and self.words[at] == word else None

    def of(self, word: str) -> Rows:
        """The rows that have a word."""
        at = self.place(word)
        return _NOTHING if at is None else self.rows[self.offsets[at] : self.offsets[at + 1]]

    def beginning_with(self, prefix: str) -> Rows:
        """The rows that have a word beginning so; a row may come twice."""
        first, last = self.span(prefix)
        return self.rows[self.offsets[first] : self.offsets[last]]

    def span(self, prefix: str) -> tuple[int, int]:
        """The numbers of the words that begin so, half-open."""
        return bisect_left(self.words, prefix), bisect_left(self.words, prefix + _PAST_ALL)

    def counts(self) -> NDArray[np.int64]:
        """How many rows each word has."""
        return np.diff(self.offsets)


class Gatherer:
    """Takes rows as their words, one after the other; each word of a row once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._given = array("i")
        self._lengths = array("i")

    def add(self, words: Iterable[str]) -> None:
        """The next row."""
        numbers = self._numbers
        before = len(self._given)
        self._given.extend([numbers.setdefault(word, len(numbers)) for word in words])
        self._lengths.append(len(self._given) - before)

    def done(self) -> Postings:
        """The postings of all rows added."""
        lengths = np.array(self._lengths, np.int64)
        rows = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
        return _assembled(list(self._numbers), np.array(self._given, np.int32), rows)


def _assembled(words: list[str], numbers: NDArray[np.int32], rows: Rows) -> Postings:
    """Postings from pairs of word number and row; `words` in any order, `rows` rising within each word."""
    order = sorted(range(len(words)), key=words.__getitem__)
    rank = np.empty(len(words), np.int32)
    rank[order] = np.arange(len(words), dtype=np.int32)
    ranked = rank[numbers] if len(words) else numbers
    by_word = np.argsort(ranked, kind="stable")
    counts = np.bincount(ranked, minlength=len(words)) if len(words) else np.zeros(0, np.int64)
    return Postings(
        words=[words[at] for at in order],
        offsets=np.concatenate(([0], counts.cumsum())).astype(np.int64),
        rows=rows[by_word],
    )


def joined(old: Postings, moved: NDArray[np.int32], new: Postings, shift: int) -> Postings:
    """`old` with its rows moved (to -1: gone) and `new` with its rows shifted up. Words without rows are dropped."""
    kept_rows = moved[old.rows] if len(old.rows) else old.rows
    alive = kept_rows >= 0
    old_words = np.repeat(np.arange(len(old.words), dtype=np.int32), np.diff(old.offsets))[alive]
    new_words = np.repeat(np.arange(len(new.words), dtype=np.int32), np.diff(new.offsets))
    words = list(old.words)
    numbers = np.empty(len(new.words), np.int32)
    for at, word in enumerate(new.words):
        place = old.place(word)
        if place is None:
            place = len(words)
            words.append(word)
        numbers[at] = place
    pairs = np.concatenate((old_words, numbers[new_words] if len(new.words) else new_words))
    rows = np.concatenate((kept_rows[alive], new.rows + np.int32(shift)))
    used = np.zeros(len(words), np.bool_)
    used[pairs] = True
    renumbered = (used.cumsum() - 1).astype(np.int32)
    return _assembled(
        [word for word, there in zip(words, used.tolist(), strict=True) if there], renumbered[pairs], rows
    )


@dataclass(frozen=True, slots=True)
class Lists:
    """A short list of numbers for each row (specialties, regions): `values[offsets[i]:offsets[i + 1]]`."""

    values: NDArray[np.int64]
    offsets: NDArray[np.int64]

    def of(self, row: int) -> NDArray[np.int64]:
        """The list of a row."""
        return self.values[self.offsets[row] : self.offsets[row + 1]]

    def of_rows(self, rows: Rows) -> NDArray[np.int64]:
        """The lists of rows behind one another."""
        return self.values[ranges(self.offsets[rows], self.offsets[rows + 1])]

    def owners(self) -> Rows:
        """For each value, the row it belongs to."""
        return np.repeat(np.arange(len(self.offsets) - 1, dtype=np.int32), np.diff(self.offsets))

    def taken(self, rows: Rows) -> Lists:
        """The lists of some rows, in their order."""
        lengths = np.diff(self.offsets)[rows]
        return Lists(self.of_rows(rows), np.concatenate(([0], lengths.cumsum())).astype(np.int64))

    def followed_by(self, other: Lists) -> Lists:
        """These lists and then the other's."""
        return Lists(
            np.concatenate((self.values, other.values)),
            np.concatenate((self.offsets, other.offsets[1:] + self.offsets[-1])),
        )


class ListGatherer:
    """Takes the lists of rows, one after the other."""

    def __init__(self) -> None:
        self._values = array("q")
        self._lengths = array("i")

    def add(self, values: Sequence[int]) -> None:
        """The list of the next row."""
        self._values.extend(values)
        self._lengths.append(len(values))

    def done(self) -> Lists:
        """The lists of all rows added."""
        ends = np.array(self._lengths, np.int64).cumsum()
        return Lists(np.array(self._values, np.int64), np.concatenate(([0], ends)).astype(np.int64))
