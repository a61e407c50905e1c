"""The law of the catalogue: what an item must say, what it is worth, which way a version goes. Pure.

Unit: 1 credit (ЗЕТ) is 1 academic hour of 45 minutes; whole numbers only (domain.md 3.2).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused

ACADEMIC_HOUR_MINUTES = 45
DAY_CREDITS = 6  # a full day of an event is at most 6 ЗЕТ, 270 minutes of presence (domain.md 3.2)
LEAST_HOURS, MOST_HOURS = 16, 500  # 273-ФЗ art. 76 and order 266 of 24.03.2025: from 16; from 500 on no upgrading
USUAL_HOURS = (18, 36, 72, 144)
MOST_MODULE_MINUTES = 24 * 60
MOST_EVENT_DAYS = 14
MOST_SEATS = 100_000
MOST_PRICE_RUB = 1_000_000
REVIEW_DAYS = 14


class Kind(models.TextChoices):
    """What stands in the catalogue."""

    PROGRAMME = "programme", _("Programme")
    EVENT = "event", _("Event")
    MODULE = "module", _("Module")


class ItemState(models.TextChoices):
    """Whether people find an item."""

    DRAFT = "draft", _("Not published yet")
    PUBLISHED = "published", _("Published")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class VersionState(models.TextChoices):
    """Where a version is on its way (R-147, issue: Draft → На рассмотрении → …)."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Under review")
    RETURNED = "returned", _("Returned for corrections")
    PUBLISHED = "published", _("Published")
    SUPERSEDED = "superseded", _("Replaced by a newer version")
    DROPPED = "dropped", _("Given up")


_V = VersionState
# The only ways a version's state may change; docs/how-it-works/catalogue.md draws them and a test compares.
VERSION_MOVES: dict[str, frozenset[str]] = {
    _V.DRAFT: frozenset({_V.SUBMITTED, _V.DROPPED}),
    _V.SUBMITTED: frozenset({_V.RETURNED, _V.PUBLISHED, _V.DRAFT}),  # to a draft: its authors took it back
    _V.RETURNED: frozenset({_V.SUBMITTED, _V.DROPPED}),
    _V.PUBLISHED: frozenset({_V.SUPERSEDED}),
    _V.SUPERSEDED: frozenset(),
    _V.DROPPED: frozenset(),
}
EDITABLE = frozenset({_V.DRAFT, _V.RETURNED})
UNDER_WAY = frozenset({_V.DRAFT, _V.SUBMITTED, _V.RETURNED})


class Form(models.TextChoices):
    """Form of study (форма обучения)."""

    FULL_TIME = "full_time", _("Full-time")
    PART_TIME = "part_time", _("Full-time and by correspondence")
    CORRESPONDENCE = "correspondence", _("By correspondence")


class Basis(models.TextChoices):
    """Who pays (основа обучения)."""

    BUDGET = "budget", _("State budget")
    CONTRACT = "contract", _("Contract")
    CERTIFICATE = "certificate", _("Educational certificate")


class EventKind(models.TextChoices):
    """Kinds of events (R-164)."""

    CONFERENCE = "conference", _("Conference")
    CONGRESS = "congress", _("Congress")
    SEMINAR = "seminar", _("Seminar")
    WORKSHOP = "workshop", _("Master class")
    SCHOOL = "school", _("School")
    WEBINAR = "webinar", _("Webinar")


class Presence(models.TextChoices):
    """How an organiser makes sure that somebody was there (N10)."""

    LIST = "list", _("List on the spot")
    BADGE = "badge", _("Scan of the badge")
    WINDOWS = "windows", _("Confirmation windows during the broadcast")


class RunState(models.TextChoices):
    """State of a run (поток)."""

    OPEN = "open", _("Takes applications")
    CLOSED = "closed", _("Closed for applications")
    CANCELLED = "cancelled", _("Cancelled")


class Missing(Refused):
    message = _("Fill this in before you submit.")


class HoursOutOfRange(Refused):
    message = _("A programme has from %(least)d to %(most)d hours.")
    field = "hours"


class CreditsAboveRule(Refused):
    message = _("%(minutes)d minutes on %(days)d days are worth at most %(most)d credits.")
    field = "credits"


