"""An import from its file to its end: begun, checked, written, cancelled, gone on with after a stop."""

from __future__ import annotations

import datetime as dt
import hashlib
import time

from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from foundation.audit.operations import record
from foundation.db.refusals import refuses
from foundation.errors import Refused
from foundation.files.operations import ORGANISATION_ROOM, Upload, keep_spreadsheet, organisation_holder, read_file
from foundation.files.spreadsheets import open_table
from foundation.jobs.deferring import configure_job
from foundation.runtime.facts import RequestFacts
from nmfo.catalogue.columns import (
    SHEETS,
)
from nmfo.catalogue.models import Import, ImportRow
from nmfo.catalogue.operations.importing.planning import plan_of, what_is_there
from nmfo.catalogue.operations.importing.reading import Lists, ReadRow, chunks_of, count_rows, grouped_rows, lists_of
from nmfo.catalogue.operations.importing.refusals import (
    FileUnreadable,
    ImportMoved,
    ImportUnderWay,
    ImportUnknown,
    NothingToWrite,
    PortalFailed,
    WriterGone,
)
from nmfo.catalogue.operations.importing.writing import carry_out
from nmfo.organisations.models import Member, Organisation
from nmfo.organisations.rules import Right, check_may, may

GO_ON = "catalogue.import"
SLICE_S = 20  # a stop of the worker waits thirty seconds, and letters should not wait for imports longer than this
_OPEN = (Import.State.CHECKING, Import.State.CHECKED, Import.State.WRITING)
_BUSY = (Import.State.CHECKING, Import.State.WRITING)


@transaction.atomic
def begin_import(*, by: Member, upload: Upload, facts: RequestFacts | None, now: dt.datetime) -> Import:
    """Keep a file and have it checked. A checked file that nobody wrote makes room for the next one.

    The same file again, while it is looked at, is the same import.

    Raises:
        NotAllowed: the member's role does not write programmes.
        ImportUnderWay: the organisation has one that is being checked or written.
        TableUnfit and its kin, refusals of archives, QuotaSpent: nothing is kept.

    """
    check_may(by.roles, Right.ITEMS)
    # Of two presses of the button the second waits here and finds the import of the first.
    Organisation.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=by.organisation_id)
    rows = Import.objects.select_for_update(of=("self",), no_key=True)
    before = rows.filter(organisation_id=by.organisation_id, state__in=_OPEN).first()
    if before is not None and before.state in _BUSY and before.sha256 != _digest(upload):
        raise ImportUnderWay
    if before is not None and before.state in _BUSY:
        return before
    if before is not None:
        _end(before, Import.State.CANCELLED, now)
    stored = keep_spreadsheet(
        holder=organisation_holder(by.organisation_id),
        owner_id=by.account_id,
        purpose="import",
        upload=upload,
        now=now,
        room=ORGANISATION_ROOM,
    )
    batch = Import(
        organisation_id=by.organisation_id,
        file=stored,
        name=stored.name[:200],
        sha256=stored.sha256,
        by_id=by.account_id,
        created_at=now,
    )
    with refuses(catalogue_one_import_under_way=ImportUnderWay):
        batch.save(force_insert=True)
    _record(batch, "import.begun", by.account_id, facts)
    configure_job(GO_ON, queue="default").defer(batch_id=batch.pk)
    return batch


@transaction.atomic
def write_import(*, batch_id: int, by: Member, facts: RequestFacts | None, now: dt.datetime) -> Import:
    """Have a checked file written. Raises NotAllowed, ImportUnknown, ImportMoved, NothingToWrite."""
    check_may(by.roles, Right.ITEMS)
    batch = _own(by, batch_id)
    if batch.state == Import.State.WRITING:
        return batch  # the second click
    if batch.state != Import.State.CHECKED:
        raise ImportMoved
    if not batch.taken + batch.changed:
        raise NothingToWrite
    batch.state, batch.by_id, batch.done = Import.State.WRITING, by.account_id, 0
    batch.taken = batch.changed = batch.unchanged = batch.refused = 0
    batch.save(update_fields=["state", "by", "done", *_COUNTS])
    _record(batch, "import.confirmed", by.account_id, facts)
    configure_job(GO_ON, queue="default").defer(batch_id=batch.pk)
    return batch


@transaction.atomic
def cancel_import(*, batch_id: int, by: Member, facts: RequestFacts | None, now: dt.datetime) -> Import:
    """Stop an import. What has been written stays. Raises NotAllowed, ImportUnknown, ImportMoved."""
    check_may(by.roles, Right.ITEMS)
    batch = _own(by, batch_id)
    if batch.state not in _OPEN:
        raise ImportMoved
    _end(batch, Import.State.CANCELLED, now)
    _record(batch, "import.cancelled", by.account_id, facts)
    return batch


def go_on_with_import(batch_id: int, *, now: dt.datetime, slice_s: float = SLICE_S) -> None:
    """Look at the rows that come next, for about `slice_s` seconds, and leave the rest to another job.

    Safe to run twice and at the same time: each chunk asks under the import's lock how far the pass has come.
    """
    batch = Import.objects.select_related("by", "file").filter(pk=batch_id, state__in=_BUSY).first()
    if batch is None:
        return
    with override(batch.by.language):
        try:
            _go_on(batch, now, time.monotonic() + slice_s)
        except FileUnreadable as refusal:
            _fail(batch.pk, str(refusal.why), now)


