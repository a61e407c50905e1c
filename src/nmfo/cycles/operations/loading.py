"""Loading the rule sets, acts and golden cases that the package brings. Again: changes nothing."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from nmfo.cycles.models import Extension, GoldenCase, RequirementRow, RuleSet
from nmfo.cycles.queries.sets import golden_cases
from nmfo.cycles.rules.words import SetState

DATA = Path(__file__).parent.parent / "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """How many of each the tables have after loading."""

    rule_sets: int
    extensions: int
    cases: int


@transaction.atomic
def load_rules(*, now: dt.datetime) -> Loaded:
    """Add the rule sets and acts that are not there. A key that is there stays as operators have it.

    Cases are brought to what the file says, except those that a version of an operator has replaced or removed.
    """
    shipped = read("rule_sets")
    there = set(RuleSet.objects.values_list("key", flat=True))
    for given in shipped["rule_set"]:
        if given["key"] not in there:
            _publish(given, now)
    for act in shipped["extension"]:
        Extension.objects.get_or_create(key=act["key"], defaults={k: v for k, v in act.items() if k != "key"})
    for position, case in enumerate(read("golden_cases")["case"]):
        _load_case({**case, "position": position}, now)
    return Loaded(
        rule_sets=RuleSet.objects.filter(state=SetState.PUBLISHED).count(),
        extensions=Extension.objects.count(),
        cases=golden_cases().count(),
    )


def _load_case(given: dict[str, Any], now: dt.datetime) -> None:
    rows = GoldenCase.objects.filter(key=given["key"])
    if rows.filter(brought_by=None, retired_at=None).update(**given):
        return
    if not rows.exclude(live_at=None).exists():
        GoldenCase.objects.create(**given, live_at=now)


def read(name: str) -> dict[str, Any]:
    """A file of the package's data."""
    with (DATA / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


def _publish(given: dict[str, Any], now: dt.datetime) -> None:
    values = {name: value for name, value in given.items() if name != "requirement"}
    row = RuleSet.objects.create(number=1, written_at=now, **values)
    RequirementRow.objects.bulk_create(
        [RequirementRow(rule_set=row, position=place, **asked) for place, asked in enumerate(given["requirement"], 1)]
    )
    row.state, row.published_at = SetState.PUBLISHED, now
    row.save(update_fields=["state", "published_at"])
