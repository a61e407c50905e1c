from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone
from tests.builders import an_account, facts, registration_details

from foundation.files.operations import SCANS, keep_file, read_file
from foundation.identifiers import snils
from foundation.runtime.database import embedded
from foundation.runtime.environment import config
from nmfo.accounts.operations.registering import register_person

CANARY = "КАНАРЕЙКА-4471"
PDF = b"%PDF-1.4\n1 0 obj\n<< /Title (KANAREIKA-4471) >>\nendobj\ntrailer\n%%EOF\n"


@pytest.mark.django_db(transaction=True)
def test_p1_nothing_personal_stands_in_tables_log_or_files() -> None:
    account = an_account(email="kanareika4471@nmfo.example", phone="+79004471447")
    register_person(
        details=registration_details(email="kanareika4472@nmfo.example"),
        form_key="k",
        language="ru",
        facts=facts(),
        now=timezone.now(),
    )
    stored = keep_file(
        holder=f"account:{account.pk}",
        owner_id=account.pk,
        purpose="scan",
        upload=SimpleUploadedFile("kanareika4473.pdf", PDF),
        kinds=SCANS,
        now=timezone.now(),
    )
    wanted = [account.snils, snils.show(account.snils), "kanareika447", "9004471447", "1985-03-08", "KANAREIKA"]

    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for canary in wanted:
                cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text ILIKE %s', [f"%{canary}%"])
                assert cursor.fetchone()[0] == 0, (table, canary)
        cursor.execute("SELECT pg_walfile_name(pg_current_wal_lsn())")
        name = cursor.fetchone()[0]
    folder = embedded(config()).data
    places = [folder / "pg_wal" / name, *Path(settings.FILES_ROOT).rglob("*")]
    for place in [path for path in places if path.is_file()]:
        content = place.read_bytes()
        assert not [canary for canary in wanted if canary.encode() in content], place
    assert read_file(stored) == PDF
