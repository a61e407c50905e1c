"""The law of accounts: states, roles, kinds of agreements. Pure decisions."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """Whether one may come in."""

    ACTIVE = "active", _("Active")
    CLOSED = "closed", _("Closed by its owner")
    DISABLED = "disabled", _("Disabled by the operator")


class Sex(models.TextChoices):
    """Sex, as the registration form asks (R-064)."""

    FEMALE = "F", _("Female")
    MALE = "M", _("Male")


class Verified(models.TextChoices):
    """Who has made sure that the account belongs to the owner of its СНИЛС (promise I6)."""

    NOBODY = "", _("Nobody yet")
    STATE_ACCOUNT = "state_account", _("Госуслуги")
    SIGNATURE = "signature", _("Electronic signature")
    OPERATOR = "operator", _("Operator of the portal")


class Role(models.TextChoices):
    """Roles that want a second factor: the portal's own people, and those of educational organisations."""

    OPERATOR = "operator", _("Operator")
    CONSULTANT = "consultant", _("Consultant")
    AUDITOR = "auditor", _("Auditor")
    ORGANISATION = "organisation", _("Works for an educational organisation")


ROLES = [str(role) for role in Role]


class RegistrationState(models.TextChoices):
    """What has become of a filled-in form."""

    WAITING = "waiting", _("Waits for its letter")
    CONFIRMED = "confirmed", _("Confirmed")
    SUPERFLUOUS = "existing", _("The person has an account already")


class AgreementKind(models.TextChoices):
    """The two texts of the registration form (R-066, R-067)."""

    AGREEMENT = "agreement", _("User agreement")
    PERSONAL_DATA = "personal_data", _("Consent to the processing of personal data")
