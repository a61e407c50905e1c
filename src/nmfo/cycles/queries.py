"""Reading rule sets and cycles. The owner is the first argument."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncMonth

from foundation.db.rows import instance_of, part_of, rows_of
from nmfo.accounts.models import Account
from nmfo.credits.models import LedgerEntry
from nmfo.credits.rules import Holder
from nmfo.cycles.models import Cycle, Extension, GoldenCase, RuleSet
from nmfo.cycles.rules import (
    CycleKind,
    Difference,
    DocumentFacts,
    Earned,
    ExtensionFacts,
    Facts,
    Place,
    RuleSetFacts,
    SetState,
    Standing,
    choose,
    differences,
    facts_from,
    holds_until,
    if_extended,
    last_day,
    place_in,
    standing,
    year_of,
)
from nmfo.enrolment.rules import ENDS
from nmfo.participation.rules import LIVE
from nmfo.reference.models import Specialty
from nmfo.specialists.models import Document, Specialist
from nmfo.specialists.rules import DocumentKind


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
_families: dict[int, tuple[float, frozenset[int]]] = {}


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


def cycles_of(specialist: Specialist) -> QuerySet[Cycle]:
    """A specialist's present choices: their cycles, the newest first, or that they stay outside."""
    rows = Cycle.objects.filter(specialist=specialist, left_at=None).select_related("specialty", "document")
    return rows.order_by("-begins_on", "-pk")


_OF_A_CYCLE = (
    "id",
    "specialist_id",
    "kind",
    "specialty_id",
    "document_id",
    "begins_on",
    "ends_on",
    "joined_at",
    "left_at",
)
_OF_A_SPECIALTY = ("id", "level", "name")
_OF_A_DOCUMENT = ("id", "kind", "issued_on", "valid_until_on", "extended_until_on")
_CYCLES = f"""
SELECT {", ".join(f"c.{name}" for name in _OF_A_CYCLE)}, {", ".join(f"s.{name}" for name in _OF_A_SPECIALTY)},
  {", ".join(f"d.{name}" for name in _OF_A_DOCUMENT)}
FROM cycles_cycle c
LEFT JOIN reference_specialty s ON s.id = c.specialty_id
LEFT JOIN specialists_document d ON d.id = c.document_id
WHERE c.specialist_id = %s AND c.left_at IS NULL
ORDER BY c.begins_on DESC, c.id DESC
"""  # noqa: S608 - our own names


def present_cycles_of(specialist: Specialist) -> list[Cycle]:
    """`cycles_of` for the pages that everybody opens: of specialty and document what cycles are computed by."""
    found, one, two = [], len(_OF_A_CYCLE), len(_OF_A_CYCLE) + len(_OF_A_SPECIALTY)
    for row in rows_of(_CYCLES, [specialist.pk]):
        cycle = instance_of(Cycle, _OF_A_CYCLE, row[:one])
        cycle.specialist = specialist
        cycle.specialty = part_of(Specialty, _OF_A_SPECIALTY, row[one:two])
        cycle.document = part_of(Document, _OF_A_DOCUMENT, row[two:])
        found.append(cycle)
    return found


