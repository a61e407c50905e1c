"""`nmfo up`: everything on this machine under one supervisor. What `./run` calls."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from django.core.management.base import BaseCommand, CommandError

from foundation.runtime.database import embedded, provision
from foundation.runtime.embedded import Embedded, EmbeddedFailed
from foundation.runtime.environment import Config, config
from foundation.runtime.keys import keys
from foundation.runtime.parts import web_part, worker_part
from foundation.runtime.supervisor import Supervisor
from foundation.runtime.views import DRAINING

_READY_WITHIN_S = 90
_WATCH_EVERY_S = 1.0


class Command(BaseCommand):
    help = "Start everything: database, both sites, worker. Ctrl-C stops it."
    requires_system_checks: list[str] = []

    def handle(self, *args: object, **options: object) -> None:
        here = config()
        here.data.mkdir(parents=True, exist_ok=True)
        lock = _only_one(here)
        if lock is None:
            return
        (here.data / "running.json").unlink(missing_ok=True)  # of one that was killed
        _check_ports(here)
        (here.data / DRAINING).unlink(missing_ok=True)
        both_elsewhere = here.database_url and here.gosuslugi_database_url
        server = None if both_elsewhere else self._database(here)
        try:
            self._prepare()
            raise SystemExit(self._serve(here, server))
        finally:
            if server is not None:
                server.down()
            (here.data / "running.json").unlink(missing_ok=True)
            lock.close()

    def _database(self, here: Config) -> Embedded:
        self.stdout.write("Starting PostgreSQL …")
        server = embedded(here)
        try:
            server.up()
        except EmbeddedFailed as error:
            raise CommandError(str(error)) from error
        provision(server, keys(), ["nmfo", "gosuslugi"])
        return server

    def _prepare(self) -> None:
        for site in ("nmfo", "gosuslugi"):
            self.stdout.write(f"Preparing {site} …")
            self.stdout.flush()
            environment = {**os.environ, "NMFO_SUPERVISED": "1", "NMFO_DB_ROLE": "owner"}
            result = subprocess.run([sys.executable, "-m", site, "prepare"], env=environment, check=False)
            if result.returncode:
                raise CommandError(f"{site} could not be prepared; the lines above say why")

    def _serve(self, here: Config, server: Embedded | None) -> int:
        supervisor = Supervisor(
            [web_part("nmfo"), worker_part(), web_part("gosuslugi")],
            watch=_Watch(server) if server is not None else None,
            before_stop=lambda: _stop_admitting(here),
        )
        supervisor.start()
        _tell_others(here, ready=False)
        late = supervisor.wait_until_ready(_READY_WITHIN_S)
        if late and not supervisor.stopping:
            supervisor.stop()
            raise CommandError(f"{', '.join(late)} did not get ready in {_READY_WITHIN_S} s; the lines above say why")
        if not supervisor.stopping:
            _tell_others(here, ready=True)
            self._greet(here)
        code = supervisor.keep()
        self.stdout.write("Stopped.")
        return code

    def _greet(self, here: Config) -> None:
        result = subprocess.run(
            [sys.executable, "-m", "nmfo", "demo", "--show"],
            env={**os.environ, "NMFO_SUPERVISED": "1"},
            check=False,
            capture_output=True,
            text=True,
        )
        lines = ["", f"  Portal      {here.address}/", f"  Госуслуги   http://localhost:{here.gosuslugi_port}/"]
        if not here.smtp_host:
            lines.append(f"  Letters     {here.address}/dev/mail/")
        if here.demo and not result.returncode:
            lines += ["", *("  " + line for line in result.stdout.splitlines())]
        lines += ["", "  Ctrl-C stops everything.", ""]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


class _Watch:
    """Starts PostgreSQL again when it has died; looks once a second."""

    def __init__(self, server: Embedded) -> None:
        self.server, self.next_at = server, 0.0

    def __call__(self) -> None:
        if time.monotonic() < self.next_at:
            return
        self.next_at = time.monotonic() + _WATCH_EVERY_S
        if self.server.pid() is None and self.server.heal():
            print("PostgreSQL had died; it runs again", file=sys.stderr, flush=True)


def _stop_admitting(here: Config) -> None:
    (here.data / DRAINING).touch()


def _only_one(here: Config) -> IO[str] | None:
    lock = (here.data / "up.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        print(_already(here.data / "running.json"))
        return None
    return lock


def _tell_others(here: Config, *, ready: bool) -> None:
    """What a second ./run in this folder says; not asked of the portal itself, whose answer may be late under load."""
    running = {"pid": os.getpid(), "nmfo": here.address, "gosuslugi": f"http://localhost:{here.gosuslugi_port}"}
    (here.data / "running.json").write_text(json.dumps({**running, "ready": ready}))


def _already(file: Path) -> str:
    try:
        running = json.loads(file.read_text())
    except (OSError, ValueError):
        return "The portal is being started in this folder by another ./run."
    state = "runs" if running["ready"] else "is starting"
    return f"The portal {state} already (process {running['pid']}): {running['nmfo']}/ and {running['gosuslugi']}/"


def _check_ports(here: Config) -> None:
    for port, variable in ((here.port, "NMFO_PORT"), (here.gosuslugi_port, "GOSUSLUGI_PORT")):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((here.host, port))
            except OSError:
                raise CommandError(
                    f"Port {port} is taken by another program. Choose one: {variable}=8100 ./run"
                ) from None
