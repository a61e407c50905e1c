"""What `nmfo doctor` looks at: each check is green or red with what to do (promise D6)."""

from __future__ import annotations

import datetime as dt
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from foundation.runtime.database import DISCREET_SETTINGS
from foundation.runtime.keys import keys_file

_OLDEST = 150_000
_FREE_BYTES = 2 * 1024**3
_DRIFT = dt.timedelta(seconds=2)
_BACKUP_AGE_S = 86_400
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check. `advice` says what to do when it is red."""

    name: str
    ok: bool
    text: str
    advice: str = ""


def unfit_reasons() -> list[str]:
    """Why a database server cannot carry the portal: release, encoding, locale, durability (dependencies.md 3, F10)."""
    reasons = [
        f"{name} is {found}, it must be on: acknowledged data would be lost"
        for name, wanted in _DURABLE.items()
        if (found := _setting(name)) != wanted
    ]
    if int(_setting("server_version_num")) < _OLDEST:
        reasons.append(f"it is PostgreSQL {_setting('server_version')}, the portal needs 15 or newer")
    if _setting("server_encoding") != "UTF8":
        # no other question is put to it: Cyrillic letters would not get through
        return [*reasons, f"the database's encoding is {_setting('server_encoding')}, it must be UTF8"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT lower('Ё') = 'ё' AND 'Ё' ~* 'ё'")
        if not cursor.fetchone()[0]:
            reasons.append("the locale does not know Cyrillic letters: create the database with LC_CTYPE=C.UTF-8")
    return reasons


def findings() -> Iterator[Finding]:
    """All checks, those that need no database first."""
    yield _keys()
    yield _disk()
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        yield Finding(
            name="database", ok=False, text=f"does not answer: {type(error).__name__}", advice="start it: ./run"
        )
        return
    yield Finding(name="database", ok=True, text="answers")
    for check in _CHECKS:
        yield check()


def _setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        return str(cursor.fetchone()[0])


def _keys() -> Finding:
    file = keys_file()
    if not file.exists():
        return Finding(name="keys", ok=False, text="keys.json is missing", advice="restore it from its own backup")
    open_to = stat.S_IMODE(file.stat().st_mode) & 0o077
    return Finding(
        name="keys",
        ok=not open_to,
        text="readable by others" if open_to else "present, readable by the portal only",
        advice=f"chmod 600 {file.name}",
    )


def _disk() -> Finding:
    free = shutil.disk_usage(settings.DATA).free
    return Finding(
        name="disk",
        ok=free > _FREE_BYTES,
        text=f"{free / 1024**3:.1f} GiB free",
        advice="make room: uploads stop first",
    )


def _durability() -> Finding:
    reasons = unfit_reasons()
    return Finding(
        name="durability",
        ok=not reasons,
        text="; ".join(reasons) or "fsync, commits and encoding are as they must be",
        advice="put the server's settings right",
    )


def _discretion() -> Finding:
    talkative = [name for name, value in DISCREET_SETTINGS.items() if _setting(name) != value]
    return Finding(
        name="server's log",
        ok=not talkative,
        text=", ".join(talkative) if talkative else "has no values of rows",
        advice="people's data would stand in it: set "
        + ", ".join(f"{name}={DISCREET_SETTINGS[name]}" for name in talkative),
    )


def _checksums() -> Finding:
    on = _setting("data_checksums") == "on"
    return Finding(
        name="checksums",
        ok=on,
        text="on" if on else "off: silent damage of the disk would not be seen",
        advice="pg_checksums --enable while the server is stopped",
    )


def _migrations() -> Finding:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return Finding(
        name="tables",
        ok=not waiting,
        text=f"{len(waiting)} migrations wait" if waiting else "up to date",
        advice="nmfo prepare",
    )


def _rights() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname = 'append_only' "
            "AND has_table_privilege(%s, c.oid, 'UPDATE')",
            [settings.DATABASES["default"]["USER"]],
        )
        tables = [row[0] for row in cursor.fetchall()]
    web = settings.CONFIG.db_role == "web"
    return Finding(
        name="rights",
        ok=not tables or not web,
        text="the web role may change " + ", ".join(tables) if tables and web else "append-only tables are closed",
        advice="give DATABASE_OWNER_URL for migrations and a role of its own for the web, then nmfo grant",
    )


def _clock() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        drift = abs(timezone.now() - cursor.fetchone()[0])
    return Finding(
        name="clock",
        ok=drift < _DRIFT,
        text=f"{drift.total_seconds():.1f} s from the database's",
        advice="synchronise the clocks of both machines",
    )


def _count(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('procrastinate_jobs') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(query)
        return int(cursor.fetchone()[0])


def _stalled() -> Finding:
    count = _count(
        "SELECT count(*) FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id WHERE "
        "j.status = 'doing' AND (w.id IS NULL OR w.last_heartbeat < now() - interval '120 seconds')"
    )
    return Finding(name="stalled jobs", ok=not count, text=str(count), advice="is the worker running? nmfo worker")


def _poisoned() -> Finding:
    count = _count("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")
    return Finding(name="failed jobs", ok=not count, text=str(count), advice="look at /operator/jobs/")


def _backup() -> Finding:
    stamp = Path(settings.DATA) / "backup.stamp"
    if not stamp.exists():
        return Finding(
            name="backup",
            ok=False,
            text="none was ever made here",
            advice="set up pg_basebackup and a copy of keys.json kept apart, then touch backup.stamp (docs/operate)",
        )
    age = timezone.now().timestamp() - stamp.stat().st_mtime
    return Finding(
        name="backup",
        ok=age < _BACKUP_AGE_S,
        text=f"{age / 3600:.0f} h old",
        advice="make one a day at least",
    )


_CHECKS: tuple[Callable[[], Finding], ...] = (
    _durability,
    _discretion,
    _checksums,
    _migrations,
    _rights,
    _clock,
    _stalled,
    _poisoned,
    _backup,
)
