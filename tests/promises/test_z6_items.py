"""Two organisations: neither sees a row, a number, a file of the other's items."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from tests.builders import an_operator, facts, signed_in
from tests.import_builders import a_file, a_row, checked
from tests.item_builders import a_draft, a_published, a_submitted, a_writer, run_of, texts
from tests.nmfo.catalogue.test_authoring import PDF, save
from tests.promises.test_z6 import everything

from nmfo.catalogue.operations import authoring, running
from nmfo.catalogue.operations.authoring import FileChanges
from nmfo.catalogue.operations.importing import running as importing
from nmfo.catalogue.operations.importing.refusals import ImportUnknown
from nmfo.catalogue.queries import (
    counts_of_items,
    counts_of_runs,
    files_of,
    items_of,
    runs_of_organisation,
    versions_of,
)
from nmfo.catalogue.rules.refusals import ItemUnknown


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


@pytest.mark.django_db
def test_z6_nothing_of_another_organisation_is_changed_or_read_by_its_number() -> None:
    owner, stranger, now = a_writer(), a_writer(), timezone.now()
    draft, waiting, item = a_draft(owner), a_submitted(owner), a_published(owner, an_operator())
    run = running.add_run(item_id=item.pk, run=run_of(), by=owner, facts=facts(), now=now)
    batch = checked(owner, a_file(a_row(), name="тайные.xlsx"))
    visitor = signed_in(stranger.account)
    given: dict[str, Any] = {"by": stranger, "facts": facts(), "now": now}
    before = everything()

    item_acts: list[Callable[[], object]] = [
        lambda: authoring.save_version(version_id=draft.pk, texts=texts(title="Чужое"), revision=0, **given),
        lambda: authoring.submit_version(version_id=draft.pk, **given),
        lambda: authoring.submit_versions(seen={draft.pk: None}, **given),
        lambda: authoring.drop_version(version_id=draft.pk, **given),
        lambda: authoring.take_back(version_id=waiting.pk, **given),
        lambda: authoring.copy_item(item_id=item.pk, **given),
        lambda: authoring.new_version(item_id=item.pk, **given),
        lambda: authoring.withdraw_item(item_id=item.pk, reason="Так", **given),
        lambda: running.add_run(item_id=item.pk, run=run_of(), **given),
        lambda: running.change_run(run_id=run.pk, run=run_of(seats=9), seen=run_of(), **given),
        lambda: running.close_run(run_id=run.pk, **given),
        lambda: running.cancel_run(run_id=run.pk, reason="Так", **given),
    ]
    for act in item_acts:
        with pytest.raises(ItemUnknown):
            act()
    for import_act in (importing.write_import, importing.cancel_import):
        with pytest.raises(ImportUnknown):
            import_act(batch_id=batch.pk, **given)
    pages = [f"/organisation/import/{batch.pk}/{page}" for page in ("", "report.csv", "report.xlsx")]
    assert [visitor.get(page).status_code for page in pages] == [404] * len(pages)
    assert "тайные" not in visitor.get("/organisation/import/").content.decode()
    assert everything() == before
