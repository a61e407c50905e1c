"""Reading rule sets and cycles. The owner is the first argument."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from nmfo.accounts.models import Account
from nmfo.catalogue.models import Run, Version
from nmfo.catalogue.rules import ItemState, Kind, VersionState
from nmfo.credits.models import Expectation, LedgerEntry
from nmfo.cycles.models import Cycle, Extension, GoldenCase, PlanFeed, PlanItem, RuleSet
from nmfo.cycles.rules import (
    Busy,
    CycleKind,
    Difference,
    DocumentFacts,
    Earned,
    ExtensionFacts,
    Facts,
    Place,
    PlanState,
    RuleSetFacts,
    SetState,
    Stage,
    Standing,
    awaited_state,
    choose,
    clashes,
    differences,
    facts_from,
    holds_until,
    if_extended,
    last_day,
    overlaps,
    place_in,
    stage_of,
    standing,
    year_of,
)
from nmfo.enrolment.models import Application
from nmfo.enrolment.rules import OPEN as APPLICATION_OPEN
from nmfo.enrolment.rules import State as ApplicationState
from nmfo.participation.models import Registration
from nmfo.participation.rules import COMING
from nmfo.participation.rules import State as SignedUp
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
_FAMILY = """
WITH RECURSIVE family(id) AS (
  SELECT %(specialty)s::bigint
  UNION
  SELECT CASE WHEN s.id = f.id THEN s.replaced_by_id ELSE s.id END
  FROM family f JOIN reference_specialty s ON s.replaced_by_id = f.id OR s.id = f.id AND s.replaced_by_id IS NOT NULL
)
"""
_NAMES = f"{_FAMILY} SELECT id FROM family"  # noqa: S608 - our own pieces
# What a row of credits is for: the specialties of its version (of the person's level), its own, or when it has neither
# everything. A reversal mirrors its entry to the day, which a trigger of the ledger sees to, so it subtracts there.
_FITS = """
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
_ENTRIES = f"""
{_FAMILY}
SELECT what.earned_on, what.part, what.credits
FROM credits_ledgerentry what
WHERE what.specialist_id = %(specialist)s AND what.earned_on BETWEEN %(first)s AND %(last)s AND {_FITS}
ORDER BY what.earned_on, what.id
"""  # noqa: S608 - our own pieces
_AWAITED = f"""
{_FAMILY}
SELECT what.part, what.credits, what.holder, what.due_on, what.began_on
FROM (SELECT x.*, NULL::bigint AS specialty_id FROM credits_expectation x) what
WHERE what.specialist_id = %(specialist)s AND what.state = 'awaited'
  AND what.began_on BETWEEN %(first)s AND %(last)s AND {_FITS}
ORDER BY what.due_on NULLS LAST, what.id
"""  # noqa: S608 - our own pieces


_PLACES = f"""
{_FAMILY}
SELECT what.id, what.earned_on, {_FITS}
FROM credits_ledgerentry what
WHERE what.specialist_id = %(specialist)s AND what.id = ANY(%(entries)s)
"""  # noqa: S608 - our own pieces


class Awaiting(NamedTuple):
    """A credit on its way: who has to act, until when (inclusive)."""

    part: str
    credits: int
    holder: str
    due_on: dt.date | None
    began_on: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What counts for a cycle: each credit with its day and part, reversals as negative ones; and what is awaited."""

    earned: tuple[Earned, ...]
    awaited: tuple[Awaiting, ...]


def collected_of(cycle: Cycle, *, until: dt.date | None = None) -> Collected:
    """What counts for a five-year cycle. Two statements. `until`: the document's last day, where it is the later."""
    values = _asked(cycle, until)
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, values)
        earned = tuple(Earned(on=on, part=part, credits=worth) for on, part, worth in cursor.fetchall())
        cursor.execute(_AWAITED, values)
        awaited = tuple(Awaiting(*row) for row in cursor.fetchall())
    return Collected(earned=earned, awaited=awaited)


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
        lengthened = acts() if lengthened is None else lengthened
        until = holds_until(facts_of(cycle.document), lengthened) if cycle.document else None
        values = _asked(cycle, until)
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
        cursor.execute(f"SELECT EXISTS ({_ENTRIES})", _asked(cycle, None))
        return bool(cursor.fetchone()[0])


