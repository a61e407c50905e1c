"""What an organisation's people do with programmes, events and modules until they are decided about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.audit.operations import entry_of, record, record_all
from foundation.db.refusals import refuses
from foundation.errors import Refused
from foundation.files.models import StoredFile
from foundation.files.operations import (
    ORGANISATION_ROOM,
    SCANS,
    Upload,
    drop_file,
    keep_file,
    organisation_holder,
)
from foundation.runtime.facts import RequestFacts
from nmfo.catalogue.models import Item, Version, VersionFile, VersionSpecialty, VersionTeacher
from nmfo.catalogue.operations.listing import refresh_search
from nmfo.catalogue.operations.steps import own_item, own_version, own_versions, step, step_all
from nmfo.catalogue.queries import facts_of, known_values, specialty_facts, whole
from nmfo.catalogue.rules.refusals import (
    ChangedMeanwhile,
    ChoiceUnknown,
    ItemNotPublished,
    ReasonMissing,
    SourceKeyTaken,
    TextTooLong,
    TooManyFiles,
    VersionIncomplete,
    VersionMalformed,
)
from nmfo.catalogue.rules.reviewing import check_editable, check_move, check_not_begun, due_on
from nmfo.catalogue.rules.versions import (
    SpecialtyFacts,
    VersionFacts,
    credits_of,
    malformed_in,
    of_its_kind,
    problems_of,
)
from nmfo.catalogue.rules.words import LONGEST, LONGEST_KEY, MOST_FILES, UNDER_WAY, Basis, ItemState, Kind, VersionState
from nmfo.organisations.models import Member
from nmfo.organisations.rules import Right, check_may
from nmfo.reference.models import Level, Specialty

_REASON_LENGTH = 1000
_TITLE_OF_FILE = 200
# Columns that are copied as they stand; specialties and teachers are rows of their own, the region is its code.
_COLUMNS = tuple(
    item.name
    for item in fields(VersionFacts)
    if item.name not in {"kind", "main_specialties", "other_specialties", "teachers", "region"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChanges:
    """What becomes of a version's documents: new ones, new titles by the row's id, ids of rows that go."""

    added: Sequence[Upload] = ()
    titles: Mapping[int, str] | None = None
    dropped: frozenset[int] = frozenset()


NO_FILES = FileChanges()


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """What a draft is to say, and the revision that its writer saw."""

    version_id: int
    texts: VersionFacts
    revision: int
    files: FileChanges = NO_FILES


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """An item to begin. `source_key` is the organisation's own key of an import, one for each item of a kind."""

    kind: str
    texts: VersionFacts
    source_key: str = ""
    form_key: str = ""


class KeyTakenMeanwhile(Refused):
    """Somebody has begun an item with this key at the same moment."""

    message = gettext_lazy("This key has been taken meanwhile.")


class FormUsed(Refused):
    """The form that begins this item has been sent already."""

    message = gettext_lazy("This has been begun already.")


@transaction.atomic
def start_item(
    *,
    kind: str,
    texts: VersionFacts,
    by: Member,
    facts: RequestFacts | None,
    now: dt.datetime,
    form_key: str = "",
    source_key: str = "",
) -> Version:
    """Begin a programme, an event or a module: an item with its first draft. Returns the draft.

    The same `form_key` again gives the item it made. `source_key` is the organisation's own key of an import, one for
    each item of a kind. Credits follow the rule, whatever `texts` say (Z2).

    Raises:
        NotAllowed: the member's role does not write items.
        VersionMalformed: what even a draft may not say; with every such field.
        SourceKeyTaken: another item of the organisation has this key.

    """
    item = NewItem(kind=kind, texts=texts, source_key=source_key, form_key=form_key)
    try:
        (draft,) = start_items(items=[item], by=by, facts=facts, now=now)
    except KeyTakenMeanwhile:
        raise SourceKeyTaken(key=source_key) from None
    except FormUsed:
        made = Version.objects.filter(item__organisation_id=by.organisation_id, item__form_key=form_key)
        return whole(made).order_by("-number")[0]
    return whole(Version.objects.filter(pk=draft.pk)).get()


