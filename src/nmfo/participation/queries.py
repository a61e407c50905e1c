"""Reads of taking part in events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from foundation.db.rows import rows_of
from nmfo.accounts.models import Account
from nmfo.accounts.queries import called
from nmfo.catalogue.models import Item, Version
from nmfo.catalogue.rules.words import Kind, VersionState
from nmfo.credits.models import CodeBatch, ConfirmationCode, LedgerEntry
from nmfo.credits.rules.words import ONCE_FOR_AN_ITEM, BatchState, CodeState
from nmfo.organisations.models import Organisation
from nmfo.participation.models import Confirmed, Gathering, Mark, Objection, Registration, Window, WindowAnswer
from nmfo.participation.rules import (
    COMING,
    HOLDS_SEAT,
    LIVE,
    ORIGIN,
    WINDOW_GRACE,
    Decision,
    Evidence,
    Measure,
    Noted,
    ObjectionState,
    PresenceRule,
    Sign,
    Span,
    State,
    decide,
    is_entered_afterwards,
    overlap,
    seats_left,
)
from nmfo.specialists.models import Specialist
from nmfo.specialists.queries import specialist_of


def events_in_force(items: Collection[int]) -> dict[int, Version]:
    """What is published of events, by item; of a withdrawn one what was published last."""
    rows = Version.objects.filter(item__in=items, item__kind=Kind.EVENT, state=VersionState.PUBLISHED)
    return {row.item_id: row for row in rows.select_related("item__organisation", "region")}


def event_in_force(item_id: int) -> Version | None:
    """The same of one event."""
    return events_in_force([item_id]).get(item_id)


def span_of(version: Version) -> Span:
    """When an event is. Published events have both moments: the review sees to it."""
    assert version.begins_at is not None  # noqa: S101 - see above
    assert version.ends_at is not None  # noqa: S101 - see above
    return Span(begins_at=version.begins_at, ends_at=version.ends_at)


def rule_of(version: Version) -> PresenceRule:
    """What the card says of presence."""
    span = span_of(version)
    return PresenceRule(
        how=version.presence,
        percent=version.presence_percent,
        minutes=version.minutes or 0,
        begins_at=span.begins_at,
        ends_at=span.ends_at,
        zone=version.zone,
        on_site=version.on_site,
    )


def registrations_of(specialist: Specialist) -> QuerySet[Registration]:
    """Everything somebody signed up for, the newest first."""
    rows = Registration.objects.filter(specialist=specialist)
    return rows.select_related("item__organisation", "version").order_by("-pk")


class Seat(NamedTuple):
    """A seat at an event that is to come, as the first page needs it; days are those in force."""

    pk: int
    state: str
    offered_until: dt.datetime | None
    title: str  # as it was when they signed up
    title_now: str | None
    begins_at: dt.datetime | None
    zone: str | None


_COMING = """
SELECT r.id, r.state, r.offered_until, v.title, p.title, p.begins_at, p.zone
FROM participation_registration r
JOIN catalogue_version v ON v.id = r.version_id
LEFT JOIN catalogue_version p ON p.item_id = r.item_id AND p.state = 'published'
WHERE r.specialist_id = %s AND r.state = ANY(%s)
ORDER BY r.id DESC LIMIT %s
"""


def coming_seats_of(specialist: Specialist, *, most: int) -> list[Seat]:
    """Where a specialist has a seat or is offered one, the newest first: one statement by hand, as many ask it."""
    return [Seat(*row) for row in rows_of(_COMING, [specialist.pk, [str(one) for one in COMING], most])]


def live_registration_of(specialist: Specialist, item_id: int) -> Registration | None:
    """The registration for an event that counts now."""
    return registrations_of(specialist).filter(item=item_id, state__in=LIVE).first()


def place_in_line(registration: Registration) -> int:
    """1 is the next. Counted anew each time: people before may have gone."""
    before = Registration.objects.filter(item=registration.item_id, state=State.WAITING, pk__lt=registration.pk)
    return before.count() + 1


def places_in_line(registrations: Iterable[Registration]) -> dict[int, int]:
    """Places of several, by registration: one statement, however many."""
    waiting = [row for row in registrations if row.state == State.WAITING]
    if not waiting:
        return {}
    rows = Registration.objects.filter(state=State.WAITING, item__in={row.item_id for row in waiting})
    lines: dict[int, list[int]] = {}
    for item, pk in rows.order_by("pk").values_list("item", "pk"):
        lines.setdefault(item, []).append(pk)
    return {row.pk: lines[row.item_id].index(row.pk) + 1 for row in waiting}


def clashes_of(specialist: Specialist, version: Version) -> list[Version]:
    """Other events of the same time that somebody has signed up for."""
    rows = Registration.objects.filter(specialist=specialist, state__in=COMING).exclude(item=version.item_id)
    mine = span_of(version)
    others = events_in_force(list(rows.values_list("item", flat=True)))
    return [other for other in others.values() if overlap(mine, span_of(other))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seats:
    """Seats of an event: `free` None is without a limit; whoever comes now stands behind `waiting` people."""

    seats: int | None
    taken: int
    free: int | None
    waiting: int

    @property
    def are_gone(self) -> bool:
        """Whether one can only join the waiting list."""
        return self.free is not None and (self.free == 0 or self.waiting > 0)


def seats_of(version: Version) -> Seats:
    """How many seats an event has and has left."""
    taken = Gathering.objects.filter(item=version.item_id).values_list("taken", flat=True).first() or 0
    waiting = 0
    if version.seats is not None:
        waiting = Registration.objects.filter(item=version.item_id, state=State.WAITING).count()
    return Seats(seats=version.seats, taken=taken, free=seats_left(version.seats, taken), waiting=waiting)


def gathering_of(item: Item) -> Gathering | None:
    """What is kept of an event; nothing before the first registration."""
    return Gathering.objects.filter(item=item).select_related("closed_by").first()


def gatherings_of(items: Collection[int]) -> dict[int, Gathering]:
    """The same of several events, by item."""
    return Gathering.objects.in_bulk(list(items))


def events_of(organisation: Organisation) -> QuerySet[Version]:
    """Events of an organisation as they are published, the latest first."""
    rows = Version.objects.filter(item__organisation=organisation, item__kind=Kind.EVENT, state=VersionState.PUBLISHED)
    return rows.select_related("item", "region").order_by("-begins_at", "-pk")


def numbers_of(items: Collection[int]) -> dict[int, dict[str, int]]:
    """How many registrations of each state events have, and how many people were noted: `arrived`."""
    rows = Registration.objects.filter(item__in=items).values("item", "state")
    found: dict[int, dict[str, int]] = {item: {"arrived": 0} for item in items}
    for row in rows.annotate(n=Count("pk"), came=Count("pk", filter=Q(arrived_at__isnull=False))):
        found[row["item"]][row["state"]] = row["n"]
        found[row["item"]]["arrived"] += row["came"]
    return found


def people_of(item: Item, *, words: str = "", tab: str = "") -> QuerySet[Registration]:
    """Who holds a seat or waits, by surname. `words`: beginnings of names; `tab`: here, missing, waiting, …."""
    rows = Registration.objects.filter(item=item, state__in=LIVE).select_related("specialist__account__region")
    if words:
        rows = called(rows, words, path="specialist__account__", alone=True)
    tabs = {
        "here": Q(state__in=HOLDS_SEAT, arrived_at__isnull=False),
        "missing": Q(state__in=HOLDS_SEAT, arrived_at=None),
        "waiting": Q(state__in=[State.WAITING, State.OFFERED]),
        "confirmed": Q(state=State.PRESENT),
        "refused": Q(state=State.ABSENT),
    }
    rows = rows.filter(tabs.get(tab, Q(state__in=HOLDS_SEAT) | Q(state=State.WAITING)))
    account = "specialist__account__"
    return rows.order_by(f"{account}surname", f"{account}first_name", f"{account}patronymic", "pk")


def registrations_for(item: Item) -> QuerySet[Registration]:
    """All registrations of an event, for its organiser."""
    return Registration.objects.filter(item=item).select_related("specialist__account")


def windows_of(item_id: int) -> QuerySet[Window]:
    """Confirmation windows of an event in their order."""
    return Window.objects.filter(item=item_id).order_by("opens_at")


def windows_open_for(registrations: Iterable[Registration], now: dt.datetime) -> set[int]:
    """Items of registrations with a window that takes answers now and has none of that person."""
    ids = [row.pk for row in registrations if row.state == State.SIGNED_UP]
    if not ids:
        return set()
    open_now = Window.objects.filter(opens_at__lte=now, closes_at__gte=now - WINDOW_GRACE)
    rows = open_now.filter(item__registrations__in=ids).exclude(answers__registration__in=ids)
    return set(rows.values_list("item", flat=True))


def answered_windows_of(registration: Registration) -> dict[int, WindowAnswer]:
    """The answers of one person, by window."""
    return {row.window_id: row for row in WindowAnswer.objects.filter(registration=registration)}


def signs_of(registration: Registration) -> QuerySet[Mark]:
    """What was noted of somebody on the spot, in the order it was noted."""
    return Mark.objects.filter(registration=registration).select_related("by").order_by("pk")


def entered_afterwards(version: Version, registrations: Iterable[Registration]) -> dict[int, Mark]:
    """Marks that came after the event had ended, by registration: the last of each. One statement."""
    ends_at = span_of(version).ends_at
    rows = Mark.objects.filter(registration__in=[row.pk for row in registrations], noted_at__gt=ends_at)
    rows = rows.filter(sign=Sign.CAME).select_related("by").order_by("pk")
    late = [row for row in rows if is_entered_afterwards(row.way, row.noted_at, ends_at=ends_at)]
    return {row.registration_id: row for row in late}


def windows_with_answers_of(item_id: int) -> QuerySet[Window]:
    """Windows of an event with `answered`: how many people answered in each."""
    return windows_of(item_id).annotate(answered=Count("answers"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A registration with what is known of its presence."""

    registration: Registration
    evidence: Evidence
    decision: Decision


