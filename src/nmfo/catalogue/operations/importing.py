"""Import of programmes from a table: the file is kept, checked, and written when its owner says so.

Both passes go through the same rows in slices of a job. A chunk of rows is one transaction, which also notes how far
the pass has come: a worker may die anywhere, or two may run at once, and every row is looked at once in each pass.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from foundation.audit.operations import record
from foundation.db.refusals import refuses
from foundation.errors import Refused
from foundation.files.operations import ORGANISATION_ROOM, Upload, keep_spreadsheet, organisation_holder, read_file
from foundation.files.spreadsheets import Flaw, TableRow, open_table
from foundation.jobs.deferring import configure_job
from foundation.runtime.facts import RequestFacts
from nmfo.catalogue.columns import (
    EXAMPLE_KEYS,
    ITEM_COLUMNS,
    KEY,
    SHEETS,
    SUBMIT,
    Known,
    Trouble,
    ValueOutside,
    columns_of,
    fold,
    label_of_column,
    read_item,
    read_key,
    read_run,
    run_key,
    sets_a_run,
)
from nmfo.catalogue.models import Import, ImportRow, Item, Run, Version
from nmfo.catalogue.operations.authoring import (
    NewItem,
    Saving,
    as_kept,
    new_version,
    save_versions,
    start_items,
    submit_versions,
)
from nmfo.catalogue.operations.running import NewRun, RunChange, add_runs, change_runs
from nmfo.catalogue.queries import facts_of, known_values, run_facts_of, specialty_facts, whole
from nmfo.catalogue.rules.refusals import Problems, RunMalformed, VersionMalformed
from nmfo.catalogue.rules.runs import RunFacts, check_run_changeable, run_problems
from nmfo.catalogue.rules.versions import SpecialtyFacts, VersionFacts, problems_of
from nmfo.catalogue.rules.words import EDITABLE, UNDER_WAY, Kind, VersionState
from nmfo.organisations.models import Member, Organisation
from nmfo.organisations.rules import Right, check_may, may
from nmfo.reference.models import Region, Specialty

GO_ON = "catalogue.import"
MOST_ROWS = 20_000
CHUNK = 50
SLICE_S = 20  # a stop of the worker waits thirty seconds, and letters should not wait for imports longer than this
_KEY_SHOWN = 80
_TITLE_SHOWN = 300
_REASON_SHOWN = 500
_OPEN = (Import.State.CHECKING, Import.State.CHECKED, Import.State.WRITING)
_BUSY = (Import.State.CHECKING, Import.State.WRITING)
_Outcome = ImportRow.Outcome


class ImportUnderWay(Refused):
    message = _("Another file of the organisation is being looked at. Wait until it has ended, or stop it.")
    field = "file"


class ImportMoved(Refused):
    message = _("This import has moved on meanwhile. Look at the page anew.")


class ImportUnknown(Refused):
    message = _("There is no such import in this organisation.")


class NothingToWrite(Refused):
    message = _("There is nothing to write: no row is new or different. Put the refused rows right and send the file.")


class TooManyRows(Refused):
    message = _("There are more than %(most)s rows. Divide the file into several.")


class NoRows(Refused):
    message = _("There is nothing below the names of the columns.")


class WriterGone(Refused):
    message = _("Who sent the file does not write programmes of the organisation any more. Send it anew.")


class PortalFailed(Refused):
    message = _(
        "The portal failed several times while it read the file; its operators see that. "
        "Save the file anew and send it again; if that does not help, send it to the support."
    )


class CellIsFormula(Refused):
    message = _("There is a formula here. Put its value in its place: copy, then paste special, values.")


class CellIsError(Refused):
    message = _("The spreadsheet shows an error here. Put it right.")


class RowHidden(Refused):
    message = _("The row is hidden, perhaps by a filter. Show it or delete it.")


class RowIsExample(Refused):
    message = _("This is the example of the template. Delete the row.")


class KeyTwice(Refused):
    message = _("The key stands in row %(line)s already. Rows of one programme stand together, one for each run.")


class RowContradicts(Refused):
    message = _("Row %(line)s of the same programme says something else here. Leave it empty or write the same.")


class FirstRowRefused(Refused):
    message = _("Row %(line)s, the first one of this programme, is refused. Put it right.")


class RunTwice(Refused):
    message = _("Row %(line)s sets this run already. Give each run a key of its own.")


class GivenUp(Refused):
    message = _("The programme with this key was given up. Give another key.")


class UnderReview(Refused):
    message = _("The programme is under review and says something else. Take it back first, or wait for the decision.")


class HandedIn(Refused):
    """A note beside a row, not a refusal."""

    message = _("Handed in for review.")


class KeptAsDraft(Refused):
    """A note beside a row, not a refusal."""

    message = _("A draft: before it can be submitted, look at %(what)s.")


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
        except _FileRefused as refusal:
            _fail(batch.pk, str(refusal.why), now)


def give_up_import(batch_id: int, *, now: dt.datetime) -> None:
    """End an import whose job failed for a reason that nobody foresaw. What has been written stays."""
    batch = Import.objects.select_related("by").filter(pk=batch_id, state__in=_BUSY).first()
    if batch is not None:
        with override(batch.by.language):
            _fail(batch.pk, str(PortalFailed()), now)


_COUNTS = ("taken", "changed", "unchanged", "refused")


class _FileRefused(Exception):
    """The whole file cannot be taken."""

    def __init__(self, why: Refused) -> None:
        super().__init__()
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A row of the file by the names of its columns; `trouble` is what makes it unreadable as a whole."""

    number: int
    line: int
    key: str
    cells: Mapping[str, str]
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lists:
    """What the rows of a slice are read with, asked of the database once."""

    known: Known
    values: Mapping[str, Collection[str]]
    specialties: Mapping[int, Specialty]


