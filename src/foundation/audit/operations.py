"""Writing the trail and sealing it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction

from foundation.audit.models import Entry, Seal
from foundation.runtime.facts import RequestFacts

FIRST = "0" * 64
# The oldest transaction of this database that still runs, else the next one to come. Transactions of other databases of
# the server are passed over: they cannot write here. `backend_xid` has 32 bits, a snapshot's numbers have 64.
_HORIZON = """
WITH now AS MATERIALIZED (SELECT pg_current_snapshot() AS s),
running AS (SELECT pg_snapshot_xip(s)::text::bigint AS x FROM now),
elsewhere AS (SELECT backend_xid::text::bigint AS x FROM pg_stat_activity
              WHERE datname <> current_database() AND backend_xid IS NOT NULL)
SELECT coalesce(
  (SELECT min(x) FROM running WHERE x % 4294967296 NOT IN (SELECT x FROM elsewhere)),
  (SELECT pg_snapshot_xmax(s)::text::bigint FROM now))
"""
_LOCK = 7_040_101  # any number of our own: one sealer at a time


def record(
    *,
    actor_id: int | None,
    action: str,
    subject: str,
    subject_id: int | None,
    facts: RequestFacts | None,
    reason: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> Entry:
    """Add a row to the trail, in the caller's transaction. Values must be masked already."""
    entry = entry_of(
        actor_id=actor_id,
        action=action,
        subject=subject,
        subject_id=subject_id,
        facts=facts,
        reason=reason,
        before=before,
        after=after,
    )
    entry.save(force_insert=True)
    return entry


def record_all(entries: Iterable[Entry]) -> None:
    """Add rows to the trail by one statement, in their order, in the caller's transaction."""
    Entry.objects.bulk_create(entries)


def entry_of(
    *,
    actor_id: int | None,
    action: str,
    subject: str,
    subject_id: int | None,
    facts: RequestFacts | None,
    reason: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> Entry:
    """A row for `record_all`."""
    return Entry(
        actor_id=actor_id,
        action=action,
        subject=subject,
        subject_id=subject_id,
        ip=facts.ip or None if facts else None,
        agent=facts.agent if facts else "",
        request_id=facts.request_id if facts else "",
        reason=reason,
        before=before or {},
        after=after or {},
    )


def record_look(
    *, actor_id: int, subject: str, subject_id: int, what: str, facts: RequestFacts | None, reason: str = ""
) -> Entry:
    """Write down that somebody of a staff looked at a person's data: `what` names the data, never their values."""
    return record(
        actor_id=actor_id,
        action=f"{subject}.looked_at",
        subject=subject,
        subject_id=subject_id,
        facts=facts,
        reason=reason,
        after={"what": what},
    )


@transaction.atomic
def seal_new_entries() -> Seal | None:
    """Seal what was committed since the last seal; None when there is nothing new.

    Covers the transactions below the oldest one that still runs: no row can be added to them afterwards.
    """
    upto = horizon(lock=_LOCK)
    last = Seal.objects.order_by("-upto").first()
    since = last.upto if last else 0
    if upto <= since:
        return None
    rows = Entry.objects.filter(transaction__gte=since, transaction__lt=upto).order_by("transaction", "id")
    previous = last.digest if last else FIRST
    digest, entries = digest_of(rows.iterator(chunk_size=2000), previous)
    if not entries:
        return None
    return Seal.objects.create(since=since, upto=upto, entries=entries, digest=digest, previous=previous)


def horizon(*, lock: int) -> int:
    """Below which transaction number everything is settled for ever. One sealer with this `lock` works at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
        cursor.execute(_HORIZON)
        return int(cursor.fetchone()[0])


def digest_of(rows: Iterable[Entry], previous: str) -> tuple[str, int]:
    """The hash over `previous` and the rows in their order, and how many rows there were."""
    return chained((canonical(row) for row in rows), previous)


def chained(lines: Iterable[bytes], previous: str) -> tuple[str, int]:
    """The hash over `previous` and the lines in their order, and how many lines there were."""
    digest, count = hashlib.sha256(previous.encode()), 0
    for line in lines:
        digest.update(line)
        count += 1
    return digest.hexdigest(), count


def canonical(row: Entry) -> bytes:
    """A row as bytes that are the same wherever they are computed."""
    values = [
        row.pk,
        row.at.isoformat(),
        row.transaction,
        row.actor_id,
        row.action,
        row.subject,
        row.subject_id,
        row.ip,
        row.agent,
        row.request_id,
        row.reason,
        row.before,
        row.after,
    ]
    return plain_line(values)


def plain_line(values: list[Any]) -> bytes:
    """Values as bytes that are the same wherever they are written."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"