@transaction.atomic
def start_items(*, items: Sequence[NewItem], by: Member, facts: RequestFacts | None, now: dt.datetime) -> list[Version]:
    """Begin many items by a few statements, all of them or none. Returns their drafts in the same order.

    Raises as `start_item` does, for the first that is refused, and besides:
        KeyTakenMeanwhile, FormUsed: somebody has begun an item with one of the keys at the same moment.

    """
    check_may(by.roles, Right.ITEMS)
    wanted = _well_formed([replace(one.texts, kind=one.kind) for one in items], now)
    _check_source_keys(items, by)
    rows = [
        Item(
            organisation_id=by.organisation_id,
            kind=Kind(one.kind),
            source_key=one.source_key,
            form_key=one.form_key,
            created_at=now,
            created_by_id=by.account_id,
        )
        for one in items
    ]
    with refuses(catalogue_a_form_makes_one_item=FormUsed, catalogue_a_source_key_is_one_item=KeyTakenMeanwhile):
        Item.objects.bulk_create(rows)
    drafts = [Version(item=item, number=1, created_at=now, created_by_id=by.account_id) for item in rows]
    _insert(list(zip(drafts, wanted, strict=True)), by, now)
    record_all(
        entry_of(
            actor_id=by.account_id,
            action="item.started",
            subject="item",
            subject_id=item.pk,
            facts=facts,
            after={"kind": item.kind, "organisation": by.organisation_id},
        )
        for item in rows
    )
    step_all([(draft, "") for draft in drafts], what="started", by=by.account, facts=facts, now=now)
    return drafts


def _check_source_keys(items: Sequence[NewItem], by: Member) -> None:
    keys = [one.source_key for one in items if one.source_key]
    for key in keys:
        if len(key) > LONGEST_KEY:
            raise VersionMalformed([("source_key", TextTooLong(most=LONGEST_KEY, length=len(key)))])
    if not keys:
        return
    there = Item.objects.filter(organisation_id=by.organisation_id, source_key__in=keys)
    taken = set(there.values_list("kind", "source_key"))
    for one in items:
        if (one.kind, one.source_key) in taken:
            raise SourceKeyTaken(key=one.source_key)


@transaction.atomic
def save_version(
    *,
    version_id: int,
    texts: VersionFacts,
    revision: int,
    by: Member,
    facts: RequestFacts | None,
    now: dt.datetime,
    files: FileChanges = NO_FILES,
) -> Version:
    """Write a draft anew. It may be incomplete, never malformed; its kind and credits are not the writer's to say.

    `revision` is the one that the writer saw. What says the same as before changes nothing, not even the revision.

    Raises:
        NotAllowed, ItemUnknown: it is not the member's to write.
        VersionPublished, VersionMoved: the authors do not hold it.
        ChangedMeanwhile: somebody has saved it since; nothing is written.
        VersionMalformed: with every field that cannot be kept; nothing is written.
        Refusals of files, which keep the whole saving out.

    """
    saving = Saving(version_id=version_id, texts=texts, revision=revision, files=files)
    save_versions(savings=[saving], by=by, facts=facts, now=now)
    return whole(Version.objects.filter(pk=version_id)).get()


@transaction.atomic
def save_versions(*, savings: Sequence[Saving], by: Member, facts: RequestFacts | None, now: dt.datetime) -> None:
    """Write many drafts anew, all of them or none. Raises as `save_version` does, for the first that is refused."""
    check_may(by.roles, Right.ITEMS)
    versions = own_versions(by, [one.version_id for one in savings])
    for version, one in zip(versions, savings, strict=True):
        check_editable(version.state)
        if version.revision != one.revision:
            raise ChangedMeanwhile
    given = [replace(one.texts, kind=version.item.kind) for version, one in zip(versions, savings, strict=True)]
    texts = _well_formed(given, now)
    entries = []
    for version, one, wanted in zip(versions, savings, texts, strict=True):
        before = facts_of(version)
        changed = [row.name for row in fields(VersionFacts) if getattr(before, row.name) != getattr(wanted, row.name)]
        if _change_files(version, one.files, by, now):
            changed.append("files")
        if not changed:
            continue
        version.revision += 1
        _update(version, wanted, by, now)
        entry = entry_of(
            actor_id=by.account_id,
            action="version.saved",
            subject="version",
            subject_id=version.pk,
            facts=facts,
            after={"revision": version.revision, "fields": changed},
        )
        entries.append(entry)
    record_all(entries)


