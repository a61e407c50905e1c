"""Tables of enrolment. Each belongs to a specialist; what was said and what happened is never changed."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import F, Q

from foundation.files.models import StoredFile
from foundation.vault.fields import BlindIndex, EncryptedText, SealedModel
from nmfo.accounts.models import Account
from nmfo.catalogue.models import Item, Run, Version
from nmfo.catalogue.rules.words import Basis
from nmfo.enrolment.rules import (
    LONGEST_REASON,
    CertificateState,
    DocumentKind,
    Mark,
    Phase,
    RunDays,
    Side,
    State,
    can_withdraw,
    phase_of,
)
from nmfo.organisations.models import Organisation
from nmfo.reference.models import Specialty
from nmfo.specialists.models import Specialist


class EnrolmentOrder(models.Model):
    """An order of enrolment (приказ о зачислении): its number and date, for a group of one run."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="enrolment_orders")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+")  # an order outlives the run
    number = models.CharField(max_length=30)
    issued_on = models.DateField()
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "number", "issued_on"], name="enrolment_an_order_is_given_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}, {self.issued_on}"


class EducationalCertificate(SealedModel):
    """Образовательный сертификат: pays for one run (326-ФЗ, article 51). Employer and fund decide elsewhere."""

    specialist = models.ForeignKey(Specialist, on_delete=models.PROTECT, related_name="educational_certificates")
    state = models.CharField(max_length=8, choices=CertificateState, default=CertificateState.ASKED)
    employer = EncryptedText(max_length=300)
    number = EncryptedText(max_length=60, help_text="Empty until it is issued")
    amount_rub = models.PositiveIntegerField(null=True)
    issued_on = models.DateField(null=True)
    valid_until_on = models.DateField(null=True, help_text="Inclusive; empty: not said")
    form_key = models.CharField(max_length=64, blank=True, help_text="Of the form: a double click is one")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CertificateState.values), name="enrolment_certificate_state_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["issued", "bound", "closed"]) | Q(issued_on__isnull=False),
                name="enrolment_issued_certificates_have_a_day",
            ),
            models.CheckConstraint(
                condition=Q(valid_until_on=None) | Q(valid_until_on__gte=F("issued_on")),
                name="enrolment_certificates_end_after_they_are_issued",
            ),
            models.UniqueConstraint(
                fields=["specialist", "form_key"],
                condition=~Q(form_key=""),
                name="enrolment_a_form_makes_one_certificate",
            ),
        ]

    def __str__(self) -> str:
        return f"certificate {self.pk}"


class CertificateStep(models.Model):
    """The history of a certificate. Append-only."""

    certificate = models.ForeignKey(EducationalCertificate, on_delete=models.PROTECT, related_name="steps")
    specialist = models.ForeignKey(Specialist, on_delete=models.PROTECT, related_name="+")  # as the certificate's
    state = models.CharField(max_length=8, choices=CertificateState)
    side = models.CharField(max_length=12, choices=Side)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CertificateState.values), name="enrolment_certificate_step_is_known"
            ),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="enrolment_certificate_side_is_known"),
        ]
        indexes = [models.Index(fields=["certificate", "id"], name="enrolment_certificate_steps")]


