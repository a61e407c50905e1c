from __future__ import annotations

import time
from collections.abc import Callable

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from procrastinate.contrib.django import app

from foundation.audit.models import Entry, Seal
from foundation.audit.operations import record, seal_new_entries
from foundation.audit.queries import verify_chain


def written(*actions: str) -> None:
    for action in actions:
        record(actor_id=1, action=action, subject="x", subject_id=1, facts=None)


def sealed(seal: Callable[[], object] = seal_new_entries) -> None:
    """Seal until every row is: a transaction of a database beside this one holds it up for a moment."""
    limit = time.monotonic() + 60
    seal()
    while verify_chain().unsealed:
        assert time.monotonic() < limit
        time.sleep(0.05)
        seal()


def tamper(statement: str) -> None:
    """As an administrator with the owner's password would."""
    with connection.cursor() as cursor:
        for table in ("audit_entry", "audit_seal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement)
        for table in ("audit_entry", "audit_seal"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@pytest.fixture
def chain(transactional_db: None) -> None:
    """Three seals over five rows."""
    for batch in (("a", "b"), ("c",), ("d", "e")):
        written(*batch)
        sealed()


@pytest.mark.usefixtures("chain")
def test_t2_an_untouched_chain_is_whole() -> None:
    verdict = verify_chain()

    assert (verdict.seals, verdict.entries, verdict.unsealed, verdict.faults) == (3, 5, 0, [])


@pytest.mark.usefixtures("chain")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET action = 'z' WHERE action = 'b'",
        "DELETE FROM audit_entry WHERE action = 'c'",
        (
            "INSERT INTO audit_entry (action, subject, agent, request_id, reason, before, after, transaction) "
            "SELECT 'f', 'x', '', '', '', '{}', '{}', transaction FROM audit_entry WHERE action = 'b'"
        ),
        "UPDATE audit_entry SET transaction = (SELECT transaction FROM audit_entry WHERE action = 'e') WHERE action = 'a'",
        "DELETE FROM audit_seal WHERE upto = (SELECT min(upto) FROM audit_seal)",
        (
            "INSERT INTO audit_entry (action, subject, agent, request_id, reason, before, after, transaction) "
            "VALUES ('f', 'x', '', '', '', '{}', '{}', -5)"
        ),
        (
            "INSERT INTO audit_entry (action, subject, agent, request_id, reason, before, after, transaction) "
            "VALUES ('f', 'x', '', '', '', '{}', '{}', 1::bigint << 62)"
        ),
        (
            "INSERT INTO audit_seal (since, upto, entries, digest, previous) "
            "SELECT upto, 1::bigint << 62, 0, encode(sha256(digest::bytea), 'hex'), digest "
            "FROM audit_seal ORDER BY upto DESC LIMIT 1"
        ),
        "UPDATE audit_seal SET digest = repeat('0', 64) WHERE upto = (SELECT max(upto) FROM audit_seal)",
    ],
)
def test_t2_whatever_is_touched_is_found(statement: str) -> None:
    call_command("audit", "verify")
    tamper(statement)

    assert verify_chain().faults != []
    with pytest.raises(CommandError, match="seal"):
        call_command("audit", "verify")


@pytest.mark.usefixtures("chain")
def test_t2_each_column_of_a_row_is_sealed() -> None:
    other = {
        "id": "id + 1000", "at": "at + interval '1 microsecond'", "transaction": "transaction + 1", "actor_id": "actor_id + 1",
        "action": "action || 'x'", "subject": "subject || 'x'", "subject_id": "NULL", "ip": "'203.0.113.1'", "agent": "'x'",
        "request_id": "'x'", "reason": "'x'", "before": """'{"a": 1}'""", "after": """'{"a": 1}'""",
    }  # fmt: skip
    assert set(other) == {field.column for field in Entry._meta.fields}

    found = {}
    for column, value in other.items():
        with pytest.raises(Undone), transaction.atomic():
            tamper(f"UPDATE audit_entry SET {column} = {value} WHERE action = 'c'")
            found[column] = len(verify_chain().faults)
            raise Undone

    assert {column for column, faults in found.items() if not faults} == set()
    assert verify_chain().faults == []


class Undone(Exception):
    """The test has seen enough."""


def test_t2_the_job_seals_each_minute() -> None:
    app.perform_import_paths()  # type: ignore[no-untyped-call]

    assert app.periodic_registry.periodic_tasks["audit.seal", "audit.seal"].cron == "* * * * *"


@pytest.mark.django_db(transaction=True)
def test_t2_a_row_that_commits_late_is_not_missed() -> None:
    settings = connection.get_connection_params()
    late = psycopg.connect(
        **{key: value for key, value in settings.items() if key in {"host", "user", "password", "dbname"}}
    )
    late.execute(
        "INSERT INTO audit_entry (action, subject, agent, request_id, reason, before, after) VALUES ('late', 'x', '', '', '', '{}', '{}')"
    )
    written("early")
    seal_new_entries()
    late.commit()
    late.close()
    written("after")
    sealed()

    verdict = verify_chain()
    assert verdict.faults == []
    assert verdict.entries == Entry.objects.count() == 3
    assert sum(Seal.objects.values_list("entries", flat=True)) == 3
