"""The whole portal in processes of its own, as `./run` starts it."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.environment import DATA, ROOT

START_LIMIT_S = 300  # of a machine on which other tests run


@dataclass(slots=True, kw_only=True)
class Stack:
    """A running portal."""

    url: str
    data: Path
    process: subprocess.Popen[str]
    environment: dict[str, str]

    def start_again(self) -> None:
        """Another `./run` in the same folder, after this one has ended."""
        assert self.process.poll() is not None
        self.process = _start(self.data, self.environment)
        _wait_for_greeting(self.data, self.process)

    def ready(self) -> bool:
        """Whether it answers."""
        return get_status(f"{self.url}/health/ready") == 200

    def wait_until_ready(self, limit_s: float = 60) -> None:
        """Wait; fails when it does not come back."""
        limit = time.monotonic() + limit_s
        while not self.ready():
            assert time.monotonic() < limit, (self.data / "up.log").read_text()[-3000:]
            time.sleep(0.1)

    def pids(self, part: str) -> list[int]:
        """Processes of a part: `web` (granian's main one), `web worker`, `worker`, `postgres`."""
        if part == "postgres":
            with contextlib.suppress(FileNotFoundError, ValueError):
                return [int((self.cluster() / "postmaster.pid").read_text().split("\n")[0])]
            return []
        words = {"web": "nmfo.config.wsgi", "web worker": "nmfo.config.wsgi", "worker": "nmfo worker"}[part]
        top = [child for child in psutil.Process(self.process.pid).children() if words in _words(child)]
        return (
            [child.pid for parent in top for child in parent.children()]
            if part == "web worker"
            else [one.pid for one in top]
        )

    def cluster(self) -> Path:
        """The folder of PostgreSQL."""
        return self.data / "pg" / "data"

    def letters(self) -> list[dict[str, Any]]:
        """What /dev/mail.json shows."""
        with urllib.request.urlopen(f"{self.url}/dev/mail.json", timeout=20) as answer:  # noqa: S310 - our own address
            found: list[dict[str, Any]] = json.load(answer)
            return found


def _words(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:  # it has just ended
        return ""


def get_status(address: str) -> int:
    """The status of a GET; 0 when nobody answers."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - our own address
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return int(error.code)
    except OSError:
        return 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment() -> dict[str, str]:
    """Without what belongs to this process's own portal."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("NMFO_", "GOSUSLUGI_", "DJANGO_", "DATABASE_"))
    }


@contextlib.contextmanager
def stack(*, fresh: bool = True, **environment: str) -> Iterator[Stack]:
    """Start a portal in a temporary folder; stop it afterwards.

    A fresh folder is empty: the portal makes its tables and demo there, which takes a minute of processor time. Another
    one is a copy of a folder in which that was done and which was stopped as people stop it.
    """
    data = _folder()
    if not fresh:
        subprocess.run(["cp", "-a", f"{_prepared()}/.", str(data)], check=True)  # with owners: PostgreSQL's is another
    running = _running(data, environment)
    try:
        _wait_for_greeting(data, running.process)
        yield running
    finally:
        _stop(running)
        shutil.rmtree(data, ignore_errors=True)


def _folder() -> Path:
    data = Path(tempfile.mkdtemp(prefix="nmfo-"))
    data.chmod(0o755)  # the database's own user has to pass when root runs the tests
    return data


def _running(data: Path, environment: dict[str, str]) -> Stack:
    port = free_port()
    ours = {
        "NMFO_DATA": str(data),
        "NMFO_PORT": str(port),
        "GOSUSLUGI_PORT": str(free_port()),
        "NMFO_WEB_WORKERS": "2",
        **environment,
    }
    return Stack(url=f"http://127.0.0.1:{port}", data=data, process=_start(data, ours), environment=ours)


def _stop(running: Stack) -> None:
    if running.process.poll() is None:
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(60)


def _prepared() -> Path:
    """A folder in which a portal of this very source was started and stopped; the workers of a run share it."""
    wanted = hashlib.sha256(dt.datetime.now(dt.UTC).date().isoformat().encode())
    for path in sorted((ROOT / "src").rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            wanted.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    kept = DATA / f"portal-{wanted.hexdigest()[:16]}"
    with (DATA / "portal.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            for old in DATA.glob("portal-*"):
                shutil.rmtree(old)
            data = _folder()
            running = _running(data, {})
            _wait_for_greeting(data, running.process)
            _stop(running)
            subprocess.run(["mv", str(data), str(kept)], check=True)
    return kept


def _start(data: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    with (data / "up.log").open("w") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "nmfo", "up"],
            cwd=ROOT,
            env={**clean_environment(), **environment},
            stdout=log,
            stderr=log,
            text=True,
        )


def _wait_for_greeting(data: Path, process: subprocess.Popen[str]) -> None:
    limit = time.monotonic() + START_LIMIT_S
    while "Ctrl-C" not in (data / "up.log").read_text():
        assert process.poll() is None, (data / "up.log").read_text()[-3000:]
        assert time.monotonic() < limit, (data / "up.log").read_text()[-3000:]
        time.sleep(0.2)
