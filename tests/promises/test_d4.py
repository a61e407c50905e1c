from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from tests.environment import ROOT
from tests.stack import Stack, clean_environment, get_status, stack

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
    assert not psutil.pid_exists(before[0]) or psutil.Process(before[0]).status() == psutil.STATUS_ZOMBIE


def test_d4_a_stop_drains_and_ends_with_zero() -> None:
    with stack() as portal:
        pids = [pid for part in ("web", "web worker", "worker", "postgres") for pid in portal.pids(part)]
        with ThreadPoolExecutor(4) as crew:
            asked = [crew.submit(get_status, f"{portal.url}/help/") for _ in range(40)]
            portal.process.send_signal(signal.SIGTERM)
            code = portal.process.wait(60)
        assert code == 0
        assert {one.result() for one in asked} <= {200, 0}
        assert [
            pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        ] == []