def _asked(cycle: Cycle, until: dt.date | None) -> dict[str, Any]:
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
    """Where a specialist stands in a cycle: both bars, the years, what is awaited, and the facts they follow from."""

    cycle: Cycle
    facts: Facts
    standing: Standing
    awaited: tuple[Awaiting, ...]

    @property
    def awaited_credits(self) -> int:
        """ЗЕТ on their way."""
        return sum(one.credits for one in self.awaited)

    @property
    def year(self) -> int:
        """Which year of the cycle it is; more than five: it is over."""
        return year_of(self.facts.begins_on or self.facts.today, self.facts.today)


def state_of(cycle: Cycle, *, today: dt.date, extended_until: dt.date | None = None) -> CycleState:
    """Where a specialist stands in a five-year cycle. `extended_until`: had their document been extended (what-if)."""
    lengthened = acts()
    facts = Facts(
        today=today,
        document=facts_of(cycle.document) if cycle.document else None,
        begins_on=cycle.begins_on,
        ends_on=cycle.ends_on,
    )
    if extended_until is not None:
        facts = if_extended(facts, extended_until)
    until = holds_until(facts.document, lengthened) if facts.document else None
    found = collected_of(cycle, until=until)
    facts = replace(facts, earned=found.earned)
    return CycleState(
        cycle=cycle, facts=facts, standing=standing(sets_in_force(), lengthened, facts), awaited=found.awaited
    )


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
    """A specialty with what it was called before and is called after, by every order the lists know."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, {"specialty": specialty.pk})
        return frozenset(row[0] for row in cursor.fetchall())


def items_met_by(specialist: Specialist) -> frozenset[int]:
    """Items that a specialist has credits for, or awaits them of: no use to recommend."""
    earned = LedgerEntry.objects.filter(specialist=specialist, item__isnull=False).values_list("item_id")
    awaited = Expectation.objects.filter(specialist=specialist, version__isnull=False).values_list("version__item_id")
    return frozenset(row[0] for row in earned.union(awaited))


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


# What was earned, with what earned it; a reversed entry and its reversal add up to nothing and are left out.
_EARNED_ROWS = f"""
{_FAMILY}
SELECT what.item_id, what.part, coalesce(v.title, what.title), o.short_name, sum(what.credits), what.earned_on
FROM credits_ledgerentry what
LEFT JOIN catalogue_version v ON v.id = what.version_id
LEFT JOIN organisations_organisation o ON o.id = what.organisation_id
WHERE what.specialist_id = %(specialist)s AND what.earned_on BETWEEN %(first)s AND %(last)s AND {_FITS}
GROUP BY coalesce(what.reverses_id, what.id), 1, 2, 3, 4, 6
HAVING sum(what.credits) > 0
ORDER BY 6, 3
"""  # noqa: S608 - our own pieces
_AWAITED_ROWS = f"""
{_FAMILY}
SELECT v.item_id, what.part, coalesce(v.title, what.title), o.short_name, what.credits, what.began_on
FROM (SELECT x.*, NULL::bigint AS specialty_id FROM credits_expectation x) what
LEFT JOIN catalogue_version v ON v.id = what.version_id
LEFT JOIN organisations_organisation o ON o.id = what.organisation_id
WHERE what.specialist_id = %(specialist)s AND what.state = 'awaited'
  AND what.began_on BETWEEN %(first)s AND %(last)s AND {_FITS}
