"""`nmfo demo clear`: take the generated data away. What people have used since stays, and all that belongs to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from foundation.db.bulk import laid_bare
from nmfo.demo.generate.loading import KEPT, alone
from nmfo.demo.generate.progress import Progress, Stream
from nmfo.demo.models import GeneratedPhase

# Which row a generated one is part of, children first; those that are part of nothing are roots.
_PARTS = {
    "cycles_cycle": ("specialist_id", "specialists_specialist"),
    "participation_windowanswer": ("registration_id", "participation_registration"),
    "participation_mark": ("registration_id", "participation_registration"),
    "participation_registration": ("specialist_id", "specialists_specialist"),
    "participation_window": ("item_id", "catalogue_item"),
    "credits_expectationstep": ("expectation_id", "credits_expectation"),
    "credits_expectation": ("specialist_id", "specialists_specialist"),
    "credits_proposal": ("specialist_id", "specialists_specialist"),
    "credits_ledgerentry": ("specialist_id", "specialists_specialist"),
    "catalogue_run": ("item_id", "catalogue_item"),
    "catalogue_versionteacher": ("version_id", "catalogue_version"),
    "catalogue_versionspecialty": ("version_id", "catalogue_version"),
    "catalogue_version": ("item_id", "catalogue_item"),
    "signin_factor": ("account_id", "accounts_account"),
    "organisations_member": ("organisation_id", "organisations_organisation"),
    "specialists_document": ("specialist_id", "specialists_specialist"),
    "specialists_track": ("specialist_id", "specialists_specialist"),
    "specialists_specialist": ("account_id", "accounts_account"),
    "accounts_consent": ("account_id", "accounts_account"),
}
_ROOTS = ("catalogue_item", "organisations_organisation", "accounts_account")
_SEARCH = "catalogue_searchrow"  # its key is the item's
_CODES, _BATCHES, _ENTRIES = "credits_confirmationcode", "credits_codebatch", "credits_ledgerentry"
_GATHERINGS, _REGISTRATIONS = "participation_gathering", "participation_registration"  # the key of one is the item's
_WITHOUT_IDS = ("credits_usedorigin", "credits_allowance", _GATHERINGS)
_REFERENCES = """
SELECT c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text
FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
WHERE c.contype = 'f' AND c.confrelid = ANY(%s::regclass[]) ORDER BY 1, 2
"""
# A person keeps what they learned and who entered it, an item its organisation, an organisation its people, and who
# works there keeps it.
_CLOSURE = """
CREATE TEMP TABLE kept_specialist ON COMMIT DROP AS
  SELECT id FROM specialists_specialist WHERE account_id IN (SELECT id FROM kept_accounts_account);
INSERT INTO kept_catalogue_item
  SELECT item_id FROM credits_ledgerentry
  WHERE specialist_id IN (SELECT id FROM kept_specialist) AND item_id IS NOT NULL
  UNION SELECT v.item_id FROM credits_expectation x JOIN catalogue_version v ON v.id = x.version_id
  WHERE x.specialist_id IN (SELECT id FROM kept_specialist);
INSERT INTO kept_organisations_organisation
  SELECT organisation_id FROM credits_ledgerentry
  WHERE specialist_id IN (SELECT id FROM kept_specialist) AND organisation_id IS NOT NULL;
INSERT INTO kept_organisations_organisation
  SELECT organisation_id FROM catalogue_item WHERE id IN (SELECT id FROM kept_catalogue_item)
  UNION SELECT organisation_id FROM organisations_member WHERE account_id IN (SELECT id FROM kept_accounts_account);
INSERT INTO kept_accounts_account
  SELECT account_id FROM organisations_member
  WHERE organisation_id IN (SELECT id FROM kept_organisations_organisation);
"""
# A redeemed code belongs to who redeemed it, one that waits to its event. A batch has as many as are left of it.
_CLEAR_CODES = """
DELETE FROM credits_confirmationcode c USING credits_codebatch b
WHERE b.id = c.batch_id AND c.id BETWEEN %(first)s AND %(last)s AND CASE
  WHEN c.activated_by_id IS NULL THEN b.item_id NOT IN (SELECT id FROM kept_catalogue_item)
  ELSE c.activated_by_id BETWEEN %(person)s AND %(last_person)s
       AND c.activated_by_id NOT IN (SELECT id FROM kept_specialist) END
