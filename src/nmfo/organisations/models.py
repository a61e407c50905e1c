"""Tables of organisations: the organisation, its people, and the application it began with."""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from foundation.files.models import StoredFile
from foundation.vault.fields import BlindIndex, EncryptedText, SealedModel
from nmfo.accounts.models import Account
from nmfo.organisations.rules import (
    ApplicationState,
    DocumentKind,
    LicenceState,
    OrganisationKind,
    Side,
    StaffRole,
    What,
    is_overdue,
)
from nmfo.reference.models import Region


class Organisation(models.Model):
    """Образовательная организация with a cabinet. What stands here is public (R-170, P-06)."""

    name = models.CharField(max_length=300)
    short_name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=OrganisationKind, default=OrganisationKind.OTHER)
    inn = models.CharField(max_length=10, unique=True)
    ogrn = models.CharField(max_length=13, unique=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT)  # a list's row is never deleted
    address = models.CharField(max_length=300, blank=True)
    licence_number = models.CharField(max_length=40)
    licence_issued_on = models.DateField(null=True)
    licence_until_on = models.DateField(null=True, help_text="Last day; empty: without a term, as most are")
    licence_state = models.CharField(max_length=9, choices=LicenceState, default=LicenceState.VALID)
    about = models.TextField(max_length=4000, blank=True, help_text="Markdown, shown on the card")
    site = models.URLField(max_length=200, blank=True)
    public_email = models.CharField(max_length=254, blank=True)
    public_phone = models.CharField(max_length=16, blank=True)
    opened_at = models.DateTimeField()
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=OrganisationKind.values), name="organisations_kind_is_known"),
            models.CheckConstraint(
                condition=Q(licence_state__in=LicenceState.values), name="organisations_licence_state_is_known"
            ),
            models.CheckConstraint(condition=Q(inn__regex=r"^[0-9]{10}$"), name="organisations_inn_has_ten_digits"),
            models.CheckConstraint(
                condition=Q(ogrn__regex=r"^[0-9]{13}$"), name="organisations_ogrn_has_thirteen_digits"
            ),
            models.CheckConstraint(condition=~Q(name="") & ~Q(short_name=""), name="organisations_have_names"),
            models.CheckConstraint(
                condition=Q(licence_until_on=None)
                | Q(licence_issued_on=None)
                | Q(licence_until_on__gte=F("licence_issued_on")),
                name="organisations_licence_ends_after_it_begins",
            ),
        ]
        indexes = [
            models.Index(fields=["region"], name="organisations_of_a_region"),
        ]

    def __str__(self) -> str:
        return self.short_name


class Member(models.Model):
    """Somebody who works in an organisation's cabinet, now or formerly. Rows stay: what they did must be told."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="members")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="memberships")  # who did what stays
    roles = ArrayField(models.CharField(max_length=9, choices=StaffRole))
    post = models.CharField(max_length=200, blank=True)
    joined_at = models.DateTimeField()
    invited_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "account"], condition=Q(left_at=None), name="organisations_a_member_once"
            ),
            models.CheckConstraint(
                condition=Q(roles__contained_by=StaffRole.values) & Q(roles__len__gte=1),
                name="organisations_member_roles_are_known",
            ),
        ]
        indexes = [models.Index(fields=["account"], condition=Q(left_at=None), name="organisations_of_an_account")]


class Invitation(SealedModel):
    """A letter that lets its reader join; used once, within `INVITATION_HOURS`. Its link is a OneTimeSecret."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="invitations")
    email = EncryptedText(max_length=254)
    email_index = BlindIndex(source="email", purpose="email", db_index=True)
    name = models.CharField(max_length=300, blank=True, help_text="As the inviter knows the person")
    roles = ArrayField(models.CharField(max_length=9, choices=StaffRole))
    post = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=2, default="ru")
    invited_by = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, related_name="+"
    )  # empty: the portal itself, when a cabinet opens
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    letters = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(roles__contained_by=StaffRole.values) & Q(roles__len__gte=1),
                name="organisations_invited_roles_are_known",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False, withdrawn_at=None),
                name="organisations_accepted_invitations_say_by_whom",
            ),
        ]


