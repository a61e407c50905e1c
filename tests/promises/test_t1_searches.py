from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from tests.builders import a_version, an_account, an_item, facts, published
from tests.support.acts import Act, is_undone_without

from foundation.audit.models import Entry
from nmfo.catalogue.operations import saving
from nmfo.catalogue.search.query import Query

WHERE = facts(ip="203.0.113.5", agent="Firefox", request_id="AB-CD")


@pytest.mark.django_db
def test_t1_what_people_keep_in_the_catalogue_is_told_without_what_they_look_for() -> None:
    by, now = an_account(), timezone.now()
    item = published(a_version(an_item())).item
    before = Entry.objects.count()

    search = saving.save_search(query=Query(q="тайна"), name="Тайна", every="week", by=by, facts=WHERE, now=now)
    saving.change_search(search_id=search.pk, name="Тайна", every="day", by=by, facts=WHERE, now=now)
    saving.change_search(search_id=search.pk, name="Тайна", every="day", by=by, facts=WHERE, now=now)  # changes nothing
    saving.stop_letters(token=saving.stop_token(by.pk), facts=WHERE, now=now + dt.timedelta(days=1))
    saving.remove_search(search_id=search.pk, by=by, facts=WHERE)
    awaited = saving.await_run(item_id=item.pk, by=by, facts=WHERE, now=now).pk
    saving.stop_awaiting(item_id=item.pk, by=by, facts=WHERE)

    rows = list(Entry.objects.order_by("pk")[before:])
    assert [(row.action, row.actor_id, row.subject_id, row.before, row.after) for row in rows] == [
        ("search.saved", by.pk, search.pk, {}, {"letters": "week"}),
        ("search.changed", by.pk, search.pk, {"letters": "week"}, {"letters": "day"}),
        ("search.stopped", None, search.pk, {"letters": "day"}, {"letters": ""}),
        ("search.removed", by.pk, search.pk, {"letters": ""}, {}),
        ("run.awaited", by.pk, awaited, {}, {}),
        ("run.not_awaited", by.pk, awaited, {}, {}),
    ]
    assert {row.subject for row in rows} == {"saved_search", "awaited_run"}  # none that an organisation's journal shows
    assert {(row.ip, row.agent, row.request_id) for row in rows} == {("203.0.113.5", "Firefox", "AB-CD")}
    assert "айна" not in "".join(str(row.__dict__) for row in rows)


@pytest.mark.django_db(transaction=True)
def test_t1_searches_are_not_kept_when_they_cannot_be_written_down() -> None:
    by, now = an_account(), timezone.now()
    item = published(a_version(an_item())).item
    kept = saving.save_search(query=Query(q="x"), name="x", every="week", by=by, facts=WHERE, now=now)
    acts = (
        lambda: saving.save_search(query=Query(q="y"), name="y", every="week", by=by, facts=WHERE, now=now),
        lambda: saving.change_search(search_id=kept.pk, name="x", every="day", by=by, facts=WHERE, now=now),
        lambda: saving.stop_letters(token=saving.stop_token(by.pk), facts=WHERE, now=now),
        lambda: saving.remove_search(search_id=kept.pk, by=by, facts=WHERE),
        lambda: saving.await_run(item_id=item.pk, by=by, facts=WHERE, now=now),
    )

    assert [
        number for number, do in enumerate(acts) if not is_undone_without(Act(do=do, by=by.pk), "audit_entry")
    ] == []
