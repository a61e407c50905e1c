"""Putting a job into the queue by its name: operations cannot import the tasks, which call them."""

from __future__ import annotations

import functools
from typing import Any

from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.jobs import JobDeferrer
from procrastinate.manager import JobManager


def configure_job(name: str, **options: Any) -> JobDeferrer:
    """A job of a task, to be deferred in the caller's transaction: it commits or vanishes with what it is about (J1).

    In the process of the worker the queue has connections of its own, and a job that is deferred over them is there
    before its row is: another worker takes it, finds nothing and is done. So it always goes over Django's.
    """
    deferrer = app.configure_task(name, **options)
    deferrer.job_manager = _over_django()
    return deferrer


@functools.cache
def _over_django() -> JobManager:
    return JobManager(DjangoConnector())
