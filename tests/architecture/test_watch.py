"""A run of the tests comes to an end, whatever hangs in it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.environment import ROOT

HANGS_AFTER_FAILURE = """
import time
import pytest
from tests import watch

watch.AFTER_FAILURE_S = 1

@pytest.fixture
def broken():
    yield
    time.sleep(600)

def test_fails(broken):
    raise AssertionError("as it should")
"""


def test_what_hangs_after_a_failure_is_ended_and_named(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\ntimeout = 5\nfaulthandler_timeout = 5\n")
    (tmp_path / "test_hangs.py").write_text(HANGS_AFTER_FAILURE)
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.watch", "-p", "no:django", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 1
    assert "FAILED test_hangs.py::test_fails (call)" in run.stdout
    assert 'test_hangs.py", line 11 in broken' in run.stderr
