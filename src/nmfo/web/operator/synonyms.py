"""The operator's table of synonyms: a list, a form that shows the effect before it is saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.errors import Refused
from foundation.ui.forms import LongText, PortalForm, Text
from nmfo.catalogue.models import Synonym
from nmfo.catalogue.operations.wording import (
    LONGEST_NOTE,
    add_synonyms,
    change_synonyms,
    remove_synonyms,
    writings,
)
from nmfo.catalogue.search.index import index
from nmfo.catalogue.search.segment import tokens_of
from nmfo.catalogue.search.showing import synonym_groups
from nmfo.catalogue.search.understanding import effect
from nmfo.catalogue.search.words import clean
from nmfo.web.parts.requests import PortalRequest

FORM = require_http_methods(["GET", "HEAD", "POST"])
_PAGE = 50


class SynonymForm(PortalForm):
    """A group: its words, one a line."""

    words = LongText(
        label=lazy("Words and phrases"),
        help_text=lazy(
            "Each on a line of its own, the usual one first. Any form will do: case and endings do not matter."
        ),
        max_length=3000,
        error_messages={"required": lazy("Write at least two words or phrases, each on a line of its own.")},
    )
    note = Text(label=lazy("Note for colleagues"), max_length=LONGEST_NOTE, required=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """How many items the writings of a group find, each by itself and all together."""

    words: list[tuple[str, int]]
    together: int


def _effects(groups: list[list[str]]) -> list[Effect]:
    """Of each group; whatever the number of groups, the dictionary is asked once."""
    tokens = [token for words in groups for word in words for token in tokens_of(word)]
    snapshot = index().current(tokens)
    found = []
    for words in groups:
        numbers, together = effect(snapshot, words)
        found.append(Effect(words=list(zip(words, numbers, strict=True)), together=together))
    return found


@require_safe
def synonyms(request: PortalRequest) -> HttpResponse:
    """The groups, with a search by any of their words."""
    wanted = clean(request.GET.get("q", "")).lower().replace("ё", "е")
    groups = list(synonym_groups())
    if wanted:
        groups = [group for group in groups if any(wanted in word.lower().replace("ё", "е") for word in group.words)]
    page = Paginator(groups, _PAGE).get_page(request.GET.get("page"))
    rows = list(zip(page, _effects([group.words for group in page]), strict=True))
    return render(request, "operator/synonyms.html", {"page": page, "rows": rows, "q": request.GET.get("q", "")[:100]})


@FORM
def synonym_add(request: PortalRequest) -> HttpResponse:
    """A new group."""
    return _edit(request, None)


@FORM
def synonym(request: PortalRequest, pk: int) -> HttpResponse:
    """A group: change it, or take it out."""
    return _edit(request, get_object_or_404(synonym_groups(), pk=pk))


@require_POST
def synonym_remove(request: PortalRequest, pk: int) -> HttpResponse:
    """Take a group out."""
    try:
        remove_synonyms(
            pk=pk, seen=request.POST.get("seen", ""), by=request.user, facts=request.facts, now=timezone.now()
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Removed. People find only the words they type from now on."))
    return redirect("operator:synonyms")


def _edit(request: PortalRequest, group: Synonym | None) -> HttpResponse:
    given = {"words": "\n".join(group.words), "note": group.note} if group else None
    form = SynonymForm(request.POST or None, initial=given)
    context: dict[str, Any] = {"group": group, "effect": None}
    if request.method == "POST" and form.is_valid():
        try:
            lines = form.cleaned_data["words"].splitlines()
            if "preview" in request.POST:
                context["effect"] = _effects([writings(lines)])[0]
            else:
                _save(request, group, lines, form.cleaned_data["note"])
                messages.success(request, _("Saved. The catalogue searches so from now on."))
                return redirect("operator:synonyms")
        except Refused as refusal:
            form.add_refusal(refusal)
    elif group is not None and request.method != "POST":
        context["effect"] = _effects([group.words])[0]
    return render(request, "operator/synonym.html", {**context, "form": form}, status=422 if form.errors else 200)


def _save(request: PortalRequest, group: Synonym | None, lines: list[str], note: str) -> None:
    now = timezone.now()
    if group is None:
        add_synonyms(lines=lines, note=note, by=request.user, facts=request.facts, now=now)
        return
    seen = request.POST.get("seen", "")
    change_synonyms(pk=group.pk, lines=lines, note=note, seen=seen, by=request.user, facts=request.facts, now=now)
