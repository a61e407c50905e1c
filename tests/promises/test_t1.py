from __future__ import annotations

import pytest
from django.utils import timezone
from tests.builders import PASSWORD, a_specialist, facts, signed_in

from foundation.audit.models import Entry
from nmfo.accounts.operations.changing import change_contacts, change_password
from nmfo.accounts.operations.closing import close_account


@pytest.mark.django_db
def test_t1_each_action_says_who_what_when_from_where() -> None:
    account, now = a_specialist().account, timezone.now()
    signed_in(account)
    where = facts(ip="203.0.113.5", agent="Firefox", request_id="AB-CD")
    change_contacts(account=account, phone="+79001112233", region="36", facts=where, now=now)
    change_password(
        account=account, current=PASSWORD, password="другая-фраза-из-слов-77", session_id=None, facts=where, now=now
    )
    close_account(account=account, facts=where, now=now)

    rows = {entry.action: entry for entry in Entry.objects.filter(subject="account", subject_id=account.pk)}
    assert {"account.signed_in", "account.contacts_changed", "account.password_changed", "account.closed"} <= set(rows)
    row = rows["account.contacts_changed"]
    assert (row.actor_id, row.ip, row.agent, row.request_id, row.before, row.after) == (
        account.pk,
        "203.0.113.5",
        "Firefox",
        "AB-CD",
        {"region": "77"},
        {"region": "36"},
    )


@pytest.mark.django_db(transaction=True)
def test_t1_a_refused_action_leaves_no_row() -> None:
    account = a_specialist().account
    before = Entry.objects.count()

    with pytest.raises(Exception, match="Нынешний пароль"):
        change_password(
            account=account,
            current="wrong",
            password="другая-фраза-из-слов-77",
            session_id=None,
            facts=facts(),
            now=timezone.now(),
        )

    assert Entry.objects.count() == before
