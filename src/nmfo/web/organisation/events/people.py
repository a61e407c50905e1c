"""O-09: events of the organisation, the list of people of each, marks, people added at the door."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from foundation.errors import Refused
from foundation.ui.templatetags.ui import full_name
from foundation.ui.views import safe_next
from nmfo.catalogue.models import Version
from nmfo.catalogue.rules.words import ItemState, Presence
from nmfo.credits.models import LedgerEntry
from nmfo.credits.queries.claims import reversals_asked
from nmfo.credits.queries.ledger import counted_once
from nmfo.organisations.rules import Right
from nmfo.participation.models import Gathering, Mark, Registration
from nmfo.participation.operations import noting
from nmfo.participation.operations.noting import Addition
from nmfo.participation.queries import (
    entered_afterwards,
    event_in_force,
    events_of,
    gathering_of,
    gatherings_of,
    measured,
    numbers_of,
    objections_at,
    open_objections_at,
    people_of,
    registrations_for,
    rule_of,
    without_a_code,
)
from nmfo.participation.rules import (
    HOLDS_SEAT,
    SCANS_FROM,
    WINDOW_GRACE,
    Award,
    Decision,
    Measure,
    PresenceRule,
    State,
    counts_from,
    days_marked,
    days_meant,
    days_of,
    days_to_mark,
    is_mark_late,
)
from nmfo.web.organisation.corrections import reversal_page, standing_of
from nmfo.web.organisation.events.forms import AddForm, MarkForm, TakeBackForm
from nmfo.web.parts.requests import OrganisationRequest
from nmfo.web.parts.rights import require_right
from nmfo.web.parts.wording import span

FORM = require_http_methods(["GET", "HEAD", "POST"])
_PAGE = 30
_PEOPLE = 50


def page_of(request: OrganisationRequest, name: str, context: dict[str, Any], form: Any = None) -> HttpResponse:
    """A page of the cabinet; 422 when its form was refused."""
    wrong = form is not None and form.is_bound and not form.is_valid()
    return render(request, f"organisation/events/{name}.html", {**context, "form": form}, status=422 if wrong else 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """People of an event in figures."""

    signed_up: int
    arrived: int
    waiting: int
    confirmed: int
    refused: int


def numbers(found: dict[str, int]) -> Numbers:
    """The figures of counted states."""
    return Numbers(
        signed_up=sum(found.get(state, 0) for state in HOLDS_SEAT),
        arrived=found["arrived"],
        waiting=found.get(State.WAITING, 0),
        confirmed=found.get(State.PRESENT, 0),
        refused=found.get(State.ABSENT, 0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event as the pages of the cabinet speak of it."""

    version: Version
    gathering: Gathering | None
    when: str
    has_begun: bool
    is_going_on: bool
    is_over: bool
    is_closed: bool
    can_close: bool
    sends_codes: bool
    is_withdrawn: bool
    by_windows: bool
    by_badge: bool
    in_a_hall: bool
    can_scan: bool
    can_note: bool
    counts_from: dt.datetime
    is_trial: bool  # phones can be tried, and nobody is noted yet


def event_of(request: OrganisationRequest, pk: int) -> Event:
    """An event of this organisation, published or withdrawn. 404 for any other."""
    version = event_in_force(pk)
    if version is None or version.item.organisation_id != request.organisation.pk:
        raise Http404
    return shown(version, gathering_of(version.item), timezone.now())


def shown(version: Version, gathering: Gathering | None, now: dt.datetime) -> Event:
    """What can be done with an event now."""
    begins, ends = version.begins_at, version.ends_at
    assert begins is not None  # noqa: S101 - published events have both
    assert ends is not None  # noqa: S101 - likewise
    is_closed = gathering is not None and gathering.closed_at is not None
    called_off = gathering is not None and gathering.called_off_at is not None
    hall = version.on_site or version.presence in {Presence.LIST, Presence.BADGE}
    withdrawn = version.item.state == ItemState.WITHDRAWN
    takes, since = hall and not withdrawn and not is_closed, counts_from(begins)
    can_scan = takes and now >= begins - SCANS_FROM
    return Event(
        version=version,
        gathering=gathering,
        when=span(begins, ends, version.zone),
        has_begun=begins <= now,
        is_going_on=begins <= now <= ends,
        is_over=ends < now,
        is_closed=is_closed,
        can_close=gathering is not None and not is_closed and not called_off and now > ends + WINDOW_GRACE,
        sends_codes=is_closed and gathering is not None and gathering.award == Award.CODES,
        is_withdrawn=withdrawn,
        by_windows=version.presence == Presence.WINDOWS,
        by_badge=version.presence == Presence.BADGE,
        in_a_hall=hall,
        can_scan=can_scan,
        can_note=takes and now >= since,
        counts_from=since,
        is_trial=can_scan and now < since,
    )


