"""P-02, P-03: searches that are saved, runs that are waited for, and the links of letters that stop them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import pgettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.errors import Refused
from foundation.runtime.facts import FactsRequest
from foundation.ui.forms import PortalForm, Text
from foundation.ui.views import safe_next
from nmfo.accounts.models import Account
from nmfo.catalogue.models import SavedSearch
from nmfo.catalogue.operations import saving
from nmfo.catalogue.queries import awaited_by, searches_of
from nmfo.catalogue.rules.refusals import ItemUnknown
from nmfo.catalogue.rules.words import LONGEST_SEARCH_NAME, MOST_SAVED_SEARCHES, Every, ItemState, Kind
from nmfo.catalogue.search.index import Snapshot, index
from nmfo.catalogue.search.query import Known, Query, parse
from nmfo.catalogue.search.showing import shown
from nmfo.web.parts.cabinets import kind_of
from nmfo.web.parts.requests import PortalRequest
from nmfo.web.public.catalogue.facets import address, chips
from nmfo.web.public.catalogue.rows import card_address
from nmfo.web.public.catalogue.views import asked_by

FORM = require_http_methods(["GET", "HEAD", "POST"])
_NEVER = "never"
_LONGEST_PROPOSAL = 100


class SaveForm(PortalForm):
    """The name of a search, and how often its letters come."""

    name = Text(
        label=pgettext_lazy("of a saved search", "Name"),
        max_length=LONGEST_SEARCH_NAME,
        help_text=lazy("It stands in the subject of letters."),
        error_messages={"required": lazy("Name the search, so that you recognise it in the letter.")},
    )
    every = forms.ChoiceField(
        label=lazy("Letters"),
        choices=Every.choices,
        initial=Every.WEEK,
        widget=forms.RadioSelect,
        error_messages={"required": lazy("Choose how often.")},
    )


class ChangeForm(SaveForm):
    """The same for a search that is there: letters may stop, too."""

    every = forms.ChoiceField(
        label=lazy("Letters"),
        choices=[*Every.choices, (_NEVER, pgettext_lazy("how often", "No letters"))],
        widget=forms.RadioSelect,
        error_messages={"required": lazy("Choose how often.")},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A saved search as the list shows it. `next_on` None: no letters."""

    pk: int
    name: str
    url: str
    about: str
    is_partly_lost: bool
    every: str
    next_on: dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Awaited:
    """A programme whose run is waited for."""

    pk: int
    title: str
    organisation: str
    asked_at: dt.datetime
    is_withdrawn: bool


def _page(request: PortalRequest, name: str, context: dict[str, Any], form: PortalForm | None = None) -> HttpResponse:
    wrong = form is not None and form.is_bound and not form.is_valid()
    layout = f"layouts/{kind_of(request.user)}.html"
    context = {**context, "form": form, "layout": layout}
    return render(request, f"catalogue/{name}.html", context, status=422 if wrong else 200)


@require_safe
def searches(request: PortalRequest) -> HttpResponse:
    """What somebody keeps: searches with their letters, programmes whose runs they wait for."""
    snapshot = index().current()
    context = {
        "searches": [_row(snapshot, search) for search in searches_of(request.user)],
        "awaited": _awaited(request.user),
        "most": MOST_SAVED_SEARCHES,
    }
    return _page(request, "saved", context)


def _row(snapshot: Snapshot, search: SavedSearch) -> _Row:
    about, is_partly_lost = _about(snapshot, search)
    return _Row(
        pk=search.pk,
        name=search.name,
        url=f"{address(Query())}?{search.query}",
        about=about,
        is_partly_lost=is_partly_lost,
        every=str(Every(search.every).label),
        next_on=None if search.stopped_at else search.next_on,
    )


def _about(snapshot: Snapshot, search: SavedSearch) -> tuple[str, bool]:
    """A saved search in words, and whether something it asks for is unknown now."""
    known = Known(specialties=snapshot.specialties, regions=snapshot.regions, organisations=snapshot.organisations)
    query, ignored = parse(QueryDict(search.query), known)
    return _in_words(snapshot, query), bool(ignored)