ORDER BY what.began_on, 3
"""  # noqa: S608 - our own pieces
# What was applied for or signed up to and is not decided: the day is that of its beginning.
_APPLIED_ROWS = f"""
{_FAMILY}
SELECT what.item_id, i.kind, v.title, o.short_name, v.credits, what.begins_on, what.state
FROM (
  SELECT a.item_id, a.version_id, NULL::bigint AS specialty_id, r.begins_on, a.state
  FROM enrolment_application a JOIN catalogue_run r ON r.id = a.run_id
  WHERE a.specialist_id = %(specialist)s AND a.state = ANY(%(applied)s)
  UNION ALL
  SELECT g.item_id, g.version_id, NULL, (e.begins_at AT TIME ZONE %(zone)s)::date, g.state
  FROM participation_registration g JOIN catalogue_version e ON e.id = g.version_id
  WHERE g.specialist_id = %(specialist)s AND g.state = ANY(%(signed_up)s)
) what
JOIN catalogue_version v ON v.id = what.version_id
JOIN catalogue_item i ON i.id = what.item_id
JOIN organisations_organisation o ON o.id = i.organisation_id
WHERE what.begins_on BETWEEN %(first)s AND %(last)s AND {_FITS}
ORDER BY what.begins_on, v.title
"""  # noqa: S608 - our own pieces
# Of a planned item its newest version that was ever published: a withdrawn one stays in the plan and says so.
_PLANNED_ROWS = f"""
{_FAMILY}
SELECT what.item_id, i.kind, what.title, o.short_name, what.credits, what.planned_on, i.state, what.begins_at,
       what.ends_at
