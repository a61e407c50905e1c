"""Running the queue in a test: the real worker, until nothing is left."""

from __future__ import annotations

import threading

from django.db import connection
from procrastinate.contrib.django import app

QUEUES = ["urgent", "mail", "default"]


def run_jobs() -> None:
    """Run every job that is due. In a thread of its own: the browser's driver keeps an event loop in the test's."""
    failures: list[BaseException] = []

    def work() -> None:
        try:
            connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
            with app.replace_connector(connector) as ours:
                ours.run_worker(queues=QUEUES, wait=False, install_signal_handlers=False, listen_notify=False)
        except BaseException as error:  # noqa: BLE001 - handed to the test's thread
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(60)
    if failures:
        raise failures[0]
