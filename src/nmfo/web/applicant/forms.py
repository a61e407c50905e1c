"""Forms of an organisation's application. A draft may be incomplete: only what would be wrong is refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation.identifiers import inn, licence, ogrn
from foundation.signin.human import HumanCheckField
from foundation.ui.forms import DateField, LongText, PortalForm
from nmfo.organisations.operations.applying import OrganisationFacts, PersonFacts
from nmfo.organisations.rules import DocumentKind, Field, OrganisationKind
from nmfo.reference.queries import regions
from nmfo.web.parts.fields import EmailField, Line, Name, PhoneField, SuggestsAddress, meant, parsed

_EARLIEST = dt.date(1990, 1, 1)


def _number(label: Any, digits: int, **kwargs: Any) -> Line:
    widget = forms.TextInput({"inputmode": "numeric", "autocomplete": "off"})
    return Line(label=label, max_length=digits * 2, widget=widget, **kwargs)


class OrganisationForm(PortalForm):
    """The first step: what the organisation is. Name and ИНН make a draft; the rest may follow."""

    name = Line(
        label=Field.NAME.label,
        max_length=300,
        widget=forms.TextInput({"autocomplete": "organization"}),
        help_text=_("As in the charter."),
        error_messages={"required": _("Enter the full name as it stands in the charter.")},
    )
    short_name = Line(
        label=Field.SHORT_NAME.label, max_length=120, required=False, help_text=_("People see it in the catalogue.")
    )
    kind = forms.ChoiceField(label=Field.KIND.label, required=False)
    inn = _number(
        Field.INN.label,
        10,
        help_text=_("10 digits of the legal entity."),
        error_messages={"required": _("Enter all ten digits of the INN of the organisation.")},
    )
    ogrn = _number(Field.OGRN.label, 13, required=False, help_text=_("13 digits."))
    region = forms.ChoiceField(label=Field.REGION.label, required=False)
    address = Line(
        label=Field.ADDRESS.label,
        max_length=300,
        required=False,
        widget=forms.TextInput({"autocomplete": "street-address"}),
        help_text=_("With the postal code, as in the register of legal entities."),
    )
    site = forms.URLField(
        label=Field.SITE.label,
        max_length=200,
        required=False,
        assume_scheme="https",
        widget=forms.TextInput({"inputmode": "url", "autocomplete": "url", "spellcheck": "false"}),
        error_messages={"invalid": _("Check the address of the site. Example: https://institut.ru")},
    )
    licence_number = Line(
        label=Field.LICENCE_NUMBER.label,
        max_length=60,
        required=False,
        help_text=_("As in the register of licences, for example Л035-01298-77/00096945."),
    )
    licence_issued_on = DateField(label=Field.LICENCE_ISSUED_ON.label, required=False, earliest=_EARLIEST)
    licence_until_on = DateField(
        label=Field.LICENCE_UNTIL_ON.label,
        required=False,
        earliest=_EARLIEST,
        help_text=_("Leave it empty when the licence has no term, as most have."),
    )
    human = HumanCheckField()

    def __init__(self, *args: Any, human: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not human:
            del self.fields["human"]
        rows = list(regions(timezone.localdate()))
        self.region_codes = {row.code for row in rows}
        self.fields["region"].choices = [("", _("Choose a region")), *((row.code, row.name) for row in rows)]  # type: ignore[attr-defined]
        self.fields["kind"].choices = [("", _("Not chosen")), *OrganisationKind.choices]  # type: ignore[attr-defined]

    def clean_inn(self) -> str:
        return parsed(self.cleaned_data["inn"], inn.parse)

    def clean_ogrn(self) -> str:
        return parsed(self.cleaned_data["ogrn"], ogrn.parse) if self.cleaned_data["ogrn"] else ""

    def clean_site(self) -> str:
        site = str(self.cleaned_data["site"])
        if site and not site.startswith(("https://", "http://")):
            raise ValidationError(_("Check the address of the site. Example: https://institut.ru"), code="scheme")
        return site

    def clean_licence_number(self) -> str:
        text = self.cleaned_data["licence_number"]
        if not text:
            return ""
        number = parsed(text, licence.parse)
        if licence.region_of(number) not in self.region_codes:
            raise ValidationError(
                _("There is no region with the code %(code)s. Check the two digits before the slash."),
                params={"code": licence.region_of(number)},
                code="region",
            )
        return number

    def facts(self) -> OrganisationFacts:
        """What the operation takes."""
        values = self.cleaned_data
        return OrganisationFacts(
            name=values["name"],
            short_name=values["short_name"],
            kind=values["kind"],
            inn=values["inn"],
            ogrn=values["ogrn"],
            region_id=values["region"] or None,
            address=values["address"],
            site=values["site"],
            licence_number=values["licence_number"],
            licence_issued_on=values["licence_issued_on"],
            licence_until_on=values["licence_until_on"],
        )


class PersonForm(SuggestsAddress):
    """The second step: who answers for the cabinet."""

    person_surname = Name(
        label=Field.PERSON_SURNAME.label, required=False, widget=forms.TextInput({"autocomplete": "family-name"})
    )
    person_first_name = Name(
        label=Field.PERSON_FIRST_NAME.label, required=False, widget=forms.TextInput({"autocomplete": "given-name"})
    )
    person_patronymic = Name(
        label=Field.PERSON_PATRONYMIC.label, required=False, widget=forms.TextInput({"autocomplete": "additional-name"})
    )
    person_post = Line(
        label=Field.PERSON_POST.label,
        max_length=200,
        required=False,
        widget=forms.TextInput({"autocomplete": "organization-title"}),
    )
    person_email = EmailField(
        label=Field.PERSON_EMAIL.label,
        help_text=_("A link to go on with the application comes here, and later the invitation to the account."),
        error_messages={"required": _("Enter the e-mail: the link to this application will come to it.")},
    )
    email_is_right = forms.CharField(required=False, widget=forms.HiddenInput())
    person_phone = PhoneField(label=Field.PERSON_PHONE.label, required=False)

    def clean_person_email(self) -> str:
        return meant(self, str(self.cleaned_data["person_email"]))

    def facts(self) -> PersonFacts:
        """What the operation takes."""
        names = PersonFacts.__dataclass_fields__
        return PersonFacts(**{name: self.cleaned_data[name] for name in names})


class DocumentsForm(PortalForm):
    """The third step: a file for each of the five documents; those that are there already may stay."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in DocumentKind:
            self.fields[str(kind)] = forms.FileField(
                label=kind.label,
                required=False,
                allow_empty_file=True,  # the operation says it better
                widget=forms.FileInput({"accept": ".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png"}),
            )


class SubmitForm(PortalForm):
    """The last step: that it is true, and that it may be used."""

    true = forms.BooleanField(
        label=_("The data are true, and the responsible person agrees that they are processed."),
        error_messages={"required": _("Without this the application cannot be sent.")},
    )


class AnswerForm(PortalForm):
    """An answer to a question."""

    text = LongText(
        label=_("Answer"),
        max_length=4000,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": _("Write the answer.")},
    )
