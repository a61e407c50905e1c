"""How often a failed job is tried again, and when it is given up (promise J2)."""

from __future__ import annotations

from procrastinate import JobContext, RetryStrategy

# Procrastinate runs a job once more than it says: five tries in all, the last about ten minutes after the first.
RETRY = RetryStrategy(max_attempts=4, exponential_wait=4)


def is_last_try(context: JobContext) -> bool:
    """Whether the job is given up when it fails now: what somebody waits for should then end in words."""
    return RETRY.max_attempts is not None and context.job.attempts >= RETRY.max_attempts
