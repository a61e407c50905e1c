"""A group as a workbook: who learns, where each stands, who was there on which day. It writes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.utils.translation import pgettext

from foundation.files.tables import Cell, Sheet, as_xlsx
from nmfo.enrolment.models import Application


def sheet_of_group(people: Sequence[Application], marks: Mapping[tuple[int, dt.date], bool], today: dt.date) -> bytes:
    """The workbook of a day. A column for each day with marks; the sums are numbers. Results are those prefetched."""
    days = sorted({day for _pk, day in marks})
    header = [
        pgettext("group", "Number of the application"),
        pgettext("group", "Listener"),
        pgettext("group", "State"),
        pgettext("group", "Document of qualification"),
        pgettext("group", "Days there"),
        pgettext("group", "Days marked"),
        *(f"{day:%d.%m.%Y}" for day in days),
    ]
    rows = [_row(row, [marks.get((row.pk, day)) for day in days], today) for row in people]
    widths = (18, 36, 20, 28, 12, 12, *[12] * len(days))
    return as_xlsx([Sheet(name=pgettext("group", "Group"), header=header, rows=rows, widths=widths)])


def _row(row: Application, there: Sequence[bool | None], today: dt.date) -> list[Cell]:
    person = row.specialist.account
    results = [one for one in row.completions.all() if one.taken_back_at is None]
    words = {True: pgettext("attendance", "there"), False: pgettext("attendance", "absent"), None: ""}
    return [
        row.number,
        " ".join(part for part in (person.surname, person.first_name, person.patronymic) if part),
        row.label(today),
        results[0].document_name if results else "",
        sum(1 for one in there if one),
        sum(1 for one in there if one is not None),
        *(words[one] for one in there),
    ]
