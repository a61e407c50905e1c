"""`nmfo worker`: run background jobs until told to stop."""

from __future__ import annotations

import asyncio

from django.core.management.base import BaseCommand
from procrastinate.contrib.django import app

from foundation.runtime.environment import config
from foundation.runtime.logs import set_up
from foundation.runtime.supervisor import die_with_parent

QUEUES = ["urgent", "mail", "default"]
_AT_ONCE = 4


class Command(BaseCommand):
    help = "Run background jobs: urgent letters first."
    requires_system_checks: list[str] = []

    def handle(self, *args: object, **options: object) -> None:
        die_with_parent()
        set_up(config().log_level)
        asyncio.run(self._work())

    async def _work(self) -> None:
        connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]  # documented, not typed
        with app.replace_connector(connector) as ours:
            async with ours.open_async():
                await ours.run_worker_async(
                    queues=QUEUES,
                    concurrency=_AT_ONCE,
                    shutdown_graceful_timeout=30,
                    fetch_job_polling_interval=2,
                    update_heartbeat_interval=5,
                    stalled_worker_timeout=30,
                )