@transaction.atomic
def copy_item(*, item_id: int, by: Member, facts: RequestFacts | None, now: dt.datetime, form_key: str = "") -> Version:
    """Begin a new item with the texts, specialties, teachers and documents of another of the organisation.

    Of an event the dates are left out: the next one is on another day. Raises NotAllowed, ItemUnknown.
    """
    check_may(by.roles, Right.ITEMS)
    item = own_item(by, item_id)
    newest = Version.objects.filter(item=item).order_by("-number").values_list("pk", flat=True)[0]
    source = own_version(by, newest)  # under its lock: its documents stay while they are copied
    title = _("%(title)s (copy)") % {"title": source.title[: LONGEST["title"] - 20]} if source.title else ""
    texts = replace(facts_of(source), title=title, begins_at=None, ends_at=None)
    copy = start_item(kind=item.kind, texts=texts, by=by, facts=facts, now=now, form_key=form_key)
    if not copy.files.exists():
        _copy_files(source, copy)
    return whole(Version.objects.filter(pk=copy.pk)).get()


@transaction.atomic
def new_version(*, item_id: int, by: Member, facts: RequestFacts | None, now: dt.datetime) -> Version:
    """Begin a new version of a published or withdrawn item, with everything the last published one says.

    A version under way already is given back as it is. Raises NotAllowed, ItemUnknown, ItemNotPublished, EventHasBegun.
    """
    check_may(by.roles, Right.ITEMS)
    item = own_item(by, item_id)
    under_way = whole(Version.objects.filter(item=item, state__in=UNDER_WAY)).first()
    if under_way is not None:
        return under_way
    published = whole(Version.objects.filter(item=item, published_at__isnull=False)).order_by("-number").first()
    if published is None:
        raise ItemNotPublished
    check_not_begun(begins_at=published.begins_at, withdrawn_at=item.withdrawn_at, now=now)
    number = Version.objects.filter(item=item).order_by("-number").values_list("number", flat=True)[0] + 1
    draft = Version(item=item, number=number, created_at=now, created_by_id=by.account_id)
    _insert([(draft, facts_of(published))], by, now)
    _copy_files(published, draft)
    step(draft, what="started", by=by.account, facts=facts, now=now)
    return whole(Version.objects.filter(pk=draft.pk)).get()


@transaction.atomic
def drop_version(*, version_id: int, by: Member, facts: RequestFacts | None, now: dt.datetime) -> Version:
    """Give a draft up. What is published stays; an item that never was stands among the given-up ones.

    Raises NotAllowed, ItemUnknown, VersionMoved.
    """
    check_may(by.roles, Right.ITEMS)
    version = own_version(by, version_id)
    return _move(version, VersionState.DROPPED, what="dropped", by=by, facts=facts, now=now)


@transaction.atomic
def submit_version(
    *, version_id: int, by: Member, facts: RequestFacts | None, now: dt.datetime, revision: int | None = None
) -> Version:
    """Hand a version to the operator for review, within `REVIEW_DAYS` days from today.

    `revision`, when given, is the one that the submitter saw.

    Raises:
        NotAllowed, ItemUnknown, VersionMoved: it is not the member's to submit.
        ChangedMeanwhile: somebody has saved it since.
        EventHasBegun: the event that it is to change.
        VersionIncomplete: with everything that is missing or does not fit.

    """
    (version,) = submit_versions(seen={version_id: revision}, by=by, facts=facts, now=now)
    return version


@transaction.atomic
def submit_versions(
    *, seen: Mapping[int, int | None], by: Member, facts: RequestFacts | None, now: dt.datetime
) -> list[Version]:
    """Hand many versions in by a few statements, all of them or none. `seen` is the revision by id, as above.

    Raises as `submit_version` does, for the first that is refused.
    """
    check_may(by.roles, Right.ITEMS)
    versions = own_versions(by, seen)
    before = [version.state for version in versions]
    events = [version.item_id for version in versions if version.item.kind == Kind.EVENT]
    held = Version.objects.filter(item__in=events, state=VersionState.PUBLISHED) if events else Version.objects.none()
    begins = dict(held.values_list("item", "begins_at"))
    for version in versions:
        check_move(version.state, VersionState.SUBMITTED)
        check_not_begun(begins_at=begins.get(version.item_id), withdrawn_at=version.item.withdrawn_at, now=now)
        if seen[version.pk] is not None and version.revision != seen[version.pk]:
            raise ChangedMeanwhile
        problems = problems_of(facts_of(version), now=now)
        if problems:
            raise VersionIncomplete(problems)
        version.state, version.due_on, version.taken_by = VersionState.SUBMITTED, due_on(timezone.localdate(now)), None
        version.submitted_at, version.submitted_by_id = now, by.account_id
    Version.objects.filter(pk__in=seen).update(
        state=VersionState.SUBMITTED,
        due_on=due_on(timezone.localdate(now)),
        taken_by=None,
        submitted_at=now,
        submitted_by=by.account_id,
    )
    pairs = list(zip(versions, before, strict=True))
    step_all(pairs, what="submitted", by=by.account, facts=facts, now=now)
    return versions


