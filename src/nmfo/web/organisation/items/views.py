"""O-06, O-09 and O-11: the list of items, an item's page, its editor, its preview, and what can be done with it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.errors import Refused
from foundation.files.responses import file_response
from foundation.ui.forms import refuse_control_characters
from nmfo.catalogue.cards import card_of
from nmfo.catalogue.models import Item, Version
from nmfo.catalogue.operations import authoring
from nmfo.catalogue.operations.authoring import FileChanges
from nmfo.catalogue.queries import (
    TABS,
    all_versions_of,
    counts_of_items,
    facts_of,
    files_of,
    items_of,
    listed_items_of,
    newest_version_of,
    open_remarks_of,
    runs_of,
    specialties_to_choose,
    steps_of,
    versions_of,
    whole,
)
from nmfo.catalogue.rules.refusals import ChangedMeanwhile, EventHasBegun
from nmfo.catalogue.rules.reviewing import has_begun
from nmfo.catalogue.rules.versions import VersionFacts
from nmfo.catalogue.rules.words import EDITABLE, LONGEST, Kind, VersionState
from nmfo.organisations.rules import Right, may
from nmfo.web.organisation.items import editor
from nmfo.web.organisation.items.forms import CopyForm, ItemForm, ReasonForm, StartForm, initial_of
from nmfo.web.parts.cards import card_context, credits_rule
from nmfo.web.parts.markdown import as_html
from nmfo.web.parts.requests import OrganisationRequest
from nmfo.web.parts.rights import require_right
from nmfo.web.parts.wording import KINDS

FORM = require_http_methods(["GET", "HEAD", "POST"])
PAGE = 30
_DIGITS = 9
_STEPS_SHOWN = 20
_RUNS_SHOWN = 5


def page_of(request: OrganisationRequest, name: str, context: dict[str, Any], form: Any = None) -> HttpResponse:
    """A page of the cabinet; 422 when its form was refused."""
    wrong = form is not None and form.is_bound and not form.is_valid()
    rights = {str(right): may(request.member.roles, right) for right in (Right.ITEMS, Right.RUNS, Right.LISTENERS)}
    return render(
        request,
        f"organisation/items/{name}.html",
        {**context, "form": form, "may": rights},
        status=422 if wrong else 200,
    )


def whole_number(text: str) -> int | None:
    """A number of an address or a hidden field; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None


def own(request: OrganisationRequest, pk: int) -> Item:
    """An item of the organisation whose cabinet it is; any other is not there."""
    return get_object_or_404(items_of(request.organisation), pk=pk)


