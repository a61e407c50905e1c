"""Tables of specialists: the person in the profession, their documents, and the copy of the federal register."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import F, Q

from foundation.files.models import StoredFile
from foundation.vault.fields import BlindIndex, EncryptedJSON, EncryptedText, SealedModel
from nmfo.accounts.models import Account
from nmfo.reference.models import EducationLevel, Level, Specialty
from nmfo.specialists.rules import DisputeState, DocumentKind, RowState, Step, Trust


class Specialist(models.Model):
    """A medical or pharmaceutical worker. Outlives the closing of the account: credits will point here (R-131)."""

    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="specialist")
    about = models.TextField(max_length=2000, blank=True)
    photo = models.ForeignKey(StoredFile, on_delete=models.SET_NULL, null=True, related_name="+")
    steps_done = models.JSONField(default=list)
    register_seen_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"specialist {self.pk}"

    @property
    def open_steps(self) -> list[Step]:
        """Steps of the first run that are still to be done, in their order."""
        return [step for step in Step if step not in self.steps_done]


class Track(models.Model):
    """The level of education a specialist works with here: one cabinet for each (R-186)."""

    specialist = models.ForeignKey(Specialist, on_delete=models.PROTECT, related_name="tracks")  # never deleted
    level = models.CharField(max_length=9, choices=Level)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["specialist", "level"], name="specialists_one_track_of_a_level"),
            models.CheckConstraint(condition=Q(level__in=Level.values), name="specialists_track_level_is_known"),
        ]


class Document(SealedModel):
    """A document of education or admission, with who vouches for it. «Ещё не выдан» stands in place of zeros (N15)."""

    specialist = models.ForeignKey(Specialist, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=13, choices=DocumentKind)
    trust = models.CharField(max_length=14, choices=Trust)
    specialty = models.ForeignKey(Specialty, on_delete=models.PROTECT, null=True)  # a list's row is never deleted
    education_level = models.ForeignKey(EducationLevel, on_delete=models.PROTECT, null=True)
    title = models.CharField(max_length=200, blank=True)
    issuer = models.CharField(max_length=300, blank=True)
    series = EncryptedText(max_length=40)
    number = EncryptedText(max_length=60)
    awaiting_number = models.BooleanField(default=False)
    issued_on = models.DateField(null=True)
    valid_until_on = models.DateField(null=True, help_text="As the document says")
    extended_until_on = models.DateField(null=True, help_text="As a general act has extended it")
    register_key = models.CharField(max_length=80, blank=True, help_text="Row of the register it came from")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=DocumentKind.values), name="specialists_document_kind_is_known"
            ),
            models.CheckConstraint(condition=Q(trust__in=Trust.values), name="specialists_document_trust_is_known"),
            models.CheckConstraint(
                condition=Q(valid_until_on=None) | Q(issued_on=None) | Q(valid_until_on__gte=F("issued_on")),
                name="specialists_document_ends_after_it_begins",
            ),
            models.UniqueConstraint(
                fields=["specialist", "register_key"],
                condition=~Q(register_key=""),
                name="specialists_a_register_row_is_taken_once",
            ),
        ]
        indexes = [models.Index(fields=["specialist", "-issued_on"], name="specialists_documents_of")]

    @property
    def holds_until_on(self) -> dt.date | None:
        """The last day the document holds, a general extension counted in."""
        return self.extended_until_on or self.valid_until_on


class DocumentScan(models.Model):
    """A scan of a document."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="scans")  # goes with the document
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT)
    created_at = models.DateTimeField()


class RegisterPerson(SealedModel):
    """A person of the federal register (ФРМР), as it was last imported (domain.md 3.8)."""

    source_key = models.CharField(max_length=40, unique=True, help_text="The register's own identifier")
    snils_index = BlindIndex(source="", purpose="snils", db_index=True)
    details = EncryptedJSON(help_text="СНИЛС, names, birth date, citizenship")
    checksum = models.CharField(max_length=64, help_text="Keyed hash of the imported rows: again = no change")
    updated_at = models.DateTimeField()


class RegisterRow(SealedModel):
    """A row about a person: employment, education, certificate, accreditation, category."""

    class Group(models.TextChoices):
        EMPLOYMENT = "employment"
        EDUCATION = "education"
        CERTIFICATE = "certificate"
        ACCREDITATION = "accreditation"
        CATEGORY = "category"

    person = models.ForeignKey(RegisterPerson, on_delete=models.CASCADE, related_name="rows")  # replaced together
    group = models.CharField(max_length=13, choices=Group)
    source_key = models.CharField(max_length=80)
    specialty_name = models.CharField(max_length=200, blank=True)
    organisation = models.CharField(max_length=300, blank=True)
    title = models.CharField(max_length=300, blank=True)
    series = EncryptedText(max_length=40)
    number = EncryptedText(max_length=60)
    begins_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    extended_until_on = models.DateField(null=True)
    hours = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "group", "source_key"], name="specialists_register_row_is_one"),
            models.CheckConstraint(
                condition=Q(group__in=["employment", "education", "certificate", "accreditation", "category"]),
                name="specialists_register_group_is_known",
            ),
        ]


class Answer(models.Model):
    """What the person said of a row of the register. Kept by the row's key, so it survives imports."""

    specialist = models.ForeignKey(Specialist, on_delete=models.PROTECT, related_name="answers")
    row_key = models.CharField(max_length=120)
    state = models.CharField(max_length=9, choices=RowState)
    answered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["specialist", "row_key"], name="specialists_one_answer_to_a_row"),
            models.CheckConstraint(condition=Q(state__in=RowState.values), name="specialists_answer_is_known"),
        ]


class Dispute(SealedModel):
    """«Это ошибка»: what is wrong in the person's words, and what the operator decided."""

    specialist = models.ForeignKey(Specialist, on_delete=models.PROTECT, related_name="disputes")
    row_key = models.CharField(max_length=120)
    row_title = models.CharField(max_length=300)
    text = EncryptedText(max_length=2000)
    state = models.CharField(max_length=8, choices=DisputeState, default=DisputeState.OPEN)
    opened_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, related_name="+"
    )  # who answered for it
    reason = models.CharField(max_length=1000, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=DisputeState.values), name="specialists_dispute_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at=None, decided_by=None)
                | ~Q(state="open") & Q(decided_at__isnull=False, decided_by__isnull=False) & ~Q(reason=""),
                name="specialists_decided_disputes_say_who_when_why",
            ),
            models.UniqueConstraint(
                fields=["specialist", "row_key"],
                condition=Q(state="open"),
                name="specialists_one_open_dispute_of_a_row",
            ),
        ]


class ImportReport(models.Model):
    """What an import of the register did: the counts balance, refused lines are named with their reasons."""

    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    dry_run = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    lines = models.PositiveIntegerField(default=0)
    taken = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    refusals = models.JSONField(default=list, help_text="The first thousand: line number and reason")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(lines=F("taken") + F("changed") + F("unchanged") + F("refused")),
                name="specialists_import_report_balances",
            ),
        ]
