"""Sets of row numbers as bits, 64 in a word: what is combined and counted at the speed of memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint64]  # bit i of the whole is row i; bits past the last row are never set
Rows = NDArray[np.int32]  # row numbers, rising
Flags = NDArray[np.bool_]  # one for each row
WORD = 64


def words_for(size: int) -> int:
    """How many words hold `size` bits."""
    return (size + WORD - 1) // WORD


def none_of(size: int) -> Bits:
    """The empty set."""
    return np.zeros(words_for(size), np.uint64)


def all_of(size: int) -> Bits:
    """Every row."""
    return from_flags(np.ones(size, np.bool_))


def from_flags(flags: Flags) -> Bits:
    """The rows whose flag is set."""
    packed = np.zeros(words_for(len(flags)) * (WORD // 8), np.uint8)
    packed[: (len(flags) + 7) // 8] = np.packbits(flags, bitorder="little")
    return packed.view(np.uint64)


def from_rows(rows: NDArray[np.integer], size: int) -> Bits:
    """The rows of a list, in any order, repeated or not."""
    flags = np.zeros(size, np.bool_)
    flags[rows] = True
    return from_flags(flags)


def to_flags(bits: Bits, size: int) -> Flags:
    """A flag for each row."""
    return np.unpackbits(bits.view(np.uint8), bitorder="little")[:size].view(np.bool_)


def to_rows(bits: Bits) -> Rows:
    """The rows of a set, rising. Costs as much as there are words with something in them."""
    filled = np.flatnonzero(bits)
    if len(filled) * 2 > len(bits):
        return np.flatnonzero(np.unpackbits(bits.view(np.uint8), bitorder="little").view(np.bool_)).astype(np.int32)
    flags = np.unpackbits(bits[filled].view(np.uint8), bitorder="little").view(np.bool_)
    found = np.flatnonzero(flags)
    return (filled[found // WORD] * WORD + found % WORD).astype(np.int32)


def count(bits: Bits) -> int:
    """How many rows a set has."""
    return int(np.bitwise_count(bits).sum(dtype=np.int64))


def ranges(first: NDArray[np.integer], last: NDArray[np.integer]) -> NDArray[np.int64]:
    """The numbers of all half-open ranges, one after the other."""
    lengths = (last - first).astype(np.int64)
    ends = lengths.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total, dtype=np.int64) + np.repeat(first.astype(np.int64) - (ends - lengths), lengths)
