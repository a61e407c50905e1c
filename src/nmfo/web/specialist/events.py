"""S-08, S-09: my events, the badge for the entrance, «Я здесь», the record of presence and the objection to it."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import segno
from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.errors import Refused
from foundation.ui.forms import LongText, PortalForm
from foundation.ui.templatetags.ui import clock
from nmfo.catalogue.models import Version
from nmfo.catalogue.places import place_in_words
from nmfo.catalogue.rules.words import ItemState, Presence
from nmfo.credits.models import LedgerEntry
from nmfo.credits.queries.codes import codes_waiting_for
from nmfo.credits.queries.ledger import refused_by_origin, standing_for, taken_back_for
from nmfo.participation import badges
from nmfo.participation.models import Objection, Registration
from nmfo.participation.operations import confirming, objecting, signing_up
from nmfo.participation.queries import (
    Measured,
    answered_windows_of,
    event_in_force,
    events_in_force,
    measured,
    objections_of,
    places_in_line,
    registrations_of,
    rule_of,
    signs_of,
    span_of,
    windows_of,
    windows_open_for,
)
from nmfo.participation.rules import (
    COMING,
    LONGEST_OBJECTION,
    WINDOW_GRACE,
    Measure,
    ObjectionState,
    Sign,
    Span,
    State,
    is_entered_afterwards,
    objection_until,
    overlap,
    share_of,
    takes_answers,
)
from nmfo.web.parts.requests import SpecialistRequest
from nmfo.web.parts.wording import span

FORM = require_http_methods(["GET", "HEAD", "POST"])
_PAGE = 20
_KINDS = {
    State.SIGNED_UP: "ok",
    State.WAITING: "warn",
    State.OFFERED: "warn",
    State.CALLED_OFF: "bad",
    State.PRESENT: "ok",
    State.ABSENT: "bad",
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """A registration as the list shows it."""

    registration: Registration
    version: Version
    now: dt.datetime
    place: int
    clashes: tuple[str, ...]
    has_window: bool
    credited: LedgerEntry | None
    gone: LedgerEntry | None  # what took its credits back, when nothing stands in their place
    code_waits: bool  # issued to them by name and not entered yet
    refused: int  # the awaited credit that will not come, which an operator can be asked about; 0: none

    @cached_property
    def is_called_off(self) -> bool:
        """Whether it was called off, told of or not yet."""
        withdrawn = self.version.item.state == ItemState.WITHDRAWN
        return self.registration.state == State.CALLED_OFF or (withdrawn and self.is_coming)

    @property
    def is_coming(self) -> bool:
        """Whether it is still to be."""
        return self.registration.state in COMING and not self.is_over

    @property
    def is_over(self) -> bool:
        """Whether the event has ended."""
        return self.version.ends_at is not None and self.version.ends_at < self.now

    @property
    def is_going_on(self) -> bool:
        """Whether the event is at this moment."""
        return self.version.begins_at is not None and self.version.begins_at <= self.now and not self.is_over

    @property
    def stands_above(self) -> bool:
        """Whether it belongs to what is to come: also what was called off, until its day."""
        return not self.is_over and (self.is_coming or self.is_called_off)

    @property
    def is_credited_all_the_same(self) -> bool:
        """Whether the organiser did not confirm presence, and a correction has credited it."""
        return self.registration.state == State.ABSENT and self.credited is not None

    @property
    def may_object(self) -> bool:
        """Whether the organiser can still be asked to look again, unless that was done."""
        row = self.registration
        if row.state != State.ABSENT or row.decided_at is None or self.credited is not None:
            return False
        return timezone.localdate(self.now) <= objection_until(timezone.localdate(row.decided_at))

    @property
    def dispute(self) -> str:
        """Where a refused presence is disputed: before the organiser at first, then before an operator."""
        if self.may_object:
            return reverse("specialist:event-presence", args=[self.registration.pk]) + "#object"
        return reverse("specialist:credits-dispute-awaited", args=[self.refused]) if self.refused else ""

    @property
    def state(self) -> str:
        """Its state in words."""
        if self.is_called_off:
            return str(State.CALLED_OFF.label)
        if self.is_credited_all_the_same:
            return pgettext("event", "Credited already")
        if self.registration.state == State.SIGNED_UP and self.is_over:
            if self.credited is not None:
                return pgettext("event", "Credited already")
            return _("The organiser is to confirm presence")
        if self.registration.state == State.SIGNED_UP and self.is_going_on:
            return pgettext("event", "Goes on now")
        return self.registration.get_state_display()

    @property
    def kind(self) -> str:
        """The colour of its state."""
        if self.is_credited_all_the_same:
            return "ok"
        if self.registration.state == State.SIGNED_UP and self.is_over:
            return "warn" if self.credited is None else "ok"
        return "bad" if self.is_called_off else _KINDS.get(State(self.registration.state), "")

    @property
    def when(self) -> str:
        """Its time in words."""
        begins_at = self.version.begins_at
        return span(begins_at, self.version.ends_at, self.version.zone) if begins_at is not None else ""

    @property
    def was(self) -> str:
        """The time they signed up to, when it is another one now."""
        met = self.registration.version
        if met.begins_at is None or (met.begins_at, met.ends_at) == (self.version.begins_at, self.version.ends_at):
            return ""
        return span(met.begins_at, met.ends_at, met.zone)

    @property
    def where(self) -> str:
        """Its place in words."""
        version = self.version
        if not version.on_site:
            return ""
        return place_in_words(version.region.name if version.region else "", version.place)

    @property
    def can_cancel(self) -> bool:
        """Whether the person may give it back."""
        begins_at = self.version.begins_at
        return self.is_coming and not self.is_called_off and begins_at is not None and self.now < begins_at

    @property
    def has_record(self) -> bool:
        """Whether there is something to see of presence."""
        shown = {State.SIGNED_UP, State.PRESENT, State.ABSENT}
        return self.registration.state in shown and not self.is_called_off and (self.is_going_on or self.is_over)


def _page(request: SpecialistRequest, name: str, context: dict[str, Any], form: Any = None) -> HttpResponse:
    wrong = form is not None and form.is_bound and not form.is_valid()
    return render(request, f"specialist/events/{name}.html", {**context, "form": form}, status=422 if wrong else 200)


def _rows(registrations: list[Registration], now: dt.datetime) -> list[Row]:
    versions = events_in_force({row.item_id for row in registrations})
    places = places_in_line(registrations)
    spans = {
        row.pk: (versions[row.item_id].title, _span(versions[row.item_id]))
        for row in registrations
        if row.item_id in versions and row.state in COMING
    }
    open_now = windows_open_for(registrations, now)
    credited = standing_for(registrations[0].specialist_id, versions) if registrations else {}  # all are of one person
    coded = _with_a_code(registrations, credited, now)
    refused = _refused(registrations, credited)
    gone = _taken_back(registrations, versions, credited, now)
    return [
        Row(
            registration=row,
            version=versions[row.item_id],
            now=now,
            place=places.get(row.pk, 0),
            clashes=tuple(
                title
                for pk, (title, other) in spans.items()
                if row.pk in spans and pk != row.pk and overlap(spans[row.pk][1], other)
            ),
            has_window=row.item_id in open_now,
            credited=credited.get(row.item_id),
            gone=gone.get(row.item_id),
            code_waits=row.state == State.PRESENT and row.item_id in coded,
            refused=refused.get(row.pk, 0),
        )
        for row in registrations
        if row.item_id in versions
    ]


def _with_a_code(registrations: list[Registration], credited: Collection[int], now: dt.datetime) -> set[int]:
    """Events whose code waits for the person: one statement, and none when nothing can wait."""
    rows = [row for row in registrations if row.state == State.PRESENT and row.item_id not in credited]
    if not rows:
        return set()
    codes = codes_waiting_for(rows[0].specialist, today=timezone.localdate(now))
    return set(codes.values_list("batch__item", flat=True))


def _taken_back(
    registrations: list[Registration], versions: dict[int, Version], credited: Collection[int], now: dt.datetime
) -> dict[int, LedgerEntry]:
    """What took credits back, by event: one statement, and none when no event is over.

    A code gives credits, and these are taken back, also while the list of the event is open.
    """
    over = {pk for pk, version in versions.items() if _span(version).ends_at < now}
    items = [row.item_id for row in registrations if row.item_id in over and row.item_id not in credited]
    return taken_back_for(registrations[0].specialist_id, items) if items else {}


def _refused(registrations: list[Registration], credited: Collection[int]) -> dict[int, int]:
    """Refused credits by registration: one statement, and none when presence was refused nowhere."""
    rows = {
        f"registration:{row.pk}": row.pk
        for row in registrations
        if row.state == State.ABSENT and row.item_id not in credited
    }
    if not rows:
        return {}
    found = refused_by_origin(registrations[0].specialist_id, rows)
    return {rows[origin]: pk for origin, pk in found.items()}


def _span(version: Version) -> Span:
    begins, ends = version.begins_at, version.ends_at
    assert begins is not None  # noqa: S101 - published events have both
    assert ends is not None  # noqa: S101 - likewise
    return Span(begins_at=begins, ends_at=ends)


@require_safe
def events(request: SpecialistRequest) -> HttpResponse:
    """S-08: what is to come, the nearest first, and what is over."""
    now = timezone.now()
    rows = _rows(list(registrations_of(request.specialist)), now)
    coming = sorted((row for row in rows if row.stands_above), key=lambda row: _span(row.version).begins_at)
    past = sorted((row for row in rows if not row.stands_above), key=lambda row: _span(row.version).begins_at)[::-1]
    context = {"coming": coming, "page": Paginator(past, _PAGE).get_page(request.GET.get("page")), "any": bool(rows)}
    return _page(request, "list", context)


def _own(request: SpecialistRequest, pk: int) -> tuple[Registration, Version]:
    row: Registration = get_object_or_404(registrations_of(request.specialist), pk=pk)
    version = event_in_force(row.item_id)
    if version is None:
        raise Http404
    return row, version


def _act(request: SpecialistRequest, act: Callable[[], object], said: str) -> HttpResponse:
    try:
        act()
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("specialist:events")


@FORM
def cancel(request: SpecialistRequest, pk: int) -> HttpResponse:
    """Ask before a seat is given back: it goes to the next person at once."""
    row, version = _own(request, pk)
    if request.method != "POST":
        (shown,) = _rows([row], timezone.now())
        return _page(request, "cancel", {"row": shown, "version": version})

    def act() -> object:
        return signing_up.cancel_registration(
            specialist=request.specialist, registration_id=row.pk, facts=request.facts, now=timezone.now()
        )

    return _act(request, act, _("The registration is cancelled."))


@require_POST
def seat(request: SpecialistRequest, pk: int) -> HttpResponse:
    """Take the seat that is kept."""

    def act() -> object:
        return signing_up.take_seat(
            specialist=request.specialist, registration_id=pk, facts=request.facts, now=timezone.now()
        )

    return _act(request, act, _("The seat is yours."))


@require_safe
def badge(request: SpecialistRequest, pk: int) -> HttpResponse:
    """The badge for the entrance: a QR code without personal data, and the same in signs to be typed."""
    row, version = _own(request, pk)
    (shown,) = _rows([row], timezone.now())
    if row.state != State.SIGNED_UP or shown.is_called_off or not version.on_site:
        raise Http404
    token = badges.token_of(row)
    context = {"row": shown, "version": version, "picture": _picture(token), "number": badges.shown(token)}
    return _page(request, "badge", context)


def _picture(token: str) -> SafeString:
    """Dark on white whatever the theme: readers of codes need it so."""
    drawing = io.BytesIO()
    segno.make(token, error="m", micro=False).save(
        drawing, kind="svg", border=4, light="#fff", dark="#000", xmldecl=False, omitsize=True
    )
    return mark_safe(drawing.getvalue().decode())  # noqa: S308 - drawn by the library from our own signs


class ObjectionForm(PortalForm):
    """What somebody says against the decision."""

    text = LongText(
        label=gettext_lazy("What happened?"),
        max_length=LONGEST_OBJECTION,
        help_text=gettext_lazy("When you were there, and how it can be seen: a photo, a question asked, a neighbour."),
        error_messages={"required": gettext_lazy("Write what happened: when you were there, and how it can be seen.")},
        widget=forms.Textarea({"rows": 5}),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRow:
    """A window as the record shows it: to_come, open, late (takes answers still), answered, answered_late, missed."""

    pk: int
    opens_at: dt.datetime
    closes_at: dt.datetime
    state: str
    answered_at: dt.datetime | None


def _window_rows(row: Registration, now: dt.datetime) -> list[WindowRow]:
    answers = answered_windows_of(row)
    found = []
    for window in windows_of(row.item_id):
        answer = answers.get(window.pk)
        if answer is not None:
            state = "answered_late" if answer.late else "answered"
        elif now < window.opens_at:
            state = "to_come"
        elif now <= window.closes_at:
            state = "open"
        else:
            state = "late" if takes_answers(window.span, now) else "missed"
        found.append(
            WindowRow(
                pk=window.pk,
                opens_at=window.opens_at,
                closes_at=window.closes_at,
                state=state,
                answered_at=answer.at if answer is not None else None,
            )
        )
    return found


@FORM
def presence(request: SpecialistRequest, pk: int) -> HttpResponse:
    """S-09: what was noted of somebody's presence, what was asked for, what was decided. A POST objects."""
    row, version = _own(request, pk)
    now = timezone.now()
    (shown,) = _rows([row], now)
    if not shown.has_record and row.state != State.SIGNED_UP:
        raise Http404
    objection = objections_of(request.specialist).filter(registration=row).first()
    form = ObjectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            objecting.object_to_absence(
                specialist=request.specialist,
                registration_id=row.pk,
                text=form.cleaned_data["text"],
                facts=request.facts,
                now=now,
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("The objection is sent to the organiser."))
            return redirect("specialist:event-presence", row.pk)
    (known,) = measured(version, [row], now=now)
    signs, ends_at = signs_of(row), span_of(version).ends_at
    came = [one for one in signs if one.sign == Sign.CAME]
    context = {
        "row": shown,
        "version": version,
        "signs": signs,
        "late": [one.pk for one in came if is_entered_afterwards(one.way, one.noted_at, ends_at=ends_at)],
        **_live(row, version, known, now),
        **_objecting(shown, objection),
    }
    return _page(request, "presence", context, form)


