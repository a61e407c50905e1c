from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException

import psutil
import psycopg
import pytest
from tests.environment import ROOT
from tests.stack import Stack, clean_environment, get_status, stack
from tests.support.visitor import Visitor

from foundation.runtime.database import embedded
from foundation.runtime.environment import read
from foundation.runtime.views import DRAINING

pytestmark = pytest.mark.stack


def test_d4_a_second_start_in_the_folder_says_what_runs(portal: Stack) -> None:
    ours = {"NMFO_DATA": str(portal.data), "NMFO_PORT": portal.url.rpartition(":")[2]}
    second = subprocess.run(
        [sys.executable, "-m", "nmfo", "up"],
        cwd=ROOT,
        env={**clean_environment(), **ours},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert second.returncode == 0
    assert f"runs already (process {portal.process.pid})" in second.stdout


def test_d4_a_port_of_a_stranger_is_named(portal: Stack, tmp_path_factory: pytest.TempPathFactory) -> None:
    ours = {"NMFO_DATA": str(tmp_path_factory.mktemp("other")), "NMFO_PORT": portal.url.rpartition(":")[2]}
    second = subprocess.run(
        [sys.executable, "-m", "nmfo", "up"],
        cwd=ROOT,
        env={**clean_environment(), **ours},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert second.returncode == 1
    assert "is taken by another program" in second.stderr


@pytest.mark.parametrize("part", ["web worker", "web", "worker", "postgres"])
def test_d4_whatever_is_killed_comes_back(portal: Stack, part: str) -> None:
    before = portal.pids(part)
    os.kill(before[0], signal.SIGKILL)

    limit = time.monotonic() + 60
    while not (now := portal.pids(part)) or before[0] in now or not psutil.pid_exists(now[0]):
        assert time.monotonic() < limit
        time.sleep(0.2)
    portal.wait_until_ready()
    assert get_status(f"{portal.url}/sign-in/") == 200
    assert alive([before[0]]) == []


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE]


def everything(portal: Stack) -> list[int]:
    return [pid for part in ("web", "web worker", "worker", "postgres") for pid in portal.pids(part)]


def test_d4_after_kill_9_of_everything_a_start_needs_no_hand_and_a_stop_loses_nothing() -> None:
    """The supervisor is killed first; its children go with it. Then a page is held up while the portal is told to stop."""
    with stack(fresh=False) as portal:
        children = [pid for part in ("web", "web worker", "worker") for pid in portal.pids(part)]
        os.kill(portal.process.pid, signal.SIGKILL)
        os.kill(portal.pids("postgres")[0], signal.SIGKILL)
        portal.process.wait(10)
        limit = time.monotonic() + 10
        while alive(children):
            assert time.monotonic() < limit, "children outlive their supervisor"
            time.sleep(0.1)

        portal.start_again()
        assert get_status(f"{portal.url}/sign-in/") == 200
        pids = everything(portal)

        server = embedded(read({"NMFO_DATA": str(portal.data)}))
        with psycopg.connect(server.dsn("nmfo")) as holder, ThreadPoolExecutor(4) as crew:
            holder.execute("LOCK TABLE signin_usedchallenge, signin_throttle IN ACCESS EXCLUSIVE MODE")
            held = [crew.submit(sign_in_status, portal) for _page in range(4)]
            wait_until(lambda: waiting(holder) == len(held))
            portal.process.send_signal(signal.SIGTERM)
            wait_until((portal.data / DRAINING).exists)
            time.sleep(1)
            assert portal.process.poll() is None
            holder.rollback()
            code = portal.process.wait(60)

        assert [one.result() for one in held] == [422] * len(held)
        assert code == 0
        assert alive(pids) == []


def wait_until(ready: Callable[[], bool]) -> None:
    limit = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < limit
        time.sleep(0.05)


def waiting(connection: psycopg.Connection) -> int:
    """How many wait for a lock."""
    row = connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
    return int(row[0]) if row else 0


def sign_in_status(portal: Stack) -> int:
    """The status of a wrong sign-in; 0 when the connection is cut."""
    visitor = Visitor(portal, "127.0.0.1")
    token = visitor.get("/sign-in/").value("csrfmiddlewaretoken")
    form = {"csrfmiddlewaretoken": token, "login": "112-233-445 95", "password": "wrong"}
    try:
        return visitor.ask("POST", "/sign-in/", form).status
    except (OSError, HTTPException):
        return 0
