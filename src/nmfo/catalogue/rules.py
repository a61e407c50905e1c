"""The law of the catalogue: what an item must say, what it is worth, which way a version goes. Pure.

Unit: 1 credit (ЗЕТ) is 1 academic hour of 45 minutes; whole numbers only (domain.md 3.2).
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused
from nmfo.accounts.rules import Role

ACADEMIC_HOUR_MINUTES = 45
DAY_CREDITS = 6  # a full day of an event is at most 6 ЗЕТ, 270 minutes of presence (domain.md 3.2)
LEAST_HOURS, MOST_HOURS = 16, 500  # 273-ФЗ art. 76 and order 266 of 24.03.2025: from 16; from 500 on no upgrading
USUAL_HOURS = (18, 36, 72, 144)
MOST_MODULE_MINUTES = 24 * 60
MOST_EVENT_DAYS = 14
MOST_SEATS = 100_000
MOST_PRICE_RUB = 1_000_000
MOST_MINUTES = 60_000  # 1,000 hours: more is a slip of the finger
MOST_TEACHERS = 50
MOST_FILES = 20
MOST_YEARS_AHEAD = 5
REVIEW_DAYS = 14
MOST_SAVED_SEARCHES = 20  # of one account: the letter is read, not scrolled
MOST_AWAITED = 50
LONGEST_SEARCH = 2000
LONGEST_SEARCH_NAME = 200
# What was published a moment ago may belong to a transaction that has not ended; it comes with the next letter.
SETTLED_AFTER = dt.timedelta(minutes=10)


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


class Every(models.TextChoices):
    """How often a letter tells of what a saved search finds anew (P-02)."""

    DAY = "day", _("Every day")
    WEEK = "week", _("Once a week")


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


class EventTooFar(Refused):
    message = _("The event is more than five years ahead. Check the year.")
    field = "begins_at"


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


class SpecialtyTwice(Refused):
    message = _("«%(name)s» is chosen both as a main and as an additional specialty. Leave one.")
    field = "other_specialties"


class SpecialtyEnded(Refused):
    message = _("«%(name)s» is not in the nomenclature any more. Choose what has replaced it.")
    field = "main_specialties"


class PlaceMissing(Refused):
    message = _("Say where it is: region and place, or a link, or both.")
    field = "place"


class ZoneMissing(Refused):
    message = _("Choose the time zone, so that everybody knows when it begins.")
    field = "zone"


class LinkUnfit(Refused):
    message = _("The address should begin with https:// or http://.")
    field = "link"


class PresenceShareMissing(Refused):
    message = _("Say which share of the minutes is enough, from 1 to 100 per cent.")
    field = "presence_percent"


class NumberOutOfRange(Refused):
    message = _("A whole number from %(least)s to %(most)s is needed here.")


class TextTooLong(Refused):
    message = _("At most %(most)s characters fit here; there are %(length)s.")


class ControlCharacters(Refused):
    message = _("There are invisible control characters in this text. Type it anew.")


class ChoiceUnknown(Refused):
    message = _("There is no such choice: «%(value)s».")


class TooManyTeachers(Refused):
    message = _("At most %(most)s people fit here.")
    field = "teachers"


class TeacherNameMissing(Refused):
    message = _("Write the name of everybody who has a post here.")
    field = "teachers"


class TooManyFiles(Refused):
    message = _("At most %(most)s files fit here.")
    field = "files"


class SourceKeyTaken(Refused):
    message = _("The key «%(key)s» belongs to something else already.")
    field = "source_key"


class RunTooFar(Refused):
    message = _("The day is more than five years ahead. Check the year.")
    field = "begins_on"


class RunBasesMissing(Refused):
    message = _("Choose who may pay.")
    field = "bases"


class RunPlaceMissing(Refused):
    message = _("Choose the region: this programme is not taught at a distance.")
    field = "region"


class RunIsOver(Refused):
    message = _("This run is cancelled or over. It does not change any more.")


class RunChangedMeanwhile(Refused):
    message = _("Somebody else has changed this run meanwhile. Look at what stands there now.")


class RunsTooMany(Refused):
    message = _("A programme has %(most)s runs at most that are not over.")


class RunsAreOfProgrammes(Refused):
    message = _("Only programmes have runs.")


class ReasonMissing(Refused):
    message = _("Write the reason: people will read it.")
    field = "reason"


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


class SearchEmpty(Refused):
    message = _("Type what to look for or choose a filter first: a letter about everything would be no help.")


class SearchTooLong(Refused):
    message = _("There are too many filters here to save the search. Leave some of them out.")


class SearchNameMissing(Refused):
    message = _("Name the search, so that you recognise it in the letter.")
    field = "name"


class SearchNameTooLong(Refused):
    message = _("The name is longer than %(most)d signs.")
    field = "name"


class TooManySearches(Refused):
    message = _("You have %(most)d saved searches, more are not possible. Delete one that you do not need.")


class TooManyAwaited(Refused):
    message = _("You wait for runs of %(most)d programmes already. Take back one of them first.")


class RunsAreOpen(Refused):
    message = _("Applications for this programme are taken now: choose a run.")


class NothingToAwait(Refused):
    message = _("This programme is not in the catalogue any more, there will be no runs of it.")


class VersionMoved(Refused):
    message = _("This version has moved on meanwhile: it is «%(state)s» now. Look at the page anew.")


class VersionPublished(Refused):
    message = _("A published version never changes. Make a new version.")


class ChangedMeanwhile(Refused):
    message = _("Somebody else has saved this version meanwhile. Both texts are below: choose.")


class ChangedSinceSeen(Refused):
    message = _("The authors have changed this version since you opened it. Read it anew, then decide.")


class ItemUnknown(Refused):
    message = _("There is no such programme, event or module in this organisation.")


class NotOfOperators(Refused):
    message = _("Only operators of the portal decide this.")


class ItemNotPublished(Refused):
    message = _("This has not been published, or has been withdrawn already.")


class TakenByAnother(Refused):
    message = _("%(name)s has taken this version. Take the next one, or ask them.")


class NothingToReturnFor(Refused):
    message = _("Say what has to be changed: a remark at a field, or in your own words.")
    field = "words"


class FieldUnknown(Refused):
    message = _("There is no such field.")
    field = "field"


class Problems(Refused):
    """Several refusals at once; each belongs to a field."""

    message = _("There is something to put right.")

    def __init__(self, problems: Iterable[tuple[str, Refused]]) -> None:
        super().__init__()
        self.problems = tuple(problems)


class VersionMalformed(Problems):
    """What even a draft may not say: nothing is saved."""

    message = _("This cannot be saved as it stands. See the fields.")


class VersionIncomplete(Problems):
    """What keeps a version from its review or from being published."""

    message = _("This is not complete yet. See the list of what is missing.")


class OwnItem(Refused):
    message = _("You or your organisation submitted this. Another operator decides.")


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
        """Calendar days that the event touches, in its own time zone; at least one. Its end is not part of it."""
        if self.begins_at is None or self.ends_at is None or self.ends_at <= self.begins_at:
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
LONGEST = {"title": 300, "annotation": 20_000, "aims": 10_000, "new_competence": 4000, "place": 300, "link": 300}
_SEVERAL_LINES = frozenset({"annotation", "aims", "new_competence"})
LONGEST_KEY = 80
MOST_RUNS = 200  # of a programme, not over: all of them stand on its card
LONGEST_TEACHER = {"name": 200, "post": 300}
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
        found += _text_trouble(name, getattr(facts, name), most)
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


def _text_trouble(name: str, text: str, most: int) -> list[tuple[str, Refused]]:
    if len(text) > most:
        return [(name, TextTooLong(most=most, length=len(text)))]
    allowed = "\r\n\t" if name in _SEVERAL_LINES else ""
    if any((sign < " " and sign not in allowed) or "\x7f" <= sign <= "\x9f" for sign in text):
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
        found += [problem for one in teachers for _name, problem in _text_trouble("teachers", getattr(one, part), most)]
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What authors say of a run. Days are inclusive; `seats` None is without a limit, `price_rub` None not said."""

    begins_on: dt.date
    ends_on: dt.date
    apply_until_on: dt.date
    seats: int | None = None
    region: str = ""
    place: str = ""
    bases: tuple[str, ...] = ()
    price_rub: int | None = None


