"""How far a long command is, on a stream that people look at."""

from __future__ import annotations

import time
from typing import Protocol

_EVERY_S = 2.0


class Stream(Protocol):
    """Where the lines go."""

    def write(self, text: str, /) -> object:
        """Say it."""

    def flush(self) -> None:
        """At once."""


class Progress:
    """Lines of one phase: rows done, rows a second, time left. At most one in two seconds."""

    def __init__(self, stream: Stream, name: str, whole: int) -> None:
        self.stream, self.name, self.whole = stream, name, whole
        self.done = 0
        self.began = self.said = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the phase began."""
        return time.monotonic() - self.began

    def add(self, rows: int) -> None:
        """So many more are done."""
        self.done += rows
        if time.monotonic() - self.said >= _EVERY_S:
            self.said = time.monotonic()
            speed = self.done / self.seconds
            left = max(0, self.whole - self.done) / speed
            self._say(
                f"{_grouped(self.done)} of {_grouped(self.whole)}, {_grouped(speed)} a second, {_clock(left)} left"
            )

    def note(self, what: str) -> None:
        """Say what is going on now."""
        self._say(f"{what}, {_clock(self.seconds)} so far")

    def finish(self, rows: int) -> None:
        """Say what it was."""
        speed = self.done / max(self.seconds, 0.001)
        self._say(f"done: {_grouped(rows)} rows in {self.seconds:.1f} s, {_grouped(speed)} {self.name} a second")

    def _say(self, text: str) -> None:
        self.stream.write(f"{self.name:13} {text}\n")
        self.stream.flush()


def _grouped(number: float) -> str:
    return f"{number:,.0f}".replace(",", " ")


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
