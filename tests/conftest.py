"""The tests' own PostgreSQL: a cluster without fsync, kept in var/test and shared by the workers of a run."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg import sql
from pytest_django.plugin import DjangoDbBlocker, blocking_manager_key

from foundation.db.operations import TRIGGER
from foundation.db.rights import append_only_tables, grant_rights
from foundation.runtime.database import ROLES, TEST_SETTINGS, embedded, provision
from foundation.runtime.environment import config
from foundation.runtime.keys import keys
from foundation.ui.kept import forget_pages
from tests.environment import DATA, ROOT

_END_ALL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'"
)
_EMPTY_QUEUE = (
    "TRUNCATE procrastinate_jobs, procrastinate_periodic_defers, procrastinate_workers RESTART IDENTITY CASCADE"
)
_COMMITTING = {"transactional_db", "live_server"}
_server = embedded(config(), TEST_SETTINGS)
_MIGRATE = """
import sys, django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from django.core.management import call_command
call_command("migrate", interactive=False, verbosity=0)
"""
_ENVIRONMENT = {**os.environ, "NMFO_SUPERVISED": "1", "PYTHONPATH": str(ROOT / "src")}


def pytest_configure(config: pytest.Config) -> None:
    _server.up()
    settings.SEARCH_LOOK_S = settings.RULES_KEPT_S = settings.SHOWN_KEPT_S = 0  # a test finds what it has just written
    settings.CLIENT_PAGES_PER_S = 0  # and asks as fast as it can
    with (DATA / "start.lock").open("a") as lock:  # the workers of a run share the server and the folder
        fcntl.flock(lock, fcntl.LOCK_EX)
        provision(_server, keys(), [])
        connection.settings_dict["TEST"]["TEMPLATE"] = _migrated()
        subprocess.run(
            [sys.executable, "-m", "nmfo", "collectstatic", "--noinput", "-v", "0"],
            check=True,
            cwd=ROOT,
            env=_ENVIRONMENT,
        )


def _migrated() -> str:
    """The database that tests' databases are copies of; made anew when a migration or a requirement has changed."""
    wanted = hashlib.sha256()
    for path in [*sorted((ROOT / "src").rglob("migrations/*.py")), *sorted((ROOT / "requirements").iterdir())]:
        wanted.update(path.name.encode() + path.read_bytes())
    name = f"migrated_{wanted.hexdigest()[:16]}"
    with psycopg.connect(_server.dsn(), autocommit=True) as server:
        found = [row[0] for row in server.execute("SELECT datname FROM pg_database WHERE datname LIKE 'migrated%'")]
        if name in found:
            return name
        for old in found:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(old)))
        unfinished, owner = sql.Identifier("migrated"), sql.Identifier(ROLES["owner"])
        server.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(unfinished, owner))
        subprocess.run([sys.executable, "-c", _MIGRATE, "migrated"], check=True, cwd=ROOT, env=_ENVIRONMENT)
        server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(unfinished, sql.Identifier(name)))
    return name


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the long tests over the first half: none is left for the end, and few of them run beside each other."""
    long = [item for item in items if item.get_closest_marker("stack") or item.get_closest_marker("long")]
    rest = [item for item in items if item not in long]
    step = max(1, len(rest) // (2 * len(long) + 1))
    for number, item in enumerate(long):
        rest.insert(number * (step + 1), item)
    items[:] = rest


def pytest_unconfigure(config: pytest.Config) -> None:
    _server.down()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Tests that commit are cleaned by TRUNCATE, which append-only tables refuse: in the tests' database they do not.

    UPDATE and DELETE stay refused; that the web role has no right to TRUNCATE is the business of promise T4.
    """
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in append_only_tables():
            cursor.execute(f"DROP TRIGGER IF EXISTS {TRIGGER}_whole ON {connection.ops.quote_name(table)}")
        grant_rights()
        _lists()
    yield
    connection.close()
    with psycopg.connect(_server.dsn(), autocommit=True) as server:  # servers' and workers' threads keep connections
        server.execute(_END_ALL, [connection.settings_dict["NAME"]])


def _lists() -> None:
    """The reference lists, which nearly every test needs: loaded by each they were a fifth of a run."""
    from tests.builders import lists  # after the applications are loaded

    lists()


def _commits(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("django_db")
    return bool((mark and mark.kwargs.get("transaction")) or _COMMITTING & set(getattr(item, "fixturenames", ())))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """After a test that commits, Django has emptied all tables: bring the lists back."""
    yield
    if _commits(item) and nextitem is not None:  # with the last one the database goes
        with item.config.stash[blocking_manager_key].unblock():
            _lists()


@pytest.fixture(autouse=True)
def _forget_pages() -> None:
    from nmfo.catalogue.search.index import forget_index  # after the texts are compiled

    forget_pages()  # kept in the process, which outlives a test
    forget_index()


@pytest.fixture(autouse=True)
def _empty_queue(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """After a test that commits, empty the queue: its tables are not Django's, so Django's own clearing leaves them."""
    yield
    if _commits(request.node):
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(_EMPTY_QUEUE)
