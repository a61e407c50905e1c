"""P-06: the register of organisations, and the card of each."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from foundation.ui.forms import PortalForm, Text
from foundation.ui.kept import kept_for_strangers
from foundation.ui.offline import kept_on_device
from nmfo.organisations.models import Organisation
from nmfo.organisations.queries import all_organisations, neighbours_of, organisations_found
from nmfo.organisations.rules import LicenceState, OrganisationKind
from nmfo.reference.queries import regions
from nmfo.web.parts.markdown import as_html

_PAGE = 20
_ITEMS = 20
_ITEM_PAGES = {"programme": "public:programme", "event": "public:event", "module": "public:module"}


class RegisterForm(PortalForm):
    """What to look for. What does not exist is passed over: addresses live long."""

    q = Text(label=_("Name or INN"), max_length=300, required=False)
    region = forms.ChoiceField(label=_("Region"), required=False)
    kind = forms.ChoiceField(label=_("Kind of organisation"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(row.code, row.name) for row in regions(timezone.localdate())]
        self.fields["region"].choices = [("", _("All regions")), *rows]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["kind"].choices = [("", _("All kinds")), *OrganisationKind.choices]  # type: ignore[attr-defined]


@login_not_required
@require_safe
@kept_on_device
@kept_for_strangers
def organisations(request: HttpRequest) -> HttpResponse:
    """Organisations by name or ИНН, region and kind; everything chosen stands in the address."""
    form = RegisterForm(request.GET or None)
    form.full_clean()
    chosen = {name: form.cleaned_data.get(name, "") if form.is_bound else "" for name in ("q", "region", "kind")}
    rows = organisations_found(query=chosen["q"], region=chosen["region"], kind=chosen["kind"])
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    region = (
        next((row for row in regions(timezone.localdate()) if row.code == chosen["region"]), None)
        if chosen["region"]
        else None
    )
    alone = region is not None and not page.paginator.count and not chosen["q"]
    context = {
        "form": form,
        "page": page,
        "rows": [_row(row) for row in page],
        "chosen": chosen,
        "region": region,
        "neighbours": [_row(row) for row in neighbours_of(region)[:_ITEMS]] if alone and region is not None else [],
    }
    return render(request, "public/organisations.html", context)


def _row(organisation: Organisation) -> dict[str, Any]:
    return {"organisation": organisation, "in_force": _in_force(organisation)}


def _in_force(organisation: Organisation) -> bool:
    """Whether the licence holds today, whatever its recorded state says."""
    until = organisation.licence_until_on
    over = until is not None and until < timezone.localdate()
    return organisation.licence_state == LicenceState.VALID and not over


@login_not_required
@require_safe
@kept_on_device
@kept_for_strangers
def organisation(request: HttpRequest, pk: int) -> HttpResponse:
    """The card: what it is, licence, contacts, and what it has published."""
    found = get_object_or_404(all_organisations(), pk=pk)
    is_to_come = Q(versions__ends_at=None) | Q(versions__ends_at__gte=timezone.now())
    published = found.items.filter(is_to_come, state="published", versions__state="published")
    rows = published.order_by("-kind", "versions__begins_at", "versions__title", "pk").values(
        "pk", "kind", "versions__title", "versions__credits", "versions__begins_at"
    )
    context = {
        "organisation": found,
        "in_force": _in_force(found),
        "about": as_html(found.about),
        "items": [
            {
                "kind": row["kind"],
                "title": row["versions__title"],
                "credits": row["versions__credits"],
                "begins_at": row["versions__begins_at"],
                "page": _ITEM_PAGES[row["kind"]],
                "pk": row["pk"],
            }
            for row in rows[:_ITEMS]
        ],
        "count": published.count(),
    }
    return render(request, "public/organisation.html", context)
