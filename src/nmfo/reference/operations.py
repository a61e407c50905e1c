"""Loading the lists from the files of this package. Running it again changes nothing."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.db.models import Model

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
    _put(Region, ["code"], [_with_days(row) for row in _rows("regions")])
    _put(Country, ["alpha3"], [_with_days(row) for row in _rows("countries")])
    _put(EducationLevel, ["code"], [_with_days(row) for row in _rows("education_levels")])
    _load_specialties()
    return Loaded(
        specialties=Specialty.objects.count(),
        regions=Region.objects.count(),
        countries=Country.objects.count(),
        education_levels=EducationLevel.objects.count(),
    )


def _load_specialties() -> None:
    rows = list(_rows("specialties"))
    own = [{name: value for name, value in row.items() if name != "replaced_by"} for row in rows]
    _put(Specialty, ["level", "name", "ground"], [_with_days(row) for row in own])
    by_name = {(item.level, item.name, item.ground): item for item in Specialty.objects.order_by("valid_from_on")}
    newest = {(item.level, item.name): item for item in by_name.values()}  # the later act overwrites the earlier
    changed = []
    for row in rows:
        if not row["replaced_by"]:
            continue
        old = by_name[(row["level"], row["name"], row["ground"])]
        new = newest[(row["level"], row["replaced_by"])]
        if old.replaced_by_id != new.pk:
            old.replaced_by = new
            changed.append(old)
    Specialty.objects.bulk_update(changed, ["replaced_by"])


def _put(model: type[Model], key: list[str], rows: list[dict[str, object]]) -> None:
    """Insert rows, or bring those of the same key to what is given: one statement a list."""
    rest = [name for name in rows[0] if name not in key]
    model._default_manager.bulk_create(
        [model(**row) for row in rows], update_conflicts=True, unique_fields=key, update_fields=rest
    )


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _with_days(row: dict[str, str]) -> dict[str, object]:
    """The row with its days as days."""
    until = row["valid_until_on"]
    return row | {
        "valid_from_on": dt.date.fromisoformat(row["valid_from_on"]),
        "valid_until_on": dt.date.fromisoformat(until) if until else None,
    }
