"""B-10: rule sets by date with their ground; drafts with golden cases and effect; published by a second operator."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django import forms
from django.contrib import messages
from django.core.validators import validate_slug
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.errors import Refused
from foundation.ui.forms import DateField, LongText, PortalForm, Text
from foundation.ui.templatetags.ui import day
from nmfo.credits.rules.words import Part
from nmfo.cycles.models import GoldenCase, RuleSet
from nmfo.cycles.operations.ruling import (
    CaseTexts,
    SetTexts,
    bring_case,
    drop_draft,
    publish_draft,
    save_draft,
    start_draft,
)
from nmfo.cycles.queries.sets import (
    CaseResult,
    acts,
    case_of,
    effect_of,
    extensions,
    golden_cases,
    rule_sets,
    run_cases,
    sets_in_force,
    try_draft,
)
from nmfo.cycles.rules.measuring import Requirement
from nmfo.cycles.rules.words import Ask, Role, SetState, Why
from nmfo.web.parts.requests import PortalRequest

FORM = require_http_methods(["GET", "HEAD", "POST"])
_SPARE_ROWS = 2
_MOST_ROWS = 12


class SetForm(PortalForm):
    """What a draft says, without its requirements."""

    title = Text(label=lazy("Name of the rule set"), max_length=200)
    ground = Text(label=lazy("Legal ground: the act, its number and day"), max_length=300)
    source = LongText(label=lazy("Where it was read"), max_length=500, widget=forms.Textarea({"rows": 2}))
    valid_from_on = DateField(label=lazy("In force from"))
    valid_until_on = DateField(label=lazy("In force until, inclusive"), required=False)
    reason = LongText(
        label=lazy("What this version changes and by which act"),
        max_length=1000,
        widget=forms.Textarea({"rows": 2}),
        error_messages={"required": lazy("Say what is changed and by which act.")},
    )


class RequirementForm(PortalForm):
    """A requirement; an empty row is none."""

    ask = forms.ChoiceField(label=lazy("Measures"), choices=Ask.choices, required=False)
    text = Text(label=lazy("As people read it"), max_length=300, required=False)
    amount = forms.IntegerField(label=lazy("Credits"), min_value=0, max_value=2000, required=False)
    parts = forms.MultipleChoiceField(
        label=lazy("Of which parts; none ticked: all"),
        choices=Part.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    within_years = forms.IntegerField(label=lazy("Not older than, years"), min_value=1, max_value=50, required=False)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("text") and values.get("ask") != Ask.PAPER and not values.get("amount"):
            self.add_error("amount", _("Say how many, or choose «a paper that the portal does not count»."))
        return values

    def requirement(self) -> Requirement | None:
        """The row as the rules take it; None when it is empty."""
        values = self.cleaned_data
        if not values["text"]:
            return None
        paper = values["ask"] == Ask.PAPER
        return Requirement(
            ask=values["ask"],
            text=values["text"],
            credits=0 if paper else values["amount"] or 0,
            parts=frozenset() if paper else frozenset(values["parts"]),
            within_years=None if paper else values["within_years"],
        )


def _refuse(constant: str) -> None:
    raise ValueError(constant)  # NaN and its kin, which JSON does not know


class JsonField(LongText):
    """An object of JSON, written by hand."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            found = json.loads(text, parse_constant=_refuse)
            json.dumps(found, ensure_ascii=False).encode()  # halves of signs are no text
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(_("This is not JSON: %(what)s") % {"what": error}, code="json") from error
        if "\\u0000" in json.dumps(found):
            raise forms.ValidationError(_("This is not JSON: %(what)s") % {"what": "\\u0000"}, code="json")
        if not isinstance(found, dict):
            raise forms.ValidationError(_("An object in braces is needed."), code="object")
        return found


class CaseForm(PortalForm):
    """A golden case that a draft brings along."""

    key = forms.CharField(
        label=lazy("Key: Latin letters, figures, hyphens"),
        max_length=60,
        validators=[validate_slug],
        widget=forms.TextInput({"class": "in"}),
    )
    title = Text(label=lazy("What it shows"), max_length=200)
    source = Text(label=lazy("The line of the act that it checks"), max_length=500)
    facts = JsonField(label=lazy("Facts of the person"), max_length=5000, widget=forms.Textarea({"rows": 8}))
    expected = JsonField(label=lazy("What the rules must answer"), max_length=5000, widget=forms.Textarea({"rows": 6}))
    removes = forms.BooleanField(label=lazy("Take this case away with the publication"), required=False)