"""
_SHORTEN_BATCHES = """
UPDATE credits_codebatch b SET count = n.count
FROM (SELECT batch_id, count(*) AS count FROM credits_confirmationcode GROUP BY 1) n
WHERE n.batch_id = b.id AND b.id BETWEEN %(batch)s AND %(last_batch)s AND b.count <> n.count
"""
_CLEAR_BATCHES = """
DELETE FROM credits_codebatch b WHERE b.id BETWEEN %(batch)s AND %(last_batch)s
  AND NOT EXISTS (SELECT FROM credits_confirmationcode c WHERE c.batch_id = b.id)
"""
_CLEAR_ALLOWANCES = """
DELETE FROM credits_allowance a WHERE a.offering IN (
  SELECT 'event:' || id FROM catalogue_item WHERE id BETWEEN %(item)s AND %(last_item)s AND kind = 'event')
  AND NOT EXISTS (SELECT FROM credits_codebatch b WHERE 'event:' || b.item_id = a.offering)
  AND NOT EXISTS (SELECT FROM participation_gathering g WHERE 'event:' || g.item_id = a.offering)
"""
# An event has as many people as are left of it.
_CLEAR_GATHERINGS = """
DELETE FROM participation_gathering g WHERE g.item_id BETWEEN %(item)s AND %(last_item)s
  AND NOT EXISTS (SELECT FROM participation_registration r WHERE r.item_id = g.item_id)
"""
_COUNT_GATHERINGS = """
UPDATE participation_gathering g SET taken = n.taken, confirmed = n.confirmed
FROM (SELECT item_id, count(*) FILTER (WHERE state IN ('signed_up', 'offered', 'present', 'absent')) AS taken,
             count(*) FILTER (WHERE state = 'present') AS confirmed
      FROM participation_registration WHERE item_id BETWEEN %(item)s AND %(last_item)s GROUP BY item_id) n
WHERE n.item_id = g.item_id AND g.closed_at IS NOT NULL
"""
_COUNT_ALLOWANCES = """
UPDATE credits_allowance a SET people = g.confirmed, given = g.confirmed FROM participation_gathering g
WHERE a.offering = 'event:' || g.item_id AND g.item_id BETWEEN %(item)s AND %(last_item)s
  AND NOT EXISTS (SELECT FROM credits_codebatch b WHERE b.item_id = g.item_id)
"""
_CLEAR_ORIGINS = """
DELETE FROM credits_usedorigin u WHERE entry_id BETWEEN %(entry)s AND %(last_entry)s
  AND NOT EXISTS (SELECT FROM credits_ledgerentry e WHERE e.id = u.entry_id)
