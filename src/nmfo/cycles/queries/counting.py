"""Credits as they count for cycles: sums, where a person stands, where each entry stands."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from foundation.db.rows import rows_of
from nmfo.credits.models import LedgerEntry
from nmfo.credits.rules.words import Holder
from nmfo.cycles.models import Cycle
from nmfo.cycles.queries.choosing import facts_of
from nmfo.cycles.queries.sets import present_rules
from nmfo.cycles.rules.days import year_of
from nmfo.cycles.rules.measuring import (
    Earned,
    ExtensionFacts,
    Facts,
    Place,
    Standing,
    holds_until,
    if_extended,
    lacking_of,
    place_in,
    standing,
)
from nmfo.cycles.rules.words import CycleKind
from nmfo.enrolment.rules import ENDS
from nmfo.participation.queries import presence_kept_by, short_by
from nmfo.participation.rules import LIVE, Decision
from nmfo.reference.models import Specialty
from nmfo.specialists.models import Specialist

_families: dict[int, tuple[float, frozenset[int]]] = {}
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
_FOUND = f"""
{FAMILY}
SELECT what.is_awaited, what.day, what.part, what.credits, what.holder, what.due_on, what.id, what.origin,
  what.presence
FROM (
  SELECT e.id, false AS is_awaited, e.earned_on AS day, e.part, e.credits, NULL AS holder, NULL::date AS due_on,
    e.version_id, e.specialty_id, NULL AS origin, NULL::json AS presence
  FROM credits_ledgerentry e
  WHERE e.specialist_id = %(specialist)s AND e.earned_on BETWEEN %(first)s AND %(last)s
  UNION ALL
  SELECT x.id, true, x.began_on, x.part, x.credits, x.holder, x.due_on, x.version_id, NULL,
    x.origin, CASE WHEN x.holder = 'organisation' THEN {presence_kept_by("x.origin")} END
  FROM credits_expectation x
  WHERE x.specialist_id = %(specialist)s AND x.state = 'awaited' AND x.began_on BETWEEN %(first)s AND %(last)s
) what
WHERE {FITS}
"""  # noqa: S608 - our own pieces
_MET = """
SELECT item_id FROM credits_ledgerentry WHERE specialist_id = %(specialist)s AND item_id IS NOT NULL
UNION
SELECT v.item_id FROM credits_expectation x JOIN catalogue_version v ON v.id = x.version_id
WHERE x.specialist_id = %(specialist)s
UNION
SELECT item_id FROM enrolment_application WHERE specialist_id = %(specialist)s AND state <> ALL(%(over)s)
UNION
SELECT item_id FROM participation_registration WHERE specialist_id = %(specialist)s AND state = ANY(%(coming)s)
UNION
SELECT item_id FROM cycles_planitem WHERE specialist_id = %(specialist)s
"""
_CODES = """
SELECT credits, due_on FROM credits_expectation
WHERE specialist_id = %(specialist)s AND state = 'awaited' AND holder = 'specialist'
"""
_IN_ORDER = "ORDER BY is_awaited, CASE WHEN is_awaited THEN due_on ELSE day END NULLS LAST, id"
_COLLECTED = f"SELECT * FROM ({_FOUND}) found {_IN_ORDER}"  # noqa: S608 - our own pieces
_COLLECTED_AND_MET = f"""
SELECT * FROM (
  SELECT * FROM ({_FOUND}) found
  UNION ALL
  SELECT NULL, NULL, NULL, NULL, NULL, NULL, met.item_id, NULL, NULL FROM ({_MET}) met
  UNION ALL
  SELECT NULL, NULL, NULL, codes.credits, NULL, codes.due_on, NULL, NULL, NULL FROM ({_CODES}) codes
) both_kinds
{_IN_ORDER}
"""  # noqa: S608 - our own pieces
_ENTRIES = f"""
{FAMILY}
SELECT what.earned_on, what.part, what.credits
FROM credits_ledgerentry what
WHERE what.specialist_id = %(specialist)s AND what.earned_on BETWEEN %(first)s AND %(last)s AND {FITS}
ORDER BY what.earned_on, what.id
"""  # noqa: S608 - our own pieces
_COUNTED = f"SELECT count(*), coalesce(sum(credits), 0) FROM ({_ENTRIES}) entries"  # noqa: S608 - our own pieces
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
    origin: str = ""
    short: Decision | None = None  # presence that is not enough by what is noted so far: nothing is to come of it

    def is_on_its_way(self, today: dt.date) -> bool:
        """Whether the learning is over and somebody else has to act: what a person may wait for."""
        return self.began_on <= today and self.holder != Holder.SPECIALIST and self.short is None


class CodeAwaited(NamedTuple):
    """A credit for which a person has to enter a code, until when (inclusive), whatever cycle it will count for."""

    credits: int
    due_on: dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What counts for a cycle: each credit with its day and part, reversals as negative ones; and what is awaited.

    `met`: items that the specialist has credits for, awaits them of, has applied to or planned, of whatever cycle: no
    use to recommend. `codes`: what waits for a code, of whatever cycle as well. Only when they were asked for.
    """

    earned: tuple[Earned, ...]
    awaited: tuple[Awaiting, ...]
    met: frozenset[int] = frozenset()
    codes: tuple[CodeAwaited, ...] = ()


