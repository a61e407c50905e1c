"""Seals over the ledger: each minute the new entries are hashed together with the seal before (reliability.md T2, F13).

A seal writes a row into the audit trail, whose own seals leave the machine; so a rebuilt ledger is noticed too (T3).
"""

from __future__ import annotations

from django.db import transaction

from foundation.audit.operations import FIRST, chained, horizon, plain_line, record
from nmfo.credits.models import LedgerEntry, LedgerSeal

SEALED = "ledger.sealed"
_LOCK = 7_040_102  # any number of our own: one sealer at a time


@transaction.atomic
def seal_ledger() -> LedgerSeal | None:
    """Seal what was committed since the last seal; None when there is nothing new."""
    upto = horizon(lock=_LOCK)
    last = LedgerSeal.objects.order_by("-upto").first()
    since = last.upto if last else 0
    if upto <= since:
        return None
    previous = last.digest if last else FIRST
    digest, entries = digest_of_ledger(since, upto, previous)
    if not entries:
        return None
    seal = LedgerSeal.objects.create(since=since, upto=upto, entries=entries, digest=digest, previous=previous)
    record(
        actor_id=None,
        action=SEALED,
        subject="ledger",
        subject_id=seal.pk,
        facts=None,
        after={"upto": upto, "entries": entries, "digest": digest},
    )
    return seal


def digest_of_ledger(since: int, upto: int, previous: str) -> tuple[str, int]:
    """The hash over the entries of the transactions from `since` to before `upto`, and how many there are."""
    rows = LedgerEntry.objects.filter(transaction__gte=since, transaction__lt=upto).order_by("transaction", "id")
    return chained((canonical_entry(row) for row in rows.iterator(chunk_size=2000)), previous)


def canonical_entry(row: LedgerEntry) -> bytes:
    """An entry as bytes that are the same wherever they are computed; its turn follows from the entries before it."""
    return plain_line(
        [
            row.pk,
            row.transaction,
            row.specialist_id,
            row.credits,
            row.part,
            row.source,
            row.origin,
            row.item_id,
            row.version_id,
            row.specialty_id,
            row.organisation_id,
            row.title,
            row.earned_on.isoformat(),
            row.posted_at.isoformat(),
            row.posted_by_id,
            row.reverses_id,
            row.reason,
        ]
    )
