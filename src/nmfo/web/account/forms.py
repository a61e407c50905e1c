"""Forms of registration, sign-in, recovery and settings: the shape of what is typed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from foundation.identifiers import snils
from foundation.signin.human import HumanCheckField
from foundation.ui.forms import DateField, PortalForm, Text
from nmfo.accounts.operations.registering import RegistrationDetails
from nmfo.accounts.rules import Sex
from nmfo.reference.models import Level
from nmfo.reference.queries import countries, regions
from nmfo.web.parts.fields import EmailField, Name, PhoneField, SuggestsAddress, meant, parsed
from nmfo.web.parts.inputs import FormKey

_FULL_AGE = 14
ADULT_MESSAGE = _("Check the year of birth: a medical worker cannot be that young.")


class SnilsField(Text):
    """СНИЛС in any writing; gives eleven digits."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("SNILS"))
        widget = forms.TextInput({"inputmode": "numeric", "autocomplete": "username", "data-group": "snils"})
        super().__init__(max_length=40, widget=widget, **kwargs)

    def clean(self, value: Any) -> str:
        return parsed(super().clean(value), snils.parse)


class RegisterForm(SuggestsAddress):
    """Registration (R-064..R-068, R-171)."""

    form_key = FormKey()
    snils = SnilsField(help_text=_("11 digits. It is your login."))
    surname = Name(label=_("Surname"), widget=forms.TextInput({"autocomplete": "family-name"}))
    first_name = Name(label=_("First name"), widget=forms.TextInput({"autocomplete": "given-name"}))
    patronymic = Name(
        label=_("Patronymic"), required=False, widget=forms.TextInput({"autocomplete": "additional-name"})
    )
    birth_date = DateField(label=_("Date of birth"), autocomplete="bday")
    sex = forms.ChoiceField(label=_("Sex"), choices=Sex.choices, widget=forms.RadioSelect)
    citizenship = forms.ChoiceField(label=_("Citizenship"))
    region = forms.ChoiceField(label=_("Region of residence"))
    phone = PhoneField()
    email = EmailField(help_text=_("The link will come to it. Example: ivanova@mail.ru"))
    email_is_right = forms.CharField(required=False, widget=forms.HiddenInput())
    personal_data = forms.BooleanField(
        label=_("I agree to the processing of my personal data."),
        error_messages={"required": _("Without consent to data processing the portal cannot register you.")},
    )
    agreement = forms.BooleanField(
        label=_("I have read the user agreement and agree to it."),
        error_messages={"required": _("Without the user agreement the portal cannot register you.")},
    )
    human = HumanCheckField()

    def __init__(self, *args: Any, today: dt.date, level: str = "", language: str = "ru", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.level = today, level
        names = "name_en" if language == "en" else "name_ru"
        self.fields["citizenship"].choices = [(row.alpha3, getattr(row, names)) for row in countries(today)]  # type: ignore[attr-defined]
        self.fields["citizenship"].initial = "RUS"
        choose = [("", _("Choose a region")), *((row.code, row.name) for row in regions(today))]
        self.fields["region"].choices = choose  # type: ignore[attr-defined]
        needed = _("Fill in this field.")
        for name, field in self.fields.items():
            if name not in {"personal_data", "agreement"}:
                field.error_messages["required"] = _REQUIRED.get(name, needed)

    def clean_birth_date(self) -> dt.date:
        born: dt.date = self.cleaned_data["birth_date"]
        if born > self.today:
            raise ValidationError(_("The date of birth has not come yet."), code="future")
        if self.today.year - born.year < _FULL_AGE:
            raise ValidationError(ADULT_MESSAGE, code="young")
        return born

    def clean_email(self) -> str:
        return meant(self, str(self.cleaned_data["email"]))

    def details(self) -> RegistrationDetails:
        """What the operation takes."""
        values = self.cleaned_data
        return RegistrationDetails(
            snils=values["snils"],
            surname=values["surname"],
            first_name=values["first_name"],
            patronymic=values["patronymic"],
            sex=values["sex"],
            birth_date=values["birth_date"].isoformat(),
            citizenship=values["citizenship"],
            region=values["region"],
            email=values["email"],
            phone=values["phone"],
            level=self.level,
        )


_REQUIRED = {
    "snils": _("Enter all eleven digits of the SNILS."),
    "surname": _("Enter the surname as in the passport."),
    "first_name": _("Enter the first name as in the passport."),
    "birth_date": _("Enter the date of birth."),
    "sex": _("Choose the sex."),
    "region": _("Choose the region."),
    "phone": _("Enter the mobile number in full, for example +7 900 555-01-42."),
    "email": _("Enter the e-mail: the link will come to it."),
}


class AgainForm(PortalForm):
    """The letter once more, to the same or a corrected address."""

    email = EmailField()


class SignInForm(PortalForm):
    """Login and password; the check appears after wrong tries."""

    login = Text(
        label=_("SNILS or e-mail"),
        max_length=254,
        widget=forms.TextInput({"autocomplete": "username", "spellcheck": "false", "data-group": "snils"}),
        error_messages={"required": _("Enter the SNILS or the e-mail.")},
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
        error_messages={
            "required": _("Enter the password."),
            "max_length": _("The SNILS or the password does not match."),
        },
    )
    strange = forms.BooleanField(label=_("This is not my computer"), required=False)
    human = HumanCheckField(required=False)

    def __init__(self, *args: Any, human: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["human"].required = human

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        if "\0" in password:
            raise ValidationError(_("The SNILS or the password does not match."))
        return password


class RecoverForm(PortalForm):
    """Which account, and that a human asks."""

    form_key = FormKey()
    snils = SnilsField(help_text=_("11 digits. It is your login."))
    human = HumanCheckField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["snils"].error_messages["required"] = _("Enter all eleven digits of the SNILS.")


class NewPasswordForm(PortalForm):
    """A password of one's own."""

    password = forms.CharField(
        label=_("New password"),
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        error_messages={
            "required": _("Choose a password."),
            "max_length": _("The password is longer than 128 characters."),
        },
    )

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        if "\0" in password:
            raise ValidationError(_("There are invisible control characters here. Type the text anew."))
        return password


class ChangePasswordForm(NewPasswordForm):
    """The present password first (R-121)."""

    current = forms.CharField(
        label=_("Present password"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
        error_messages={"required": _("Enter the present password.")},
    )
    field_order = ("current", "password")


class PasswordAgainForm(PortalForm):
    """Proof that it is still the same person."""

    password = forms.CharField(
        label=_("Password"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
        error_messages={"required": _("Enter the password.")},
    )


class CodeForm(PortalForm):
    """A code of an application or of the sheet."""

    code = Text(
        label=_("Code"),
        max_length=40,
        widget=forms.TextInput({"inputmode": "text", "autocomplete": "one-time-code", "spellcheck": "false"}),
        error_messages={"required": _("Enter the code.")},
    )


class PasskeyForm(PortalForm):
    """What the browser's passkey answered."""

    answer = forms.CharField(max_length=20_000, widget=forms.HiddenInput())
    name = Text(label=_("Name of the passkey"), max_length=60, required=False)


class EmailForm(PortalForm):
    """A new address."""

    email = EmailField(label=_("New e-mail"))


ORGANISATION = "organisation"


class LevelForm(PortalForm):
    """Which cabinet (A-01)."""

    level = forms.ChoiceField(
        label=_("Your education"),
        choices=[*Level.choices, (ORGANISATION, _("I come for an educational organisation"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one.")},
    )