@dataclass(slots=True, kw_only=True)
class _There:
    """What the portal has under a key: the version its authors hold or else the published one, and the runs."""

    item: Item
    version: Version | None = None
    published: Version | None = None
    runs: dict[str, Run] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _RunPlan:
    """A run that a row sets; `there` is what it changes, None for a new one."""

    key: str
    facts: RunFacts
    there: Run | None
    is_same: bool


@dataclass(slots=True, kw_only=True)
class _Plan:
    """What becomes of the rows of one programme: outcomes by row, and what has to be written."""

    rows: Sequence[_Row]
    outcomes: dict[int, ImportRow]
    wanted: VersionFacts | None = None
    there: _There | None = None
    is_same: bool = False
    submits: bool = False
    runs: dict[str, _RunPlan] = field(default_factory=dict)  # by their keys


def _go_on(batch: Import, now: dt.datetime, until: float) -> None:
    try:
        table = open_table(read_file(batch.file), batch.file.content_type, sheets=SHEETS)
        if not batch.rows:
            count = _count(table.rows())
            _note_beginning(batch, count, table.encoding, table.sheet[:100])
    except Refused as refusal:
        raise _FileRefused(refusal) from refusal
    lists = _lists(timezone.localdate(now), table.epoch)
    for chunk in _chunks(_rows(table.rows())):
        if chunk[-1][-1].number <= batch.done:
            continue
        if not _take(batch.pk, batch.state, chunk, lists, now):
            return
        if time.monotonic() > until:
            configure_job(GO_ON, queue="default").defer(batch_id=batch.pk)
            return
    _finish(batch.pk, batch.state, now)


def _count(rows: Iterator[TableRow]) -> int:
    """How many rows there are below the header, which is looked at. Raises what refuses the whole file."""
    header = next(rows, None)
    columns_of(header.cells if header else ())
    count = 0
    for row in rows:
        count += not row.is_empty
        if count > MOST_ROWS:
            raise TooManyRows(most=MOST_ROWS)
    if not count:
        raise NoRows
    return count


@transaction.atomic
def _note_beginning(batch: Import, count: int, encoding: str, sheet: str) -> None:
    locked = Import.objects.select_for_update(of=("self",), no_key=True).get(pk=batch.pk)
    if not locked.rows:
        locked.rows, locked.encoding, locked.sheet = count, encoding, sheet
        locked.save(update_fields=["rows", "encoding", "sheet"])
    batch.rows = locked.rows


