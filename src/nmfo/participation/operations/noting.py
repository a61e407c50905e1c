"""The organiser notes who is there: in the list, by СНИЛС at the door, by badges, with a link or without one."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from foundation.audit.operations import record
from foundation.db.refusals import refuses
from foundation.identifiers import snils as numbers
from foundation.runtime.facts import RequestFacts
from foundation.signin import throttle
from foundation.ui.templatetags.ui import day, moment
from nmfo.accounts.queries import account_by_snils, plain
from nmfo.accounts.rules import State as AccountState
from nmfo.catalogue.models import Version
from nmfo.catalogue.rules.words import Presence
from nmfo.credits.queries.ledger import standing_for
from nmfo.credits.rules.words import SHORTEST_REASON
from nmfo.organisations.models import Member
from nmfo.participation.badges import is_genuine, number_in
from nmfo.participation.models import Gathering, Mark, Registration, ScanBatch
from nmfo.participation.operations.steps import (
    check_held,
    check_not_self,
    check_open,
    count_seats,
    locked_gathering,
    locked_registrations,
    move_all,
    own_event,
    write_steps,
    write_to,
)
from nmfo.participation.queries import live_registration_of, rule_of, span_of
from nmfo.participation.rules import (
    COMING,
    LONGEST_REASON,
    MOST_SCANS,
    SCANS_FROM,
    WRONG_ADDITIONS_PER_HOUR,
    AllSeatsTaken,
    AlreadySignedUp,
    BatchDiffers,
    BatchMalformed,
    CreditedAlready,
    DayNotToMark,
    LateMarkUnexplained,
    Noted,
    NothingToTakeBack,
    NotOnSite,
    NotTakingPart,
    NotYet,
    PersonNotFound,
    ReasonMissing,
    RegistrationMoved,
    ScanOutcome,
    Sign,
    State,
    TooManyWrongAdditions,
    Way,
    are_scans_taken,
    counts_from,
    days_marked,
    days_meant,
    days_to_mark,
    in_force,
    is_mark_late,
    is_scan_timely,
    moment_of,
    seats_left,
)
from nmfo.specialists.models import Specialist
from nmfo.specialists.queries import specialist_of

_HOUR_S = 3600
_LONGEST_AGE_MS = 100 * 365 * 24 * _HOUR_S * 1000


def look_at_people(*, item_id: int, what: str, shown: Sequence[int], by: Member, facts: RequestFacts | None) -> None:
    """Write down that somebody of the staff looked at people of an event, and at whose registrations."""
    record(
        actor_id=by.account_id,
        action="attendance.looked_at",
        subject="attendance",
        subject_id=item_id,
        facts=facts,
        after={"what": what, "registrations": list(shown)},
    )


@transaction.atomic
def mark_present(
    *,
    item_id: int,
    registration_id: int,
    by: Member,
    facts: RequestFacts | None,
    now: dt.datetime,
    reason: str = "",
    days: Collection[dt.date] = (),
) -> Registration:
    """Note in the list that somebody was there on `days` of the event. Twice is once.

    When no day is named they are there today; after the end, on all days. More than a day after the event it takes a
    `reason`, which the person reads and the trail keeps.

    Raises NotAllowed, EventUnknown, EventCalledOff, NotOnSite, NotYet, AttendanceClosed, LateMarkUnexplained,
    DayNotToMark, NotTakingPart, OwnPresence, RegistrationMoved, AllSeatsTaken.
    """
    version, gathering = _to_note(by, item_id, now)
    words = _why_so_late(version, reason, now)
    wanted = _days_wanted(version, days, now)
    row = _one(item_id, registration_id)
    check_not_self(by.account, row)
    _let_in(gathering, version, row, by=by, facts=facts, now=now)
    _note_days(version, row, wanted, by=by, facts=facts, now=now, reason=words)
    return row


@transaction.atomic
def take_mark_back(
    *, item_id: int, registration_id: int, reason: str, by: Member, facts: RequestFacts | None, now: dt.datetime
) -> Registration:
    """Take the marks of somebody back; why is kept and shown to them.

    Raises NotAllowed, EventUnknown, AttendanceClosed, NotTakingPart, OwnPresence, ReasonMissing, NothingToTakeBack.
    """
    version = own_event(by, item_id)
    check_open(locked_gathering(version))
    row = _one(item_id, registration_id)
    check_not_self(by.account, row)
    words = " ".join(reason.split())[:LONGEST_REASON]
    if not words:
        raise ReasonMissing
    if row.arrived_at is None:
        raise NothingToTakeBack
    _note(row, Sign.TAKEN_BACK, [now], by=by, facts=facts, now=now, reason=words)
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """Somebody who was added on the spot, and the days that were marked by it: none when all were marked already."""

    registration: Registration
    marked: tuple[dt.date, ...]


def add_on_the_spot(
    *,
    item_id: int,
    snils: str,
    surname: str,
    by: Member,
    facts: RequestFacts | None,
    now: dt.datetime,
    reason: str = "",
    days: Collection[dt.date] = (),
) -> Addition:
    """Sign up and note somebody who came without signing up, by СНИЛС and surname together.

    They are marked on `days`, and for a `reason`, as by `mark_present`. Who stands in the list already is marked on
    those of the days that are not marked yet.

    A wrong number and a wrong surname get the same answer, so that it tells nothing of anybody (domain.md 3.6). Every
    try is counted before anybody is looked up, and given back when somebody was found: of many at once no more get an
    answer than one after another. The person gets a letter.

    Raises as `mark_present` does, and SnilsIncomplete, SnilsMistyped, PersonNotFound, TooManyWrongAdditions,
    CreditedAlready.
    """
    version = own_event(by, item_id)
    words = _why_so_late(version, reason, now)
    wanted = _days_wanted(version, days, now)
    digits, key = numbers.parse(snils), f"on-the-spot:{by.organisation_id}"
    limit = WRONG_ADDITIONS_PER_HOUR
    if not throttle.reserve(key, limit=limit, window_s=_HOUR_S, lock_s=_HOUR_S, now=now).allowed:
        raise TooManyWrongAdditions
    person = _person(digits, surname)
    if person is None:
        raise PersonNotFound
    throttle.give_back(key)
    return _add(item_id, person, by=by, facts=facts, now=now, reason=words, days=wanted)


def _why_so_late(version: Version, reason: str, now: dt.datetime) -> str:
    """The reason of a mark by hand; nothing when it comes in time, whatever was written."""
    ends_at = span_of(version).ends_at
    if not is_mark_late(now, ends_at=ends_at):
        return ""
    words = " ".join(reason.split())[:LONGEST_REASON]
    if len(words) < SHORTEST_REASON:
        raise LateMarkUnexplained(day=day(ends_at))
    return words


def _days_wanted(version: Version, days: Collection[dt.date], now: dt.datetime) -> list[dt.date]:
    """The days to mark in their order; those that a mark means when none is named."""
    rule = rule_of(version)
    if not set(days) <= set(days_to_mark(rule, now)):
        raise DayNotToMark
    return sorted(set(days)) or days_meant(rule, now)


@transaction.atomic
def _add(
    item_id: int,
    person: Specialist,
    *,
    by: Member,
    facts: RequestFacts | None,
    now: dt.datetime,
    reason: str,
    days: Collection[dt.date],
) -> Addition:
    version, gathering = _to_note(by, item_id, now)
    row = live_registration_of(person, item_id)
    if row is None:
        entry = standing_for(person.pk, [item_id]).get(item_id)
        if entry is not None:  # presence would promise them credits that never come
            raise CreditedAlready(day=day(entry.posted_at), how=entry.get_source_display())
        _check_room(gathering, version)
        row = Registration(specialist=person, item_id=item_id, version=version, state=State.SIGNED_UP)
        row.signed_up_at, row.added_by = now, by.account
        check_not_self(by.account, row)
        with refuses(participation_one_live_registration_for_an_event=AlreadySignedUp):
            row.save(force_insert=True)
        count_seats(gathering)
        write_steps([row], by=by.account, now=now, reason=reason)
        record(
            actor_id=by.account_id,
            action="registration.added",
            subject="registration",
            subject_id=row.pk,
            facts=facts,
            reason=reason[:500],
            after={"item": item_id, "state": row.state},
        )
        write_to(row, version, kind="event_added", key=f"event_added:{row.pk}", now=now, reason=reason)
    row = _one(item_id, row.pk)
    check_not_self(by.account, row)
    _let_in(gathering, version, row, by=by, facts=facts, now=now)
    return Addition(registration=row, marked=_note_days(version, row, days, by=by, facts=facts, now=now, reason=reason))


def _person(digits: str, surname: str) -> Specialist | None:
    account = account_by_snils(digits)
    if account is None or account.state != AccountState.ACTIVE or plain(account.surname) != plain(surname):
        return None
    return specialist_of(account)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A badge as a device read it. `at` is the device's clock in milliseconds; `sign` came or left."""

    text: str
    sign: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanResult:
    """What became of a scan. `name` only of somebody of this event."""

    outcome: ScanOutcome
    registration_id: int | None = None


