"""Two organisations: neither sees a row, a number, a file of the other's items."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from tests.builders import an_operator, facts, signed_in
from tests.item_builders import a_draft, a_published, a_submitted, a_writer, run_of
from tests.nmfo.catalogue.test_authoring import PDF, save

from nmfo.catalogue.operations import running
from nmfo.catalogue.operations.authoring import FileChanges
from nmfo.catalogue.queries import (
    counts_of_items,
    counts_of_runs,
    files_of,
    items_of,
    runs_of_organisation,
    versions_of,
)


@pytest.mark.django_db
def test_z6_lists_counts_files_and_searches_are_of_one_organisation() -> None:
    owner, stranger = a_writer(), a_writer()
    draft = a_draft(owner, title="Тайная программа")
    save(draft, owner, files=FileChanges(added=[SimpleUploadedFile("план.pdf", PDF)]))
    a_submitted(owner, "event", title="Тайный вебинар")
    item = a_published(owner, an_operator(), title="Открытая программа владельца")
    running.add_run(item_id=item.pk, run=run_of(), by=owner, facts=facts(), now=timezone.now())
    today = timezone.localdate()

    theirs = stranger.organisation
    assert not items_of(theirs).exists()
    assert not versions_of(theirs).exists()
    assert not files_of(theirs).exists()
    assert not any(counts_of_items(theirs).values())
    assert not any(counts_of_runs(theirs, today=today).values())
    assert not any(runs_of_organisation(theirs, tab=tab, today=today).exists() for tab in ("open", "past", "cancelled"))
    visitor = signed_in(stranger.account)
    for path in ("/organisation/items/", "/organisation/items/?q=Тайная&tab=draft", "/organisation/runs/"):
        shown = visitor.get(path).content.decode()
        assert "Тайн" not in re.sub(r'value="[^"]*"', "", shown)
        assert "владельца" not in shown
        assert set(re.findall(r'class="count">(\d+)<', shown)) <= {"0"}
