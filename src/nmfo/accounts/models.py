"""Tables of accounts: who may come in, what was typed to register, and who agreed to what."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Lower, Replace

from foundation.vault.fields import BlindIndex, EncryptedDate, EncryptedJSON, EncryptedText, SealedModel
from nmfo.accounts.rules import ROLES, AgreementKind, RegistrationState, Role, Sex, State, Verified
from nmfo.reference.models import Country, Region


def plain_surname(path: str = "") -> Replace:
    """A surname as people look for it: small letters, ё as е. `path`: how a query comes to the account, «owner__»."""
    return Replace(Lower(f"{path}surname"), Value("ё"), Value("е"))


def plain_first_name(path: str = "") -> Replace:
    """A first name as people look for it."""
    return Replace(Lower(f"{path}first_name"), Value("ё"), Value("е"))


def plain_patronymic(path: str = "") -> Replace:
    """A patronymic as people look for it."""
    return Replace(Lower(f"{path}patronymic"), Value("ё"), Value("е"))


class Account(SealedModel, AbstractBaseUser):
    """A person's way in. The login is the СНИЛС (R-180); names are in clear because lists are printed by them (P1)."""

    last_login = None  # the list of sessions and the sign-in history know it; a write at each sign-in is saved
    snils = EncryptedText(max_length=11)
    snils_index = BlindIndex(source="snils", purpose="snils", unique=True)
    email = EncryptedText(max_length=254)
    email_index = BlindIndex(source="email", purpose="email", unique=True)
    phone = EncryptedText(max_length=16)
    phone_index = BlindIndex(source="phone", purpose="phone", db_index=True)
    surname = models.CharField(max_length=100)
    first_name = models.CharField(max_length=100)
    patronymic = models.CharField(max_length=100, blank=True)
    sex = models.CharField(max_length=1, choices=Sex)
    birth_date = EncryptedDate()
    citizenship = models.ForeignKey(Country, on_delete=models.PROTECT)  # a list's row is never deleted
    region = models.ForeignKey(Region, on_delete=models.PROTECT)  # likewise
    language = models.CharField(max_length=2, default="ru")
    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    closed_at = models.DateTimeField(null=True)
    verified_by = models.CharField(max_length=13, choices=Verified, blank=True, default=Verified.NOBODY)
    roles = ArrayField(models.CharField(max_length=12, choices=Role), default=list, blank=True)
    password_changed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    is_demo = models.BooleanField(default=False)

    USERNAME_FIELD = "id"
    REQUIRED_FIELDS: list[str] = []  # type: ignore[misc]  # Django stubs want REQUIRED_FIELDS as ClassVar

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="accounts_state_is_known"),
            models.CheckConstraint(condition=Q(sex__in=Sex.values), name="accounts_sex_is_known"),
            models.CheckConstraint(condition=Q(verified_by__in=Verified.values), name="accounts_verifier_is_known"),
            models.CheckConstraint(condition=Q(roles__contained_by=ROLES), name="accounts_roles_are_known"),
            models.CheckConstraint(
                condition=Q(state=State.CLOSED, closed_at__isnull=False) | ~Q(state=State.CLOSED) & Q(closed_at=None),
                name="accounts_closed_ones_have_a_day",
            ),
            models.CheckConstraint(condition=~Q(surname="") & ~Q(first_name=""), name="accounts_people_have_names"),
        ]
        indexes = [models.Index(OpClass(plain_surname(), name="text_pattern_ops"), name="accounts_by_surname")]

    def __str__(self) -> str:
        return f"account {self.pk}"

    @property
    def is_active(self) -> bool:  # type: ignore[override]  # Django's is a column; ours follows from the state
        """Whether the account may be used to come in."""
        return self.state == State.ACTIVE

    @property
    def is_staff_member(self) -> bool:
        """Whether the person works for the portal: stricter sessions and a second factor."""
        return bool(self.roles)

    def has_role(self, role: Role) -> bool:
        """Whether the person has a role of the portal's staff."""
        return role in self.roles


class Registration(SealedModel):
    """What was typed into the form, until its letter is answered (docs/decisions/0004)."""

    details = EncryptedJSON()
    snils_index = BlindIndex(source="", purpose="snils", db_index=True)
    state = models.CharField(max_length=9, choices=RegistrationState, default=RegistrationState.WAITING)
    account = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True)  # the trace ends with the account
    letters = models.PositiveSmallIntegerField(default=0)  # how many were asked for
    letter_asked_at = models.DateTimeField()
    form_key = models.CharField(max_length=64, unique=True)  # a double click is one registration
    language = models.CharField(max_length=2)
    ip = models.GenericIPAddressField(null=True)
    created_at = models.DateTimeField(db_index=True)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=RegistrationState.values), name="accounts_registration_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=RegistrationState.CONFIRMED, confirmed_at__isnull=False)
                | ~Q(state=RegistrationState.CONFIRMED) & Q(confirmed_at=None),
                name="accounts_confirmed_registrations_have_a_time",
            ),
        ]


class AgreementVersion(models.Model):
    """A text that people agree to. A version never changes; a trigger sees to it (R-185, R-230, P7)."""

    kind = models.CharField(max_length=13, choices=AgreementKind)
    version = models.CharField(max_length=20)
    text_ru = models.TextField()
    text_en = models.TextField()
    sha256 = models.CharField(max_length=64)
    valid_from_on = models.DateField()
    changes_ru = models.TextField(blank=True)
    changes_en = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "version"], name="accounts_agreement_version_is_one"),
            models.CheckConstraint(condition=Q(kind__in=AgreementKind.values), name="accounts_agreement_kind_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"


class Consent(models.Model):
    """Who agreed to which version, when, from where; withdrawing is a time beside it (152-ФЗ, article 9)."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="consents")  # proof outlives closing
    version = models.ForeignKey(AgreementVersion, on_delete=models.PROTECT)  # never deleted
    given_at = models.DateTimeField()
    ip = models.GenericIPAddressField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "version"], condition=Q(withdrawn_at=None), name="accounts_one_consent_to_a_version"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__gte=models.F("given_at")),
                name="accounts_consent_is_withdrawn_after_it_is_given",
            ),
        ]


class ContactChange(SealedModel):
    """A new e-mail that waits for its letter, or can still be undone from the old one."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE)  # goes with the account's contacts
    old_email = EncryptedText(max_length=254)
    new_email = EncryptedText(max_length=254)
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)


class Recovery(SealedModel):
    """Somebody asked for a new password: what was typed, until the job has answered."""

    details = EncryptedJSON()
    form_key = models.CharField(max_length=64, unique=True)  # a double click is one request
    language = models.CharField(max_length=2)
    ip = models.GenericIPAddressField(null=True)
    asked_at = models.DateTimeField(db_index=True)
