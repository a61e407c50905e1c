"""S-13 to S-15: the ledger with every credit and every missing one, an entry, a statement, disputes."""

from __future__ import annotations

import datetime as dt
from itertools import accumulate
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation.errors import Refused
from foundation.files.responses import file_response
from nmfo.credits.models import Claim, Expectation, LedgerEntry, Proposal
from nmfo.credits.operations.claiming import MissingCredit, dispute_entry, dispute_expectation, report_missing
from nmfo.credits.queries.claims import (
    candidates_of,
    claims_beside,
    claims_of,
    entries_settling,
    open_claims_about,
    open_requests_like,
)
from nmfo.credits.queries.ledger import (
    Sums,
    correction_behind,
    entry_of,
    expectations_of,
    movements_in,
    movements_of,
    newest_cases_of,
    reversal_of,
    reversals_left_open_or_declined,
    shown_of,
    statement_of,
    sums_of,
    totals_of,
)
from nmfo.credits.rules.checking import check_has_been
from nmfo.credits.rules.refusals import ClaimOpen
from nmfo.credits.rules.words import Awaited, ClaimState, Part, ProposalState, Source
from nmfo.cycles.queries.choosing import present_cycles_of
from nmfo.cycles.queries.counting import places_of, seen_from
from nmfo.specialists.models import Specialist
from nmfo.web.parts.requests import SpecialistRequest
from nmfo.web.specialist.credits.cases import case_of, cases_shown, short_among, waiting_for_organisers
from nmfo.web.specialist.credits.forms import DayForm, DisputeForm, MissingForm
from nmfo.web.specialist.credits.lines import lines_of, marks_html, rows_html, statement_rows_html
from nmfo.web.specialist.credits.marks import (
    counting_among,
    cycle_lines_of,
    mark_of_claim,
    mark_of_no_cycle,
    marks_of,
    places_in,
)
from nmfo.web.specialist.credits.underway import underway_like

FORM = require_http_methods(["GET", "HEAD", "POST"])
_PAGE = 30
_CASES = 20
_WIDTH = 176  # of the bar, in its own units


def _page(request: SpecialistRequest, name: str, context: dict[str, Any], form: Any = None) -> HttpResponse:
    wrong = form is not None and form.is_bound and not form.is_valid()
    values = {**context, "form": form}
    return render(request, f"specialist/credits/{name}.html", values, status=422 if wrong else 200)


@require_safe
def ledger(request: SpecialistRequest) -> HttpResponse:
    """S-13: the sums, what is not on the account yet and why, and all movements."""
    today = timezone.localdate()
    present = present_cycles_of(request.specialist)
    views = seen_from(counting_among(present), today)
    movements = movements_in(views[0].figures) if views else movements_of(request.specialist)
    years = list(movements.in_year)
    chosen = request.GET.get("year", "")
    year = int(chosen) if chosen.isdecimal() and len(chosen) == 4 and int(chosen) in years else None  # noqa: PLR2004
    since, until = (dt.date(year, 1, 1), dt.date(year, 12, 31)) if year else (dt.date.min, dt.date.max)
    count = movements.in_year[year] if year else len(movements.totals)
    page = Paginator(range(count), _PAGE).get_page(request.GET.get("page"))
    rows = shown_of(request.specialist, first=max(page.start_index() - 1, 0), most=_PAGE, since=since, until=until)
    sums = sums_of(request.specialist, posted=movements.posted)
    short = short_among(request.specialist, [origin for origin, _worth in sums.of_events])
    sums = sums.without(short)
    cases = Paginator(range(sums.cases), _CASES).get_page(request.GET.get("cases"))
    first = max(cases.start_index() - 1, 0)
    awaited = newest_cases_of(request.specialist, first=first, most=_CASES) if sums.cases else []
    entries, expectations = [row.pk for row in rows], [row.pk for row in awaited]
    claims = claims_beside(request.specialist, entries=entries, expectations=expectations) if sums.disputed else []
    taken_back = [row.pk for row in rows if row.is_taken_back]
    marks = marks_of(request.specialist, rows, places_in(views, entries), taken_back=taken_back, claims=claims)
    return _page(
        request,
        "ledger",
        {
            "sums": sums,
            "bar": _bar(sums),
            "cases": cases_shown(awaited, claims, short),
            "cases_count": sums.cases,
            "page": page,
            "rows": rows_html(lines_of(rows, totals=movements.totals, marks=marks)),
            "cycles": cycle_lines_of(views, sums.posted),
            "no_cycle": None if present else mark_of_no_cycle(),
            "years": years,
            "year": year,
        },
    )


def _bar(sums: Sums) -> list[dict[str, Any]]:
    """The parts of the bar: kind, place and width. Parts of nothing are left out; a narrow one stays visible."""
    parts = [("d", sums.posted), ("w", sums.awaited), ("i", sums.with_you), ("x", sums.refused)]
    whole = sum(max(number, 0) for _kind, number in parts)
    found: list[dict[str, Any]] = []
    place = 0.0
    for kind, number in parts:
        if number > 0:
            width = max(_WIDTH * number / whole, 1.5)
            found.append({"kind": kind, "x": f"{place:.1f}", "width": f"{width - 0.4:.1f}"})
            place += width
    return found


