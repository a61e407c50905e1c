"""B-03: the queue of versions, a review with remarks and differences, the decision; and items of the catalogue."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.errors import Refused
from foundation.files.responses import file_response
from foundation.runtime.forms import form_of_page_above
from nmfo.catalogue.cards import card_of
from nmfo.catalogue.fields import differences, label_of, rows_of
from nmfo.catalogue.models import Version
from nmfo.catalogue.operations import reviewing
from nmfo.catalogue.queries import (
    counts_of_waiting,
    facts_of,
    files_to_review,
    next_waiting_after,
    previous_version_of,
    published_items,
    published_version_of,
    remarks_of,
    runs_of,
    snils_with_a_part,
    steps_of,
    version_to_review,
    waiting_versions,
)
from nmfo.catalogue.rules.refusals import ChangedSinceSeen, NothingToReturnFor, Problems
from nmfo.catalogue.rules.versions import problems_of
from nmfo.catalogue.rules.words import Kind, VersionState
from nmfo.web.operator.items.forms import FindItemsForm, RemarkForm, ReturnForm, WithdrawForm
from nmfo.web.parts.cards import card_context
from nmfo.web.parts.recent import require_recent_for
from nmfo.web.parts.requests import PortalRequest
from nmfo.web.parts.wording import KINDS

FORM = require_http_methods(["GET", "HEAD", "POST"])
_PAGE = 30
_VIEWS = ("card", "changes", "fields")
_STEPS_SHOWN = 30
_DIGITS = 9


def _page(request: PortalRequest, name: str, context: dict[str, Any], form: Any = None) -> HttpResponse:
    wrong = form is not None and form.is_bound and not form.is_valid()
    return render(request, f"operator/items/{name}.html", {**context, "form": form}, status=422 if wrong else 200)


def _shown(pk: int) -> Version:
    """A version that was submitted once; drafts are their authors' business."""
    version = version_to_review(pk)
    if version is None:
        raise Http404
    return version


@require_safe
def reviews(request: PortalRequest) -> HttpResponse:
    """What waits for a review, the most urgent first."""
    today = timezone.localdate()
    kind = request.GET.get("kind", "")
    kind = kind if kind in Kind.values else ""
    counts = counts_of_waiting(today=today)
    page = Paginator(waiting_versions(kind), _PAGE).get_page(request.GET.get("page"))
    return _page(
        request,
        "reviews",
        {
            "page": page,
            "rows": [(version, *_left(version, today)) for version in page],
            "kind": kind,
            "tabs": [("", _("All kinds"), counts["all"]), *((str(one), KINDS[one], counts[str(one)]) for one in Kind)],
            "overdue": counts["overdue"],
            "first": waiting_versions(kind).filter(taken_by=None).first(),
        },
    )


def _left(version: Version, today: dt.date) -> tuple[int, int]:
    """Days that are left for the answer, negative when it is overdue; and by how many it is."""
    left = (version.due_on - today).days if version.due_on else 0
    return left, max(0, -left)


@FORM
def review(request: PortalRequest, pk: int) -> HttpResponse:
    """One version: the card as listeners see it, the differences, all fields, remarks, history, the decision."""
    version = _shown(pk)
    form = RemarkForm(request.POST or None, kind=version.item.kind, initial={"field": request.GET.get("field", "")})
    if request.method == "POST" and form.is_valid():
        try:
            reviewing.add_remark(
                version_id=pk,
                field=form.cleaned_data["field"],
                text=form.cleaned_data["text"],
                by=request.user,
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("The remark is noted. The authors see it when you return the version."))
            return redirect(f"{reverse('operator:review', args=[pk])}?{request.GET.urlencode()}#remarks")
    return _review(request, version, form, ReturnForm())


def _review(request: PortalRequest, version: Version, form: RemarkForm, words: ReturnForm) -> HttpResponse:
    previous = previous_version_of(version)
    view = request.GET.get("view", "changes" if previous else "card")
    facts, now = facts_of(version), timezone.now()
    left, late = _left(version, timezone.localdate(now))
    card = card_of(version, runs_of(version.item), today=timezone.localdate(now))
    rows = _rows(version)
    wrong = (form.is_bound and not form.is_valid()) or (words.is_bound and not words.is_valid())
    context = {
        "version": version,
        "item": version.item,
        "previous": previous,
        "view": view if view in _VIEWS else "card",
        **card_context(card, now=now, file_address=lambda row: reverse("operator:review-file", args=[row])),
        "changes": differences(_rows(previous), rows) if previous else [],
        "rows": rows,
        "remarks": [{"remark": one, "label": label_of(version.item.kind, one.field)} for one in remarks_of(version)],
        "problems": [
            {"label": label_of(version.item.kind, field), "text": str(problem)}
            for field, problem in problems_of(facts, now=now)
        ]
        if version.state == VersionState.SUBMITTED
        else [],
        "own": request.user.snils in snils_with_a_part(version.item, version),
        "steps": list(steps_of(version.item)[:_STEPS_SHOWN]),
        "words": words,
        "left": left,
        "late": late,
    }
    return render(request, "operator/items/review.html", {**context, "form": form}, status=422 if wrong else 200)


