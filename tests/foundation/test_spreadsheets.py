"""Tables from strangers: what they are by content, what their cells say, and what is refused."""

from __future__ import annotations

import datetime as dt
import io
import random
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import python_calamine
import xlsxwriter
from django.utils.translation import override
from tests.import_builders import as_book, as_text

from foundation.errors import Refused
from foundation.files import spreadsheets
from foundation.files.spreadsheets import CSV, XLSX, Flaw, Table, kind_of_table, open_table
from foundation.files.tables import Sheet, as_xlsx
from foundation.files.zips import ArchiveTooBig, ArchiveUnfit, entries_of, unpack

_TYPES = """<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Override PartName="/xl/workbook.xml" ContentType="{kind}"/></Types>"""
MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_BOOK = """<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">{settings}
<sheets><sheet name="Лист" sheetId="1" r:id="rId1" state="{state}"/></sheets></workbook>"""
_LINKS = """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/>
<Relationship Id="rId2" Type="http://x/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>"""
_SHARED = """<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">
<si><t>Ключ</t></si><si><r><t>Тера</t></r><r><t>пия</t></r><rPh><t>читается так</t></rPh></si><si><t>a_x0007_b_xD83D_</t></si></sst>"""


def packed(files: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def book(
    rows: str, *, kind: str = MAIN, settings: str = "", state: str = "visible", after: str = "", head: str = ""
) -> bytes:
    sheet = f'{head}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData>{after}</worksheet>'
    return packed(
        {
            "[Content_Types].xml": _TYPES.format(kind=kind),
            "xl/workbook.xml": _BOOK.format(settings=settings, state=state),
            "xl/_rels/workbook.xml.rels": _LINKS,
            "xl/sharedStrings.xml": _SHARED,
            "xl/worksheets/sheet1.xml": sheet,
        }
    )


def opened(content: bytes, **more: Any) -> Table:
    return open_table(content, kind_of_table(content), **more)


def cells(content: bytes) -> list[tuple[str, ...]]:
    return [row.cells for row in opened(content).rows()]


def test_what_a_library_reads_is_read_the_same() -> None:
    rows = [["Ключ", "Название", "Часы"], ["П-1", "Анемии & «кровь» <b>", "36"], ["П-2", "", "=1+1"]]
    content = as_book(rows)

    sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)

    assert [list(row) for row in cells(content)] == rows == sheet.to_python()


def test_cells_of_every_kind_are_text() -> None:
    rows = """<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c></row>
    <row r="4" hidden="1"><c r="A4"><v>36.0</v></c><c t="inlineStr"><is><t>прямо</t></is></c><c t="b"><v>1</v></c>
    <c><v>1.5E3</v></c><c t="d"><v>2026-12-31</v></c><c t="s"><v>2</v></c></row>
    <row><c r="A5"><f>1+1</f><v>2</v></c><c t="e"><v>#REF!</v></c></row>"""

    found = list(opened(book(rows)).rows())

    assert [(row.line, row.cells, row.hidden, dict(row.flaws)) for row in found] == [
        (1, ("Ключ", "", "Терапия"), False, {}),
        (4, ("36", "прямо", "1", "1500", "2026-12-31", "a\x07b_xD83D_"), True, {}),
        (5, ("2", "#REF!"), False, {0: Flaw.FORMULA, 1: Flaw.ERROR}),
    ]


def test_the_named_sheet_is_read_else_the_first_that_is_seen() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        for name in ("Тайный", "Разное", "Программы"):
            made.add_worksheet(name).write(0, 0, name)
        made.get_worksheet_by_name("Тайный").hide()
        made.get_worksheet_by_name("Разное").activate()
    content = out.getvalue()

    assert [opened(content).sheet, opened(content, sheets=("Программы",)).sheet] == ["Разное", "Программы"]
    assert opened(content, sheets=("Тайный",)).sheet == "Разное"


def test_days_count_from_the_year_the_workbook_says() -> None:
    row = '<row r="1"><c r="A1"><v>1</v></c></row>'

    assert opened(book(row)).epoch == dt.date(1899, 12, 30)
    assert opened(book(row, settings='<workbookPr date1904="1"/>')).epoch == dt.date(1904, 1, 1)


