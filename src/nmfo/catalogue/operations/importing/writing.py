"""Carrying out what was planned, each item whole or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import transaction

from foundation.errors import Refused
from nmfo.catalogue.columns import (
    KEY,
)
from nmfo.catalogue.models import Version
from nmfo.catalogue.operations.authoring import (
    NewItem,
    Saving,
    new_version,
    save_versions,
    start_items,
    submit_versions,
)
from nmfo.catalogue.operations.importing.planning import Plan, refuse_all
from nmfo.catalogue.operations.running import NewRun, RunChange, add_runs, change_runs
from nmfo.catalogue.queries import run_facts_of
from nmfo.catalogue.rules.refusals import Problems, RunMalformed
from nmfo.catalogue.rules.words import EDITABLE, Kind
from nmfo.organisations.models import Member


def carry_out(plans: Sequence[Plan], by: Member, now: dt.datetime) -> None:
    """Write plans together; when something is refused at the last moment, each by itself."""
    wanted = [plan for plan in plans if plan.wanted is not None]
    try:
        _write(wanted, by, now)
    except Refused:
        for plan in wanted:
            _carry_out_alone(plan, by, now)


def _carry_out_alone(plan: Plan, by: Member, now: dt.datetime) -> None:
    """Write a plan; what is refused is refused with all its rows, and nothing of it stays."""
    batch = plan.outcomes[plan.rows[0].number].batch
    try:
        _write([plan], by, now)
    except RunMalformed as refusal:
        refuse_all(plan, batch, [(f"run.{name}", problem) for name, problem in refusal.problems])
    except Problems as refusal:
        refuse_all(plan, batch, list(refusal.problems))
    except Refused as refusal:
        refuse_all(plan, batch, [(KEY, refusal)])


@transaction.atomic
def _write(plans: Sequence[Plan], by: Member, now: dt.datetime) -> None:
    """Write the plans, all of them or none, by a few statements."""
    versions = {**_begun(plans, by, now), **_saved(plans, by, now)}
    submitted = {versions[plan.rows[0].number].pk: None for plan in plans if plan.submits}
    if submitted:
        submit_versions(seen=submitted, by=by, facts=None, now=now)
    _write_runs(plans, versions, by, now)
    for plan in plans:
        for row in plan.outcomes.values():
            row.item_id = versions[plan.rows[0].number].item_id


def _begun(plans: Sequence[Plan], by: Member, now: dt.datetime) -> dict[int, Version]:
    """The drafts of new programmes, by the number of the first row."""
    new = [(plan.rows[0], plan.wanted) for plan in plans if plan.there is None and plan.wanted is not None]
    if not new:
        return {}
    items = [NewItem(kind=Kind.PROGRAMME, texts=wanted, source_key=row.key) for row, wanted in new]
    drafts = start_items(items=items, by=by, facts=None, now=now)
    return {row.number: draft for (row, wanted_of), draft in zip(new, drafts, strict=True)}


def _saved(plans: Sequence[Plan], by: Member, now: dt.datetime) -> dict[int, Version]:
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


def _write_runs(plans: Sequence[Plan], versions: Mapping[int, Version], by: Member, now: dt.datetime) -> None:
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
