"""P-04: signing up for an event from its card, and what the card says to who has signed up."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from foundation.errors import Refused
from nmfo.catalogue.models import Version
from nmfo.catalogue.rules.words import ItemState, Kind
from nmfo.cycles.plan_queries import in_the_way_of
from nmfo.cycles.rules.planning import Busy
from nmfo.organisations.rules import LicenceState
from nmfo.participation.models import Registration
from nmfo.participation.operations import signing_up
from nmfo.participation.queries import (
    Seats,
    clashes_of,
    live_registration_of,
    place_in_line,
    seats_of,
    span_of,
    visiting_specialist,
)
from nmfo.participation.rules import WINDOW_GRACE, EventUnknown, State
from nmfo.specialists.models import Specialist
from nmfo.web.parts.requests import PortalRequest, visitor_of
from nmfo.web.parts.wording import period, span
from nmfo.web.public.catalogue.rows import card_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """What the card of an event offers. `mine` is the reader's registration; `place` their place in the line."""

    item: int
    is_open: bool
    is_guest: bool
    may: bool
    seats: Seats
    next_place: int
    mine: Registration | None
    place: int
    clashes: tuple[tuple[str, str, str], ...]
    learning: tuple[tuple[str, str, str], ...]
    grace: int

    @property
    def is_kept(self) -> bool:
        """Whether a seat is kept for the reader."""
        return self.mine is not None and self.mine.state == State.OFFERED

    @property
    def is_waiting(self) -> bool:
        """Whether the reader stands in the line."""
        return self.mine is not None and self.mine.state == State.WAITING


def signing_of(request: HttpRequest, version: Version, now: dt.datetime) -> Signing | None:
    """What can be done about taking part; None when nothing can be, and nothing was."""
    visitor = visitor_of(request)
    specialist = visiting_specialist(visitor)
    mine = live_registration_of(specialist, version.item_id) if specialist is not None else None
    until = version.ends_at if version.online else version.begins_at
    held = version.item.state == ItemState.PUBLISHED
    licensed = version.item.organisation.licence_state == LicenceState.VALID
    is_open = held and licensed and until is not None and now < until
    if not is_open and mine is None:
        return None
    seats = seats_of(version)
    return Signing(
        item=version.item_id,
        is_open=is_open,
        is_guest=visitor is None,
        may=visitor is not None and (specialist is not None or not visitor.is_staff_member),
        seats=seats,
        next_place=seats.waiting + 1,
        mine=mine,
        place=place_in_line(mine) if mine is not None and mine.state == State.WAITING else 0,
        clashes=_clashes(specialist, version) if specialist is not None and is_open else (),
        learning=_learning(specialist, version, now) if specialist is not None and is_open else (),
        grace=WINDOW_GRACE.seconds // 60,
    )


def _clashes(specialist: Specialist, version: Version) -> tuple[tuple[str, str, str], ...]:
    """Title, time and address of other events of the same time."""
    return tuple(
        (other.title, span(other.begins_at, other.ends_at, other.zone), card_address(Kind.EVENT, other.item_id))
        for other in clashes_of(specialist, version)
        if other.begins_at is not None
    )


def _learning(specialist: Specialist, version: Version, now: dt.datetime) -> tuple[tuple[str, str, str], ...]:
    """The same of runs that somebody has applied for and that have classes in those days."""
    wanted = Busy(key=version.item_id, begins_at=span_of(version).begins_at, ends_at=span_of(version).ends_at)
    return tuple(
        (one.title, period(one.run.begins_on, one.run.ends_on), card_address(one.kind, one.item))
        for one in in_the_way_of(specialist, wanted, timezone.localdate(now))
        if one.run is not None
    )


@require_POST
def sign_up(request: PortalRequest, pk: int) -> HttpResponse:
    """Sign up, or stand in the line. Pressing twice is once."""
    specialist = visiting_specialist(visitor_of(request))
    if specialist is None:
        if request.user.is_staff_member:
            messages.error(request, _("Only specialists sign up for events."))
            return redirect(card_address(Kind.EVENT, pk))
        return redirect("specialist:welcome-agreement")
    try:
        made = signing_up.sign_up(
            specialist=specialist,
            item_id=pk,
            waiting="waiting" in request.POST,
            facts=request.facts,
            now=timezone.now(),
        )
    except EventUnknown:
        raise Http404 from None
    except Refused as refusal:  # when seats are gone meanwhile, the card offers the line now
        messages.error(request, str(refusal))
    else:
        waits = made.state == State.WAITING
        said = _("You are on the waiting list. We write when a seat is free.") if waits else _("You are signed up.")
        messages.success(request, said)
    return redirect(f"{reverse('public:event', args=[pk])}#sign-up")