def test_text_is_read_in_the_encodings_that_are_unambiguous() -> None:
    rows = [["Ключ", "Название"], ["1", "Анемии — «кровь»"]]
    ways = [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("cp1251", "cp1251")]

    for encoding, told in ways:
        for mark in ";,\t":
            table = opened(as_text(rows, encoding=encoding, mark=mark))
            assert ([list(row.cells) for row in table.rows()], table.encoding) == (rows, told)


def test_lines_in_quotes_are_one_row() -> None:
    content = 'Ключ;Название\r\n1;"две\nстроки"\r\n2;"с ""кавычками"""\r\n'.encode()

    assert [(row.line, row.cells[1]) for row in opened(content).rows()] == [(1, "Название"), (2, "две\nстроки"), (3, 'с "кавычками"')]  # fmt: skip


def test_a_corner_far_away_costs_nothing_and_too_many_columns_are_refused() -> None:
    far = (
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="A1048576"><v>2</v></c><c r="XFD1048576"/></row>'
    )

    assert [row.line for row in opened(book(far)).rows()] == [1, 1_048_576]
    with pytest.raises(spreadsheets.TableTooWide), override("en"):
        list(opened(book('<row r="1"><c r="XFD1"><v>1</v></c></row>')).rows())


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BOMB = """<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>"""
ONE = '<row r="1"><c r="A1"><v>1</v></c></row>'
UNFIT: list[tuple[str, bytes, type[Refused]]] = [
    ("empty", b"", spreadsheets.TableEmpty),
    ("blank", b" \r\n ", spreadsheets.TableEmpty),
    ("xls", OLE + bytes(600), spreadsheets.TableOld),
    ("password", OLE + bytes(64) + "EncryptedPackage".encode("utf-16-le"), spreadsheets.TableProtected),
    ("pdf renamed", b"%PDF-1.7\n%%EOF", spreadsheets.TableUnfit),
    ("picture", b"\x89PNG\r\n\x1a\n", spreadsheets.TableUnfit),
    ("koi8", "Ключ;Название анемии".encode("koi8-r"), spreadsheets.TableEncodingUnknown),
    ("dos", "Ключ;Название анемии".encode("cp866"), spreadsheets.TableEncodingUnknown),
    ("half of utf-16", b"\xff\xfe\x1a\x04\x1b", spreadsheets.TableEncodingUnknown),
    ("other bytes", bytes(range(128, 256)), spreadsheets.TableEncodingUnknown),
    ("another zip", packed({"a.txt": "x"}), spreadsheets.TableUnfit),
    ("a document", book(ONE, kind="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"), spreadsheets.TableUnfit),
    ("macros", book(ONE, kind="application/vnd.ms-excel.sheet.macroEnabled.main+xml"), spreadsheets.TableHasMacros),
    ("no sheet to see", book(ONE, state="hidden"), spreadsheets.TableWithoutSheet),
    ("cut off", book(ONE)[:-40], ArchiveUnfit),
    ("a list without end", book(ONE, settings="".join(f"<x{number}/>" for number in range(500_000))), spreadsheets.TableDamaged),
]  # fmt: skip


@pytest.mark.parametrize(("content", "refusal"), [case[1:] for case in UNFIT], ids=[case[0] for case in UNFIT])
def test_what_is_no_table_of_ours_is_refused_by_its_kind(content: bytes, refusal: type[Refused]) -> None:
    with pytest.raises(refusal) as caught:
        kind_of_table(content)

    assert caught.type is refusal


DAMAGED: list[tuple[str, bytes, type[Refused]]] = [
    ("dtd", book(ONE, head=BOMB), spreadsheets.TableDamaged),
    ("broken xml", book("<row><c></row>"), spreadsheets.TableDamaged),
    ("a shared text that is not there", book('<row><c t="s"><v>77</v></c></row>'), spreadsheets.TableDamaged),
    ("a shared text before the first", book('<row><c t="s"><v>-1</v></c></row>'), spreadsheets.TableDamaged),
    (
        "a shared text with a number without end",
        book(f'<row><c t="s"><v>{"9" * 5000}</v></c></row>'),
        spreadsheets.TableDamaged,
    ),
    ("a cell without end", book(f'<row><c t="str"><v>{"ab" * 70_000}</v></c></row>'), spreadsheets.TableCellTooLong),
    ("rows out of order", book('<row r="5"/><row r="4"/>'), spreadsheets.TableDamaged),
    ("a row that is a digit to Python only", book('<row r="²"/>'), spreadsheets.TableDamaged),
    ("a row with a number without end", book(f'<row r="{"9" * 5000}"/>'), spreadsheets.TableDamaged),
    ("a row below the last one", book('<row r="1048577"/>'), spreadsheets.TableDamaged),
    ("a row after the last one", book('<row r="1048576"/><row/>'), spreadsheets.TableDamaged),
    ("a strange place", book('<row r="1"><c r="ЯЯ1"><v>1</v></c></row>'), spreadsheets.TableDamaged),
    ("merged", book(ONE, after='<mergeCells><mergeCell ref="A2:A5"/></mergeCells>'), spreadsheets.TableMerged),
]


