"""The law of cycles: which rule set applies to a person and why, what it asks, what is done and missing.

Pure decisions: no ORM, no settings, no clock. Unit: 1 credit (ЗЕТ) = 1 academic hour; whole numbers only. The numbers
themselves (250, 144, 72) are not here: they are rows of the table of rule sets, each with its act (domain.md 3.1).
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import models
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused
from nmfo.credits.rules import Part
from nmfo.enrolment.rules import State as ApplicationState
from nmfo.participation.rules import State as RegistrationState

CYCLE_YEARS = 5
PARTS = tuple(str(part) for part in Part)
_ONE_DAY = dt.timedelta(days=1)
YEAR_LETTER_BEFORE = dt.timedelta(days=30)  # a month is enough for an event or a module, not for nothing
_LAST_YEAR = dt.MAXYEAR - CYCLE_YEARS - 1


class CycleKind(models.TextChoices):
    """«5 лет» for a specialty, or «Вне циклов» (C4)."""

    FIVE_YEARS = "five_years", _("Five years for a specialty")
    OUTSIDE = "outside", _("Outside cycles")


class Role(models.TextChoices):
    """What a rule set is: the portal's recommendation, or what the law asks at the least (C15)."""

    RECOMMENDED = "recommended", pgettext_lazy("rule set", "Recommended")
    MINIMUM = "minimum", _("Legal minimum")


class DecidedBy(models.TextChoices):
    """Which day of a document decides whether a rule set applies to it."""

    ISSUE = "issue", _("The day the document was issued")
    END = "end", _("The last day of the document")


class Ask(models.TextChoices):
    """What a requirement measures."""

    SUM = "sum", _("Credits of some parts in all")
    YEARLY = "yearly", _("Credits in each year of the cycle")
    COURSE = "course", _("One programme of so many hours")
    PAPER = "paper", _("A paper that the portal does not count")


class SetState(models.TextChoices):
    """The way of a version of a rule set."""

    DRAFT = "draft", pgettext_lazy("rule set", "Draft")
    PUBLISHED = "published", pgettext_lazy("rule set", "In force")
    SUPERSEDED = "superseded", pgettext_lazy("rule set", "Replaced")
    DROPPED = "dropped", pgettext_lazy("rule set", "Given up")


MOVES: Mapping[str, frozenset[str]] = {
    SetState.DRAFT: frozenset({SetState.PUBLISHED, SetState.DROPPED}),
    SetState.PUBLISHED: frozenset({SetState.SUPERSEDED}),
    SetState.SUPERSEDED: frozenset(),
    SetState.DROPPED: frozenset(),
}


class Why(models.TextChoices):
    """Why a rule set applies. The sentence has places for days, filled by `Choice.sentence`."""

    ISSUED = "issued", _("Your document was issued on %(day)s: for documents issued until %(until)s this rule runs on.")
    IN_FORCE = "in_force", _("Your document holds until %(day)s, and on that day this rule is in force.")
    NEWEST = (
        "newest",
        _(
            "Your document holds until %(day)s. This rule is known to hold until %(until)s; until a new one comes, "
            "the portal counts by it."
        ),
    )
    TODAY = "today", _("The portal knows no document of yours with an end, so it counts by the rule in force today.")


# --- years -----------------------------------------------------------------------------------------------------------


def anniversary(day: dt.date, years: int) -> dt.date:
    """The same day so many years later; 29 February becomes 1 March where there is none, so that a year is whole."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return dt.date(day.year + years, 3, 1)


def year_bounds(begins_on: dt.date, number: int) -> tuple[dt.date, dt.date]:
    """The first and the last day (inclusive) of a year of a cycle; the first year is 1."""
    return anniversary(begins_on, number - 1), anniversary(begins_on, number) - _ONE_DAY


def year_letter_on(begins_on: dt.date, *, after: dt.date) -> dt.date | None:
    """The next day after another on which a letter says how a year of a cycle ends; nothing after the last one."""
    days = (year_bounds(begins_on, number)[1] - YEAR_LETTER_BEFORE for number in range(1, CYCLE_YEARS + 1))
    return next((day for day in days if day > after), None)


def last_day(begins_on: dt.date, years: int = CYCLE_YEARS) -> dt.date:
    """The last day (inclusive) of a cycle of so many years."""
    return year_bounds(begins_on, years)[1]


def year_of(begins_on: dt.date, day: dt.date) -> int:
    """Which year of a cycle a day is in: 1 is the first; 0 or less before it began, above five after it ended."""
    number = day.year - begins_on.year + 1
    return number - 1 if day < year_bounds(begins_on, number)[0] else number


# --- facts -----------------------------------------------------------------------------------------------------------


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
    """Everything the rules ask about a person: their document, their cycle, what they earned, and which day it is."""

    today: dt.date
    document: DocumentFacts | None = None
    begins_on: dt.date | None = None
    ends_on: dt.date | None = None
    earned: Sequence[Earned] = ()


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


# --- which set applies -----------------------------------------------------------------------------------------------


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


# --- how far a person is ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A requirement with what is done of it. Papers have neither: the portal does not see them."""

    requirement: Requirement
    needed: int
    done: int
    missing: int
    since_on: dt.date | None
    until_on: dt.date | None

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
        begins = anniversary(end, -CYCLE_YEARS) + _ONE_DAY if end else anniversary(facts.today, -CYCLE_YEARS)
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
    if asked.ask == Ask.SUM:
        done = sum(one.credits for one in _of(asked, facts, since, until))
        missing = max(0, needed - done)
    elif asked.ask == Ask.COURSE:
        done = max([one.credits for one in _of(asked, facts, since, until)], default=0)
        missing = 0 if done >= needed else needed
    elif asked.ask == Ask.YEARLY:
        years = years_of(facts, asked.credits)
        needed = asked.credits * len(years)
        done = sum(min(year.total, asked.credits) for year in years)
        missing = sum(year.missing for year in years)
    return Measure(requirement=asked, needed=needed, done=done, missing=missing, since_on=since, until_on=until)


