"""Forms of a specialist's applications."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from foundation.ui.forms import LongText, PortalForm, Text
from nmfo.catalogue.models import Run
from nmfo.catalogue.rules.words import Basis
from nmfo.enrolment.models import EducationalCertificate
from nmfo.enrolment.operations.applying import Enclosure, Wish
from nmfo.enrolment.rules import LONGEST_REASON, DocumentKind
from nmfo.reference.models import Specialty
from nmfo.reference.naming import specialty_called
from nmfo.web.parts import wording
from nmfo.web.parts.inputs import FormKey, NearDay, NewFiles, WholeNumber


class WishForm(PortalForm):
    """Which run, who pays, for which specialty."""

    form_key = FormKey()
    run = forms.TypedChoiceField(
        label=_("When you want to learn"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the run.")},
    )
    basis = forms.ChoiceField(
        label=_("On what basis you learn"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the basis.")},
    )
    certificate = forms.TypedChoiceField(
        label=_("Educational certificate"), coerce=int, empty_value=None, required=False
    )
    basis_number = Text(
        label=_("Number of the educational certificate"),
        help_text=_("Only if you learn by a certificate."),
        max_length=60,
        required=False,
    )
    specialty = forms.TypedChoiceField(
        label=_("For which specialty"),
        coerce=int,
        help_text=_("From your documents. The credits count for the specialties of the programme."),
        error_messages={"required": _("Choose the specialty that you learn for.")},
    )
    comment = LongText(
        label=_("What else the organisation should know"),
        max_length=LONGEST_REASON,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )

    def __init__(
        self,
        *args: Any,
        runs: list[Run],
        of_documents: bool,
        specialties: list[tuple[Specialty, bool]],
        certificates: list[EducationalCertificate],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        offered = {str(base) for run in runs for base in run.bases}
        self.fields["run"].choices = [(run.pk, _run_name(run)) for run in runs]  # type: ignore[attr-defined]
        self.fields["basis"].choices = [  # type: ignore[attr-defined]
            (value, label) for value, label in Basis.choices if value in offered
        ]
        self.fields["specialty"].choices = [  # type: ignore[attr-defined]
            *([("", gettext("Choose…"))] if len(specialties) > 1 else []),
            *(
                (one.pk, _specialty_name(one, fits=fits, beside=[other for other, _fits in specialties]))
                for one, fits in specialties
            ),
        ]
        if not of_documents:
            self.fields["specialty"].help_text = gettext(
                "None of your documents here names a specialty, so these are those of the programme. The organisation "
                "checks it by the documents that you enclose."
            )
        fitting = [one.pk for one, fits in specialties if fits]
        if len(fitting) == 1:
            self.initial.setdefault("specialty", fitting[0])
        self.fields["certificate"].choices = [  # type: ignore[attr-defined]
            ("", gettext("I type the number below")),
            *((one.pk, f"№ {one.number}") for one in certificates),
        ]
        if Basis.CERTIFICATE not in offered or not certificates:
            del self.fields["certificate"]
        if Basis.CERTIFICATE not in offered:
            del self.fields["basis_number"]

    def wish(self) -> Wish:
        """What was chosen, as the operation takes it."""
        values = self.cleaned_data
        certificate = values["basis"] == Basis.CERTIFICATE
        return Wish(
            run_id=values["run"],
            basis=values["basis"],
            specialty_id=values["specialty"] or None,
            basis_number=values.get("basis_number", "") if certificate else "",
            certificate_id=values.get("certificate") if certificate else None,
            comment=values["comment"],
        )


def _run_name(run: Run) -> str:
    """1–12 декабря 2026, Москва; мест: 4. A full one says that it has a waiting list."""
    place = run.region.name if run.region else gettext("wholly at a distance")
    parts = [wording.period(run.begins_on, run.ends_on), place]
    if run.price_rub is not None and Basis.CONTRACT in run.bases:
        parts.append(wording.price(run.price_rub))
    if run.seats is not None and run.taken >= run.seats:
        parts.append(gettext("no seats, there is a waiting list"))
    return ", ".join(parts)


def _specialty_name(specialty: Specialty, *, fits: bool, beside: list[Specialty]) -> str:
    """The name, with the level of education where one of another level is called the same."""
    alike = any(one.name == specialty.name and one.level != specialty.level for one in beside)
    return specialty_called(
        specialty.name,
        level=specialty.level if alike else "",
        until=specialty.valid_until_on,
        note="" if fits else pgettext("specialty", "not named in the programme"),
    )


class DocumentForm(PortalForm):
    """Documents of one kind to enclose."""

    kind = forms.ChoiceField(label=_("What it is"), choices=DocumentKind.choices)
    scans = NewFiles(
        label=_("Files"),
        help_text=_("PDF, JPEG or PNG, 10 MB each at most."),
        error_messages={"required": _("Choose a file.")},
    )

    def clean_scans(self) -> list[Any]:
        files: list[Any] = self.cleaned_data["scans"]
        if not files:
            raise forms.ValidationError(gettext("Choose a file."), code="required")
        return files

    def enclosures(self) -> Iterable[Enclosure]:
        """The files with their kind."""
        kind = self.cleaned_data["kind"]
        return [Enclosure(kind=kind, upload=upload) for upload in self.cleaned_data["scans"]]


class AnswerForm(PortalForm):
    """What the specialist answers to what was asked."""

    answer = LongText(
        label=_("Your answer"),
        max_length=LONGEST_REASON,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )


class MessageForm(PortalForm):
    """Something to say to the organisation."""

    text = LongText(
        label=_("Message to the organisation"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": _("Write what you want to say.")},
    )


class WithdrawForm(PortalForm):
    """Why it is taken back, if one likes to say."""

    reason = LongText(
        label=_("Reason"),
        help_text=_("The organisation reads it."),
        max_length=LONGEST_REASON,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )


class CertificateForm(PortalForm):
    """Who is asked for an educational certificate."""

    form_key = FormKey()
    employer = Text(
        label=_("Which employer you asked"),
        max_length=300,
        error_messages={"required": _("Write the name of the employer.")},
    )


class IssuedForm(PortalForm):
    """What the fund has issued."""

    number = Text(
        label=_("Number of the certificate"),
        max_length=60,
        error_messages={"required": _("Write the number of the certificate.")},
    )
    issued_on = NearDay(label=_("Issued on"), error_messages={"required": _("Write the day of issue.")})
    valid_until_on = NearDay(label=_("Valid until"), required=False)
    amount_rub = WholeNumber(label=_("Amount, roubles"), required=False)