def _live(row: Registration, version: Version, known: Measured, now: dt.datetime) -> dict[str, Any]:
    """The part that changes during a broadcast."""
    rows = _window_rows(row, now) if version.presence == Presence.WINDOWS else []
    open_now = [one for one in rows if one.state in {"open", "late"}] if row.state == State.SIGNED_UP else []
    return {
        "windows": rows,
        "open": open_now[-1] if open_now else None,
        "next": next((one for one in rows if one.state == "to_come"), None),
        "decision": known.decision,
        "threshold": _threshold(version),
        "measure_windows": known.decision.measure == Measure.WINDOWS,
        "measure_minutes": known.decision.measure == Measure.MINUTES,
        "grace": WINDOW_GRACE.seconds // 60,
    }


def _threshold(version: Version) -> str:
    """What the card asks for, in a sentence."""
    rule = rule_of(version)
    if rule.how == Presence.WINDOWS:
        percent = 100 if rule.percent is None else rule.percent
        return _("Enough are %(percent)d %% of the confirmation windows.") % {"percent": percent}
    if rule.how == Presence.BADGE:
        need = share_of(rule.minutes, rule.percent)
        return _("Enough are %(need)d minutes of %(all)d by the scans of the badge.") % {
            "need": need,
            "all": rule.minutes,
        }
    return _("Enough is a mark in the organiser's list at the entrance.")


