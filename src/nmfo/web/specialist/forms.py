"""Forms of the specialist's cabinet."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.identifiers import phone
from foundation.ui.forms import DateField, LongText, PortalForm, Text
from nmfo.reference.models import Level, Specialty
from nmfo.reference.naming import specialty_called
from nmfo.reference.queries import education_levels, regions, specialties_of_documents
from nmfo.specialists.operations.documents import DocumentFacts
from nmfo.specialists.rules import DocumentKind
from nmfo.web.parts.fields import parsed


def _called(specialty: Specialty) -> str:
    return specialty_called(specialty.name, until=specialty.valid_until_on)


class Files(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class FilesField(forms.FileField):
    """A list of uploaded files, which may be empty."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list) else [data] if data else []
        return [item for item in files if item]


class LevelsForm(PortalForm):
    """Higher, secondary or both (R-186)."""

    levels = forms.MultipleChoiceField(
        label=_("I work with"),
        choices=Level.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )


class DisputeForm(PortalForm):
    """What is wrong with a row of the register."""

    key = forms.CharField(max_length=120, widget=forms.HiddenInput())
    text = LongText(
        label=_("What is wrong?"),
        max_length=2000,
        error_messages={"required": _("Say what is wrong, so that the operator can put it right.")},
    )


class DocumentForm(PortalForm):
    """A document by hand (R-087)."""

    kind = forms.ChoiceField(label=_("Kind of document"), choices=DocumentKind.choices)
    specialty = forms.ChoiceField(label=_("Specialty"), required=False)
    education_level = forms.ChoiceField(label=_("Level of education"), required=False)
    issuer = Text(label=_("Who issued it"), max_length=300, required=False)
    series = Text(label=_("Series"), max_length=40, required=False)
    number = Text(label=_("Number"), max_length=60, required=False)
    awaiting_number = forms.BooleanField(label=_("The document has not been issued yet"), required=False)
    issued_on = DateField(label=_("Day of issue"), required=False, earliest=dt.date(1940, 1, 1))
    valid_until_on = DateField(label=_("Valid until"), required=False, earliest=dt.date(1940, 1, 1))
    scans = FilesField(
        label=_("Scans"),
        required=False,
        widget=Files({"accept": ".pdf,.jpg,.jpeg,.png,image/*", "multiple": True}),
        help_text=_("PDF, JPEG or PNG, up to 10 MB each. A photograph will do."),
    )

    def __init__(self, *args: Any, levels: list[str], today: dt.date, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = dict(Level.choices)
        groups = [
            (names[Level(level)], [(str(row.pk), _called(row)) for row in specialties_of_documents(level, today)])
            for level in levels or list(Level.values)
        ]
        self.fields["specialty"].choices = [("", _("Not chosen")), *groups]  # type: ignore[attr-defined]
        label = "name_en" if language == "en" else "name_ru"
        rows = [("", _("Not chosen")), *((row.code, getattr(row, label)) for row in education_levels())]
        self.fields["education_level"].choices = rows  # type: ignore[attr-defined]

    def facts(self) -> DocumentFacts:
        """What the operation takes."""
        values = self.cleaned_data
        return DocumentFacts(
            kind=values["kind"],
            specialty_id=int(values["specialty"]) if values["specialty"] else None,
            education_level_id=values["education_level"] or None,
            issuer=values["issuer"],
            series=values["series"],
            number=values["number"],
            awaiting_number=values["awaiting_number"],
            issued_on=values["issued_on"],
            valid_until_on=values["valid_until_on"],
        )


class ProfileForm(PortalForm):
    """What a person changes alone (R-123, R-187)."""

    about = LongText(label=_("About me"), max_length=2000, required=False)
    phone = Text(
        label=_("Mobile phone"),
        max_length=40,
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel", "data-group": "phone"}),
        error_messages={"required": _("Enter the mobile number in full, for example +7 900 555-01-42.")},
    )
    region = forms.ChoiceField(label=_("Region of residence"))
    photo = forms.FileField(
        label=_("Photograph"),
        required=False,
        widget=forms.FileInput({"accept": "image/jpeg,image/png"}),
        help_text=_("JPEG or PNG up to 10 MB; where it was taken is removed."),
        allow_empty_file=True,
    )
    drop_photo = forms.BooleanField(label=_("Remove the photograph"), required=False)

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].choices = [(row.code, row.name) for row in regions(today)]  # type: ignore[attr-defined]

    def clean_phone(self) -> str:
        return parsed(self.cleaned_data["phone"], phone.parse_mobile)


class CloseForm(PortalForm):
    """Closing has to be meant."""

    sure = forms.BooleanField(
        label=_("I want to close my account"), error_messages={"required": _("Tick that you mean it.")}
    )
