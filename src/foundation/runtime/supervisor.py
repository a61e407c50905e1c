"""Starts parts, starts them again when they fall, stops them in order (reliability.md F1-F3, promise D4)."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import psutil

_PAUSES_S = (0.2, 0.5, 1.0, 2.0, 5.0)
_STEADY_S = 30
_TICK_S = 0.2
_PR_SET_PDEATHSIG = 1


@dataclass(slots=True, kw_only=True)
class Part:
    """A process to keep running. `address` answers 200 when the part is ready."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)
    address: str = ""
    stop_within_s: float = 10
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0
    falls: int = 0
    due_at: float = 0


def die_with_parent() -> None:
    """Have the kernel end this process when its parent is gone, so that no orphan serves old code."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Supervisor:
    """Keeps parts running until SIGTERM or SIGINT. `watch` is called at every tick: for what is not a child of ours."""

    def __init__(
        self,
        parts: Sequence[Part],
        *,
        watch: Callable[[], None] | None = None,
        before_stop: Callable[[], None] | None = None,
    ) -> None:
        self.parts = list(parts)
        self.watch = watch
        self.before_stop = before_stop
        self.stopping = False

    def start(self) -> None:
        """Start every part; takes over the signals of this process."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._ask_to_stop)
        for part in self.parts:
            self._start(part)

    def run(self) -> int:
        """Start, keep running, stop. Returns the exit code."""
        self.start()
        return self.keep()

    def keep(self) -> int:
        """Keep running until asked to stop."""
        while not self.stopping:
            if self.watch is not None:
                self.watch()
            for part in self.parts:
                self._heal(part)
            time.sleep(_TICK_S)
        self.stop()
        return 0

    def stop(self) -> None:
        """Readiness off, then the parts in turn: each may finish what it does."""
        if self.before_stop is not None:
            self.before_stop()
        for part in self.parts:
            self._stop(part)

    def wait_until_ready(self, limit_s: float) -> list[str]:
        """Wait for the parts that have an address. Returns the names of those that did not get ready."""
        limit = time.monotonic() + limit_s
        waiting = [part for part in self.parts if part.address]
        while waiting and time.monotonic() < limit and not self.stopping:
            if self.watch is not None:
                self.watch()
            for part in self.parts:
                self._heal(part)
            waiting = [part for part in waiting if not answers(part.address)]
            time.sleep(0.1)
        return [part.name for part in waiting]

    def _ask_to_stop(self, number: int, frame: object) -> None:
        self.stopping = True

    def _start(self, part: Part) -> None:
        part.process = subprocess.Popen(
            part.command,
            env={**os.environ, **part.environment},
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches the supervisor only
            preexec_fn=die_with_parent,  # noqa: PLW1509 - no threads are running here
        )
        part.started_at = time.monotonic()

    def _heal(self, part: Part) -> None:
        if part.process is None:
            if time.monotonic() >= part.due_at:
                self._start(part)
            return
        code = part.process.poll()
        if code is None:
            if part.falls and time.monotonic() - part.started_at > _STEADY_S:
                part.falls = 0
            return
        end_group(part.process.pid)
        pause = _PAUSES_S[min(part.falls, len(_PAUSES_S) - 1)]
        part.falls += 1
        print(f"{part.name} has fallen ({code}); starting it again in {pause} s", file=sys.stderr, flush=True)
        part.process, part.due_at = None, time.monotonic() + pause

    def _stop(self, part: Part) -> None:
        if part.process is None or part.process.poll() is not None:
            return
        part.process.terminate()
        try:
            part.process.wait(part.stop_within_s)
        except subprocess.TimeoutExpired:
            part.process.kill()
            part.process.wait()
        end_group(part.process.pid)


def end_group(group: int) -> None:
    """End what a fallen part has left behind: its session's processes carry its number as group."""
    for process in psutil.process_iter(["pid"]):
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            if process.pid != os.getpid() and os.getpgid(process.pid) == group:
                process.kill()


def answers(address: str) -> bool:
    """Whether the address answers 200."""
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)  # noqa: PLR2004
    except (urllib.error.URLError, OSError, ValueError):
        return False