FROM (
  SELECT p.item_id, p.planned_on, v.id AS version_id, NULL::bigint AS specialty_id, v.title, v.credits, v.begins_at,
         v.ends_at
  FROM cycles_planitem p CROSS JOIN LATERAL (
    SELECT * FROM catalogue_version x WHERE x.item_id = p.item_id AND x.published_at IS NOT NULL
    ORDER BY x.number DESC LIMIT 1
  ) v
  WHERE p.specialist_id = %(specialist)s AND p.planned_on BETWEEN %(first)s AND %(last)s
) what
JOIN catalogue_item i ON i.id = what.item_id
JOIN organisations_organisation o ON o.id = i.organisation_id
WHERE {_FITS}
ORDER BY what.planned_on, what.title
"""  # noqa: S608 - our own pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """A line of a plan. `is_own`: it stands in the plan itself, so it can be moved and removed.

    `clashes_with`: the title of something else that the person does or plans at the same time, or, when one of the two
    is learning that goes on for days, in the same days.
    """

    item: int | None
    part: str
    title: str
    organisation: str
    credits: int
    on: dt.date
    state: PlanState
    is_own: bool = False
    is_withdrawn: bool = False
    begins_at: dt.datetime | None = None
    clashes_with: str = ""
    clashes_in_days: bool = False
    stage: Stage | None = None

    @property
    def label(self) -> str:
        """The words of its badge: what exactly has been done about it."""
        shown = self.stage if self.state == PlanState.INCLUDED and self.stage is not None else self.state
        return str(shown.label)

    @property
    def is_changeable(self) -> bool:
        """Whether it is an intention still: it can be moved and taken out."""
        return self.is_own and self.state == PlanState.PLANNED


_OF_A_PLAN = {
    "earned": _EARNED_ROWS,
    "awaited": _AWAITED_ROWS,
    "applied": _APPLIED_ROWS,
    "planned": _PLANNED_ROWS,
}


def plan_of(state: CycleState, today: dt.date) -> list[PlanRow]:
    """What a specialist did and intends for a cycle, by day: confirmed, on its way, applied for, planned.

    Four statements, and those of `engagements_of`; an item stands once, as far as it has come.

    """
    values = {
        **_asked(state.cycle, None),
        "applied": sorted(APPLICATION_OPEN - {ApplicationState.DRAFT}),
        "signed_up": sorted(COMING),
        "zone": settings.TIME_ZONE,
    }
    found: dict[str, list[tuple[Any, ...]]] = {}
    with connection.cursor() as cursor:
        for name, statement in _OF_A_PLAN.items():
            cursor.execute(statement, values)
            found[name] = cursor.fetchall()
    own = {row[0] for row in found["planned"]}
    rows = [_plan_row(row, PlanState.CONFIRMED, own) for row in found["earned"]]
    rows += [
        replace(_plan_row(row, awaited_state(row[5], today), own), stage=stage_of(row[1], ""))
        for row in found["awaited"]
    ]
    met = {row.item for row in rows}
    rows += [
        replace(_plan_row(row, PlanState.INCLUDED, own), stage=stage_of(row[1], row[6]))
        for row in found["applied"]
        if row[0] not in met
    ]
    met = {row.item for row in rows}
    rows += [
        replace(
            _plan_row(row, PlanState.PLANNED, own),
            is_withdrawn=row[6] == ItemState.WITHDRAWN,
            begins_at=row[7],
        )
        for row in found["planned"]
        if row[0] not in met
    ]
    return sorted(_with_clashes(rows, state.cycle.specialist_id, today), key=lambda row: (row.on, row.title))


def _with_clashes(rows: list[PlanRow], specialist_id: int, today: dt.date) -> list[PlanRow]:
    """The lines with what else stands at their time: of every cycle and of none, as time is one."""
    busy = {one.item: one for one in engagements_of(specialist_id, today) if one.busy is not None}
    at_once = clashes([one.busy for one in busy.values() if one.busy is not None])
    ahead = {PlanState.PLANNED, PlanState.INCLUDED}
    return [
        replace(
            row,
            clashes_with=busy[at_once[row.item]].title,
            clashes_in_days=busy[row.item].is_days or busy[at_once[row.item]].is_days,
        )
        if row.item in at_once and row.state in ahead
        else row
        for row in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """Something of the catalogue that takes a person's time from today on, or stands in their plan for a day.

    `run` and `version` say what it is; `day` is that of the plan. `is_sure`: applied or signed up, with a seat.
    """

    item: int
    kind: str
    title: str
    version: Version | None
    run: Run | None = None
    day: dt.date | None = None
    is_planned: bool = False
    is_sure: bool = False

    @property
    def is_days(self) -> bool:
        """Whether it goes on for whole days: a run."""
        return self.run is not None

    @property
    def busy(self) -> Busy | None:
        """When it takes one's time; nothing when only a day of a plan is known."""
        if self.run is not None:
            return days_of(self.item, self.run.begins_on, self.run.ends_on)
        if self.version is not None and self.version.begins_at and self.version.ends_at:
            return Busy(key=self.item, begins_at=self.version.begins_at, ends_at=self.version.ends_at)
        return None


def days_of(key: int, first: dt.date, last: dt.date) -> Busy:
    """Whole days, both inclusive, as the portal's clock has them."""
    zone = timezone.get_current_timezone()
    begins, ends = (dt.datetime.combine(day, dt.time(), zone) for day in (first, last + dt.timedelta(days=1)))
    return Busy(key=key, begins_at=begins, ends_at=ends)


