from __future__ import annotations

import psycopg
import pytest
from django.db import connection
from tests.promises.test_t2 import written

from foundation.db.rights import append_only_tables
from foundation.runtime.keys import keys


@pytest.mark.django_db(transaction=True)
def test_t4_the_web_role_can_add_and_read_and_nothing_else() -> None:
    written("a")
    params = connection.get_connection_params()
    web = psycopg.connect(
        host=params["host"], dbname=params["dbname"], user="nmfo_web", password=keys().database["web"], autocommit=True
    )

    assert set(append_only_tables()) == {"audit_entry", "audit_seal", "signin_authevent", "accounts_agreementversion"}
    with web:
        assert web.execute("SELECT count(*) FROM audit_entry").fetchone() == (1,)
        web.execute(
            "INSERT INTO audit_entry (action, subject, agent, request_id, reason, before, after) VALUES ('b', 'x', '', '', '', '{}', '{}')"
        )
        for table in append_only_tables():
            for statement in (
                f"UPDATE {table} SET id = id",
                f"DELETE FROM {table}",
                f"TRUNCATE {table}",
                f"ALTER TABLE {table} DISABLE TRIGGER USER",
                f"DROP TABLE {table}",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    web.execute(statement)


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET action = 'z'", "DELETE FROM audit_entry"])
def test_t4_even_the_owner_meets_the_trigger(statement: str) -> None:
    written("a")

    with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
        cursor.execute(statement)