@transaction.atomic
def note_badge(
    *, item_id: int, text: str, sign: str, by: Member, facts: RequestFacts | None, now: dt.datetime
) -> ScanResult:
    """Note one badge that was typed or read just now. Long before the beginning it is a trial: nobody is noted.

    Raises NotAllowed, EventUnknown, EventCalledOff, NotOnSite, NotYet, AttendanceClosed.
    """
    version, gathering = _to_note(by, item_id, now, is_scan=True)
    read = [(text, sign, now)]
    outcomes = _read_scans(version, gathering, read, by=by, now=now)
    _write_scans(item_id, outcomes, read, way=Way.TYPED, batch=None, by=by, facts=facts, now=now)
    return outcomes[0]


@transaction.atomic
def note_scans(
    *,
    item_id: int,
    device: str,
    number: int,
    scans: Sequence[Scan],
    clock: int,
    by: Member,
    facts: RequestFacts | None,
    now: dt.datetime,
) -> list[ScanResult]:
    """Note what a device scanned while it had no link. The same batch again gets the same answer (promise L3).

    Times are told by the device's clock, which may be wrong: `clock` is what it shows while sending, so only the
    difference counts. Neither a closed list nor a strange badge refuses the batch: each scan has its own answer, and
    the device may forget them all. A week after the event they are not noted any more.

    Raises NotAllowed, EventUnknown; BatchMalformed; BatchDiffers when the number came with other scans.
    """
    version = own_event(by, item_id)
    if not (0 < len(device) <= 36 and 0 <= number <= 2**31 - 1 and 0 < len(scans) <= MOST_SCANS):  # noqa: PLR2004
        raise BatchMalformed
    sent = json.dumps([[scan.text, scan.sign, scan.at] for scan in scans], ensure_ascii=False)
    digest = hashlib.sha256(sent.encode()).hexdigest()
    gathering = locked_gathering(version)  # two sendings of one batch wait for each other here
    known = ScanBatch.objects.filter(item=item_id, device=device, number=number).first()
    if known is not None:
        if known.digest != digest:
            raise BatchDiffers
        return [ScanResult(outcome=ScanOutcome(one), registration_id=pk) for one, pk in known.answer]
    batch = ScanBatch(item_id=item_id, device=device, number=number, digest=digest, by=by.account, at=now, answer=[])
    read = [(scan.text, scan.sign, now - _age(clock - scan.at)) for scan in scans]
    outcomes = _read_scans(version, gathering, read, by=by, now=now)
    batch.answer = [[str(one.outcome), one.registration_id] for one in outcomes]
    batch.save(force_insert=True)
    _write_scans(item_id, outcomes, read, way=Way.BADGE, batch=batch, by=by, facts=facts, now=now)
    return outcomes


