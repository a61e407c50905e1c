"""What goes wrong in earnest: a table that takes no row."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator

from django.db import connection

_REFUSE = """
CREATE FUNCTION refuse_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$
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


def state(*but: str) -> dict[str, str]:
    """A digest of every table."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor)) - _LASTING - set(but)):
            cursor.execute(f'SELECT t::text FROM "{table}" t ORDER BY 1')
            found[table] = hashlib.sha256("\n".join(row[0] for row in cursor.fetchall()).encode()).hexdigest()
    return found