def measured(version: Version, registrations: Iterable[Registration], *, now: dt.datetime) -> list[Measured]:
    """Presence of several registrations of one event: two statements more, however many they are.

    Windows that have not opened by `now` are not asked for: they come yet, or the event was over before them.
    """
    rows, rule = list(registrations), rule_of(version)
    ids = [row.pk for row in rows]
    marks: dict[int, list[Noted]] = {pk: [] for pk in ids}
    kept = Mark.objects.filter(registration__in=ids).order_by("pk")
    for pk, sign, at in kept.values_list("registration", "sign", "at"):
        marks[pk].append(Noted(sign=sign, at=at))
    windows = list(Window.objects.filter(item=version.item_id, opens_at__lte=now).values_list("pk", flat=True))
    answers: Mapping[int, int] = {}
    if windows:
        counted = Registration.objects.filter(pk__in=ids).annotate(n=Count("answers", Q(answers__window__in=windows)))
        answers = dict(counted.values_list("pk", "n"))
    found = []
    for row in rows:
        known = Evidence(marks=tuple(marks[row.pk]), windows=len(windows), answered=answers.get(row.pk, 0), until=now)
        found.append(Measured(registration=row, evidence=known, decision=decide(rule, known)))
    return found


# What is known of somebody's presence, as one value beside other rows: what is counted by it costs no statement more.
# NULL unless minutes or windows are measured and the list is open still: who is not marked in a list waits for it.
_PRESENCE = """
(
  SELECT json_build_array(
    v.presence, v.presence_percent, v.minutes, v.begins_at, v.ends_at, v.zone, v.on_site,
    ARRAY(
      SELECT json_build_array(m.sign, m.at) FROM participation_mark m WHERE m.registration_id = g.id ORDER BY m.id
    ),
    ARRAY(
      SELECT json_build_array(w.opens_at, a.id IS NOT NULL)
      FROM participation_window w
      LEFT JOIN participation_windowanswer a ON a.window_id = w.id AND a.registration_id = g.id
      WHERE w.item_id = g.item_id
    )
  )
  FROM participation_registration g JOIN catalogue_version v ON v.item_id = g.item_id AND v.state = 'published'
  WHERE g.id = {registration} AND g.state = 'signed_up' AND v.presence IN ('badge', 'windows')
)
"""


