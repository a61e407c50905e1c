"""What an operator does with the queue."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app


def retry_job(job_id: int) -> None:
    """Put a failed job back into its queue, to be run at once."""
    app.job_manager.retry_job_by_id(job_id=job_id, retry_at=timezone.now())
