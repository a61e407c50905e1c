"""Tables that people send, CSV or XLSX: recognised by content, read row by row, every value as text.

XLSX is read here and not by a library: a library tells neither formulas nor hidden rows, and takes memory for every
cell between the first and the last one, so that one cell in the far corner asks for gigabytes. Memory is that of the
file and of its shared texts, whatever number of rows it claims.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from xml.parsers import expat

from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused
from foundation.files.zips import Entry, entries_of, unpack

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LARGEST_TABLE_BYTES = 30 * 1024 * 1024
MOST_COLUMNS = 100
MOST_UNPACKED_BYTES = 250 * 1024 * 1024
MOST_LIST_BYTES = 4 * 1024 * 1024  # of the parts that only say what there is: they are read while somebody waits
LAST_LINE = 1_048_576  # a sheet of Excel has no more rows
LONGEST_CELL = 131_072  # as the reader of CSV has it; a cell of Excel holds a quarter of it
_LINE_DIGITS = len(str(LAST_LINE))
_BYTES_OF_AN_ELEMENT = 100  # a cell takes thirty to sixty; longer texts are few
MOST_TEXTS = 2_000_000  # shared by the cells: each costs a hundred bytes of memory
_TEXT_DIGITS = len(str(MOST_TEXTS))
_MOST_ENTRIES = 2000
_MERGED_TOLD = 5
_TYPES = "[Content_Types].xml"
_MAIN = "spreadsheetml.sheet.main+xml"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the older format of Office; encrypted files of the newer one lie in it too
_OTHERS = (b"%PDF-", b"\xff\xd8\xff", b"\x89PNG", b"{\\rtf", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"GIF8", b"<!DOCTYPE")
_ESCAPED = re.compile(r"_x((?![Dd][89A-Fa-f])[0-9A-Fa-f]{4})_")
_SMALL = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя".encode("cp1251")
_CAPITAL = "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ".encode("cp1251")
_NEITHER_LETTER_NOR_SIGN = re.compile(r"[^\x09\x0a\x0d\x20-\x7eА-Яа-яЁё«»—–№…“”„‘’•·°±§\u00a0©®²³\u20bd€™]")


class TableUnfit(Refused):
    """The whole file cannot be taken; each reason has its own class."""

    message = _("This is not a table that the portal reads. Save it as XLSX, or as CSV in UTF-8.")


class TableEmpty(TableUnfit):
    message = _("There is nothing in the file.")


class TableTooLarge(TableUnfit):
    message = _("The file is larger than 30 MB. Divide it into several.")


class TableOld(TableUnfit):
    message = _("This is the older format XLS. Open it and save it as XLSX.")


class TableProtected(TableUnfit):
    message = _("The file is protected by a password. Take the password off and send it again.")


class TableHasMacros(TableUnfit):
    message = _("There are macros in the file. Save it as XLSX without macros.")


class TableDamaged(TableUnfit):
    message = _("The file is damaged and cannot be read to its end. Save it anew and send that.")


class TableEncodingUnknown(TableUnfit):
    message = _("The letters of the file cannot be read. Save it as «CSV UTF-8» or as XLSX.")


class TableTooWide(TableUnfit):
    message = _("There are more than %(most)s columns, the last one in row %(line)s. Delete what is not needed.")


class TableMerged(TableUnfit):
    message = _("There are merged cells: %(places)s. Unmerge them, so that each row says everything itself.")


class TableQuoteOpen(TableUnfit):
    message = _("In row %(line)s a quotation mark is opened and not closed, or a cell is endless. Put it right.")


class TableTooLong(TableUnfit):
    message = _(
        "There is far more in the workbook than this table needs. Delete sheets, rows and columns that are not needed, "
        "empty ones with colours and borders too."
    )


class TableHasTooManyLines(TableTooLong):
    message = _("There are far more rows in the file than this table needs. Delete the rest, empty rows too.")


class TableCellTooLong(TableUnfit):
    message = _("In a cell there are more than %(most)s signs. Shorten it.")


class TableWithoutSheet(TableUnfit):
    message = _("There is no sheet in the file that can be seen.")


class Flaw(StrEnum):
    """Why a cell cannot be taken for what it shows."""

    FORMULA = "formula"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """A row as text. `line` is counted as spreadsheets do; `flaws` by column, from 0."""

    line: int
    cells: tuple[str, ...]
    flaws: Mapping[int, Flaw] = field(default_factory=dict)
    hidden: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nobody has written anything there."""
        return not self.flaws and not any(cell.strip() for cell in self.cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """An opened file. `encoding` of a CSV, `sheet` of an XLSX that is read; `epoch` is day 0 of its numbered days."""

    rows: Callable[[], Iterator[TableRow]]
    encoding: str = ""
    sheet: str = ""
    epoch: dt.date = dt.date(1899, 12, 30)


def kind_of_table(content: bytes) -> str:
    """What a file is by its content: CSV or XLSX. Raises TableUnfit and its kin, ArchiveUnfit, ArchiveTooBig."""
    if not content.strip():
        raise TableEmpty
    if content.startswith(_OLE):
        raise TableProtected if "EncryptedPackage".encode("utf-16-le") in content else TableOld
    if content.startswith(b"PK"):
        _check_xlsx(content)
        return XLSX
    if content.startswith(_OTHERS):
        raise TableUnfit
    _decoded(content)
    return CSV


def open_table(content: bytes, kind: str, *, sheets: Sequence[str] = (), most_elements: int | None = None) -> Table:
    """Open a file that `kind_of_table` knows. Of an XLSX the first sheet of these names is read, else the first one.

    Of a file with more than `most_elements` (rows, empty ones too, and cells, of an XLSX their values and shared texts
    as well; a filled cell of it is two to four) no more than these are read: give it where somebody waits for the
    answer, and stop at the row you need no more of. That cells are merged stands at the end of a sheet: it is told
    after the last row.

    Raises TableUnfit and its kin, here and while rows are read.
    """
    return _open_csv(content, most_elements) if kind == CSV else _open_xlsx(content, sheets, most_elements)


# CSV


def _decoded(content: bytes) -> tuple[str, str]:
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            try:
                return content.decode(encoding), encoding.removesuffix("-sig")
            except UnicodeDecodeError as error:
                raise TableEncodingUnknown from error
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _as_cp1251(content), "cp1251"


def _as_cp1251(content: bytes) -> str:
    """The text, when nothing else than Windows-1251 makes Russian of these bytes.

    KOI8-R would show more capitals than small letters, the DOS encoding signs that no text has.
    """
    try:
        text = content.decode("cp1251")
    except UnicodeDecodeError as error:
        raise TableEncodingUnknown from error
    small, capital = (len(content) - len(content.translate(None, letters)) for letters in (_SMALL, _CAPITAL))
    if _NEITHER_LETTER_NOR_SIGN.search(text.replace("\0", "")) or small <= capital:
        raise TableEncodingUnknown
    return text


def _open_csv(content: bytes, most_elements: int | None) -> Table:
    text, encoding = _decoded(content)
    header = text[: text.find("\n") if "\n" in text else len(text)]
    mark = max(";,\t", key=header.count)
    return Table(rows=lambda: _csv_rows(text, mark, most_elements), encoding=encoding)


def _csv_rows(text: str, mark: str, most_elements: int | None) -> Iterator[TableRow]:
    reader, line = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True), 0
    elements = 0
    while True:
        line += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise TableQuoteOpen(line=line) from error
        elements += 1 + len(cells)
        if line > LAST_LINE or (most_elements is not None and elements > most_elements):
            raise TableHasTooManyLines
        if len(cells) > MOST_COLUMNS and any(cell.strip() for cell in cells[MOST_COLUMNS:]):
            raise TableTooWide(most=MOST_COLUMNS, line=line)
        yield TableRow(line=line, cells=tuple(cells[:MOST_COLUMNS]))