def _lists(today: dt.date, epoch: dt.date) -> _Lists:
    specialties = {row.pk: row for row in Specialty.objects.order_by("-valid_from_on", "pk")}
    by_name: dict[str, list[SpecialtyFacts]] = {}
    for row in specialties.values():
        by_name.setdefault(fold(row.name), []).append(specialty_facts(row))
    regions: dict[str, str] = {}
    for region in Region.objects.all():
        regions |= {region.code: region.code, fold(region.name): region.code}
    known = Known(specialties=by_name, regions=regions, today=today, epoch=epoch)
    return _Lists(known=known, values=known_values(set(regions.values())), specialties=specialties)


def _rows(rows: Iterator[TableRow]) -> Iterator[list[_Row]]:
    """The rows of each programme, as they stand together."""
    header = next(rows, None)
    columns = columns_of(header.cells if header else ())
    group: list[_Row] = []
    first_lines: dict[str, int] = {}
    for number, row in enumerate((row for row in rows if not row.is_empty), 1):
        found = _read(number, row, columns)
        if group and found.key and found.key == group[0].key:
            group.append(found)
            continue
        if group:
            yield group
        if found.key and first_lines.setdefault(found.key, row.line) != row.line:
            twice = KeyTwice(line=first_lines[found.key])
            found = _Row(number=number, line=row.line, key=found.key, cells=found.cells, trouble=(KEY, twice))
        group = [found]
    if group:
        yield group


def _read(number: int, row: TableRow, columns: Mapping[int, str]) -> _Row:
    cells = {name: row.cells[place] if place < len(row.cells) else "" for place, name in columns.items()}
    key, trouble = "", None
    try:
        key = read_key(cells[KEY])
    except Refused as refusal:
        trouble = (KEY, refusal)
    if fold(key) in EXAMPLE_KEYS:
        trouble = (KEY, RowIsExample())
    elif row.hidden:
        trouble = ("", RowHidden())
    elif row.flaws:
        place, flaw = min(row.flaws.items())
        trouble = (columns.get(place, ""), CellIsFormula() if flaw == Flaw.FORMULA else CellIsError())
    elif outside := [cell for place, cell in enumerate(row.cells) if cell.strip() and place not in columns]:
        trouble = ("", ValueOutside(value=outside[0].strip()[:40]))
    return _Row(number=number, line=row.line, key=key, cells=cells, trouble=trouble)


def _chunks(groups: Iterator[list[_Row]]) -> Iterator[list[list[_Row]]]:
    chunk: list[list[_Row]] = []
    size = 0
    for group in groups:
        chunk.append(group)
        size += len(group)
        if size >= CHUNK:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


@transaction.atomic
def _take(batch_id: int, state: str, chunk: list[list[_Row]], lists: _Lists, now: dt.datetime) -> bool:
    """Look at a chunk, or at what of it nobody has looked at yet. False: the import has moved on meanwhile."""
    rows = Import.objects.select_for_update(of=("self",), no_key=True).select_related("by")
    batch = rows.filter(pk=batch_id, state=state).first()
    if batch is None:
        return False
    groups = [group for group in chunk if group[0].number > batch.done]
    if not groups:
        return True
    by = _writer(batch)
    there = _what_is_there(batch.organisation_id, {group[0].key for group in groups})
    plans = [_planned(batch, group, there.get(group[0].key), lists, now) for group in groups]
    if state == Import.State.WRITING:
        _carry_out(plans, by, now)
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
    """Who sent the file, as long as they may. Raises _FileRefused."""
    members = Member.objects.filter(organisation_id=batch.organisation_id, account_id=batch.by_id, left_at=None)
    by = members.select_related("account").first()
    if by is None or not may(by.roles, Right.ITEMS) or not may(by.roles, Right.RUNS):
        raise _FileRefused(WriterGone())
    return by