@require_safe
@require_right(Right.LISTENERS)
def events(request: OrganisationRequest) -> HttpResponse:
    """All events, the latest first, with how many people they have."""
    page = Paginator(events_of(request.organisation), _PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    counts = numbers_of([version.item_id for version in page])
    gatherings = gatherings_of([version.item_id for version in page])
    rows = [
        {
            "event": shown(version, gatherings.get(version.item_id), now),
            "numbers": numbers(counts[version.item_id]),
        }
        for version in page
    ]
    objections = open_objections_at(request.organisation)
    context = {"page": page, "rows": rows, "objections": objections.count(), "first": objections.first()}
    return page_of(request, "list", context)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A line of the list."""

    row: Registration
    decision: Decision
    ends_at: dt.datetime | None  # of the event
    has_begun: bool
    entry: LedgerEntry | None = None
    asked: tuple[str, str] = ("", "")
    late: Mark | None = None  # came after the event: by hand, or from a phone
    days: tuple[dt.date, ...] = ()  # of an event of several: those the person is marked on
    of_days: int = 1
    at_once: tuple[dt.date, ...] = ()  # what one press marks
    can_mark: bool = False  # other days, or for a reason: on a page of its own

    @property
    def state(self) -> str:
        """In words, as the organiser says it."""
        words = {
            State.SIGNED_UP: pgettext("list of people", "signed up"),
            State.PRESENT: pgettext("list of people", "confirmed"),
            State.ABSENT: pgettext("list of people", "not confirmed"),
        }
        return words.get(State(self.row.state), self.row.get_state_display())

    @property
    def marked_on(self) -> str:
        """The days, short: the head of the page has the year."""
        return ", ".join(f"{one:%d.%m}" for one in self.days)

    @property
    def added(self) -> str:
        """How they came into the list, when it was not by themselves."""
        if self.row.added_by_id is None:
            return ""
        was_over = self.ends_at is not None and self.ends_at < self.row.signed_up_at
        return _("added after the event") if was_over else _("added on the spot")

    @property
    def result(self) -> str:
        """What was measured, in figures; nothing while there was nothing to measure."""
        if self.decision.measure == Measure.MARK or not self.has_begun:
            return ""
        values = {"have": self.decision.have, "need": self.decision.need}
        if self.decision.measure == Measure.WINDOWS:
            return _("windows: %(have)d, needed %(need)d") % values
        return _("minutes: %(have)d, needed %(need)d") % values


def _tabs(found: Numbers, event: Event) -> list[tuple[str, str, int]]:
    tabs = [("", _("All"), found.signed_up + found.waiting)]
    if event.in_a_hall and not event.is_closed:
        tabs += [
            ("missing", _("Not marked"), max(0, found.signed_up - found.arrived)),
            ("here", _("Marked"), found.arrived),
        ]
    if found.waiting:
        tabs.append(("waiting", _("Waiting list"), found.waiting))
    if event.is_closed:
        tabs += [
            ("confirmed", pgettext("people", "Confirmed"), found.confirmed),
            ("refused", pgettext("people", "Not confirmed"), found.refused),
        ]
    return tabs


@require_safe
@require_right(Right.LISTENERS)
def people(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Who comes to an event: the list at the door. Each look is written down."""
    event = event_of(request, pk)
    words, tab = " ".join(request.GET.get("q", "").replace("\0", "").split())[:100], request.GET.get("tab", "")
    found = people_of(event.version.item, words=words, tab=tab)
    page = Paginator(found, _PEOPLE).get_page(request.GET.get("page"))
    entries = _given(request, event, [row.specialist_id for row in page])
    proposals = reversals_asked(entry.pk for entry in entries.values())
    late = entered_afterwards(event.version, page.object_list) if event.is_over else {}
    lines, now, rule = [], timezone.now(), rule_of(event.version)
    of_days = len(days_of(rule))
    for one in measured(event.version, page.object_list, now=now):
        have = days_marked(rule, one.evidence.marks)
        at_once, others = _to_mark(rule, have, now) if event.can_note else ((), ())
        entry = entries.get(one.registration.specialist_id)
        asked = standing_of(proposals.get(entry.pk)) if entry is not None else ("", "")
        lines.append(
            Person(
                row=one.registration,
                decision=one.decision,
                ends_at=event.version.ends_at,
                has_begun=event.has_begun,
                entry=entry,
                asked=asked,
                late=late.get(one.registration.pk),
                days=tuple(sorted(have)) if of_days > 1 else (),
                of_days=of_days,
                at_once=at_once,
                can_mark=bool(others),
            )
        )
    counts = numbers(numbers_of([pk])[pk])
    noting.look_at_people(
        item_id=pk,
        what="search" if words else "list",
        shown=[line.row.pk for line in lines],
        by=request.member,
        facts=request.facts,
    )
    context = {
        "event": event,
        "page": page,
        "lines": lines,
        "q": words,
        "tab": tab,
        "tabs": _tabs(counts, event),
        "numbers": counts,
        "objections": objections_at(request.organisation).filter(registration__item=pk, state="open").count(),
        "settled": settled_of(event),
        "uncoded": without_a_code(pk).count() if event.sends_codes else 0,
        "here": request.get_full_path(),
    }
    return page_of(request, "people", context)


def _to_mark(
    rule: PresenceRule, have: set[dt.date], now: dt.datetime
) -> tuple[tuple[dt.date, ...], tuple[dt.date, ...]]:
    """The days that a press in the list marks, and those that are chosen on a page, because a press would guess."""
    free = tuple(one for one in days_to_mark(rule, now) if one not in have)
    if is_mark_late(now, ends_at=rule.ends_at) or (now > rule.ends_at and len(days_of(rule)) > 1):
        return (), free
    meant = days_meant(rule, now)
    return tuple(one for one in free if one in meant), tuple(one for one in free if one not in meant)


def _given(request: OrganisationRequest, event: Event, specialists: list[int]) -> dict[int, LedgerEntry]:
    """What the event gave these people; nothing before attendance is closed."""
    if not event.is_closed:
        return {}
    return counted_once(request.organisation, event.version.item_id, specialists)


@FORM
@require_right(Right.LISTENERS)
def reversal(request: OrganisationRequest, pk: int, row: int) -> HttpResponse:
    """Propose to take somebody's credit back; what became of it."""
    event = event_of(request, pk)
    found: Registration = get_object_or_404(registrations_for(event.version.item), pk=row)
    entry = _given(request, event, [found.specialist_id]).get(found.specialist_id)
    if entry is None:
        raise Http404
    noting.look_at_people(item_id=pk, what="one", shown=[found.pk], by=request.member, facts=request.facts)
    context = {
        "person": found.specialist.account,
        "back": reverse("organisation:event", args=[pk]),
        "back_label": event.version.title,
        "code_address": f"{reverse('organisation:codes-new')}?item={pk}",
    }
    return reversal_page(request, entry, here=reverse("organisation:event-reversal", args=[pk, row]), context=context)


def settled_of(event: Event) -> dict[str, int] | None:
    """How far the job is that gives the credits; None: there is nothing to wait for."""
    if not event.is_closed or event.gathering is None or event.gathering.settled_at is not None:
        return None
    rows = registrations_for(event.version.item).filter(state__in=[State.PRESENT, State.ABSENT])
    return {"done": rows.exclude(settled_at=None).count(), "all": rows.count()}


def back(request: OrganisationRequest, pk: int) -> HttpResponse:
    """To the list, as it was filtered."""
    return redirect(_list_of(request, pk))


def _list_of(request: OrganisationRequest, pk: int) -> str:
    return safe_next(request, reverse("organisation:event", args=[pk]))


@FORM
@require_right(Right.LISTENERS)
def mark(request: OrganisationRequest, pk: int, row: int) -> HttpResponse:
    """Note that somebody is there: by a press in the list, or on a page with its days and the reason."""
    event, now = event_of(request, pk), timezone.now()
    found: Registration = get_object_or_404(registrations_for(event.version.item), pk=row)
    rule = rule_of(event.version)
    (known,) = measured(event.version, [found], now=now)
    have = days_marked(rule, known.evidence.marks)
    if have.issuperset(days_to_mark(rule, now)):
        messages.info(request, _marked_already(event, found))
        return back(request, pk)
    form = MarkForm(request.POST if request.method == "POST" else None, rule=rule, now=now, marked=have)
    if request.method == "POST" and form.is_valid():
        try:
            noting.mark_present(
                item_id=pk,
                registration_id=found.pk,
                reason=form.cleaned_data.get("reason", ""),
                days=form.days_chosen,
                by=request.member,
                facts=request.facts,
                now=now,
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            said = _("Marked: %(name)s") % {"name": full_name(found.specialist.account)}
            messages.success(request, f"{said} {_worth(event, found, now)}".strip())
            return back(request, pk)
    if request.method != "POST":
        noting.look_at_people(item_id=pk, what="one", shown=[found.pk], by=request.member, facts=request.facts)
    return page_of(request, "mark", {"event": event, "row": found, "next": _list_of(request, pk)}, form)


@FORM
@require_right(Right.LISTENERS)
def take_back(request: OrganisationRequest, pk: int, row: int) -> HttpResponse:
    """Take a mark back, with the reason."""
    event = event_of(request, pk)
    found: Registration = get_object_or_404(registrations_for(event.version.item), pk=row)
    form = TakeBackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            noting.take_mark_back(
                item_id=pk,
                registration_id=found.pk,
                reason=form.cleaned_data["reason"],
                by=request.member,
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("The mark is taken back."))
            return redirect("organisation:event", pk)
    if request.method != "POST":
        noting.look_at_people(item_id=pk, what="one", shown=[found.pk], by=request.member, facts=request.facts)
    return page_of(request, "take_back", {"event": event, "row": found}, form)


@FORM
@require_right(Right.LISTENERS)
def add(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Somebody who came without signing up: by СНИЛС and surname."""
    event = event_of(request, pk)
    now = timezone.now()
    form = AddForm(request.POST or None, rule=rule_of(event.version), now=now)
    if request.method == "POST" and form.is_valid():
        try:
            made = noting.add_on_the_spot(
                item_id=pk,
                snils=form.cleaned_data["snils"],
                surname=form.cleaned_data["surname"],
                reason=form.cleaned_data.get("reason", ""),
                days=form.days_chosen,
                by=request.member,
                facts=request.facts,
                now=now,
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            said = f"{_added(event, made)} {_worth(event, made.registration, now)}".strip()
            (messages.success if made.marked else messages.info)(request, said)
            return redirect("organisation:event-add", pk)
    return page_of(request, "add", {"event": event}, form)


def _added(event: Event, made: Addition) -> str:
    if made.marked:
        return _("Added and marked: %(name)s") % {"name": full_name(made.registration.specialist.account)}
    return _marked_already(event, made.registration)


def _marked_already(event: Event, row: Registration) -> str:
    name = {"name": full_name(row.specialist.account)}
    if len(days_of(rule_of(event.version))) == 1:
        return _("In the list and marked already: %(name)s") % name
    return _("In the list already, all chosen days are marked: %(name)s") % name


def _worth(event: Event, row: Registration, now: dt.datetime) -> str:
    """How much the marks of somebody are worth at an event of several days that is over, where minutes are measured."""
    if not event.is_over or len(days_of(rule_of(event.version))) == 1:
        return ""
    (known,) = measured(event.version, [row], now=now)
    if known.decision.measure != Measure.MINUTES:
        return ""
    values = {"have": known.decision.have, "need": known.decision.need}
    return _("(minutes by the marks: %(have)d, needed %(need)d)") % values
