from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from tests.builders import an_account, facts
from tests.support.sink import Sink

from foundation.mail.models import Letter
from foundation.mail.operations import deliver_letter
from foundation.vault.fields import SealedField
from foundation.vault.rotation import sealed_models
from nmfo.accounts.operations.registering import write_temporary_password
from nmfo.accounts.operations.signing_in import sign_in_by_password

PASSWORD = re.compile(r"(?:[2-9a-z]{4}-){2}[2-9a-z]{4}")


@pytest.mark.django_db
def test_m3_a_repeated_password_letter_brings_the_same_password_which_is_nowhere_stored(sink: Sink) -> None:
    account, now = an_account(), timezone.now()
    letter = write_temporary_password(account, kind="new_password", key="k", now=now)
    sink.mode = "lose-ok"
    deliver_letter(letter.pk, now=now)
    sink.mode = "ok"
    deliver_letter(letter.pk, now=now + timedelta(hours=1))

    texts = [text.get_content() for one in sink.letters if (text := one.get_body(("plain",)))]
    first, second = (PASSWORD.findall(text) for text in texts)
    assert first == second
    (password,) = first
    came = sign_in_by_password(login=account.snils, password=password, human=True, facts=facts(), now=now)
    assert came.account == account
    for written in (password, password.replace("-", "")):
        assert [table for table in tables() if stands_in(table, written)] == []
        assert [field for field, value in opened_values() if written in value] == []


def tables() -> list[str]:
    with connection.cursor() as cursor:
        return connection.introspection.table_names(cursor)


def stands_in(table: str, text: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE strpos(t::text, %s) > 0', [text])
        return bool(cursor.fetchone()[0])


def opened_values() -> list[tuple[str, str]]:
    """What stands sealed, opened: a stored password would be hidden from the tables' text by that."""
    found = [
        (str(field), str(getattr(row, field.attname)))
        for model in sealed_models()
        for row in model._default_manager.all()
        for field in model._meta.fields
        if isinstance(field, SealedField)
    ]
    assert "mail.Letter.text" in {field for field, _value in found}
    assert Letter.objects.exists()
    return found
