"""Processes that make the parts of a phase; their results come back in order.

A worker holds its own end of the pipe only, so it ends when the main process is killed.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection

from foundation.db.pgcopy import Rows
from nmfo.demo.generate.plan import Facts, Part, Plan

Maker = Callable[[Plan, Facts, Part], list[Rows]]
_WORTH_IT = 5  # parts
_AHEAD = 2  # parts that each worker has before it, so that none waits for the database


class WorkerFailed(Exception):
    """A worker could not make its part; the message is its traceback."""


def made_in_order(
    maker: Maker, plan: Plan, facts: Facts, parts: Sequence[Part], *, processes: int
) -> Iterator[list[Rows]]:
    """What the maker makes of each part. A few parts are made here: starting processes would take longer."""
    if processes == 1 or len(parts) < _WORTH_IT:
        yield from (maker(plan, facts, part) for part in parts)
        return
    context = multiprocessing.get_context("spawn")  # a fork would carry the database's connection along
    with contextlib.ExitStack() as stack:
        ends: list[Connection] = []
        for _number in range(min(processes, len(parts))):
            here, there = context.Pipe()
            worker = context.Process(target=_work, args=(there, maker, plan, facts), daemon=True)
            worker.start()
            there.close()
            stack.callback(worker.join)
            stack.callback(here.close)
            ends.append(here)
        waiting = deque(parts)
        for end in ends * _AHEAD:
            if waiting:
                end.send(waiting.popleft())
        for number in range(len(parts)):
            end = ends[number % len(ends)]
            try:
                made = end.recv()
            except (EOFError, ConnectionResetError):
                raise WorkerFailed("A worker was ended from outside.") from None
            if isinstance(made, str):
                raise WorkerFailed(made)
            if waiting:
                end.send(waiting.popleft())
            yield made


def _work(end: Connection, maker: Maker, plan: Plan, facts: Facts) -> None:
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):  # the main process is gone or done
        while True:
            part = end.recv()
            try:
                made: list[Rows] | str = maker(plan, facts, part)
            except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError):
                made = traceback.format_exc()
            end.send(made)