class ModuleCreditsAboveRule(Refused):
    message = _("%(minutes)d minutes of study are worth at most %(most)d credits.")
    field = "credits"


class EventTooShort(Refused):
    message = _("An event of less than 45 minutes without sponsors' reports is worth no credit.")
    field = "minutes"


class EventEndsBeforeItBegins(Refused):
    message = _("The event ends before it begins. Check date and time.")
    field = "ends_at"


class EventTooLong(Refused):
    message = _("An event lasts at most 14 days. Longer teaching is a programme.")
    field = "ends_at"


class EventInPast(Refused):
    message = _("The event begins in the past. Check the date.")
    field = "begins_at"


class MinutesExceedEvent(Refused):
    message = _("There are more minutes of teaching than the event has.")
    field = "minutes"


class MainSpecialtyMissing(Refused):
    message = _("Choose at least one main specialty.")
    field = "main_specialties"


class SpecialtyOfOtherLevel(Refused):
    message = _("«%(name)s» belongs to another level of education than the chosen ones.")
    field = "main_specialties"


class PlaceMissing(Refused):
    message = _("Say where it is: region and place, or a link, or both.")
    field = "place"


class RunDatesOutOfOrder(Refused):
    message = _("The run ends before it begins. Check the dates.")
    field = "ends_on"


class RunAppliesTooLate(Refused):
    message = _("Applications cannot be taken after the first day.")
    field = "apply_until_on"


class RunInPast(Refused):
    message = _("The run begins in the past. Check the date.")
    field = "begins_on"


class RunSeatsBelowTaken(Refused):
    message = _("%(taken)d seats are taken already. There cannot be fewer.")
    field = "seats"


class VersionMoved(Refused):
    message = _("This version has moved on meanwhile: it is «%(state)s» now. Look at the page anew.")


class VersionPublished(Refused):
    message = _("A published version never changes. Make a new version.")


class ChangedMeanwhile(Refused):
    message = _("Somebody else has saved this version meanwhile. Both texts are below: choose.")


class OwnItem(Refused):
    message = _("You or your organisation submitted this. Another operator decides.")


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionFacts:
    """What a version says of itself, as far as the rules look at it. Times are aware; minutes are of 60 seconds."""

    kind: str
    title: str = ""
    annotation: str = ""
    aims: str = ""
    levels: tuple[str, ...] = ()
    main_specialties: tuple[tuple[str, str], ...] = ()  # name and level
    other_specialties: tuple[tuple[str, str], ...] = ()
    hours: int | None = None
    form: str = ""
    bases: tuple[str, ...] = ()
    minutes: int | None = None
    sponsor_minutes: int = 0
    credits: int | None = None
    event_kind: str = ""
    begins_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    days: int = 1  # calendar days the event touches, in its own time zone
    on_site: bool = False
    online: bool = False
    region: str = ""
    place: str = ""
    link: str = ""
    presence: str = ""


def check_move(state: str, to: str) -> None:
    """Refuse a way that the table does not have."""
    if to not in VERSION_MOVES[state]:
        raise VersionMoved(state=VersionState(state).label)


def credits_of_programme(hours: int) -> int:
    """A programme is worth its hours (domain.md 3.2)."""
    return hours


