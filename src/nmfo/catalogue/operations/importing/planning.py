"""What a chunk of rows would do, against what is there: taken, changed, unchanged or refused, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from foundation.errors import Refused
from nmfo.catalogue.columns import (
    ITEM_COLUMNS,
    KEY,
    SUBMIT,
    Trouble,
    label_of_column,
    read_item,
    read_run,
    run_key,
    sets_a_run,
)
from nmfo.catalogue.fields import dense_text
from nmfo.catalogue.models import Import, ImportRow, Item, Run, Version
from nmfo.catalogue.operations.authoring import (
    as_kept,
)
from nmfo.catalogue.operations.importing.reading import Lists, ReadRow
from nmfo.catalogue.operations.importing.refusals import (
    FirstRowRefused,
    GivenUp,
    HandedIn,
    KeptAsDraft,
    KeyTwice,
    RowContradicts,
    RunTwice,
    UnderReview,
)
from nmfo.catalogue.queries import facts_of, run_facts_of, whole
from nmfo.catalogue.rules.refusals import VersionMalformed
from nmfo.catalogue.rules.runs import RunFacts, check_run_changeable, run_problems
from nmfo.catalogue.rules.versions import VersionFacts, problems_of
from nmfo.catalogue.rules.words import EDITABLE, UNDER_WAY, Kind, VersionState

_KEY_SHOWN = 80
_TITLE_SHOWN = 300
_REASON_SHOWN = 500
_Outcome = ImportRow.Outcome


@dataclass(slots=True, kw_only=True)
class There:
    """What the portal has under a key: the version its authors hold or else the published one, and the runs."""

    item: Item
    version: Version | None = None
    published: Version | None = None
    runs: dict[str, Run] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """A run that a row sets; `there` is what it changes, None for a new one."""

    key: str
    facts: RunFacts
    there: Run | None
    is_same: bool


@dataclass(slots=True, kw_only=True)
class Plan:
    """What becomes of the rows of one programme: outcomes by row, and what has to be written."""

    rows: Sequence[ReadRow]
    outcomes: dict[int, ImportRow]
    wanted: VersionFacts | None = None
    there: There | None = None
    is_same: bool = False
    submits: bool = False
    runs: dict[str, RunPlan] = field(default_factory=dict)  # by their keys
    runs_of_rows: dict[int, RunPlan] = field(default_factory=dict)  # the same, by the rows that set them


def what_is_there(organisation_id: int, keys: Collection[str]) -> dict[str, There]:
    """What the portal has of an organisation under the keys of a chunk."""
    items = Item.objects.filter(
        organisation_id=organisation_id, kind=Kind.PROGRAMME, source_key__in=[key for key in keys if key]
    )
    found = {item.pk: There(item=item) for item in items}
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


def _told(batch: Import, row: ReadRow, outcome: str, *, title: str = "", item: Item | None = None) -> ImportRow:
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


def _refuse(plan: Plan, batch: Import, row: ReadRow, troubles: Sequence[Trouble]) -> None:
    told = _told(batch, row, _Outcome.REFUSED, item=plan.there.item if plan.there else None)
    _explain(told, troubles)
    plan.outcomes[row.number] = told


def refuse_all(plan: Plan, batch: Import, troubles: Sequence[Trouble]) -> Plan:
    """The first row is refused, and with it all rows of the programme."""
    first = plan.rows[0]
    plan.wanted, plan.runs = None, {}
    _refuse(plan, batch, first, troubles)
    for row in plan.rows[1:]:
        _refuse(plan, batch, row, [(KEY, FirstRowRefused(line=first.line))])
    return plan


def plan_of(batch: Import, group: Sequence[ReadRow], there: There | None, lists: Lists, now: dt.datetime) -> Plan:
    """What becomes of the rows of one programme, from what stands in the database now."""
    plan, first = Plan(rows=group, outcomes={}, there=there), group[0]
    version = there.version if there else None
    if first.trouble or (there and version is None):
        return refuse_all(plan, batch, [first.trouble or (KEY, GivenUp())])
    before = facts_of(version) if version else None
    asked, troubles = wanted_of(plan, first, before, lists, now)
    state = version.state if version else VersionState.DRAFT
    if not troubles and not plan.is_same and state == VersionState.SUBMITTED:
        troubles = [(KEY, UnderReview())]
    if troubles or plan.wanted is None:
        return refuse_all(plan, batch, troubles)
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
    for number, run in plan.runs_of_rows.items():
        _warn(plan, plan.outcomes[number], run)
    return plan


def wanted_of(
    plan: Plan, row: ReadRow, before: VersionFacts | None, lists: Lists, now: dt.datetime
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


def _note(plan: Plan, missing: Sequence[Trouble]) -> None:
    """A word beside the first row: it goes to review, or what keeps it from there."""
    told = plan.outcomes[plan.rows[0].number]
    if plan.submits:
        told.column, told.reason = label_of_column(SUBMIT), str(HandedIn())
    elif missing:
        names = dict.fromkeys(label_of_column(name) for name, _problem in missing)
        told.reason = str(KeptAsDraft(what=", ".join(f"«{name}»" for name in names)))[:_REASON_SHOWN]


def _warn(plan: Plan, told: ImportRow, run: RunPlan) -> None:
    """A word beside a row whose run takes more hours a day than is plausible, as the form of a run has; it is taken."""
    if told.outcome == _Outcome.UNCHANGED or plan.wanted is None:
        return
    published = plan.there.published if plan.there else None
    taught = run.there.version if run.there else published
    hours = plan.wanted.hours if taught is None or taught.state in EDITABLE else taught.hours
    words = dense_text(hours, (run.facts.ends_on - run.facts.begins_on).days + 1)
    column = label_of_column("run.ends_on")
    if words and told.reason:
        told.reason = _shown(f"{told.reason.rstrip('.')}. {column}: {words}")[:_REASON_SHOWN]
    elif words:
        told.column, told.reason = column[:60], _shown(words)


def _judge_first(plan: Plan, batch: Import, row: ReadRow, lists: Lists, now: dt.datetime) -> None:
    troubles: list[Trouble] = []
    run = _run_of(plan, row, lists, now, troubles)
    if troubles:
        refuse_all(plan, batch, troubles)
        return
    if run is not None:
        plan.runs[run.key] = plan.runs_of_rows[row.number] = run
    if plan.there is None:
        outcome = _Outcome.TAKEN
    elif plan.is_same and not plan.submits and (run is None or run.is_same):
        outcome = _Outcome.UNCHANGED
    else:
        outcome = _Outcome.CHANGED
    told = _told(batch, row, outcome, title=plan.wanted.title if plan.wanted else "")
    told.item = plan.there.item if plan.there else None
    plan.outcomes[row.number] = told


def _judge_next(plan: Plan, batch: Import, row: ReadRow, lists: Lists, now: dt.datetime) -> None:
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
    plan.runs[run.key] = plan.runs_of_rows[row.number] = run
    outcome = _Outcome.TAKEN if run.there is None else _Outcome.UNCHANGED if run.is_same else _Outcome.CHANGED
    told = _told(batch, row, outcome, title=plan.wanted.title if plan.wanted else "")
    told.item = plan.there.item if plan.there else None
    plan.outcomes[row.number] = told


def _run_of(plan: Plan, row: ReadRow, lists: Lists, now: dt.datetime, troubles: list[Trouble]) -> RunPlan | None:
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
    return RunPlan(key=key, facts=facts, there=there, is_same=facts == base)


def _run_troubles(plan: Plan, facts: RunFacts, there: Run | None, now: dt.datetime) -> list[Trouble]:
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