"""
Blocks = dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """How many rows are gone, and how many are still there."""

    removed: int
    kept: int


def clear(*, stream: Stream, now: dt.datetime) -> Cleared:
    """Remove what `generate` has loaded. Rows that others refer to stay, with their organisation, owner and parts."""
    with alone():
        blocks: Blocks = {
            table: (first, last)
            for phase in GeneratedPhase.objects.all()
            for table, (first, last) in phase.blocks.items()
        }
        if not blocks:
            return Cleared(removed=0, kept=0)
        tables = [table for table in (_CODES, _BATCHES, *_PARTS, *_ROOTS) if table in blocks]
        others = [*(_WITHOUT_IDS if _CODES in blocks else ()), _SEARCH]
        progress = Progress(stream, "removing", len(tables))
        used = list(_used(tables, blocks))  # now: the foreign keys that it goes by will be away
        with laid_bare([*tables, *others], emptying=True), connection.cursor() as cursor:
            for root in _ROOTS:
                cursor.execute(f"CREATE TEMP TABLE kept_{root} (id bigint) ON COMMIT DROP")
            for statement in used:
                cursor.execute(statement)
            cursor.execute(_CLOSURE)
            removed = kept = 0
            if "catalogue_item" in blocks:
                first, last = blocks["catalogue_item"]
                cursor.execute(_delete(_SEARCH, "item_id", "SELECT id FROM kept_catalogue_item"), [first, last])
                removed += cursor.rowcount
            removed += _clear_codes(blocks)
            for table in tables:
                progress.note(table)
                removed += _clear_table(table, blocks)
            for table in tables:
                cursor.execute(f"SELECT count(*) FROM {table} WHERE id BETWEEN %s AND %s", blocks[table])  # noqa: S608
                kept += cursor.fetchone()[0]
            _remember(blocks, kept, now)
        with connection.cursor() as cursor:
            for table in (*tables, *others):
                cursor.execute(f"VACUUM (ANALYZE) {table}")
                cursor.execute(f"REINDEX TABLE {table}")  # emptied indexes keep their size otherwise
        progress.note("done")
        return Cleared(removed=removed, kept=kept)


def _clear_table(table: str, blocks: Blocks) -> int:
    """One table, and what goes with it; codes and their batches went before."""
    if table in {_CODES, _BATCHES}:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_delete(table, "id", _kept(table)), blocks[table])
        removed = int(cursor.rowcount)
        if table == _ENTRIES:
            cursor.execute(_CLEAR_ORIGINS, _ends(blocks[_ENTRIES], "entry", "last_entry"))
            removed += cursor.rowcount
    return removed + (_clear_gatherings(blocks) if table == _REGISTRATIONS else 0)


def _clear_codes(blocks: Blocks) -> int:
    if _CODES not in blocks:
        return 0
    values = {
        **_ends(blocks[_CODES], "first", "last"),
        **_ends(blocks[_BATCHES], "batch", "last_batch"),
        **_ends(blocks["specialists_specialist"], "person", "last_person"),
        **_ends(blocks["catalogue_item"], "item", "last_item"),
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLEAR_CODES, values)
        removed = int(cursor.rowcount)
        cursor.execute(_SHORTEN_BATCHES, values)
        for statement in (_CLEAR_BATCHES, _CLEAR_ALLOWANCES):
            cursor.execute(statement, values)
            removed += cursor.rowcount
    return removed


def _clear_gatherings(blocks: Blocks) -> int:
    """What is kept of events whose registrations are gone, and how many are left of the others."""
    values, removed = _ends(blocks["catalogue_item"], "item", "last_item"), 0
    with connection.cursor() as cursor:
        for statement in (_CLEAR_GATHERINGS, _CLEAR_ALLOWANCES):
            cursor.execute(statement, values)
            removed += cursor.rowcount
        for statement in (_COUNT_GATHERINGS, _COUNT_ALLOWANCES):
            cursor.execute(statement, values)
    return removed


def _ends(block: tuple[int, int], first: str, last: str) -> dict[str, int]:
    return {first: block[0], last: block[1]}


def _used(tables: list[str], blocks: Blocks) -> Iterator[str]:
    """Statements that note the roots which rows of others point at."""
    with connection.cursor() as cursor:
        cursor.execute(_REFERENCES, [tables])
        references = cursor.fetchall()
    for source, column, target in references:
        first, last = blocks[target]
        where = f"{column} BETWEEN {first} AND {last}"
        if source in blocks:
            where += " AND id NOT BETWEEN {} AND {}".format(*blocks[source])
        if source in {_SEARCH, _GATHERINGS}:  # a gathering is used when somebody has registered for its event
            continue
        root, ids = target, f"SELECT {column} FROM {source} WHERE {where}"  # noqa: S608 - names of the catalogue's
        if root in {_CODES, _BATCHES}:
            batches = f"SELECT batch_id FROM {_CODES} WHERE id IN ({ids})" if root == _CODES else ids  # noqa: S608
            root, ids = "catalogue_item", f"SELECT item_id FROM {_BATCHES} WHERE id IN ({batches})"  # noqa: S608 - likewise
        while root in _PARTS:
            owner, parent = _PARTS[root]
            root, ids = parent, f"SELECT {owner} FROM {root} WHERE id IN ({ids})"  # noqa: S608 - likewise
        yield f"INSERT INTO kept_{root} {ids}"


def _kept(table: str) -> str:
    """The ids of a table that stay."""
    if table in _ROOTS:
        return f"SELECT id FROM kept_{table}"  # noqa: S608 - names of ours
    owner, parent = _PARTS[table]
    return f"SELECT id FROM {table} WHERE {owner} IN ({_kept(parent)})"  # noqa: S608 - names of ours


def _delete(table: str, key: str, kept: str) -> str:
    return f"DELETE FROM {table} WHERE {key} BETWEEN %s AND %s AND {key} NOT IN ({kept})"  # noqa: S608 - names of ours


def _remember(blocks: Blocks, kept: int, now: dt.datetime) -> None:
    """Forget the phases; what is left is remembered as one, because new rows would collide with it."""
    there = GeneratedPhase.objects.order_by("done_at")[0]
    GeneratedPhase.objects.all().delete()
    if kept:
        there.name, there.blocks, there.rows, there.done_at = KEPT, blocks, kept, now
        there.save(force_insert=True)
