"""Which PostgreSQL a site talks to: the embedded one, or the one that DATABASE_URL names.

Two roles: `owner` makes the tables, `web` uses them. The web role may not change or delete rows of append-only tables
(reliability.md L6, T4): `grant_rights` is run after every migration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

from foundation.runtime.embedded import Embedded
from foundation.runtime.environment import Config
from foundation.runtime.keys import Keys, read_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

# What a server may write down of an error (P4): neither the row that broke a rule (DETAIL), nor the statement, nor what
# was put into it. A server of somebody else's is asked for them by `nmfo doctor`.
DISCREET_SETTINGS = {
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_statement": "none",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
# Figures: performance.md section 4 (pglz costs several times the processor time of an insert).
EMBEDDED_SETTINGS = (
    "max_connections=100",
    "shared_buffers=256MB",
    "max_wal_size=4GB",
    "checkpoint_timeout=30min",
    "wal_compression=off",
    "password_encryption=scram-sha-256",
    "idle_in_transaction_session_timeout=60s",
    *(f"{name}={value}" for name, value in DISCREET_SETTINGS.items()),
)
TEST_SETTINGS = (*EMBEDDED_SETTINGS, "fsync=off", "synchronous_commit=off", "full_page_writes=off")
# Prepared statements cost a quarter less (performance.md 16). Migrations bring several commands in one string, which
# cannot be prepared, so the owner goes without.
_FAST = {"server_side_binding": True, "prepare_threshold": 0}
ROLES = {"owner": "nmfo_owner", "web": "nmfo_web"}


def embedded(config: Config, settings: Sequence[str] = EMBEDDED_SETTINGS) -> Embedded:
    """The embedded server of this installation (not started)."""
    keys = read_keys(config.keys_path)
    return Embedded(config.data / "pg", admin_password=keys.database["admin"], settings=settings)


def provision(server: Embedded, keys: Keys, databases: Sequence[str]) -> None:
    """Make the roles and databases of the embedded server. Running it again changes nothing."""
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        for name, role in ROLES.items():
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), keys.database[name]))
        connection.execute(sql.SQL("ALTER ROLE {} CREATEDB").format(sql.Identifier(ROLES["owner"])))
        for database in databases:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(
                        sql.Identifier(database), sql.Identifier(ROLES["owner"])
                    )
                )


def django_database(config: Config, name: str, url: str = "", owner_url: str = "") -> dict[str, Any]:
    """The entry of Django's DATABASES for a site's database called `name`."""
    common: dict[str, Any] = {
        "ENGINE": "foundation.db.postgresql",
        "CONN_MAX_AGE": None,  # a connection for each request costs 5.9 ms (performance.md 16)
        "CONN_HEALTH_CHECKS": True,  # a connection that PostgreSQL's end has dropped is replaced, not used
        "OPTIONS": {"connect_timeout": 5, **({} if config.db_role == "owner" else _FAST)},
        "ATOMIC_REQUESTS": False,
        "DISABLE_SERVER_SIDE_CURSORS": False,
    }
    chosen = owner_url if config.db_role == "owner" and owner_url else url
    if chosen:
        return common | parse_url(chosen)
    keys = read_keys(config.keys_path)
    server = embedded(config)
    return common | {
        "NAME": name,
        "HOST": str(server.socket),
        "PORT": "",
        "USER": ROLES[config.db_role],
        "PASSWORD": keys.database[config.db_role],
    }


def parse_url(url: str) -> dict[str, Any]:
    """Split postgresql://user:password@host:port/name into Django's words. Raises ValueError for another scheme."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError("DATABASE_URL must begin with postgresql://; no other database is supported")
    return {
        "NAME": unquote(parts.path.lstrip("/")),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
    }
