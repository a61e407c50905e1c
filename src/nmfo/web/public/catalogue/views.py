"""P-02: search over programmes, events and modules; suggestions; whole lists of long facets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from foundation.runtime.shares import within_share
from foundation.ui.kept import answer_strangers, framed
from foundation.ui.offline import kept_on_device
from nmfo.catalogue.search.finding import STRANGER, Found, Viewer, counts, find
from nmfo.catalogue.search.index import Snapshot, index
from nmfo.catalogue.search.query import Known, Query, parse
from nmfo.catalogue.search.suggesting import Suggestion, suggest
from nmfo.catalogue.search.understanding import Understood, understand, words_of
from nmfo.catalogue.search.words import clean
from nmfo.specialists.queries import practised_by
from nmfo.web.parts.addresses import absolute
from nmfo.web.parts.requests import visitor_of
from nmfo.web.public.catalogue import texts
from nmfo.web.public.catalogue.boxes import clear_html, facets_html, options_html
from nmfo.web.public.catalogue.facets import LONG, Chip, address, chips, facets, long_facet, save_address, ways_out
from nmfo.web.public.catalogue.rows import card_address, rows_html

_ORGANISATIONS = 3  # of those chosen as a filter, so many have a link to their own page
_NEIGHBOURS = 2  # pages on each side of the present one that have a link


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request to the catalogue understood."""

    snapshot: Snapshot
    query: Query
    ignored: list[str]
    understood: Understood
    today: dt.date


def asked_by(request: HttpRequest) -> Asked:
    texts_sent = request.GET.getlist("q")
    snapshot = index().current(words_of(texts_sent[-1]) if texts_sent else ())
    known = Known(specialties=snapshot.specialties, regions=snapshot.regions, organisations=snapshot.organisations)
    query, ignored = parse(request.GET, known)
    if query.sort == query.but(sort="").order:  # the form always sends an order
        query = query.but(sort="", page=query.page)
    understood = understand(snapshot, query.q, exact=query.exact)
    return Asked(snapshot=snapshot, query=query, ignored=ignored, understood=understood, today=timezone.localdate())


@login_not_required
@require_safe
@within_share("search")
@kept_on_device
def catalogue(request: HttpRequest) -> HttpResponse:
    """The catalogue: what was found, in pages, with facets. The whole query stands in the address."""
    asked = asked_by(request)
    about = f"{asked.snapshot.number} {asked.query.written()} {asked.today} {asked.ignored}"
    response = answer_strangers(request, about, lambda: _results(request, asked))
    response["Offline-Copy"] = address(asked.query)
    return response


def _results(request: HttpRequest, asked: Asked) -> HttpResponse:
    snapshot, query, understood, today = asked.snapshot, asked.query, asked.understood, asked.today
    found = find(
        snapshot, query, understood.terms, today=today, viewer=viewer_of(request, snapshot), volume=understood.volume
    )
    chosen, here, clear = chips(snapshot, query), address(query), address(Query(q=query.q, exact=query.exact))
    context: dict[str, Any] = {
        "query": query,
        "catalogue": address(Query()),
        "found": found,
        "rows": rows_html(snapshot, found.hits, today),
        "chips": chosen,
        "clear": clear,
        "save": save_address(query),
        "sorts": [(name, text, name == query.order) for name, text in texts.words(texts.SORTS).items()],
        "organisations": [
            (snapshot.organisations[pk], reverse("public:organisation", args=[pk]))
            for pk in query.organisation[:_ORGANISATIONS]
        ],
        "ignored": asked.ignored,
        "understood": understood,
        "as_typed": address(query.but(exact=True)) if understood.shown else "",
        "pages": _pages(query, found),
    }
    if not found.total:
        context |= {
            "ways_out": ways_out(snapshot, query, understood, today),
            "similar": [(word, address(Query(q=word))) for word in understood.similar],
        }
    parts = {
        "title": _title(query, chosen, found.page),
        "head": _head(query, found),
        "facets": facets_html(facets(snapshot, query, found.counts)),
        "apply": _("Show %(n)s") % {"n": found.total},
        "clear": clear_html(clear) if chosen else "",
        "words": query.q,
        "address": here,
        "found": render_to_string("catalogue/_found.html", context),
    }
    return framed(request, "catalogue/search.html", parts)