def engagements_of(specialist_id: int, today: dt.date) -> list[Engagement]:
    """What a person has applied for, signed up to and plans from today on, each item once. Four statements."""
    applied = Application.objects.filter(
        specialist=specialist_id, state__in=APPLICATION_OPEN - {ApplicationState.DRAFT}, run__ends_on__gte=today
    ).select_related("run__region", "run__version", "run__item__organisation", "version")
    signed_up = dict(
        Registration.objects.filter(specialist=specialist_id, state__in=COMING).values_list("item_id", "state")
    )
    planned = list(
        PlanItem.objects.filter(specialist=specialist_id, item__state=ItemState.PUBLISHED).select_related("item")
    )
    versions = _published(
        [*signed_up, *(row.item_id for row in planned)],
    )
    found = [
        Engagement(
            item=row.item_id,
            kind=Kind.PROGRAMME,
            title=row.version.title,
            version=row.version,
            run=row.run,
            is_sure=row.state not in {ApplicationState.WAITING, ApplicationState.OFFERED},
        )
        for row in applied.order_by("run__begins_on", "pk")
    ]
    found += [
        Engagement(
            item=item,
            kind=Kind.EVENT,
            title=versions[item].title,
            version=versions[item],
            is_sure=state == SignedUp.SIGNED_UP,
        )
        for item, state in signed_up.items()
        if item in versions and _is_ahead(versions[item], today)
    ]
    met = {one.item for one in found} | set(signed_up)
    found += [
        Engagement(
            item=row.item_id,
            kind=row.item.kind,
            title=versions[row.item_id].title,
            version=versions[row.item_id],
            day=row.planned_on,
            is_planned=True,
        )
        for row in planned
        if row.item_id not in met and row.item_id in versions and _is_planned_ahead(versions[row.item_id], row, today)
    ]
    return found


def _published(items: Iterable[int]) -> dict[int, Version]:
    """What is published of these items, by item."""
    rows = Version.objects.filter(item__in=list(items), state=VersionState.PUBLISHED)
    return {row.item_id: row for row in rows.select_related("item__organisation", "region")}


def _is_ahead(version: Version, today: dt.date) -> bool:
    return version.ends_at is not None and timezone.localdate(version.ends_at) >= today


def _is_planned_ahead(version: Version, row: PlanItem, today: dt.date) -> bool:
    return _is_ahead(version, today) if version.ends_at is not None else row.planned_on >= today


def in_the_way_of(specialist: Specialist, wanted: Busy, today: dt.date) -> list[Engagement]:
    """What somebody has applied for or signed up to at a time; the item itself is not in its own way."""
    return [
        one
        for one in engagements_of(specialist.pk, today)
        if not one.is_planned and one.item != wanted.key and one.busy is not None and overlaps(one.busy, wanted)
    ]


def feed_of(specialist: Specialist) -> PlanFeed | None:
    """The calendar's address of a specialist, while it works."""
    return PlanFeed.objects.filter(specialist=specialist, closed_at=None).first()


def _plan_row(row: tuple[Any, ...], state: PlanState, own: set[int]) -> PlanRow:
    item, part, title, organisation, worth, on = row[:6]
    return PlanRow(
        item=item,
        part=part,
        title=title,
        organisation=organisation or "",
        credits=worth,
        on=on,
        state=state,
        is_own=item in own,
    )


def if_planned(state: CycleState, rows: Iterable[PlanRow]) -> Standing:
    """Where the specialist would stand, had everything of the plan been done in time."""
    coming = [
        Earned(on=row.on, part=row.part, credits=row.credits)
        for row in rows
        if row.state != PlanState.CONFIRMED and not row.is_withdrawn
    ]
    facts = replace(state.facts, earned=(*state.facts.earned, *coming))
    return standing(sets_in_force(), acts(), facts)


def is_planned(account: Account, item_id: int) -> bool:
    """Whether an item stands in somebody's plan."""
    return PlanItem.objects.filter(specialist__account=account, item_id=item_id).exists()


def own_calendar(specialist: Specialist) -> list[dict[str, object]]:
    """Whether a specialist's calendar has an address, as plain values (P7); the secret itself is on their page."""
    return [
        {"made_at": row.made_at.isoformat(), "closed_at": row.closed_at.isoformat() if row.closed_at else ""}
        for row in PlanFeed.objects.filter(specialist=specialist)
    ]


def own_plan(specialist: Specialist) -> list[dict[str, object]]:
    """What a specialist has planned, as plain values (P7)."""
    rows = PlanItem.objects.filter(specialist=specialist).order_by("planned_on", "pk")
    return [
        {"item": row.item_id, "planned_on": row.planned_on.isoformat(), "added_at": row.added_at.isoformat()}
        for row in rows
    ]