def run_problems(
    run: RunFacts, *, taken: int, distance: bool, today: dt.date, is_new: bool
) -> list[tuple[str, Refused]]:
    """Everything that is wrong with a run: the field, and the sentence. `distance`: the programme has ДОТ."""
    found: list[tuple[str, Refused]] = []
    if run.ends_on < run.begins_on:
        found.append(("ends_on", RunDatesOutOfOrder()))
    if run.apply_until_on > run.begins_on:
        found.append(("apply_until_on", RunAppliesTooLate()))
    if is_new and run.begins_on < today:
        found.append(("begins_on", RunInPast()))
    horizon = today + dt.timedelta(days=366 * MOST_YEARS_AHEAD)
    found += [(name, RunTooFar()) for name in ("begins_on", "ends_on") if getattr(run, name) > horizon]
    if run.seats is not None and not 1 <= run.seats <= MOST_SEATS:
        found.append(("seats", NumberOutOfRange(least=1, most=MOST_SEATS)))
    elif run.seats is not None and run.seats < taken:
        found.append(("seats", RunSeatsBelowTaken(taken=taken)))
    if run.price_rub is not None and not 0 <= run.price_rub <= MOST_PRICE_RUB:
        found.append(("price_rub", NumberOutOfRange(least=0, most=MOST_PRICE_RUB)))
    found += _text_trouble("place", run.place, LONGEST["place"])
    if not run.bases:
        found.append(("bases", RunBasesMissing()))
    found += [("bases", ChoiceUnknown(value=one)) for one in run.bases if one not in Basis.values]
    if not run.region and not distance:
        found.append(("region", RunPlaceMissing()))
    return found