def _head(query: Query, found: Found) -> SafeString:
    """What search engines are told: the one writing of the address; only pages without words or filters are kept."""
    canonical = absolute(address(query.but(sort="", exact=False, page=found.page)))
    link = format_html('<link rel="canonical" href="{}">', canonical)
    indexed = not query.q and len(query.but(sort="", exact=False).written().split("&")) == 1
    return link if indexed else link + mark_safe('<meta name="robots" content="noindex, follow">')


def _title(query: Query, chosen: Iterable[Chip], page: int) -> str:
    """What tells this page from others in tabs, in the history, in the list of kept pages."""
    parts = [query.q, *(chip.label for chip in chosen), _("page %(n)d") % {"n": page} if page > 1 else ""]
    return ", ".join([*filter(None, parts), _("Catalogue of learning")])


def _pages(query: Query, found: Found) -> dict[str, Any]:
    """Links to the first, the neighbouring and the last page."""
    near = range(max(1, found.page - _NEIGHBOURS), min(found.pages, found.page + _NEIGHBOURS) + 1)
    numbers = sorted({1, *near, found.pages})

    first, label = address(query.but(page=1)), _("Page %(n)s")
    joint = "&" if "?" in first else "?"

    def link(number: int) -> str:  # the page stands last in the one writing of a query
        return first if number == 1 else f"{first}{joint}page={number}"

    return {
        "links": [
            {
                "number": number,
                "url": link(number),
                "label": label % {"n": number},
                "here": number == found.page,
                "gap": before and number - before > 1,
            }
            for before, number in zip([0, *numbers], numbers, strict=False)
        ],
        "previous": link(found.page - 1) if found.page > 1 else "",
        "next": link(found.page + 1) if found.page < found.pages else "",
    }


def viewer_of(request: HttpRequest, snapshot: Snapshot) -> Viewer:
    """Whose specialties count: of the documents of who is signed in, under their names of before and after too."""
    visitor = visitor_of(request)
    return STRANGER if visitor is None else Viewer(specialties=related(snapshot, practised_by(visitor)))


def related(snapshot: Snapshot, specialties: frozenset[int]) -> frozenset[int]:
    """Specialties with those that replaced them and those that they replaced."""
    found = set(specialties)
    for one in specialties:
        following = snapshot.specialties.get(one)
        while following is not None and following.replaced_by is not None and following.replaced_by not in found:
            found.add(following.replaced_by)
            following = snapshot.specialties.get(following.replaced_by)
    before = {pk for pk, one in snapshot.specialties.items() if one.replaced_by in found}
    return frozenset(found | before)


@login_not_required
@require_safe
@within_share("search")
def facet(request: HttpRequest, name: str) -> HttpResponse:
    """All values of a long facet, with a field that filters them: a page for browsers without scripts."""
    if name not in LONG:
        raise Http404
    asked = asked_by(request)
    like = clean(request.GET.get("like", ""))
    numbers = counts(
        asked.snapshot, asked.query, asked.understood.terms, today=asked.today, volume=asked.understood.volume
    )
    whole = long_facet(name, asked.snapshot, asked.query, numbers, like=like, whole=True)
    context = {
        "facet": whole,
        "options": options_html(whole.options),
        "like": like,
        "kept": parse_qsl(asked.query.without(name).written()),
        "back": address(asked.query),
        "clear": reverse("public:facet", args=[name]) + (f"?{asked.query.written()}" if asked.query.written() else ""),
    }
    return render(request, "catalogue/facet.html", context)


@login_not_required
@require_safe
@within_share("suggestions", times=2, refused=lambda: JsonResponse({"items": []}))
def suggestions(request: HttpRequest) -> JsonResponse:
    """What the beginning of a query may mean, for the list under the search field."""
    text = clean(request.GET.get("q", ""))
    found = suggest(index().current(), text, today=timezone.localdate()) if text else []
    names = {**texts.ONE_KIND, "specialty": texts.FACETS["specialty"], "organisation": texts.FACETS["organisation"]}
    return JsonResponse(
        {"items": [{"kind": str(names[one.kind]), "text": one.text, "url": _address_of(one)} for one in found]}
    )


def _address_of(one: Suggestion) -> str:
    if one.kind == "specialty":
        return address(Query(specialty=(one.pk,)))
    if one.kind == "organisation":
        return address(Query(organisation=(one.pk,)))
    return card_address(one.kind, one.pk)
