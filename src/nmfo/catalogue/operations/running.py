"""Runs (потоки) of a programme: set, changed, closed for applications, cancelled. Seats are taken by enrolment only."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation.audit.models import Entry
from foundation.audit.operations import entry_of, record_all
from foundation.db.refusals import refuses
from foundation.errors import Refused
from foundation.runtime.facts import RequestFacts
from nmfo.catalogue.models import Item, Run, Version
from nmfo.catalogue.operations.listing import refresh_search
from nmfo.catalogue.operations.steps import own_items
from nmfo.catalogue.queries import run_facts_of
from nmfo.catalogue.rules.refusals import (
    ChoiceUnknown,
    ItemNotPublished,
    ItemUnknown,
    ReasonMissing,
    RunChangedMeanwhile,
    RunMalformed,
    RunsAreOfProgrammes,
    RunsTooMany,
    SourceKeyTaken,
    TextTooLong,
)
from nmfo.catalogue.rules.runs import RunFacts, check_run_changeable, run_problems
from nmfo.catalogue.rules.words import LONGEST_KEY, MOST_RUNS, UNDER_WAY, Basis, Kind, RunState, VersionState
from nmfo.organisations.models import Member
from nmfo.organisations.rules import Right, check_may
from nmfo.reference.models import Region

_REASON_LENGTH = 1000


class RunFormUsed(Refused):
    """The form that sets this run has been sent already."""

    message = _("This run has been set already.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A run to set. `source_key` is the organisation's own key, one for each run of an item."""

    item_id: int
    run: RunFacts
    source_key: str = ""
    form_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunChange:
    """What a run is to be; `seen` is what stood there when the writer looked."""

    run_id: int
    run: RunFacts
    seen: RunFacts


@transaction.atomic
def add_run(
    *,
    item_id: int,
    run: RunFacts,
    by: Member,
    facts: RequestFacts | None,
    now: dt.datetime,
    form_key: str = "",
    source_key: str = "",
) -> Run:
    """Set a run of a programme. It teaches what is published, or what is being written as long as nothing is.

    The same `form_key` again gives the run it made. `source_key` is the organisation's own key, one for each run.

    Raises:
        NotAllowed, ItemUnknown, RunsAreOfProgrammes, ItemNotPublished: there is nothing to set it for.
        RunMalformed: with everything that is wrong.
        SourceKeyTaken: another run of the item has this key.
        RunsTooMany: it has two hundred that are not over.

    """
    new = NewRun(item_id=item_id, run=run, source_key=source_key, form_key=form_key)
    try:
        (made,) = add_runs(runs=[new], by=by, facts=facts, now=now)
    except RunFormUsed:
        return Run.objects.get(item_id=item_id, form_key=form_key)
    return made


@transaction.atomic
def add_runs(*, runs: Sequence[NewRun], by: Member, facts: RequestFacts | None, now: dt.datetime) -> list[Run]:
    """Set many runs by a few statements, all of them or none. Returns them in the same order.

    Raises as `add_run` does, for the first that is refused, and RunFormUsed when a form has been sent already.
    """
    check_may(by.roles, Right.RUNS)
    today = timezone.localdate(now)
    items = own_items(by, {one.item_id for one in runs})
    taught, regions = _taught_versions(items), _regions([one.run for one in runs])
    keys = set(Run.objects.filter(item__in=items).values_list("item_id", "source_key"))  # the items are locked
    going_on = Run.objects.filter(item__in=items, ends_on__gte=today).exclude(state=RunState.CANCELLED)
    numbers = Counter(going_on.values_list("item_id", flat=True))
    made = []
    for one in runs:
        version, wanted = taught[one.item_id], _ordered(one.run)
        _check(wanted, taken=0, version=version, regions=regions, today=today, is_new=True)
        numbers[one.item_id] += 1
        if numbers[one.item_id] > MOST_RUNS:
            raise RunsTooMany(most=MOST_RUNS)
        if len(one.source_key) > LONGEST_KEY:
            raise RunMalformed([("source_key", TextTooLong(most=LONGEST_KEY, length=len(one.source_key)))])
        if one.source_key and (one.item_id, one.source_key) in keys:
            raise SourceKeyTaken(key=one.source_key)
        keys.add((one.item_id, one.source_key))
        row = Run(item=items[one.item_id], version=version, source_key=one.source_key, form_key=one.form_key)
        row.created_at, row.created_by_id = now, by.account_id
        _fill(row, wanted)
        made.append(row)
    with refuses(catalogue_a_form_makes_one_run=RunFormUsed):
        Run.objects.bulk_create(made)
    record_all(_entry(row, "run.added", by, facts, after=_plain(run_facts_of(row))) for row in made)
    refresh_search(items)
    return made


