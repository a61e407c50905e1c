"""`nmfo demo generate`: phase after phase, each in one transaction. What is there already is left alone."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.db.models import Q

from foundation.db.bulk import copy_rows, hold_ids, laid_bare, last_id
from foundation.errors import Refused
from nmfo.accounts.models import Account
from nmfo.accounts.queries import current_version
from nmfo.accounts.rules import AgreementKind
from nmfo.catalogue.operations.listing import refresh_search
from nmfo.demo.generate.accounts import account_rows, cycle_rows, member_rows, specialist_rows
from nmfo.demo.generate.crew import Maker, made_in_order
from nmfo.demo.generate.items import item_rows, organisation_rows
from nmfo.demo.generate.ledger import (
    CODES_IN_A_BATCH,
    awaited_rows,
    batches_used,
    code_rows,
    codes_used,
    ledger_rows,
)
from nmfo.demo.generate.plan import SLICE_OF_PEOPLE, Facts, Learning, Part, Plan
from nmfo.demo.generate.presence import EVENTS_OF_A_PERSON, GATHERINGS, WINDOWS, presence_rows
from nmfo.demo.generate.progress import Progress, Stream
from nmfo.demo.generate.slots import SLOTS
from nmfo.demo.models import GeneratedPhase
from nmfo.demo.people import PASSWORD, TOTP_SECRET
from nmfo.organisations.models import Organisation
from nmfo.reference.models import Region, Specialty

_A_YEAR = dt.timedelta(days=366)  # specialties that end soon would make items invalid next year
_PART_OF_ACCOUNTS, _PART_OF_ITEMS, _PART_OF_SEARCH = 10_000, 1_000, 2_000
_PART_OF_ENTRIES, _PART_OF_BATCHES = 5 * SLICE_OF_PEOPLE, 50
_LAST_DAYS = 8  # events that ended so few days ago have not been credited yet
_ONE_WITH_CODES = 8  # of so many events one gives codes, the others confirm presence
_TO_CHOOSE_FROM = 40  # so many of each kind have people of rare specialties as well, others' among them


class GeneratingAlready(Refused):
    message = "Demo data is being generated or removed by another process just now."


class RealDataHere(Refused):
    message = (
        "There are real accounts or organisations here. Generated data wants an installation of its own: NMFO_DATA."
    )


class OtherDataHere(Refused):
    message = (
        "There is generated data of another kind here: seed %(seed)s, scale %(scale)s, programmes × %(factor)s. "
        "Remove it first: nmfo demo clear"
    )


class RestHere(Refused):
    message = (
        "Generated rows that people have used are still here, new ones would collide with them. "
        "Remove what uses them and clear again, or take an installation of its own: NMFO_DATA."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Phase:
    """A step that is loaded as a whole. `given` tables get their ids beforehand, so many rows each."""

    name: str
    tables: tuple[str, ...]
    given: Callable[[Plan], dict[str, int]]
    parts: Callable[[Plan], Iterator[Part]]
    maker: Maker
    without_ids: tuple[str, ...] = ()  # tables whose rows go with those of the others
    learning: bool = False  # whether the maker asks what can be credited
    afterwards: str = ""  # statements that sum up


def _cut(kind: str, whole: int, size: int) -> Iterator[Part]:
    for first in range(0, whole, size):
        yield Part(kind=kind, first=first, count=min(size, whole - first))


def _item_parts(plan: Plan) -> Iterator[Part]:
    yield from _cut("programme", plan.programmes, _PART_OF_ITEMS)
    yield from _cut("event", plan.events, _PART_OF_ITEMS)
    yield from _cut("module", plan.modules, _PART_OF_ITEMS)


def _entry_parts(plan: Plan) -> Iterator[Part]:
    for place in range(len(SLOTS)):
        yield from _cut(str(place), plan.specialists, _PART_OF_ENTRIES)


def _presence_parts(plan: Plan) -> Iterator[Part]:
    yield from _cut(WINDOWS, plan.events, plan.events)
    for number in range(EVENTS_OF_A_PERSON):
        yield from _cut(str(number), plan.specialists, _PART_OF_ENTRIES)


def _code_parts(plan: Plan) -> Iterator[Part]:
    yield from _cut("used", batches_used(plan), _PART_OF_BATCHES)
    yield from _cut("free", plan.free_batches, _PART_OF_BATCHES)


def _codes(plan: Plan) -> dict[str, int]:
    return {
        "credits_codebatch": batches_used(plan) + plan.free_batches,
        "credits_confirmationcode": codes_used(plan) + plan.free_batches * CODES_IN_A_BATCH,
    }


# Events confirmed as many people as they gave codes to, and some who have not come for theirs.
_ALLOWANCES = """
INSERT INTO credits_allowance (offering, people, given, changed_at)
SELECT 'event:' || item_id, sum(count) + 10, sum(count), max(created_at) FROM credits_codebatch
WHERE form_key LIKE 'made-%' GROUP BY item_id ORDER BY item_id
"""

_CATALOGUE = (
    _Phase(
        name="organisations",
        tables=("organisations_organisation",),
        given=lambda plan: {"organisations_organisation": plan.organisations},
        parts=lambda plan: _cut("organisation", plan.organisations, plan.organisations),
        maker=organisation_rows,
    ),
    _Phase(
        name="items",
        tables=(
            "catalogue_item",
            "catalogue_version",
            "catalogue_versionspecialty",
            "catalogue_versionteacher",
            "catalogue_run",
        ),
        given=lambda plan: {"catalogue_item": plan.items, "catalogue_version": plan.items + plan.waiting},
        parts=_item_parts,
        maker=item_rows,
    ),
)
_PEOPLE = (
    _Phase(
        name="accounts",
        tables=("accounts_account", "accounts_consent"),
        given=lambda plan: {"accounts_account": plan.accounts},
        parts=lambda plan: _cut("account", plan.accounts, _PART_OF_ACCOUNTS),
        maker=account_rows,
    ),
    _Phase(
        name="specialists",
        tables=("specialists_specialist", "specialists_track", "specialists_document"),
        given=lambda plan: {"specialists_specialist": plan.specialists, "specialists_document": plan.specialists},
        parts=lambda plan: _cut("specialist", plan.specialists, _PART_OF_ACCOUNTS),
        maker=specialist_rows,
    ),
    _Phase(
        name="members",
        tables=("organisations_member", "signin_factor"),
        given=lambda plan: {"signin_factor": plan.staff},
        parts=lambda plan: _cut("member", plan.staff, plan.staff),
        maker=member_rows,
    ),
)
_CREDITS = (
    _Phase(
        name="cycles",
        tables=("cycles_cycle",),
        given=lambda _plan: {},
        parts=lambda plan: _cut("cycle", plan.specialists, SLICE_OF_PEOPLE),
        maker=cycle_rows,
    ),
    _Phase(
        name="codes",
        tables=("credits_codebatch", "credits_confirmationcode"),
        given=_codes,
        parts=_code_parts,
        maker=code_rows,
        without_ids=("credits_allowance",),
        learning=True,
        afterwards=_ALLOWANCES,
    ),
    _Phase(
        name="presence",
        tables=(
            "participation_window",
            "participation_registration",
            "participation_mark",
            "participation_windowanswer",
        ),
        given=lambda plan: {
            "participation_window": plan.events,
            "participation_registration": EVENTS_OF_A_PERSON * plan.specialists,
        },
        parts=_presence_parts,
        maker=presence_rows,
        without_ids=("participation_gathering", "credits_allowance"),
        learning=True,
        afterwards=GATHERINGS,
    ),
    _Phase(
        name="ledger",
        tables=("credits_ledgerentry", "credits_proposal"),
        given=lambda plan: {"credits_ledgerentry": len(SLOTS) * plan.specialists},
        parts=_entry_parts,
        maker=ledger_rows,
        without_ids=("credits_usedorigin",),
        learning=True,
    ),
    _Phase(
        name="awaited",
        tables=("credits_expectation", "credits_expectationstep"),
        given=lambda plan: {"credits_expectation": plan.specialists},
        parts=lambda plan: _cut("awaited", plan.specialists, _PART_OF_ENTRIES),
        maker=awaited_rows,
        learning=True,
    ),
)
_ALL = (*_CATALOGUE, *_PEOPLE, *_CREDITS)
KEPT = "kept"  # name of the phase that `clear` leaves when rows are in use
_SEARCH, _SEARCH_TABLE = "search", "catalogue_searchrow"


def generate(plan: Plan, *, people: bool, processes: int, stream: Stream, now: dt.datetime) -> int:
    """Load what is not there yet; `people` False loads the catalogue only. Returns how many rows are new.

    Raises OtherDataHere, RealDataHere, RestHere, GeneratingAlready.
    """
    with alone():
        plan = _agreed(plan)
        done = set(GeneratedPhase.objects.values_list("name", flat=True))
        steps: list[tuple[str, Callable[..., int]]] = [(phase.name, partial(_load, phase)) for phase in _CATALOGUE]
        steps.append((_SEARCH, _fill_search))
        steps += [(phase.name, partial(_load, phase)) for phase in (*_PEOPLE, *_CREDITS) if people]
        missing = [(name, step) for name, step in steps if name not in done]
        if missing:
            _check_only_demo()
        rows = sum(step(plan, processes=processes, stream=stream, now=now) for _name, step in missing)
        if missing:
            _tidy(stream)
        return rows


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Nobody else generates or clears meanwhile. Raises GeneratingAlready."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('nmfo demo generate'))")
        if cursor.fetchone() != (True,):
            raise GeneratingAlready
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('nmfo demo generate'))")


def _agreed(plan: Plan) -> Plan:
    """The plan with the day of what is there already."""
    there = GeneratedPhase.objects.first()
    if there is None:
        return plan
    if there.name == KEPT:
        raise RestHere
    if (there.seed, there.scale, there.programmes_factor) != (plan.seed, plan.scale, plan.programmes_factor):
        raise OtherDataHere(seed=there.seed, scale=there.scale, factor=there.programmes_factor)
    return replace(plan, today=there.today)


def _check_only_demo() -> None:
    if Account.objects.filter(is_demo=False).exists() or Organisation.objects.filter(is_demo=False).exists():
        raise RealDataHere


def _load(phase: _Phase, plan: Plan, *, processes: int, stream: Stream, now: dt.datetime) -> int:
    parts = list(phase.parts(plan))
    progress = Progress(stream, phase.name, sum(part.count for part in parts))
    rows = 0
    with laid_bare([*phase.tables, *phase.without_ids]):
        given = phase.given(plan)
        first_ids = {table: hold_ids(table, given.get(table, 0)) for table in phase.tables}
        facts = _facts(plan, first_ids)
        if phase.learning:
            facts = replace(facts, learning=_learning(plan, facts))
        for part, batches in zip(
            parts, made_in_order(phase.maker, plan, facts, parts, processes=processes), strict=True
        ):
            rows += sum(copy_rows(batch) for batch in batches)
            progress.add(part.count)
        if phase.afterwards:
            with connection.cursor() as cursor:
                cursor.execute(phase.afterwards)
        blocks = {table: (first, last_id(table)) for table, first in first_ids.items()}
        _record(phase.name, plan, blocks, rows, progress, now)
        progress.note("indexes and foreign keys")
    progress.finish(rows)
    return rows


def _fill_search(plan: Plan, *, processes: int, stream: Stream, now: dt.datetime) -> int:
    """What the search knows of the items. PostgreSQL makes the words, so other processes would not help."""
    first, last = GeneratedPhase.objects.get(name="items").blocks["catalogue_item"]
    progress = Progress(stream, _SEARCH, plan.items)
    with laid_bare([_SEARCH_TABLE]):
        for begin in range(first, last + 1, _PART_OF_SEARCH):
            progress.add(refresh_search(range(begin, min(begin + _PART_OF_SEARCH, last + 1))))
        _record(_SEARCH, plan, {}, progress.done, progress, now)
        progress.note("indexes")
    progress.finish(progress.done)
    return progress.done


def _record(
    name: str, plan: Plan, blocks: dict[str, tuple[int, int]], rows: int, progress: Progress, now: dt.datetime
) -> None:
    GeneratedPhase.objects.create(
        name=name,
        seed=plan.seed,
        scale=plan.scale,
        programmes_factor=plan.programmes_factor,
        today=plan.today,
        blocks=blocks,
        rows=rows,
        seconds=progress.seconds,
        done_at=now,
    )


def _facts(plan: Plan, first_ids: dict[str, int]) -> Facts:
    holds = Q(valid_from_on__lte=plan.today) & (Q(valid_until_on=None) | Q(valid_until_on__gt=plan.today + _A_YEAR))
    specialties = Specialty.objects.filter(holds).order_by("level", "name", "valid_from_on")
    known = {table: first for phase in GeneratedPhase.objects.all() for table, (first, _last) in phase.blocks.items()}
    versions = (current_version(kind, plan.today) for kind in AgreementKind)
    return Facts(
        specialties=tuple(specialties.values_list("id", "name", "level")),
        zones=tuple(Region.objects.order_by("code").values_list("code", "zone")),
        agreements=tuple(version.pk for version in versions if version is not None),
        password=make_password(PASSWORD),
        second_step=TOTP_SECRET,
        first_ids=known | first_ids,
    )


_LEARNING = """
SELECT v.id, v.item_id, i.organisation_id, i.kind, v.credits,
       (v.ends_at AT TIME ZONE z.name)::date, (v.begins_at AT TIME ZONE z.name)::date,
       coalesce(extract(epoch FROM v.begins_at), 0)::bigint, coalesce(extract(epoch FROM v.ends_at), 0)::bigint,
       v.presence,
       ARRAY(SELECT s.specialty_id FROM catalogue_versionspecialty s WHERE s.version_id = v.id)
