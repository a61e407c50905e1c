"""Every component in every state, and every layout and error page, to be looked at in all looks (style.md 9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from foundation.runtime.middleware import error_page
from foundation.ui.forms import DateField, LongText, PortalForm, Text

LAYOUTS = ("public", "focus", "specialist", "organisation", "operator")
ERRORS = (400, 403, 404, 413, 429, 500, 503)
COLOURS = (
    ("page", _("Background")),
    ("surface", _("Surface")),
    ("sunken", _("Hollow")),
    ("ink", _("Text")),
    ("muted", _("Second text")),
    ("line-strong", _("Edge of a field")),
    ("accent", _("Action")),
    ("cta", _("The way in")),
    ("ok", _("Success")),
    ("warn", _("Attention")),
    ("bad", _("Error")),
    ("info", _("Information")),
)
STEPS = (("one", _("Data")), ("two", _("Documents")), ("three", _("Check")))


class Sample(PortalForm):
    """One control of each kind."""

    line = Text(label=_("A line of text"), help_text=_("What to write here, in one sentence"))
    number = Text(label=_("A number"), max_length=11, widget=forms.TextInput({"inputmode": "numeric"}))
    password = forms.CharField(label=_("A password"), widget=forms.PasswordInput)
    choice = forms.ChoiceField(label=_("One of many"), choices=[("", "…"), *((key, name) for key, name in STEPS)])
    day = DateField(label=_("A day"))
    radio = forms.ChoiceField(label=_("One of few"), choices=STEPS, widget=forms.RadioSelect)
    several = forms.MultipleChoiceField(label=_("Some of few"), choices=STEPS, widget=forms.CheckboxSelectMultiple)
    file = forms.FileField(label=_("A file"), help_text=_("PDF, JPEG or PNG, up to 10 MB"))
    text = LongText(label=_("Several lines"))
    tick = forms.BooleanField(label=_("A statement to agree with"))


class FilledSample(Sample):
    prefix = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the sample table."""

    name: str
    state: str
    number: int


def _only_on_stands() -> None:
    if settings.SMTP["host"]:
        raise Http404


@login_not_required
@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """The components."""
    _only_on_stands()
    filled = FilledSample(
        initial={"line": "112-233-445 95", "number": "36", "choice": "two", "radio": "one", "tick": True}
    )
    rows = [
        Row(name=gettext("Line %(n)s") % {"n": n}, state=("ok", "warn", "bad")[n % 3], number=n * 12)
        for n in range(1, 4)
    ]
    context: dict[str, Any] = {
        "filled": filled,
        "wrong": Sample({"line": "\a"}),
        "colours": COLOURS,
        "steps": STEPS,
        "rows": rows,
        "page": Paginator(range(100), 20).get_page(request.GET.get("page", "2")),
        "layouts": LAYOUTS,
        "errors": ERRORS,
    }
    return render(request, "ui/gallery.html", context)


@login_not_required
@require_safe
def layout(request: HttpRequest, name: str) -> HttpResponse:
    """A layout with nothing but a sample page in it."""
    _only_on_stands()
    if name not in LAYOUTS:
        raise Http404
    messages.success(request, _("So looks a message after something was done."))
    return render(request, "ui/gallery_layout.html", {"layout": f"layouts/{name}.html", "name": name})


@login_not_required
@require_safe
def error(request: HttpRequest, code: int) -> HttpResponse:
    """An error page, with its status."""
    _only_on_stands()
    if code not in ERRORS:
        raise Http404
    return error_page(request, f"{code}.html", code)