def _age(passed_ms: int) -> dt.timedelta:
    """How long ago a scan was. A clock that jumped between says more than a calendar holds: too long for any event."""
    return dt.timedelta(milliseconds=min(max(0, passed_ms), _LONGEST_AGE_MS))


def _read_scans(
    version: Version,
    gathering: Gathering,
    read: Iterable[tuple[str, str, dt.datetime]],
    *,
    by: Member,
    now: dt.datetime,
) -> list[ScanResult]:
    found = [(number_in(text), sign, at) for text, sign, at in read]
    ids = {token[0] for token, _sign, _at in found if token is not None}
    rows = {row.pk: row for row in locked_registrations(pk__in=ids)}
    marks = Mark.objects.filter(registration__in=rows, sign=Sign.TAKEN_BACK).order_by("at")
    taken_back = dict(marks.values_list("registration", "at"))  # the last of each
    return [
        _outcome(version, gathering, token, sign, at, rows, taken_back=taken_back, by=by, now=now)
        for token, sign, at in found
    ]


def _outcome(
    version: Version,
    gathering: Gathering,
    token: tuple[int, str] | None,
    sign: str,
    at: dt.datetime,
    rows: dict[int, Registration],
    *,
    taken_back: Mapping[int, dt.datetime],
    by: Member,
    now: dt.datetime,
) -> ScanResult:
    row = rows.get(token[0]) if token is not None else None
    if token is None or row is None or not is_genuine(token[1], row) or sign not in {Sign.CAME, Sign.LEFT}:
        return ScanResult(outcome=ScanOutcome.UNKNOWN)
    if row.item_id != version.item_id:
        return ScanResult(outcome=ScanOutcome.OTHER_EVENT)
    refused, span = None, span_of(version)
    if gathering.closed_at is not None:
        refused = ScanOutcome.CLOSED
    elif row.state != State.SIGNED_UP:
        refused = ScanOutcome.NOT_COMING
    elif row.specialist.account.snils == by.account.snils:
        refused = ScanOutcome.OWN
    elif not is_scan_timely(at, event=span):
        refused = ScanOutcome.WRONG_TIME
    elif not are_scans_taken(now, ends_at=span.ends_at):
        refused = ScanOutcome.TOO_LATE
    elif row.pk in taken_back and at <= taken_back[row.pk]:  # it was known when the marks were taken back, or wrong too
        refused = ScanOutcome.TAKEN_BACK
    elif at < counts_from(span.begins_at):
        refused = ScanOutcome.TRIAL
    return ScanResult(outcome=refused or ScanOutcome.NOTED, registration_id=row.pk)