@pytest.mark.parametrize(("content", "refusal"), [case[1:] for case in DAMAGED], ids=[case[0] for case in DAMAGED])
def test_what_cannot_be_read_to_its_end_is_refused(content: bytes, refusal: type[Refused]) -> None:
    with pytest.raises(refusal) as caught:
        list(opened(content).rows())

    assert caught.type is refusal


def test_texts_shared_by_cells_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    table = opened(book(ONE))
    monkeypatch.setattr(spreadsheets, "MOST_TEXTS", 2)

    with pytest.raises(spreadsheets.TableDamaged):
        list(table.rows())


def test_merged_cells_are_named() -> None:
    with pytest.raises(spreadsheets.TableMerged) as caught, override("en"):
        list(
            opened(book(ONE, after='<mergeCells><mergeCell ref="A2:A5"/><mergeCell ref="C7:D7"/></mergeCells>')).rows()
        )

    assert "A2:A5, C7:D7" in str(caught.value)


FILLED = "".join(f'<row r="{number}"><c r="A{number}"><v>1</v></c></row>' for number in range(1, 30_001))


def test_rows_come_before_the_sheet_is_read_to_its_end() -> None:
    """Who takes three hundred rows pays for no more of them: here the end cannot be read at all."""
    rows = opened(book(f"{FILLED}<broken")).rows()

    assert [next(rows).line for _step in range(300)] == list(range(1, 301))
    with pytest.raises(spreadsheets.TableDamaged):
        list(rows)


def test_no_more_of_a_workbook_is_read_than_was_said() -> None:
    came: list[int] = []

    with pytest.raises(spreadsheets.TableTooLong):
        came.extend(row.line for row in opened(book(f"{FILLED}<broken"), most_elements=20_000).rows())

    assert 0 < len(came) < 20_000 / 3
    assert len(list(opened(book(FILLED), most_elements=100_000).rows())) == 30_000


def test_empty_lines_count_as_rows() -> None:
    content = "Ключ;Название\n".encode() + b"\n" * 2_000_000 + "1;Анемии\n".encode()

    assert [row.cells[0] for row in opened(content[:10_000]).rows() if not row.is_empty] == ["Ключ"]
    for most, came in ((5_000, 5_000), (None, spreadsheets.LAST_LINE)):
        lines = 0
        with pytest.raises(spreadsheets.TableHasTooManyLines):
            for row in opened(content, most_elements=most).rows():
                lines = row.line
        assert came - 3 < lines <= came


def test_many_values_in_one_cell_are_one_text_and_have_an_end() -> None:
    """A text that grew with each of them took time by the square of their number."""
    values = "<v>ab</v>"

    assert cells(book(f'<row><c t="str">{values * 60_000}</c></row>')) == [("ab" * 60_000,)]
    with pytest.raises(spreadsheets.TableCellTooLong):
        cells(book(f'<row><c t="str">{values * 70_000}</c></row>'))


def test_a_shared_text_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    table = opened(book(ONE))
    monkeypatch.setattr(spreadsheets, "LONGEST_CELL", 6)

    with pytest.raises(spreadsheets.TableCellTooLong):
        list(table.rows())


def test_a_part_that_is_too_large_is_refused_before_a_byte_of_it_is_read() -> None:
    """The packed bytes are no data at all, which nobody has noticed."""
    for large in ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"):
        content = book(FILLED)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            files: dict[str, str | bytes] = {one.filename: archive.read(one) for one in archive.infolist()}
        files[large] = random.Random(1).randbytes(2_000_000)
        made = packed(files)
        kind_of_table(made)

        with pytest.raises(spreadsheets.TableTooLong):
            list(open_table(made, XLSX, most_elements=10_000).rows())
        with pytest.raises(spreadsheets.TableDamaged):
            list(open_table(made, XLSX).rows())


