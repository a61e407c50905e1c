"""Everything that is kept of somebody's credits, as plain values for their export (P7)."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q, QuerySet

from foundation.files.models import StoredFile
from nmfo.credits.models import (
    Claim,
    ConfirmationCode,
    Expectation,
    LedgerEntry,
)
from nmfo.specialists.models import Specialist


def kept_credits_of(specialist: Specialist) -> dict[str, list[dict[str, object]]]:
    """What is kept of a specialist's credits, as plain values for their export (P7). Four statements."""
    entries = LedgerEntry.objects.filter(specialist=specialist).select_related("version", "organisation")
    awaited = Expectation.objects.filter(specialist=specialist).select_related("version", "organisation")
    return {
        "credits": [
            {
                "number": row.pk,
                "credits": row.credits,
                "for": row.version.title if row.version is not None else row.title,
                "how": row.source,
                "earned_on": row.earned_on.isoformat(),
                "posted_at": row.posted_at.isoformat(),
                "organisation": row.organisation.name if row.organisation is not None else "",
                "reverses": row.reverses_id or "",
                "reason": row.reason,
            }
            for row in entries.order_by("pk")
        ],
        "credits_awaited": [
            {
                "credits": row.credits,
                "for": row.version.title if row.version is not None else row.title,
                "organisation": row.organisation.name if row.organisation is not None else "",
                "state": row.state,
                "waits_for": row.holder,
                "due_on": row.due_on.isoformat() if row.due_on else "",
                "reason": row.why,
            }
            for row in awaited.order_by("pk")
        ],
        "confirmation_codes": [
            {
                "event": row.batch.version.title,
                "state": row.state,
                "valid_until_on": row.batch.valid_until_on.isoformat(),
                "activated_at": row.activated_at.isoformat() if row.activated_at else "",
            }
            for row in _codes_about(specialist)
        ],
        "requests_about_credits": [
            {
                "number": row.number,
                "about": row.about,
                "title": row.title,
                "text": row.text,
                "file": row.file.name if row.file is not None else "",
                "opened_at": row.opened_at.isoformat(),
                "state": row.state,
                "answer": row.answer,
            }
            for row in Claim.objects.filter(specialist=specialist).select_related("file").order_by("pk")
        ],
    }


def enclosed_with_claims_of(specialist: Specialist) -> Iterator[tuple[str, StoredFile]]:
    """Files that a specialist has enclosed with requests, each with its name in their export."""
    for row in Claim.objects.filter(specialist=specialist, file__isnull=False).select_related("file").order_by("pk"):
        if row.file is not None:
            yield f"requests/{row.number}-{row.file.name}", row.file


def _codes_about(specialist: Specialist) -> QuerySet[ConfirmationCode]:
    """Codes that are bound to a specialist, and those they have activated."""
    rows = ConfirmationCode.objects.filter(Q(specialist=specialist) | Q(activated_by=specialist))
    return rows.select_related("batch__version").order_by("pk")