FROM catalogue_version v JOIN catalogue_item i ON i.id = v.item_id
CROSS JOIN LATERAL (SELECT coalesce(nullif(v.zone, ''), 'Europe/Moscow') AS name) z
WHERE v.item_id BETWEEN %s AND %s AND v.number = 1 AND v.credits > 0 AND (v.ends_at IS NULL OR v.ends_at < %s)
ORDER BY v.item_id
"""


def _learning(plan: Plan, facts: Facts) -> dict[str, Learning]:
    """What the generated items are worth, and for whom."""
    items = GeneratedPhase.objects.get(name="items").blocks["catalogue_item"]
    with connection.cursor() as cursor:
        cursor.execute(_LEARNING, [*items, plan.noon - dt.timedelta(days=_LAST_DAYS)])
        rows = cursor.fetchall()
    return {
        kind: _of_kind([row for row in rows if row[3] == kind], facts, with_codes=kind == "event")
        for kind in ("programme", "event", "module")
    }


def _of_kind(rows: list[Any], facts: Facts, *, with_codes: bool) -> Learning:
    places = [place for place in range(len(rows)) if not (with_codes and place % _ONE_WITH_CODES == 0)]
    suits: dict[int, list[int]] = {key: [] for key, _name, _level in facts.specialties}
    for place in places:
        for specialty in rows[place][10]:
            suits.setdefault(specialty, []).append(place)
    for number, known in enumerate(suits.values()):
        begin, own = number * 7 % max(1, len(places)), frozenset(known)
        others = (place for place in (*places[begin:], *places[:begin]) if place not in own)
        known.extend(itertools.islice(others, max(0, _TO_CHOOSE_FROM - len(own))))
    return Learning(
        versions=np.array([row[0] for row in rows], dtype=np.int64),
        items=np.array([row[1] for row in rows], dtype=np.int64),
        organisations=np.array([row[2] for row in rows], dtype=np.int64),
        credits=np.array([row[4] for row in rows], dtype=np.int64),
        days=np.array([row[5].toordinal() if row[5] else 0 for row in rows], dtype=np.int64),
        begins=np.array([row[7] for row in rows], dtype=np.int64),
        ends=np.array([row[8] for row in rows], dtype=np.int64),
        lasts=np.array([(row[5] - row[6]).days + 1 if row[5] else 0 for row in rows], dtype=np.int64),
        by_windows=np.array([row[9] == "windows" for row in rows], dtype=np.bool_),
        by_badge=np.array([row[9] == "badge" for row in rows], dtype=np.bool_),
        of_specialty={key: np.array(known, dtype=np.int64) for key, known in suits.items()},
        with_codes=np.array(sorted(set(range(len(rows))) - set(places)), dtype=np.int64),
    )


def _tidy(stream: Stream) -> None:
    """Let the planner and the index-only scans know what is there."""
    progress = Progress(stream, "tidying", 1)
    with connection.cursor() as cursor:
        for phase in _ALL:
            for table in (*phase.tables, *phase.without_ids):
                cursor.execute(f"VACUUM (ANALYZE) {table}")
        cursor.execute(f"VACUUM (ANALYZE) {_SEARCH_TABLE}")
    progress.note("done")