class Application(SealedModel):
    """A specialist's request to learn in a run. `version` is what is taught; it gives the credits (promise Z2)."""

    specialist = models.ForeignKey(Specialist, on_delete=models.PROTECT, related_name="applications")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")  # whose programme
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")  # items are withdrawn, not deleted
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="applications")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+")  # versions never go
    specialty = models.ForeignKey(Specialty, on_delete=models.PROTECT, related_name="+")  # a list's row never goes
    number = models.CharField(max_length=20, blank=True, help_text="2026-000123; empty: a draft")
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    revision = models.PositiveIntegerField(default=0, help_text="Grows with each step: two people notice each other")
    basis = models.CharField(max_length=11, choices=Basis)
    basis_number = EncryptedText(max_length=60, help_text="Of the contract, quota or certificate; empty: not yet")
    basis_on = models.DateField(null=True, help_text="Its date")
    certificate = models.ForeignKey(
        EducationalCertificate, on_delete=models.PROTECT, null=True, related_name="applications"
    )  # what pays, where the specialist keeps it here
    comment = EncryptedText(max_length=LONGEST_REASON, help_text="The specialist's words to the organisation")
    reason = EncryptedText(max_length=LONGEST_REASON, help_text="Why it was returned, refused, closed")
    due_on = models.DateField(null=True, help_text="Last day of who holds it, inclusive")
    waiting_since = models.DateTimeField(null=True, help_text="The place in the waiting list")
    offered_until = models.DateTimeField(null=True, help_text="Until when the seat is kept")
    order = models.ForeignKey(EnrolmentOrder, on_delete=models.PROTECT, null=True, related_name="applications")
    told_begins_on = models.DateField(null=True, help_text="The days of the run that the specialist was told of")
    told_ends_on = models.DateField(null=True, help_text="Likewise; both empty: a draft")
    form_key = models.CharField(max_length=64, blank=True, help_text="Of the form: a double click is one")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="enrolment_state_is_known"),
            models.CheckConstraint(condition=Q(basis__in=Basis.values), name="enrolment_basis_is_known"),
            models.CheckConstraint(
                condition=Q(state="draft") | ~Q(number="") & Q(submitted_at__isnull=False),
                name="enrolment_submitted_applications_have_a_number",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["submitted", "review", "returned", "approved", "confirmed", "enrolled"])
                | Q(due_on__isnull=False),
                name="enrolment_who_holds_an_application_has_a_term",
            ),
            models.CheckConstraint(
                condition=~Q(state="waiting") | Q(waiting_since__isnull=False),
                name="enrolment_those_who_wait_have_a_place",
            ),
            models.CheckConstraint(
                condition=~Q(state="offered") | Q(offered_until__isnull=False),
                name="enrolment_an_offered_seat_has_a_term",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["enrolled", "completed", "credited", "reversed"]) | Q(order__isnull=False),
                name="enrolment_the_enrolled_have_an_order",
            ),
            models.UniqueConstraint(
                fields=["specialist", "item"],
                condition=~Q(
                    state__in=["credited", "reversed", "refused", "withdrawn", "expelled", "cancelled", "lapsed"]
                ),
                name="enrolment_one_open_application_for_a_programme",
            ),
            models.UniqueConstraint(
                fields=["specialist", "form_key"],
                condition=~Q(form_key=""),
                name="enrolment_a_form_makes_one_application",
            ),
            models.CheckConstraint(
                condition=Q(certificate=None) | Q(basis="certificate"),
                name="enrolment_certificates_pay_their_own_basis",
            ),
            models.UniqueConstraint(
                fields=["specialist", "certificate"],
                condition=Q(certificate__isnull=False)
                & ~Q(
                    state__in=[
                        "draft",
                        "credited",
                        "reversed",
                        "refused",
                        "withdrawn",
                        "expelled",
                        "cancelled",
                        "lapsed",
                    ]
                ),
                name="enrolment_a_certificate_pays_for_one_application",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "state", "due_on", "id"], name="enrolment_inbox"),
            models.Index(fields=["run", "waiting_since"], condition=Q(state="waiting"), name="enrolment_waiting_list"),
            models.Index(fields=["offered_until"], condition=Q(state="offered"), name="enrolment_offers"),
            models.Index(fields=["number"], condition=~Q(number=""), name="enrolment_by_number"),
            models.Index(fields=["updated_at"], condition=Q(state="draft"), name="enrolment_drafts"),
        ]

    def __str__(self) -> str:
        return self.number or f"draft {self.pk}"

    @property
    def days(self) -> RunDays:
        """The days of its run."""
        return RunDays(begins_on=self.run.begins_on, ends_on=self.run.ends_on)

    def phase(self, today: dt.date) -> Phase | None:
        """What the days of the run make of its state on this day."""
        return phase_of(self.state, run=self.days, today=today, due_on=self.due_on)

    def label(self, today: dt.date) -> str:
        """Its state in words, as the days have it."""
        return str((self.phase(today) or State(self.state)).label)

    def can_withdraw(self, today: dt.date) -> bool:
        """Whether the specialist may take it back on this day."""
        return can_withdraw(self.state, run=self.days, today=today)

    def is_overdue(self, today: dt.date) -> bool:
        """Whether who holds it is late."""
        return self.due_on is not None and today > self.due_on


