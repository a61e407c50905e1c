"""Loaded before anything reads the environment (`-p tests.environment`): the tests have a data folder of their own."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("NMFO_TEST_DATA", ROOT / "var" / "test")).resolve()
_KEPT = {"NMFO_TEST_DATA", "NMFO_REQUIRE_BROWSER"}

for name in [key for key in os.environ if key.startswith(("NMFO_", "GOSUSLUGI_", "DATABASE_"))]:
    if name not in _KEPT:
        del os.environ[name]
os.environ["NMFO_DATA"] = str(DATA)
os.environ["NMFO_DB_ROLE"] = "owner"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps an event loop in the test's thread
os.environ["DJANGO_SETTINGS_MODULE"] = "nmfo.config.settings"
sys.path.insert(0, str(ROOT / "src"))

from foundation.runtime.keys import read_keys  # noqa: E402 - after the path is set
from foundation.runtime.translations import compile_site  # noqa: E402

# Each worker of a run may change its keys; the passwords of the common server are the same in all of them.
_own = DATA / f"keys-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}.json"
read_keys(DATA / "keys.json")
shutil.copy(DATA / "keys.json", _own)  # with its mode: others may not read keys
os.environ["NMFO_KEYS"] = str(_own)

# Before Django looks for the texts: a catalogue that is not there at its first look is not looked for again.
compile_site("nmfo", DATA / "locale" / "nmfo")