def _rows(version: Version) -> Any:
    region = version.region.name if version.region else ""
    return rows_of(facts_of(version), region=region, files=[row.title for row in version.files.all()])


def _onward(request: PortalRequest, version: Version) -> HttpResponse:
    """After a decision: the next one of the queue."""
    following = next_waiting_after(version, request.user)
    return redirect("operator:review", following.pk) if following else redirect("operator:reviews")


def _back(request: PortalRequest, pk: int, refusal: Refused) -> HttpResponse:
    """Say why not; the version's page, or the queue when its authors have taken it back."""
    found = [str(problem) for _field, problem in refusal.problems] if isinstance(refusal, Problems) else []
    messages.error(request, " ".join([str(refusal), *found]))
    return redirect("operator:review", pk) if version_to_review(pk) else redirect("operator:reviews")


def _revision(request: PortalRequest) -> int | None:
    """The revision that the page in the browser was made from; -1 for what no page has said."""
    typed = request.POST.get("revision")
    if typed is None:
        return None
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= _DIGITS else -1


@require_POST
def review_take(request: PortalRequest, pk: int) -> HttpResponse:
    """Take a version, or give it back to the queue."""
    act = reviewing.leave_version if "leave" in request.POST else reviewing.take_version
    try:
        act(version_id=pk, by=request.user, facts=request.facts, now=timezone.now())
    except Refused as refusal:
        return _back(request, pk, refusal)
    return redirect("operator:review", pk)


@require_POST
def remark_drop(request: PortalRequest, pk: int, remark: int) -> HttpResponse:
    """Take back a remark of this review."""
    try:
        reviewing.drop_remark(version_id=pk, remark_id=remark, by=request.user, facts=request.facts, now=timezone.now())
    except Refused as refusal:
        return _back(request, pk, refusal)
    return redirect(f"{reverse('operator:review', args=[pk])}#remarks")


@form_of_page_above
def review_return(request: PortalRequest, pk: int) -> HttpResponse:
    """Return a version with its remarks."""
    words = ReturnForm(request.POST)
    if words.is_valid():
        try:
            version = reviewing.return_version(
                version_id=pk,
                words=words.cleaned_data["words"],
                by=request.user,
                facts=request.facts,
                now=timezone.now(),
                revision=_revision(request),
            )
        except (NothingToReturnFor, ChangedSinceSeen) as refusal:
            words.add_refusal(refusal)
        except Refused as refusal:
            return _back(request, pk, refusal)
        else:
            messages.success(request, _("Returned. A letter with the remarks went to the organisation."))
            return _onward(request, version)
    version = _shown(pk)
    return _review(request, version, RemarkForm(kind=version.item.kind), words)


@require_POST
@require_recent_for("operator:review")
def review_publish(request: PortalRequest, pk: int) -> HttpResponse:
    """Publish a version."""
    try:
        version = reviewing.publish_version(
            version_id=pk, by=request.user, facts=request.facts, now=timezone.now(), revision=_revision(request)
        )
    except Refused as refusal:
        return _back(request, pk, refusal)
    messages.success(request, _("Published: «%(title)s» stands in the catalogue.") % {"title": version.title})
    return _onward(request, version)


@require_safe
def review_file(request: PortalRequest, file: int) -> HttpResponse:
    """A document of what was submitted."""
    return file_response(get_object_or_404(files_to_review(), pk=file).file)


@require_safe
def items(request: PortalRequest) -> HttpResponse:
    """What stands, or stood, in the catalogue."""
    form = FindItemsForm(request.GET or None)
    words = form.cleaned_data["q"] if form.is_bound and form.is_valid() else ""
    listed = Paginator(published_items(words), _PAGE).get_page(request.GET.get("page"))
    return _page(request, "items", {"page": listed, "q": words}, form)


@FORM
def item(request: PortalRequest, pk: int) -> HttpResponse:
    """One of them: its card, the mark of the Council, withdrawing it."""
    found = get_object_or_404(published_items(), pk=pk)
    version = published_version_of(found)
    if version is None:
        raise Http404
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            reviewing.withdraw_as_operator(
                item_id=pk,
                reason=form.cleaned_data["reason"],
                by=request.user,
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Withdrawn. A letter went to the organisation."))
            return redirect("operator:item", pk)
    now = timezone.now()
    card = card_of(version, runs_of(found), today=timezone.localdate(now))
    context = {
        "item": found,
        "version": version,
        **card_context(card, now=now, file_address=lambda row: reverse("operator:review-file", args=[row])),
        "own": request.user.snils in snils_with_a_part(found, version),
        "steps": list(steps_of(found)[:_STEPS_SHOWN]),
    }
    return _page(request, "item", context, form)


@require_POST
def item_accredit(request: PortalRequest, pk: int) -> HttpResponse:
    """Set or take the mark «Accredited by the Council»."""
    found = get_object_or_404(published_items(), pk=pk)
    accredited = request.POST.get("accredited") == "1"
    try:
        reviewing.set_accredited(
            item_id=found.pk, accredited=accredited, by=request.user, facts=request.facts, now=timezone.now()
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The mark is set.") if accredited else _("The mark is taken away."))
    return redirect("operator:item", pk)
