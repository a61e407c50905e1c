"""Zip archives from strangers: the list of entries is checked by hand before anything is unpacked (U1, F8).

`zipfile` of some Pythons accepts entries that lie over each other, so that a few kilobytes claim gigabytes; nothing
here asks it. Sizes are believed only as far as the bytes that really come out.
"""

from __future__ import annotations

import itertools
import re
import stat
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused

LONGEST_NAME = 200
DEEPEST = 10
MOST_TIMES = 100  # how much an entry may grow; ordinary spreadsheets grow ten to thirty times
_SMALL_BYTES = 1024 * 1024  # below it growth does no harm
_BLOCK = 64 * 1024
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _UTF8 = 0x1, 0x800
_BIG = 0xFFFFFFFF
_END = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_STRANGE_NAME = re.compile(r"^/|\\|\0|^[A-Za-z]:|(^|/)\.\.(/|$)")


class ArchiveUnfit(Refused):
    message = _("The file is damaged, or made so that it does harm when it is opened. Save it anew and send that.")


class ArchiveTooBig(Refused):
    message = _("Unpacked, the file has more than %(most)s MB. Divide it into several.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file of an archive: what it claims, and where its packed bytes stand."""

    name: str
    size: int
    packed: int
    begins: int
    method: int
    checksum: int


def entries_of(content: bytes, *, most_entries: int, most_bytes: int) -> Mapping[str, Entry]:
    """The files of an archive by name, folders left out. Raises ArchiveUnfit, ArchiveTooBig.

    Refused are entries that overlap, are encrypted or links, have names that leave the folder or are the same but for
    case, grow more than `MOST_TIMES`; more than `most_entries`; more than `most_bytes` in all.
    """
    try:
        found, spans = _central_directory(content, most_entries)
    except (struct.error, UnicodeDecodeError) as error:
        raise ArchiveUnfit from error
    if any(ends > begins for (_b, ends), (begins, _e) in itertools.pairwise(sorted(spans))):
        raise ArchiveUnfit
    if len({entry.name.casefold() for entry in found}) != len(found):
        raise ArchiveUnfit
    if any(entry.size > max(_SMALL_BYTES, entry.packed * MOST_TIMES) for entry in found):
        raise ArchiveUnfit
    if sum(entry.size for entry in found) > most_bytes:
        raise ArchiveTooBig(most=most_bytes // 1024 // 1024)
    return {entry.name: entry for entry in found if not entry.name.endswith("/")}


def unpack(content: bytes, entry: Entry) -> Iterator[bytes]:
    """The bytes of an entry, a block at a time; never more than it claims. Raises ArchiveUnfit."""
    came = checksum = 0
    for block in _blocks(content, entry):
        came += len(block)
        checksum = zlib.crc32(block, checksum)
        if came > entry.size:
            raise ArchiveUnfit
        yield block
    if came != entry.size or checksum != entry.checksum:
        raise ArchiveUnfit


def _blocks(content: bytes, entry: Entry) -> Iterator[bytes]:
    packed = memoryview(content)[entry.begins : entry.begins + entry.packed]
    if entry.method == _STORED:
        yield from (bytes(packed[at : at + _BLOCK]) for at in range(0, len(packed), _BLOCK))
        return
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for at in range(0, len(packed), _BLOCK):
            rest = bytes(packed[at : at + _BLOCK])
            while rest:
                yield engine.decompress(rest, _BLOCK)
                rest = engine.unconsumed_tail
        yield engine.flush()
    except zlib.error as error:
        raise ArchiveUnfit from error


def _central_directory(content: bytes, most_entries: int) -> tuple[list[Entry], list[tuple[int, int]]]:
    at = content.rfind(b"PK\x05\x06", max(0, len(content) - 65_557))
    if at < 0:
        raise ArchiveUnfit
    _sign, disk, first_disk, here, count, size, place, comment = _END.unpack_from(content, at)
    if disk or first_disk or here != count or at + _END.size + comment != len(content) or place + size > at:
        raise ArchiveUnfit
    if count > most_entries:
        raise ArchiveUnfit
    found: list[Entry] = []
    spans: list[tuple[int, int]] = []
    at, end = place, place + size
    for _number in range(count):
        entry, span, at = _entry(content, at, place)
        found.append(entry)
        spans.append(span)
    if at != end:
        raise ArchiveUnfit
    return found, spans


def _entry(content: bytes, at: int, limit: int) -> tuple[Entry, tuple[int, int], int]:
    """An entry of the list at a place, the bytes it covers, and the place of the next one."""
    row = _CENTRAL.unpack_from(content, at)
    sign, made_by, flags, method, checksum, packed, size = row[0], row[1], row[3], row[4], row[7], row[8], row[9]
    name_length, extra_length, comment_length, attributes, offset = row[10], row[11], row[12], row[15], row[16]
    raw = content[at + _CENTRAL.size : at + _CENTRAL.size + name_length]
    extra = content[at + _CENTRAL.size + name_length : at + _CENTRAL.size + name_length + extra_length]
    size, packed, offset = _large(extra, size, packed, offset)
    is_link = made_by >> 8 == 3 and stat.S_ISLNK(attributes >> 16)  # noqa: PLR2004 - 3: made on Unix
    if sign != b"PK\x01\x02" or flags & _ENCRYPTED or method not in {_STORED, _DEFLATED} or is_link:
        raise ArchiveUnfit
    name = raw.decode("utf-8" if flags & _UTF8 else "cp437")
    if not name or len(name) > LONGEST_NAME or name.count("/") > DEEPEST or _STRANGE_NAME.search(name):
        raise ArchiveUnfit
    local = _LOCAL.unpack_from(content, offset)
    begins = offset + _LOCAL.size + local[9] + local[10]
    named = content[offset + _LOCAL.size : offset + _LOCAL.size + local[9]]
    if local[0] != b"PK\x03\x04" or named != raw or begins + packed > limit:
        raise ArchiveUnfit
    entry = Entry(name=name, size=size, packed=packed, begins=begins, method=method, checksum=checksum)
    return entry, (offset, begins + packed), at + _CENTRAL.size + name_length + extra_length + comment_length


def _large(extra: bytes, *values: int) -> tuple[int, ...]:
    """Sizes and place, taken from the zip64 field where the short ones say so."""
    if _BIG not in values:
        return values
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            wanted = sum(value == _BIG for value in values)
            numbers = iter(struct.unpack_from(f"<{wanted}Q", extra[at + 4 : at + 4 + length]))
            return tuple(next(numbers) if value == _BIG else value for value in values)
        at += 4 + length
    raise ArchiveUnfit
