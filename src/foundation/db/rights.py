"""Rights of the web role: everything it needs and no more (reliability.md L6, T4)."""

from __future__ import annotations

from django.db import connection, transaction

from foundation.db.operations import TRIGGER
from foundation.runtime.database import ROLES

_APPEND_ONLY = """
SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE t.tgname = %s AND c.relnamespace = 'public'::regnamespace ORDER BY 1
"""


def append_only_tables() -> list[str]:
    """Names of the tables whose rows are never changed."""
    with connection.cursor() as cursor:
        cursor.execute(_APPEND_ONLY, [TRIGGER])
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def grant_rights() -> int:
    """Give the web role its rights on every table. Returns how many tables are append-only for it.

    Does nothing when the role is not there (a server of one's own with a single role); `nmfo doctor` says so.
    """
    role = connection.ops.quote_name(ROLES["web"])
    closed = append_only_tables()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLES["web"]])
        if cursor.fetchone() is None:
            return 0
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}")
        cursor.execute(f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}")
        for table in closed:
            cursor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {connection.ops.quote_name(table)} FROM {role}")
    return len(closed)
