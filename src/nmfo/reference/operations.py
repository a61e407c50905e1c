"""Loading the lists from the files of this package. Running it again changes nothing."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from nmfo.reference.models import Country, EducationLevel, Region, Specialty

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """How many rows each list has after loading."""

    specialties: int
    regions: int
    countries: int
    education_levels: int


@transaction.atomic
def load_reference_lists() -> Loaded:
    """Bring the tables to what the files say. Rows that the files no longer have stay: documents may name them."""
    for row in _rows("regions"):
        Region.objects.update_or_create(code=row["code"], defaults=_without(row, "code"))
    for row in _rows("countries"):
        Country.objects.update_or_create(alpha3=row["alpha3"], defaults=_without(row, "alpha3"))
    for row in _rows("education_levels"):
        EducationLevel.objects.update_or_create(code=row["code"], defaults=_without(row, "code"))
    _load_specialties()
    return Loaded(
        specialties=Specialty.objects.count(),
        regions=Region.objects.count(),
        countries=Country.objects.count(),
        education_levels=EducationLevel.objects.count(),
    )


def _load_specialties() -> None:
    rows = list(_rows("specialties"))
    for row in rows:
        Specialty.objects.update_or_create(
            level=row["level"],
            name=row["name"],
            ground=row["ground"],
            defaults=_validity(row),
        )
    by_name = {(item.level, item.name, item.ground): item for item in Specialty.objects.order_by("valid_from_on")}
    newest = {(item.level, item.name): item for item in by_name.values()}  # the later act overwrites the earlier
    for row in rows:
        if not row["replaced_by"]:
            continue
        old = by_name[(row["level"], row["name"], row["ground"])]
        new = newest[(row["level"], row["replaced_by"])]
        if old.replaced_by_id != new.pk:
            old.replaced_by = new
            old.save(update_fields=["replaced_by"])


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _without(row: dict[str, str], key: str) -> dict[str, object]:
    return {name: value for name, value in row.items() if name != key} | _validity(row)


def _validity(row: dict[str, str]) -> dict[str, object]:
    until = row["valid_until_on"]
    return {
        "valid_from_on": dt.date.fromisoformat(row["valid_from_on"]),
        "valid_until_on": dt.date.fromisoformat(until) if until else None,
    }