@transaction.atomic
def change_run(
    *, run_id: int, run: RunFacts, seen: RunFacts, by: Member, facts: RequestFacts | None, now: dt.datetime
) -> Run:
    """Change a run that is not over. `seen` is what stood there when the writer looked.

    Raises NotAllowed, ItemUnknown, RunIsOver, RunChangedMeanwhile, RunMalformed; then nothing is written.
    """
    change = RunChange(run_id=run_id, run=run, seen=seen)
    (kept,) = change_runs(changes=[change], by=by, facts=facts, now=now)
    return kept


@transaction.atomic
def change_runs(*, changes: Sequence[RunChange], by: Member, facts: RequestFacts | None, now: dt.datetime) -> list[Run]:
    """Change many runs, all of them or none. Raises as `change_run` does, for the first that is refused."""
    check_may(by.roles, Right.RUNS)
    runs = _own_runs(by, [one.run_id for one in changes])
    regions, today = _regions([one.run for one in changes]), timezone.localdate(now)
    entries = []
    for kept, one in zip(runs, changes, strict=True):
        before, run = run_facts_of(kept), _ordered(one.run)
        check_run_changeable(state=kept.state, ends_on=kept.ends_on, today=today)
        if before != one.seen:
            raise RunChangedMeanwhile
        moved = run.begins_on != before.begins_on
        _check(run, taken=kept.taken, version=kept.version, regions=regions, today=today, is_new=moved)
        if run == before:
            continue
        _fill(kept, run)
        kept.save(update_fields=[*_COLUMNS, "region", "bases"])
        old, new = _plain(before), _plain(run)
        changed = [name for name in new if old[name] != new[name]]
        was, is_now = ({name: values[name] for name in changed} for values in (old, new))
        entries.append(_entry(kept, "run.changed", by, facts, before=was, after=is_now))
    record_all(entries)
    refresh_search({entry.after["item"] for entry in entries})
    return runs


@transaction.atomic
def close_run(*, run_id: int, by: Member, facts: RequestFacts | None, now: dt.datetime) -> Run:
    """Take no more applications. Raises NotAllowed, ItemUnknown, RunIsOver."""
    return _set_state(run_id, RunState.CLOSED, "run.closed", by, facts, now)


@transaction.atomic
def open_run(*, run_id: int, by: Member, facts: RequestFacts | None, now: dt.datetime) -> Run:
    """Take applications again. Raises NotAllowed, ItemUnknown, RunIsOver."""
    return _set_state(run_id, RunState.OPEN, "run.opened", by, facts, now)


@transaction.atomic
def cancel_run(*, run_id: int, reason: str, by: Member, facts: RequestFacts | None, now: dt.datetime) -> Run:
    """Cancel a run for good; the card shows the reason. Raises NotAllowed, ItemUnknown, RunIsOver, ReasonMissing."""
    words = " ".join(reason.split())[:_REASON_LENGTH]
    if not words:
        raise ReasonMissing
    return _set_state(run_id, RunState.CANCELLED, "run.cancelled", by, facts, now, reason=words)


_COLUMNS = ("begins_on", "ends_on", "apply_until_on", "seats", "place", "price_rub")


