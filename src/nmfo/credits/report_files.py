"""The report of credits as a file: CSV and XLSX say the same, with the total in the last row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from foundation.files.tables import Cell, Sheet, as_csv, as_xlsx
from nmfo.credits.queries.reporting import Figures, ReportRow


def report_csv(rows: Sequence[ReportRow], total: Figures) -> bytes:
    """The report as CSV."""
    return as_csv(_header(), _cells(rows, total))


def report_xlsx(rows: Sequence[ReportRow], total: Figures) -> bytes:
    """The report as XLSX."""
    name = pgettext("credits", "Report")
    return as_xlsx([Sheet(name=name, header=_header(), rows=_cells(rows, total), widths=(16, 70, 14, 14, 14, 14, 14))])


def _header() -> tuple[str, ...]:
    return (
        pgettext("report of credits", "Kind"),
        pgettext("report of credits", "Title"),
        pgettext("report of credits", "Specialists"),
        pgettext("report of credits", "Credits posted"),
        pgettext("report of credits", "Credits taken back"),
        pgettext("report of credits", "Credits that stand"),
        pgettext("report of credits", "Of the posted, by an operator"),
    )


def _cells(rows: Sequence[ReportRow], total: Figures) -> Iterator[Sequence[Cell]]:
    for row in rows:
        yield row.kind, row.title, *_numbers(row.figures)
    yield _("In all"), "", *_numbers(total)


def _numbers(figures: Figures) -> tuple[int, ...]:
    return figures.people, figures.posted, figures.taken_back, figures.stands, figures.by_operator
