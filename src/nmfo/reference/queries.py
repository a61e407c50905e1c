"""Reading the lists."""

from __future__ import annotations

import datetime as dt

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Lower, Replace

from nmfo.reference.models import Country, EducationLevel, Level, Region, Specialty


def specialties_on(level: Level | str, on: dt.date) -> QuerySet[Specialty]:
    """The specialties of a level that hold on a day, in dictionary order."""
    holds = Q(valid_from_on__lte=on) & (Q(valid_until_on=None) | Q(valid_until_on__gte=on))
    return Specialty.objects.filter(holds, level=level).order_by(_dictionary("name"))


def all_specialties(level: Level | str) -> QuerySet[Specialty]:
    """Every specialty of a level that a document may name, the newest act first within a name."""
    return Specialty.objects.filter(level=level).order_by(_dictionary("name"), F("valid_from_on").desc())


def regions() -> QuerySet[Region]:
    """The regions, in dictionary order."""
    return Region.objects.order_by(_dictionary("name"))


def countries() -> QuerySet[Country]:
    """The countries: Russia first, the others in dictionary order."""
    russia_first = Case(When(alpha3="RUS", then=Value(0)), default=Value(1), output_field=IntegerField())
    return Country.objects.order_by(russia_first, _dictionary("name_ru"))


def education_levels() -> QuerySet[EducationLevel]:
    """The levels of education in their usual order."""
    return EducationLevel.objects.order_by("position")


def _dictionary(column: str) -> Replace:
    # Ё stands with Е in Russian dictionaries; the database would put it elsewhere (performance.md, traps).
    return Replace(Lower(column), Value("ё"), Value("е"))