def _of(asked: Requirement, facts: Facts, since: dt.date, until: dt.date) -> list[Earned]:
    return [one for one in facts.earned if since <= one.on <= until and (not asked.parts or one.part in asked.parts)]


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


# --- the plan -----------------------------------------------------------------------------------------------------

MOST_PLANNED = 200


class PlanState(models.TextChoices):
    """How far something of a plan is (domain.md, the real portal's states): the first is one's own intention."""

    PLANNED = "planned", pgettext_lazy("plan", "Planned")
    INCLUDED = "included", pgettext_lazy("plan", "Applied")
    COMPLETED = "completed", pgettext_lazy("plan", "Completed, credits on their way")
    CONFIRMED = "confirmed", pgettext_lazy("plan", "Confirmed")


class Stage(models.TextChoices):
    """What exactly one has done about something that is applied for: the words of its badge."""

    APPLIED = "applied", pgettext_lazy("plan", "Applied")
    ACCEPTED = "accepted", pgettext_lazy("plan", "Application approved")
    ENROLLED = "enrolled", pgettext_lazy("plan", "Enrolled")
    SIGNED_UP = "signed_up", pgettext_lazy("plan", "You are signed up")
    WAITING = "waiting", pgettext_lazy("plan", "In the waiting list")
    OFFERED = "offered", pgettext_lazy("plan", "A seat is offered")
    TAKEN_BACK = "taken_back", pgettext_lazy("plan", "Result taken back")


Standpoint = tuple[PlanState, Stage | None]

_A = ApplicationState
# What an application means to a plan; of those that are not here nothing is to come. A draft is nobody's promise yet.
OF_APPLICATIONS: Mapping[str, Standpoint] = {
    _A.SUBMITTED: (PlanState.INCLUDED, Stage.APPLIED),
    _A.REVIEW: (PlanState.INCLUDED, Stage.APPLIED),
    _A.RETURNED: (PlanState.INCLUDED, Stage.APPLIED),
    _A.WAITING: (PlanState.INCLUDED, Stage.WAITING),
    _A.OFFERED: (PlanState.INCLUDED, Stage.OFFERED),
    _A.APPROVED: (PlanState.INCLUDED, Stage.ACCEPTED),
    _A.CONFIRMED: (PlanState.INCLUDED, Stage.ACCEPTED),
    _A.ENROLLED: (PlanState.INCLUDED, Stage.ENROLLED),
    _A.COMPLETED: (PlanState.COMPLETED, None),
    _A.CREDITED: (PlanState.CONFIRMED, None),
    _A.REVERSED: (PlanState.COMPLETED, Stage.TAKEN_BACK),  # a corrected result may come
}
_R = RegistrationState
OF_REGISTRATIONS: Mapping[str, Standpoint] = {
    _R.SIGNED_UP: (PlanState.INCLUDED, Stage.SIGNED_UP),
    _R.WAITING: (PlanState.INCLUDED, Stage.WAITING),
    _R.OFFERED: (PlanState.INCLUDED, Stage.OFFERED),
}


def of_learning(table: Mapping[str, Standpoint], state: str, *, is_over: bool) -> Standpoint | None:
    """What an application or a registration means to a plan; None: nothing is to come of it.

    Whoever has a seat has completed what is over; who has none by then is shown as before.
    """
    found = table.get(state)
    if found is not None and is_over and found[1] in {Stage.ENROLLED, Stage.SIGNED_UP}:
        return PlanState.COMPLETED, None
    return found


def awaited_state(began_on: dt.date, today: dt.date) -> PlanState:
    """What is awaited of learning that ended, or has still to end, on a day."""
    return PlanState.COMPLETED if began_on < today else PlanState.INCLUDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """When something of a plan takes one's time: from a moment to another, the end not included."""

    key: int
    begins_at: dt.datetime
    ends_at: dt.datetime


