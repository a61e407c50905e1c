"""PostgreSQL's binary COPY format: columns of Python values to the bytes of rows. Pure, and quick enough for millions.

A column is a list with one field of each row, length in front. Types must be those of the table: COPY does not convert.
"""

from __future__ import annotations

import datetime as dt
import json
import struct
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat

HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TAIL = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"
Column = Collection[bytes]
_FIRST_DAY = dt.date(2000, 1, 1).toordinal()
_FIRST_MOMENT = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_LENGTH = struct.Struct(">i").pack
_INT2, _INT4, _INT8 = struct.Struct(">ih").pack, struct.Struct(">ii").pack, struct.Struct(">iq").pack
_TRUE, _FALSE = b"\0\0\0\x01\x01", b"\0\0\0\x01\0"
_TEXT_OID = 1043  # character varying


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of a table, ready to be sent between HEAD and TAIL."""

    table: str
    columns: tuple[str, ...]
    count: int
    data: bytes

    @property
    def statement(self) -> str:
        """The COPY that takes them. Names are the program's own."""
        names = ", ".join(f'"{name}"' for name in self.columns)
        return f'COPY "{self.table}" ({names}) FROM STDIN (FORMAT BINARY)'


def rows(table: str, columns: Mapping[str, Column]) -> Rows:
    """Put columns of equal length together."""
    count = len(next(iter(columns.values())))
    fields = zip(repeat(struct.pack(">h", len(columns)), count), *columns.values(), strict=True)
    return Rows(table=table, columns=tuple(columns), count=count, data=b"".join(chain.from_iterable(fields)))


def same(field: Column, count: int) -> Column:
    """A column whose rows all have the one field of another."""
    (value,) = field
    return [value] * count


def nulls(count: int) -> Column:
    """A column of NULL."""
    return [NULL] * count


def int2(values: Iterable[int | None]) -> Column:
    """Column of smallint."""
    return [NULL if value is None else _INT2(2, value) for value in values]


def int4(values: Iterable[int | None]) -> Column:
    """Column of integer."""
    return [NULL if value is None else _INT4(4, value) for value in values]


def int8(values: Iterable[int | None]) -> Column:
    """Column of bigint."""
    return [NULL if value is None else _INT8(8, value) for value in values]


def boolean(values: Iterable[bool]) -> Column:
    """Column of boolean."""
    return [_TRUE if value else _FALSE for value in values]


def text(values: Iterable[str | None]) -> Column:
    """Column of text or character varying."""
    raws = (None if value is None else value.encode() for value in values)
    return [NULL if raw is None else _LENGTH(len(raw)) + raw for raw in raws]


def binary(values: Iterable[bytes]) -> Column:
    """Column of bytea."""
    return [_LENGTH(len(value)) + value for value in values]


def document(values: Iterable[object]) -> Column:
    """Column of jsonb."""
    raws = (b"\x01" + json.dumps(value, ensure_ascii=False).encode() for value in values)
    return [_LENGTH(len(raw)) + raw for raw in raws]


def day(values: Iterable[dt.date | None]) -> Column:
    """Column of date."""
    return int4(None if value is None else value.toordinal() - _FIRST_DAY for value in values)


def moment(values: Iterable[dt.datetime | None]) -> Column:
    """Column of timestamp with time zone."""
    return int8(None if value is None else (value - _FIRST_MOMENT) // _MICROSECOND for value in values)


def texts(values: Iterable[Sequence[str]]) -> Column:
    """Column of character varying arrays."""
    made: dict[tuple[str, ...], bytes] = {}
    return [made.get(key) or made.setdefault(key, _array(key)) for key in map(tuple, values)]


def _array(elements: tuple[str, ...]) -> bytes:
    shape = (
        struct.pack(">iiii", 1, 0, _TEXT_OID, len(elements)) + _LENGTH(1)
        if elements
        else struct.pack(">iii", 0, 0, _TEXT_OID)
    )
    content = shape + b"".join(text(elements))
    return _LENGTH(len(content)) + content