def _write_scans(
    item_id: int,
    outcomes: Sequence[ScanResult],
    read: Sequence[tuple[str, str, dt.datetime]],
    *,
    way: Way,
    batch: ScanBatch | None,
    by: Member,
    facts: RequestFacts | None,
    now: dt.datetime,
) -> None:
    noted = [(one.registration_id, scan) for one, scan in zip(outcomes, read, strict=True) if one.outcome == "noted"]
    rows = Registration.objects.in_bulk([pk for pk, _scan in noted if pk is not None])
    Mark.objects.bulk_create(
        Mark(
            registration_id=pk,
            specialist_id=rows[pk].specialist_id,
            sign=sign,
            way=way,
            at=at,
            noted_at=now,
            by=by.account,
            batch=batch,
        )
        for pk, (_text, sign, at) in noted
        if pk is not None
    )
    _refresh_arrivals(list(rows.values()))
    record(
        actor_id=by.account_id,
        action="attendance.scanned",
        subject="attendance",
        subject_id=item_id,
        facts=facts,
        after={"scans": len(read), "noted": len(noted), "registrations": sorted(rows)},
    )


def _to_note(by: Member, item_id: int, now: dt.datetime, *, is_scan: bool = False) -> tuple[Version, Gathering]:
    """An event in whose hall people are noted now, and its gathering under its lock."""
    version = own_event(by, item_id)
    check_held(version)
    if not (version.on_site or version.presence in {Presence.LIST, Presence.BADGE}):
        raise NotOnSite
    begins_at = span_of(version).begins_at
    since = begins_at - SCANS_FROM if is_scan else counts_from(begins_at)
    if now < since:
        raise NotYet(since=moment(since))
    gathering = locked_gathering(version)
    check_open(gathering)
    return version, gathering