@require_safe
def entry_page(request: SpecialistRequest, pk: int) -> HttpResponse:
    """S-14: one entry: where it comes from, on what ground, who entered it, what corrected it."""
    entry = get_object_or_404(entry_of(request.specialist), pk=pk)
    reversal = reversal_of(entry)
    proposals = [] if reversal else reversals_left_open_or_declined(entry)  # what was declined at first is over
    own = list(claims_of(request.specialist))
    settled = {pk for pk, rows in entries_settling(own).items() if entry in rows}
    claims = [claim for claim in own if claim.entry_id == entry.pk or claim.pk in settled]
    by_two = entry.is_reversal or entry.source == Source.MANUAL
    present = present_cycles_of(request.specialist)
    marks = marks_of(
        request.specialist,
        [entry],
        places_of(counting_among(present), [entry.pk]),
        taken_back=[entry.pk] if reversal else [],
        asked_back=[entry.pk] if _is_open(proposals) else [],
        claims=[claim for claim in claims if claim.state == ClaimState.OPEN],
    )
    return _page(
        request,
        "entry",
        {
            "entry": entry,
            "reversal": reversal,
            "reversed": entry.reverses,
            "correction": correction_behind(entry) if by_two else None,
            "marks": marks_html([*marks[entry.pk], *([] if present else [mark_of_no_cycle()])]),
            "total": totals_of(request.specialist)[entry.pk],
            "claims": claims,
            "settled": settled,
            "disputed": any(claim.entry_id == entry.pk and claim.state == ClaimState.OPEN for claim in claims),
            "proposals": proposals,
            "asked_back": _is_open(proposals),
        },
    )


def _is_open(proposals: list[Proposal]) -> bool:
    return any(proposal.state == ProposalState.OPEN for proposal in proposals)


@require_safe
def statement(request: SpecialistRequest) -> HttpResponse:
    """The ledger as it was at the end of a day, to print."""
    today = timezone.localdate()
    form = DayForm(request.GET if "day" in request.GET else {"day": today.isoformat()})
    day = form.cleaned_data["day"] if form.is_valid() else None
    if day is not None and day > today:
        form.add_error("day", _("This day has not come yet."))
        day = None
    rows = statement_of(request.specialist, day=day) if day is not None else []
    totals = dict(zip((row.pk for row in rows), accumulate(row.credits for row in rows), strict=True))
    lines, total = list(lines_of(rows, totals=totals)), sum(row.credits for row in rows)
    context = {"day": day, "lines": lines, "rows": statement_rows_html(lines), "total": total}
    return _page(request, "statement", {**context, "person": request.user, "made_at": timezone.now()}, form)


