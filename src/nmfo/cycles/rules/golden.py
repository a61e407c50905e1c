"""Golden cases: facts and results as they are written down, and how two results differ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nmfo.cycles.rules.measuring import DocumentFacts, Earned, ExtensionFacts, Facts, RuleSetFacts, Standing, standing
from nmfo.cycles.rules.words import Role


def facts_from(data: Mapping[str, Any]) -> Facts:
    """Facts of a golden case as its row holds them: days as ISO text."""
    document = data.get("document")
    return Facts(
        today=dt.date.fromisoformat(data["today"]),
        document=DocumentFacts(
            kind=document["kind"],
            issued_on=_iso(document.get("issued_on")),
            valid_until_on=_iso(document.get("valid_until_on")),
            extended_until_on=_iso(document.get("extended_until_on")),
        )
        if document
        else None,
        begins_on=_iso(data.get("begins_on")),
        ends_on=_iso(data.get("ends_on")),
        earned=tuple(
            Earned(on=dt.date.fromisoformat(on), part=part, credits=worth) for on, part, worth in data.get("earned", ())
        ),
    )


def _iso(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a golden case expected and what came."""

    what: str
    expected: object
    got: object


def result_of(found: Standing) -> dict[str, dict[str, object]]:
    """A standing as golden cases write it down."""
    return {
        role: {
            "set": outcome.choice.rule_set.key,
            "why": str(outcome.choice.why),
            "needed": outcome.needed,
            "done": outcome.done,
            "missing": outcome.missing,
            "until": outcome.until_on.isoformat() if outcome.until_on else "",
            "parts": [[one.needed, one.done, one.missing] for one in outcome.measures],
        }
        if outcome
        else {"set": ""}
        for role, outcome in ((Role.RECOMMENDED, found.recommended), (Role.MINIMUM, found.minimum))
    }


def differences(
    expected: Mapping[str, Mapping[str, object]],
    rule_sets: Sequence[RuleSetFacts],
    extensions: Sequence[ExtensionFacts],
    facts: Facts,
) -> list[Difference]:
    """Where the rules answer otherwise than a golden case expects; it may expect a part of the answer."""
    got = result_of(standing(rule_sets, extensions, facts))
    return [
        Difference(what=f"{role}: {what}", expected=value, got=got[role].get(what, ""))
        for role, values in expected.items()
        for what, value in values.items()
        if got[role].get(what, "") != value
    ]
