"""The rows of a file, grouped by what they are about, in chunks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from foundation.errors import Refused
from foundation.files.spreadsheets import Flaw, TableRow
from nmfo.catalogue.columns import (
    EXAMPLE_KEYS,
    KEY,
    Known,
    Trouble,
    ValueOutside,
    columns_of,
    fold,
    read_key,
)
from nmfo.catalogue.operations.importing.refusals import (
    CellIsError,
    CellIsFormula,
    KeyTwice,
    NoRows,
    RowHidden,
    RowIsExample,
    TooManyRows,
)
from nmfo.catalogue.queries import known_values, specialty_facts
from nmfo.catalogue.rules.versions import SpecialtyFacts
from nmfo.reference.models import Region, Specialty

MOST_ROWS = 20_000
CHUNK = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRow:
    """A row of the file by the names of its columns; `trouble` is what makes it unreadable as a whole."""

    number: int
    line: int
    key: str
    cells: Mapping[str, str]
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """What the rows of a slice are read with, asked of the database once."""

    known: Known
    values: Mapping[str, Collection[str]]
    specialties: Mapping[int, Specialty]


def count_rows(rows: Iterator[TableRow]) -> int:
    """How many rows there are below the header, which is looked at. Raises what refuses the whole file."""
    header = next(rows, None)
    columns_of(header.cells if header else ())
    count = 0
    for row in rows:
        count += not row.is_empty
        if count > MOST_ROWS:
            raise TooManyRows(most=MOST_ROWS)
    if not count:
        raise NoRows
    return count


def lists_of(today: dt.date, epoch: dt.date) -> Lists:
    """What the cells of a file are compared with on a day, read once for a pass."""
    specialties = {row.pk: row for row in Specialty.objects.order_by("-valid_from_on", "pk")}
    by_name: dict[str, list[SpecialtyFacts]] = {}
    for row in specialties.values():
        by_name.setdefault(fold(row.name), []).append(specialty_facts(row))
    regions: dict[str, str] = {}
    for region in Region.objects.all():
        regions |= {region.code: region.code, fold(region.name): region.code}
    known = Known(specialties=by_name, regions=regions, today=today, epoch=epoch)
    return Lists(known=known, values=known_values(set(regions.values())), specialties=specialties)


def grouped_rows(rows: Iterator[TableRow]) -> Iterator[list[ReadRow]]:
    """The rows of each programme, as they stand together."""
    header = next(rows, None)
    columns = columns_of(header.cells if header else ())
    group: list[ReadRow] = []
    first_lines: dict[str, int] = {}
    for number, row in enumerate((row for row in rows if not row.is_empty), 1):
        found = _read(number, row, columns)
        if group and found.key and found.key == group[0].key:
            group.append(found)
            continue
        if group:
            yield group
        if found.key and first_lines.setdefault(found.key, row.line) != row.line:
            twice = KeyTwice(line=first_lines[found.key])
            found = ReadRow(number=number, line=row.line, key=found.key, cells=found.cells, trouble=(KEY, twice))
        group = [found]
    if group:
        yield group


def _read(number: int, row: TableRow, columns: Mapping[int, str]) -> ReadRow:
    cells = {name: row.cells[place] if place < len(row.cells) else "" for place, name in columns.items()}
    key, trouble = "", None
    try:
        key = read_key(cells[KEY])
    except Refused as refusal:
        trouble = (KEY, refusal)
    if fold(key) in EXAMPLE_KEYS:
        trouble = (KEY, RowIsExample())
    elif row.hidden:
        trouble = ("", RowHidden())
    elif row.flaws:
        place, flaw = min(row.flaws.items())
        trouble = (columns.get(place, ""), CellIsFormula() if flaw == Flaw.FORMULA else CellIsError())
    elif outside := [cell for place, cell in enumerate(row.cells) if cell.strip() and place not in columns]:
        trouble = ("", ValueOutside(value=outside[0].strip()[:40]))
    return ReadRow(number=number, line=row.line, key=key, cells=cells, trouble=trouble)


def chunks_of(groups: Iterator[list[ReadRow]]) -> Iterator[list[list[ReadRow]]]:
    """Groups of rows put together until a chunk has enough of them."""
    chunk: list[list[ReadRow]] = []
    size = 0
    for group in groups:
        chunk.append(group)
        size += len(group)
        if size >= CHUNK:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
