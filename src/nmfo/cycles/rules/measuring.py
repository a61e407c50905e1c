"""Which set applies and why, and how far a person is: both bars, the years, where a credit stands."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext

from nmfo.catalogue.rules.words import MOST_HOURS_A_DAY
from nmfo.credits.rules.words import Part
from nmfo.cycles.rules.days import CYCLE_YEARS, ONE_DAY, anniversary, last_day, year_bounds, year_of
from nmfo.cycles.rules.words import Ask, DecidedBy, Role, Why

PARTS = tuple(str(part) for part in Part)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFacts:
    """An admission to practice, as far as the rules ask. Days are inclusive; None: not known."""

    kind: str
    issued_on: dt.date | None = None
    valid_until_on: dt.date | None = None
    extended_until_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """Credits of a part with the day they were earned. Negative ones are reversals and have the day of the reversed."""

    on: dt.date
    part: str
    credits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything the rules ask about a person: their document, their cycle, what they earned, and which day it is.

    `awaited` is on its way and counts for nothing yet; what it will bring is not lost.
    """

    today: dt.date
    document: DocumentFacts | None = None
    begins_on: dt.date | None = None
    ends_on: dt.date | None = None
    earned: Sequence[Earned] = ()
    awaited: Sequence[Earned] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionFacts:
    """A general act: documents of these kinds whose own end is between two days hold until a third (all inclusive)."""

    kinds: frozenset[str]
    ends_from_on: dt.date
    ends_until_on: dt.date
    until_on: dt.date
    ground: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One demand of a rule set. `parts` empty: all; `credits` 0 for papers; `within_years` of the document's end."""

    ask: str
    text: str
    credits: int = 0
    parts: frozenset[str] = frozenset()
    within_years: int | None = None

    @property
    def described(self) -> str:
        """What it asks, from its numbers, in the reader's language: `text` is written in that of the act."""
        if self.ask == Ask.PAPER:
            return gettext("Papers that you prepare yourself")
        values = {"n": self.credits, "years": self.within_years}
        if self.ask == Ask.COURSE and self.within_years:
            return gettext("One programme of at least %(n)d hours, not older than %(years)d years") % values
        if self.ask == Ask.COURSE:
            return gettext("One programme of at least %(n)d hours") % values
        if self.ask == Ask.YEARLY:
            return gettext("At least %(n)d credits in each year of the cycle") % values
        of = {
            str(Part.PROGRAMME): gettext("At least %(n)d credits of programmes"),
            str(Part.EVENT): gettext("At least %(n)d credits of events"),
            str(Part.MODULE): gettext("At least %(n)d credits of modules"),
        }
        some = gettext("At least %(n)d credits of the parts that the act names")
        whole = gettext("At least %(n)d credits in all")
        return of.get("".join(self.parts), some if self.parts else whole) % values


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetFacts:
    """A rule set. `volunteers`: applies to those who chose it only, so it stands beside the others, never alone."""

    key: str
    title: str
    ground: str
    role: str
    decided_by: str
    valid_from_on: dt.date
    valid_until_on: dt.date | None = None
    kinds: frozenset[str] = frozenset()
    volunteers: bool = False
    requirements: tuple[Requirement, ...] = ()

    @property
    def described(self) -> str:
        """What it asks in numbers, in the reader's language: `title` is written in that of the act."""
        counted = [one.described for one in self.requirements if one.ask != Ask.PAPER]
        said = "; ".join(counted[:1] + [one[:1].lower() + one[1:] for one in counted[1:]])
        return said or gettext("Papers that you prepare yourself")

    def holds_on(self, day: dt.date) -> bool:
        """Whether the act is in force on a day."""
        return self.valid_from_on <= day and (self.valid_until_on is None or day <= self.valid_until_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The rule set that applies, and why: the reason with the days its sentence names."""

    rule_set: RuleSetFacts
    why: Why
    day: dt.date | None = None
    until: dt.date | None = None

    @property
    def sentence(self) -> str:
        """The reason as a person reads it."""
        days = {"day": _shown(self.day), "until": _shown(self.until)}
        return str(self.why.label) % days


def _shown(day: dt.date | None) -> str:
    return f"{day:%d.%m.%Y}" if day else ""


def holds_until(document: DocumentFacts, extensions: Iterable[ExtensionFacts]) -> dt.date | None:
    """The last day a document holds: its own, that of its extension, that of a general act; the latest of them."""
    own = document.valid_until_on
    days = [day for day in (own, document.extended_until_on) if day is not None]
    if own is not None:
        days += [
            act.until_on
            for act in extensions
            if document.kind in act.kinds and act.ends_from_on <= own <= act.ends_until_on
        ]
    return max(days, default=None)


def choose(
    rule_sets: Iterable[RuleSetFacts],
    *,
    role: str,
    document: DocumentFacts | None,
    extensions: Iterable[ExtensionFacts],
    today: dt.date,
) -> Choice | None:
    """The rule set of a role that applies to a document; None when the table has none for it.

    First those that go by the day of issue; then the act in force on the last day of the document, the later of two;
    when no act is known to reach so far, the newest that began before it.
    """
    kind = document.kind if document else ""
    fitting = [
        one for one in rule_sets if one.role == role and not one.volunteers and (not one.kinds or kind in one.kinds)
    ]
    fitting.sort(key=lambda one: (one.valid_from_on, one.key), reverse=True)
    issued = document.issued_on if document else None
    if issued is not None:
        for one in fitting:
            if one.decided_by == DecidedBy.ISSUE and one.holds_on(issued):
                return Choice(rule_set=one, why=Why.ISSUED, day=issued, until=one.valid_until_on)
    by_end = [one for one in fitting if one.decided_by == DecidedBy.END]
    end = holds_until(document, extensions) if document else None
    day = end or today
    reached = next((one for one in by_end if one.holds_on(day)), None)
    if reached is not None:
        return Choice(rule_set=reached, why=Why.IN_FORCE if end else Why.TODAY, day=day)
    newest = next((one for one in by_end if one.valid_from_on <= day), None)
    return Choice(rule_set=newest, why=Why.NEWEST, day=day, until=newest.valid_until_on) if newest else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A requirement with what is done of it. Papers have neither: the portal does not see them.

    `lost` of what is missing can come no more: its days are over. `unlikely` is more than the days left have room for.
    """

    requirement: Requirement
    needed: int
    done: int
    missing: int
    since_on: dt.date | None
    until_on: dt.date | None
    lost: int = 0
    unlikely: int = 0

    @property
    def is_yearly(self) -> bool:
        """Whether each year has its own sum, and its own end."""
        return self.requirement.ask == Ask.YEARLY

    @property
    def is_met(self) -> bool:
        """Whether nothing is missing; papers are never known to be there."""
        return self.requirement.ask != Ask.PAPER and self.missing == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Where a person stands before a rule set. The bar shows `done` of `needed`; `missing` says what is still to do.

    `missing` may be more than `needed - done`: a surplus of one year does not stand in for a gap of another.
    """

    choice: Choice
    measures: tuple[Measure, ...]
    needed: int = 0
    done: int = 0
    missing: int = 0
    surplus: int = 0
    since_on: dt.date | None = None
    until_on: dt.date | None = None

    @property
    def asks_papers(self) -> bool:
        """Whether something is to be prepared that the portal does not see."""
        return any(one.requirement.ask == Ask.PAPER for one in self.measures)

    @property
    def sum_missing(self) -> int:
        """How much the sum alone lacks, whatever single years lack."""
        return max(0, self.needed - self.done)


@dataclass(frozen=True, slots=True, kw_only=True)
class YearSum:
    """A year of a cycle: credits by part. `target` 0: the rules ask nothing of a year. `surplus` stays in its year."""

    number: int
    begins_on: dt.date
    ends_on: dt.date
    parts: Mapping[str, int]
    target: int
    total: int
    missing: int
    surplus: int


def window(facts: Facts, extensions: Iterable[ExtensionFacts], rule_set: RuleSetFacts) -> tuple[dt.date, dt.date]:
    """The first and the last day whose credits count for a set: of the cycle, for the minimum of the document.

    An extension of the document moves the last day of the minimum and leaves the cycle as it is.
    """
    begins = facts.begins_on or (facts.document.issued_on if facts.document else None)
    end = holds_until(facts.document, extensions) if facts.document else None
    if rule_set.role == Role.RECOMMENDED or end is None:
        end = facts.ends_on or end
    if begins is None:
        begins = anniversary(end, -CYCLE_YEARS) + ONE_DAY if end else anniversary(facts.today, -CYCLE_YEARS)
    return begins, end or last_day(begins)


def evaluate(choice: Choice, facts: Facts, extensions: Sequence[ExtensionFacts]) -> Outcome:
    """What a set asks of these facts: needed, done, missing, until when."""
    since, until = window(facts, extensions, choice.rule_set)
    measures = tuple(_measure(one, facts, since, until) for one in choice.rule_set.requirements)
    head = next((one for one in measures if one.requirement.ask in {Ask.SUM, Ask.COURSE}), None)
    gaps = [one for one in measures if one.requirement.ask == Ask.YEARLY]
    missing = max([one.missing for one in measures if one.requirement.ask != Ask.PAPER], default=0)
    return Outcome(
        choice=choice,
        measures=measures,
        needed=head.needed if head else 0,
        done=head.done if head else 0,
        missing=missing,
        surplus=_surplus(facts, gaps[0].requirement.credits) if gaps else 0,
        since_on=since,
        until_on=until,
    )


def _measure(asked: Requirement, facts: Facts, since: dt.date, until: dt.date) -> Measure:
    if asked.within_years is not None:
        since = anniversary(until, -asked.within_years)
    needed, done, missing = asked.credits, 0, 0
    years: list[YearSum] = []
    if asked.ask == Ask.SUM:
        done = sum(one.credits for one in _of(asked, facts.earned, since, until))
        missing = max(0, needed - done)
    elif asked.ask == Ask.COURSE:
        done = max([one.credits for one in _of(asked, facts.earned, since, until)], default=0)
        missing = 0 if done >= needed else needed
    elif asked.ask == Ask.YEARLY:
        years = years_of(facts, asked.credits)
        needed = asked.credits * len(years)
        done = sum(min(year.total, asked.credits) for year in years)
        missing = sum(year.missing for year in years)
    spans = [(until, _lacking(asked, missing, facts, since, until))]
    if asked.ask == Ask.YEARLY:
        spans = [(year.ends_on, lacking_of(year, facts)) for year in years if year.begins_on <= facts.today]
    return Measure(
        requirement=asked,
        needed=needed,
        done=done,
        missing=missing,
        since_on=since,
        until_on=until,
        lost=sum(lacking for ends_on, lacking in spans if ends_on < facts.today),
        unlikely=sum(unlikely_by(ends_on, lacking, facts.today) for ends_on, lacking in spans),
    )


def _lacking(asked: Requirement, missing: int, facts: Facts, since: dt.date, until: dt.date) -> int:
    """What is missing still once what is on its way has come."""
    coming = [one.credits for one in _of(asked, facts.awaited, since, until)]
    if asked.ask == Ask.COURSE:
        return 0 if max(coming, default=0) >= asked.credits else missing
    return max(0, missing - sum(coming))


def lacking_of(year: YearSum, facts: Facts) -> int:
    """What a year lacks once what is on its way for it has come."""
    coming = sum(one.credits for one in facts.awaited if year.begins_on <= one.on <= year.ends_on)
    return max(0, year.missing - coming)


def unlikely_by(ends_on: dt.date, missing: int, today: dt.date) -> int:
    """How much of what is missing has no room in the days that are left, the last included; 0 when none is left."""
    days = (ends_on - today).days + 1
    return max(0, missing - days * MOST_HOURS_A_DAY) if days > 0 else 0


def _of(asked: Requirement, rows: Iterable[Earned], since: dt.date, until: dt.date) -> list[Earned]:
    return [one for one in rows if since <= one.on <= until and (not asked.parts or one.part in asked.parts)]


def _surplus(facts: Facts, target: int) -> int:
    return sum(year.surplus for year in years_of(facts, target))


def years_of(facts: Facts, target: int = 0) -> list[YearSum]:
    """The five years of a cycle with what was earned in each; nothing outside cycles. A surplus stays in its year."""
    begins_on = facts.begins_on
    if begins_on is None or facts.ends_on is None:
        return []
    sums: dict[int, dict[str, int]] = {number: dict.fromkeys(PARTS, 0) for number in range(1, CYCLE_YEARS + 1)}
    for one in facts.earned:
        number = year_of(begins_on, one.on)
        if number in sums:
            sums[number][one.part] += one.credits
    found = []
    for number, parts in sums.items():
        first, last = year_bounds(begins_on, number)
        total = sum(parts.values())
        found.append(
            YearSum(
                number=number,
                begins_on=first,
                ends_on=last,
                parts=parts,
                target=target,
                total=total,
                missing=max(0, target - total),
                surplus=max(0, total - target) if target else 0,
            )
        )
    return found


class Place(enum.Enum):
    """Whether an entry of the ledger counts for a cycle; when not, why."""

    COUNTS = "counts"
    OTHER_SPECIALTY = "other_specialty"
    BEFORE = "before"
    AFTER = "after"


def place_in(*, first: dt.date, last: dt.date, earned_on: dt.date, fits: bool) -> Place:
    """Where an entry stands to a cycle from `first` to `last`, inclusive. Another specialty is said before the days."""
    if not fits:
        return Place.OTHER_SPECIALTY
    if earned_on < first:
        return Place.BEFORE
    return Place.COUNTS if earned_on <= last else Place.AFTER


def yearly_target(rule_set: RuleSetFacts | None) -> int:
    """How much a set asks of each year; 0: nothing."""
    asked = rule_set.requirements if rule_set else ()
    return next((one.credits for one in asked if one.ask == Ask.YEARLY), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Both bars: the recommendation and the minimum, each as far as there is one; and what volunteers may choose."""

    recommended: Outcome | None
    minimum: Outcome | None
    years: list[YearSum] = field(default_factory=list)
    by_choice: list[Outcome] = field(default_factory=list)


def standing(rule_sets: Sequence[RuleSetFacts], extensions: Sequence[ExtensionFacts], facts: Facts) -> Standing:
    """Where a person stands, by the rule sets that apply to them."""
    found: dict[str, Outcome | None] = {}
    for role in Role.values:
        choice = choose(rule_sets, role=role, document=facts.document, extensions=extensions, today=facts.today)
        found[role] = evaluate(choice, facts, extensions) if choice else None
    recommended = found[Role.RECOMMENDED]
    target = yearly_target(recommended.choice.rule_set if recommended else None)
    return Standing(
        recommended=recommended,
        minimum=found[Role.MINIMUM],
        years=years_of(facts, target),
        by_choice=[evaluate(choice, facts, extensions) for choice in _by_choice(rule_sets, facts.document)],
    )


def _by_choice(rule_sets: Iterable[RuleSetFacts], document: DocumentFacts | None) -> list[Choice]:
    """What holders of a document may follow instead, if they took part: by the day it was issued."""
    issued = document.issued_on if document else None
    if document is None or issued is None:
        return []
    return [
        Choice(rule_set=one, why=Why.ISSUED, day=issued, until=one.valid_until_on)
        for one in rule_sets
        if one.volunteers and one.holds_on(issued) and (not one.kinds or document.kind in one.kinds)
    ]


def if_extended(facts: Facts, until_on: dt.date) -> Facts:
    """The same person, had their document been extended until a day («если документ продлён до…»)."""
    document = facts.document or DocumentFacts(kind="")
    return replace(facts, document=replace(document, extended_until_on=until_on))
