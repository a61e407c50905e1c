"""DATABASE_URL: a server of somebody else's, refused when it would lose data; what people see when it goes away (S4, D4)."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from tests.environment import ROOT
from tests.stack import clean_environment, get_status, stack

from foundation.runtime.embedded import Embedded

pytestmark = pytest.mark.stack
FAST = ["max_connections=60"]
LOSING = [*FAST, "synchronous_commit=off"]


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="nmfo-other-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def url(server: Embedded, database: str) -> str:
    return f"postgresql://nmfo_admin:{server.password}@{quote(str(server.socket), safe='')}/{database}"


def prepare(data: Path, address: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nmfo", "prepare"],
        cwd=ROOT,
        env={**clean_environment(), "NMFO_DATA": str(data), "DATABASE_URL": address, "NMFO_DEMO": "0"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_unfit_server_is_refused_with_its_reasons_and_nothing_is_written(folder: Path) -> None:
    server = Embedded(folder / "pg", admin_password="p", settings=LOSING)
    server.up()
    try:
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            connection.execute(
                "CREATE DATABASE other TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc"
            )
            connection.execute("CREATE DATABASE plain TEMPLATE template0 LOCALE 'C' LOCALE_PROVIDER libc")

        refused = prepare(folder / "data", url(server, "other"))
        without_cyrillic = prepare(folder / "data", url(server, "plain"))

        with psycopg.connect(server.dsn("other")) as connection:
            tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    finally:
        server.down()
    assert refused.returncode == 1
    assert "synchronous_commit is off, it must be on: acknowledged data would be lost" in refused.stderr
    assert "the database's encoding is LATIN1, it must be UTF8" in refused.stderr
    assert "the locale does not know Cyrillic letters" in without_cyrillic.stderr
    assert "Traceback" not in refused.stderr + without_cyrillic.stderr
    assert tables == (0,)


def test_a_server_that_does_not_answer_is_named(folder: Path) -> None:
    refused = prepare(folder / "data", f"postgresql://somebody:x@{quote(str(folder), safe='')}/nmfo")

    assert refused.returncode == 1
    assert f"The database at {folder}:5432 does not let the portal in" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_portal_stands_on_another_server_and_lives_through_its_absence(folder: Path) -> None:
    server = Embedded(folder / "pg", admin_password="p", settings=FAST)
    server.up()
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE portal")
    try:
        with stack(DATABASE_URL=url(server, "portal")) as portal:
            assert portal.ready()
            assert portal.pids("postgres") != [server.pid()]

            server.down()

            for cookie in ("", "session=" + "a" * 32):
                status, page = ask(f"{portal.url}/", cookie)
                assert status == 503
                assert "Портал занят" in page
                status, page = ask(f"{portal.url}/no-such-page/", cookie)
                assert status in {404, 503}
                assert "<h1" in page
            assert get_status(f"{portal.url}/health/live") == 200
            assert get_status(f"{portal.url}/health/ready") == 503

            server.up()

            limit = time.monotonic() + 60
            while get_status(f"{portal.url}/") != 200:
                assert time.monotonic() < limit
                time.sleep(0.2)
            portal.wait_until_ready()
    finally:
        server.down()


def ask(address: str, cookie: str) -> tuple[int, str]:
    request = urllib.request.Request(address, headers={"Cookie": cookie} if cookie else {})  # noqa: S310 - our own
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
