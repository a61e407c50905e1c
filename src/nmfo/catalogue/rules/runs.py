"""Runs of a programme: their dates, seats and letters."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from foundation.errors import Refused
from nmfo.catalogue.rules.refusals import (
    ChoiceUnknown,
    NumberOutOfRange,
    RunAppliesTooLate,
    RunBasesMissing,
    RunDatesOutOfOrder,
    RunInPast,
    RunIsOver,
    RunPlaceMissing,
    RunSeatsBelowTaken,
    RunTooFar,
)
from nmfo.catalogue.rules.versions import text_trouble
from nmfo.catalogue.rules.words import (
    LONGEST,
    MOST_HOURS_A_DAY,
    MOST_PRICE_RUB,
    MOST_SEATS,
    MOST_YEARS_AHEAD,
    Basis,
    Every,
    RunState,
)


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
    found += text_trouble("place", run.place, LONGEST["place"])
    if not run.bases:
        found.append(("bases", RunBasesMissing()))
    found += [("bases", ChoiceUnknown(value=one)) for one in run.bases if one not in Basis.values]
    if not run.region and not distance:
        found.append(("region", RunPlaceMissing()))
    return found


def too_dense(hours: int | None, days: int) -> int | None:
    """Hours of teaching a day, rounded up, where they are more than is plausible; None: nothing to ask about."""
    if hours is None or hours <= MOST_HOURS_A_DAY * days:
        return None
    return -(-hours // days)


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
