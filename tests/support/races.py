"""Operations that meet at a lock: all of them stand before it until the test lets go, so the race is always the same."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from foundation.errors import Refused

_PATIENCE_S = 60
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def after_waiting(rows: QuerySet[Any], *acts: Callable[[], object]) -> list[object]:
    """Hold the rows until every operation waits for them, then let go. What each gave, or was refused with."""
    answers: list[object] = []

    def run(act: Callable[[], object]) -> None:
        try:
            answers.append(act())
        except Refused as refusal:
            answers.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    try:
        with transaction.atomic():
            assert list(rows.select_for_update(of=("self",), no_key=True))
            for thread in threads:
                thread.start()
            limit = time.monotonic() + _PATIENCE_S
            while _waiting() < len(acts):
                assert time.monotonic() < limit, f"{_waiting()} of {len(acts)} wait; done: {answers}"
                time.sleep(0.02)
    finally:
        for thread in threads:
            thread.join(_PATIENCE_S)
    return answers


def _waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees what it saw first
        cursor.execute(_WAITING)
        return int(cursor.fetchone()[0])
