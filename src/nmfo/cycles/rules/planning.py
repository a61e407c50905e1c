"""The plan by year: what a state of learning means in it, what clashes, which day is proposed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import models
from django.utils.translation import pgettext_lazy

from nmfo.cycles.rules.days import CYCLE_YEARS, year_bounds
from nmfo.cycles.rules.refusals import YearIsOver
from nmfo.enrolment.rules import State as ApplicationState
from nmfo.participation.rules import State as RegistrationState

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
    SHORT = "short", pgettext_lazy("plan", "The marks are not enough")
    NOT_ENROLLED = "not_enrolled", pgettext_lazy("plan", "It is over, you were not enrolled")
    NO_SEAT = "no_seat", pgettext_lazy("plan", "It is over, there was no seat")
    CODE = "code", pgettext_lazy("plan", "Your code waits to be entered")


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


# What is over without the person: nothing is to come of it, unless the organisation enters an order late.
MISSED = frozenset({Stage.NOT_ENROLLED, Stage.NO_SEAT})
_OVER_WITHOUT = {
    Stage.APPLIED: Stage.NOT_ENROLLED,
    Stage.ACCEPTED: Stage.NOT_ENROLLED,
    Stage.WAITING: Stage.NO_SEAT,
    Stage.OFFERED: Stage.NO_SEAT,
}


def of_learning(table: Mapping[str, Standpoint], state: str, *, is_over: bool) -> Standpoint | None:
    """What an application or a registration means to a plan; None: nothing is to come of it.

    Whoever has a seat has completed what is over; who has none by then has missed it.
    """
    found = table.get(state)
    if found is None or not is_over:
        return found
    if found[1] in {Stage.ENROLLED, Stage.SIGNED_UP}:
        return PlanState.COMPLETED, None
    return (found[0], _OVER_WITHOUT[found[1]]) if found[1] in _OVER_WITHOUT else found


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