# XLSX


def _check_xlsx(content: bytes) -> None:
    entries = entries_of(content, most_entries=_MOST_ENTRIES, most_bytes=MOST_UNPACKED_BYTES)
    types = _types(content, entries)
    if any("macroEnabled" in kind for kind in types.values()):
        raise TableHasMacros
    _open_xlsx(content, (), None)


def _types(content: bytes, entries: Mapping[str, Entry]) -> dict[str, str]:
    """Parts of the package by name, with their kinds."""
    found: dict[str, str] = {}

    def start(name: str, given: dict[str, str]) -> None:
        if name == "Override":
            found[given.get("PartName", "").lstrip("/")] = given.get("ContentType", "")

    if _TYPES not in entries:
        raise TableUnfit
    for _step in _read_xml(content, _short(entries[_TYPES]), start):
        pass
    return found


def _short(entry: Entry) -> Entry:
    """The part, if it is as short as lists of what there is are."""
    if entry.size > MOST_LIST_BYTES:
        raise TableDamaged
    return entry


def _open_xlsx(content: bytes, sheets: Sequence[str], most_elements: int | None) -> Table:
    entries = entries_of(content, most_entries=_MOST_ENTRIES, most_bytes=MOST_UNPACKED_BYTES)
    main = next((part for part, kind in _types(content, entries).items() if kind.endswith(_MAIN)), "")
    if main not in entries:
        raise TableUnfit
    listed, from_1904 = _workbook(content, entries[main])
    links = _links(content, entries, main)
    seen = [(name, links[key][1]) for name, key in listed if key in links and links[key][0] == "worksheet"]
    wanted = next((one for one in seen if one[0] in sheets), seen[0] if seen else None)
    if wanted is None or wanted[1] not in entries:
        raise TableWithoutSheet
    texts = next((part for kind, part in links.values() if kind == "sharedStrings" and part in entries), "")
    sheet = entries[wanted[1]]

    def rows() -> Iterator[TableRow]:
        bound = _Bound(most_elements)
        for part in [sheet, *([entries[texts]] if texts else [])]:
            bound.check_size(part)
        shared = _shared_texts(content, entries[texts], bound) if texts else []
        yield from _xlsx_rows(content, sheet, shared, bound)

    epoch = dt.date(1904, 1, 1) if from_1904 else dt.date(1899, 12, 30)
    return Table(rows=rows, sheet=wanted[0], epoch=epoch)