def _one(item_id: int, registration_id: int) -> Registration:
    rows = locked_registrations(pk=registration_id, item=item_id)
    if not rows:
        raise NotTakingPart
    return rows[0]


def _let_in(
    gathering: Gathering,
    version: Version,
    row: Registration,
    *,
    by: Member,
    facts: RequestFacts | None,
    now: dt.datetime,
) -> None:
    """Somebody of the waiting list who stands at the door takes a seat, if there is one."""
    if row.state not in COMING:
        raise RegistrationMoved(state=row.get_state_display())
    if row.state == State.SIGNED_UP:
        return
    if row.state == State.WAITING:
        _check_room(gathering, version)
    move_all([row], State.SIGNED_UP, what="let_in", by=by.account, facts=facts, now=now)
    count_seats(gathering)


def _check_room(gathering: Gathering, version: Version) -> None:
    """Whoever signed up may come late: their seats stay theirs (reliability.md Z3)."""
    if version.seats is not None and seats_left(version.seats, gathering.taken) == 0:
        raise AllSeatsTaken(n=version.seats)


def _note_days(
    version: Version,
    row: Registration,
    days: Iterable[dt.date],
    *,
    by: Member,
    facts: RequestFacts | None,
    now: dt.datetime,
    reason: str = "",
) -> tuple[dt.date, ...]:
    """Note somebody on those of the days that they are not marked on yet, and say which these were."""
    rule = rule_of(version)
    noted = Mark.objects.filter(registration=row).order_by("pk").values_list("sign", "at")
    have = days_marked(rule, [Noted(sign=sign, at=at) for sign, at in noted])
    missing = tuple(day for day in days if day not in have)
    if missing:
        moments = [moment_of(rule, day, now) for day in missing]
        _note(row, Sign.CAME, moments, by=by, facts=facts, now=now, reason=reason)
    return missing


def _note(
    row: Registration,
    sign: Sign,
    moments: Iterable[dt.datetime],
    *,
    by: Member,
    facts: RequestFacts | None,
    now: dt.datetime,
    reason: str = "",
) -> None:
    Mark.objects.bulk_create(
        Mark(
            registration=row,
            specialist_id=row.specialist_id,
            sign=sign,
            way=Way.LIST,
            at=at,
            noted_at=now,
            by=by.account,
            reason=reason,
        )
        for at in moments
    )
    _refresh_arrivals([row])
    record(
        actor_id=by.account_id,
        action="registration.mark_taken_back" if sign == Sign.TAKEN_BACK else "registration.marked",
        subject="registration",
        subject_id=row.pk,
        facts=facts,
        reason=reason[:500],
        after={"item": row.item_id},
    )


def _refresh_arrivals(rows: list[Registration]) -> None:
    """Write the first mark in force beside the registration; its gathering is locked."""
    kept: dict[int, list[Noted]] = {row.pk: [] for row in rows}
    found: Any = Mark.objects.filter(registration__in=kept).order_by("pk").values_list("registration", "sign", "at")
    for pk, sign, at in found:
        kept[pk].append(Noted(sign=sign, at=at))
    for row in rows:
        came = [mark.at for mark in in_force(kept[row.pk]) if mark.sign == Sign.CAME]
        row.arrived_at = came[0] if came else None
    Registration.objects.bulk_update(rows, ["arrived_at"], batch_size=500)