def are_in_one_cycle(account: Account, one: dt.date, other: dt.date) -> bool:
    """Whether two days lie in the same five-year cycle of somebody."""
    rows = Cycle.objects.filter(specialist__account=account, left_at=None, kind=CycleKind.FIVE_YEARS)
    return rows.filter(begins_on__lte=min(one, other), ends_on__gte=max(one, other)).exists()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A cycle that a document founds. `is_over`: its last day, an extension counted in, has passed."""

    document: Document
    specialty: Specialty
    begins_on: dt.date
    ends_on: dt.date
    holds_until_on: dt.date
    is_over: bool


def offered_to(specialist: Specialist, today: dt.date) -> list[Offer]:
    """The cycles a specialist may join: of each specialty the newest admission that has a specialty and a day of issue.

    Specialties come as the order in force names them. Those that have a cycle at that time are not offered again.
    """
    rows = Document.objects.filter(
        specialist=specialist, kind__in=[DocumentKind.ACCREDITATION, DocumentKind.CERTIFICATE]
    )
    rows = rows.filter(specialty__isnull=False, issued_on__isnull=False, issued_on__lte=today)
    documents = list(rows.select_related("specialty").order_by("-issued_on", "-pk"))
    newest = _newest_names({document.specialty_id: document.specialty for document in documents if document.specialty})
    lengthened = acts()
    taken = [(cycle.specialty_id, cycle.begins_on, cycle.ends_on) for cycle in cycles_of(specialist)]
    found: dict[int, Offer] = {}
    for document in documents:
        first, old = document.issued_on, document.specialty_id
        if first is None or old is None:
            continue
        specialty, last = newest[old], last_day(first)
        holds = holds_until(facts_of(document), lengthened) or last
        if specialty.pk not in found:
            found[specialty.pk] = Offer(
                document=document,
                specialty=specialty,
                begins_on=first,
                ends_on=last,
                holds_until_on=max(holds, last),
                is_over=max(holds, last) < today,
            )
    return [one for one in found.values() if not _taken(one, taken)]


def _taken(offer: Offer, cycles: Iterable[tuple[int | None, dt.date, dt.date | None]]) -> bool:
    return any(
        specialty == offer.specialty.pk
        and ends_on is not None
        and begins_on <= offer.ends_on
        and offer.begins_on <= ends_on
        for specialty, begins_on, ends_on in cycles
    )


def _newest_names(specialties: Mapping[int | None, Specialty]) -> dict[int, Specialty]:
    """Each specialty as the newest order names it. A statement for each renaming, of which there are few."""
    found = {pk: specialty for pk, specialty in specialties.items() if pk is not None}
    while wanted := {one.replaced_by_id for one in found.values() if one.replaced_by_id}:
        rows = Specialty.objects.in_bulk(wanted)
        found = {pk: rows[one.replaced_by_id] if one.replaced_by_id else one for pk, one in found.items()}
    return found


def facts_of(document: Document) -> DocumentFacts:
    """A document as the rules take it."""
    return DocumentFacts(
        kind=document.kind,
        issued_on=document.issued_on,
        valid_until_on=document.valid_until_on,
        extended_until_on=document.extended_until_on,
    )


# A specialty with those that replaced it and those that it replaced, however long ago: an order renames, people stay.
FAMILY = """
WITH RECURSIVE family(id) AS (
  SELECT %(specialty)s::bigint
  UNION
  SELECT CASE WHEN s.id = f.id THEN s.replaced_by_id ELSE s.id END
  FROM family f JOIN reference_specialty s ON s.replaced_by_id = f.id OR s.id = f.id AND s.replaced_by_id IS NOT NULL
)
"""
_NAMES = f"{FAMILY} SELECT id FROM family"  # noqa: S608 - our own pieces
# What a row of credits is for: the specialties of its version (of the person's level), its own, or when it has neither
# everything. A reversal mirrors its entry to the day, which a trigger of the ledger sees to, so it subtracts there.
FITS = """
  CASE
    WHEN EXISTS (SELECT 1 FROM catalogue_versionspecialty vs WHERE vs.version_id = what.version_id)
      THEN EXISTS (
        SELECT 1 FROM catalogue_versionspecialty vs JOIN family ON family.id = vs.specialty_id
        JOIN catalogue_version v ON v.id = vs.version_id
        WHERE vs.version_id = what.version_id AND (cardinality(v.levels) = 0 OR %(level)s = ANY(v.levels))
      )
    WHEN what.specialty_id IS NOT NULL THEN EXISTS (SELECT 1 FROM family WHERE family.id = what.specialty_id)
    ELSE true
  END
