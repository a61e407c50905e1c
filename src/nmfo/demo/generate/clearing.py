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
_REFERENCES = """
SELECT c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text
FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
WHERE c.contype = 'f' AND c.confrelid = ANY(%s::regclass[]) ORDER BY 1, 2
"""
# An item keeps its organisation, an organisation its people, and who works there keeps it.
_CLOSURE = """
INSERT INTO kept_organisations_organisation
  SELECT organisation_id FROM catalogue_item WHERE id IN (SELECT id FROM kept_catalogue_item)
  UNION SELECT organisation_id FROM organisations_member WHERE account_id IN (SELECT id FROM kept_accounts_account);
INSERT INTO kept_accounts_account
  SELECT account_id FROM organisations_member
  WHERE organisation_id IN (SELECT id FROM kept_organisations_organisation);
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
        tables = [table for table in (*_PARTS, *_ROOTS) if table in blocks]
        progress = Progress(stream, "removing", len(tables))
        used = list(_used(tables, blocks))  # now: the foreign keys that it goes by will be away
        with laid_bare([*tables, _SEARCH], emptying=True), connection.cursor() as cursor:
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
            for table in tables:
                progress.note(table)
                cursor.execute(_delete(table, "id", _kept(table)), blocks[table])
                removed += cursor.rowcount
            for table in tables:
                cursor.execute(f"SELECT count(*) FROM {table} WHERE id BETWEEN %s AND %s", blocks[table])  # noqa: S608
                kept += cursor.fetchone()[0]
            _remember(blocks, kept, now)
        with connection.cursor() as cursor:
            for table in (*tables, _SEARCH):
                cursor.execute(f"VACUUM (ANALYZE) {table}")
                cursor.execute(f"REINDEX TABLE {table}")  # emptied indexes keep their size otherwise
        progress.note("done")
        return Cleared(removed=removed, kept=kept)


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
        if source == _SEARCH:
            continue
        root, ids = target, f"SELECT {column} FROM {source} WHERE {where}"  # noqa: S608 - names of the catalogue's
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