@FORM
def dispute(request: SpecialistRequest, pk: int) -> HttpResponse:
    """Say that an entry is wrong."""
    entry = get_object_or_404(entry_of(request.specialist), pk=pk)
    open_one = next(iter(open_claims_about(request.specialist, entries=[entry.pk])), None)
    if open_one is not None and request.method != "POST":
        return _asked_already(request, open_one)
    posted = request.method == "POST"
    defends = bool(request.POST.get("defends")) if posted else _is_open(reversals_left_open_or_declined(entry))
    form = DisputeForm(request.POST or None, request.FILES or None, defends=defends)
    if request.method == "POST" and form.is_valid():
        try:
            claim = dispute_entry(
                specialist=request.specialist,
                entry_id=entry.pk,
                text=form.cleaned_data["text"],
                form_key=form.cleaned_data["form_key"],
                upload=form.cleaned_data["file"],
                defends=form.cleaned_data["defends"],
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            return _opened(request, claim)
    context = {"entry": entry, "defends": defends, "file_lost": bool(request.FILES)}
    return _page(request, "dispute", context, form)


@FORM
def dispute_awaited(request: SpecialistRequest, pk: int) -> HttpResponse:
    """Say that a credit which was refused, or is late, is due."""
    row = get_object_or_404(expectations_of(request.specialist), pk=pk)
    form = DisputeForm(request.POST or None, request.FILES or None)
    valid = request.method == "POST" and form.is_valid()
    if form.is_bound and row.state not in {Awaited.AWAITED, Awaited.REFUSED}:
        mine = claims_of(request.specialist).filter(expectation=row)
        made = mine.filter(form_key=form.cleaned_data.get("form_key", "")).first()
        if made is not None:
            return redirect("specialist:credits-request", made.pk)  # sent again after it was settled
    case = case_of(row, timezone.localdate())
    if not case.may_dispute:
        return _nothing_to_dispute(request, row)
    open_one = next(iter(open_claims_about(request.specialist, expectations=[row.pk])), None)
    if open_one is not None and request.method != "POST":
        return _asked_already(request, open_one)
    if valid:
        try:
            claim = dispute_expectation(
                specialist=request.specialist,
                expectation_id=row.pk,
                text=form.cleaned_data["text"],
                form_key=form.cleaned_data["form_key"],
                upload=form.cleaned_data["file"],
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            return _opened(request, claim)
    return _page(request, "dispute", {"case": case, "file_lost": bool(request.FILES)}, form)


def _asked_already(request: SpecialistRequest, claim: Claim) -> HttpResponse:
    """Nobody writes a second request in vain: the one that is being looked at."""
    messages.info(request, str(ClaimOpen(number=claim.number)))
    return redirect("specialist:credits-request", claim.pk)


def _nothing_to_dispute(request: SpecialistRequest, row: Expectation) -> HttpResponse:
    """Why a credit cannot be disputed now: it has come, nobody waits for it any more, or it is in time."""
    context = {"row": row, "case": case_of(row, timezone.localdate()), "entry": row.entry}
    return render(request, "specialist/credits/dispute_over.html", context, status=409 if request.POST else 200)


@FORM
def missing(request: SpecialistRequest) -> HttpResponse:
    """S-15: a credit that is not in the list: what it might be, and then a request already filled in."""
    if "change" in request.POST:
        form = MissingForm(initial=request.POST.dict())
        return _page(request, "missing", {"file_lost": bool(request.FILES)}, form)
    form = MissingForm(request.POST or None, request.FILES or None, initial={"part": Part.EVENT})
    if form.is_valid():
        if "send" in request.POST:
            claim = _report(request, form)
            if claim is not None:
                return _opened(request, claim)
        else:
            _check_day(form)
    context = _sought(request.specialist, form) if form.may_look else {}
    return _page(request, "missing", {**context, "file_lost": bool(request.FILES)}, form)


def _check_day(form: MissingForm) -> None:
    """Say it before anything is enclosed: the request itself would be refused, and what was chosen lost."""
    try:
        check_has_been(form.cleaned_data["held_on"], today=timezone.localdate())
    except Refused as refusal:
        form.add_refusal(refusal)


def _sought(specialist: Specialist, form: MissingForm) -> dict[str, Any]:
    """What a missing credit might be, and what was asked like it."""
    values = form.cleaned_data
    found = candidates_of(specialist, title=values["title"], held_on=values["held_on"], part=values["part"])
    rows: list[LedgerEntry | Expectation] = [*found.entries, *found.awaited]
    known = {row.version.item_id for row in rows if row.version is not None}
    underway = underway_like(specialist, values["title"], values["part"], known)
    claims = claims_beside(
        specialist, entries=[row.pk for row in found.entries], expectations=[row.pk for row in found.awaited]
    )
    about = {claim.entry_id: claim for claim in claims}
    return {
        "asked": True,
        "found": bool(found or underway),
        "underway": underway,
        "entries": [
            (row, mark_of_claim(about[row.pk], row) if row.pk in about else None, found.taken_back_by.get(row.pk))
            for row in found.entries
        ],
        "cases": cases_shown(found.awaited, claims, short_among(specialist, waiting_for_organisers(found.awaited))),
        "alike": open_requests_like(specialist, title=values["title"], held_on=values["held_on"], part=values["part"]),
        "sought": dict(form.fields["part"].choices)[values["part"]],  # type: ignore[attr-defined]
    }


def _report(request: SpecialistRequest, form: MissingForm) -> Claim | None:
    values = form.cleaned_data
    try:
        return report_missing(
            specialist=request.specialist,
            missing=MissingCredit(
                part=values["part"],
                title=values["title"],
                held_on=values["held_on"],
                organisation_name=values["organisation"],
            ),
            text=values["text"] or _("No other details."),
            form_key=values["form_key"],
            upload=values["file"],
            beside=values["beside"],
            facts=request.facts,
            now=timezone.now(),
        )
    except Refused as refusal:
        form.add_refusal(refusal)
        return None


def _opened(request: SpecialistRequest, claim: Claim) -> HttpResponse:
    messages.success(request, _("Request %(number)s is accepted.") % {"number": claim.number})
    return redirect("specialist:credits-request", claim.pk)


@require_safe
def requests(request: SpecialistRequest) -> HttpResponse:
    """One's requests about credits."""
    page = Paginator(claims_of(request.specialist), _PAGE).get_page(request.GET.get("page"))
    return _page(request, "requests", {"page": page})


@require_safe
def request_page(request: SpecialistRequest, pk: int) -> HttpResponse:
    """One request: what was asked, until when an answer comes, the answer and the entries it rests on."""
    claim = get_object_or_404(claims_of(request.specialist), pk=pk)
    return _page(request, "request", {"claim": claim, "done": entries_settling([claim]).get(claim.pk, [])})


@require_safe
def request_file(request: SpecialistRequest, pk: int) -> HttpResponse:
    """What one has enclosed with a request."""
    claim = get_object_or_404(claims_of(request.specialist), pk=pk)
    if claim.file is None:
        raise Http404
    return file_response(claim.file)
