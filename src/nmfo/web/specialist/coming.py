"""What applications and events ask of a specialist, and when they begin: for the main page. Two statements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.ui.addresses import address_of
from foundation.ui.templatetags.ui import day as shown_day
from foundation.ui.templatetags.ui import moment
from nmfo.enrolment.queries import Underway, underway_of
from nmfo.enrolment.rules import State as Applied
from nmfo.participation.queries import Seat, coming_seats_of
from nmfo.participation.rules import State as SignedUp
from nmfo.specialists.models import Specialist
from nmfo.web.parts.wording import clock

_MOST = 20
_TO_BEGIN = frozenset({Applied.APPROVED, Applied.CONFIRMED, Applied.ENROLLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something to do: the earliest first, what has no day before all."""

    title: str
    text: str
    url: str
    label: str
    icon: str
    due_on: dt.date | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """A day that matters."""

    on: dt.date
    title: str
    text: str


def of_learning(specialist: Specialist, today: dt.date) -> tuple[list[Task], list[Coming]]:
    """What is to be done about applications and seats, and what begins."""
    applications, seats = underway_of(specialist, most=_MOST), coming_seats_of(specialist, most=_MOST)
    tasks = [*_application_tasks(applications, today), *_seat_tasks(seats)]
    return tasks, [*_runs(applications, today), *_events(seats, today)]


def _application_tasks(rows: list[Underway], today: dt.date) -> Iterator[Task]:
    for row in rows:
        url = address_of("specialist:application", row.pk)
        if row.state == Applied.RETURNED:
            yield Task(
                title=_("Complete the application: the organisation asks for more"),
                text=_("%(title)s. Until %(day)s.") % {"title": row.title, "day": shown_day(row.due_on)},
                url=url,
                label=_("Open the application"),
                icon="document",
                due_on=row.due_on,
                urgent=True,
            )
        elif row.state == Applied.OFFERED and row.offered_until is not None:
            yield _seat(row.title, row.offered_until, url)
        elif row.state == Applied.DRAFT and not (row.takes_applications and today <= row.apply_until_on):
            yield Task(
                title=_("The run takes no more applications, and yours is not sent"),
                text=_("%(title)s. Choose another run or remove the draft.") % {"title": row.title},
                url=url,
                label=_("Open the application"),
                icon="document",
                due_on=dt.date.max,  # nothing is missed by leaving it: after whatever has a term
            )
        elif row.state == Applied.DRAFT:
            yield Task(
                title=_("Send the application you have begun"),
                text=row.title,
                url=url,
                label=_("Open the application"),
                icon="document",
                due_on=row.apply_until_on,
            )


def _seat_tasks(rows: list[Seat]) -> Iterator[Task]:
    for row in rows:
        if row.state == SignedUp.OFFERED and row.offered_until is not None:
            yield _seat(row.title, row.offered_until, address_of("specialist:events"))


def _seat(title: str, until: dt.datetime, url: str) -> Task:
    return Task(
        title=_("A seat has become free: answer in time"),
        text=_("%(title)s. It is kept until %(at)s.") % {"title": title, "at": moment(until)},
        url=url,
        label=_("Answer"),
        icon="clock",
        due_on=timezone.localdate(until),
        urgent=True,
    )


def _runs(rows: list[Underway], today: dt.date) -> Iterator[Coming]:
    for row in rows:
        if row.state in _TO_BEGIN and row.begins_on >= today:
            yield Coming(on=row.begins_on, title=_("The programme begins"), text=row.title)


def _events(rows: list[Seat], today: dt.date) -> Iterator[Coming]:
    for row in rows:
        if row.state != SignedUp.SIGNED_UP or row.begins_at is None or row.zone is None or row.title_now is None:
            continue
        if timezone.localdate(row.begins_at) >= today:
            yield Coming(
                on=timezone.localdate(row.begins_at),
                title=_("Event, %(at)s") % {"at": clock(row.begins_at, row.zone)},
                text=row.title_now,
            )
