"""What is to be generated: how many of what, for which day, from which seed; and what the rows refer to."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

import numpy as np

from foundation.db.pgcopy import Numbers

# At scale 1, as the portal counts its country.
ACCOUNTS, SPECIALISTS, ORGANISATIONS = 2_000_000, 1_300_000, 1_000
PROGRAMMES, EVENTS, MODULES = 33_500, 50_000, 10_000
WAITING = 5_000  # newer versions under review
STAFF_OF_AN_ORGANISATION = 3
SLICE_OF_PEOPLE = 10_000  # what is drawn of specialists is drawn for so many at once
FREE_BATCHES = 2_000  # of codes that nobody has redeemed yet
SNILS_FROM = 900_000_000  # the nine digits of the first; the fund has not come near them


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Equal plans make equal rows."""

    seed: int
    scale: float
    programmes_factor: int
    today: dt.date

    def _of(self, whole: int) -> int:
        return max(1, round(whole * self.scale))

    @property
    def organisations(self) -> int:
        """How many organisations."""
        return self._of(ORGANISATIONS)

    @property
    def programmes(self) -> int:
        """How many programmes."""
        return self._of(PROGRAMMES * self.programmes_factor)

    @property
    def events(self) -> int:
        """How many events."""
        return self._of(EVENTS)

    @property
    def modules(self) -> int:
        """How many modules."""
        return self._of(MODULES)

    @property
    def items(self) -> int:
        """All of them."""
        return self.programmes + self.events + self.modules

    @property
    def waiting(self) -> int:
        """How many of the items have a newer version under review."""
        return min(self._of(WAITING), self.items)

    @property
    def accounts(self) -> int:
        """How many accounts: the specialists, people who only registered, and the staff of organisations."""
        return max(self._of(ACCOUNTS), self.specialists + self.staff)

    @property
    def specialists(self) -> int:
        """How many specialists: the first of the accounts."""
        return self._of(SPECIALISTS)

    @property
    def staff(self) -> int:
        """How many people work in cabinets of organisations."""
        return self.organisations * STAFF_OF_AN_ORGANISATION

    @property
    def free_batches(self) -> int:
        """How many batches of unused confirmation codes."""
        return max(5, self._of(FREE_BATCHES))

    @property
    def noon(self) -> dt.datetime:
        """The moment that everything is dated from."""
        return dt.datetime.combine(self.today, dt.time(12), dt.UTC)

    def chance(self, *name: object) -> random.Random:
        """Chances of a part, the same each time."""
        return random.Random(f"{self.seed}/{name}")  # noqa: S311 - invented data


def happens(chance: random.Random, share: float) -> bool:
    """Whether it happens this time, as it does in such a share of all."""
    return chance.random() < share


Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    """What can be credited, by arrays: the keys of versions, items, organisations, the worth, the day of an event."""

    versions: Numbers
    items: Numbers
    organisations: Numbers
    credits: Numbers
    days: Numbers  # the last, as `date.toordinal` counts; 0 for what has none
    begins: Numbers  # in seconds, as Unix counts; 0 likewise
    ends: Numbers  # likewise
    lasts: Numbers  # days
    by_windows: Flags  # how presence is shown
    by_badge: Flags
    of_specialty: dict[int, Numbers]  # places in the arrays, those that suit a specialty first
    with_codes: Numbers  # places of the events that give codes; the specialties have the others


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What of the database the rows refer to."""

    specialties: tuple[tuple[int, str, str], ...]  # id, name, level; those that hold on the day, by level and name
    zones: tuple[tuple[str, str], ...]  # code of a region, its time zone
    agreements: tuple[int, ...]  # versions in force
    password: str  # the demo's, hashed once for all
    second_step: str  # the demo's key
    first_ids: dict[str, int]  # of tables whose ids are given beforehand
    learning: dict[str, Learning] = field(default_factory=dict)  # by part of credits


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a phase: one worker makes it at one go. Numbers count from zero within the kind."""

    kind: str
    first: int
    count: int