def _set_state(
    run_id: int,
    to: RunState,
    action: str,
    by: Member,
    facts: RequestFacts | None,
    now: dt.datetime,
    *,
    reason: str = "",
) -> Run:
    check_may(by.roles, Right.RUNS)
    (run,) = _own_runs(by, [run_id])
    check_run_changeable(state=run.state, ends_on=run.ends_on, today=timezone.localdate(now))
    before, run.state, run.reason = run.state, to, reason
    run.save(update_fields=["state", "reason"])
    _record(run, action, by, facts, before={"state": before}, after={"state": to}, reason=reason)
    refresh_search([run.item_id])
    return run


def _own_runs(by: Member, run_ids: Collection[int]) -> list[Run]:
    """Runs of the member's organisation in their order, locked after their items.

    `refresh_search` reads all runs of an item. Raises ItemUnknown when one of them is another's.
    """
    of_items = dict(Run.objects.filter(pk__in=run_ids).values_list("pk", "item_id"))
    if len(of_items) < len(set(run_ids)):
        raise ItemUnknown
    items = own_items(by, set(of_items.values()))
    rows = Run.objects.select_for_update(of=("self",), no_key=True).select_related("version", "item")
    found = {run.pk: run for run in rows.filter(item__in=items, pk__in=run_ids).order_by("pk")}
    return [found[pk] for pk in run_ids]


def _taught_versions(items: Mapping[int, Item]) -> dict[int, Version]:
    """What new runs of these items teach. Raises RunsAreOfProgrammes, ItemNotPublished."""
    if any(item.kind != Kind.PROGRAMME for item in items.values()):
        raise RunsAreOfProgrammes
    found: dict[int, Version] = {}
    for version in Version.objects.filter(item__in=items, state__in=[*UNDER_WAY, VersionState.PUBLISHED]):
        if version.item_id not in found or version.state == VersionState.PUBLISHED:
            found[version.item_id] = version
    if len(found) < len(items):
        raise ItemNotPublished
    return found


def _regions(runs: Sequence[RunFacts]) -> set[str]:
    """The regions that exist of those that runs name."""
    named = {run.region for run in runs if run.region}
    return set(Region.objects.filter(code__in=named).values_list("code", flat=True)) if named else set()


def _ordered(run: RunFacts) -> RunFacts:
    """The same with the ways to pay in their usual order, each once; unknown ones stay, to be refused."""
    known = [str(base) for base in Basis if base in run.bases]
    return replace(run, bases=(*known, *(base for base in run.bases if base not in Basis.values)))


def _check(
    run: RunFacts, *, taken: int, version: Version, regions: Collection[str], today: dt.date, is_new: bool
) -> None:
    problems = run_problems(run, taken=taken, distance=version.distance, today=today, is_new=is_new)
    if run.region and run.region not in regions:
        problems.append(("region", ChoiceUnknown(value=run.region)))
    if problems:
        raise RunMalformed(problems)


def _fill(row: Run, run: RunFacts) -> None:
    for name in _COLUMNS:
        setattr(row, name, getattr(run, name))
    row.bases, row.region_id = list(run.bases), run.region or None


def _plain(run: RunFacts) -> dict[str, object]:
    return {
        name: value.isoformat() if isinstance(value, dt.date) else list(value) if isinstance(value, tuple) else value
        for name, value in asdict(run).items()
    }


def _record(
    run: Run,
    action: str,
    by: Member,
    facts: RequestFacts | None,
    *,
    before: dict[str, object],
    after: dict[str, object],
    reason: str = "",
) -> None:
    record_all([_entry(run, action, by, facts, before=before, after=after, reason=reason)])


def _entry(
    run: Run,
    action: str,
    by: Member,
    facts: RequestFacts | None,
    *,
    before: dict[str, object] | None = None,
    after: dict[str, object],
    reason: str = "",
) -> Entry:
    return entry_of(
        actor_id=by.account_id,
        action=action,
        subject="run",
        subject_id=run.pk,
        facts=facts,
        reason=reason[:500],
        before=before,
        after={"item": run.item_id, **after},
    )