class CabinetApplication(SealedModel):
    """Заявка на личный кабинет of an organisation: a draft kept for `DRAFT_DAYS`, then a review (R-192..R-204).

    The applicant has no account: the address of the page carries a secret, of which the hash lies here.
    """

    number = models.CharField(max_length=12, blank=True, help_text="ОРГ-000123; given when submitted")
    token_digest = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=9, choices=ApplicationState, default=ApplicationState.DRAFT)
    name = models.CharField(max_length=300, blank=True)
    short_name = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=10, choices=OrganisationKind, blank=True)
    inn = models.CharField(max_length=10, blank=True)
    ogrn = models.CharField(max_length=13, blank=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, null=True)
    address = models.CharField(max_length=300, blank=True)
    site = models.URLField(max_length=200, blank=True)
    licence_number = models.CharField(max_length=40, blank=True)
    licence_issued_on = models.DateField(null=True)
    licence_until_on = models.DateField(null=True)
    person_surname = models.CharField(max_length=100, blank=True)
    person_first_name = models.CharField(max_length=100, blank=True)
    person_patronymic = models.CharField(max_length=100, blank=True)
    person_post = models.CharField(max_length=200, blank=True)
    person_email = EncryptedText(max_length=254)
    person_email_index = BlindIndex(source="person_email", purpose="email", db_index=True)
    person_phone = EncryptedText(max_length=16)
    language = models.CharField(max_length=2, default="ru")
    revision = models.PositiveIntegerField(default=0, help_text="Grows with each change: two tabs notice each other")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, help_text="The last time")
    due_on = models.DateField(null=True, help_text="Last day of the review, inclusive")
    returned_at = models.DateTimeField(null=True, help_text="Since when it has been with the applicant")
    originals_received_on = models.DateField(null=True)
    originals_checked_on = models.DateField(null=True)
    taken_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, related_name="+"
    )  # the first pair of eyes
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=2000, blank=True)
    previous = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="followers"
    )  # the refused one it was copied from
    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, null=True, related_name="application")
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ApplicationState.values), name="organisations_application_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(state="withdrawn") | Q(submitted_at__isnull=False) & ~Q(number=""),
                name="organisations_submitted_applications_have_a_number",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["submitted", "review"]) | Q(due_on__isnull=False),
                name="organisations_waiting_applications_have_a_term",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | Q(decided_by__isnull=False) & ~Q(reason=""),
                name="organisations_refusals_say_who_and_why",
            ),
            models.CheckConstraint(
                condition=~Q(state="opened")
                | Q(organisation__isnull=False, approved_by__isnull=False, decided_by__isnull=False)
                & ~Q(approved_by=F("decided_by")),
                name="organisations_a_cabinet_takes_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by=None)
                | Q(approved_at__isnull=False, approved_by__isnull=False),
                name="organisations_first_approval_says_who",
            ),
            models.UniqueConstraint(
                fields=["number"], condition=~Q(number=""), name="organisations_application_numbers_are_unique"
            ),
            models.UniqueConstraint(
                fields=["inn"],
                condition=Q(state__in=["submitted", "review", "returned"]),
                name="organisations_one_open_application_of_an_inn",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on", "id"],
                condition=Q(state__in=["submitted", "review"]),
                name="organisations_queue",
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"draft {self.pk}"

    def overdue(self, today: dt.date) -> bool:
        """Whether the operator is late with it."""
        return is_overdue(self.state, self.due_on, today)


class ApplicationDocument(models.Model):
    """A scan of an application. A newer one of its kind replaces it; the old one stays for the history."""

    application = models.ForeignKey(CabinetApplication, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=14, choices=DocumentKind)
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=DocumentKind.values), name="organisations_document_kind_is_known"
            ),
            models.UniqueConstraint(
                fields=["application", "kind"],
                condition=Q(replaced_at=None),
                name="organisations_one_scan_of_a_kind",
            ),
        ]


class ApplicationMessage(SealedModel):
    """A question, a remark at a field, or an answer inside an application."""

    application = models.ForeignKey(CabinetApplication, on_delete=models.PROTECT, related_name="messages")
    side = models.CharField(max_length=9, choices=Side)
    author = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")  # empty: the applicant
    field = models.CharField(max_length=30, blank=True, help_text="What it is about: a field, a kind of document")
    text = EncryptedText(max_length=4000)
    at = models.DateTimeField()
    answers = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="replies")
    settled_at = models.DateTimeField(null=True, help_text="A remark that has been put right or taken back")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(side__in=Side.values), name="organisations_message_side_is_known"),
            models.CheckConstraint(
                condition=Q(side="operator", author__isnull=False) | Q(side="applicant", author=None),
                name="organisations_operators_messages_say_whose",
            ),
        ]
        indexes = [models.Index(fields=["application", "at"], name="organisations_messages_of")]


class ApplicationStep(models.Model):
    """The history of an application: each change of its state. Append-only."""

    application = models.ForeignKey(CabinetApplication, on_delete=models.PROTECT, related_name="steps")
    state = models.CharField(max_length=9, choices=ApplicationState)
    what = models.CharField(max_length=40, help_text="submitted, taken, returned, approved, opened …")
    side = models.CharField(max_length=9, choices=Side)
    by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=2000, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["application", "at"], name="organisations_steps_of")]

    @property
    def label(self) -> str:
        """What happened, in words."""
        return str(What(self.what).label)
