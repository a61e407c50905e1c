"""Forms about credits: a code, a photograph of it, what is wrong, what is missing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused
from foundation.files.operations import FileRefused
from foundation.ui.forms import LongText, PortalForm, Text
from nmfo.credits.codes import LONGEST
from nmfo.credits.rules.words import LONGEST_TEXT, Part
from nmfo.web.parts.inputs import FormKey, NearDay

_DIGITS = 18  # of an id
_MOST_BYTES = 10 * 1024 * 1024
_TOO_LONG = _("The text is longer than %(limit_value)d characters: there are %(show_value)d. Shorten it.")


class CodeForm(PortalForm):
    """A confirmation code, however it is written."""

    code = Text(
        label=_("Confirmation code"),
        max_length=2 * LONGEST,
        help_text=_("From the letter or the paper. Spaces, dashes and small letters do not matter."),
        widget=forms.TextInput(
            {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "data-code": True}
        ),
        error_messages={"required": _("Enter the code.")},
    )


class PhotoForm(PortalForm):
    """A photograph with the QR code of a confirmation code; nothing of it is kept."""

    photo = forms.FileField(
        label=_("Photo of the QR code"),
        widget=forms.FileInput({"accept": "image/*", "capture": "environment"}),
        error_messages={"required": _("Take or choose a photo.")},
    )

    def clean_photo(self) -> bytes:
        """The picture as it came; the operation reads it."""
        upload = self.cleaned_data["photo"]
        if upload.size > _MOST_BYTES:
            raise ValidationError(_("The photo is larger than 10 MB. Take it anew with fewer pixels."), code="size")
        content: bytes = upload.read()
        return content


class ProofField(forms.FileField):
    """One document that proves what a request says; the operation looks into it."""

    widget = forms.FileInput({"accept": ".pdf,.jpg,.jpeg,.png"})

    def __init__(self) -> None:
        super().__init__(
            label=_("A document that proves it"),
            help_text=_("A certificate, a letter, a photo of the screen: one PDF, JPEG or PNG, 10 MB at most."),
            required=False,
            allow_empty_file=True,
        )


class DisputeForm(PortalForm):
    """What is wrong with an entry or a refusal, in the person's words."""

    form_key = FormKey()
    defends = forms.BooleanField(required=False, widget=forms.HiddenInput())
    text = LongText(
        label=_("What is wrong, and what should it be?"),
        max_length=LONGEST_TEXT,
        error_messages={"required": _("Say what is wrong, in a sentence or two."), "max_length": _TOO_LONG},
    )
    file = ProofField()

    def __init__(self, *args: Any, defends: bool = False, **kwargs: Any) -> None:
        """`defends`: it is proposed to take the entry back, and the person says why it is right."""
        super().__init__(*args, initial={"defends": defends}, **kwargs)
        if defends:
            self.fields["text"].label = _("Why is the entry right?")
            self.fields["text"].error_messages["required"] = _("Say why the entry is right, in a sentence or two.")

    def add_refusal(self, refusal: Refused) -> None:
        """What is said against a file stands beside it."""
        self.add_error("file" if isinstance(refusal, FileRefused) else refusal.field, str(refusal))


class SeenRequests(forms.Field):
    """The open requests that the page showed beside the form, by their ids; what else is sent is left out."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> frozenset[int]:
        return frozenset(int(one) for one in value or () if one.isascii() and one.isdigit() and len(one) <= _DIGITS)


class MissingForm(PortalForm):
    """A credit that is not in the list (S-15).

    First it is looked for; a document is chosen only with the request itself, as looking would not keep it.
    """

    SOUGHT = ("part", "title", "held_on", "organisation")
    form_key = FormKey()
    part = forms.ChoiceField(label=_("What was it?"), choices=(), widget=forms.RadioSelect)
    title = Text(
        label=_("What it was called"),
        max_length=300,
        error_messages={"required": _("Name the programme, event or module.")},
    )
    held_on = NearDay(label=_("When it was"), required=False)
    organisation = Text(label=_("Who taught it"), max_length=300, required=False)
    text = LongText(
        label=_("What else helps to find it"),
        max_length=LONGEST_TEXT,
        required=False,
        help_text=_("For example the number of the certificate, or how many hours it had."),
        error_messages={"max_length": _TOO_LONG},
    )
    file = ProofField()
    beside = SeenRequests(required=False)

    @property
    def may_look(self) -> bool:
        """Whether what is looked for is said as it should be, whatever is wrong with the words beside it."""
        return self.is_bound and not any(name in self.errors for name in self.SOUGHT)

    def add_refusal(self, refusal: Refused) -> None:
        """What is said against a file stands beside it; the day has another name here."""
        field = {"earned_on": "held_on"}.get(refusal.field or "", refusal.field)
        self.add_error("file" if isinstance(refusal, FileRefused) else field, str(refusal))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = {
            Part.PROGRAMME: _("Programme of further training"),
            Part.EVENT: _("Event: conference, seminar, webinar"),
            Part.MODULE: _("Module"),
            Part.OTHER: _("Something else"),
        }
        self.fields["part"].choices = [(part.value, names[part]) for part in Part]  # type: ignore[attr-defined]


class DayForm(PortalForm):
    """The day of a statement."""

    day = NearDay(label=_("As it was at the end of"))
