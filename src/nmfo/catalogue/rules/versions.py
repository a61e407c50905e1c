"""What a version may say, what is missing or contradicts itself, and what it is worth."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from foundation.errors import Refused
from nmfo.catalogue.rules.refusals import (
    ChoiceUnknown,
    ControlCharacters,
    CreditsAboveRule,
    EventEndsBeforeItBegins,
    EventInPast,
    EventTooFar,
    EventTooLong,
    EventTooShort,
    HoursOutOfRange,
    LinkUnfit,
    MainSpecialtyMissing,
    MinutesExceedEvent,
    Missing,
    ModuleCreditsAboveRule,
    NumberOutOfRange,
    PlaceMissing,
    PresenceShareMissing,
    SpecialtyEnded,
    SpecialtyOfOtherLevel,
    SpecialtyTwice,
    TeacherNameMissing,
    TextTooLong,
    TooManyTeachers,
    ZoneMissing,
)
from nmfo.catalogue.rules.words import (
    ACADEMIC_HOUR_MINUTES,
    DAY_CREDITS,
    LEAST_HOURS,
    LONGEST,
    LONGEST_TEACHER,
    MOST_EVENT_DAYS,
    MOST_HOURS,
    MOST_MINUTES,
    MOST_MODULE_MINUTES,
    MOST_PRICE_RUB,
    MOST_SEATS,
    MOST_TEACHERS,
    MOST_YEARS_AHEAD,
    ONE_SITTING,
    Basis,
    EventKind,
    Form,
    Kind,
    Presence,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialtyFacts:
    """A specialty of the nomenclature; `valid_until_on` is its last day, inclusive."""

    pk: int
    name: str
    level: str
    valid_until_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherFacts:
    """Somebody who teaches, as the card shows them."""

    name: str
    post: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionFacts:
    """Everything that authors write in a version, files left out. Times are aware; minutes are of 60 seconds.

    What a kind does not have stays as it is here. `credits` is taken from whoever gives the facts only for modules.
    """

    kind: str
    title: str = ""
    annotation: str = ""
    aims: str = ""
    new_competence: str = ""
    levels: tuple[str, ...] = ()
    main_specialties: tuple[SpecialtyFacts, ...] = ()
    other_specialties: tuple[SpecialtyFacts, ...] = ()
    hours: int | None = None
    form: str = ""
    bases: tuple[str, ...] = ()
    distance: bool = False
    e_learning: bool = False
    internship: bool = False
    simulation: bool = False
    network: bool = False
    basic_model: bool = False
    minutes: int | None = None
    sponsor_minutes: int = 0
    credits: int | None = None
    event_kind: str = ""
    begins_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    zone: str = ""
    on_site: bool = False
    online: bool = False
    region: str = ""
    place: str = ""
    link: str = ""
    presence: str = ""
    presence_percent: int | None = None
    seats: int | None = None
    price_rub: int | None = None
    teachers: tuple[TeacherFacts, ...] = ()

    @property
    def days(self) -> int:
        """Calendar days that the event touches, in its own time zone; at least one. Its end is not part of it.

        What is over in one sitting is one day: an hour after midnight does not make it worth twice as much.
        """
        if self.begins_at is None or self.ends_at is None or self.ends_at - self.begins_at <= ONE_SITTING:
            return 1
        zone = zoneinfo.ZoneInfo(self.zone) if self.zone else dt.UTC
        last = (self.ends_at - dt.timedelta(microseconds=1)).astimezone(zone).date()
        return (last - self.begins_at.astimezone(zone).date()).days + 1


_OF_ALL = (
    "title",
    "annotation",
    "aims",
    "new_competence",
    "levels",
    "main_specialties",
    "other_specialties",
    "credits",
    "price_rub",
    "teachers",
)
# What each kind has; everything else of VersionFacts stays empty.
FIELDS_OF: dict[str, frozenset[str]] = {
    Kind.PROGRAMME: frozenset(
        {*_OF_ALL, "hours", "form", "bases", "distance", "e_learning", "internship", "simulation", "network"}
        | {"basic_model"}
    ),
    Kind.EVENT: frozenset(
        {*_OF_ALL, "event_kind", "begins_at", "ends_at", "zone", "on_site", "online", "region", "place", "link"}
        | {"minutes", "sponsor_minutes", "presence", "presence_percent", "seats", "simulation", "basic_model"}
    ),
    Kind.MODULE: frozenset({*_OF_ALL, "minutes"}),
}
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # the direction of what follows
_SEVERAL_LINES = frozenset({"annotation", "aims", "new_competence"})
_BOUNDS: dict[str, tuple[int, int]] = {
    "minutes": (1, MOST_MINUTES),
    "sponsor_minutes": (0, MOST_MINUTES),
    "presence_percent": (1, 100),
    "seats": (1, MOST_SEATS),
    "price_rub": (0, MOST_PRICE_RUB),
    "credits": (1, MOST_MINUTES // ACADEMIC_HOUR_MINUTES),
}
_CHOICES: dict[str, Collection[str]] = {
    "form": Form.values,
    "bases": Basis.values,
    "event_kind": EventKind.values,
    "presence": Presence.values,
}


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
    """What the item is worth: programmes and events by the rule, modules as declared. None: not known yet (Z2)."""
    if facts.kind == Kind.PROGRAMME:
        return None if facts.hours is None else credits_of_programme(facts.hours)
    if facts.kind == Kind.EVENT:
        return None if facts.minutes is None else most_credits_of_event(facts.minutes, facts.days) or None
    return facts.credits


def of_its_kind(facts: VersionFacts) -> VersionFacts:
    """The facts without what the kind does not have."""
    own = FIELDS_OF[facts.kind]
    strange: dict[str, Any] = {
        item.name: item.default for item in fields(VersionFacts) if item.name != "kind" and item.name not in own
    }
    return replace(facts, **strange)


def malformed_in(
    facts: VersionFacts, *, known: Mapping[str, Collection[str]], now: dt.datetime
) -> list[tuple[str, Refused]]:
    """What even a draft may not say: the field, and the sentence.

    `known` has the values of the reference lists: `levels`, `region` (codes), `zone` (IANA names).
    """
    found: list[tuple[str, Refused]] = []
    for name, most in LONGEST.items():
        found += text_trouble(name, getattr(facts, name), most)
    shorter = {"minutes": (1, MOST_MODULE_MINUTES)} if facts.kind == Kind.MODULE else {}
    for name, (least, most) in (_BOUNDS | shorter).items():
        value = getattr(facts, name)
        if value is not None and not least <= value <= most:
            found.append((name, NumberOutOfRange(least=least, most=most)))
    for name, values in {**_CHOICES, **known}.items():
        given = getattr(facts, name)
        strange = [one for one in ([given] if isinstance(given, str) else given) if one and one not in values]
        found += [(name, ChoiceUnknown(value=one)) for one in strange]
    found += [(str(problem.field), problem) for problem in _contradictions(facts, now)]
    found += [("teachers", problem) for problem in _teacher_trouble(facts.teachers)]
    return found


def text_trouble(name: str, text: str, most: int) -> list[tuple[str, Refused]]:
    """What is wrong with a text of at most `most` characters: its length, or signs that nobody types."""
    if len(text) > most:
        return [(name, TextTooLong(most=most, length=len(text)))]
    allowed = "\r\n\t" if name in _SEVERAL_LINES else ""
    if any((sign < " " and sign not in allowed) or "\x7f" <= sign <= "\x9f" or sign in _TURNING for sign in text):
        return [(name, ControlCharacters())]
    return []


def _contradictions(facts: VersionFacts, now: dt.datetime) -> list[Refused]:
    found: list[Refused] = []
    if facts.hours is not None and not LEAST_HOURS <= facts.hours <= MOST_HOURS:
        found.append(HoursOutOfRange(least=LEAST_HOURS, most=MOST_HOURS))
    if facts.link and not facts.link.startswith(("https://", "http://")):
        found.append(LinkUnfit())
    main = {one.pk for one in facts.main_specialties}
    found += [SpecialtyTwice(name=one.name) for one in facts.other_specialties if one.pk in main]
    horizon = now + dt.timedelta(days=366 * MOST_YEARS_AHEAD)
    if any(at is not None and at > horizon for at in (facts.begins_at, facts.ends_at)):
        found.append(EventTooFar())
    if facts.begins_at is not None and facts.ends_at is not None and facts.ends_at <= facts.begins_at:
        found.append(EventEndsBeforeItBegins())
    if facts.kind == Kind.MODULE:
        found += _module_problems(facts)
    return found


def _teacher_trouble(teachers: tuple[TeacherFacts, ...]) -> list[Refused]:
    if len(teachers) > MOST_TEACHERS:
        return [TooManyTeachers(most=MOST_TEACHERS)]
    found: list[Refused] = [] if all(one.name for one in teachers) else [TeacherNameMissing()]
    for part, most in LONGEST_TEACHER.items():
        found += [problem for one in teachers for _name, problem in text_trouble("teachers", getattr(one, part), most)]
    return found


def problems_of(facts: VersionFacts, *, now: dt.datetime) -> list[tuple[str, Refused]]:
    """Everything that keeps a version from being submitted: the field, and the sentence. Empty: it may go.

    The version is well-formed already (`malformed_in`); what no draft may say is not looked at again.
    """
    found: list[tuple[str, Refused]] = [(name, Missing()) for name in _missing(facts)]
    found += _specialty_problems(facts, now.date())
    if facts.kind == Kind.EVENT:
        found += [(str(problem.field), problem) for problem in _event_problems(facts, now)]
    return found


_NEEDED: dict[str, tuple[str, ...]] = {
    Kind.PROGRAMME: ("title", "annotation", "aims", "levels", "hours", "form", "bases"),
    Kind.EVENT: ("title", "annotation", "levels", "event_kind", "begins_at", "ends_at", "minutes", "presence"),
    Kind.MODULE: ("title", "annotation", "levels", "minutes", "credits"),
}


def _missing(facts: VersionFacts) -> Iterable[str]:
    return [name for name in _NEEDED[facts.kind] if getattr(facts, name) in {None, "", ()}]


def _specialty_problems(facts: VersionFacts, today: dt.date) -> list[tuple[str, Refused]]:
    found: list[tuple[str, Refused]] = [] if facts.main_specialties else [("main_specialties", MainSpecialtyMissing())]
    for field in ("main_specialties", "other_specialties"):
        for one in getattr(facts, field):
            if facts.levels and one.level not in facts.levels:
                found.append((field, SpecialtyOfOtherLevel(name=one.name)))
            if one.valid_until_on is not None and one.valid_until_on < today:
                found.append((field, SpecialtyEnded(name=one.name)))
    return found


def _event_problems(facts: VersionFacts, now: dt.datetime) -> list[Refused]:
    found: list[Refused] = []
    if not (facts.on_site and facts.region and facts.place) and not (facts.online and facts.link):
        found.append(PlaceMissing())
    if facts.minutes is not None and facts.minutes < ACADEMIC_HOUR_MINUTES:
        found.append(EventTooShort())
    if facts.presence and facts.presence != Presence.LIST and facts.presence_percent is None:
        found.append(PresenceShareMissing())
    if facts.begins_at is None or facts.ends_at is None:
        return found
    return found + _time_problems(facts, facts.begins_at, facts.ends_at, now)


def _time_problems(
    facts: VersionFacts, begins_at: dt.datetime, ends_at: dt.datetime, now: dt.datetime
) -> list[Refused]:
    found: list[Refused] = [] if facts.zone else [ZoneMissing()]
    if begins_at <= now:
        found.append(EventInPast())
    if facts.days > MOST_EVENT_DAYS:
        found.append(EventTooLong())
    if facts.minutes is None:
        return found
    if facts.minutes + facts.sponsor_minutes > int((ends_at - begins_at).total_seconds()) // 60:
        found.append(MinutesExceedEvent())
    most = most_credits_of_event(facts.minutes, facts.days)
    if facts.credits is not None and facts.credits > most:
        found.append(CreditsAboveRule(minutes=facts.minutes, days=facts.days, most=most))
    return found


def _module_problems(facts: VersionFacts) -> list[Refused]:
    if facts.minutes is None or facts.credits is None:
        return []
    most = most_credits_of_module(facts.minutes)
    if facts.credits > most or facts.credits < 1:
        return [ModuleCreditsAboveRule(minutes=facts.minutes, most=most)]
    return []