def _what_is_there(organisation_id: int, keys: Collection[str]) -> dict[str, _There]:
    items = Item.objects.filter(
        organisation_id=organisation_id, kind=Kind.PROGRAMME, source_key__in=[key for key in keys if key]
    )
    found = {item.pk: _There(item=item) for item in items}
    states = [*UNDER_WAY, VersionState.PUBLISHED]
    for version in whole(Version.objects.filter(item__in=found, state__in=states)):
        one = found[version.item_id]
        if version.state == VersionState.PUBLISHED:
            one.published = version
            one.version = one.version or version
        else:
            one.version = version
    for run in Run.objects.filter(item__in=found).select_related("version"):
        if run.source_key:
            found[run.item_id].runs[run.source_key] = run
    return {one.item.source_key: one for one in found.values()}


# Judging


def _told(batch: Import, row: _Row, outcome: str, *, title: str = "", item: Item | None = None) -> ImportRow:
    return ImportRow(
        batch=batch,
        line=row.line,
        key=_shown(row.key or row.cells.get(KEY, ""))[:_KEY_SHOWN],
        title=_shown(title or row.cells.get("title", ""))[:_TITLE_SHOWN],
        outcome=outcome,
        item=item,
    )


def _shown(text: str) -> str:
    """A text of the file as a report may keep it: on one line, control characters made visible."""
    return " ".join("".join("\ufffd" if sign < " " and sign not in "\r\n\t" else sign for sign in text).split())


def _explain(row: ImportRow, troubles: Sequence[Trouble]) -> None:
    """Say the first trouble with its column, and the others after it."""
    row.column = label_of_column(troubles[0][0])[:60]
    words = [str(troubles[0][1])]
    for name, problem in troubles[1:]:
        label = label_of_column(name)
        words.append(f"{label}: {problem}" if label else str(problem))
    row.reason = _shown(" ".join(words))[:_REASON_SHOWN]


def _refuse(plan: _Plan, batch: Import, row: _Row, troubles: Sequence[Trouble]) -> None:
    told = _told(batch, row, _Outcome.REFUSED, item=plan.there.item if plan.there else None)
    _explain(told, troubles)
    plan.outcomes[row.number] = told


def _refuse_all(plan: _Plan, batch: Import, troubles: Sequence[Trouble]) -> _Plan:
    """The first row is refused, and with it all rows of the programme."""
    first = plan.rows[0]
    plan.wanted, plan.runs = None, {}
    _refuse(plan, batch, first, troubles)
    for row in plan.rows[1:]:
        _refuse(plan, batch, row, [(KEY, FirstRowRefused(line=first.line))])
    return plan


def _planned(batch: Import, group: Sequence[_Row], there: _There | None, lists: _Lists, now: dt.datetime) -> _Plan:
    """What becomes of the rows of one programme, from what stands in the database now."""
    plan, first = _Plan(rows=group, outcomes={}, there=there), group[0]
    version = there.version if there else None
    if first.trouble or (there and version is None):
        return _refuse_all(plan, batch, [first.trouble or (KEY, GivenUp())])
    before = facts_of(version) if version else None
    asked, troubles = _wanted(plan, first, before, lists, now)
    state = version.state if version else VersionState.DRAFT
    if not troubles and not plan.is_same and state == VersionState.SUBMITTED:
        troubles = [(KEY, UnderReview())]
    if troubles or plan.wanted is None:
        return _refuse_all(plan, batch, troubles)
    missing = problems_of(plan.wanted, now=now)
    is_draft = state == VersionState.DRAFT or not plan.is_same  # or becomes one
    plan.submits = asked and is_draft and not missing
    _judge_first(plan, batch, first, lists, now)
    if plan.wanted is None:
        return plan
    for row in group[1:]:
        _judge_next(plan, batch, row, lists, now)
    if is_draft:
        _note(plan, missing)
    return plan