"""
_COLLECTED = f"""
{FAMILY}
SELECT what.is_awaited, what.day, what.part, what.credits, what.holder, what.due_on
FROM (
  SELECT e.id, false AS is_awaited, e.earned_on AS day, e.part, e.credits, NULL AS holder, NULL::date AS due_on,
    e.version_id, e.specialty_id
  FROM credits_ledgerentry e
  WHERE e.specialist_id = %(specialist)s AND e.earned_on BETWEEN %(first)s AND %(last)s
  UNION ALL
  SELECT x.id, true, x.began_on, x.part, x.credits, x.holder, x.due_on, x.version_id, NULL
  FROM credits_expectation x
  WHERE x.specialist_id = %(specialist)s AND x.state = 'awaited' AND x.began_on BETWEEN %(first)s AND %(last)s
) what
WHERE {FITS}
ORDER BY what.is_awaited, CASE WHEN what.is_awaited THEN what.due_on ELSE what.day END NULLS LAST, what.id
"""  # noqa: S608 - our own pieces
_ENTRIES = f"""
{FAMILY}
SELECT what.earned_on, what.part, what.credits
FROM credits_ledgerentry what
WHERE what.specialist_id = %(specialist)s AND what.earned_on BETWEEN %(first)s AND %(last)s AND {FITS}
ORDER BY what.earned_on, what.id
"""  # noqa: S608 - our own pieces


_PLACES = f"""
{FAMILY}
SELECT what.id, what.earned_on, {FITS}
FROM credits_ledgerentry what
WHERE what.specialist_id = %(specialist)s AND what.id = ANY(%(entries)s)
"""  # noqa: S608 - our own pieces
_WHOLE = f"""
{FAMILY}
SELECT what.id, what.earned_on, what.part, what.credits, {FITS}
FROM credits_ledgerentry what
WHERE what.specialist_id = %(specialist)s
ORDER BY what.earned_on, what.id
"""  # noqa: S608 - our own pieces


class Awaiting(NamedTuple):
    """A credit on its way: who has to act, until when (inclusive)."""

    part: str
    credits: int
    holder: str
    due_on: dt.date | None
    began_on: dt.date

    def is_on_its_way(self, today: dt.date) -> bool:
        """Whether the learning is over and somebody else has to act: what a person may wait for."""
        return self.began_on <= today and self.holder != Holder.SPECIALIST


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What counts for a cycle: each credit with its day and part, reversals as negative ones; and what is awaited."""

    earned: tuple[Earned, ...]
    awaited: tuple[Awaiting, ...]


def collected_of(cycle: Cycle, *, until: dt.date | None = None) -> Collected:
    """What counts for a five-year cycle. One statement. `until`: the document's last day, where it is the later."""
    earned: list[Earned] = []
    awaited: list[Awaiting] = []
    for is_awaited, day, part, worth, holder, due_on in rows_of(_COLLECTED, scope_of(cycle, until)):
        if is_awaited:
            awaited.append(Awaiting(part=part, credits=worth, holder=holder, due_on=due_on, began_on=day))
        else:
            earned.append(Earned(on=day, part=part, credits=worth))
    return Collected(earned=tuple(earned), awaited=tuple(awaited))


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where an entry stands to one of its owner's cycles, with the cycle's days, extensions counted in."""

    cycle: Cycle
    place: Place
    first: dt.date
    last: dt.date


def places_of(cycles: Iterable[Cycle], entries: Iterable[int]) -> dict[int, list[Placed]]:
    """Where entries of the ledger stand to five-year cycles of one person, by the entries' ids; a statement a cycle."""
    ids, lengthened = list(entries), None
    found: dict[int, list[Placed]] = {pk: [] for pk in ids}
    for cycle in cycles:
        if cycle.kind != CycleKind.FIVE_YEARS:
            continue
        lengthened = present_rules().acts if lengthened is None else lengthened
        until = holds_until(facts_of(cycle.document), lengthened) if cycle.document else None
        values = scope_of(cycle, until)
        first, last = values["first"], values["last"]
        with connection.cursor() as cursor:
            cursor.execute(_PLACES, {**values, "entries": ids})
            for pk, earned_on, fits in cursor.fetchall():
                place = place_in(first=first, last=last, earned_on=earned_on, fits=fits)
                found[pk].append(Placed(cycle=cycle, place=place, first=first, last=last))
    return found