def give_up_import(batch_id: int, *, now: dt.datetime) -> None:
    """End an import whose job failed for a reason that nobody foresaw. What has been written stays."""
    batch = Import.objects.select_related("by").filter(pk=batch_id, state__in=_BUSY).first()
    if batch is not None:
        with override(batch.by.language):
            _fail(batch.pk, str(PortalFailed()), now)


_COUNTS = ("taken", "changed", "unchanged", "refused")


def _go_on(batch: Import, now: dt.datetime, until: float) -> None:
    try:
        table = open_table(read_file(batch.file), batch.file.content_type, sheets=SHEETS)
        if not batch.rows:
            count = count_rows(table.rows())
            _note_beginning(batch, count, table.encoding, table.sheet[:100])
    except Refused as refusal:
        raise FileUnreadable(refusal) from refusal
    lists = lists_of(timezone.localdate(now), table.epoch)
    for chunk in chunks_of(grouped_rows(table.rows())):
        if chunk[-1][-1].number <= batch.done:
            continue
        if not _take(batch.pk, batch.state, chunk, lists, now):
            return
        if time.monotonic() > until:
            configure_job(GO_ON, queue="default").defer(batch_id=batch.pk)
            return
    _finish(batch.pk, batch.state, now)


@transaction.atomic
def _note_beginning(batch: Import, count: int, encoding: str, sheet: str) -> None:
    locked = Import.objects.select_for_update(of=("self",), no_key=True).get(pk=batch.pk)
    if not locked.rows:
        locked.rows, locked.encoding, locked.sheet = count, encoding, sheet
        locked.save(update_fields=["rows", "encoding", "sheet"])
    batch.rows = locked.rows


@transaction.atomic
def _take(batch_id: int, state: str, chunk: list[list[ReadRow]], lists: Lists, now: dt.datetime) -> bool:
    """Look at a chunk, or at what of it nobody has looked at yet. False: the import has moved on meanwhile."""
    rows = Import.objects.select_for_update(of=("self",), no_key=True).select_related("by")
    batch = rows.filter(pk=batch_id, state=state).first()
    if batch is None:
        return False
    groups = [group for group in chunk if group[0].number > batch.done]
    if not groups:
        return True
    by = _writer(batch)
    there = what_is_there(batch.organisation_id, {group[0].key for group in groups})
    plans = [plan_of(batch, group, there.get(group[0].key), lists, now) for group in groups]
    if state == Import.State.WRITING:
        carry_out(plans, by, now)
    told = [row for plan in plans for row in plan.outcomes.values()]
    for row in told:
        row.written = state == Import.State.WRITING
        setattr(batch, row.outcome, getattr(batch, row.outcome) + 1)
    ImportRow.objects.bulk_create(
        told,
        update_conflicts=True,
        unique_fields=["batch", "line"],
        update_fields=["key", "title", "outcome", "column", "reason", "item", "written"],
    )
    batch.done = groups[-1][-1].number
    batch.save(update_fields=["done", *_COUNTS])
    return True


def _writer(batch: Import) -> Member:
    """Who sent the file, as long as they may. Raises FileUnreadable."""
    members = Member.objects.filter(organisation_id=batch.organisation_id, account_id=batch.by_id, left_at=None)
    by = members.select_related("account").first()
    if by is None or not may(by.roles, Right.ITEMS) or not may(by.roles, Right.RUNS):
        raise FileUnreadable(WriterGone())
    return by


def _own(by: Member, batch_id: int) -> Import:
    rows = Import.objects.select_for_update(of=("self",), no_key=True)
    batch = rows.filter(organisation_id=by.organisation_id, pk=batch_id).first()
    if batch is None:
        raise ImportUnknown
    return batch


def _end(batch: Import, state: Import.State, now: dt.datetime, trouble: str = "") -> None:
    batch.state, batch.ended_at, batch.trouble = state, now, trouble[:1000]
    batch.save(update_fields=["state", "ended_at", "trouble"])


@transaction.atomic
def _fail(batch_id: int, trouble: str, now: dt.datetime) -> None:
    rows = Import.objects.select_for_update(of=("self",), no_key=True)
    batch = rows.filter(pk=batch_id, state__in=_BUSY).first()
    if batch is not None:
        _end(batch, Import.State.FAILED, now, trouble)
        _record(batch, "import.failed", batch.by_id, None)


@transaction.atomic
def _finish(batch_id: int, state: str, now: dt.datetime) -> None:
    rows = Import.objects.select_for_update(of=("self",), no_key=True)
    batch = rows.filter(pk=batch_id, state=state).first()
    if batch is None or batch.done < batch.rows:
        return
    if state == Import.State.CHECKING:
        batch.state = Import.State.CHECKED
        batch.save(update_fields=["state"])
        return
    _end(batch, Import.State.DONE, now)
    _record(batch, "import.written", batch.by_id, None)


def _record(batch: Import, action: str, by_id: int, facts: RequestFacts | None) -> None:
    record(
        actor_id=by_id,
        action=action,
        subject="import",
        subject_id=batch.pk,
        facts=facts,
        after={"organisation": batch.organisation_id, **{name: getattr(batch, name) for name in ("rows", *_COUNTS)}},
    )


def _digest(upload: Upload) -> str:
    digest = hashlib.sha256()
    for block in upload.chunks():
        digest.update(block)
    upload.seek(0)
    return digest.hexdigest()