def _wanted(
    plan: _Plan, row: _Row, before: VersionFacts | None, lists: _Lists, now: dt.datetime
) -> tuple[bool, list[Trouble]]:
    """Put into the plan what the row wants; whether it asks for the review, and what is wrong with it."""
    wanted, asked, troubles = read_item(row.cells, lists.known, before or VersionFacts(kind=Kind.PROGRAMME))
    if troubles:
        return asked, troubles
    try:
        plan.wanted = as_kept(wanted, known=lists.values, listed=lists.specialties, now=now)
    except VersionMalformed as malformed:
        return asked, list(malformed.problems)
    plan.is_same = plan.wanted == before
    return asked, []


def _note(plan: _Plan, missing: Sequence[Trouble]) -> None:
    """A word beside the first row: it goes to review, or what keeps it from there."""
    told = plan.outcomes[plan.rows[0].number]
    if plan.submits:
        told.column, told.reason = label_of_column(SUBMIT), str(HandedIn())
    elif missing:
        names = dict.fromkeys(label_of_column(name) for name, _problem in missing)
        told.reason = str(KeptAsDraft(what=", ".join(f"«{name}»" for name in names)))[:_REASON_SHOWN]


def _judge_first(plan: _Plan, batch: Import, row: _Row, lists: _Lists, now: dt.datetime) -> None:
    troubles: list[Trouble] = []
    run = _run_of(plan, row, lists, now, troubles)
    if troubles:
        _refuse_all(plan, batch, troubles)
        return
    if run is not None:
        plan.runs[run.key] = run
    if plan.there is None:
        outcome = _Outcome.TAKEN
    elif plan.is_same and not plan.submits and (run is None or run.is_same):
        outcome = _Outcome.UNCHANGED
    else:
        outcome = _Outcome.CHANGED
    told = _told(batch, row, outcome, title=plan.wanted.title if plan.wanted else "")
    told.item = plan.there.item if plan.there else None
    plan.outcomes[row.number] = told


def _judge_next(plan: _Plan, batch: Import, row: _Row, lists: _Lists, now: dt.datetime) -> None:
    """A further row of the programme: it may set a run and must not contradict the first one."""
    first = plan.rows[0]
    strange = [
        name
        for name in ITEM_COLUMNS
        if row.cells.get(name, "").strip() and row.cells[name].strip() != first.cells.get(name, "").strip()
    ]
    troubles: list[Trouble] = [row.trouble] if row.trouble else []
    if not troubles and strange:
        troubles = [(strange[0], RowContradicts(line=first.line))]
    if not troubles and not sets_a_run(row.cells):
        troubles = [(KEY, KeyTwice(line=first.line))]
    run = _run_of(plan, row, lists, now, troubles) if not troubles else None
    if troubles or run is None:
        _refuse(plan, batch, row, troubles)
        return
    plan.runs[run.key] = run
    outcome = _Outcome.TAKEN if run.there is None else _Outcome.UNCHANGED if run.is_same else _Outcome.CHANGED
    told = _told(batch, row, outcome, title=plan.wanted.title if plan.wanted else "")
    told.item = plan.there.item if plan.there else None
    plan.outcomes[row.number] = told


def _run_of(plan: _Plan, row: _Row, lists: _Lists, now: dt.datetime, troubles: list[Trouble]) -> _RunPlan | None:
    """The run that a row sets; None when it sets none, or when `troubles` has got something."""
    if plan.wanted is None or not sets_a_run(row.cells):
        return None
    there = plan.there.runs.get(run_key(row.cells, lists.known)) if plan.there else None
    base = run_facts_of(there) if there else None
    key, facts, found = read_run(row.cells, lists.known, item=plan.wanted, base=base)
    troubles += found
    if facts is None:
        return None
    if key in plan.runs:
        troubles.append(("run.key", RunTwice(line=plan.rows[0].line)))
    elif facts != base:
        troubles += [(f"run.{name}", problem) for name, problem in _run_troubles(plan, facts, there, now)]
    return _RunPlan(key=key, facts=facts, there=there, is_same=facts == base)


