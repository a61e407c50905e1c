"""Tables that people take away, as CSV and XLSX. A cell never becomes a formula at whoever opens it (promise U7)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import xlsxwriter

Cell = str | int | None
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # the wide ones count in eastern Excel
_WIDTH = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet of a workbook: its header stays in view; `widths` of columns in characters."""

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    widths: Sequence[int] = ()


def safe_cell(value: Cell) -> Cell:
    """The value with an apostrophe before it when a spreadsheet would take the text for a formula."""
    if isinstance(value, str) and value.lstrip(" \u00a0\ufeff").startswith(_DANGEROUS):
        return f"'{value}"
    return value


def as_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with its mark and semicolons: Russian Excel opens it by a double click."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([safe_cell(cell) for cell in header])
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(sheets: Iterable[Sheet]) -> bytes:
    """A workbook; rows are written as they come and not kept."""
    out = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        strong = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        plain = book.add_format({"text_wrap": True, "valign": "top"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            for number in range(len(sheet.header)):
                page.set_column(number, number, sheet.widths[number] if number < len(sheet.widths) else _WIDTH)
            page.freeze_panes(1, 0)
            page.write_row(0, 0, [safe_cell(cell) for cell in sheet.header], strong)
            for line, row in enumerate(sheet.rows, 1):
                page.write_row(line, 0, [safe_cell(cell) for cell in row], plain)
    return out.getvalue()