def entries(content: bytes) -> list[str]:
    return list(entries_of(content, most_entries=50, most_bytes=1024 * 1024 * 50))


def _central(content: bytes, number: int) -> int:
    """Where the entry of that number stands in the list of the archive."""
    at = struct.unpack_from("<L", content, content.rfind(b"PK\x05\x06") + 16)[0]
    for _step in range(number):
        names = struct.unpack_from("<3H", content, at + 28)
        at += 46 + sum(names)
    return int(at)


def _changed(content: bytes, place: int, form: str, value: int) -> bytes:
    made = bytearray(content)
    struct.pack_into(form, made, place, value)
    return bytes(made)


def overlapping() -> bytes:
    """An entry inside the bytes of another (F8): each claims its size, and the file has them once."""
    inner = packed({"b": bytes(1000)}, zipfile.ZIP_STORED)
    local, listed = inner[: _central(inner, 0)], inner[_central(inner, 0) : inner.rfind(b"PK\x05\x06")]
    outer = packed({"a": local}, zipfile.ZIP_STORED)
    begins, end = _central(outer, 0), outer.rfind(b"PK\x05\x06")
    listed = _changed(listed, 42, "<L", 31)  # behind the header of «a», 30 bytes and its name
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 2, 2, end - begins + len(listed), begins, 0)
    return outer[:end] + listed + tail


HARMFUL: list[tuple[str, Callable[[], bytes]]] = [
    ("overlapping", overlapping),
    ("same but for case", lambda: packed({"a": "x", "A": "y"})),
    ("leaves the folder", lambda: packed({"../a": "x"})),
    ("from the root", lambda: packed({"/a": "x"})),
    ("backslash", lambda: packed({"a\\b": "x"})),
    ("drive", lambda: packed({"C:a": "x"})),
    ("deep", lambda: packed({"a/" * 11 + "b": "x"})),
    ("long name", lambda: packed({"n" * 201: "x"})),
    ("too many", lambda: packed({str(number): "x" for number in range(51)})),
    ("grows a thousand times", lambda: packed({"a": bytes(2_000_000)})),
    ("encrypted", lambda: _changed(content := packed({"a": "x"}), _central(content, 0) + 8, "<H", 1)),
    ("another method", lambda: _changed(content := packed({"a": "x"}), _central(content, 0) + 10, "<H", 12)),
    ("a link", lambda: _changed(content := packed({"a": "x"}), _central(content, 0) + 38, "<L", 0o120777 << 16)),
    ("data beyond the end", lambda: _changed(content := packed({"a": "x"}), _central(content, 0) + 20, "<L", 9_999_999)),
    ("cut off", lambda: packed({"a": "x" * 100})[:-10]),
    ("something after the end", lambda: packed({"a": "x"}) + b"tail"),
]  # fmt: skip


@pytest.mark.parametrize("make", [case[1] for case in HARMFUL], ids=[case[0] for case in HARMFUL])
def test_u1_archives_that_do_harm_are_refused_before_unpacking(make: Callable[[], bytes]) -> None:
    with pytest.raises(ArchiveUnfit):
        entries(make())


def test_f8_the_overlapping_entries_are_a_whole_archive_otherwise() -> None:
    content = overlapping()

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert [(one.filename, one.file_size) for one in archive.infolist()] == [("a", 1031), ("b", 1000)]
        assert archive.read("a")[31:] == bytes(1000)


def test_u1_sizes_are_believed_as_far_as_bytes_come_out() -> None:
    content = packed({"a": "x" * 1000})
    less = _changed(content, _central(content, 0) + 24, "<L", 10)
    other = _changed(content, _central(content, 0) + 16, "<L", 1)

    for lying in (less, other):
        with pytest.raises(ArchiveUnfit):
            list(unpack(lying, entries_of(lying, most_entries=5, most_bytes=5000)["a"]))
    with pytest.raises(ArchiveTooBig):
        entries_of(content, most_entries=5, most_bytes=999)


def test_large_sheets_of_office_are_read() -> None:
    rows = [[f"П-{number}", "Избранные вопросы терапии", "36"] for number in range(5000)]

    content = as_xlsx([Sheet(name="Программы", header=("Ключ", "Название", "Часы"), rows=rows)])

    assert kind_of_table(content) == XLSX
    assert sum(1 for _row in opened(content).rows()) == 5001
    assert kind_of_table(as_text([["Ключ"], ["1"]])) == CSV
