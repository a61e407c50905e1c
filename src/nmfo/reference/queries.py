"""Reading the lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import connection
from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Lower, Replace

from nmfo.reference.models import Country, EducationLevel, Level, Region, Specialty


def specialties_on(level: Level | str, on: dt.date) -> QuerySet[Specialty]:
    """The specialties of a level that hold on a day, in dictionary order."""
    return Specialty.objects.filter(_holds(on), level=level).order_by(_dictionary("name"))


def specialties_of_documents(level: Level | str, on: dt.date) -> list[Specialty]:
    """Every specialty of a level that a document of a day may name, ended ones included; a name stands once, newest."""
    rows = Specialty.objects.filter(level=level, valid_from_on__lte=on)
    ordered = rows.order_by(_dictionary("name"), F("valid_from_on").desc())
    newest: dict[str, Specialty] = {}
    for row in ordered:
        newest.setdefault(row.name, row)
    return list(newest.values())


def specialty_named(name: str, *, levels: Iterable[str], on: dt.date | None) -> Specialty | None:
    """The specialty a document of a day means by a name: both levels know «Сестринское дело», so theirs come first.

    `on`: the day of issue; a document older than the acts we hold gets the newest entry of its name.
    """
    named = Specialty.objects.filter(name__iexact=name.strip()).order_by("-valid_from_on")
    rows = [row for row in named if row.level in set(levels)] or list(named)
    holding = [row for row in rows if on is not None and row.holds_on(on)]
    return next(iter(holding or rows), None)


def regions(on: dt.date) -> QuerySet[Region]:
    """The regions of a day, in dictionary order."""
    return Region.objects.filter(_holds(on)).order_by(_dictionary("name"))


def countries(on: dt.date) -> QuerySet[Country]:
    """The countries of a day: Russia first, the others in dictionary order."""
    russia_first = Case(When(alpha3="RUS", then=Value(0)), default=Value(1), output_field=IntegerField())
    return Country.objects.filter(_holds(on)).order_by(russia_first, _dictionary("name_ru"))


def education_levels() -> QuerySet[EducationLevel]:
    """The levels of education in their usual order; those that ended too, because documents name them."""
    return EducationLevel.objects.order_by("position")


def _holds(on: dt.date) -> Q:
    return Q(valid_from_on__lte=on) & (Q(valid_until_on=None) | Q(valid_until_on__gte=on))


def _dictionary(column: str) -> Replace:
    # Ё stands with Е in Russian dictionaries; the database would put it elsewhere (performance.md, traps).
    return Replace(Lower(column), Value("ё"), Value("е"))


_ONE_SPECIALTY = """
WITH RECURSIVE named(id) AS (
  SELECT unnest(%s::bigint[])
  UNION
  SELECT other.id FROM named
  JOIN reference_specialty own ON own.id = named.id
  JOIN reference_specialty other ON other.id = own.replaced_by_id OR other.replaced_by_id = own.id
)
SELECT id FROM named
"""


def under_all_names(specialty_ids: Iterable[int]) -> frozenset[int]:
    """The specialties with every name that older and newer acts give them: certificates name the old ones (3.5)."""
    with connection.cursor() as cursor:
        cursor.execute(_ONE_SPECIALTY, [list(specialty_ids)])
        return frozenset(row[0] for row in cursor.fetchall())
