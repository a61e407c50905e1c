"""What applications and events ask of a specialist, and when they begin: for the main page. Three statements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.ui.templatetags.ui import day as shown_day
from foundation.ui.templatetags.ui import moment
from nmfo.enrolment.models import Application
from nmfo.enrolment.queries import applications_of
from nmfo.enrolment.rules import ENDS
from nmfo.enrolment.rules import State as Applied
from nmfo.participation.models import Registration
from nmfo.participation.queries import events_in_force, registrations_of
from nmfo.participation.rules import COMING
from nmfo.participation.rules import State as SignedUp
from nmfo.specialists.models import Specialist
from nmfo.web.parts.wording import clock

_MOST = 20
_OF_AN_APPLICATION = (
    "state", "due_on", "offered_until", "version__title", "run__begins_on", "run__apply_until_on",
)  # fmt: skip
_OF_A_SEAT = ("state", "offered_until", "item", "version__title")
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
    applications = applications_of(specialist).exclude(state__in=ENDS).select_related(None)
    registrations = registrations_of(specialist).filter(state__in=COMING).select_related(None)
    return _tasks_and_days(
        list(applications.select_related("version", "run").only(*_OF_AN_APPLICATION)[:_MOST]),
        list(registrations.select_related("version").only(*_OF_A_SEAT)[:_MOST]),
        today,
    )


def _tasks_and_days(
    applications: list[Application], registrations: list[Registration], today: dt.date
) -> tuple[list[Task], list[Coming]]:
    tasks = [*_application_tasks(applications), *_seat_tasks(registrations)]
    return tasks, [*_runs(applications, today), *_events(registrations, today)]


def _application_tasks(rows: list[Application]) -> Iterator[Task]:
    for row in rows:
        url = reverse("specialist:application", args=[row.pk])
        if row.state == Applied.RETURNED:
            yield Task(
                title=_("Complete the application: the organisation asks for more"),
                text=_("%(title)s. Until %(day)s.") % {"title": row.version.title, "day": shown_day(row.due_on)},
                url=url,
                label=_("Open the application"),
                icon="document",
                due_on=row.due_on,
                urgent=True,
            )
        elif row.state == Applied.OFFERED and row.offered_until is not None:
            yield _seat(row.version.title, row.offered_until, url)
        elif row.state == Applied.DRAFT:
            yield Task(
                title=_("Send the application you have begun"),
                text=row.version.title,
                url=url,
                label=_("Open the application"),
                icon="document",
                due_on=row.run.apply_until_on,
            )


def _seat_tasks(rows: list[Registration]) -> Iterator[Task]:
    for row in rows:
        if row.state == SignedUp.OFFERED and row.offered_until is not None:
            yield _seat(row.version.title, row.offered_until, reverse("specialist:events"))


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


def _runs(rows: list[Application], today: dt.date) -> Iterator[Coming]:
    for row in rows:
        if row.state in _TO_BEGIN and row.run.begins_on >= today:
            yield Coming(on=row.run.begins_on, title=_("The programme begins"), text=row.version.title)


def _events(rows: list[Registration], today: dt.date) -> Iterator[Coming]:
    present = events_in_force([row.item_id for row in rows if row.state == SignedUp.SIGNED_UP])
    for version in present.values():
        if version.begins_at is not None and timezone.localdate(version.begins_at) >= today:
            yield Coming(
                on=timezone.localdate(version.begins_at),
                title=_("Event, %(at)s") % {"at": clock(version.begins_at, version.zone)},
                text=version.title,
            )
