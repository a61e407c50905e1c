"""The tests' own PostgreSQL: a cluster without fsync, kept in var/test and shared by the workers of a run."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys

import pytest

from foundation.runtime.database import TEST_SETTINGS, embedded, provision
from foundation.runtime.environment import config
from foundation.runtime.keys import keys
from foundation.runtime.translations import compile_site
from tests.environment import DATA, ROOT

_server = embedded(config(), TEST_SETTINGS)
_ENVIRONMENT = {**os.environ, "NMFO_SUPERVISED": "1", "PYTHONPATH": str(ROOT / "src")}


def pytest_configure(config: pytest.Config) -> None:
    _server.up()
    provision(_server, keys(), [])
    with (DATA / "static.lock").open("a") as lock:  # the workers of a run share the folder
        fcntl.flock(lock, fcntl.LOCK_EX)
        compile_site("nmfo", DATA / "locale" / "nmfo")
        subprocess.run(
            [sys.executable, "-m", "nmfo", "collectstatic", "--noinput", "-v", "0"],
            check=True,
            cwd=ROOT,
            env=_ENVIRONMENT,
        )


def pytest_unconfigure(config: pytest.Config) -> None:
    _server.down()
