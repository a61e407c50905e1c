"""What somebody signed up for or applied to: no credit is awaited of it, but it may be the one they look for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

from django.utils import timezone

from foundation.ui.addresses import address_of
from nmfo.credits.queries.likeness import ENOUGH, likeness
from nmfo.credits.rules.words import Part
from nmfo.enrolment.queries import applications_of
from nmfo.enrolment.rules import State
from nmfo.participation.queries import registrations_of
from nmfo.specialists.models import Specialist

_LOOKED_AT = 200  # the newest
_MOST = 5


class Underway(NamedTuple):
    """A registration or an application, as the page shows it."""

    title: str
    state: str
    day: dt.date | None
    address: str
    worth: int  # ЗЕТ


def underway_like(specialist: Specialist, title: str, part: str, known: Collection[int]) -> list[Underway]:
    """Those of a title like this one, the likest first. `known`: items that were found among credits already."""
    found = _of(specialist, part, known)
    ranked = sorted(zip(likeness(title, [one.title for one in found]), found, strict=True), key=lambda pair: -pair[0])
    return [one for near, one in ranked if near >= ENOUGH][:_MOST]


def _of(specialist: Specialist, part: str, known: Collection[int]) -> list[Underway]:
    if part == Part.EVENT:
        rows = registrations_of(specialist).exclude(item__in=known)[:_LOOKED_AT]
        address = address_of("specialist:events")
        return [
            Underway(
                row.version.title,
                row.get_state_display(),
                timezone.localdate(row.version.begins_at) if row.version.begins_at is not None else None,
                address,
                row.version.credits or 0,
            )
            for row in rows
        ]
    if part == Part.PROGRAMME:
        return [
            Underway(
                row.version.title,
                row.get_state_display(),
                row.run.ends_on,
                address_of("specialist:application", row.pk),
                row.version.credits or 0,
            )
            for row in applications_of(specialist).exclude(state=State.DRAFT).exclude(item__in=known)[:_LOOKED_AT]
        ]
    return []