def has_credits(cycle: Cycle) -> bool:
    """Whether anything was ever credited that counts for a cycle: then it is no longer changed (C4)."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS ({_ENTRIES})", scope_of(cycle, None))
        return bool(cursor.fetchone()[0])


def scope_of(cycle: Cycle, until: dt.date | None) -> dict[str, Any]:
    """What statements with FAMILY and FITS ask of a cycle: whose, for what, in which days."""
    last = max(day for day in (cycle.ends_on, until) if day is not None)
    level = cycle.specialty.level if cycle.specialty else ""
    return {
        "specialist": cycle.specialist_id,
        "specialty": cycle.specialty_id,
        "level": level,
        "first": cycle.begins_on,
        "last": last,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleState:
    """Where a specialist stands in a cycle: both bars, the years, what is awaited, and the facts they follow from.

    `holds_until`: the last day of the document with its extensions; nothing when no end is known.
    """

    cycle: Cycle
    facts: Facts
    standing: Standing
    awaited: tuple[Awaiting, ...]
    holds_until: dt.date | None

    @property
    def awaited_credits(self) -> int:
        """ЗЕТ that are to come, from whomever and whenever."""
        return sum(one.credits for one in self.awaited)

    @property
    def on_their_way(self) -> int:
        """ЗЕТ of what is over, from an organisation or the portal: the same that «Где мои баллы» calls so."""
        return sum(one.credits for one in self.awaited if one.is_on_its_way(self.facts.today))

    @property
    def ahead(self) -> int:
        """ЗЕТ of learning that has still to end."""
        return sum(one.credits for one in self.awaited if one.began_on > self.facts.today)

    @property
    def with_you(self) -> int:
        """ЗЕТ for which the specialist has to do something."""
        return self.awaited_credits - self.on_their_way - self.ahead

    @property
    def past_gap(self) -> int:
        """ЗЕТ that years which are over have less than was recommended: no other year makes them up."""
        return sum(one.missing for one in self.standing.years if one.ends_on < self.facts.today)

    @property
    def year(self) -> int:
        """Which year of the cycle it is; more than five: it is over."""
        return year_of(self.facts.begins_on or self.facts.today, self.facts.today)


def state_of(cycle: Cycle, *, today: dt.date, extended_until: dt.date | None = None) -> CycleState:
    """Where a specialist stands in a five-year cycle. `extended_until`: had their document been extended (what-if)."""
    rules, facts = present_rules(), _facts_of(cycle, today)
    if extended_until is not None:
        facts = if_extended(facts, extended_until)
    until = holds_until(facts.document, rules.acts) if facts.document else None
    found = collected_of(cycle, until=until)
    facts = replace(facts, earned=found.earned)
    stands = standing(*rules, facts)
    return CycleState(cycle=cycle, facts=facts, standing=stands, awaited=found.awaited, holds_until=until)


def _facts_of(cycle: Cycle, today: dt.date) -> Facts:
    return Facts(
        today=today,
        document=facts_of(cycle.document) if cycle.document else None,
        begins_on=cycle.begins_on,
        ends_on=cycle.ends_on,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFrom:
    """A whole ledger as it looks from a five-year cycle: the years' sums, and where each entry stands, by its id."""

    cycle: Cycle
    year: int
    standing: Standing
    counted: int  # ЗЕТ of the ledger that count for it
    first: dt.date
    last: dt.date
    whole: dict[int, tuple[dt.date, str, int, bool]]  # of each entry: day, part, worth, whether it fits; as shown

    def place_of(self, entry: int) -> Placed | None:
        """Where an entry stands to it; None: it was posted a moment ago."""
        if entry not in self.whole:
            return None
        on, _part, _worth, fits = self.whole[entry]
        place = place_in(first=self.first, last=self.last, earned_on=on, fits=fits)
        return Placed(cycle=self.cycle, place=place, first=self.first, last=self.last)

    @property
    def figures(self) -> list[tuple[int, int, dt.date]]:
        """Each entry with its worth and day, the first earned first."""
        return [(pk, worth, on) for pk, (on, _part, worth, _fits) in self.whole.items()]