@transaction.atomic
def take_back(*, version_id: int, by: Member, facts: RequestFacts | None, now: dt.datetime) -> Version:
    """Take a version out of the review to go on writing. Raises NotAllowed, ItemUnknown, VersionMoved."""
    check_may(by.roles, Right.ITEMS)
    version = own_version(by, version_id)
    return _move(version, VersionState.DRAFT, what="taken_back", by=by, facts=facts, now=now)


@transaction.atomic
def withdraw_item(*, item_id: int, reason: str, by: Member, facts: RequestFacts | None, now: dt.datetime) -> Item:
    """Take a published item out of the catalogue; its card says since when and why. Runs and their people stay.

    Raises NotAllowed, ItemUnknown, ItemNotPublished, ReasonMissing.
    """
    check_may(by.roles, Right.ITEMS)
    item = own_item(by, item_id)
    close_item(item, reason=reason, by_id=by.account_id, facts=facts, now=now)
    return item


def close_item(item: Item, *, reason: str, by_id: int, facts: RequestFacts | None, now: dt.datetime) -> None:
    """Mark a locked item as withdrawn, in the caller's transaction. Raises ItemNotPublished, ReasonMissing."""
    if item.state != ItemState.PUBLISHED:
        raise ItemNotPublished
    words = " ".join(reason.split())[:_REASON_LENGTH]
    if not words:
        raise ReasonMissing
    item.state, item.withdrawn_at, item.withdrawn_by_id, item.withdrawn_reason = ItemState.WITHDRAWN, now, by_id, words
    item.save(update_fields=["state", "withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    record(
        actor_id=by_id,
        action="item.withdrawn",
        subject="item",
        subject_id=item.pk,
        facts=facts,
        reason=words[:500],
        before={"state": ItemState.PUBLISHED},
        after={"state": ItemState.WITHDRAWN},
    )
    refresh_search([item.pk])


def _move(
    version: Version, to: VersionState, *, what: str, by: Member, facts: RequestFacts | None, now: dt.datetime
) -> Version:
    before = version.state
    check_move(before, to)
    version.state = to
    version.save(update_fields=["state"])
    step(version, what=what, by=by.account, facts=facts, now=now, before=before)
    return version


def _well_formed(texts: Sequence[VersionFacts], now: dt.datetime) -> list[VersionFacts]:
    own = [of_its_kind(one) for one in texts]
    chosen = {choice.pk for one in own for choice in (*one.main_specialties, *one.other_specialties)}
    known, listed = known_values({one.region for one in own}), Specialty.objects.in_bulk(chosen)
    return [as_kept(one, known=known, listed=listed, now=now) for one in own]


def as_kept(
    texts: VersionFacts,
    *,
    known: Mapping[str, Collection[str]],
    listed: Mapping[int, Specialty],
    now: dt.datetime,
) -> VersionFacts:
    """The facts as they are kept. Names of specialties come from the lists, credits from the rule.

    `known` are the values of the other lists (`known_values`), `listed` the specialties by id. Raises VersionMalformed.
    """
    own = of_its_kind(texts)
    unknown = [
        (field, ChoiceUnknown(value=one.name or one.pk))
        for field in ("main_specialties", "other_specialties")
        for one in getattr(own, field)
        if one.pk not in listed
    ]
    problems = malformed_in(own, known=known, now=now) + unknown
    if problems:
        raise VersionMalformed(problems)

    def named(chosen: tuple[SpecialtyFacts, ...]) -> tuple[SpecialtyFacts, ...]:
        found = {one.pk: specialty_facts(listed[one.pk]) for one in chosen}
        return tuple(sorted(found.values(), key=lambda one: one.name.lower().replace("ё", "е")))

    kept = replace(
        own,
        main_specialties=named(own.main_specialties),
        other_specialties=named(own.other_specialties),
        levels=tuple(level for level in Level.values if level in own.levels),
        bases=tuple(base for base in Basis.values if base in own.bases),
    )
    return replace(kept, credits=credits_of(kept))


def _fill(version: Version, wanted: VersionFacts, by: Member, now: dt.datetime) -> None:
    for name in _COLUMNS:
        value = getattr(wanted, name)
        setattr(version, name, list(value) if isinstance(value, tuple) else value)
    version.region_id = wanted.region or None
    version.saved_at, version.saved_by_id = now, by.account_id


def _specialties(version: Version, wanted: VersionFacts) -> list[VersionSpecialty]:
    chosen = [(one, True) for one in wanted.main_specialties] + [(one, False) for one in wanted.other_specialties]
    return [VersionSpecialty(version=version, specialty_id=one.pk, is_main=is_main) for one, is_main in chosen]


def _teachers(version: Version, wanted: VersionFacts) -> list[VersionTeacher]:
    people = enumerate(wanted.teachers, 1)
    return [VersionTeacher(version=version, position=number, name=one.name, post=one.post) for number, one in people]


def _insert(drafts: Sequence[tuple[Version, VersionFacts]], by: Member, now: dt.datetime) -> None:
    """Write new versions with their specialties and teachers."""
    for version, wanted in drafts:
        _fill(version, wanted, by, now)
    Version.objects.bulk_create([version for version, _wanted in drafts])
    VersionSpecialty.objects.bulk_create([row for version, wanted in drafts for row in _specialties(version, wanted)])
    VersionTeacher.objects.bulk_create([row for version, wanted in drafts for row in _teachers(version, wanted)])


def _update(version: Version, wanted: VersionFacts, by: Member, now: dt.datetime) -> None:
    """Write a version of `whole` anew; its specialties and teachers when they are others."""
    _fill(version, wanted, by, now)
    version.save(update_fields=[*_COLUMNS, "region", "revision", "saved_at", "saved_by"])
    chosen = _specialties(version, wanted)
    there = {(row.specialty_id, row.is_main) for row in version.specialty_rows.all()}
    if {(row.specialty_id, row.is_main) for row in chosen} != there:
        version.specialty_rows.all().delete()
        VersionSpecialty.objects.bulk_create(chosen)
    people = _teachers(version, wanted)
    named = {(row.position, row.name, row.post) for row in version.teachers.all()}
    if {(row.position, row.name, row.post) for row in people} != named:
        version.teachers.all().delete()
        VersionTeacher.objects.bulk_create(people)


def _change_files(version: Version, files: FileChanges, by: Member, now: dt.datetime) -> bool:
    """Keep new documents, rename and drop the others. Returns whether anything changed."""
    if files == NO_FILES:
        return False
    there = {row.pk: row for row in version.files.select_related("file")}
    dropped = [row for pk, row in there.items() if pk in files.dropped]
    if len(there) - len(dropped) + len(files.added) > MOST_FILES:
        raise VersionMalformed([("files", TooManyFiles(most=MOST_FILES))])
    renamed = [
        (row, title)
        for pk, title in (files.titles or {}).items()
        if (row := there.get(pk)) is not None and pk not in files.dropped and title and title != row.title
    ]
    for row in dropped:
        row.delete()
        _forget(row.file)
    for row, title in renamed:
        row.title = title[:_TITLE_OF_FILE]
        row.save(update_fields=["title"])
    for upload in files.added:
        stored = keep_file(
            holder=organisation_holder(by.organisation_id),
            owner_id=by.account_id,
            purpose="item",
            upload=upload,
            kinds=SCANS,
            now=now,
            room=ORGANISATION_ROOM,
        )
        title = stored.name.rpartition(".")[0] or stored.name
        VersionFile.objects.create(version=version, file=stored, title=title[:_TITLE_OF_FILE])
    return bool(dropped or renamed or files.added)


def _forget(stored: StoredFile) -> None:
    """Drop a kept file that no version shows any more; of two that let go of it at once the second does."""
    StoredFile.objects.select_for_update(of=("self",)).get(pk=stored.pk)
    if not VersionFile.objects.filter(file=stored).exists():
        drop_file(stored)


def _copy_files(source: Version, to: Version) -> None:
    rows = source.files.order_by("pk")
    VersionFile.objects.bulk_create([VersionFile(version=to, file_id=row.file_id, title=row.title) for row in rows])