class _Bound:
    """How much of a workbook may be read before somebody has to hear an answer."""

    def __init__(self, most: int | None) -> None:
        self.most = most
        self.read = 0

    def check_size(self, entry: Entry) -> None:
        """Refuse a part by its size, before a byte of it is unpacked."""
        if self.most is not None and entry.size > self.most * _BYTES_OF_AN_ELEMENT:
            raise TableTooLong

    def count(self) -> None:
        """One element more."""
        self.read += 1
        if self.most is not None and self.read > self.most:
            raise TableTooLong


Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]


def _read_xml(
    content: bytes, entry: Entry, start: Start, end: End | None = None, text: Text | None = None
) -> Iterator[None]:
    """Read a part of the package, a block at each step. Names come without their space. No DTD, so no entities."""

    def refuse(*_what: object) -> None:
        raise TableDamaged

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, given: start(name.rpartition(" ")[2], given)
    if end is not None:
        parser.EndElementHandler = lambda name: end(name.rpartition(" ")[2])
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        for block in unpack(content, entry):
            parser.Parse(block, False)  # noqa: FBT003 - expat's signature
            yield
        parser.Parse(b"", True)  # noqa: FBT003 - expat's signature
    except expat.ExpatError as error:
        raise TableDamaged from error
    yield


def _workbook(content: bytes, entry: Entry) -> tuple[list[tuple[str, str]], bool]:
    """The sheets that can be seen, with the keys of their links; and whether days are counted from 1904."""
    sheets: list[tuple[str, str]] = []
    since: list[str] = []

    def start(name: str, given: dict[str, str]) -> None:
        if name == "sheet" and given.get("state", "visible") == "visible":
            key = next((value for label, value in given.items() if label.endswith(" id")), "")
            sheets.append((given.get("name", ""), key))
        elif name == "workbookPr" and given.get("date1904") in {"1", "true"}:
            since.append("1904")

    for _step in _read_xml(content, _short(entry), start):
        pass
    return sheets, bool(since)


def _links(content: bytes, entries: Mapping[str, Entry], main: str) -> dict[str, tuple[str, str]]:
    """Where the workbook's keys lead: the kind and the part."""
    folder, _slash, name = main.rpartition("/")
    found: dict[str, tuple[str, str]] = {}

    def start(tag: str, given: dict[str, str]) -> None:
        if tag == "Relationship":
            part = posixpath.normpath(posixpath.join("/", folder, given.get("Target", ""))).lstrip("/")
            found[given.get("Id", "")] = (given.get("Type", "").rpartition("/")[2], part)

    place = posixpath.join(folder, "_rels", f"{name}.rels")
    if place in entries:
        for _step in _read_xml(content, _short(entries[place]), start):
            pass
    return found


def _shared_texts(content: bytes, entry: Entry, bound: _Bound) -> list[str]:
    found: list[str] = []
    parts = _Parts()
    inside = {"t": False, "rPh": False}  # rPh: how to pronounce it, which nobody sees

    def start(name: str, _given: dict[str, str]) -> None:
        bound.count()
        if name in inside:
            inside[name] = True
        elif name == "si":
            parts.clear()

    def end(name: str) -> None:
        if name in inside:
            inside[name] = False
        elif name == "si":
            _add_text(found, parts.text())

    def text(words: str) -> None:
        if inside["t"] and not inside["rPh"]:
            parts.add(words)

    for _step in _read_xml(content, entry, start, end, text):
        pass
    return found


