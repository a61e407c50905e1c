from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from tests.builders import an_operator, facts, signed_in
from tests.item_builders import a_draft, a_published, a_submitted, a_writer, texts
from tests.nmfo.web.test_items import form_of, read

from foundation.db.refusals import violated_constraint
from nmfo.catalogue.models import SearchRow, Version
from nmfo.catalogue.operations import authoring
from nmfo.catalogue.operations.listing import refresh_search
from nmfo.catalogue.rules.refusals import VersionMalformed


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "worth"), [("programme", 36), ("event", 3)])
def test_z2_credits_follow_the_rule_whatever_the_form_says(kind: str, worth: int) -> None:
    by = a_writer()
    draft = a_draft(by, kind)
    visitor = signed_in(by.account)

    visitor.post(
        f"/organisation/items/{draft.item_id}/edit/",
        {**form_of(read(draft), 0, title="Другое"), "credits": "100", "state": "published", "published_at": "2026-01-01",
         "kind": "module", "item": "1", "accredited": "on"},
    )  # fmt: skip

    draft.refresh_from_db()
    assert (draft.title, draft.credits, draft.state, draft.published_at) == ("Другое", worth, "draft", None)
    assert (draft.item.kind, draft.item.accredited) == (kind, False)


@pytest.mark.django_db
def test_z2_operations_do_not_take_credits_from_their_caller_either() -> None:
    by = a_writer()
    given: dict[str, Any] = {"by": by, "facts": facts(), "now": timezone.now()}

    draft = authoring.start_item(kind="event", texts=texts("event", credits=100, hours=500), **given)
    assert draft.credits == 3
    saved = authoring.save_version(
        version_id=draft.pk, texts=dataclasses.replace(texts("event"), minutes=90, credits=100), revision=0, **given
    )

    assert saved.credits == 2
    another_kind = dataclasses.replace(texts("event"), kind="module", minutes=90, credits=1)
    saved = authoring.save_version(version_id=draft.pk, texts=another_kind, revision=saved.revision, **given)
    assert (saved.item.kind, saved.credits, saved.event_kind) == ("event", 2, "webinar")
    with pytest.raises(VersionMalformed):
        authoring.start_item(kind="module", texts=texts("module", minutes=90, credits=3), **given)


@pytest.mark.django_db
def test_z2_what_people_see_is_worth_what_the_approved_version_says() -> None:
    by = a_writer()
    item = a_published(by, an_operator())
    new = authoring.new_version(item_id=item.pk, by=by, facts=facts(), now=timezone.now())
    authoring.save_version(
        version_id=new.pk, texts=texts(hours=144), revision=0, by=by, facts=facts(), now=timezone.now()
    )
    refresh_search([item.pk])  # as any change of the item's runs does

    assert SearchRow.objects.get().credits == 36


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "change", "constraint"),
    [
        ("programme", {"credits": 37}, "catalogue_programmes_are_worth_their_hours"),
        ("event", {"credits": 4}, "catalogue_credits_are_backed_by_minutes"),
        ("module", {"credits": 3}, "catalogue_credits_are_backed_by_minutes"),
    ],
)
def test_z2_the_database_keeps_credits_to_the_rule(kind: str, change: dict[str, int], constraint: str) -> None:
    version = a_submitted(a_writer(), kind)

    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Version.objects.filter(pk=version.pk).update(**change)

    assert violated_constraint(caught.value) == constraint