@require_safe
@require_right(Right.SEE)
def items(request: OrganisationRequest) -> HttpResponse:
    """What the organisation teaches, by kind and state."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in Kind.values else ""
    tab = request.GET.get("tab", "all")
    tab = tab if tab in TABS else "all"
    words = " ".join(request.GET.get("q", "").replace("\0", "").split())[:200]
    counts = counts_of_items(request.organisation)
    found = listed_items_of(request.organisation, kind=kind, tab=tab, words=words)
    listed = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return page_of(
        request,
        "items",
        {
            "page": listed,
            "rows": [_row(item) for item in listed],
            "kind": kind,
            "tab": tab,
            "q": words,
            "kinds": [("", _("All kinds"), counts["", "all"])]
            + [(str(one), KINDS[one], counts[str(one), "all"]) for one in Kind],
            "tabs": [(name, _tab_name(name), counts[kind, name]) for name in TABS],
            "whole": counts["", "all"] + counts["", "dropped"],
        },
    )


def _tab_name(tab: str) -> str:
    names = {
        "all": _("All"),
        "draft": _("Drafts"),
        "submitted": _("Under review"),
        "returned": _("To put right"),
        "published": _(
            "Published",
        ),
        "withdrawn": _("Withdrawn"),
        "dropped": _("Given up"),
    }
    return names[tab]


def _row(item: Item) -> dict[str, Any]:
    """An item of the list with what people work at: the version under way, else the published one, else the last."""
    versions: list[Version] = item.shown_versions  # type: ignore[attr-defined]  # the list's own prefetch
    by_state = {version.state: version for version in reversed(versions)}
    way = next((by_state[state] for state in ("draft", "returned", "submitted") if state in by_state), None)
    shown = way or by_state.get(VersionState.PUBLISHED) or versions[0]
    return {"item": item, "version": shown, "way": way, "remarks": shown.open_remarks if way else 0}  # type: ignore[attr-defined]


@FORM
@require_right(Right.ITEMS)
def item_new(request: OrganisationRequest, kind: str) -> HttpResponse:
    """Begin a programme, an event or a module with its title."""
    if kind not in Kind.values:
        raise Http404
    form = StartForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        zone = request.organisation.region.zone if kind == Kind.EVENT else ""
        try:
            draft = authoring.start_item(
                kind=kind,
                texts=VersionFacts(kind=kind, title=form.cleaned_data["title"], zone=zone),
                by=request.member,
                facts=request.facts,
                now=timezone.now(),
                form_key=form.cleaned_data["form_key"],
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            return redirect("organisation:item-edit", draft.item_id)
    return page_of(request, "new", {"kind": Kind(kind), "rule": credits_rule(kind)}, form)


@require_safe
@require_right(Right.SEE)
def item(request: OrganisationRequest, pk: int) -> HttpResponse:
    """One item: where its newest version is, what is to be done, runs, versions, history."""
    found = own(request, pk)
    version, now = newest_version_of(found), timezone.now()
    facts, editable = facts_of(version), version.state in EDITABLE
    begun = has_begun(begins_at=version.begins_at, withdrawn_at=found.withdrawn_at, now=now)
    return page_of(
        request,
        "item",
        {
            "item": found,
            "version": version,
            "facts": facts,
            "editable": editable,
            "mended": not (version.state == VersionState.RETURNED and version.saved_at <= (version.decided_at or now)),
            "tasks": editor.tasks_of(facts, now) if editable else [],
            "doubts": editor.doubts_of(facts) if editable else [],
            "remarks": editor.named(open_remarks_of(version), found.kind) if editable else [],
            "worth": editor.credits_line(facts),
            "runs": list(runs_of(found).filter(ends_on__gte=timezone.localdate(now))[:_RUNS_SHOWN]),
            "versions": list(all_versions_of(found)),
            "steps": list(steps_of(found)[:_STEPS_SHOWN]),
            "begun": str(EventHasBegun()) if begun else "",
            "copy": CopyForm(),
            "today": timezone.localdate(now),
        },
    )


@FORM
@require_right(Right.ITEMS)
def item_edit(request: OrganisationRequest, pk: int) -> HttpResponse:
    """The editor. What was typed is shown again whatever is refused; two writers choose between their texts."""
    version = newest_version_of(own(request, pk))
    if request.method == "POST":
        return _save(request, version)
    if version.state not in EDITABLE:
        messages.warning(request, _("This version is not being written now."))
        return redirect("organisation:item", pk)
    return _editor(request, version, _form(request, version), revision=version.revision)


def _save(request: OrganisationRequest, version: Version) -> HttpResponse:
    form, choices = _form(request, version), editor.asked(request.POST, version.item.kind)
    seen = whole_number(request.POST.get("revision", "")) or 0
    if not form.is_valid():
        # A number that is not current any more: what two people wrote is asked again at the next saving.
        return _editor(request, version, form, revision=max(0, seen - 1) if choices else seen)
    mine = form.facts()
    if not all(choices.values()):
        form.add_error(None, _("Choose a text for each field that two people have written."))
        return _editor(request, version, form, revision=seen, choices=choices, mine=mine)
    try:
        authoring.save_version(
            version_id=version.pk,
            texts=editor.merged(mine, facts_of(version), choices),
            revision=seen,
            by=request.member,
            facts=request.facts,
            now=timezone.now(),
            files=FileChanges(
                added=form.cleaned_data["new_files"],
                titles=editor.file_titles(request.POST, version.files.all()),
                dropped=editor.files_to_drop(request.POST, version.files.all()),
            ),
        )
    except ChangedMeanwhile as refusal:
        now_saved = newest_version_of(version.item)
        choices = dict.fromkeys(editor.differing(mine, facts_of(now_saved)), "")
        form.add_error(None, str(refusal))
        return _editor(request, now_saved, form, revision=now_saved.revision, choices=choices, mine=mine)
    except Refused as refusal:
        editor.add_problems(form, refusal)
        return _editor(request, version, form, revision=seen, choices=choices, mine=mine)
    messages.success(request, _("Saved."))
    target = "item-preview" if request.POST.get("then") == "preview" else "item-edit"
    return redirect(f"organisation:{target}", version.item_id)


def _form(request: OrganisationRequest, version: Version) -> ItemForm:
    now, facts = timezone.now(), facts_of(version)
    sent = request.method == "POST"
    chosen = [one.pk for one in (*facts.main_specialties, *facts.other_specialties)]
    return ItemForm(
        request.POST if sent else None,
        request.FILES if sent else None,
        kind=version.item.kind,
        specialties=specialties_to_choose(timezone.localdate(now), chosen),
        now=now,
        initial=initial_of(facts),
    )


def _editor(
    request: OrganisationRequest,
    version: Version,
    form: ItemForm,
    *,
    revision: int,
    choices: dict[str, str] | None = None,
    mine: VersionFacts | None = None,
) -> HttpResponse:
    facts = facts_of(version)
    remarks = list(open_remarks_of(version))
    found = editor.choices_between(version, mine, choices) if mine is not None and choices else []
    return page_of(
        request,
        "edit",
        {
            "item": version.item,
            "version": version,
            "sections": editor.sections_of(form, version.item.kind, remarks),
            "remarks": remarks,
            "common_remarks": [remark for remark in remarks if not remark.field],
            "tasks": editor.tasks_of(facts, timezone.now()),
            "doubts": editor.doubts_of(facts),
            "worth": editor.credits_line(facts),
            "people": editor.people_rows(form),
            "chosen": editor.chosen_names(form),
            "files": list(version.files.all()),
            "dropped": request.POST.getlist("drop_file"),
            "titles": editor.file_titles(request.POST, version.files.all()),
            "choices": found,
            "revision": revision,
        },
        form,
    )


@require_safe
@require_right(Right.SEE)
def item_preview(request: OrganisationRequest, pk: int) -> HttpResponse:
    """The whole card as a listener sees it: of the newest version, or of the one asked for."""
    found = own(request, pk)
    number = request.GET.get("version", "")
    if number:
        rows = whole(versions_of(request.organisation).filter(item=found))
        version = get_object_or_404(rows, number=whole_number(number) or 0)
    else:
        version = newest_version_of(found)
    now = timezone.now()
    card = card_of(version, runs_of(found), today=timezone.localdate(now))
    shown = card_context(
        card, now=now, file_address=lambda row: reverse("organisation:item-file", args=[found.pk, row])
    )
    return page_of(request, "preview", {"item": found, "version": version, **shown})


@require_POST
@require_right(Right.ITEMS)
def preview_text(request: OrganisationRequest) -> HttpResponse:
    """A text of the editor as the card will show it; asked for while it is being written."""
    text = request.POST.get("text", "")[: LONGEST["annotation"]]
    try:
        refuse_control_characters(text)
    except ValidationError as error:
        raise BadRequest from error
    return HttpResponse(as_html(text))


@require_safe
@require_right(Right.SEE)
def item_file(request: OrganisationRequest, pk: int, file: int) -> HttpResponse:
    """A document of the organisation's own item."""
    row = get_object_or_404(files_of(request.organisation), version__item_id=pk, pk=file)
    return file_response(row.file)