def _requirement_forms(request: PortalRequest, row: RuleSet) -> list[RequirementForm]:
    given: list[dict[str, Any]] = [
        {
            "ask": one.ask,
            "text": one.text,
            "amount": one.credits or None,
            "parts": one.parts,
            "within_years": one.within_years,
        }
        for one in row.asked.all()
    ]
    sent = request.POST if request.method == "POST" else None
    rows = min(_MOST_ROWS, len(given) + _SPARE_ROWS)
    given += [{} for _number in range(rows - len(given))]
    return [RequirementForm(sent, initial=initial, prefix=f"r{number}") for number, initial in enumerate(given, 1)]


@require_safe
def sets(request: PortalRequest) -> HttpResponse:
    """What is in force by date, drafts, acts that lengthen documents, and whether the golden cases pass."""
    rows = list(rule_sets())
    results = run_cases(golden_cases(), sets_in_force(), acts())
    context = {
        "rows": [row for row in rows if row.state == SetState.PUBLISHED],
        "drafts": [row for row in rows if row.state == SetState.DRAFT],
        "former": [row for row in rows if row.state == SetState.SUPERSEDED],
        "extensions": extensions(),
        "cases": len(results),
        "failing": [result for result in results if result.differences],
    }
    return render(request, "operator/rule_sets.html", context)


@require_safe
def one_set(request: PortalRequest, pk: int) -> HttpResponse:
    """A version: what it says, how the golden cases go with it, what a draft would change."""
    return _show(request, get_object_or_404(rule_sets(), pk=pk))


_WHAT: dict[str, Promise] = {
    "set": lazy("which rule set applies"),
    "why": lazy("why it applies"),
    "needed": lazy("how many credits are needed"),
    "done": lazy("how many are done"),
    "missing": lazy("how many are missing"),
    "until": lazy("until which day"),
    "parts": lazy("requirements one by one"),
}
_WHY: dict[str, Promise] = {
    Why.ISSUED: lazy("by the day of the document's issue"),
    Why.IN_FORCE: lazy("it is in force when the document ends"),
    Why.NEWEST: lazy("the newest one that is known"),
    Why.TODAY: lazy("it is in force today"),
}


def _differences_in_words(result: CaseResult, titles: dict[str, str]) -> list[dict[str, str]]:
    """What a golden case expected and what came, as people read it: no keys, no lists in brackets."""
    found = []
    for one in result.differences:
        role, _colon, what = one.what.partition(": ")
        found.append(
            {
                "what": f"{Role(role).label}: {_WHAT.get(what, what)}",
                "expected": _in_words(what, one.expected, titles),
                "got": _in_words(what, one.got, titles),
            }
        )
    return found


def _in_words(what: str, value: Any, titles: dict[str, str]) -> str:
    if value in ("", None, []):
        return _("nothing")
    if what == "set":
        return f"«{titles.get(str(value), str(value))}»"
    if what == "why":
        return str(_WHY.get(str(value), value))
    if what == "until":
        return _day_in_words(str(value))
    if what == "parts" and isinstance(value, list):
        return "; ".join(_part_in_words(number, part) for number, part in enumerate(value, 1))
    return str(value)


def _day_in_words(text: str) -> str:
    try:
        return day(dt.date.fromisoformat(text))
    except ValueError:
        return text


def _part_in_words(number: int, part: Any) -> str:
    """One requirement of an answer: needed, done, missing. What a hand-written case has otherwise is shown as it is."""
    if not isinstance(part, list) or len(part) != 3:  # noqa: PLR2004 - the three figures
        return f"{number}) {part}"
    told = _("%(number)d) needed %(needed)s, done %(done)s, missing %(missing)s")
    return told % {"number": number, "needed": part[0], "done": part[1], "missing": part[2]}


