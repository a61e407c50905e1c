from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings as real
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from tests.environment import ROOT
from tests.stack import clean_environment

from foundation.runtime import checkup
from foundation.runtime.keys import keys_file
from foundation.runtime.views import DRAINING

# The tests' server runs without fsync, and nobody backs it up.
ALWAYS = {"durability", "backup"}


def red() -> set[str]:
    return {finding.name for finding in checkup.findings() if not finding.ok}


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@contextlib.contextmanager
def keys_readable() -> Iterator[None]:
    keys_file().chmod(0o644)
    yield
    keys_file().chmod(0o600)


@contextlib.contextmanager
def keys_missing() -> Iterator[None]:
    aside = keys_file().with_suffix(".aside")
    keys_file().rename(aside)
    yield
    aside.rename(keys_file())


@contextlib.contextmanager
def little_room() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkup, "_FREE_BYTES", 2**62)
        yield


@contextlib.contextmanager
def clock_ahead() -> Iterator[None]:
    with time_machine.travel(timezone.now() + timedelta(seconds=5)):
        yield


@contextlib.contextmanager
def web_may_change() -> Iterator[None]:
    """The web comes as the owner: what DATABASE_URL with one role for everything means."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(real, "CONFIG", dataclasses.replace(real.CONFIG, db_role="web"))
        yield


@contextlib.contextmanager
def server_says(name: str, value: str) -> Iterator[None]:
    """The server answers otherwise for one of its settings."""
    sql("CREATE SCHEMA other")
    sql(
        "CREATE FUNCTION other.current_setting(name text) RETURNS text LANGUAGE sql AS "
        f"$$ SELECT CASE WHEN name = '{name}' THEN '{value}' ELSE pg_catalog.current_setting(name) END $$"
    )
    sql("SET LOCAL search_path = other, pg_catalog, public")
    yield


@contextlib.contextmanager
def done(statement: str) -> Iterator[None]:
    sql(statement)
    yield


@contextlib.contextmanager
def old_backup() -> Iterator[None]:
    stamp = Path(real.DATA) / "backup.stamp"
    stamp.touch()
    yesterday = timezone.now().timestamp() - 86_500
    os.utime(stamp, (yesterday, yesterday))
    yield


TROUBLES: dict[str, tuple[Callable[[], AbstractContextManager[None]], set[str]]] = {
    "keys.json can be read by others": (keys_readable, {"keys"}),
    "keys.json is gone": (keys_missing, {"keys"}),
    "the disk is nearly full": (little_room, {"disk"}),
    "the clocks differ": (clock_ahead, {"clock"}),
    "checksums are off": (lambda: server_says("data_checksums", "off"), {"checksums"}),
    "the server writes rows into its log": (
        lambda: server_says("log_error_verbosity", "default"),
        {"server's log"},
    ),
    "a migration waits": (
        lambda: done("DELETE FROM django_migrations WHERE app = 'signin'"),
        {"tables"},
    ),
    "the web may change the trail": (web_may_change, {"rights"}),
    "a job is stalled": (
        lambda: done("INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('urgent', 'x', 'doing')"),
        {"stalled jobs"},
    ),
    "a job was given up": (
        lambda: done("INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('urgent', 'x', 'failed')"),
        {"failed jobs"},
    ),
    "the backup is old": (old_backup, {"backup"}),
}


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    """A data folder with a fresh backup noted in it."""
    settings.DATA = tmp_path
    (tmp_path / "backup.stamp").touch()
    return tmp_path


@pytest.mark.django_db
@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("trouble", TROUBLES)
def test_d6_each_check_turns_red_for_its_own_reason_and_no_other(trouble: str) -> None:
    happens, expected = TROUBLES[trouble]
    assert red() == ALWAYS - {"backup"}

    with happens():
        assert red() == ALWAYS - {"backup"} | expected


@pytest.mark.django_db
def test_d6_a_backup_that_was_never_made_is_red(settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path

    assert red() == ALWAYS


@pytest.mark.django_db
@pytest.mark.usefixtures("folder")
def test_d6_everything_green_ends_well_and_one_red_thing_does_not() -> None:
    with server_says("fsync", "on"):
        sql("CREATE OR REPLACE FUNCTION other.current_setting(name text) RETURNS text LANGUAGE sql AS $$ SELECT CASE WHEN "
            "name IN ('fsync', 'synchronous_commit', 'full_page_writes') THEN 'on' ELSE pg_catalog.current_setting(name) END $$")  # fmt: skip
        told = io.StringIO()
        call_command("doctor", stdout=told)
        assert "RED" not in told.getvalue()

        with keys_readable(), pytest.raises(CommandError, match="red: keys"):
            call_command("doctor", stdout=told)
        assert "RED  keys: readable by others\n     chmod 600 " in told.getvalue()


@pytest.mark.django_db
def test_d6_an_unfit_server_is_named_with_its_reasons() -> None:
    reasons = checkup.unfit_reasons()

    assert [reason.split(" ")[0] for reason in reasons] == ["fsync", "synchronous_commit", "full_page_writes"]


@pytest.mark.django_db
def test_d6_readiness_goes_off_while_stopping(folder: Path) -> None:
    assert Client().get("/health/ready").status_code == 200

    (folder / DRAINING).touch()

    answer = Client().get("/health/ready")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["stopping"])
    assert Client().get("/health/live").status_code == 200


def test_d6_lost_keys_are_told_and_not_replaced(tmp_path: Path) -> None:
    environment = {**clean_environment(), "NMFO_DATA": str(tmp_path), "NMFO_SUPERVISED": "1", "PYTHONPATH": "src"}

    def nmfo(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "nmfo", command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )  # fmt: skip

    assert nmfo("config").returncode == 0
    file = tmp_path / "keys.json"
    file.unlink()
    doctor = nmfo("doctor")

    assert (doctor.returncode, doctor.stdout) == (1, "")
    assert doctor.stderr.startswith(f"{file} is missing.")
    assert not file.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("folder")
def test_d6_readiness_goes_off_without_keys() -> None:
    with keys_missing():
        answer = Client().get("/health/ready")

    assert (answer.status_code, answer.json()["reasons"]) == (503, ["the key file is missing"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("folder")
def test_d6_readiness_goes_off_without_tables_or_database_and_the_process_lives() -> None:
    away = (503, ["the database does not answer, or has no tables yet"])
    sql("ALTER TABLE django_migrations RENAME TO lost")
    try:
        tables = Client().get("/health/ready")
    finally:
        sql("ALTER TABLE lost RENAME TO django_migrations")
    place = connection.settings_dict["HOST"]
    connection.close()
    connection.settings_dict["HOST"] = "/nowhere"
    try:
        database, live, findings = Client().get("/health/ready"), Client().get("/health/live"), red()
    finally:
        connection.settings_dict["HOST"] = place

    assert (tables.status_code, tables.json()["reasons"]) == away
    assert (database.status_code, database.json()["reasons"]) == away
    assert live.status_code == 200
    assert findings == {"database"}
    assert Client().get("/health/ready").status_code == 200
