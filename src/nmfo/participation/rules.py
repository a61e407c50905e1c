"""The law of taking part in an event: the way of a registration, seats and their terms, what proves presence. Pure.

Units: minutes of 60 seconds; terms are moments. Presence thresholds are those of the published card (N10).
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation.errors import Refused
from nmfo.catalogue.rules.words import ONE_SITTING, Presence

OFFER_FOR = dt.timedelta(hours=24)  # how long a freed seat is kept for the first of the waiting list
LEAST_OFFER = dt.timedelta(minutes=30)  # nearer to the beginning nobody could answer in time
WINDOW_GRACE = dt.timedelta(minutes=5)  # a poor link: so long after its end a window still takes «Я здесь»
REMIND_BEFORE = dt.timedelta(hours=24)
OBJECTION_DAYS = 10  # ux.md S-09; counted from the day of the decision, the last day included
ANSWER_DAYS = 10  # so long the organiser has for an objection
CREDITING_DAYS = 30  # the organiser's term after the event (domain.md, «До 30 дней»)
SCANS_FROM = dt.timedelta(hours=12)  # before the beginning: phones are tried the evening before
COUNTS_FROM = dt.timedelta(hours=2)  # before the beginning: people come early, and are noted from then on
SCANS_UNTIL = dt.timedelta(days=7)  # after the end: a phone without a link sends what it kept
PAPER_LISTS = dt.timedelta(days=1)  # after the end: so long marks of the day come, on paper or from a phone, as usual
CLOCK_SLACK = dt.timedelta(minutes=2)
MOST_WINDOWS = 30
LEAST_WINDOW, MOST_WINDOW = dt.timedelta(minutes=1), dt.timedelta(minutes=60)
ORIGIN = "registration:"  # what the key of somebody's presence in credits begins with
MOST_SCANS = 200  # of one batch
LONGEST_REASON = 1000
LONGEST_OBJECTION = 4000
WRONG_ADDITIONS_PER_HOUR = (
    30  # tries of an organisation to add somebody who is not there: typing, not a search of people
)


class State(models.TextChoices):
    """Where a registration is on its way."""

    SIGNED_UP = "signed_up", pgettext_lazy("registration", "Signed up")
    WAITING = "waiting", pgettext_lazy("registration", "On the waiting list")
    OFFERED = "offered", pgettext_lazy("registration", "A seat is kept, an answer is awaited")
    CANCELLED = "cancelled", pgettext_lazy("registration", "Cancelled by the participant")
    LAPSED = "lapsed", pgettext_lazy("registration", "No seat was taken in time")
    CALLED_OFF = "called_off", pgettext_lazy("registration", "The event was called off")
    PRESENT = "present", pgettext_lazy("registration", "Presence confirmed")
    ABSENT = "absent", pgettext_lazy("registration", "Presence not confirmed")


_S = State
# The only ways of a registration; docs/how-it-works/participation.md draws them and a test compares.
MOVES: dict[str, frozenset[str]] = {
    _S.SIGNED_UP: frozenset({_S.CANCELLED, _S.CALLED_OFF, _S.PRESENT, _S.ABSENT}),
    _S.WAITING: frozenset({_S.OFFERED, _S.SIGNED_UP, _S.CANCELLED, _S.LAPSED, _S.CALLED_OFF}),
    _S.OFFERED: frozenset({_S.SIGNED_UP, _S.CANCELLED, _S.LAPSED, _S.CALLED_OFF}),
    _S.CANCELLED: frozenset(),
    _S.LAPSED: frozenset(),
    _S.CALLED_OFF: frozenset(),
    _S.PRESENT: frozenset(),
    _S.ABSENT: frozenset({_S.PRESENT}),  # an objection was granted
}
COMING = frozenset({_S.SIGNED_UP, _S.WAITING, _S.OFFERED})  # nothing is decided yet
HOLDS_SEAT = frozenset({_S.SIGNED_UP, _S.OFFERED, _S.PRESENT, _S.ABSENT})
LIVE = COMING | HOLDS_SEAT  # of these a specialist has one for an event


class Sign(models.TextChoices):
    """What was noted of somebody's presence."""

    CAME = "came", pgettext_lazy("presence", "came in")
    LEFT = "left", pgettext_lazy("presence", "went out")
    TAKEN_BACK = "taken_back", pgettext_lazy("presence", "the marks were taken back")


