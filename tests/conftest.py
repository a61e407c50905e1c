"""The tests' own PostgreSQL: a cluster without fsync, kept in var/test and shared by the workers of a run."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("NMFO_TEST_DATA", ROOT / "var" / "test")).resolve()

os.environ["NMFO_DATA"] = str(DATA)
os.environ["NMFO_DB_ROLE"] = "owner"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps an event loop in the test's thread
for name in [key for key in os.environ if key.startswith(("NMFO_", "GOSUSLUGI_", "DATABASE_"))]:
    if name not in {"NMFO_DATA", "NMFO_DB_ROLE", "NMFO_TEST_DATA", "NMFO_REQUIRE_BROWSER"}:
        del os.environ[name]
sys.path.insert(0, str(ROOT / "src"))

from foundation.runtime.database import TEST_SETTINGS, embedded, provision  # noqa: E402
from foundation.runtime.environment import config  # noqa: E402
from foundation.runtime.keys import keys  # noqa: E402

_server = embedded(config(), TEST_SETTINGS)


def pytest_configure(config: pytest.Config) -> None:
    _server.up()
    provision(_server, keys(), [])


def pytest_unconfigure(config: pytest.Config) -> None:
    _server.down()