def most_credits_of_event(minutes: int, days: int) -> int:
    """What an event may give at most: a credit for 45 minutes of teaching, six a day. Sponsors' minutes are out."""
    return min(minutes // ACADEMIC_HOUR_MINUTES, DAY_CREDITS * days)


def most_credits_of_module(minutes: int) -> int:
    """What a module may give at most."""
    return minutes // ACADEMIC_HOUR_MINUTES


def credits_of(facts: VersionFacts) -> int | None:
    """What the item is worth: programmes and events by the rule, modules as declared. None: not known yet."""
    if facts.kind == Kind.PROGRAMME:
        return None if facts.hours is None else credits_of_programme(facts.hours)
    if facts.kind == Kind.EVENT:
        return None if facts.minutes is None else most_credits_of_event(facts.minutes, facts.days)
    return facts.credits


def problems_of(facts: VersionFacts, *, now: dt.datetime) -> list[tuple[str, Refused]]:
    """Everything that keeps a version from being submitted: the field, and the sentence. Empty: it may go."""
    found: list[tuple[str, Refused]] = [(name, Missing()) for name in _missing(facts)]
    found += [(str(problem.field), problem) for problem in _specialty_problems(facts)]
    checks = {Kind.PROGRAMME: _programme_problems, Kind.EVENT: _event_problems, Kind.MODULE: _module_problems}
    found += [(str(problem.field), problem) for problem in checks[Kind(facts.kind)](facts, now)]
    return found


_NEEDED: dict[str, tuple[str, ...]] = {
    Kind.PROGRAMME: ("title", "annotation", "aims", "levels", "hours", "form", "bases"),
    Kind.EVENT: ("title", "annotation", "levels", "event_kind", "begins_at", "ends_at", "minutes", "presence"),
    Kind.MODULE: ("title", "annotation", "levels", "minutes", "credits"),
}


def _missing(facts: VersionFacts) -> Iterable[str]:
    return [name for name in _NEEDED[facts.kind] if getattr(facts, name) in {None, "", ()}]


def _specialty_problems(facts: VersionFacts) -> list[Refused]:
    if not facts.main_specialties:
        return [MainSpecialtyMissing()]
    every = (*facts.main_specialties, *facts.other_specialties)
    return [SpecialtyOfOtherLevel(name=name) for name, level in every if facts.levels and level not in facts.levels]


def _programme_problems(facts: VersionFacts, now: dt.datetime) -> list[Refused]:
    if facts.hours is not None and not LEAST_HOURS <= facts.hours <= MOST_HOURS:
        return [HoursOutOfRange(least=LEAST_HOURS, most=MOST_HOURS)]
    return []


def _event_problems(facts: VersionFacts, now: dt.datetime) -> list[Refused]:
    found: list[Refused] = []
    if not (facts.on_site and facts.region and facts.place) and not (facts.online and facts.link):
        found.append(PlaceMissing())
    if facts.minutes is not None and facts.minutes < ACADEMIC_HOUR_MINUTES:
        found.append(EventTooShort())
    if facts.begins_at is None or facts.ends_at is None:
        return found
    if facts.ends_at <= facts.begins_at:
        return [*found, EventEndsBeforeItBegins()]
    if facts.begins_at <= now:
        found.append(EventInPast())
    if facts.days > MOST_EVENT_DAYS:
        found.append(EventTooLong())
    length = int((facts.ends_at - facts.begins_at).total_seconds()) // 60
    if facts.minutes is not None and facts.minutes + facts.sponsor_minutes > length:
        found.append(MinutesExceedEvent())
    if facts.credits is not None and facts.minutes is not None:
        most = most_credits_of_event(facts.minutes, facts.days)
        if facts.credits > most:
            found.append(CreditsAboveRule(minutes=facts.minutes, days=facts.days, most=most))
    return found


def _module_problems(facts: VersionFacts, now: dt.datetime) -> list[Refused]:
    if facts.minutes is None or facts.credits is None:
        return []
    most = most_credits_of_module(facts.minutes)
    if facts.credits > most or facts.credits < 1:
        return [ModuleCreditsAboveRule(minutes=facts.minutes, most=most)]
    return []


def check_run(
    *,
    begins_on: dt.date,
    ends_on: dt.date,
    apply_until_on: dt.date,
    seats: int | None,
    taken: int,
    today: dt.date,
    is_new: bool,
) -> None:
    """Refuse a run that contradicts itself. Days are inclusive; `seats` None is without a limit."""
    if ends_on < begins_on:
        raise RunDatesOutOfOrder
    if apply_until_on > begins_on:
        raise RunAppliesTooLate
    if is_new and begins_on < today:
        raise RunInPast
    if seats is not None and seats < taken:
        raise RunSeatsBelowTaken(taken=taken)


def is_open(*, state: str, apply_until_on: dt.date, seats: int | None, taken: int, today: dt.date) -> bool:
    """Whether a run takes applications on a day."""
    return state == RunState.OPEN and today <= apply_until_on and (seats is None or taken < seats)


def check_not_own(*, decider_snils: str, snils_of_the_others: Iterable[str]) -> None:
    """Nobody decides about what they or their organisation submitted: by person, not by account (Z4, Z5)."""
    if decider_snils in set(snils_of_the_others):
        raise OwnItem