class RunMalformed(Problems):
    """A run that contradicts itself: nothing is written."""

    message = _("This run cannot be kept as it stands. See the fields.")


def check_run_changeable(*, state: str, ends_on: dt.date, today: dt.date) -> None:
    """Refuse to change what is over."""
    if state == RunState.CANCELLED or ends_on < today:
        raise RunIsOver


def is_open(*, state: str, apply_until_on: dt.date, seats: int | None, taken: int, today: dt.date) -> bool:
    """Whether a run takes applications on a day."""
    return state == RunState.OPEN and today <= apply_until_on and (seats is None or taken < seats)


def next_letter_on(every: str, today: dt.date) -> dt.date:
    """The day of a saved search's next letter when the last one, or the search itself, is of today."""
    return today + dt.timedelta(days=1 if every == Every.DAY else 7)


def check_search(*, query: str, name: str) -> None:
    """Refuse to save what asks for nothing, is too long, or has no name."""
    if not query:
        raise SearchEmpty
    if len(query) > LONGEST_SEARCH:
        raise SearchTooLong
    if not name:
        raise SearchNameMissing
    if len(name) > LONGEST_SEARCH_NAME:
        raise SearchNameTooLong(most=LONGEST_SEARCH_NAME)


def check_editable(state: str) -> None:
    """Refuse to write in a version that its authors do not hold."""
    if state in {VersionState.PUBLISHED, VersionState.SUPERSEDED}:
        raise VersionPublished
    if state not in EDITABLE:
        raise VersionMoved(state=VersionState(state).label)


def due_on(submitted_on: dt.date, *, days: int = REVIEW_DAYS) -> dt.date:
    """The last day of the review, inclusive. Each submission has a term of its own."""
    return submitted_on + dt.timedelta(days=days)


def is_overdue(state: str, due: dt.date | None, today: dt.date) -> bool:
    """Whether the operator is late with a version."""
    return state == VersionState.SUBMITTED and due is not None and today > due


def check_operator(roles: Iterable[str]) -> None:
    """Refuse those who do not work for the operator."""
    if Role.OPERATOR not in set(roles):
        raise NotOfOperators


def check_not_own(*, decider_snils: str, snils_of_the_others: Iterable[str]) -> None:
    """Nobody decides about what they or their organisation submitted: by person, not by account (Z4, Z5)."""
    if decider_snils in set(snils_of_the_others):
        raise OwnItem
