"""Rule sets, acts and golden cases: those in force, and what a draft would change."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from nmfo.cycles.models import Extension, GoldenCase, RuleSet
from nmfo.cycles.rules.golden import Difference, differences, facts_from
from nmfo.cycles.rules.measuring import DocumentFacts, ExtensionFacts, RuleSetFacts, choose
from nmfo.cycles.rules.words import SetState


def rule_sets() -> QuerySet[RuleSet]:
    """All versions with their requirements, by the first day of the rule; of a key the newest first."""
    rows = RuleSet.objects.select_related("written_by", "published_by").prefetch_related("asked")
    return rows.order_by("valid_from_on", "key", "-number")


def published_sets() -> QuerySet[RuleSet]:
    """The versions in force with their requirements, by the first day of the rule: what everybody may read."""
    return rule_sets().filter(state=SetState.PUBLISHED)


def sets_in_force() -> list[RuleSetFacts]:
    """What is published, as the rules take it. Two statements."""
    rows = RuleSet.objects.filter(state=SetState.PUBLISHED).prefetch_related("asked")
    return [row.facts for row in rows.order_by("valid_from_on", "key")]


def extensions() -> QuerySet[Extension]:
    """The general acts that lengthen documents, the latest first."""
    return Extension.objects.order_by("-until_on", "key")


def acts() -> list[ExtensionFacts]:
    """The same as the rules take them."""
    return [row.facts for row in extensions()]


class Rules(NamedTuple):
    """What standings are computed by: the sets in force and the general acts."""

    sets: list[RuleSetFacts]
    acts: list[ExtensionFacts]


_rules: tuple[float, Rules] | None = None


def present_rules() -> Rules:
    """The rules as a page needs them, at most `settings.RULES_KEPT_S` old: hardly ever changed, and asked by each page.

    What decides about rules (drafts, golden cases) reads them anew: `sets_in_force`, `acts`.
    """
    global _rules  # noqa: PLW0603 - the one copy of this process
    kept = _rules
    if kept is None or time.monotonic() - kept[0] >= settings.RULES_KEPT_S:
        kept = _rules = time.monotonic(), Rules(sets_in_force(), acts())
    return kept[1]


def golden_cases() -> QuerySet[GoldenCase]:
    """The live cases in their order."""
    return GoldenCase.objects.filter(live_at__isnull=False, retired_at=None).order_by("position", "key")


def cases_with(draft: RuleSet) -> list[GoldenCase]:
    """The cases as they would be, were the draft published: those it brings stand in place of the live ones."""
    brought = {case.key: case for case in GoldenCase.objects.filter(brought_by=draft).order_by("key")}
    live = [brought.pop(case.key, case) for case in golden_cases()]
    return [case for case in [*live, *brought.values()] if not case.removes]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """A golden case with where the rules answer otherwise; nothing: it passes."""

    case: GoldenCase
    differences: list[Difference]


def run_cases(
    cases: Iterable[GoldenCase], sets: Sequence[RuleSetFacts], extended_by: Sequence[ExtensionFacts]
) -> list[CaseResult]:
    """Golden cases against rule sets and acts, one by one."""
    return [
        CaseResult(case=case, differences=differences(case.expected, sets, extended_by, facts_from(case.facts)))
        for case in cases
    ]


def try_draft(draft: RuleSet) -> list[CaseResult]:
    """The cases against what would be in force, were the draft published."""
    return run_cases(cases_with(draft), sets_with(draft), acts())


def sets_with(draft: RuleSet) -> list[RuleSetFacts]:
    """What would be in force, were the draft published: it stands in place of the version of its key."""
    return [*(one for one in sets_in_force() if one.key != draft.key), draft.facts]


class SetCount(NamedTuple):
    """How many running cycles a rule set measures: now, and were a draft published."""

    key: str
    title: str
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a draft would change: cycles by the set that measures them, and how many would be measured otherwise."""

    counts: list[SetCount]
    changed: int
    running: int


_RUNNING = """
SELECT d.kind, d.issued_on, d.valid_until_on, d.extended_until_on, count(*)
FROM cycles_cycle c LEFT JOIN specialists_document d ON d.id = c.document_id
WHERE c.left_at IS NULL AND c.kind = 'five_years' AND c.ends_on >= %s
GROUP BY 1, 2, 3, 4
"""


def effect_of(draft: RuleSet, today: dt.date) -> Effect:
    """What publishing a draft would do to the cycles that run today.

    One statement, however many there are: which set applies follows from the dates of a document, which repeat.
    """
    lengthened, now, then = acts(), sets_in_force(), sets_with(draft)
    counts: dict[str, list[int]] = {}
    changed = running = 0
    with connection.cursor() as cursor:
        cursor.execute(_RUNNING, [today])
        rows = cursor.fetchall()
    for kind, issued_on, valid_until_on, extended_until_on, number in rows:
        document = DocumentFacts(
            kind=kind or "",
            issued_on=issued_on,
            valid_until_on=valid_until_on,
            extended_until_on=extended_until_on,
        )
        running += number
        chosen = [
            choose(sets, role=draft.role, document=document, extensions=lengthened, today=today) for sets in (now, then)
        ]
        for place, choice in enumerate(chosen):
            if choice is not None:
                counts.setdefault(choice.rule_set.key, [0, 0])[place] += number
        before, after = (choice.rule_set if choice else None for choice in chosen)
        changed += number if before != after else 0
    titles = {one.key: one.title for one in [*now, *then]}
    return Effect(
        counts=[SetCount(key, titles[key], *numbers) for key, numbers in sorted(counts.items())],
        changed=changed,
        running=running,
    )


def case_of(draft: RuleSet, key: str) -> GoldenCase | None:
    """The case of a key as a draft has it: brought by it, else the live one."""
    return draft.cases.filter(key=key).first() or golden_cases().filter(key=key).first()
