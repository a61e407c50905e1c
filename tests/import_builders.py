"""Files of programmes as organisations send them, and the two passes over them without pages."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from nmfo.catalogue.models import Import
from nmfo.catalogue.operations.importing.running import begin_import, go_on_with_import, write_import
from nmfo.organisations.models import Member
from tests.builders import facts

PROGRAMME: dict[str, object] = {
    "Ключ": "П-1",
    "Название": "Анемии в практике терапевта",
    "Аннотация": "О диагностике и лечении анемий.",
    "Цели и результаты": "Уметь назначать лечение.",
    "Уровень образования": "Высшее образование",
    "Часы": 36,
    "Форма обучения": "Очная",
    "Основа": "",
    "Основные специальности": "Терапия",
    "Дополнительные специальности": "Кардиология",
    "ДОТ": "нет",
    "Цена": 9800,
    "Преподаватели": "Иванова Анна Петровна, профессор; Сидоров Олег Ильич",
}
HEADS = {
    "Начало": "run.begins_on",
    "Конец": "run.ends_on",
    "Регион": "run.region",
    "Места": "run.seats",
    "Ключ потока": "run.key",
    "Заявки до": "run.apply_until_on",
}


def day(days: int) -> str:
    """A day so many days ahead, as people write it."""
    return f"{timezone.localdate() + dt.timedelta(days=days):%d.%m.%Y}"


def a_row(**changes: object) -> dict[str, object]:
    """A row of a complete programme; by names as people call the columns."""
    return {**PROGRAMME, "Основа": "Договор", **changes}


def table(rows: Sequence[Mapping[str, object]]) -> list[list[Any]]:
    """Header and rows; what a row does not name is empty."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return [[HEADS.get(name, name) for name in names], *[[row.get(name, "") for name in names] for row in rows]]


def as_book(cells: Sequence[Sequence[Any]], *, sheet: str = "Программы") -> bytes:
    """The cells as an XLSX."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False, "default_date_format": "dd.mm.yyyy"}) as book:
        page = book.add_worksheet(sheet)
        for line, row in enumerate(cells):
            page.write_row(line, 0, row)
    return out.getvalue()


def as_text(cells: Sequence[Sequence[Any]], *, encoding: str = "utf-8", mark: str = ";") -> bytes:
    """The cells as a CSV."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=mark).writerows(cells)
    return out.getvalue().encode(encoding)


def a_file(*rows: Mapping[str, object], content: bytes | None = None, name: str = "программы.xlsx") -> Any:
    """An upload of these rows as an XLSX, or of any bytes."""
    return SimpleUploadedFile(name, as_book(table(rows)) if content is None else content)


def checked(by: Member, upload: Any, *, slice_s: float = 600) -> Import:
    """A file that has been looked at."""
    batch = begin_import(by=by, upload=upload, facts=facts(), now=timezone.now())
    go_on_with_import(batch.pk, now=timezone.now(), slice_s=slice_s)
    batch.refresh_from_db()
    return batch


def written(by: Member, upload: Any) -> Import:
    """A file that has been looked at and written."""
    batch = checked(by, upload)
    write_import(batch_id=batch.pk, by=by, facts=facts(), now=timezone.now())
    go_on_with_import(batch.pk, now=timezone.now(), slice_s=600)
    batch.refresh_from_db()
    return batch


def report(batch: Import) -> list[tuple[int, str, str]]:
    """Line, outcome and reason of each row."""
    return list(batch.report.order_by("line").values_list("line", "outcome", "reason"))


def counts(batch: Import) -> tuple[int, int, int, int, int]:
    """Rows, taken, changed, unchanged, refused."""
    return batch.rows, batch.taken, batch.changed, batch.unchanged, batch.refused
