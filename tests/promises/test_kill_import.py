"""kill -9 of the worker in the middle of an import, in both passes: the same end state as without (J1)."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import psycopg
import pytest
from tests.environment import ROOT
from tests.stack import Stack, clean_environment, stack

from foundation.runtime.database import embedded
from foundation.runtime.environment import read

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

    def wait(self, batch: int, busy: str) -> None:
        """Wait until a pass is over."""
        limit = time.monotonic() + PATIENCE_S
        while (now := self.ask("state", batch))["state"] == busy:
            assert time.monotonic() < limit, now
            time.sleep(0.05)

    def bring(self, during: Callable[[], AbstractContextManager[object]]) -> Any:
        """Send a file, have it written, with something happening in each pass. Returns what came of it."""
        with during():
            batch = self.last = self.ask("send", ROWS)
        self.wait(batch, "checking")
        with during():
            self.ask("write", batch)
        self.wait(batch, "writing")
        return self.ask("result", batch)


@contextlib.contextmanager
def killed_amid_a_chunk(portal: Stack) -> Iterator[None]:
    """The pass that is begun inside comes as far as its first report rows; there the worker is killed.

    What the chunk has written by then must not stay, because nothing says yet that the chunk was looked at.
    """
    server = embedded(read({"NMFO_DATA": str(portal.data)}))
    with psycopg.connect(server.dsn("nmfo")) as holder:
        holder.execute("LOCK TABLE catalogue_importrow IN SHARE MODE")
        yield
        limit = time.monotonic() + PATIENCE_S
        while not waits_for_reports(holder):
            assert time.monotonic() < limit
            time.sleep(0.05)
        os.kill(portal.pids("worker")[0], signal.SIGKILL)
        holder.rollback()


def waits_for_reports(holder: psycopg.Connection) -> bool:
    row = holder.execute(
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'catalogue_importrow'::regclass"
    ).fetchone()
    return bool(row and row[0])


def test_kill_9_of_the_worker_in_the_middle_of_an_import() -> None:
    with stack(fresh=False) as portal:
        organisation = Organisation(portal)
        calm = organisation.bring(contextlib.nullcontext)
        troubled = organisation.bring(lambda: killed_amid_a_chunk(portal))
        batch = organisation.ask("again", organisation.last)
        organisation.wait(batch, "checking")
        again = organisation.ask("result", batch)
        organisation.leave()

    assert calm["counts"] == [ROWS, 294, 0, 0, 6]
    assert again["counts"] == [ROWS, 0, 0, 294, 6]
    assert troubled == calm
