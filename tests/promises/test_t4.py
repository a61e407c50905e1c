from __future__ import annotations

import psycopg
import pytest
from django.db import IntegrityError, connection
from tests.builders import a_specialist
from tests.credit_builders import a_programme
from tests.promises.test_t2 import sealed, written
from tests.stack import Stack, get_status

from foundation.audit.models import Entry, Seal
from foundation.audit.queries import verify_chain
from foundation.db.rights import append_only_tables
from foundation.runtime.database import ROLES, embedded
from foundation.runtime.environment import read
from foundation.runtime.keys import keys
from nmfo.credits.models import LedgerSeal
from nmfo.credits.operations.sealing import seal_ledger

TRAIL = ("audit_entry", "audit_seal")


@pytest.mark.django_db(transaction=True)
def test_t4_the_web_role_can_add_and_read_and_nothing_else() -> None:
    written("a")
    params = connection.get_connection_params()
    web = psycopg.connect(
        host=params["host"], dbname=params["dbname"], user="nmfo_web", password=keys().database["web"], autocommit=True
    )

    assert set(append_only_tables()) == {
        "audit_entry",
        "audit_seal",
        "signin_authevent",
        "accounts_agreementversion",
        "catalogue_versionstep",
        "credits_ledgerentry",
        "credits_usedorigin",
        "credits_ledgerseal",
        "credits_expectationstep",
        "enrolment_applicationstep",
        "enrolment_certificatestep",
        "organisations_applicationstep",
        "participation_confirmed",
        "participation_mark",
        "participation_scanbatch",
        "participation_step",
        "participation_windowanswer",
    }
    with web:
        assert web.execute("SELECT count(*) FROM audit_entry").fetchone() == (1,)
        web.execute(
            "INSERT INTO audit_entry (action, subject, agent, request_id, reason, before, after) VALUES ('b', 'x', '', '', '', '{}', '{}')"
        )
        for table in append_only_tables():
            column = "entry_id" if table == "credits_usedorigin" else "id"
            for statement in (
                f"UPDATE {table} SET {column} = {column}",
                f"UPDATE {table} SET {column} = {column} WHERE false",
                f"DELETE FROM {table}",
                f"TRUNCATE {table}",
                f"ALTER TABLE {table} DISABLE TRIGGER USER",
                f"DROP TABLE {table}",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    web.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_t4_the_web_role_cannot_say_by_which_transaction_a_row_came() -> None:
    sealed()
    params = connection.get_connection_params()
    doctor, taught = a_specialist(), a_programme()
    with psycopg.connect(
        host=params["host"], dbname=params["dbname"], user="nmfo_web", password=keys().database["web"], autocommit=True
    ) as web:
        for number in (-5, 2**62):
            web.execute(
                "INSERT INTO audit_entry (action, subject, agent, request_id, reason, before, after, transaction) "
                "VALUES ('b', 'x', '', '', '', '{}', '{}', %s)",
                [number],
            )
            web.execute(
                "INSERT INTO credits_ledgerentry (specialist_id, credits, part, source, origin, item_id, version_id, "
                "organisation_id, title, earned_on, posted_at, reason, transaction) "
                "VALUES (%s, 36, 'programme', 'completion', %s, %s, %s, %s, '', current_date, now(), '', %s)",
                [
                    doctor.pk,
                    f"application:{number}",
                    taught.item_id,
                    taught.pk,
                    taught.item.organisation_id,
                    number,
                ],
            )
    seal_ledger()
    sealed()

    assert sum(LedgerSeal.objects.values_list("entries", flat=True)) == 2
    assert sum(Seal.objects.values_list("entries", flat=True)) == Entry.objects.count()
    assert verify_chain().faults == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", TRAIL)
@pytest.mark.parametrize("statement", ["UPDATE {} SET at = at", "DELETE FROM {}"])
def test_t4_even_the_owner_meets_the_trigger(table: str, statement: str) -> None:
    written("a")
    sealed()

    with pytest.raises(IntegrityError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


@pytest.mark.stack
def test_t4_the_running_portal_comes_with_that_role(portal: Stack) -> None:
    portal.wait_until_ready()
    get_status(f"{portal.url}/help/")

    server = embedded(read({"NMFO_DATA": str(portal.data)}))
    with psycopg.connect(server.dsn()) as admin:
        rows = admin.execute("SELECT DISTINCT usename::text FROM pg_stat_activity WHERE datname = 'nmfo'").fetchall()

    assert rows == [(ROLES["web"],)]