def _run_troubles(plan: _Plan, facts: RunFacts, there: Run | None, now: dt.datetime) -> list[Trouble]:
    today = timezone.localdate(now)
    if there is not None:
        try:
            check_run_changeable(state=there.state, ends_on=there.ends_on, today=today)
        except Refused as refusal:
            return [("key", refusal)]
    published = plan.there.published if plan.there else None
    distance = published.distance if published else plan.wanted is not None and plan.wanted.distance
    if there is not None:
        distance = there.version.distance
    is_new = there is None or there.begins_on != facts.begins_on
    return run_problems(facts, taken=there.taken if there else 0, distance=distance, today=today, is_new=is_new)


# Writing


def _carry_out(plans: Sequence[_Plan], by: Member, now: dt.datetime) -> None:
    """Write plans together; when something is refused at the last moment, each by itself."""
    wanted = [plan for plan in plans if plan.wanted is not None]
    try:
        _write(wanted, by, now)
    except Refused:
        for plan in wanted:
            _carry_out_alone(plan, by, now)


def _carry_out_alone(plan: _Plan, by: Member, now: dt.datetime) -> None:
    """Write a plan; what is refused is refused with all its rows, and nothing of it stays."""
    batch = plan.outcomes[plan.rows[0].number].batch
    try:
        _write([plan], by, now)
    except RunMalformed as refusal:
        _refuse_all(plan, batch, [(f"run.{name}", problem) for name, problem in refusal.problems])
    except Problems as refusal:
        _refuse_all(plan, batch, list(refusal.problems))
    except Refused as refusal:
        _refuse_all(plan, batch, [(KEY, refusal)])


@transaction.atomic
def _write(plans: Sequence[_Plan], by: Member, now: dt.datetime) -> None:
    """Write the plans, all of them or none, by a few statements."""
    versions = {**_begun(plans, by, now), **_saved(plans, by, now)}
    submitted = {versions[plan.rows[0].number].pk: None for plan in plans if plan.submits}
    if submitted:
        submit_versions(seen=submitted, by=by, facts=None, now=now)
    _write_runs(plans, versions, by, now)
    for plan in plans:
        for row in plan.outcomes.values():
            row.item_id = versions[plan.rows[0].number].item_id


def _begun(plans: Sequence[_Plan], by: Member, now: dt.datetime) -> dict[int, Version]:
    """The drafts of new programmes, by the number of the first row."""
    new = [(plan.rows[0], plan.wanted) for plan in plans if plan.there is None and plan.wanted is not None]
    if not new:
        return {}
    items = [NewItem(kind=Kind.PROGRAMME, texts=wanted, source_key=row.key) for row, wanted in new]
    drafts = start_items(items=items, by=by, facts=None, now=now)
    return {row.number: draft for (row, _wanted), draft in zip(new, drafts, strict=True)}


def _saved(plans: Sequence[_Plan], by: Member, now: dt.datetime) -> dict[int, Version]:
    """The versions that were there, written anew where the file says something else."""
    found: dict[int, Version] = {}
    savings = []
    for plan in plans:
        if plan.there is None or plan.there.version is None or plan.wanted is None:
            continue
        version = plan.there.version
        if not plan.is_same:
            if version.state not in EDITABLE:
                version = new_version(item_id=plan.there.item.pk, by=by, facts=None, now=now)
            savings.append(Saving(version_id=version.pk, texts=plan.wanted, revision=version.revision))
        found[plan.rows[0].number] = version
    if savings:
        save_versions(savings=savings, by=by, facts=None, now=now)
    return found


def _write_runs(plans: Sequence[_Plan], versions: Mapping[int, Version], by: Member, now: dt.datetime) -> None:
    runs, changes = [], []
    for plan in plans:
        item_id = versions[plan.rows[0].number].item_id
        for run in plan.runs.values():
            if run.there is None:
                runs.append(NewRun(item_id=item_id, run=run.facts, source_key=run.key))
            elif not run.is_same:
                changes.append(RunChange(run_id=run.there.pk, run=run.facts, seen=run_facts_of(run.there)))
    if runs:
        add_runs(runs=runs, by=by, facts=None, now=now)
    if changes:
        change_runs(changes=changes, by=by, facts=None, now=now)


# Beginning and end


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
