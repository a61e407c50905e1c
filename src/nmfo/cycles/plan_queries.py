"""Reading the plan of a cycle, what stands in the way of what, and its calendar. The owner is the first argument."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone

from nmfo.accounts.models import Account
from nmfo.catalogue.models import Run, Version
from nmfo.catalogue.rules.words import ItemState, Kind, RunState, VersionState
from nmfo.credits.rules.words import Holder
from nmfo.cycles.models import PlanFeed, PlanItem
from nmfo.cycles.queries.counting import FAMILY, FITS, CycleState, scope_of
from nmfo.cycles.queries.sets import present_rules
from nmfo.cycles.rules.measuring import Earned, Standing, standing
from nmfo.cycles.rules.planning import (
    MISSED,
    OF_APPLICATIONS,
    OF_REGISTRATIONS,
    Busy,
    PlanState,
    Stage,
    awaited_state,
    clashes,
    of_learning,
    overlaps,
)
from nmfo.enrolment.models import Application
from nmfo.enrolment.rules import OPEN as APPLICATION_OPEN
from nmfo.enrolment.rules import State as ApplicationState
from nmfo.enrolment.rules import application_in
from nmfo.participation.models import Registration
from nmfo.participation.queries import presence_kept_of, short_by
from nmfo.participation.rules import COMING, Decision, registration_in
from nmfo.participation.rules import State as SignedUp
from nmfo.specialists.models import Specialist

# What was earned, with what earned it; a reversed entry and its reversal add up to nothing and are left out.
_EARNED_ROWS = f"""
{FAMILY}
SELECT what.item_id, what.part, coalesce(v.title, what.title), o.short_name, sum(what.credits), what.earned_on,
  max(what.origin) FILTER (WHERE what.reverses_id IS NULL)
FROM credits_ledgerentry what
LEFT JOIN catalogue_version v ON v.id = what.version_id
LEFT JOIN organisations_organisation o ON o.id = what.organisation_id
WHERE what.specialist_id = %(specialist)s AND what.earned_on BETWEEN %(first)s AND %(last)s AND {FITS}
GROUP BY coalesce(what.reverses_id, what.id), 1, 2, 3, 4, 6
HAVING sum(what.credits) > 0
ORDER BY 6, 3
"""  # noqa: S608 - our own pieces
_AWAITED_ROWS = f"""
{FAMILY}
SELECT v.item_id, what.part, coalesce(v.title, what.title), o.short_name, what.credits, what.began_on, what.origin,
       what.holder
FROM (SELECT x.*, NULL::bigint AS specialty_id FROM credits_expectation x) what
LEFT JOIN catalogue_version v ON v.id = what.version_id
LEFT JOIN organisations_organisation o ON o.id = what.organisation_id
WHERE what.specialist_id = %(specialist)s AND what.state = 'awaited'
  AND what.began_on BETWEEN %(first)s AND %(last)s AND {FITS}
ORDER BY what.began_on, 3
"""  # noqa: S608 - our own pieces
# What was applied for or signed up to: the day is that its credits are of, so a run's last, as of what is awaited.
_APPLIED_ROWS = f"""
{FAMILY}
SELECT what.item_id, i.kind, v.title, o.short_name, v.credits, what.counts_on, what.state, what.application_id,
  what.registration_id, what.ends_on, {presence_kept_of("what.registration_id")}
FROM (
  SELECT a.item_id, a.version_id, NULL::bigint AS specialty_id, r.ends_on AS counts_on, a.state, a.id AS application_id,
    NULL::bigint AS registration_id, r.ends_on
  FROM enrolment_application a JOIN catalogue_run r ON r.id = a.run_id
  WHERE a.specialist_id = %(specialist)s AND a.state = ANY(%(applied)s)
  UNION ALL
  SELECT g.item_id, g.version_id, NULL, (e.begins_at AT TIME ZONE %(zone)s)::date, g.state, NULL, g.id,
    (e.ends_at AT TIME ZONE %(zone)s)::date
  FROM participation_registration g JOIN catalogue_version e ON e.id = g.version_id
  WHERE g.specialist_id = %(specialist)s AND g.state = ANY(%(signed_up)s)
) what
JOIN catalogue_version v ON v.id = what.version_id
JOIN catalogue_item i ON i.id = what.item_id
JOIN organisations_organisation o ON o.id = i.organisation_id
WHERE what.counts_on BETWEEN %(first)s AND %(last)s AND {FITS}
ORDER BY what.counts_on, v.title
"""  # noqa: S608 - our own pieces
# Of a planned item its newest version that was ever published: a withdrawn one stays in the plan and says so.
_PLANNED_ROWS = f"""
{FAMILY}
SELECT what.item_id, i.kind, what.title, o.short_name, what.credits, what.planned_on, i.state, what.begins_at,
       what.begins_at IS NOT NULL OR EXISTS (
         SELECT FROM catalogue_run r
         WHERE r.item_id = what.item_id AND r.begins_on = what.planned_on AND r.state <> 'cancelled'
       )
