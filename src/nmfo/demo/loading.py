"""The hand-made demo as a whole: people, organisations, items. Loading it again adds only what is missing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from nmfo.demo.catalogue import load_items
from nmfo.demo.credits import load_credits
from nmfo.demo.listeners import load_listeners
from nmfo.demo.organisations import ORGANISATIONS, load_organisations
from nmfo.demo.people import DOCTOR, NURSE, OPERATORS, PASSWORD, load_people, second_step, signin_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """How much was not there before."""

    people: int
    organisations: int
    items: int
    entries: int
    listeners: int


@transaction.atomic
def load_demo(now: dt.datetime) -> Loaded:
    """Make what is not there yet of the demo."""
    return Loaded(
        people=load_people(now),
        organisations=load_organisations(now),
        items=load_items(now),
        listeners=load_listeners(now),
        entries=load_credits(now),  # after the listeners: they were at the doctor's events
    )


def demo_signins(now: dt.datetime) -> list[str]:
    """Lines for the console: who can sign in, and how."""
    staff = [person for organisation in ORGANISATIONS for person, _role, _post in organisation.staff]
    lines = ["Demo sign-ins (invented people), password for all: " + PASSWORD]
    lines += [signin_line(person) for person in (DOCTOR, NURSE, *OPERATORS, *staff)]
    lines.append(f"  second step of operators and organisations: {second_step(now)}")
    return lines