def _objecting(row: Row, objection: Objection | None) -> dict[str, Any]:
    """An objection made or still possible; after it the way to an operator, unless the organiser has yet to answer."""
    decided_at = row.registration.decided_at
    waits = objection is not None and objection.state == ObjectionState.OPEN
    may_object = row.may_object and objection is None
    return {
        "objection": objection,
        "may_object": may_object,
        "object_until": objection_until(timezone.localdate(decided_at)) if decided_at is not None else None,
        "refused": 0 if may_object or waits else row.refused,
    }


@require_POST
def here(request: SpecialistRequest, pk: int) -> HttpResponse:
    """«Я здесь». A script that sends it again through a poor link asks for JSON and gets the sentence in it."""
    row: Registration = get_object_or_404(registrations_of(request.specialist), pk=pk)
    window = request.POST.get("window", "")
    window_id = int(window) if window.isascii() and window.isdigit() and len(window) < 19 else None  # noqa: PLR2004
    try:
        answer = confirming.confirm_being_here(
            specialist=request.specialist,
            registration_id=row.pk,
            window_id=window_id,
            facts=request.facts,
            now=timezone.now(),
        )
    except Refused as refusal:
        taken, said = False, str(refusal)
    else:
        taken, said = True, _("Confirmed at %(at)s.") % {"at": clock(answer.at)}
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"taken": taken, "said": said})
    (messages.success if taken else messages.error)(request, said)
    return redirect(reverse("specialist:event-presence", args=[row.pk]))
