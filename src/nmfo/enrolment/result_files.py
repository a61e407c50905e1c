"""Results of a group as a table: the file to fill in, and what a filled one says, row by row. It writes nothing."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from foundation.errors import Refused
from foundation.files.spreadsheets import TableRow, kind_of_table, open_table
from foundation.files.tables import Sheet, as_xlsx
from nmfo.enrolment.models import Application
from nmfo.enrolment.rules import Mark

MOST_ROWS = 300
MOST_ELEMENTS = 60_000  # of a workbook: five times what three hundred filled rows are; somebody waits while it is read
_COLUMNS = ("application", "person", "mark", "attested_on", "series", "number", "registration_number", "issued_on")
_NEEDED = frozenset(_COLUMNS) - {"person", "series"}
_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})|(\d{4})-(\d{2})-(\d{2})")
_SERIAL = re.compile(r"\d{5}(?:\.0+)?")
_LETTERS = re.compile(r"[^0-9a-zа-я]+")


class HeaderUnknown(Refused):
    message = _("The first row has to name the columns. Missing: %(names)s. Take the template of this group.")
    field = "file"


class RowsTooMany(Refused):
    message = _("A table has at most %(most)d rows. Split it.")
    field = "file"


class RowsMissing(Refused):
    message = _("There is no row below the header.")
    field = "file"


class CellMissing(Refused):
    message = _("The column «%(name)s» is empty.")


class CellNotDay(Refused):
    message = _("«%(text)s» in the column «%(name)s» is no day. Write it like this: 14.12.2026.")


class CellNotMark(Refused):
    message = _("«%(text)s» is no result. Write one of these: %(names)s.")


class CellDoubtful(Refused):
    message = _("The row has a formula or an error in a cell. Put values in their place.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """A row of the table: what it says, or why it cannot be understood. `line` as spreadsheets count."""

    line: int
    application: str
    person: str
    mark: str = ""
    attested_on: dt.date | None = None
    series: str = ""
    number: str = ""
    registration_number: str = ""
    issued_on: dt.date | None = None
    trouble: Refused | None = None


def names() -> dict[str, str]:
    """The columns in their order, in the language of the page."""
    return {
        "application": pgettext("results", "Number of the application"),
        "person": pgettext("results", "Listener"),
        "mark": pgettext("results", "Result"),
        "attested_on": pgettext("results", "Day of the attestation"),
        "series": pgettext("results", "Series of the document"),
        "number": pgettext("results", "Number of the document"),
        "registration_number": pgettext("results", "Registration number"),
        "issued_on": pgettext("results", "Day of issue"),
    }


def template_of(people: Iterable[Application]) -> bytes:
    """A workbook with a row for each listener who waits for a result; the person who fills it in adds the rest."""
    rows = [(row.number, _name(row), *[""] * (len(_COLUMNS) - 2)) for row in people]
    widths = (18, 36, 22, 18, 14, 22, 22, 16)
    return as_xlsx(
        [Sheet(name=pgettext("results", "Results"), header=list(names().values()), rows=rows, widths=widths)]
    )


def rows_of_file(content: bytes) -> list[ResultRow]:
    """The rows of a CSV or XLSX. Raises TableUnfit and its kin, HeaderUnknown, RowsTooMany, RowsMissing."""
    table = open_table(content, kind_of_table(content), most_elements=MOST_ELEMENTS)
    return _rows(table.rows(), table.epoch)


def rows_of_text(text: str) -> list[ResultRow]:
    """The same of what was copied out of a spreadsheet: cells between tabs, the header first."""
    lines = [line.split("\t") for line in text.splitlines()]
    return _rows(
        (TableRow(line=number, cells=tuple(cells)) for number, cells in enumerate(lines, 1)), dt.date(1899, 12, 30)
    )


def as_text(rows: Sequence[ResultRow]) -> str:
    """Rows as `rows_of_text` reads them: a page gives back what it has shown."""

    def line(row: ResultRow) -> str:
        days = [day.isoformat() if day else "" for day in (row.attested_on, row.issued_on)]
        cells = (
            row.application,
            row.person,
            row.mark,
            days[0],
            row.series,
            row.number,
            row.registration_number,
            days[1],
        )
        return "\t".join(" ".join(cell.split()) for cell in cells)

    return "\n".join(["\t".join(names().values()), *(line(row) for row in rows)])


def _name(row: Application) -> str:
    person = row.specialist.account
    return " ".join(part for part in (person.surname, person.first_name, person.patronymic) if part)


def _rows(rows: Iterator[TableRow], epoch: dt.date) -> list[ResultRow]:
    header = next(rows, None)
    places = _places(header.cells if header else ())
    found: list[ResultRow] = []
    for row in rows:
        if row.is_empty:
            continue
        if len(found) == MOST_ROWS:
            raise RowsTooMany(most=MOST_ROWS)
        found.append(_row(row, places, epoch))
    if not found:
        raise RowsMissing
    return found


def _places(cells: Sequence[str]) -> dict[str, int]:
    """Where each column stands, by its name in Russian or English, in any order. Raises HeaderUnknown."""
    known: dict[str, str] = {}
    for language in ("en", "ru"):
        with translation.override(language):
            known |= {_plain(name): key for key, name in names().items()}
    places: dict[str, int] = {}
    for place, cell in enumerate(cells):
        key = known.get(_plain(cell))
        if key is not None:
            places.setdefault(key, place)
    missing = [name for key, name in names().items() if key in _NEEDED and key not in places]
    if missing:
        raise HeaderUnknown(names=", ".join(missing))
    return places


def _row(row: TableRow, places: dict[str, int], epoch: dt.date) -> ResultRow:
    cells = {key: " ".join(row.cells[place].split()) for key, place in places.items() if place < len(row.cells)}
    application, person = cells.get("application", "")[:20], cells.get("person", "")[:300]
    try:
        if row.flaws:
            raise CellDoubtful
        for key, name in names().items():
            if key in _NEEDED and not cells.get(key):
                raise CellMissing(name=name)
        return ResultRow(
            line=row.line,
            application=application,
            person=person,
            mark=_mark(cells["mark"]),
            attested_on=_day(cells["attested_on"], "attested_on", epoch),
            series=cells.get("series", ""),
            number=cells["number"],
            registration_number=cells["registration_number"],
            issued_on=_day(cells["issued_on"], "issued_on", epoch),
        )
    except Refused as refusal:
        return ResultRow(line=row.line, application=application, person=person, trouble=refusal)


def _mark(text: str) -> str:
    known: dict[str, str] = {}
    for language in ("en", "ru"):
        with translation.override(language):
            known |= {_plain(str(mark.label)): str(mark) for mark in Mark}
    known |= {str(mark): str(mark) for mark in Mark}
    found = known.get(_plain(text))
    if found is None:
        raise CellNotMark(text=text[:40], names=", ".join(str(mark.label) for mark in Mark))
    return found


def _day(text: str, key: str, epoch: dt.date) -> dt.date:
    """A day as people write it, or the number by which a spreadsheet keeps it."""
    try:
        if _SERIAL.fullmatch(text):
            return epoch + dt.timedelta(days=int(text.partition(".")[0]))
        if found := _DAY.fullmatch(text):
            day, month, year = (found[1], found[2], found[3]) if found[1] else (found[6], found[5], found[4])
            return dt.date(int(year), int(month), int(day))
    except (ValueError, OverflowError):
        pass
    raise CellNotDay(text=text[:40], name=names()[key])


def _plain(text: str) -> str:
    return _LETTERS.sub("", text.lower().replace("ё", "е"))
