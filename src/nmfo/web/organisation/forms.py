"""Forms of an organisation's people and card."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused
from foundation.identifiers import phone
from foundation.ui.forms import LongText, PortalForm, Text
from nmfo.organisations.operations.card import CardFacts
from nmfo.organisations.rules import OrganisationKind, StaffRole
from nmfo.web.parts.fields import EmailField, Line, SuggestsAddress, meant
from nmfo.web.parts.inputs import NearDay

_DAY_MISSING = {"required": _("Enter the day.")}
_FIRST_YEAR, _LAST_YEAR = 2000, 2099


def _roles() -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=_("Roles in the organisation"),
        choices=StaffRole.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one role.")},
    )


def _post() -> Line:
    return Line(label=_("Post"), max_length=200, required=False)


class InviteForm(SuggestsAddress):
    """Whom to invite, and as what."""

    email = EmailField(
        label=_("E-mail of the person"),
        help_text=_("The invitation comes here; the person may have another address in their own account."),
        error_messages={"required": _("Enter the e-mail: the invitation will come to it.")},
    )
    email_is_right = forms.CharField(required=False, widget=forms.HiddenInput())
    name = Line(label=_("Name, as you know it"), max_length=300, required=False)
    post = _post()
    roles = _roles()

    def clean_email(self) -> str:
        return meant(self, str(self.cleaned_data["email"]))


class RolesForm(PortalForm):
    """Other roles for a member."""

    post = _post()
    roles = _roles()


class ChooseForm(PortalForm):
    """Which organisation, for people of several."""

    organisation = forms.ChoiceField(
        label=_("Which organisation?"), widget=forms.RadioSelect, error_messages={"required": _("Choose one.")}
    )

    def __init__(self, *args: Any, organisations: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = organisations  # type: ignore[attr-defined]  # a ChoiceField


class CardForm(PortalForm):
    """The public card (O-17)."""

    kind = forms.ChoiceField(label=_("Kind of organisation"), choices=OrganisationKind.choices)
    about = LongText(
        label=_("About the organisation"),
        max_length=4000,
        required=False,
        widget=forms.Textarea({"rows": 10}),
        help_text=_("Markdown: **bold**, lists with a dash, [link](https://example.ru). Up to 4,000 characters."),
    )
    site = forms.URLField(
        label=_("Site on the internet"),
        max_length=200,
        required=False,
        assume_scheme="https",
        widget=forms.TextInput({"inputmode": "url", "spellcheck": "false"}),
        error_messages={"invalid": _("Check the address of the site. Example: https://institut.ru")},
    )
    public_email = EmailField(label=_("E-mail for everybody"), required=False)
    public_phone = Text(
        label=_("Telephone for everybody"),
        max_length=40,
        required=False,
        widget=forms.TextInput({"type": "tel", "autocomplete": "off"}),
    )
    address = Line(label=_("Postal address"), max_length=300, required=False)
    seen = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput())

    def clean_site(self) -> str:
        site = str(self.cleaned_data["site"])
        if site and not site.startswith(("https://", "http://")):
            raise ValidationError(_("Check the address of the site. Example: https://institut.ru"), code="scheme")
        return site

    def clean_public_phone(self) -> str:
        text = str(self.cleaned_data["public_phone"])
        if not text:
            return ""
        try:
            return phone.parse(text)
        except Refused:
            raise ValidationError(
                _("Enter the number with the code of the city, for example +7 495 555-01-42."), code="phone"
            ) from None

    def facts(self) -> CardFacts:
        """What the operation takes."""
        return CardFacts(**{name: self.cleaned_data[name] for name in CardFacts.__dataclass_fields__})


class ReportForm(PortalForm):
    """Of which days the report of credits is; both inclusive."""

    since = NearDay(label=_("Posted from"), error_messages=_DAY_MISSING)
    until = NearDay(label=_("Posted through"), error_messages=_DAY_MISSING)

    def clean_since(self) -> dt.date:
        return _in_our_years(self.cleaned_data["since"])

    def clean_until(self) -> dt.date:
        return _in_our_years(self.cleaned_data["until"])

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        since, until = values.get("since"), values.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day is before the first one."))
        return values


def _in_our_years(day: dt.date) -> dt.date:
    """The day, unless its year is mistyped."""
    if day.year < _FIRST_YEAR:
        raise ValidationError(_("Check the year: it is too long ago."), code="early")
    if day.year > _LAST_YEAR:
        raise ValidationError(_("Check the year: it is too far ahead."), code="late")
    return day