def overlaps(one: Busy, other: Busy) -> bool:
    """Whether two take place at the same time."""
    return other.begins_at < one.ends_at and one.begins_at < other.ends_at


def clashes(times: Sequence[Busy]) -> dict[int, int]:
    """Of each that takes place at the same time as another: the key of the first of those others."""
    found: dict[int, int] = {}
    for one in times:
        other = next(
            (other.key for other in times if other.key != one.key and overlaps(one, other)),
            None,
        )
        if other is not None:
            found[one.key] = other
    return found


def planned_day(begins_on: dt.date, number: int, *, today: dt.date) -> dt.date:
    """The day something is planned for when it is put into a year of a cycle: its first that has not passed.

    Raises YearIsOver.
    """
    first, last = year_bounds(begins_on, number)
    if not 1 <= number <= CYCLE_YEARS or last < today:
        raise YearIsOver
    return max(first, today)


# --- golden cases ----------------------------------------------------------------------------------------------------


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


# --- refusals --------------------------------------------------------------------------------------------------------


class CycleOverlaps(Refused):
    message = _("You have a cycle for this specialty at this time already.")
    field = "choice"


class CycleHasCredits(Refused):
    message = _("Credits already count for this cycle, so it can no longer be changed. Write to support.")


class ItemNotPlannable(Refused):
    message = _("Only what stands in the catalogue and is not over can be planned.")


class CreditedInThisCycle(Refused):
    """A line of the plan would not be seen: the item stands in it as done."""

    message = _("This is credited already, on %(day)s: it stands in your plan as done.")


class PlanFull(Refused):
    message = _("The plan holds %(most)d items at most. Remove what you no longer intend to do.")


class NotPlanned(Refused):
    message = _("This is not in your plan.")


class YearIsOver(Refused):
    message = _("This year of the cycle is over. Choose one that runs or is to come.")


class CycleUnknown(Refused):
    message = _("There is no such cycle among yours.")


class ChoiceMissing(Refused):
    message = _("Choose a cycle for a specialty, or «outside cycles».")
    field = "choice"


class CycleUnfounded(Refused):
    message = _("This cycle does not follow from your documents. Choose one of the list.")
    field = "choice"


class CycleIsOver(Refused):
    message = _("The five years of this document are over. Add the newer document first.")
    field = "choice"


class BeginsOutOfRange(Refused):
    message = _("The document was issued in a year the portal does not count with. Check its day of issue.")
    field = "choice"


class SetUnknown(Refused):
    message = _("There is no such rule set.")


class SetMoved(Refused):
    message = _("This version has moved on meanwhile. The page shows where it stands.")


class DraftUnderWay(Refused):
    message = _("A draft of this rule set is being written already. Open it.")


class CasesFail(Refused):
    message = _("Golden cases fail, so this version cannot be published: see them below.")


class CaseMalformed(Refused):
    message = _("The case cannot be read: %(what)s")
    field = "facts"


class OwnDraft(Refused):
    message = _("You wrote in this version yourself. Another operator publishes it.")


class DatesMixed(Refused):
    message = _("The last day of the rule is before its first.")
    field = "valid_until_on"


class NothingAsked(Refused):
    message = _("A rule set needs at least one requirement with a number.")


class ReasonNeeded(Refused):
    message = _("Say what is changed and by which act.")
    field = "reason"


class NotOperator(Refused):
    message = _("Rule sets are the operator's.")


def check_begins(begins_on: dt.date, *, today: dt.date) -> None:
    """Refuse a cycle that is over, or of a year no calendar here reaches."""
    if not dt.MINYEAR + CYCLE_YEARS < begins_on.year < _LAST_YEAR:
        raise BeginsOutOfRange
    if begins_on > today:
        raise CycleUnfounded


def check_move(before: str, after: str) -> None:
    """Refuse a step that the table of moves does not have."""
    if after not in MOVES[SetState(before)]:
        raise SetMoved


def check_set(*, valid_from_on: dt.date, valid_until_on: dt.date | None, requirements: Sequence[Requirement]) -> None:
    """Refuse a rule set that contradicts itself."""
    if valid_until_on is not None and valid_until_on < valid_from_on:
        raise DatesMixed
    if not any(one.credits for one in requirements):
        raise NothingAsked


def check_case(facts: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Refuse a golden case that cannot be run, or expects nothing."""
    try:
        facts_from(facts)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CaseMalformed(what=str(error)) from error
    strange = set(expected) - set(Role.values)
    if not expected or strange or not all(isinstance(one, Mapping) and one for one in expected.values()):
        raise CaseMalformed(what=", ".join(sorted(strange)) or "expected")


def check_other_person(*, publisher_snils: str, writers_snils: Iterable[str]) -> None:
    """Four eyes: who publishes has not written, by person and not by account (Z4)."""
    if publisher_snils in set(writers_snils):
        raise OwnDraft
