"""P-03..P-05: the card of a programme, an event, a module; its calendar entries, documents, QR code."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import segno
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from foundation.files.responses import file_response
from foundation.ui.kept import answer_strangers
from foundation.ui.offline import kept_on_device
from nmfo.accounts.rules import Role
from nmfo.catalogue.cards import CardFacts, card_of
from nmfo.catalogue.models import Version
from nmfo.catalogue.queries import is_awaited
from nmfo.catalogue.rules.words import ItemState, Kind
from nmfo.catalogue.search.index import Snapshot, index
from nmfo.catalogue.search.showing import public_file, public_run, public_runs, public_version
from nmfo.credits.queries.ledger import credit_of
from nmfo.cycles.operations.feeding import owner_of
from nmfo.cycles.plan_queries import engagements_of, is_planned
from nmfo.cycles.queries.choosing import are_in_one_cycle
from nmfo.enrolment.queries import own_open_application
from nmfo.enrolment.rules import Side
from nmfo.reference.models import Level
from nmfo.reference.naming import specialties_in_a_line
from nmfo.specialists.queries import levels_practised_by, practised_by
from nmfo.web.parts.addresses import absolute
from nmfo.web.parts.cards import card_context
from nmfo.web.parts.enrolment import standing_of
from nmfo.web.parts.requests import visitor_of
from nmfo.web.public.catalogue import calendars, signing, structured
from nmfo.web.public.catalogue.rows import card_address
from nmfo.web.public.catalogue.views import related

_DESCRIPTION = 200
_LONGEST_KEY = 100


def _card_page(kind: str) -> Callable[[HttpRequest, int], HttpResponse]:
    @login_not_required
    @require_safe
    @kept_on_device
    def card(request: HttpRequest, pk: int) -> HttpResponse:
        return answer_strangers(request, str(timezone.localdate()), lambda: _card(request, kind, pk))

    return card


programme = _card_page(Kind.PROGRAMME)
event = _card_page(Kind.EVENT)
module = _card_page(Kind.MODULE)


def _card(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    version = public_version(kind, pk)
    if version is None:
        raise Http404
    now = timezone.now()
    card = card_of(version, public_runs(version), today=timezone.localdate(now))
    where = absolute(card_address(kind, pk))
    for_you_and_plan = _for_you_and_plan(request, version, pk)
    context = {
        **card_context(card, now=now, file_address=lambda row: reverse("public:card-file", args=[row])),
        "url": where,
        "description": _description(card),
        "structured": structured.data_of(card, where),
        "item": pk,
        **_applying(request, card, pk, now, fits=for_you_and_plan["for_you"]["state"] != "level"),
        "awaiting": _awaiting(request, card, pk),
        "awaited": "catalogue/_await.html",
        **for_you_and_plan,
        "calendar": reverse("public:event-calendar", args=[pk]) if card.begins_at else "",
        "signing": signing.signing_of(request, version, now) if kind == Kind.EVENT else None,
        "share": "catalogue/_share.html",
        "qr": reverse("public:card-qr", args=[kind, pk]),
    }
    return render(request, "catalogue/card.html", context)


def _description(card: CardFacts) -> str:
    """One line about the item for previews of the link."""
    text = " ".join(card.annotation.replace("#", " ").replace("*", " ").split())
    return text if len(text) <= _DESCRIPTION else text[: _DESCRIPTION - 1].rsplit(" ", 1)[0] + "…"


def _for_you_and_plan(request: HttpRequest, version: Version, pk: int) -> dict[str, Any]:
    """How the item counts for who is signed in, and whether the card offers to plan it: nothing, «add», «in»."""
    for_you, visitor = _for_you(request, version), visitor_of(request)
    planning = ""
    credited = credit_of(visitor, pk) if visitor is not None else None
    if visitor is not None and for_you["state"] in {"main", "other"}:
        listed = version.item.state == ItemState.PUBLISHED
        done = credited is not None and are_in_one_cycle(visitor, credited.earned_on, timezone.localdate())
        planning = "in" if is_planned(visitor, pk) else "add" if listed and not done else ""
    return {"for_you": for_you, "credited": credited, "planning": planning, "plan_form": "catalogue/_plan.html"}


def _for_you(request: HttpRequest, version: Version) -> dict[str, Any]:
    """How the item counts for who is signed in: by main and additional specialties of their documents.

    Where none of them is named, it may be for another level: then it is not only of no use to them, but closed.
    """
    visitor = visitor_of(request)
    if visitor is None:
        return {"state": "guest", "names": ""}
    own, rows = practised_by(visitor), version.specialty_rows.all()
    snapshot = index().current()
    wanted = related(snapshot, own)
    main = [row.specialty_id for row in rows if row.is_main and row.specialty_id in wanted]
    other = [row.specialty_id for row in rows if not row.is_main and row.specialty_id in wanted]
    levels = [] if main or other else levels_practised_by(visitor)
    if version.levels and levels and not set(version.levels) & set(levels):
        return {"state": "level", "names": ", ".join(str(Level(level).label) for level in levels)}
    if not own:
        return {"state": "unknown", "names": ""}
    state = "main" if main else "other" if other else "none"
    return {"state": state, "names": _names(snapshot, main or other or list(own))}


def _applying(request: HttpRequest, card: CardFacts, pk: int, now: dt.datetime, *, fits: bool) -> dict[str, Any]:
    """Whether one may apply; who has an open application for the programme reads where it is instead."""
    visitor = visitor_of(request)
    own = own_open_application(visitor, pk) if visitor is not None and card.kind == Kind.PROGRAMME else None
    if own is None:
        return {"may_apply": fits and _may_apply(request, card)}
    standing = standing_of(own, timezone.localdate(now), reader=Side.SPECIALIST)
    return {"own_application": own, "standing": standing.label, "may_apply": False}


def _may_apply(request: HttpRequest, card: CardFacts) -> bool:
    """Whether runs have the button: guests come back to the form after signing in; staff of the portal do not learn."""
    if card.state != ItemState.PUBLISHED or not card.organisation.has_valid_licence:
        return False
    visitor = visitor_of(request)
    return visitor is None or not visitor.has_role(Role.OPERATOR)


def _awaiting(request: HttpRequest, card: CardFacts, pk: int) -> str:
    """Whether the card offers to tell of a run: nothing, «guest», «ask», «asked»."""
    if card.kind != Kind.PROGRAMME or card.state != ItemState.PUBLISHED or any(run.is_open for run in card.runs):
        return ""
    visitor = visitor_of(request)
    if visitor is None:
        return "guest"
    return "asked" if is_awaited(visitor, pk) else "ask"


def _names(snapshot: Snapshot, specialties: list[int]) -> str:
    names = sorted(snapshot.specialties[pk].name for pk in specialties if pk in snapshot.specialties)
    return specialties_in_a_line(names, quoted=True)


@login_not_required
@require_safe
def event_calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """An event as an entry of a calendar."""
    version = public_version(Kind.EVENT, pk)
    if version is None:
        raise Http404
    card = card_of(version, [], today=timezone.localdate())
    return _ics(calendars.of_event(card, absolute(card_address(Kind.EVENT, pk))), f"event-{pk}")


@login_not_required
@require_safe
def run_calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """A run as an entry of a calendar: whole days."""
    run = public_run(pk)
    if run is None:
        raise Http404
    where = absolute(card_address(Kind.PROGRAMME, run.item_id))
    return _ics(calendars.of_run(run, where), f"run-{pk}")


@login_not_required
@never_cache
@require_safe
def plan_calendar(request: HttpRequest) -> HttpResponse:
    """Somebody's plan by its secret address; the secret stands behind «?», so it is in no log of addresses."""
    owner = owner_of(request.GET.get("key", "")[:_LONGEST_KEY])
    if owner is None:
        raise Http404
    with translation.override(owner.account.language):
        content = calendars.of_plan(engagements_of(owner.pk, timezone.localdate()))
    response = _ics(content, "plan")
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def _ics(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.ics"'
    return response


@login_not_required
@require_safe
def card_file(request: HttpRequest, pk: int) -> HttpResponse:
    """A document of a published card."""
    found = public_file(pk)
    if found is None:
        raise Http404
    return file_response(found.file)


@login_not_required
@require_safe
def card_qr(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    """The address of a card as a QR code, for a slide or a notice on the wall."""
    if name not in Kind.values:
        raise Http404
    code = segno.make(absolute(card_address(name, pk)), error="m")
    picture = io.BytesIO()
    code.save(picture, kind="svg", scale=8, border=3)
    response = HttpResponse(picture.getvalue(), content_type="image/svg+xml")
    response["Cache-Control"] = "public, max-age=86400"
    return response