def seen_from(cycles: Iterable[Cycle], today: dt.date) -> list[SeenFrom]:
    """The ledger of one person as it looks from each of their five-year cycles: one statement a cycle."""
    rules, found = present_rules(), []
    for cycle in cycles:
        facts = _facts_of(cycle, today)
        values = scope_of(cycle, holds_until(facts.document, rules.acts) if facts.document else None)
        first, last = values["first"], values["last"]
        whole = {pk: (on, part, worth, fits) for pk, on, part, worth, fits in rows_of(_WHOLE, values)}
        earned = tuple(
            Earned(on=on, part=part, credits=worth)
            for on, part, worth, fits in whole.values()
            if place_in(first=first, last=last, earned_on=on, fits=fits) is Place.COUNTS
        )
        stands = standing(*rules, replace(facts, earned=earned))
        seen = SeenFrom(
            cycle=cycle,
            year=year_of(cycle.begins_on, today),
            standing=stands,
            counted=sum(one.credits for one in earned),
            first=first,
            last=last,
            whole=whole,
        )
        found.append(seen)
    return found


class MonthSum(NamedTuple):
    """Credits of a calendar month, by its first day."""

    month: dt.date
    entries: int
    credits: int


def months_of(specialist: Specialist) -> list[MonthSum]:
    """Everything a specialist has, by month, the newest first: what those outside cycles see. One statement."""
    rows = LedgerEntry.objects.filter(specialist=specialist).annotate(month=TruncMonth("earned_on"))
    sums = rows.order_by().values("month").annotate(entries=Count("pk"), total=Sum("credits")).order_by("-month")
    return [MonthSum(month=row["month"], entries=row["entries"], credits=row["total"]) for row in sums]


def family_of(specialty: Specialty) -> frozenset[int]:
    """A specialty with what it was called before and is called after, by every order known; kept as rules are."""
    kept = _families.get(specialty.pk)
    if kept is None or time.monotonic() - kept[0] >= settings.RULES_KEPT_S:
        with connection.cursor() as cursor:
            cursor.execute(_NAMES, {"specialty": specialty.pk})
            kept = time.monotonic(), frozenset(row[0] for row in cursor.fetchall())
        _families[specialty.pk] = kept
    return kept[1]


_MET = """
SELECT item_id FROM credits_ledgerentry WHERE specialist_id = %(specialist)s AND item_id IS NOT NULL
UNION
SELECT v.item_id FROM credits_expectation x JOIN catalogue_version v ON v.id = x.version_id
WHERE x.specialist_id = %(specialist)s
UNION
SELECT item_id FROM enrolment_application WHERE specialist_id = %(specialist)s AND state <> ALL(%(over)s)
UNION
SELECT item_id FROM participation_registration WHERE specialist_id = %(specialist)s AND state = ANY(%(coming)s)
"""


def items_met_by(specialist: Specialist) -> frozenset[int]:
    """Items that a specialist has credits for, awaits them of, or has applied to: no use to recommend."""
    values = {
        "specialist": specialist.pk,
        "over": [str(state) for state in ENDS],
        "coming": [str(state) for state in LIVE],
    }
    return frozenset(row[0] for row in rows_of(_MET, values))


def own_cycles(specialist: Specialist) -> list[dict[str, object]]:
    """A specialist's choices as plain values, given up ones too (P7)."""
    rows = Cycle.objects.filter(specialist=specialist).select_related("specialty").order_by("joined_at", "pk")
    return [
        {
            "kind": row.kind,
            "specialty": row.specialty.name if row.specialty else "",
            "begins_on": row.begins_on.isoformat(),
            "ends_on": row.ends_on.isoformat() if row.ends_on else "",
            "joined_at": row.joined_at.isoformat(),
            "left_at": row.left_at.isoformat() if row.left_at else "",
        }
        for row in rows
    ]


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
