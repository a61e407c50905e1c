"""kill -9 of the worker in the middle of an import, in both passes: the same end state as without (J1)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest
from tests.environment import ROOT
from tests.stack import Stack, clean_environment, stack

pytestmark = pytest.mark.stack
ROWS = 300
PATIENCE_S = 300


class Organisation:
    """Somebody of an organisation who sends files to the running portal."""

    last: int

    def __init__(self, portal: Stack) -> None:
        ours = {"NMFO_DATA": str(portal.data), "NMFO_DB_ROLE": "web", "DJANGO_SETTINGS_MODULE": "nmfo.config.settings"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.import_driver"],
            cwd=ROOT,
            env={**clean_environment(), **ours, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def leave(self) -> None:
        """End the process: it reads until there is nothing more."""
        self.process.communicate(timeout=30)

    def ask(self, command: str, number: int) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{command} {number}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def wait(self, batch: int, busy: str, kills: int, portal: Stack) -> int:
        """Wait until a pass is over; kill the worker so many times in the middle of it. Returns how many were killed."""
        limit, killed, seen = time.monotonic() + PATIENCE_S, 0, 0
        while (now := self.ask("state", batch))["state"] == busy:
            assert time.monotonic() < limit, now
            if killed < kills and seen < now["done"] < now["rows"] and (pids := portal.pids("worker")):
                os.kill(pids[0], signal.SIGKILL)
                killed, seen = killed + 1, now["done"]
            time.sleep(0.02)
        return killed

    def bring(self, portal: Stack, kills: int) -> tuple[int, Any]:
        """Send a file, have it written. Returns how often the worker was killed, and what came of it."""
        batch = self.last = self.ask("send", ROWS)
        killed = self.wait(batch, "checking", kills, portal)
        self.ask("write", batch)
        killed += self.wait(batch, "writing", kills, portal)
        return killed, self.ask("result", batch)


def test_kill_9_of_the_worker_in_the_middle_of_an_import() -> None:
    with stack() as portal:
        organisation = Organisation(portal)
        _none, calm = organisation.bring(portal, 0)
        killed, troubled = organisation.bring(portal, 1)
        killed_batch = organisation.last
        batch = organisation.ask("again", killed_batch)
        organisation.wait(batch, "checking", 0, portal)
        again = organisation.ask("result", batch)
        organisation.leave()

    assert killed >= 1
    assert calm["counts"] == [ROWS, 294, 0, 0, 6]
    assert again["counts"] == [ROWS, 0, 0, 294, 6]
    assert troubled == calm
