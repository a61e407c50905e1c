from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from tests.builders import a_specialist, facts
from tests.environment import ROOT
from tests.support.acts import ACTS, NEWCOMER, is_undone_without, prepared

from foundation.audit.models import Entry
from nmfo.accounts.operations.changing import CurrentPasswordWrong, change_password

# What the trail has besides: done by a job alone, or seen in a test of its own.
OTHERS = {
    "account.contacts_forgotten",
    "account.role_granted",
    "account.role_revoked",
    "people.too_many_opened",
    "register.row_confirmed",
    "register.row_disputed",
}


@pytest.mark.django_db
@pytest.mark.parametrize("action", ACTS)
def test_t1_each_action_says_who_what_when_from_where(action: str) -> None:
    act, began = prepared(action), timezone.now()
    before = list(Entry.objects.values_list("pk", flat=True))

    act.do()

    rows = Entry.objects.filter(action=action).exclude(pk__in=before)
    who = {row.subject_id if act.by == NEWCOMER else act.by for row in rows}
    assert {(row.actor_id, row.ip, row.agent, row.request_id) for row in rows} == {(one, *act.where) for one in who}
    assert [row for row in rows if not row.subject or abs(row.at - began) > timedelta(minutes=1)] == []
    assert len(rows) == (2 if action == "account.agreed" else 1)


@pytest.mark.django_db
def test_t1_what_was_changed_and_why_stand_there_too() -> None:
    prepared("account.contacts_changed").do()
    prepared("people.opened").do()

    contacts, opened = Entry.objects.get(action="account.contacts_changed"), Entry.objects.get(action="people.opened")
    assert (contacts.before, contacts.after) == ({"region": "77"}, {"region": "36"})
    assert opened.reason == "письмо"


@pytest.mark.django_db(transaction=True)
def test_t1_nothing_is_done_that_cannot_be_written_down() -> None:
    assert [action for action in ACTS if not is_undone_without(prepared(action), "audit_entry")] == []


@pytest.mark.django_db
def test_t1_a_refused_action_leaves_no_row() -> None:
    account = a_specialist().account
    before = Entry.objects.count()

    with pytest.raises(CurrentPasswordWrong):
        change_password(
            account=account,
            current="wrong",
            password="другая-фраза-из-слов-77",
            session_id=None,
            facts=facts(),
            now=timezone.now(),
        )

    assert Entry.objects.count() == before


def test_t1_every_action_of_the_sources_is_tried_here() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "src" / "nmfo").glob("*/operations/*.py"))
    named = set(
        re.findall(
            r'"((?:account|document|dispute|own_data|people|profile|register|letter|job|specialist)\.[a-z_]+)"', sources
        )
    )

    assert named == set(ACTS) | OTHERS
