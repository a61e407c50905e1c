"""Forms of the organisation's side of enrolment."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.files.spreadsheets import LARGEST_TABLE_BYTES, TableTooLarge
from foundation.ui.forms import LongText, PortalForm, Text
from nmfo.enrolment.operations.completing import Result
from nmfo.enrolment.result_files import ResultRow, rows_of_file, rows_of_text
from nmfo.enrolment.rules import LONGEST_LATE_REASON, LONGEST_REASON, DocumentKind, Mark
from nmfo.web.parts.inputs import NearDay

_WRITE = _("Write the reason: the listener will read it.")


def _words(label: str | Promise, required: str | Promise) -> LongText:
    return LongText(
        label=label,
        max_length=LONGEST_REASON,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": required},
    )


class SeenForm(PortalForm):
    """A button that decides about what was on the page: its revision comes back."""

    seen = forms.IntegerField(min_value=0, max_value=2_000_000_000, required=False, widget=forms.HiddenInput)


class RefuseForm(SeenForm):
    """Why it is refused, or somebody expelled."""

    reason = _words(_("Reason for the listener"), _WRITE)


class AskForm(SeenForm):
    """What is missing."""

    asks = forms.ChoiceField(
        label=_("Which document"), choices=[("", _("no document, an answer")), *DocumentKind.choices], required=False
    )
    reason = _words(_("What to send or to answer"), _("Write what the listener has to send."))


class BasisForm(SeenForm):
    """The contract, the quota or the certificate."""

    number = Text(label=_("Number of the contract, quota or certificate"), max_length=60, required=False)
    on = NearDay(label=_("Its date"), required=False)


class WriteForm(PortalForm):
    """Something to say to the listener."""

    text = _words(_("Message to the listener"), _("Write what you want to say."))


class OrderForm(PortalForm):
    """Number and date of an order of enrolment."""

    number = Text(
        label=_("Number of the order"), max_length=30, error_messages={"required": _("Write the number of the order.")}
    )
    issued_on = NearDay(label=_("Date of the order"), error_messages={"required": _("Write the date of the order.")})
    reason = LongText(
        label=_("Why the order is entered after the end of the run"),
        help_text=_("It stays in the audit trail."),
        max_length=LONGEST_LATE_REASON,
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )


class ResultForm(SeenForm):
    """Final attestation and удостоверение."""

    mark = forms.ChoiceField(
        label=_("Result of the attestation"),
        choices=Mark.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the result.")},
    )
    attested_on = NearDay(
        label=_("Day of the attestation"), error_messages={"required": _("Write the day of the attestation.")}
    )
    series = Text(label=_("Series of the document"), max_length=20, required=False)
    number = Text(
        label=_("Number of the document"),
        max_length=30,
        error_messages={"required": _("Write the number of the document.")},
    )
    registration_number = Text(
        label=_("Registration number"),
        max_length=40,
        error_messages={"required": _("Write the registration number.")},
    )
    issued_on = NearDay(label=_("Day of issue"), error_messages={"required": _("Write the day of issue.")})

    def result(self) -> Result:
        """What was typed, as the operation takes it."""
        values = self.cleaned_data
        return Result(
            mark=values["mark"],
            attested_on=values["attested_on"],
            series=values["series"],
            number=values["number"],
            registration_number=values["registration_number"],
            issued_on=values["issued_on"],
        )


class ResultsForm(PortalForm):
    """A filled-in table of results: a file, or what was copied out of a spreadsheet."""

    file = forms.FileField(
        label=_("File with results"), help_text=_("XLSX or CSV, three hundred rows at most."), required=False
    )
    table = forms.CharField(
        label=_("Or rows copied out of a spreadsheet"),
        help_text=_("With the header row."),
        max_length=100_000,
        required=False,
        widget=forms.Textarea({"rows": 4}),
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not self.errors and not values.get("file") and not values.get("table", "").strip():
            self.add_error("file", _("Choose a file or paste rows."))
        return values

    def rows(self) -> list[ResultRow]:
        """The rows. Raises the refusals of tables."""
        upload = self.cleaned_data.get("file")
        if upload:
            if (upload.size or 0) > LARGEST_TABLE_BYTES:
                raise TableTooLarge
            return rows_of_file(upload.read())
        return rows_of_text(self.cleaned_data["table"])


class FrdoForm(PortalForm):
    """Documents of which days; both inclusive, both may be left out."""

    since = NearDay(label=_("Issued since"), required=False)
    until = NearDay(label=_("Issued until"), required=False)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        since, until = values.get("since"), values.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day is before the first one."))
        return values
