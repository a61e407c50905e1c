"""How we measure (docs/develop/bench.md): processor time per request over the whole server, ratios from one run.

Wall time on a shared machine swings; processor time does not. So a figure is user + system time of every process of
the web server and of PostgreSQL, divided by completed requests; a comparison is A, B, A, B … in one run, and what is
shown is the median of the pairs with their least and greatest. Requests go to loopback only, their number is fixed
beforehand, and one answer with another status than expected ends the run.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import http.client
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from foundation.runtime.embedded import Embedded

ROOT = Path(__file__).resolve().parent.parent
START_LIMIT_S = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Portal:
    """A running portal in a data folder of its own."""

    port: int
    data: Path
    supervisor: psutil.Process

    def processes(self) -> list[psutil.Process]:
        """Every process whose work belongs to a request: web workers and PostgreSQL."""
        found = []
        for process in self.supervisor.children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if "nmfo.config.wsgi" in " ".join(process.cmdline()):
                    found += [process, *process.children(recursive=True)]
        cluster = Embedded(self.data / "pg", admin_password="").root / "data"
        server = psutil.Process(int((cluster / "postmaster.pid").read_text().split("\n")[0]))
        return list({process.pid: process for process in (*found, server, *server.children())}.values())

    def cpu_seconds(self) -> float:
        """User and system seconds so far, own and of ended children."""
        total = 0.0
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                spent = process.cpu_times()
                total += spent.user + spent.system + spent.children_user + spent.children_system
        return total


@contextlib.contextmanager
def portal(folder: Path | None = None, **environment: str) -> Iterator[Portal]:
    """Start a portal and stop it afterwards: in a folder that stays, or in a temporary one that is removed."""
    data = Path(tempfile.mkdtemp(prefix="nmfo-bench-")) if folder is None else folder
    data.mkdir(parents=True, exist_ok=True)
    data.chmod(0o755)  # the database's own user has to pass when the bench is run by root
    port, other = free_port(), free_port()
    ours = {
        "NMFO_DATA": str(data),
        "NMFO_PORT": str(port),
        "GOSUSLUGI_PORT": str(other),
        "NMFO_CLIENT_PAGES_PER_S": "0",
        **environment,
    }
    with (data / "up.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "nmfo", "up"], cwd=ROOT, env={**os.environ, **ours}, stdout=log, stderr=log
        )
    try:
        _wait_until_ready(port, process, data)
        yield Portal(port=port, data=data, supervisor=psutil.Process(process.pid))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        if folder is None:
            shutil.rmtree(data, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(port: int, process: subprocess.Popen[bytes], data: Path) -> None:
    limit = time.monotonic() + START_LIMIT_S
    while time.monotonic() < limit and process.poll() is None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/health/ready")
            if connection.getresponse().status == http.client.OK:
                return
        time.sleep(0.2)
    sys.exit("the portal did not start:\n" + (data / "up.log").read_text()[-3000:])


def cost(portal: Portal, *, requests: int, threads: int, work: Callable[[int], object]) -> float:
    """Processor milliseconds of the server for one call of `work(number)`, called `requests` times by `threads`."""
    numbers = iter(range(requests))
    lock = threading.Lock()
    failures: list[BaseException] = []

    def run() -> None:
        while not failures:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            try:
                work(number)
            except (OSError, AssertionError, http.client.HTTPException) as error:
                failures.append(error)

    before = portal.cpu_seconds()
    crew = [threading.Thread(target=run) for _ in range(threads)]
    for member in crew:
        member.start()
    for member in crew:
        member.join()
    if failures:
        sys.exit(f"stopped: {failures[0]!r}")
    return (portal.cpu_seconds() - before) * 1000 / requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Two costs measured in turns, in milliseconds of processor time."""

    floor: float
    cost: float
    ratio: float
    least: float
    greatest: float

    def __str__(self) -> str:
        spread = f"{self.least:.2f}–{self.greatest:.2f} F"
        return f"{self.cost:.2f} ms = {self.ratio:.2f} F (F {self.floor:.2f} ms; {spread})"


def compare(floor: Callable[[], float], measured: Callable[[], float], *, pairs: int = 5) -> Compared:
    """Run floor, measured, floor, measured … and take the median of the pairs' ratios."""
    floors, costs = [], []
    for _ in range(pairs):
        floors.append(floor())
        costs.append(measured())
    ratios = [cost / under for cost, under in zip(costs, floors, strict=True)]
    return Compared(
        floor=statistics.median(floors),
        cost=statistics.median(costs),
        ratio=statistics.median(ratios),
        least=min(ratios),
        greatest=max(ratios),
    )


def heading(name: str) -> str:
    """The line above a result: what, when, on what."""
    today = dt.datetime.now(tz=dt.UTC).date()
    return f"{name}, {today:%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}"
