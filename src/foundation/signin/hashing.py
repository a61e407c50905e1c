"""Argon2id at a cost that a rush can bear, and never more hashes at once than there are cores (reliability.md F14)."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.hashers import Argon2PasswordHasher

from foundation.errors import Overloaded

_WAIT_S = 3
_slots = threading.BoundedSemaphore(
    max(1, (os.cpu_count() or 1) // max(1, int(os.environ.get("NMFO_WORKERS_BESIDE", "1"))))
)


class TooBusy(Overloaded):
    """No core was free for a hash within three seconds."""


@contextmanager
def _slot() -> Iterator[None]:
    if not _slots.acquire(timeout=_WAIT_S):
        raise TooBusy
    try:
        yield
    finally:
        _slots.release()


class PortalArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes, one lane (OWASP; identity.md 7.8)."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _slot():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _slot():
            return super().verify(password, encoded)
