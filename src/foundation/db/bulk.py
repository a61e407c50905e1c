"""Loading and emptying big tables: indexes, foreign keys and triggers go before the rows and come back after them.

All of it in one transaction of the owner's role: what fails or is killed leaves the tables as they were. Checks of
columns stay in force; unique and foreign keys are checked as a whole when they come back. Other sessions wait for it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from django.db import connection, transaction

from foundation.db.pgcopy import HEAD, TAIL, Rows

# Primary keys stay, others refer to them. So do partial indexes: PostgreSQL writes their conditions in other words when
# they come back, and they are small or grow at their end.
_INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
FROM pg_index i WHERE i.indrelid = ANY(%s::regclass[]) AND i.indpred IS NULL AND NOT EXISTS (
  SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))
ORDER BY 1
"""
_CONSTRAINTS = """
SELECT c.conrelid::regclass::text, quote_ident(c.conname), pg_get_constraintdef(c.oid)
FROM pg_constraint c
WHERE c.contype = 'f' AND (c.conrelid = ANY(%(tables)s::regclass[]) OR c.confrelid = ANY(%(referred)s::regclass[]))
   OR c.contype = 'u' AND c.conrelid = ANY(%(tables)s::regclass[])
      AND NOT EXISTS (SELECT 1 FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = c.conindid)
ORDER BY c.contype = 'f', 1, 2
"""


@contextlib.contextmanager
def laid_bare(tables: Sequence[str], *, emptying: bool = False) -> Iterator[None]:
    """The tables without secondary indexes, unique and foreign keys and own triggers, in one transaction.

    `emptying` takes away the foreign keys that refer to them instead, and leaves the indexes that find the rows.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        indexes: list[tuple[str, str]] = []
        if not emptying:
            cursor.execute(_INDEXES, [list(tables)])
            indexes = cursor.fetchall()
        bare = [] if emptying else list(tables)
        cursor.execute(_CONSTRAINTS, {"tables": bare, "referred": list(tables) if emptying else []})
        constraints = cursor.fetchall()
        for table, name, _definition in reversed(constraints):
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        for _name, definition in indexes:
            cursor.execute(definition)
        for table, name, definition in constraints:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        for table in tables:
            cursor.execute(f"ANALYZE {table}")


def hold_ids(table: str, count: int = 0) -> int:
    """The first free id of a table; `count` ids from it on are the caller's. Others wait until the transaction ends.

    Unlike nextval, a transaction that is rolled back gives the ids back.
    """
    with connection.cursor() as cursor:
        sequence = _sequence(table)
        cursor.execute(f"ALTER SEQUENCE {sequence} CACHE 1")  # takes the lock
        first = last_id(table) + 1
        cursor.execute(f"ALTER SEQUENCE {sequence} RESTART WITH {first + count}")
        return first


def last_id(table: str) -> int:
    """The last id that a table has given; 0 when none."""
    with connection.cursor() as cursor:
        sequence = _sequence(table)
        cursor.execute(f"SELECT last_value - (NOT is_called)::int FROM {sequence}")  # noqa: S608 - a catalogue's name
        return int(cursor.fetchone()[0])


def _sequence(table: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
        return str(cursor.fetchone()[0])


def copy_rows(batch: Rows) -> int:
    """Send rows to their table. Returns how many."""
    with connection.cursor() as cursor, cursor.copy(batch.statement) as copy:
        copy.write(HEAD)
        copy.write(batch.data)
        copy.write(TAIL)
    return batch.count
