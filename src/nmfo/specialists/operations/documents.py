"""Documents by hand, with scans; the photograph and the words about oneself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from foundation.audit.operations import record
from foundation.errors import Refused
from foundation.files.models import StoredFile
from foundation.files.operations import SCANS, Upload, account_holder, drop_file, keep_file, keep_photo
from foundation.runtime.facts import RequestFacts
from nmfo.specialists.models import Document, DocumentScan, Specialist
from nmfo.specialists.rules import BY_HAND, Trust, check_document

SCANS_PER_DOCUMENT = 10


class TooManyScans(Refused):
    message = _("A document takes at most ten scans.")
    field = "scans"


class DocumentNotOwn(Refused):
    message = _("This document came from the register: it is corrected there. Mark the row as mistaken.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFacts:
    """What the form of a document asks."""

    kind: str
    specialty_id: int | None = None
    education_level_id: str | None = None
    title: str = ""
    issuer: str = ""
    series: str = ""
    number: str = ""
    awaiting_number: bool = False
    issued_on: dt.date | None = None
    valid_until_on: dt.date | None = None


@transaction.atomic
def add_document(
    *,
    specialist: Specialist,
    facts_of_it: DocumentFacts,
    scans: Iterable[Upload],
    today: dt.date,
    facts: RequestFacts,
    now: dt.datetime,
) -> Document:
    """Add a document by hand. Raises the refusals of rules and of files; then nothing is kept."""
    check_document(
        number=facts_of_it.number,
        awaiting=facts_of_it.awaiting_number,
        issued_on=facts_of_it.issued_on,
        valid_until_on=facts_of_it.valid_until_on,
        today=today,
    )
    files = list(scans)
    if len(files) > SCANS_PER_DOCUMENT:
        raise TooManyScans
    document = Document(
        specialist=specialist,
        kind=facts_of_it.kind,
        trust=Trust.SCAN if files else Trust.WORD,
        specialty_id=facts_of_it.specialty_id,
        education_level_id=facts_of_it.education_level_id,
        title=facts_of_it.title,
        issuer=facts_of_it.issuer,
        series=facts_of_it.series,
        number="" if facts_of_it.awaiting_number else facts_of_it.number,
        awaiting_number=facts_of_it.awaiting_number,
        issued_on=facts_of_it.issued_on,
        valid_until_on=facts_of_it.valid_until_on,
        created_at=now,
    )
    document.save(force_insert=True)
    for upload in files:
        stored = keep_file(
            holder=account_holder(specialist.account_id),
            owner_id=specialist.account_id,
            purpose="scan",
            upload=upload,
            kinds=SCANS,
            now=now,
        )
        DocumentScan.objects.create(document=document, file=stored, created_at=now)
    record(
        actor_id=specialist.account_id,
        action="document.added",
        subject="document",
        subject_id=document.pk,
        facts=facts,
        after={"kind": document.kind, "trust": document.trust, "scans": len(files)},
    )
    return document


@transaction.atomic
def remove_document(*, document: Document, facts: RequestFacts, now: dt.datetime) -> None:
    """Remove a document that was added by hand, with its scans. Raises DocumentNotOwn for one of the register.

    Cycles that stand on it are no business of this package: the page removes by `cycles.operations.joining`.
    """
    if document.trust not in BY_HAND:
        raise DocumentNotOwn
    owner = document.specialist.account_id
    record(
        actor_id=owner,
        action="document.removed",
        subject="document",
        subject_id=document.pk,
        facts=facts,
        before={"kind": document.kind, "trust": document.trust},
    )
    files = [scan.file for scan in document.scans.select_related("file")]
    document.delete()
    for stored in files:
        drop_file(stored)


def scan_of(specialist: Specialist, pk: int) -> StoredFile | None:
    """A scan of the specialist's own."""
    scan = DocumentScan.objects.select_related("file").filter(document__specialist=specialist, pk=pk).first()
    return scan.file if scan else None


@transaction.atomic
def change_about(
    *,
    specialist: Specialist,
    about: str,
    photo: Upload | None,
    drop_photo: bool,
    facts: RequestFacts,
    now: dt.datetime,
) -> None:
    """Change the words about oneself and the photograph (R-187). Raises the refusals of files."""
    old = specialist.photo
    specialist.about = about
    if photo is not None:
        specialist.photo = keep_photo(owner_id=specialist.account_id, purpose="photo", upload=photo, now=now)
    elif drop_photo:
        specialist.photo = None
    specialist.save(update_fields=["about", "photo"])
    if old is not None and specialist.photo_id != old.pk:
        drop_file(old)
    record(
        actor_id=specialist.account_id,
        action="profile.changed",
        subject="specialist",
        subject_id=specialist.pk,
        facts=facts,
    )