class Way(models.TextChoices):
    """How it was noted."""

    LIST = "list", pgettext_lazy("presence", "in the list")
    BADGE = "badge", pgettext_lazy("presence", "by the badge")
    TYPED = "typed", pgettext_lazy("presence", "by the badge's number")


class Award(models.TextChoices):
    """How those whose presence is confirmed get their credits: the organiser's choice."""

    CODES = "codes", _("By confirmation codes (ИКП)")
    CREDITS = "credits", _("At once, by СНИЛС")


class ObjectionState(models.TextChoices):
    """What became of an objection."""

    OPEN = "open", pgettext_lazy("objection", "Waits for the organiser")
    GRANTED = "granted", pgettext_lazy("objection", "Granted")
    REFUSED = "refused", pgettext_lazy("objection", "Not granted")


class ScanOutcome(models.TextChoices):
    """What became of a scanned badge."""

    NOTED = "noted", pgettext_lazy("scan", "noted")
    UNKNOWN = "unknown", pgettext_lazy("scan", "not a badge of this portal")
    OTHER_EVENT = "other_event", pgettext_lazy("scan", "a badge of another event")
    NOT_COMING = "not_coming", pgettext_lazy("scan", "the registration is not in force")
    OWN = "own", pgettext_lazy("scan", "your own badge: a colleague notes it")
    CLOSED = "closed", pgettext_lazy("scan", "attendance is closed")
    WRONG_TIME = "wrong_time", pgettext_lazy("scan", "scanned outside the time of the event")
    TOO_LATE = "too_late", pgettext_lazy("scan", "sent over 7 days after the event: mark it in the list")
    TRIAL = "trial", pgettext_lazy("scan", "a trial, not noted: over 2 hours before the beginning")
    TAKEN_BACK = "taken_back", pgettext_lazy("scan", "the marks were taken back after that: look in the list")


class EventUnknown(Refused):
    message = _("There is no such event.")


class EventCalledOff(Refused):
    message = _("The event was called off: %(reason)s")


class EventBegun(Refused):
    message = _("The event has begun already.")


class LicenceNotInForce(Refused):
    message = _("The organisation's licence is not in force: nobody can sign up now.")


class AlreadySignedUp(Refused):
    message = _("You have signed up for this event already.")


class SeatsGone(Refused):
    message = _("There are no seats left. You can join the waiting list, you will be number %(n)d.")


class AllSeatsTaken(Refused):
    message = _("All %(n)d seats of the event are taken. A new version of the card can have more.")


class RegistrationMoved(Refused):
    message = _("This registration is «%(state)s» now. Look at the page anew.")


class OfferOver(Refused):
    message = _("The seat was kept until %(until)s. You can join the waiting list again.")


class OwnPresence(Refused):
    message = _("Nobody confirms their own presence. A colleague does it.")


class AttendanceClosed(Refused):
    message = _("Attendance of this event is closed: the list does not change any more.")


class AttendanceNotClosed(Refused):
    message = _("Attendance of this event is not closed yet.")


class CreditsComeAtOnce(Refused):
    message = _("The credits of this event go to the participants' accounts by СНИЛС: no codes are needed.")


class StillSettling(Refused):
    message = _("The list is still being worked through. Try again in a minute.")


class EverybodyHasACode(Refused):
    message = _("Everybody whose presence is confirmed has a code already.")


class EventNotOver(Refused):
    message = _("Attendance is closed after the end of the event: %(until)s.")


class NotOnSite(Refused):
    message = _("This event is wholly online: presence is shown by the confirmation windows.")


class NotByWindows(Refused):
    message = _("Presence at this event is not confirmed by windows.")


class NotYet(Refused):
    message = _("It is too early to note who came: this begins on %(since)s.")


class ReasonMissing(Refused):
    message = _("Write why: the participant will read it.")
    field = "reason"


class LateMarkUnexplained(Refused):
    message = _(
        "The event ended on %(day)s. Write in a sentence how it is known that the person was there: they read it, and "
        "the journal keeps it."
    )
    field = "reason"


class DayNotToMark(Refused):
    message = _("Choose days of the event that have come already.")
    field = "days"


class NothingToTakeBack(Refused):
    message = _("There is no mark of presence to take back.")


class PersonNotFound(Refused):
    message = _(
        "No specialist with this СНИЛС and surname is registered on the portal. Check both; who is not registered yet "
        "has to register first."
    )
    field = "snils"