FROM (
  SELECT p.item_id, p.planned_on, v.id AS version_id, NULL::bigint AS specialty_id, v.title, v.credits, v.begins_at
  FROM cycles_planitem p CROSS JOIN LATERAL (
    SELECT * FROM catalogue_version x WHERE x.item_id = p.item_id AND x.published_at IS NOT NULL
    ORDER BY x.number DESC LIMIT 1
  ) v
  WHERE p.specialist_id = %(specialist)s AND p.planned_on BETWEEN %(first)s AND %(last)s
) what
JOIN catalogue_item i ON i.id = what.item_id
JOIN organisations_organisation o ON o.id = i.organisation_id
WHERE {FITS}
ORDER BY what.planned_on, what.title
"""  # noqa: S608 - our own pieces
_BEGINNING_THEN = Run.objects.filter(item=OuterRef("item"), begins_on=OuterRef("planned_on")).exclude(
    state=RunState.CANCELLED
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """A line of a plan. `is_own`: it stands in the plan itself, so it can be moved and removed.

    `clashes_with`: the title of something else that the person does or plans at the same time, or, when one of the two
    is learning that goes on for days, in the same days. What does not count for the cycle, by its specialty or its
    day, stands here only as something the person has applied for. `application` or `registration` is the person's own,
    when it comes of one; `short`: the marks of presence are not enough so far. `is_dated`: something of it happens on
    that day; what is only planned has a year of the cycle at times, and the day stands for it. `has_passed`: it was
    planned for a beginning that the person applied for and missed.
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
    counts: bool = True
    application: int = 0
    registration: int = 0
    short: Decision | None = None
    is_dated: bool = True
    has_passed: bool = False

    @property
    def label(self) -> str:
        """The words of its badge: what exactly has been done about it."""
        return str((self.stage or self.state).label)

    @property
    def is_to_come(self) -> bool:
        """Whether its credits are to be reckoned with.

        Nobody has promised those of a result that was taken back, of presence whose marks are not enough, or of a run
        that is over and had no place for the person.
        """
        goes_on = self.state != PlanState.CONFIRMED and not self.is_withdrawn and not self.has_passed
        goes_on = goes_on and self.stage not in {Stage.TAKEN_BACK, Stage.SHORT, *MISSED}
        return goes_on and self.counts

    @property
    def is_under_way(self) -> bool:
        """Whether its day is the last of a run that is applied for."""
        return self.part == Kind.PROGRAMME and self.state == PlanState.INCLUDED and not self.is_missed

    @property
    def is_missed(self) -> bool:
        """Whether it was applied for and is over without the person."""
        return self.stage in MISSED

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

    Four statements, and those of `engagements_of`. An item stands once, as far as it has come; a programme that is
    credited and applied for anew stands as both. What is earned after the five years and within an extension of the
    document counts for its minimum, so it stands here too; what was applied for and does not count stands last.

    """
    values = {
        **scope_of(state.cycle, state.holds_until),
        "applied": sorted(set(OF_APPLICATIONS) - {ApplicationState.CREDITED}),  # the ledger has these
        "signed_up": sorted(OF_REGISTRATIONS),
        "zone": settings.TIME_ZONE,
    }
    found: dict[str, list[tuple[Any, ...]]] = {}
    with connection.cursor() as cursor:
        for name, statement in _OF_A_PLAN.items():
            cursor.execute(statement, values)
            found[name] = cursor.fetchall()
    own = {row[0] for row in found["planned"]}
    rows = [_come_of(_plan_row(row, PlanState.CONFIRMED, own), row[6]) for row in found["earned"]]
    short = {one.origin: one.short for one in state.awaited}
    rows += [_awaited_row(row, own, today, short.get(row[6])) for row in found["awaited"]]
    rows += _applied_rows(
        found["applied"],
        own,
        today,
        met={row.item for row in rows},
        awaited={application_in(row[6])[0] for row in found["awaited"]},
    )
    missed = {row.item for row in rows if row.is_missed}
    met = {row.item for row in rows if not row.is_missed}  # what was missed may be planned for another time
    rows += [
        replace(
            _plan_row(row, PlanState.PLANNED, own),
            is_withdrawn=row[6] == ItemState.WITHDRAWN,
            begins_at=row[7],
            is_dated=row[8],
            has_passed=row[0] in missed and row[8] and row[5] < today,
        )
        for row in found["planned"]
        if row[0] not in met
    ]
    engaged = engagements_of(state.cycle.specialist_id, today)
    met = {row.item for row in rows}
    rows += [_row_beside(one) for one in engaged if not one.is_planned and one.item not in met]
    return sorted(_with_clashes(rows, engaged), key=lambda row: (not row.counts, row.on, row.title))


def _row_beside(one: Engagement) -> PlanRow:
    """A line of what was applied for and does not count for the cycle."""
    return PlanRow(
        item=one.item,
        part=one.kind,
        title=one.title,
        organisation=one.organisation,
        credits=(one.version.credits or 0) if one.version else 0,
        on=one.counts_on,
        state=PlanState.INCLUDED,
        stage=one.stage,
        counts=False,
        application=one.application,
        registration=one.registration,
    )


def _come_of(row: PlanRow, origin: str) -> PlanRow:
    """A line with what it comes of, by the key that it has in credits."""
    return replace(row, application=application_in(origin)[0], registration=registration_in(origin))


def _awaited_row(row: tuple[Any, ...], own: set[int], today: dt.date, short: Decision | None) -> PlanRow:
    state = awaited_state(row[5], today)
    if row[7] == Holder.SPECIALIST:
        return replace(_come_of(_plan_row(row, PlanState.COMPLETED, own), row[6]), stage=Stage.CODE)
    stage = Stage.SIGNED_UP if row[1] == Kind.EVENT else Stage.ENROLLED
    shown = _come_of(_plan_row(row, state, own), row[6])
    return _if_short(replace(shown, stage=stage if state == PlanState.INCLUDED else None), short)


def _if_short(row: PlanRow, short: Decision | None) -> PlanRow:
    """The same line, said to be short of presence when it is."""
    return row if short is None else replace(row, state=PlanState.COMPLETED, stage=Stage.SHORT, short=short)


def _applied_rows(
    rows: Iterable[tuple[Any, ...]], own: set[int], today: dt.date, *, met: set[int | None], awaited: set[int]
) -> Iterator[PlanRow]:
    """Lines of what is not awaited yet: an application by itself, an event by its item, for that counts once."""
    now = timezone.now()
    for row in rows:
        item, _kind, _title, _organisation, _worth, _on, state, application, registration, ends_on, kept = row
        table = OF_REGISTRATIONS if application is None else OF_APPLICATIONS
        stands = of_learning(table, state, is_over=ends_on < today)
        if stands is not None and (item not in met if application is None else application not in awaited):
            shown = replace(_plan_row(row, stands[0], own), stage=stands[1])
            shown = replace(shown, application=application or 0, registration=registration or 0)
            yield _if_short(shown, short_by(kept, now=now))


def _with_clashes(rows: list[PlanRow], engaged: Iterable[Engagement]) -> list[PlanRow]:
    """The lines with what else stands at their time: of every cycle and of none, as time is one."""
    busy = {one.item: one for one in engaged if one.busy is not None}
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

    `run` and `version` say what it is; `day` is that of the plan, a date of its own or (not `is_dated`) one that stands
    for a year of the cycle. `is_sure`: applied or signed up, with a seat.
    """

    item: int
    kind: str
    title: str
    version: Version | None
    run: Run | None = None
    day: dt.date | None = None
    is_dated: bool = True
    is_planned: bool = False
    is_sure: bool = False
    organisation: str = ""
    stage: Stage | None = None
    application: int = 0
    registration: int = 0

    @property
    def counts_on(self) -> dt.date:
        """The day its credits are of: a run's last, an event's first, or the one it is planned for."""
        if self.run is not None:
            return self.run.ends_on
        if self.version is not None and self.version.begins_at is not None:
            return timezone.localdate(self.version.begins_at)
        return self.day or dt.date.min

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
    seats = Registration.objects.filter(specialist=specialist_id, state__in=COMING)
    signed_up = {item: (state, pk) for item, state, pk in seats.values_list("item_id", "state", "pk")}
    planned = list(
        PlanItem.objects.filter(specialist=specialist_id, item__state=ItemState.PUBLISHED)
        .select_related("item")
        .annotate(is_dated=Exists(_BEGINNING_THEN))
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
            organisation=row.run.item.organisation.short_name,
            stage=OF_APPLICATIONS[row.state][1],
            application=row.pk,
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
            organisation=versions[item].item.organisation.short_name,
            stage=OF_REGISTRATIONS[state][1],
            registration=registration,
        )
        for item, (state, registration) in signed_up.items()
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
            is_dated=row.is_dated,
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
    coming = [Earned(on=row.on, part=row.part, credits=row.credits) for row in rows if row.is_to_come]
    facts = replace(state.facts, earned=(*state.facts.earned, *coming), awaited=())
    return standing(*present_rules(), facts)


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