def _show(request: PortalRequest, row: RuleSet, status: int = 200) -> HttpResponse:
    draft = row.state == SetState.DRAFT
    results = try_draft(row) if draft else run_cases(golden_cases(), sets_in_force(), acts())
    shown = [result for result in results if draft or result.case.rule_set == row.key]
    failing = [result for result in results if result.differences]
    own = request.user.pk in {*row.writers, row.written_by_id}
    known = list(rule_sets())
    titles = {one.key: one.title for one in known}
    context = {
        "row": row,
        "is_draft": draft,
        "in_force": row.state == SetState.PUBLISHED,
        "results": [
            {"case": result.case, "differences": _differences_in_words(result, titles)}
            for result in sorted(shown, key=lambda result: not result.differences)
        ],
        "failing": failing,
        "brought": {case.key for case in row.cases.all()},
        "effect": effect_of(row, timezone.localdate()) if draft else None,
        "own": own,
        "ready": draft and not failing and not own and bool(row.reason),
        "history": [one for one in known if one.key == row.key],
    }
    return render(request, "operator/rule_set.html", context, status=status)


@require_POST
def draft(request: PortalRequest, pk: int) -> HttpResponse:
    """Begin a new version of what is in force."""
    try:
        row = start_draft(set_id=pk, by=request.user, facts=request.facts, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("operator:rule-sets")
    return redirect("operator:rule-set-edit", row.pk)


@FORM
def edit(request: PortalRequest, pk: int) -> HttpResponse:
    """Write a draft."""
    row = get_object_or_404(rule_sets().filter(state=SetState.DRAFT), pk=pk)
    given = {name: getattr(row, name) for name in SetForm.base_fields}
    form = SetForm(request.POST if request.method == "POST" else None, initial=given)
    rows = _requirement_forms(request, row)
    if request.method == "POST" and all([form.is_valid(), *(one.is_valid() for one in rows)]):
        found = [one.requirement() for one in rows]
        texts = SetTexts(**form.cleaned_data, requirements=[one for one in found if one is not None])
        try:
            save_draft(set_id=row.pk, texts=texts, by=request.user, facts=request.facts, now=timezone.now())
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Saved. The golden cases were run with it: see below."))
            return redirect("operator:rule-set", row.pk)
    wrong = bool(form.errors) or any(one.errors for one in rows)
    context = {"row": row, "form": form, "requirements": rows}
    return render(request, "operator/rule_set_edit.html", context, status=422 if wrong else 200)


@require_POST
def publish(request: PortalRequest, pk: int) -> HttpResponse:
    """Put a draft in force."""
    try:
        row = publish_draft(
            set_id=pk, seen=request.POST.get("seen", ""), by=request.user, facts=request.facts, now=timezone.now()
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, _("«%(name)s» is in force: cycles are counted by it from now on.") % {"name": row.title}
        )
    return redirect("operator:rule-set", pk)


@require_POST
def drop(request: PortalRequest, pk: int) -> HttpResponse:
    """Give a draft up."""
    try:
        drop_draft(set_id=pk, by=request.user, facts=request.facts, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The draft is given up. What is in force stays."))
    return redirect("operator:rule-sets")


@FORM
def case(request: PortalRequest, pk: int, key: str = "") -> HttpResponse:
    """A golden case of a draft: in place of a live one, or a new one when no key is given."""
    row = get_object_or_404(rule_sets().filter(state=SetState.DRAFT), pk=pk)
    present = case_of(row, key) if key else None
    if key and present is None:
        raise Http404
    form = CaseForm(request.POST if request.method == "POST" else None, initial=_texts_of(present))
    if request.method == "POST" and form.is_valid():
        values = {**form.cleaned_data, **({"key": present.key} if present else {})}
        try:
            bring_case(
                set_id=row.pk, case=CaseTexts(**values), by=request.user, facts=request.facts, now=timezone.now()
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("The case comes with the draft. The golden cases were run with it: see below."))
            return redirect("operator:rule-set", row.pk)
    context = {"row": row, "form": form, "case": present}
    return render(request, "operator/golden_case.html", context, status=422 if form.errors else 200)


def _texts_of(present: GoldenCase | None) -> dict[str, Any]:
    if present is None:
        return {"facts": '{"today": "2026-01-01"}', "expected": '{"minimum": {"set": ""}}'}
    return {
        "key": present.key,
        "title": present.title,
        "source": present.source,
        "facts": json.dumps(present.facts, ensure_ascii=False, indent=1),
        "expected": json.dumps(present.expected, ensure_ascii=False, indent=1),
        "removes": present.removes,
    }