def _act(
    request: OrganisationRequest, pk: int, action: Any, done: str, *, to: str = "item", **values: Any
) -> HttpResponse:
    """One of the buttons of an item's page: an operation on its newest version or on the item."""
    version = newest_version_of(own(request, pk))
    subject = {"version_id": version.pk} if values.pop("on_version", True) else {"item_id": pk}
    try:
        made = action(**subject, by=request.member, facts=request.facts, now=timezone.now(), **values)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("organisation:item", pk)
    messages.success(request, done)
    return redirect(f"organisation:{to}", made.item_id)


@require_POST
@require_right(Right.ITEMS)
def item_submit(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Hand the version that the person saw to the operator."""
    revision = whole_number(request.POST.get("revision", ""))
    done = _("Submitted. The answer comes by letter within 14 days.")
    return _act(request, pk, authoring.submit_version, done, revision=revision)


@require_POST
@require_right(Right.ITEMS)
def item_take_back(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Go on writing what waits for its review."""
    return _act(request, pk, authoring.take_back, _("The version is yours again."), to="item-edit")


@require_POST
@require_right(Right.ITEMS)
def item_drop(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Give a draft up."""
    return _act(request, pk, authoring.drop_version, _("The draft is given up. It can still be copied."))


@require_POST
@require_right(Right.ITEMS)
def item_copy(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Begin another item from this one."""
    form = CopyForm(request.POST)
    if not form.is_valid():
        raise BadRequest(form.errors.as_text())
    done = _("This is the copy. Change what is different.")
    return _act(
        request, pk, authoring.copy_item, done, to="item-edit", on_version=False, form_key=form.cleaned_data["form_key"]
    )


@require_POST
@require_right(Right.ITEMS)
def item_version(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Begin a new version of what is published."""
    done = _(
        "A new version is begun. The published one stays in the catalogue until the new one has passed the review."
    )
    return _act(request, pk, authoring.new_version, done, to="item-edit", on_version=False)


@FORM
@require_right(Right.ITEMS)
def item_withdraw(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Take a published item out of the catalogue, with a reason."""
    found = own(request, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            authoring.withdraw_item(
                item_id=pk,
                reason=form.cleaned_data["reason"],
                by=request.member,
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Withdrawn. The card says since when and why."))
            return redirect("organisation:item", pk)
    return page_of(request, "withdraw", {"item": found, "version": newest_version_of(found)}, form)
