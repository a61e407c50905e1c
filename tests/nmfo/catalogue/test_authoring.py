"""What an organisation's people do with their items, through the operations."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from tests.builders import a_specialty, an_operator, an_organisation, facts
from tests.item_builders import a_draft, a_published, a_submitted, a_writer, chosen, texts

from foundation.audit.models import Entry
from foundation.files.models import StoredFile
from foundation.files.operations import FileTypeUnfit
from nmfo.catalogue.models import Item, SearchRow, Version
from nmfo.catalogue.operations import authoring
from nmfo.catalogue.operations.authoring import FileChanges
from nmfo.catalogue.queries import facts_of, whole
from nmfo.catalogue.rules.refusals import (
    ChangedMeanwhile,
    ItemNotPublished,
    ItemUnknown,
    ReasonMissing,
    SourceKeyTaken,
    VersionIncomplete,
    VersionMalformed,
    VersionMoved,
    VersionPublished,
)
from nmfo.catalogue.rules.versions import SpecialtyFacts, VersionFacts
from nmfo.catalogue.rules.words import Kind
from nmfo.organisations.models import Member
from nmfo.organisations.rules import NotAllowed, StaffRole

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def save(version: Version, by: Member, **changes: Any) -> Version:
    revision = changes.pop("revision", version.revision)
    files = changes.pop("files", authoring.NO_FILES)
    wanted = dataclasses.replace(facts_of(whole(Version.objects.filter(pk=version.pk)).get()), **changes)
    return authoring.save_version(
        version_id=version.pk, texts=wanted, revision=revision, by=by, facts=facts(), now=timezone.now(), files=files
    )


@pytest.mark.django_db
@pytest.mark.parametrize("kind", list(Kind))
def test_what_was_written_is_what_is_kept(kind: str) -> None:
    written = texts(kind, other_specialties=chosen(a_specialty("Кардиология")), price_rub=9800)
    by = a_writer()

    version = authoring.start_item(kind=kind, texts=written, by=by, facts=facts(), now=timezone.now())

    kept = facts_of(version)
    assert kept == dataclasses.replace(written, credits=kept.credits)
    assert kept.credits == {"programme": 36, "event": 3, "module": 2}[kind]
    assert (version.state, version.number, version.revision) == ("draft", 1, 0)


@pytest.mark.django_db
def test_a_draft_may_be_empty_and_says_everything_that_is_missing_when_it_is_submitted() -> None:
    by = a_writer()
    draft = authoring.start_item(
        kind="programme", texts=VersionFacts(kind="programme"), by=by, facts=facts(), now=timezone.now()
    )

    with pytest.raises(VersionIncomplete) as caught:
        authoring.submit_version(version_id=draft.pk, by=by, facts=facts(), now=timezone.now())

    assert [field for field, _problem in caught.value.problems] == [
        "title", "annotation", "aims", "levels", "hours", "form", "bases", "main_specialties",
    ]  # fmt: skip
    assert Version.objects.get().state == "draft"


@pytest.mark.django_db
def test_what_is_malformed_is_not_kept_and_every_field_is_named() -> None:
    by = a_writer()
    draft = a_draft(by)

    with pytest.raises(VersionMalformed) as caught:
        save(
            draft,
            by,
            title="x" * 301,
            hours=15,
            price_rub=-1,
            main_specialties=(SpecialtyFacts(pk=0, name="?", level=""),),
        )

    assert {field for field, _problem in caught.value.problems} == {"title", "hours", "price_rub", "main_specialties"}
    assert facts_of(whole(Version.objects.all()).get()) == facts_of(draft)


@pytest.mark.django_db
def test_two_writers_notice_each_other() -> None:
    by = a_writer()
    colleague = a_writer(StaffRole.METHODIST, organisation=by.organisation)
    draft = a_draft(by)
    mine = save(draft, by, title="Моё название")

    with pytest.raises(ChangedMeanwhile):
        save(draft, colleague, title="Название коллеги", revision=0)

    assert Version.objects.get().title == "Моё название"
    assert save(mine, colleague, title="Название коллеги").revision == 2


@pytest.mark.django_db
def test_what_says_the_same_changes_nothing() -> None:
    by = a_writer()
    draft = a_draft(by)
    before = Entry.objects.count()

    again = save(draft, by)

    assert (again.revision, Entry.objects.count()) == (0, before)


@pytest.mark.django_db
def test_a_double_click_begins_one_item() -> None:
    by = a_writer()
    given: dict[str, Any] = {
        "kind": "module",
        "texts": texts("module"),
        "by": by,
        "facts": facts(),
        "now": timezone.now(),
    }

    first = authoring.start_item(**given, form_key="k")
    second = authoring.start_item(**given, form_key="k")

    assert first.pk == second.pk
    assert Item.objects.count() == 1


@pytest.mark.django_db
def test_a_key_of_an_import_belongs_to_one_item_of_a_kind_in_an_organisation() -> None:
    by, stranger = a_writer(), a_writer()

    def begin(who: Member, kind: str = "module", key: str = "М-1") -> Version:
        return authoring.start_item(
            kind=kind, texts=texts(kind), by=who, facts=None, now=timezone.now(), source_key=key
        )

    begin(by)
    with pytest.raises(SourceKeyTaken):
        begin(by)
    with pytest.raises(VersionMalformed):
        begin(by, key="М" * 81)
    begin(by, kind="event")
    begin(stranger)

    assert Item.objects.filter(source_key="М-1").count() == 3


@pytest.mark.django_db
def test_documents_are_kept_renamed_shared_and_dropped() -> None:
    by, operator = a_writer(), an_operator()
    draft = a_draft(by)
    draft = save(draft, by, files=FileChanges(added=[SimpleUploadedFile("Учебный план.pdf", PDF)]))
    row = draft.files.get()
    assert (row.title, row.file.holder) == ("Учебный план", f"organisation:{by.organisation_id}")
    draft = save(draft, by, files=FileChanges(titles={row.pk: "План"}))
    authoring.submit_version(version_id=draft.pk, by=by, facts=facts(), now=timezone.now())
    from nmfo.catalogue.operations.reviewing import publish_version

    publish_version(version_id=draft.pk, by=operator, facts=facts(), now=timezone.now())
    new = authoring.new_version(item_id=draft.item_id, by=by, facts=facts(), now=timezone.now())
    copy = authoring.copy_item(item_id=draft.item_id, by=by, facts=facts(), now=timezone.now())

    save(new, by, files=FileChanges(dropped=frozenset({new.files.get().pk})))
    save(copy, by, files=FileChanges(dropped=frozenset({copy.files.get().pk})))

    assert [one.title for one in draft.files.all()] == ["План"]
    assert StoredFile.objects.count() == 1
    other = a_draft(by)
    other = save(other, by, files=FileChanges(added=[SimpleUploadedFile("a.pdf", PDF)]))
    save(other, by, files=FileChanges(dropped=frozenset({other.files.get().pk})))
    assert StoredFile.objects.count() == 1


@pytest.mark.django_db
def test_an_unfit_document_keeps_the_whole_saving_out() -> None:
    by = a_writer()
    draft = a_draft(by)

    with pytest.raises(FileTypeUnfit):
        save(draft, by, title="Другое", files=FileChanges(added=[SimpleUploadedFile("a.pdf", b"<html>")]))

    assert Version.objects.get().title == "Избранные вопросы терапии"


@pytest.mark.django_db
def test_a_published_version_is_not_written_in_and_a_new_one_says_the_same() -> None:
    by = a_writer()
    item = a_published(by, an_operator())
    published = item.versions.get()
    with pytest.raises(VersionPublished):
        save(published, by, title="Другое")

    new = authoring.new_version(item_id=item.pk, by=by, facts=facts(), now=timezone.now())
    again = authoring.new_version(item_id=item.pk, by=by, facts=facts(), now=timezone.now())

    assert (new.number, new.state, again.pk) == (2, "draft", new.pk)
    assert facts_of(new) == facts_of(whole(Version.objects.filter(pk=published.pk)).get())


@pytest.mark.django_db
def test_a_copy_is_an_item_of_its_own_and_an_event_loses_its_dates() -> None:
    by = a_writer()
    event = a_draft(by, "event")

    copy = authoring.copy_item(item_id=event.item_id, by=by, facts=facts(), now=timezone.now())

    wanted = dataclasses.replace(facts_of(event), title=f"{event.title} (копия)", begins_at=None, ends_at=None)
    assert facts_of(copy) == wanted
    assert copy.item_id != event.item_id


@pytest.mark.django_db
def test_the_way_of_a_version_is_followed() -> None:
    by = a_writer()
    version = a_submitted(by)
    assert version.due_on == timezone.localdate() + dt.timedelta(days=14)
    with pytest.raises(VersionMoved):
        save(version, by, title="Другое")

    back = authoring.take_back(version_id=version.pk, by=by, facts=facts(), now=timezone.now())
    assert back.state == "draft"
    with pytest.raises(VersionMoved):
        authoring.take_back(version_id=version.pk, by=by, facts=facts(), now=timezone.now())

    authoring.drop_version(version_id=version.pk, by=by, facts=facts(), now=timezone.now())
    with pytest.raises(VersionMoved):
        authoring.submit_version(version_id=version.pk, by=by, facts=facts(), now=timezone.now())
    assert list(version.steps.order_by("pk").values_list("state", flat=True)) == [
        "draft",
        "submitted",
        "draft",
        "dropped",
    ]


@pytest.mark.django_db
def test_what_was_saved_after_one_looked_is_not_submitted() -> None:
    by = a_writer()
    draft = a_draft(by)
    save(draft, by, title="Другое")

    with pytest.raises(ChangedMeanwhile):
        authoring.submit_version(version_id=draft.pk, by=by, facts=facts(), now=timezone.now(), revision=0)


@pytest.mark.django_db
def test_withdrawing_takes_a_reason_and_leaves_the_catalogue() -> None:
    by = a_writer()
    item = a_published(by, an_operator())
    with pytest.raises(ReasonMissing):
        authoring.withdraw_item(item_id=item.pk, reason=" \n", by=by, facts=facts(), now=timezone.now())

    authoring.withdraw_item(item_id=item.pk, reason="Устарела", by=by, facts=facts(), now=timezone.now())

    item.refresh_from_db()
    assert (item.state, item.withdrawn_reason, SearchRow.objects.get().listed) == ("withdrawn", "Устарела", False)
    with pytest.raises(ItemNotPublished):
        authoring.withdraw_item(item_id=item.pk, reason="Ещё раз", by=by, facts=facts(), now=timezone.now())


WAYS: dict[str, Any] = {
    "save": lambda version, by: save(version, by, title="Чужое"),
    "submit": lambda version, by: authoring.submit_version(version_id=version.pk, by=by, facts=facts(), now=timezone.now()),
    "take back": lambda version, by: authoring.take_back(version_id=version.pk, by=by, facts=facts(), now=timezone.now()),
    "drop": lambda version, by: authoring.drop_version(version_id=version.pk, by=by, facts=facts(), now=timezone.now()),
    "copy": lambda version, by: authoring.copy_item(item_id=version.item_id, by=by, facts=facts(), now=timezone.now()),
    "new version": lambda version, by: authoring.new_version(item_id=version.item_id, by=by, facts=facts(), now=timezone.now()),
    "withdraw": lambda version, by: authoring.withdraw_item(item_id=version.item_id, reason="Так", by=by, facts=facts(), now=timezone.now()),
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("way", WAYS)
def test_z6_nobody_writes_in_items_of_another_organisation(way: str) -> None:
    draft = a_draft(a_writer())
    stranger = a_writer(organisation=an_organisation())
    before = Entry.objects.count()

    with pytest.raises(ItemUnknown):
        WAYS[way](draft, stranger)

    assert (Version.objects.get().title, Entry.objects.count()) == (draft.title, before)


@pytest.mark.django_db
@pytest.mark.parametrize("role", [StaffRole.REGISTRAR, StaffRole.TEACHER])
@pytest.mark.parametrize("way", WAYS)
def test_who_may_not_write_items_does_not(role: str, way: str) -> None:
    owner = a_writer()
    draft = a_draft(owner)

    with pytest.raises(NotAllowed):
        WAYS[way](draft, a_writer(role, organisation=owner.organisation))
