from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from tests.builders import an_account, facts
from tests.support.sink import Sink

from foundation.mail.operations import deliver_letter
from nmfo.accounts.operations.registering import write_temporary_password
from nmfo.accounts.operations.signing_in import sign_in_by_password


@pytest.mark.django_db
def test_m3_a_repeated_password_letter_brings_the_same_password_which_is_nowhere_stored(sink: Sink) -> None:
    account, now = an_account(), timezone.now()
    letter = write_temporary_password(account, kind="new_password", key="k", now=now)
    sink.mode = "lose-ok"
    deliver_letter(letter.pk, now=now)
    sink.mode = "ok"
    deliver_letter(letter.pk, now=now + timedelta(hours=1))

    brought = [
        re.findall(r"^(?:[2-9a-z]{4}-){2}[2-9a-z]{4}$", str(one.get_body(("plain",))), re.MULTILINE)
        for one in sink.letters
    ]
    texts = [one.get_body(("plain",)) for one in sink.letters]
    passwords = {
        found for text in texts if text for found in re.findall(r"(?:[2-9a-z]{4}-){2}[2-9a-z]{4}", text.get_content())
    }

    assert len(sink.letters) == len(brought) == 2
    assert len(passwords) == 1
    password = passwords.pop()
    assert (
        sign_in_by_password(login=account.snils, password=password, human=True, facts=facts(), now=now).account
        == account
    )
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{password}%"])
            assert cursor.fetchone()[0] == 0, table