class ApplicationDocument(SealedModel):
    """A file that the specialist has enclosed. A removed one goes with its file."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="documents")
    specialist = models.ForeignKey(Specialist, on_delete=models.PROTECT, related_name="+")  # as the application's
    kind = models.CharField(max_length=11, choices=DocumentKind)
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=DocumentKind.values), name="enrolment_document_kind_is_known"),
        ]
        indexes = [models.Index(fields=["application", "id"], name="enrolment_documents_of")]


class Message(SealedModel):
    """What both sides say to each other in an application. `asks`: the document an organisation wants."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="messages")
    specialist = models.ForeignKey(Specialist, on_delete=models.PROTECT, related_name="+")  # as the application's
    side = models.CharField(max_length=12, choices=Side)
    author = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    asks = models.CharField(max_length=11, choices=DocumentKind, blank=True)
    text = EncryptedText(max_length=LONGEST_REASON)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(side__in=["specialist", "organisation"]), name="enrolment_message_side_is_known"
            ),
            models.CheckConstraint(
                condition=Q(asks="") | Q(asks__in=DocumentKind.values), name="enrolment_asked_document_is_known"
            ),
        ]
        indexes = [models.Index(fields=["application", "id"], name="enrolment_messages_of")]


class ApplicationStep(models.Model):
    """The history of an application: each change of its state. Append-only: the words of a reason stand in `said`."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="steps")
    specialist = models.ForeignKey(Specialist, on_delete=models.PROTECT, related_name="+")  # as the application's
    state = models.CharField(max_length=9, choices=State)
    side = models.CharField(max_length=12, choices=Side)
    by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")  # empty: the portal
    said = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, related_name="+")  # why
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="enrolment_step_state_is_known"),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="enrolment_step_side_is_known"),
            models.CheckConstraint(
                condition=Q(side="portal", by=None) | ~Q(side="portal") & Q(by__isnull=False),
                name="enrolment_steps_of_people_say_whose",
            ),
        ]
        indexes = [models.Index(fields=["application", "id"], name="enrolment_steps_of")]


class Attendance(models.Model):
    """Whether a listener was at the classes of a day; without a row it was not marked. The trail keeps each change."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="attendance")
    specialist = models.ForeignKey(Specialist, on_delete=models.PROTECT, related_name="+")  # as the application's
    day = models.DateField()
    was_there = models.BooleanField()
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["specialist", "application", "day"], name="enrolment_a_day_is_marked_once"),
        ]
        indexes = [models.Index(fields=["application", "day"], name="enrolment_attendance_of")]

    def __str__(self) -> str:
        return f"{self.day}: {self.was_there}"


class Completion(SealedModel):
    """The result: final attestation and удостоверение о повышении квалификации (domain.md 3.9).

    One that was taken back stays, and a corrected one stands beside it as the next attempt.
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="completions")
    specialist = models.ForeignKey(Specialist, on_delete=models.PROTECT, related_name="+")  # as the application's
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")  # who issued it
    mark = models.CharField(max_length=9, choices=Mark)
    attested_on = models.DateField()
    series = EncryptedText(max_length=10)
    number = EncryptedText(max_length=14)
    registration_number = EncryptedText(max_length=30)
    document_index = BlindIndex(source="document_name", purpose="enrolment_document")
    issued_on = models.DateField()
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    attempt = models.PositiveSmallIntegerField(default=1, help_text="Grows with each result entered after a reversal")
    taken_back_at = models.DateTimeField(null=True, help_text="When two people reversed its credits; empty: it stands")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(mark__in=Mark.values), name="enrolment_mark_is_known"),
            models.CheckConstraint(
                condition=Q(issued_on__gte=F("attested_on")), name="enrolment_documents_follow_the_attestation"
            ),
            models.UniqueConstraint(
                fields=["specialist", "application"],
                condition=Q(taken_back_at=None),
                name="enrolment_an_application_is_completed_once",
            ),
            models.UniqueConstraint(
                fields=["specialist", "application", "attempt"], name="enrolment_attempts_are_numbered"
            ),
        ]
        indexes = [models.Index(fields=["organisation", "document_index"], name="enrolment_documents_issued")]

    @property
    def document_name(self) -> str:
        """Series and number, as one finds the document by them."""
        return f"{self.series} {self.number}".strip()


class FrdoRecord(models.Model):
    """An organisation's word that a document stands in ФИС ФРДО, which itself tells nobody."""

    completion = models.OneToOneField(Completion, on_delete=models.PROTECT, primary_key=True, related_name="frdo")
    specialist = models.ForeignKey(Specialist, on_delete=models.PROTECT, related_name="+")  # as the completion's
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"document {self.completion_id} in FRDO"