def _in_words(snapshot: Snapshot, query: Query) -> str:
    """«Кардиология», Москва, Очная."""
    words = [_("“%(words)s”") % {"words": query.q}] if query.q else []
    return ", ".join([*words, *(chip.label for chip in chips(snapshot, query))])


def _awaited(account: Account) -> list[_Awaited]:
    rows = list(awaited_by(account))
    known = shown(row.item_id for row in rows)
    return [
        _Awaited(
            pk=row.item_id,
            title=known[row.item_id].title,
            organisation=known[row.item_id].organisation_name,
            asked_at=row.asked_at,
            is_withdrawn=row.item.state != ItemState.PUBLISHED,
        )
        for row in rows
        if row.item_id in known
    ]


@FORM
def new(request: PortalRequest) -> HttpResponse:
    """Save the query of the address. One that is saved already leads to where it is changed."""
    asked = asked_by(request)
    query = asked.query.filters
    about = _in_words(asked.snapshot, query) if query.q or query.narrows else ""
    form = SaveForm(request.POST or None, initial={"name": _proposal(about), "every": Every.WEEK})
    if request.method == "POST" and form.is_valid():
        try:
            made = saving.save_search(
                query=query,
                name=form.cleaned_data["name"],
                every=form.cleaned_data["every"],
                by=request.user,
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("The search is saved: %(name)s") % {"name": made.name})
            return redirect("public:saved")
    elif about and request.method != "POST":
        kept = searches_of(request.user).filter(query=query.written()).first()
        if kept is not None:
            return redirect("public:saved-change", kept.pk)
    return _page(request, "saved_new", {"about": about, "back": address(asked.query)}, form)


def _proposal(about: str) -> str:
    """A name as short as a subject can bear."""
    return about if len(about) <= _LONGEST_PROPOSAL else about[:_LONGEST_PROPOSAL].rpartition(", ")[0] or about[:60]


@FORM
def change(request: PortalRequest, pk: int) -> HttpResponse:
    """Rename a search, set its letters or stop them."""
    search = get_object_or_404(searches_of(request.user), pk=pk)
    every = _NEVER if search.stopped_at else search.every
    form = ChangeForm(request.POST or None, initial={"name": search.name, "every": every})
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data["every"]
        try:
            changed = saving.change_search(
                search_id=search.pk,
                name=form.cleaned_data["name"],
                every="" if wanted == _NEVER else wanted,
                by=request.user,
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            if changed is not None:
                messages.success(request, _("Saved."))
            return redirect("public:saved")
    about, _is_partly_lost = _about(index().current(), search)
    return _page(
        request, "saved_change", {"search": search, "about": about, "back": f"{address(Query())}?{search.query}"}, form
    )


@require_POST
def remove(request: PortalRequest, pk: int) -> HttpResponse:
    """Forget a search. Twice is once: two presses of a button."""
    if saving.remove_search(search_id=pk, by=request.user, facts=request.facts):
        messages.success(request, _("The search is deleted."))
    return redirect("public:saved")


@require_POST
def ask_for_run(request: PortalRequest, pk: int) -> HttpResponse:
    """Ask to be told when a programme has a run."""
    try:
        saving.await_run(item_id=pk, by=request.user, facts=request.facts, now=timezone.now())
    except ItemUnknown:
        raise Http404 from None
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(f"{card_address(Kind.PROGRAMME, pk)}#runs")


@require_POST
def take_back(request: PortalRequest, pk: int) -> HttpResponse:
    """Do not wait any longer."""
    saving.stop_awaiting(item_id=pk, by=request.user, facts=request.facts)
    return redirect(safe_next(request, f"{card_address(Kind.PROGRAMME, pk)}#runs"))


@csrf_exempt  # a mail program presses the button (RFC 8058); nobody can make up the link, and it only stops letters
@login_not_required
@FORM
def stop(request: FactsRequest, token: str) -> HttpResponse:
    """The link of a letter: a page with a button, which stops the letters of one search or of all."""
    if request.method == "POST":
        saving.stop_letters(token=token, facts=request.facts, now=timezone.now())
    found = saving.searches_to_stop(token)
    context = {"is_ours": found is not None, "going_on": [one for one in found or [] if one.stopped_at is None]}
    return render(request, "catalogue/saved_stop.html", context, status=422 if found is None else 200)
