"""O-04: the inbox. Tab, search, filters, page and the open row live in the address; decisions about many rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_safe

from foundation.errors import Refused
from foundation.runtime.forms import form_of_page_above
from foundation.ui.templatetags.ui import initials
from nmfo.catalogue.rules.words import Basis
from nmfo.enrolment.models import Application
from nmfo.enrolment.operations import deciding
from nmfo.enrolment.queries import SORTS, counts_of_tabs, inbox_of, received_by, runs_with_applications
from nmfo.enrolment.rules import DECIDABLE, TABS, Side
from nmfo.organisations.rules import Right
from nmfo.specialists.queries import register_marks_of
from nmfo.web.organisation.applications.forms import AskForm, RefuseForm
from nmfo.web.organisation.applications.one import card_of
from nmfo.web.parts.enrolment import standing_of
from nmfo.web.parts.requests import OrganisationRequest
from nmfo.web.parts.rights import require_right

PAGE = 30
_DIGITS = 12
_KEPT = ("tab", "q", "run", "item", "basis", "mark", "sort", "page")
_BY_MARK = "register"
_RANKS = {"other": 0, "none": 1, "match": 2}  # what needs a look comes first
_MOST_MARKED = 1000  # the register keeps its rows sealed, so marks are compared here
_LONGEST_QUERY = 100
_FORMS: dict[str, type[AskForm | RefuseForm]] = {"ask": AskForm, "refuse": RefuseForm}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the address asks for; what makes no sense there is left out."""

    tab: str
    query: str
    run: int | None
    item: int | None
    basis: str
    mark: str
    sort: str
    open: int | None
    chosen: frozenset[int]


