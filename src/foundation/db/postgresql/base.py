"""The module that Django looks for in the ENGINE of a database."""

from __future__ import annotations

import select
from collections.abc import Sequence
from typing import Any

from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that is asked whether it lives only when in doubt, and that keeps a cursor for short reads."""

    _reader: Any = None

    def is_usable(self) -> bool:
        """Whether the connection can be used; asked once a request (CONN_HEALTH_CHECKS).

        A server that ends, is killed or drops a connection closes the socket or says so first. Nobody else sends
        anything on a connection at rest: a socket with nothing to read needs no `SELECT 1`, which was a seventh
        statement on pages that ask six.
        """
        return self._is_silent() or super().is_usable()

    def _is_silent(self) -> bool:
        if self.connection is None or self.connection.closed or not hasattr(select, "poll"):
            return False
        if self.connection.info.transaction_status != TransactionStatus.IDLE:  # of a failed one Django asks as well
            return False
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN | select.POLLPRI)
        return not waiting.poll(0)

    def rows_of(self, statement: str, values: Sequence[Any] | dict[str, Any]) -> list[tuple[Any, ...]]:
        """All that a statement finds, by a cursor kept for it: a new one costs as much as PostgreSQL's answer.

        Errors are Django's. Where statements are counted or watched it goes the usual way, which tells of them.
        """
        if self.queries_logged or self.execute_wrappers:
            with self.cursor() as usual:
                usual.execute(statement, values)
                return list(usual.fetchall())
        self.validate_thread_sharing()
        self.validate_no_broken_transaction()
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors:
            if self._reader is None or self._reader.connection is not self.connection:
                self._reader = self.create_cursor()
            self._reader.execute(statement, values)
            return list(self._reader.fetchall())