class CreditedAlready(Refused):
    message = _(
        "This person has the credits of this event already: %(day)s, %(how)s. "
        "An event counts once, so nobody was added."
    )


class TooManyWrongAdditions(Refused):
    message = _(
        "Too many people were not found one after another. Go on in an hour, or ask people to sign up themselves."
    )


class WindowTooShort(Refused):
    message = _("A window is open from 1 to 60 minutes.")
    field = "minutes"


class WindowOutside(Refused):
    message = _("The window does not lie within the event: from %(begins)s to %(ends)s.")
    field = "opens_at"


class WindowsOverlap(Refused):
    message = _("Another window is open at that time.")
    field = "opens_at"


class WindowsTooMany(Refused):
    message = _("An event has at most %(most)d windows.")


class WindowOpened(Refused):
    message = _("This window has opened already: people answer in it, and it stays.")


class WindowInPast(Refused):
    message = _("This time has passed already.")
    field = "opens_at"


class CodesUnused(Refused):
    """Credits at once, while codes that name nobody can still be entered: one person could count for two (Z3)."""

    message = _(
        "Codes that name nobody and are not used: %(n)d. With credits at once other people could enter them. "
        "Annul them first (Confirmation codes, the batch of this event; a batch that waits is taken back there), "
        "or choose codes."
    )
    field = "award"


class WindowsMissing(Refused):
    message = _("Not one window was open during the event, so nobody could show presence. Write to the operator.")


class NoWindowOpen(Refused):
    message = _("No window is open now. The next one is announced on this page.")


class WindowShut(Refused):
    message = _(
        "This window closed at %(at)s. Answers that came late through a poor link were taken for %(n)d minutes more."
    )


class NotTakingPart(Refused):
    message = _("You have not signed up for this event.")


class ObjectionOver(Refused):
    message = _("An objection could be made until %(until)s.")


class ObjectionMade(Refused):
    message = _("You have objected already. The organiser answers by %(until)s.")


class NothingToObjectTo(Refused):
    message = _("There is nothing to object to: presence was not refused.")


class ObjectionEmpty(Refused):
    message = _("Write what happened: when you were there, and how it can be seen.")
    field = "text"


class ObjectionSettled(Refused):
    message = _("This objection has been decided already.")


class BatchDiffers(Refused):
    message = _("A batch with this number came before with other contents.")


class ScannedByAnother(Refused):
    message = _(
        "Another person scanned them on this device. They are kept, and are sent when that person signs in here."
    )


class BatchMalformed(Refused):
    message = _("The batch of scans cannot be read.")


def check_move(state: str, to: str) -> None:
    """Refuse a way that the table does not have."""
    if to not in MOVES[state]:
        raise RegistrationMoved(state=State(state).label)


def origin_for(registration: int) -> str:
    """The key of somebody's presence in credits."""
    return f"{ORIGIN}{registration}"


def registration_in(origin: str) -> int:
    """The registration that such a key names; 0: another kind of key."""
    number = origin.removeprefix(ORIGIN)
    return int(number) if number != origin and number.isdecimal() else 0


def seats_left(seats: int | None, taken: int) -> int | None:
    """How many seats are free; None: there is no limit. A new version may have fewer than are taken: none then."""
    return None if seats is None else max(0, seats - taken)