def presence_kept_of(registration: str) -> str:
    """A column with what is known of the presence of a registration, whose id is the given piece of SQL."""
    return _PRESENCE.format(registration=registration)


def presence_kept_by(origin: str) -> str:
    """The same where a column has the key that the presence has in credits; NULL of other keys."""
    registration = f"substr({origin}, {len(ORIGIN) + 1})::bigint"
    return f"CASE WHEN {origin} ~ '^{ORIGIN}[0-9]{{1,18}}$' THEN {presence_kept_of(registration)} END"


def short_by(kept: list[Any] | None, *, now: dt.datetime) -> Decision | None:
    """Presence that would not be confirmed if the list were closed now, by such a column; None: it is enough so far.

    Before the end, and while a late answer is still taken, nothing is said.
    """
    if kept is None:
        return None
    how, percent, minutes, begins_at, ends_at, zone, on_site, marks, windows = kept
    ends = dt.datetime.fromisoformat(ends_at)
    if now <= ends + WINDOW_GRACE:
        return None
    rule = PresenceRule(
        how=how,
        percent=percent,
        minutes=minutes or 0,
        begins_at=dt.datetime.fromisoformat(begins_at),
        ends_at=ends,
        zone=zone,
        on_site=on_site,
    )
    answers = [answered for opens_at, answered in windows if dt.datetime.fromisoformat(opens_at) <= now]
    known = Evidence(
        marks=tuple(Noted(sign=sign, at=dt.datetime.fromisoformat(at)) for sign, at in marks),
        windows=len(answers),
        answered=sum(answers),
        until=now,
    )
    found = decide(rule, known)
    return None if found.reached or found.measure == Measure.MARK or not found.need else found


