from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone
from tests.builders import SECRET, a_specialist, facts, registration_details

from foundation.files.operations import read_file
from foundation.identifiers import snils
from foundation.runtime.database import embedded
from foundation.runtime.environment import config
from foundation.signin.models import Factor
from nmfo.accounts.operations.changing import ask_email_change
from nmfo.accounts.operations.recovering import ask_recovery
from nmfo.accounts.operations.registering import register_person
from nmfo.specialists.models import Dispute, DocumentScan
from nmfo.specialists.operations.documents import DocumentFacts, add_document

PDF = b"%PDF-1.4\n1 0 obj\n<< /Title (KANAREIKA-4471) >>\nendobj\ntrailer\n%%EOF\n"


def log_segment() -> str:
    """The file of the write-ahead log that is written now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_walfile_name(pg_current_wal_lsn())")
        return str(cursor.fetchone()[0])


def written_since(segment: str) -> Iterator[Path]:
    """Files of the write-ahead log from this one on, of this database, and uploads, as they lie on the disk."""
    server = embedded(config())
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute("CHECKPOINT")
        name = connection.settings_dict["NAME"]
        row = admin.execute("SELECT oid::text FROM pg_database WHERE datname = %s", [name]).fetchone()
    assert row is not None
    yield from (path for path in (server.data / "pg_wal").iterdir() if path.is_file() and path.name >= segment)
    yield from (server.data / "base" / row[0]).iterdir()
    yield from (path for path in Path(settings.FILES_ROOT).rglob("*") if path.is_file())


@pytest.mark.django_db(transaction=True)
def test_p1_nothing_personal_stands_in_tables_log_data_folder_or_uploads() -> None:
    segment, now = log_segment(), timezone.now()
    specialist = a_specialist(email="kanareika4471@nmfo.example", phone="+79004471447", birth_date=date(1971, 11, 29))
    account = specialist.account
    details = registration_details(email="kanareika4472@nmfo.example", birth_date="1971-11-28", phone="+79004471448")
    register_person(details=details, form_key="k", language="ru", facts=facts(), now=now)
    ask_email_change(account=account, email="kanareika4474@nmfo.example", facts=facts(), now=now)
    ask_recovery(snils=account.snils, form_key="k", language="ru", facts=facts(), now=now)
    Factor.objects.create(account=account, kind="totp", data={"secret": SECRET, "step": 0}, created_at=now)
    dispute = Dispute(specialist=specialist, row_key="r", row_title="t", text="KANAREIKA-4475", opened_at=now)
    dispute.save(force_insert=True)
    document = DocumentFacts(kind="education", series="KANAREIKA-4476", number="KANAREIKA-4477")
    scan = SimpleUploadedFile("diploma.pdf", PDF)
    add_document(specialist=specialist, facts_of_it=document, scans=[scan], today=now.date(), facts=facts(), now=now)
    wanted = [
        account.snils, snils.show(account.snils), details.snils, snils.show(details.snils), "kanareika447", "KANAREIKA",
        "9004471447", "9004471448", "1971-11-29", "1971-11-28", SECRET,
    ]  # fmt: skip

    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for canary in wanted:
                cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE strpos(t::text, %s) > 0', [canary])
                assert cursor.fetchone()[0] == 0, (table, canary)
    places = list(written_since(segment))
    assert len(places) > 100
    for place in places:
        try:
            content = place.read_bytes()
        except FileNotFoundError:  # the server has replaced a cache of its own meanwhile (pg_internal.init)
            assert not place.exists()
            continue
        assert [canary for canary in wanted if canary.encode() in content] == [], place
    assert read_file(DocumentScan.objects.get().file) == PDF
