from __future__ import annotations

import pytest
from django.utils import timezone
from tests.builders import an_operator, facts
from tests.item_builders import a_writer, run_of, texts

from foundation.audit.models import Entry
from nmfo.catalogue.operations import authoring, reviewing, running
from nmfo.catalogue.rules.refusals import ItemUnknown


@pytest.mark.django_db
def test_t1_the_way_of_an_item_is_told_step_by_step() -> None:
    by, operator, where = a_writer(), an_operator(), facts(ip="203.0.113.5", agent="Firefox", request_id="AB-CD")
    before = Entry.objects.count()

    draft = authoring.start_item(kind="programme", texts=texts(), by=by, facts=where, now=timezone.now())
    authoring.save_version(
        version_id=draft.pk, texts=texts(hours=72), revision=0, by=by, facts=where, now=timezone.now()
    )
    running.add_run(item_id=draft.item_id, run=run_of(), by=by, facts=where, now=timezone.now())
    authoring.submit_version(version_id=draft.pk, by=by, facts=where, now=timezone.now())
    reviewing.add_remark(
        version_id=draft.pk, field="aims", text="Уточните", by=operator, facts=where, now=timezone.now()
    )
    reviewing.return_version(version_id=draft.pk, words="Почти", by=operator, facts=where, now=timezone.now())
    authoring.submit_version(version_id=draft.pk, by=by, facts=where, now=timezone.now())
    reviewing.publish_version(version_id=draft.pk, by=operator, facts=where, now=timezone.now())
    reviewing.set_accredited(item_id=draft.item_id, accredited=True, by=operator, facts=where, now=timezone.now())
    reviewing.withdraw_as_operator(
        item_id=draft.item_id, reason="Устарела", by=operator, facts=where, now=timezone.now()
    )

    rows = list(Entry.objects.order_by("pk")[before:])
    assert [(row.action, row.actor_id, row.ip, row.request_id) for row in rows] == [
        (action, actor.pk, "203.0.113.5", "AB-CD")
        for action, actor in (
            ("item.started", by.account),
            ("version.started", by.account),
            ("version.saved", by.account),
            ("run.added", by.account),
            ("version.submitted", by.account),
            ("version.remarked", operator),
            ("version.returned", operator),
            ("version.submitted", by.account),
            ("version.published", operator),
            ("item.accredited", operator),
            ("item.withdrawn", operator),
        )
    ]
    told = {row.action: row for row in rows}
    assert told["version.saved"].after == {"revision": 1, "fields": ["hours", "credits"]}
    assert (told["version.published"].before, told["version.published"].after["state"]) == ({"state": "submitted"}, "published")  # fmt: skip
    assert told["item.withdrawn"].reason == "Устарела"


@pytest.mark.django_db
def test_t1_a_refused_decision_leaves_no_row() -> None:
    by = a_writer()
    draft = authoring.start_item(kind="programme", texts=texts(), by=by, facts=facts(), now=timezone.now())
    operator, before = an_operator(), Entry.objects.count()

    with pytest.raises(ItemUnknown):
        reviewing.publish_version(version_id=draft.pk, by=operator, facts=facts(), now=timezone.now())

    assert Entry.objects.count() == before
