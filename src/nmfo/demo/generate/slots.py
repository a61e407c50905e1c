"""What is drawn for everybody: which places of their ledger are filled, by which learning, when, and who entered it.

Everybody has some forty slots, most of them filled: each is a source and a number within it. Whatever is drawn follows
from the seed, the person's number and what is drawn, so that no part has to know another.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from foundation.db import pgcopy
from foundation.db.pgcopy import Numbers
from nmfo.demo.generate.accounts import practice
from nmfo.demo.generate.plan import SLICE_OF_PEOPLE, STAFF_OF_AN_ORGANISATION, Facts, Flags, Part, Plan

SECONDS = 36_000  # of a working day
EVENTS_BY_PRESENCE = 12  # at most; the next one is refused
REFUSED_AFTER = 3  # days after the event
_WAITING = 3  # people in ten
_LISTS = {"completion": "programme", "presence": "event", "module": "module"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place in everybody's ledger: the number within a source; who has fewer of the source leaves it empty."""

    source: str
    part: str
    number: int
    least: int
    most: int


def _slots() -> Iterator[Slot]:
    for source, part, least, most in (
        ("legacy", "event", 4, 12),
        ("completion", "programme", 2, 6),
        ("presence", "event", 4, EVENTS_BY_PRESENCE),
        ("module", "module", 4, 14),
        ("code", "event", 1, 1),
        ("reversal", "module", 1, 1),
        ("manual", "other", 1, 1),
    ):
        for number in range(most):
            yield Slot(source=source, part=part, number=number, least=least, most=most)


SLOTS = tuple(_slots())


def drawn(plan: Plan, what: str, numbers: Numbers, whole: Numbers | int) -> Numbers:
    """For each number a chance number from 0 to below `whole`, the same each time (splitmix64)."""
    salt = np.uint64(zlib.crc32(f"{plan.seed}/{what}".encode()))
    mixed = (numbers.astype(np.uint64) << np.uint64(32)) + salt + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return (mixed % np.asarray(whole, dtype=np.uint64)).astype(np.int64)


@functools.cache
def _specialties(plan: Plan, listed: tuple[tuple[int, str, str], ...], first: int, count: int) -> Numbers:
    facts = Facts(specialties=listed, zones=(), agreements=(), password="", second_step="", first_ids={})
    return np.array(practice(plan, facts, Part(kind="specialist", first=first, count=count)).specialties)


def _specialties_of(plan: Plan, facts: Facts, people: Numbers) -> Numbers:
    """The specialty of each of the people, who follow each other from the beginning of a slice on."""
    first, end = int(people[0]), int(people[-1]) + 1
    return np.concatenate(
        [
            _specialties(plan, facts.specialties, begin, min(SLICE_OF_PEOPLE, plan.specialists - begin))
            for begin in range(first, end, SLICE_OF_PEOPLE)
        ]
    )[: end - first]


def places_of(plan: Plan, facts: Facts, source: str, number: int, people: Numbers) -> Numbers:
    """What the people learned by a source as their so many-th, by place in the list of its part; -1: nothing is left.

    Each begins somewhere in the list of their specialty and goes on from there, so that nothing comes twice.
    """
    learning = facts.learning[_LISTS[source]]
    found = np.full(len(people), -1)
    specialties = _specialties_of(plan, facts, people)
    starts = drawn(plan, f"{source} from", people, 1 << 40)
    for specialty in np.unique(specialties).tolist():
        known = learning.of_specialty[specialty]
        if number < len(known):
            of_it = specialties == specialty
            found[of_it] = known[(starts[of_it] % len(known) + number) % len(known)]
    return found


def has(plan: Plan, slot: Slot, people: Numbers) -> Flags:
    """Which of the people have a slot filled."""
    many = slot.least + drawn(plan, f"{slot.source} many", people, slot.most - slot.least + 1)
    return slot.number < many


def left_of(plan: Plan, facts: Facts, source: str, number: int, whom: Numbers, part: Part) -> tuple[Numbers, Numbers]:
    """Those of the people who have something of a source left that they have no credits for, and its place."""
    places = places_of(plan, facts, source, number, np.arange(part.first, part.first + part.count))[whom - part.first]
    return whom[places >= 0], places[places >= 0]


def waiting(plan: Plan, facts: Facts, part: Part) -> tuple[Numbers, Numbers]:
    """Three people in ten wait for a programme's credits: they and its place."""
    people = np.arange(part.first, part.first + part.count)
    most = next(slot.most for slot in SLOTS if slot.source == "completion")
    return left_of(plan, facts, "completion", most, people[drawn(plan, "awaited", people, 10) < _WAITING], part)


def refused(plan: Plan, facts: Facts, part: Part) -> tuple[Numbers, Numbers]:
    """One in ten was not there, or not long enough: they and the event's place."""
    people = np.arange(part.first, part.first + part.count)
    whom = people[drawn(plan, "awaited", people, 10) == _WAITING]
    return left_of(plan, facts, "presence", EVENTS_BY_PRESENCE, whom, part)


def registrations(plan: Plan, facts: Facts, number: int, people: Numbers) -> Numbers:
    """The registrations of people for their so many-th event: who has fewer leaves a gap."""
    return facts.first_ids["participation_registration"] + number * plan.specialists + people


def by_width(numbers: Numbers) -> Iterator[tuple[int, Flags]]:
    """How many digits numbers have, and which: they are written without zeroes, and rows have fields of one length."""
    for width in range(1, 19):
        these = (numbers >= 10 ** (width - 1)) & (numbers < 10**width)
        if these.any():
            yield width, these


def posted_on(plan: Plan, source: str, people: Numbers, earned: Numbers) -> Numbers:
    """One to six days after it was earned; what the closed portal knew came all at once."""
    if source == "legacy":
        return np.full(len(people), plan.today.toordinal() - 890)
    return earned + 1 + drawn(plan, f"{source} posted", people, 6)


def seconds_of(plan: Plan, place: int, people: Numbers) -> Numbers:
    """The second of the day, in UTC, in which an entry of a slot was posted."""
    return 25_000 + drawn(plan, f"time {place}", people, SECONDS)


def awaited_seconds(plan: Plan, people: Numbers) -> Numbers:
    """Likewise of what is awaited or refused."""
    return 25_000 + drawn(plan, "awaited time", people, SECONDS)


def persons_of(facts: Facts, people: Numbers) -> Numbers:
    """The cabinets of people."""
    return facts.first_ids["specialists_specialist"] + people


def staff(plan: Plan, facts: Facts, organisations: Numbers, role: int) -> Numbers:
    """The account of an organisation's person: 0 who is responsible, 2 the registrar."""
    first = facts.first_ids["accounts_account"] + plan.accounts - plan.staff
    return first + (organisations - facts.first_ids["organisations_organisation"]) * STAFF_OF_AN_ORGANISATION + role


def one_text(value: str) -> bytes:
    """The field that all rows have."""
    (field,) = pgcopy.text([value])
    return field


def one_small(value: int) -> bytes:
    """Likewise, smallint."""
    (field,) = pgcopy.int2([value])
    return field


def one_large(value: int) -> bytes:
    """Likewise, bigint."""
    (field,) = pgcopy.int8([value])
    return field
