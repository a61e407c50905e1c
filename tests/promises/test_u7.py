from __future__ import annotations

import csv
import io
import zipfile

import pytest
import python_calamine
from tests.builders import signed_in
from tests.import_builders import a_file, a_row, as_text, checked, table
from tests.item_builders import a_writer

from foundation.files.tables import Sheet, as_csv, as_xlsx

FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1", "  =1+1", "\ufeff=1+1", "＝1+1", '=HYPERLINK("http://evil.example")', "=cmd|' /C calc'!A0"]  # fmt: skip
PLAIN = ["Терапия", "36", "а=б", "'=1", "№ 5", "1-2"]


def test_u7_a_table_that_is_taken_away_has_no_formula() -> None:
    cells = [*FORMULAS, *PLAIN]

    text = as_csv(["=head"], [[cell] for cell in cells]).decode("utf-8-sig")
    book = as_xlsx([Sheet(name="Лист", header=["=head"], rows=[[cell] for cell in cells])])

    wanted = ["'=head", *[f"'{cell}" for cell in FORMULAS], *PLAIN]
    assert [row[0] for row in csv.reader(io.StringIO(text, newline=""), delimiter=";")] == wanted
    read = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert [str(row[0]).replace("_x000D_", "\r") for row in read] == wanted  # fmt: skip
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(book)).read("xl/worksheets/sheet1.xml")


@pytest.mark.django_db
def test_u7_the_report_of_an_import_gives_back_no_formula_that_was_sent() -> None:
    by = a_writer()
    rows = [a_row(Ключ=f"={number}", Название=title, Часы=title) for number, title in enumerate(FORMULAS)]
    batch = checked(by, a_file(content=as_text(table(rows)), name="a.csv"))
    browser = signed_in(by.account)

    text = browser.get(f"/organisation/import/{batch.pk}/report.csv").content.decode("utf-8-sig")
    book = browser.get(f"/organisation/import/{batch.pk}/report.xlsx").content

    told = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))[1:]
    assert len(told) == len(FORMULAS)
    assert {cell[0] for row in told for cell in row if cell} & set("=+-@\t\r\n") == set()
    read = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()[1:]
    assert {str(cell)[0] for row in read for cell in row if cell} & set("=+-@\t\r\n") == set()
    assert [row[1] for row in told] == [f"'={number}" for number in range(len(FORMULAS))]
