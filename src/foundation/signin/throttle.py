"""Counting tries and closing a way for a while: one atomic statement a try (identity.md 7.3).

A try is reserved before anything is checked; so of many tries made at once exactly as many as allowed get through.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass

from django.db import connection

from foundation.runtime.keys import keys

_RESERVE = """
INSERT INTO signin_throttle AS t (key, hits, window_end, locked_until)
VALUES (%(key)s, 1, %(now)s::timestamptz + %(window)s::int * interval '1 second', NULL)
ON CONFLICT (key) DO UPDATE SET
  hits = CASE WHEN t.locked_until > %(now)s THEN t.hits
              WHEN t.window_end < %(now)s OR t.locked_until IS NOT NULL THEN 1 ELSE t.hits + 1 END,
  window_end = CASE WHEN t.locked_until > %(now)s THEN t.window_end
              WHEN t.window_end < %(now)s OR t.locked_until IS NOT NULL
                   THEN %(now)s::timestamptz + %(window)s::int * interval '1 second' ELSE t.window_end END,
  locked_until = CASE WHEN t.locked_until > %(now)s THEN t.locked_until
              WHEN t.window_end >= %(now)s AND t.locked_until IS NULL AND t.hits + 1 > %(limit)s
                   THEN %(now)s::timestamptz + %(lock)s::int * interval '1 second' ELSE NULL END
RETURNING hits, locked_until
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a reservation found. `locked_until` is None while tries are allowed."""

    hits: int
    locked_until: dt.datetime | None

    @property
    def allowed(self) -> bool:
        """Whether this try may go on."""
        return self.locked_until is None


def whole_minute(at: dt.datetime) -> dt.datetime:
    """The first whole minute from a moment on: who is told hours and minutes is not refused at that time."""
    down = at.replace(second=0, microsecond=0)
    return down if down == at else down + dt.timedelta(minutes=1)


def reserve(key: str, *, limit: int, window_s: int, lock_s: int, now: dt.datetime) -> Verdict:
    """Count a try under `key`; the one after `limit` tries within the window closes the way for `lock_s` seconds.

    Tries while it is closed neither count nor prolong it. Meant to run outside a transaction, so that the count stays
    when the request fails.
    """
    values: dict[str, str | int | dt.datetime] = {
        "key": _hidden(key),
        "limit": limit,
        "window": window_s,
        "lock": lock_s,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RESERVE, values)
        hits, locked_until = cursor.fetchone()
    return Verdict(hits=hits, locked_until=locked_until if locked_until and locked_until > now else None)


def give_back(key: str) -> None:
    """Take back one counted try: it turned out not to be of the kind that is counted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE signin_throttle SET hits = greatest(hits - 1, 0) WHERE key = %s AND locked_until IS NULL",
            [_hidden(key)],
        )


def lock(key: str, *, until: dt.datetime) -> None:
    """Close the way at once: the last allowed try was wrong."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE signin_throttle SET locked_until = %s WHERE key = %s AND locked_until IS NULL",
            [until, _hidden(key)],
        )


def peek(*names: str, now: dt.datetime) -> list[Verdict]:
    """What stands under each key, without counting: one query for all of them."""
    hidden = [_hidden(name) for name in names]
    with connection.cursor() as cursor:
        cursor.execute("SELECT key, hits, window_end, locked_until FROM signin_throttle WHERE key = ANY(%s)", [hidden])
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    return [_verdict(*rows.get(key, (0, now, None)), now=now) for key in hidden]


def _verdict(hits: int, window_end: dt.datetime, locked_until: dt.datetime | None, *, now: dt.datetime) -> Verdict:
    if locked_until is not None and locked_until > now:
        return Verdict(hits=0 if window_end < now else hits, locked_until=locked_until)
    over = window_end < now or locked_until is not None
    return Verdict(hits=0 if over else hits, locked_until=None)


def clear(*names: str) -> None:
    """Forget the tries under the keys."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM signin_throttle WHERE key = ANY(%s)", [[_hidden(name) for name in names]])


def _hidden(key: str) -> str:
    return hmac.new(keys().derive, f"throttle:{key}".encode(), hashlib.sha256).hexdigest()
