"""What goes wrong in earnest: a table that takes no row, a database that is away."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator

from django.db import connection

_REFUSE = """
CREATE FUNCTION refuse_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$
"""
_END_OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
# What an operation may leave behind when it fails: counts of tries stay counted, and bytes of files are swept later.
_LASTING = {"signin_throttle"}


@contextlib.contextmanager
def full(table: str) -> Iterator[None]:
    """The table takes no row, as when the disk is full."""
    with connection.cursor() as cursor:
        cursor.execute(_REFUSE)
        cursor.execute(
            f'CREATE TRIGGER refuse_row BEFORE INSERT ON "{table}" FOR EACH ROW EXECUTE FUNCTION refuse_row()'
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION refuse_row() CASCADE")


@contextlib.contextmanager
def database_away() -> Iterator[None]:
    """The database lets nobody in and has thrown out everybody but this test: the portal cannot reach it."""
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
        cursor.execute(_END_OTHERS)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {name} CONNECTION LIMIT -1")


def state(*but: str) -> dict[str, str]:
    """A digest of every table."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor)) - _LASTING - set(but)):
            cursor.execute(f'SELECT t::text FROM "{table}" t ORDER BY 1')
            found[table] = hashlib.sha256("\n".join(row[0] for row in cursor.fetchall()).encode()).hexdigest()
    return found