_SHORT = f"""
SELECT r.id, {presence_kept_of("r.id")} FROM participation_registration r WHERE r.specialist_id = %s AND r.id = ANY(%s)
"""  # noqa: S608 - our own pieces


def short_of_presence(
    specialist: Specialist, registrations: Collection[int], *, now: dt.datetime
) -> dict[int, Decision]:
    """What `short_by` says of these registrations, where it says anything. One statement."""
    rows = rows_of(_SHORT, [specialist.pk, list(registrations)]) if registrations else []
    found = {pk: short_by(kept, now=now) for pk, kept in rows}
    return {pk: short for pk, short in found.items() if short is not None}


def confirmed_of(item: Item) -> QuerySet[Confirmed]:
    """Who gets a confirmation code or the credits of an event, in the order the list was fixed."""
    rows = Confirmed.objects.filter(item=item).select_related("specialist__account", "registration", "version")
    return rows.order_by("pk")


def without_a_code(item_id: int) -> QuerySet[Confirmed]:
    """Those of them without a code, a code that waits for its decision, and credits. An annulled code is none."""
    held = ConfirmationCode.objects.filter(batch__item=item_id).exclude(state=CodeState.ANNULLED)
    waiting = CodeBatch.objects.filter(item=item_id, state=BatchState.WAITING)
    proposed = {pk for people in waiting.values_list("people", flat=True) for pk in people}
    rows = Confirmed.objects.filter(item=item_id).order_by("pk")
    rows = rows.exclude(specialist__in=held.exclude(specialist=None).values("specialist"))
    return rows.exclude(specialist__in=proposed).exclude(was_credited(item_id))


def was_credited(item_id: int) -> Exists:
    """Of rows with a `specialist`: whether an event has given them its credits, by whatever evidence, and they stand.

    They get no code of it then. What a correction took back leaves them without: the list decides anew. Asked of each
    person, because the ledger has no index without one.
    """
    gone = LedgerEntry.objects.filter(specialist=OuterRef("specialist"), reverses=OuterRef("pk"))
    own = LedgerEntry.objects.filter(specialist=OuterRef("specialist"), item=item_id, source__in=ONCE_FOR_AN_ITEM)
    return Exists(own.filter(~Exists(gone)))


def objections_of(specialist: Specialist) -> QuerySet[Objection]:
    """What somebody objected to."""
    return Objection.objects.filter(specialist=specialist)


def objections_at(organisation: Organisation) -> QuerySet[Objection]:
    """Objections that an organisation answers, the oldest first."""
    rows = Objection.objects.filter(registration__item__organisation=organisation)
    return rows.select_related("registration__item", "specialist__account").order_by("due_on", "pk")


def open_objections_at(organisation: Organisation) -> QuerySet[Objection]:
    """Those of them that wait for an answer."""
    return objections_at(organisation).filter(state=ObjectionState.OPEN)


def unclosed_events_of(organisation: Organisation, now: dt.datetime) -> QuerySet[Gathering]:
    """Events that are over and whose attendance is still open: their people wait for credits."""
    rows = Gathering.objects.filter(item__organisation=organisation, closed_at=None, called_off_at=None)
    over = rows.filter(version__ends_at__lt=now, taken__gt=0)
    return over.select_related("version").order_by("version__ends_at")


def visiting_specialist(account: Account | None) -> Specialist | None:
    """The specialist who looks at a public page, if it is one."""
    return specialist_of(account) if account is not None else None


def taken_part_of(specialist: Specialist) -> dict[str, list[dict[str, object]]]:
    """What is kept of somebody's events, as plain values (P7)."""
    rows = registrations_of(specialist).prefetch_related("steps", "marks", "answers__window")
    return {
        "events": [
            {
                "event": row.version.title,
                "organisation": row.item.organisation.name,
                "state": row.state,
                "history": [
                    {"state": one.state, "at": one.at.isoformat(), "reason": one.reason} for one in _old(row.steps)
                ],
                "marks": [
                    {"what": one.sign, "how": one.way, "at": one.at.isoformat(), "reason": one.reason}
                    for one in _old(row.marks)
                ],
                "windows": [
                    {"opened_at": one.window.opens_at.isoformat(), "answered_at": one.at.isoformat()}
                    for one in _old(row.answers)
                ],
            }
            for row in rows
        ],
        "objections": [
            {"event": row.registration.version.title, "text": row.text, "state": row.state, "answer": row.answer or ""}
            for row in objections_of(specialist).select_related("registration__version").order_by("pk")
        ],
    }


def _old(rows: Any) -> list[Any]:
    """Rows that were fetched with their owner, the oldest first."""
    return sorted(rows.all(), key=lambda row: row.pk)
