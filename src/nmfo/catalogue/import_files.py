"""Files that go out about imports: the template to fill in, and the report of what became of each row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from django.utils.translation import pgettext

from foundation.files.tables import Cell, Sheet, as_csv, as_xlsx
from nmfo.catalogue.columns import COLUMNS, KEY, SHEETS
from nmfo.catalogue.models import Import
from nmfo.catalogue.queries import report_of
from nmfo.catalogue.rules.words import Basis, Form
from nmfo.reference.models import Level
from nmfo.reference.queries import regions, specialties_on

_WIDE = frozenset({"title", "annotation", "aims", "main_specialties", "other_specialties", "teachers"})


def template_csv(today: dt.date) -> bytes:
    """The first row and an example, which an import refuses as such."""
    return as_csv(_header(), [_example(today)])


def template_xlsx(today: dt.date) -> bytes:
    """The same with a sheet that explains each column, and one with what may be chosen."""
    widths = [40 if column.key in _WIDE else 18 for column in COLUMNS]
    explained = [
        (
            str(column.name),
            pgettext("import", "yes") if column.needed else "",
            str(column.hint),
            column.example_on(today),
        )
        for column in COLUMNS
    ]
    return as_xlsx(
        [
            Sheet(name=SHEETS[0], header=_header(), rows=[_example(today)], widths=widths),
            Sheet(
                name=pgettext("import", "Explanations"),
                header=(
                    pgettext("import", "Column"),
                    pgettext("import", "Needed"),
                    pgettext("import", "What to write"),
                    pgettext("import", "Example"),
                ),
                rows=explained,
                widths=(30, 12, 70, 50),
            ),
            Sheet(
                name=pgettext("import", "Lists"),
                header=(pgettext("import", "Column"), pgettext("import", "What may stand there")),
                rows=_lists(today),
                widths=(30, 70),
            ),
        ]
    )


def report_csv(batch: Import) -> bytes:
    """What became of each row, as CSV."""
    return as_csv(_report_header(), _report_rows(batch))


def report_xlsx(batch: Import) -> bytes:
    """What became of each row, as XLSX."""
    rows = _report_rows(batch)
    return as_xlsx(
        [Sheet(name=pgettext("import", "Report"), header=_report_header(), rows=rows, widths=(8, 20, 50, 16, 24, 80))]
    )


def _header() -> list[str]:
    return [str(column.name) for column in COLUMNS]


def _example(today: dt.date) -> list[Cell]:
    return [pgettext("import", "EXAMPLE") if column.key == KEY else column.example_on(today) for column in COLUMNS]


def _lists(today: dt.date) -> Iterator[Sequence[Cell]]:
    names = {column.key: str(column.name) for column in COLUMNS}
    for key, values in (("levels", Level), ("form", Form), ("bases", Basis)):
        yield from ((names[key], str(value.label)) for value in values)
    for level in Level:
        for specialty in specialties_on(level, today):
            yield f"{names['main_specialties']}: {level.label}", specialty.name
    yield from ((names["run.region"], region.name) for region in regions(today))


def _report_header() -> tuple[str, ...]:
    return (
        pgettext("import", "Row"),
        pgettext("import", "Key"),
        pgettext("item", "Title"),
        pgettext("import", "What became of it"),
        pgettext("import", "Column"),
        pgettext("import", "Why"),
    )


def _report_rows(batch: Import) -> Iterator[Sequence[Cell]]:
    for row in report_of(batch).iterator(chunk_size=2000):
        yield row.line, row.key, row.title, row.get_outcome_display(), row.column, row.reason
