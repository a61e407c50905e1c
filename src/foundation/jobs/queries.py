"""What operators see of the queue."""

from __future__ import annotations

from django.db.models import QuerySet
from procrastinate.contrib.django.models import ProcrastinateJob


def poisoned_jobs() -> QuerySet[ProcrastinateJob]:
    """Jobs that were given up after their tries, newest first (promise J2)."""
    rows: QuerySet[ProcrastinateJob] = ProcrastinateJob.objects.filter(status="failed").order_by("-id")
    return rows