def _add_text(found: list[str], text: str) -> None:
    if len(found) == MOST_TEXTS:
        raise TableDamaged
    found.append(_unescaped(text))


class _Parts:
    """The text of one cell, which comes in parts, as many as somebody likes to write."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.length = 0

    def clear(self) -> None:
        self.words.clear()
        self.length = 0

    def add(self, words: str) -> None:
        """Raises TableCellTooLong."""
        self.length += len(words)
        if self.length > LONGEST_CELL:
            raise TableCellTooLong(most=LONGEST_CELL)
        self.words.append(words)

    def text(self) -> str:
        return "".join(self.words)


class _Sheet:
    """Gathers rows while the parser runs through a sheet."""

    def __init__(self, shared: Sequence[str], bound: _Bound) -> None:
        self.shared = shared
        self.bound = bound
        self.merged: list[str] = []
        self.ready: list[TableRow] = []
        self.line = self.column = 0
        self.hidden = False
        self.cells: dict[int, str] = {}
        self.flaws: dict[int, Flaw] = {}
        self.kind = ""
        self.parts = _Parts()
        self.inside = False

    def start(self, name: str, given: dict[str, str]) -> None:
        self.bound.count()
        if name == "c":
            self.column = _column(given["r"]) if "r" in given else self.column + 1
            self.kind = given.get("t", "n")
            self.parts.clear()
        elif name in {"v", "t"}:
            self.inside = True
        elif name == "f":
            self.flaws[self.column] = Flaw.FORMULA
        elif name == "row":
            line = _line(given["r"]) if "r" in given else self.line + 1
            if not self.line < line <= LAST_LINE:
                raise TableDamaged
            self.line, self.column, self.hidden = line, -1, given.get("hidden") in {"1", "true"}
            self.cells, self.flaws = {}, {}
        elif name == "mergeCell" and len(self.merged) <= _MERGED_TOLD:
            self.merged.append(given.get("ref", "")[:20])

    def check_merged(self) -> None:
        if self.merged:
            more = ", …" if len(self.merged) > _MERGED_TOLD else ""
            raise TableMerged(places=", ".join(self.merged[:_MERGED_TOLD]) + more)

    def text(self, words: str) -> None:
        if self.inside:
            self.parts.add(words)

    def end(self, name: str) -> None:
        if name in {"v", "t"}:
            self.inside = False
        elif name == "c":
            self._keep()
        elif name == "row":
            last = max([*self.cells, *self.flaws], default=-1)
            cells = tuple(self.cells.get(number, "") for number in range(last + 1))
            self.ready.append(TableRow(line=self.line, cells=cells, flaws=self.flaws, hidden=self.hidden))

    def _keep(self) -> None:
        if self.kind == "e":
            self.flaws.setdefault(self.column, Flaw.ERROR)
        value = self._shown()
        if (value or self.column in self.flaws) and not 0 <= self.column < MOST_COLUMNS:
            raise TableTooWide(most=MOST_COLUMNS, line=self.line)
        if value:
            self.cells[self.column] = value

    def _shown(self) -> str:
        value = self.parts.text()
        if self.kind == "s":
            number = _digits(value, _TEXT_DIGITS)
            if number is None or number >= len(self.shared):
                raise TableDamaged
            return self.shared[number]
        return _number(value) if self.kind == "n" else _unescaped(value)


def _xlsx_rows(content: bytes, entry: Entry, shared: Sequence[str], bound: _Bound) -> Iterator[TableRow]:
    sheet = _Sheet(shared, bound)
    for _step in _read_xml(content, entry, sheet.start, sheet.end, sheet.text):
        yield from sheet.ready
        sheet.ready.clear()
    sheet.check_merged()


def _line(text: str) -> int:
    """The number of a row; 0 for what is none."""
    return _digits(text, _LINE_DIGITS) or 0


def _digits(text: str, most: int) -> int | None:
    """A number of so many digits. Without ² and the like, which are digits to Python, too."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= most else None


def _column(place: str) -> int:
    """AB12 is in column 27, from 0."""
    letters = place.rstrip("0123456789")
    if not letters.isascii() or not letters.isalpha() or len(letters) > 3:  # noqa: PLR2004 - XFD is the last column
        raise TableDamaged
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def _number(text: str) -> str:
    """A number as people write it: 1.5E3 is 1500, 36.0 is 36."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    if not value.is_finite() or abs(value.adjusted()) > 20:  # noqa: PLR2004 - no such number means anything here
        return text
    return f"{value.normalize():f}"


def _unescaped(text: str) -> str:
    """Signs that XML cannot say are written _x000D_; halves of a pair stay as they are written."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
