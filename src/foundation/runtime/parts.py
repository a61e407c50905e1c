"""The parts that make up a running installation, as commands."""

from __future__ import annotations

import os
import sys

from foundation.runtime.environment import config
from foundation.runtime.supervisor import Part

_THREADS = 4
_MOST_WORKERS = 4


def web_workers() -> int:
    """How many web processes: one a core, at most four."""
    return config().web_workers or min(_MOST_WORKERS, os.cpu_count() or 1)


def web_part(site: str) -> Part:
    """Granian with what reliability.md F1-F5 teaches: respawn, limits on waiting, and a supervisor above."""
    port = config().port if site == "nmfo" else config().gosuslugi_port
    workers = web_workers() if site == "nmfo" else 1
    return Part(
        name=f"{site} web",
        command=[
            sys.executable,
            "-m",
            "granian",
            "--interface",
            "wsgi",
            "--host",
            config().host,
            "--port",
            str(port),
            "--workers",
            str(workers),
            "--blocking-threads",
            str(_THREADS),
            "--respawn-failed-workers",
            "--workers-kill-timeout",
            "30",
            "--backlog",
            "2048",
            "--backpressure",
            "1024",
            "--http1-header-read-timeout",
            "5000",
            "--no-ws",
            "--log-level",
            "warning",
            "--no-access-log",
            f"{site}.config.wsgi:application",
        ],
        environment={"NMFO_DB_ROLE": "web", "NMFO_SUPERVISED": "1", "NMFO_WORKERS_BESIDE": str(workers)},
        address=f"http://{config().host}:{port}/health/ready",
        stop_within_s=35,
    )


def worker_part() -> Part:
    """The worker of background jobs."""
    return Part(
        name="worker",
        command=[sys.executable, "-m", "nmfo", "worker"],
        environment={"NMFO_DB_ROLE": "web", "NMFO_SUPERVISED": "1"},
        stop_within_s=35,
    )
