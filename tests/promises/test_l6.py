from __future__ import annotations

import psycopg
import pytest
from django.db import IntegrityError, connection
from tests.credit_builders import an_entry, awaited

from foundation.runtime.keys import keys
from nmfo.credits.operations.sealing import seal_ledger

TABLES = ("credits_ledgerentry", "credits_usedorigin", "credits_ledgerseal", "credits_expectationstep")


@pytest.mark.django_db(transaction=True)
def test_l6_the_web_role_can_neither_change_nor_remove_an_entry() -> None:
    entry = an_entry()
    params = connection.get_connection_params()
    web = psycopg.connect(
        host=params["host"], dbname=params["dbname"], user="nmfo_web", password=keys().database["web"], autocommit=True
    )

    with web:
        assert web.execute("SELECT credits FROM credits_ledgerentry").fetchone() == (36,)
        for statement in (
            "UPDATE credits_ledgerentry SET credits = 72",
            "DELETE FROM credits_ledgerentry",
            "TRUNCATE credits_ledgerentry CASCADE",
            "DELETE FROM credits_usedorigin",
            "ALTER TABLE credits_ledgerentry DISABLE TRIGGER USER",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                web.execute(statement)
    entry.refresh_from_db()
    assert entry.credits == 36


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", TABLES)
def test_l6_even_the_owner_meets_the_trigger(table: str) -> None:
    entry = an_entry()
    awaited(entry.specialist)
    assert seal_ledger() is not None
    column = "entry_id" if table == "credits_usedorigin" else "id"

    for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
        with pytest.raises(IntegrityError, match="append-only"), connection.cursor() as cursor:
            cursor.execute(statement)
