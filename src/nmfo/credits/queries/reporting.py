"""What an organisation has credited in a span of days, by programme, event and module, read from the ledger alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils import timezone

from foundation.db.rows import rows_of
from nmfo.catalogue.rules.words import Kind
from nmfo.credits.rules.words import Part
from nmfo.organisations.models import Organisation


class Figures(NamedTuple):
    """ЗЕТ that were posted and taken back in the days, and people who keep something of what was posted in them.

    `by_operator` of the posted ones were entered by hand, by an operator of the portal.
    """

    people: int
    posted: int
    taken_back: int
    by_operator: int = 0

    @property
    def stands(self) -> int:
        """The sum of the ledger: below nothing when what earlier days posted was taken back."""
        return self.posted - self.taken_back

    @property
    def shown(self) -> str:
        """The same with the sign that pages write."""
        return f"{self.stands}".replace("-", "−")


class ReportRow(NamedTuple):
    """A programme, an event or a module; or a title that an operator entered by hand and that has no card."""

    item_id: int | None
    part: str
    title: str
    figures: Figures

    @property
    def kind(self) -> str:
        """What it is, in words."""
        return str(Kind(self.part).label if self.part in Kind.values else Part(self.part).label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The report in all, of one part and of the whole. People are counted once, however much they have learnt."""

    rows: dict[str, int]  # how many rows, by part; "" of the whole
    figures: dict[str, Figures]

    def rows_in(self, part: str) -> int:
        """How many rows a part has."""
        return self.rows.get(part, 0)

    def of(self, part: str) -> Figures:
        """The figures of a part; "": of the whole."""
        return self.figures.get(part, Figures(0, 0, 0))


# One span of the index `credits_given_when`. A reversal is in the days in which it was posted; whoever it took the
# credit from has it until then. A row is called as the last version was that gave something, without one as its entry.
_MOVED = """
WITH moved AS MATERIALIZED (
  SELECT e.id, e.specialist_id, e.item_id, e.version_id, e.credits, e.part, e.source, e.reverses_id,
    CASE WHEN e.version_id IS NULL THEN e.title END AS title
  FROM credits_ledgerentry e
  WHERE e.organisation_id = %(organisation)s AND e.posted_at >= %(since)s AND e.posted_at < %(end)s
), told AS (
  SELECT m.item_id, m.part, m.version_id, m.title, CASE WHEN m.item_id IS NULL THEN m.title END AS name,
    CASE WHEN m.reverses_id IS NULL AND r.id IS NULL THEN m.specialist_id END AS keeper,
    greatest(m.credits, 0) AS posted, greatest(-m.credits, 0) AS taken_back,
    CASE WHEN m.source = 'manual' THEN m.credits ELSE 0 END AS by_operator
  FROM moved m LEFT JOIN moved r ON r.reverses_id = m.id
)
"""
_BY_PART = """
SELECT coalesce(part, ''), count(DISTINCT (item_id, part, name)),
  count(DISTINCT keeper), coalesce(sum(posted), 0), coalesce(sum(taken_back), 0),
  coalesce(sum(by_operator), 0)
FROM told GROUP BY GROUPING SETS ((part), ())
"""
_BY_ITEM = """
SELECT g.item_id, g.part, coalesce(v.title, g.title), g.people, g.posted, g.taken_back, g.by_operator
FROM (
  SELECT item_id, part, max(title) AS title, max(version_id) AS version_id,
    count(DISTINCT keeper) AS people, sum(posted) AS posted, sum(taken_back) AS taken_back,
    sum(by_operator) AS by_operator
  FROM told WHERE %(part)s IN ('', part) GROUP BY item_id, part, name
) g
LEFT JOIN catalogue_version v ON v.id = g.version_id
ORDER BY g.posted - g.taken_back DESC, 3, g.item_id, g.part LIMIT %(most)s OFFSET %(first)s
"""
_TOTALS = f"{_MOVED}{_BY_PART}"
_ROWS = f"{_MOVED}{_BY_ITEM}"


def report_totals_of(organisation: Organisation, *, since: dt.date, until: dt.date) -> Totals:
    """The totals of what was posted from one day to another, both inclusive, by the days of Moscow: one statement."""
    found = rows_of(_TOTALS, _days(organisation, since, until))
    return Totals(
        rows={part: number for part, number, *_figures in found},
        figures={part: Figures(*figures) for part, _number, *figures in found},
    )


def report_rows_of(
    organisation: Organisation,
    *,
    since: dt.date,
    until: dt.date,
    part: str = "",
    first: int = 0,
    most: int | None = None,
) -> list[ReportRow]:
    """The rows of the same days, the largest sums first, from number `first` on; without `most` all. One statement."""
    values = {**_days(organisation, since, until), "part": part, "first": first, "most": most}
    return [
        ReportRow(item_id, kind, title, Figures(*figures)) for item_id, kind, title, *figures in rows_of(_ROWS, values)
    ]


def _days(organisation: Organisation, since: dt.date, until: dt.date) -> dict[str, Any]:
    return {"organisation": organisation.pk, "since": _start_of(since), "end": _start_of(until + dt.timedelta(days=1))}


def _start_of(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))
