"""Our connection to PostgreSQL: asked whether it lives only when in doubt, and with a cursor kept for reads."""

from __future__ import annotations

import select
from typing import TYPE_CHECKING, Any, cast

import pytest
from django.db import DataError, IntegrityError, connection, connections, transaction
from django.db.backends.postgresql import base
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from foundation.db.rows import rows_of

if TYPE_CHECKING:
    from foundation.db.postgresql.base import DatabaseWrapper

OURS = cast("DatabaseWrapper", connection)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What a statement said of the connection, each time it was asked."""
    said: list[bool] = []
    usual = base.DatabaseWrapper.is_usable

    def ask(self: base.DatabaseWrapper) -> bool:
        said.append(usual(self))
        return said[-1]

    monkeypatch.setattr(base.DatabaseWrapper, "is_usable", ask)
    return said


def drop() -> None:
    """PostgreSQL ends our connection, as it does when it is started anew."""
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            assert OURS.connection is not None
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [OURS.connection.info.backend_pid])
    finally:
        other.close()


def wait_for_its_word() -> None:
    """PostgreSQL tells a listener after the other's commit has been answered, on a busy machine much later."""
    assert OURS.connection is not None
    readable, _, _ = select.select([OURS.connection.fileno()], [], [], 60)
    assert readable, "nothing was said in a minute"


@pytest.mark.django_db(transaction=True)
def test_a_silent_connection_is_not_asked(asked: list[bool]) -> None:
    rows_of("SELECT 1", [])
    assert OURS.is_usable()
    assert asked == []


@pytest.mark.django_db(transaction=True)
def test_what_postgresql_says_of_itself_is_a_doubt_and_no_end(asked: list[bool]) -> None:
    connection.cursor().execute("LISTEN anything")
    other = connections.create_connection("default")
    try:
        other.cursor().execute("NOTIFY anything")
    finally:
        other.close()
    wait_for_its_word()
    assert OURS.is_usable()
    assert asked == [True]


@pytest.mark.django_db(transaction=True)
def test_a_dropped_connection_is_found_and_replaced(asked: list[bool]) -> None:
    before = rows_of("SELECT pg_backend_pid()", [])
    drop()
    begun: Any = OURS
    begun.health_check_enabled, begun.health_check_done = True, False  # as at the beginning of a request
    after = rows_of("SELECT pg_backend_pid()", [])
    assert asked == [False]
    assert after != before


@pytest.mark.django_db(transaction=True)
def test_a_read_opens_the_connection_that_is_not_there() -> None:
    connection.close()
    assert rows_of("SELECT 1", []) == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_a_failed_transaction_is_a_doubt() -> None:
    with pytest.raises(DataError), transaction.atomic():
        try:
            rows_of("SELECT 1 / %s", [0])
        finally:
            assert not OURS.is_usable()
    assert OURS.is_usable()


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_is_closed_is_not_usable() -> None:
    rows_of("SELECT 1", [])
    assert OURS.connection is not None
    OURS.connection.close()
    assert not OURS.is_usable()
    connection.close()


@pytest.mark.django_db
def test_the_kept_cursor_reads_within_the_transaction() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE seen (n integer UNIQUE) ON COMMIT DROP")
        cursor.execute("INSERT INTO seen VALUES (7)")
    assert rows_of("SELECT n FROM seen WHERE n = %s", [7]) == [(7,)]
    assert rows_of("SELECT n FROM seen WHERE n = %(n)s", {"n": 8}) == []


@pytest.mark.django_db
def test_errors_of_the_kept_cursor_are_djangos() -> None:
    with pytest.raises(DataError), transaction.atomic():
        rows_of("SELECT 1 / %s", [0])
    assert rows_of("SELECT 1", []) == [(1,)]
    with pytest.raises(TransactionManagementError), transaction.atomic():
        with pytest.raises(IntegrityError), transaction.atomic(savepoint=False):
            raise IntegrityError
        rows_of("SELECT 1", [])


@pytest.mark.django_db
def test_statements_of_the_kept_cursor_are_counted_and_watched() -> None:
    with CaptureQueriesContext(connection) as counted:
        rows_of("SELECT 1", [])
    assert [one["sql"] for one in counted.captured_queries] == ["SELECT 1"]
    seen: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        rows_of("SELECT 2", [])
    assert seen == ["SELECT 2"]