def _asked(data: QueryDict) -> Asked:
    tab = data.get("tab", "new")
    basis = data.get("basis", "")
    return Asked(
        tab=tab if tab in TABS else "new",
        query=" ".join(data.get("q", "").replace("\0", "").split())[:_LONGEST_QUERY],
        run=_number(data.get("run", "")),
        item=_number(data.get("item", "")),
        basis=basis if basis in Basis.values else "",
        mark=data.get("mark", "") if data.get("mark", "") in _RANKS else "",
        sort=data.get("sort", "") if data.get("sort", "") in {*SORTS, _BY_MARK} else "",
        open=_number(data.get("open", "")),
        chosen=frozenset(pk for text in data.getlist("chosen")[:PAGE] if (pk := _number(text)) is not None),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None


@require_safe
@require_right(Right.LISTENERS)
def inbox(request: OrganisationRequest) -> HttpResponse:
    """Applications by state. That names were on the page is recorded."""
    asked, today = _asked(request.GET), timezone.localdate()
    found, is_cut = _found(request, asked)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = list(page)
    if rows:
        deciding.list_seen_by(request.member, rows, facts=request.facts)
    marks = register_marks_of([row.specialist.account for row in rows])
    runs = runs_with_applications(request.organisation)
    opened = None
    if asked.open is not None:
        opened = deciding.application_seen_by(request.member, pk=asked.open, facts=request.facts)
    counts = counts_of_tabs(request.organisation, asked.run, item=asked.item, basis=asked.basis)
    filtered = bool(asked.query or asked.run or asked.item or asked.basis or asked.mark)
    context = {
        "asked": asked,
        "page": page,
        "rows": [
            {
                "application": row,
                "standing": standing_of(row, today, reader=Side.ORGANISATION),
                "mark": marks[row.specialist.account_id],
                "days": (row.due_on - today).days if row.due_on else None,
                "chosen": row.pk in asked.chosen,
                "decidable": row.state in DECIDABLE,
                "open": row.pk == asked.open,
                "address": _address(request.GET, open=str(row.pk)),
            }
            for row in rows
        ],
        "may_decide": any(row.state in DECIDABLE for row in rows),
        "tabs": [(tab, _names()[tab], counts[tab], _tab(request.GET, tab)) for tab in TABS],
        "whole": filtered or any(counts.values()),
        "runs": runs,
        "items": sorted({(run.item_id, run.version.title) for run in runs}, key=lambda pair: pair[1].lower()),
        "bases": Basis.choices,
        "filtered": filtered,
        "marks": _marks(),
        "sorts": _sorts(),
        "due_next": _address(request.GET, sort="-due" if asked.sort in {"", "due"} else "due", page="1"),
        "register_next": _address(request.GET, sort=_BY_MARK, page="1"),
        "most": _MOST_MARKED if is_cut else 0,
        "query": _query(request.GET),
        **(card_of(request, opened) if opened is not None else {}),
    }
    return render(request, "organisation/applications/inbox.html", context)


def _found(request: OrganisationRequest, asked: Asked) -> tuple[QuerySet[Application] | list[Application], bool]:
    """The rows that are asked for, and whether only the first of them were compared with the register."""
    rows = inbox_of(
        request.organisation,
        tab=asked.tab,
        query=asked.query,
        run=asked.run,
        item=asked.item,
        basis=asked.basis,
        sort=asked.sort,
    )
    if not asked.mark and asked.sort != _BY_MARK:
        return rows, False
    compared = list(rows[: _MOST_MARKED + 1])
    is_cut, compared = len(compared) > _MOST_MARKED, compared[:_MOST_MARKED]
    marks = register_marks_of([row.specialist.account for row in compared])
    if asked.mark:
        compared = [row for row in compared if marks[row.specialist.account_id] == asked.mark]
    if asked.sort == _BY_MARK:
        compared.sort(key=lambda row: _RANKS[marks[row.specialist.account_id]])  # the order of the tab within each
    return compared, is_cut


def _marks() -> list[tuple[str, str]]:
    return [
        ("match", pgettext("the register", "Matches")),
        ("other", pgettext("the register", "Other name or date")),
        ("none", pgettext("the register", "No data")),
    ]


def _sorts() -> list[tuple[str, str]]:
    return [
        ("", pgettext("order of applications", "By term")),
        ("-due", pgettext("order of applications", "The latest term first")),
        (_BY_MARK, pgettext("order of applications", "By the register: doubtful first")),
        ("name", pgettext("order of applications", "By surname")),
        ("sent", pgettext("order of applications", "The last sent first")),
    ]


def _names() -> dict[str, str]:
    return {
        "new": pgettext("applications", "New"),
        "returned": pgettext("applications", "Returned"),
        "waiting": pgettext("applications", "Waiting list"),
        "basis": pgettext("applications", "Basis and order"),
        "enrolled": pgettext("applications", "Enrolled"),
        "done": pgettext("applications", "Completed"),
        "closed": pgettext("applications", "Closed"),
    }


def _query(data: QueryDict, **more: str) -> str:
    kept = QueryDict(mutable=True)
    for name in _KEPT:
        value = data.get(name)
        if value:
            kept[name] = value[:_LONGEST_QUERY]
    for name, text in more.items():
        kept[name] = text
    return kept.urlencode()


def _address(data: QueryDict, **more: str) -> str:
    return f"{reverse('organisation:applications')}?{_query(data, **more)}"


def _tab(data: QueryDict, tab: str) -> str:
    """The address of a tab, with the filters that its figure knows: a mark of the register is compared row by row."""
    return _address(data, tab=tab, q="", mark="", page="1")


@form_of_page_above
@require_right(Right.LISTENERS)
def decide(request: OrganisationRequest) -> HttpResponse:
    """Decide about the chosen rows; what needs words asks for them on a page of its own.

    Each row is decided by itself: one that a colleague has changed refuses itself, stays chosen, and is named.
    """
    action, back = request.POST.get("action", ""), QueryDict(request.POST.get("query", "")[:1000])
    pairs = _pairs(request)
    rows = {row.pk: row for row in received_by(request.organisation).filter(pk__in=[pk for pk, _seen in pairs])}
    pairs = [(pk, seen) for pk, seen in pairs if pk in rows]
    if not pairs:
        messages.error(request, _("Choose at least one application."))
        return redirect(_address(back))
    words: dict[str, Any] = {}
    if action in _FORMS:
        form = _FORMS[action](request.POST if "reason" in request.POST else None)
        if not form.is_valid():
            return _words_page(request, action, form, [rows[pk] for pk, _seen in pairs], pairs, back)
        words = form.cleaned_data
    elif action != "accept":
        return redirect(_address(back))
    done, left = 0, []
    for pk, seen in pairs:
        try:
            _act(request, action, pk, seen, words)
        except Refused as refusal:
            left.append(pk)
            messages.error(request, f"{initials(rows[pk].specialist.account)}, {rows[pk].number}: {refusal}")
        else:
            done += 1
    if done:
        messages.success(request, _done_text(action, done))
    return redirect(_address(back) + "".join(f"&chosen={pk}" for pk in left))


def _act(request: OrganisationRequest, action: str, pk: int, seen: int | None, words: dict[str, Any]) -> None:
    common: dict[str, Any] = {
        "application_id": pk,
        "seen": seen,
        "by": request.member,
        "facts": request.facts,
        "now": timezone.now(),
    }
    if action == "accept":
        deciding.accept_application(**common)
    elif action == "ask":
        deciding.return_application(asks=words["asks"], text=words["reason"], **common)
    else:
        deciding.refuse_application(reason=words["reason"], **common)


def _done_text(action: str, n: int) -> str:
    if action == "accept":
        return ngettext("%(n)d application is approved.", "%(n)d applications are approved.", n) % {"n": n}
    if action == "ask":
        return ngettext("%(n)d application is returned.", "%(n)d applications are returned.", n) % {"n": n}
    return ngettext("%(n)d application is refused.", "%(n)d applications are refused.", n) % {"n": n}


def _pairs(request: OrganisationRequest) -> list[tuple[int, int | None]]:
    """The chosen rows with the revision each had on the page: «12:3»."""
    found: dict[int, int | None] = {}
    for text in request.POST.getlist("row")[:PAGE]:
        pk, _colon, seen = text.partition(":")
        number = _number(pk)
        if number is not None:
            found[number] = _number(seen)
    return list(found.items())


def _titles() -> dict[str, str]:
    return {
        "ask": pgettext("an application", "Return for more"),
        "refuse": pgettext("enrolment", "Refuse the applications"),
    }


def _words_page(
    request: OrganisationRequest,
    action: str,
    form: AskForm | RefuseForm,
    rows: list[Application],
    pairs: list[tuple[int, int | None]],
    back: QueryDict,
) -> HttpResponse:
    context = {
        "action": action,
        "title": _titles()[action],
        "form": form,
        "rows": rows,
        "pairs": [f"{pk}:{'' if seen is None else seen}" for pk, seen in pairs],
        "query": _query(back),
        "back": _address(back),
    }
    return render(request, "organisation/applications/words.html", context, status=422 if form.is_bound else 200)
