"""How often a failed job is tried again, and when it is given up (promise J2)."""

from __future__ import annotations

from procrastinate import RetryStrategy

# Procrastinate runs a job once more than it says: five tries in all, the last about ten minutes after the first.
RETRY = RetryStrategy(max_attempts=4, exponential_wait=4)