def collected_of(cycle: Cycle, *, until: dt.date | None = None, with_met: bool = False) -> Collected:
    """What counts for a five-year cycle. One statement. `until`: the document's last day, where it is the later."""
    earned: list[Earned] = []
    awaited: list[Awaiting] = []
    met: list[int] = []
    codes: list[CodeAwaited] = []
    values, now = scope_of(cycle, until), timezone.now()
    if with_met:
        values |= {"over": [str(state) for state in ENDS], "coming": [str(state) for state in LIVE]}
    for is_awaited, day, part, worth, holder, due_on, key, origin, kept in rows_of(
        _COLLECTED_AND_MET if with_met else _COLLECTED, values
    ):
        if is_awaited is None and key is None:
            codes.append(CodeAwaited(worth, due_on))
        elif is_awaited is None:
            met.append(key)
        elif is_awaited:
            awaited.append(Awaiting(part, worth, holder, due_on, day, origin, short_by(kept, now=now)))
        else:
            earned.append(Earned(on=day, part=part, credits=worth))
    return Collected(earned=tuple(earned), awaited=tuple(awaited), met=frozenset(met), codes=tuple(codes))


def codes_awaited_of(specialist: Specialist) -> tuple[CodeAwaited, ...]:
    """What waits for a code of somebody without a cycle. One statement."""
    return tuple(CodeAwaited(*row) for row in rows_of(_CODES, {"specialist": specialist.pk}))


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
        values = _whole_scope_of(cycle, lengthened)
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
        cursor.execute(f"SELECT EXISTS ({_ENTRIES})", _whole_scope_of(cycle, present_rules().acts))
        return bool(cursor.fetchone()[0])


class Counted(NamedTuple):
    """What counts for a cycle: how many entries, and their ЗЕТ; entries that were reversed make no ЗЕТ, but bind."""

    entries: int
    credits: int


def counted_for(cycle: Cycle) -> Counted:
    """What counts already for a cycle, or would for one that is only offered."""
    ((entries, worth),) = rows_of(_COUNTED, _whole_scope_of(cycle, present_rules().acts))
    return Counted(entries=entries, credits=worth)


def _whole_scope_of(cycle: Cycle, extensions: Iterable[ExtensionFacts]) -> dict[str, Any]:
    """`scope_of` to the last day that the cycle's document holds by its own extension and by the general acts."""
    return scope_of(cycle, holds_until(facts_of(cycle.document), extensions) if cycle.document else None)


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

    `holds_until`: the last day of the document with its extensions; nothing when no end is known. `met`, `codes`:
    as of `Collected`.
    """

    cycle: Cycle
    facts: Facts
    standing: Standing
    awaited: tuple[Awaiting, ...]
    holds_until: dt.date | None
    met: frozenset[int] = frozenset()
    codes: tuple[CodeAwaited, ...] = ()

    @property
    def awaited_credits(self) -> int:
        """ЗЕТ that are to come, from whomever and whenever."""
        return sum(one.credits for one in self.awaited if one.short is None)

    @property
    def short(self) -> int:
        """ЗЕТ of events that are over and whose marks are not enough so far: they are not reckoned with."""
        return sum(one.credits for one in self.awaited if one.short is not None)

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
        over = (one for one in self.standing.years if one.ends_on < self.facts.today)
        return sum(lacking_of(one, self.facts) for one in over)

    @property
    def year(self) -> int:
        """Which year of the cycle it is; more than five: it is over."""
        return year_of(self.facts.begins_on or self.facts.today, self.facts.today)


def state_of(
    cycle: Cycle, *, today: dt.date, extended_until: dt.date | None = None, with_met: bool = False
) -> CycleState:
    """Where a specialist stands in a five-year cycle. `extended_until`: had their document been extended (what-if)."""
    rules, facts = present_rules(), _facts_of(cycle, today)
    if extended_until is not None:
        facts = if_extended(facts, extended_until)
    until = holds_until(facts.document, rules.acts) if facts.document else None
    found = collected_of(cycle, until=until, with_met=with_met)
    coming = tuple(
        Earned(on=one.began_on, part=one.part, credits=one.credits) for one in found.awaited if one.short is None
    )
    facts = replace(facts, earned=found.earned, awaited=coming)
    stands = standing(*rules, facts)
    return CycleState(
        cycle=cycle,
        facts=facts,
        standing=stands,
        awaited=found.awaited,
        holds_until=until,
        met=found.met,
        codes=found.codes,
    )


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
        values = _whole_scope_of(cycle, rules.acts)
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
