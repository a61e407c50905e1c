"""A run says what failed at once, and nothing in it hangs for ever."""

from __future__ import annotations

import faulthandler
import os

import pytest

AFTER_FAILURE_S = 240.0  # for the rest of a test that has failed: its teardown, and asking it again
_STDERR = os.dup(2)  # loaded before the output of tests is captured


class _AtOnce:
    """Say at once what failed or is asked again: a run that is cut off later has named it."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed or str(report.outcome) == "rerun":  # the word of pytest-rerunfailures
            word = "FAILED" if report.failed else "ASKED AGAIN"
            said = f"\n{word} {report.nodeid} ({report.when})\n{report.longreprtext[-3000:]}\n"
            self.config.get_terminal_writer().write(said, flush=True)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_AtOnce(config))


@pytest.hookimpl(trylast=True)
def pytest_exception_interact() -> None:
    """Keep watching a test that has failed: both watches of pytest stop there, for the sake of a debugger.

    This one says where all threads are and ends the process. A run of several processes goes on in a new one, with a
    new browser. faulthandler has one watch: pytest cancels it at the end of the test.
    """
    faulthandler.dump_traceback_later(AFTER_FAILURE_S, file=_STDERR, exit=True)