def offer_until(now: dt.datetime, begins_at: dt.datetime) -> dt.datetime | None:
    """Until when a freed seat is kept for somebody; None: too near to the beginning to ask anybody."""
    return None if begins_at - now < LEAST_OFFER else min(now + OFFER_FOR, begins_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceRule:
    """What the published card says of presence. `percent` None is the whole time."""

    how: str
    percent: int | None
    minutes: int
    begins_at: dt.datetime
    ends_at: dt.datetime
    zone: str
    on_site: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A mark of presence as it was noted."""

    sign: str
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of one person's presence: marks on the spot, windows of the event, those answered.

    `until` is the moment it is known to; None: the event is over.
    """

    marks: tuple[Noted, ...] = ()
    windows: int = 0
    answered: int = 0
    until: dt.datetime | None = None


class Measure(models.TextChoices):
    """What presence was measured by."""

    MARK = "mark", _("A mark in the list")
    MINUTES = "minutes", _("Minutes on the spot")
    WINDOWS = "windows", _("Confirmed windows")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether presence is reached, and by what: `have` of `of`, where `need` would do."""

    reached: bool
    measure: Measure
    have: int
    need: int
    of: int

    @property
    def missing(self) -> int:
        """How much more was needed."""
        return max(0, self.need - self.have)


def share_of(whole: int, percent: int | None) -> int:
    """The least whole number that is this share: 80 % of 7 windows are 6."""
    return -(-whole * (100 if percent is None else percent) // 100)


def decide(rule: PresenceRule, evidence: Evidence) -> Decision:
    """Whether somebody was there as the card asks.

    By windows: the share of the windows that were opened; at an event with a hall as well, who was marked in the hall
    was there. By the badge: minutes between coming in and going out. By the list: the mark.
    """
    came = is_marked(evidence.marks)
    if rule.how == Presence.WINDOWS:
        if rule.on_site and came:
            return Decision(reached=True, measure=Measure.MARK, have=1, need=1, of=1)
        need = share_of(evidence.windows, rule.percent)
        reached = evidence.windows > 0 and evidence.answered >= need
        return Decision(
            reached=reached, measure=Measure.WINDOWS, have=evidence.answered, need=need, of=evidence.windows
        )
    if rule.how == Presence.BADGE:
        have, need = minutes_there(rule, evidence.marks, evidence.until), share_of(rule.minutes, rule.percent)
        return Decision(reached=have >= need, measure=Measure.MINUTES, have=have, need=need, of=rule.minutes)
    return Decision(reached=came, measure=Measure.MARK, have=int(came), need=1, of=1)


def is_marked_for_part(rule: PresenceRule, marks: Sequence[Noted]) -> bool:
    """Whether somebody is in the list of some days of an event and not of all: one mark is enough for the list."""
    return rule.how == Presence.LIST and 0 < len(days_marked(rule, marks)) < len(days_of(rule))


def in_force(marks: Iterable[Noted]) -> list[Noted]:
    """Marks that were not taken back, by the time they say. `marks` come in the order they were noted."""
    kept: list[Noted] = []
    for mark in marks:
        kept = [] if mark.sign == Sign.TAKEN_BACK else [*kept, mark]
    return sorted(kept, key=lambda mark: mark.at)


def is_marked(marks: Iterable[Noted]) -> bool:
    """Whether somebody came and that was not taken back."""
    return any(mark.sign == Sign.CAME for mark in in_force(marks))


def minutes_there(rule: PresenceRule, marks: Sequence[Noted], until: dt.datetime | None = None) -> int:
    """Minutes between coming in and going out within the event's time, at most those of its teaching.

    Who came in and was not noted going out was there until the end of a one-day event; of an event of several days,
    for the day's share of the teaching, because nights are not presence. While the event goes on, `until` is the
    present moment: what is to come is not counted.
    """
    total, since = dt.timedelta(), None
    last = rule.ends_at if until is None else max(min(until, rule.ends_at), rule.begins_at)
    for mark in in_force(marks):
        at = min(max(mark.at, rule.begins_at), last)
        if mark.sign == Sign.CAME:
            if since is not None and _day(since, rule) != _day(at, rule):
                total += _open_stay(rule, since, last)
                since = at
            since = at if since is None else since
        elif since is not None:
            total += at - since if _day(since, rule) == _day(at, rule) else _open_stay(rule, since, last)
            since = None
    if since is not None:
        total += _open_stay(rule, since, last)
    return min(rule.minutes, int(total.total_seconds()) // 60)


def _day(at: dt.datetime, rule: PresenceRule) -> dt.date:
    if rule.ends_at - rule.begins_at <= ONE_SITTING:
        at = rule.begins_at
    return at.astimezone(zoneinfo.ZoneInfo(rule.zone or "Europe/Moscow")).date()


def _open_stay(rule: PresenceRule, since: dt.datetime, last: dt.datetime) -> dt.timedelta:
    left = last - since
    return left if len(days_of(rule)) == 1 else min(left, share_of_a_day(rule))


def share_of_a_day(rule: PresenceRule) -> dt.timedelta:
    """A day's share of the teaching, rounded up: the days together are never less than the whole."""
    return dt.timedelta(microseconds=-(-rule.minutes * 60_000_000 // len(days_of(rule))))


def days_of(rule: PresenceRule) -> list[dt.date]:
    """The days of an event by its own clock; one that goes over midnight in one sitting has the day it begins on."""
    first = _day(rule.begins_at, rule)
    return [first + dt.timedelta(days=n) for n in range((_day(rule.ends_at, rule) - first).days + 1)]


def days_to_mark(rule: PresenceRule, now: dt.datetime) -> list[dt.date]:
    """The days that somebody can be marked on by now: those that have come, and the first for who is early."""
    days = days_of(rule)
    return [day for day in days if day <= _day(now, rule)] or days[:1]


def days_meant(rule: PresenceRule, now: dt.datetime) -> list[dt.date]:
    """The days that a mark means when none is named: today; after the end the organiser vouches for all of them."""
    days = days_to_mark(rule, now)
    return days if now > rule.ends_at else days[-1:]


def days_marked(rule: PresenceRule, marks: Iterable[Noted]) -> set[dt.date]:
    """The days that somebody came on, by marks in force."""
    came = [mark.at for mark in in_force(marks) if mark.sign == Sign.CAME]
    return {_day(min(max(at, rule.begins_at), rule.ends_at), rule) for at in came}


def moment_of(rule: PresenceRule, day: dt.date, now: dt.datetime) -> dt.datetime:
    """The moment that a mark of a day says: now on the day itself, else when that day of the event begins.

    A day begins by the clock of the first; the last one earlier when its share of the teaching would not fit in.
    """
    if now <= rule.ends_at and day == days_to_mark(rule, now)[-1]:
        return now
    first = rule.begins_at.astimezone(zoneinfo.ZoneInfo(rule.zone or "Europe/Moscow"))
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    passed = dt.timedelta(days=(day - first.date()).days)
    latest = max(rule.ends_at - share_of_a_day(rule), midnight + passed)
    return max(rule.begins_at, min(first + passed, latest)).astimezone(dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A time from `begins_at` until before `ends_at`."""

    begins_at: dt.datetime
    ends_at: dt.datetime


def overlap(one: Span, other: Span) -> bool:
    """Whether two times have a moment in common: one that ends when the other begins has not."""
    return one.begins_at < other.ends_at and other.begins_at < one.ends_at


def check_window(window: Span, others: Iterable[Span], *, event: Span, zone: str, now: dt.datetime) -> None:
    """Refuse a window that nobody could answer in, or in two at once."""
    if not LEAST_WINDOW <= window.ends_at - window.begins_at <= MOST_WINDOW:
        raise WindowTooShort
    if window.begins_at < event.begins_at or window.ends_at > event.ends_at:
        there = zoneinfo.ZoneInfo(zone or "Europe/Moscow")
        raise WindowOutside(
            begins=f"{event.begins_at.astimezone(there):%d.%m.%Y %H:%M}",
            ends=f"{event.ends_at.astimezone(there):%d.%m.%Y %H:%M}",
        )
    if window.ends_at <= now:
        raise WindowInPast
    others = list(others)
    if any(overlap(window, other) for other in others):
        raise WindowsOverlap
    if len(others) >= MOST_WINDOWS:
        raise WindowsTooMany(most=MOST_WINDOWS)


def takes_answers(window: Span, now: dt.datetime) -> bool:
    """Whether a window takes «Я здесь»: while it is open, and for the grace of a poor link."""
    return window.begins_at <= now <= window.ends_at + WINDOW_GRACE


def is_scan_timely(at: dt.datetime, *, event: Span) -> bool:
    """Whether a badge can have been scanned at that moment."""
    return event.begins_at - SCANS_FROM <= at <= event.ends_at + dt.timedelta(hours=3)


def counts_from(begins_at: dt.datetime) -> dt.datetime:
    """Since when people are noted at an event. A badge that is scanned earlier shows that the phone reads it."""
    return begins_at - COUNTS_FROM


def are_scans_taken(now: dt.datetime, *, ends_at: dt.datetime) -> bool:
    """Whether a phone can still send what it scanned; after that people are marked by hand, for a reason."""
    return now <= ends_at + SCANS_UNTIL


def is_mark_late(now: dt.datetime, *, ends_at: dt.datetime) -> bool:
    """Whether somebody is noted by hand so long after the end of an event that it takes a reason."""
    return now > ends_at + PAPER_LISTS


def is_entered_afterwards(way: str, noted_at: dt.datetime, *, ends_at: dt.datetime) -> bool:
    """Whether the list says of a mark that it came after the event: by hand, or long after it from a phone."""
    return is_mark_late(noted_at, ends_at=ends_at) if way == Way.BADGE else noted_at > ends_at


def objection_until(decided_on: dt.date) -> dt.date:
    """The last day of an objection, inclusive."""
    return decided_on + dt.timedelta(days=OBJECTION_DAYS)
