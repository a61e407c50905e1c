"""What operators do with rule sets: write a draft as a new version, try it, publish it by a second operator."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from foundation.audit.operations import record
from foundation.db.refusals import refuses
from foundation.runtime.facts import RequestFacts
from nmfo.accounts.models import Account
from nmfo.accounts.rules import Role as AccountRole
from nmfo.cycles.models import GoldenCase, RequirementRow, RuleSet
from nmfo.cycles.queries.sets import golden_cases, try_draft
from nmfo.cycles.rules.measuring import Requirement
from nmfo.cycles.rules.refusals import (
    CasesFail,
    DraftUnderWay,
    NotOperator,
    ReasonNeeded,
    SetMoved,
    SetUnknown,
    check_case,
    check_move,
    check_other_person,
    check_set,
)
from nmfo.cycles.rules.words import SetState

_COPIED = ("key", "title", "ground", "source", "role", "decided_by", "valid_from_on", "valid_until_on", "kinds")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTexts:
    """What an operator may write in a draft. `reason`: what this version changes and by which act."""

    title: str
    ground: str
    source: str
    valid_from_on: dt.date
    valid_until_on: dt.date | None
    requirements: Sequence[Requirement]
    reason: str


@transaction.atomic
def start_draft(*, set_id: int, by: Account, facts: RequestFacts | None, now: dt.datetime) -> RuleSet:
    """Begin a new version of what is in force, as a copy of it. Of two at once the second gets DraftUnderWay.

    Raises NotOperator, SetUnknown, SetMoved, DraftUnderWay.
    """
    _check_operator(by)
    former = _locked(set_id)
    if former.state != SetState.PUBLISHED:
        raise SetMoved
    number = RuleSet.objects.filter(key=former.key).order_by("-number").values_list("number", flat=True)[0] + 1
    draft = RuleSet(number=number, volunteers=former.volunteers, written_at=now, written_by=by)
    for name in _COPIED:
        setattr(draft, name, getattr(former, name))
    with refuses(cycles_one_draft_of_a_rule_set=DraftUnderWay, cycles_versions_are_numbered=DraftUnderWay):
        draft.save(force_insert=True)
    _write(draft, [row.facts for row in former.asked.all()])
    _record(draft, "begun", by, facts, before={}, after={"number": number})
    return draft


@transaction.atomic
def save_draft(*, set_id: int, texts: SetTexts, by: Account, facts: RequestFacts | None, now: dt.datetime) -> RuleSet:
    """Write a draft; the last writer is remembered, everyone who wrote is in the trail.

    Raises NotOperator, SetUnknown, SetMoved, ReasonNeeded, DatesMixed, NothingAsked.
    """
    _check_operator(by)
    draft = _draft(set_id)
    if not texts.reason.strip():
        raise ReasonNeeded
    check_set(valid_from_on=texts.valid_from_on, valid_until_on=texts.valid_until_on, requirements=texts.requirements)
    before = _summary(draft)
    draft.title, draft.ground, draft.source = texts.title, texts.ground, texts.source
    draft.valid_from_on, draft.valid_until_on = texts.valid_from_on, texts.valid_until_on
    draft.reason = texts.reason.strip()
    draft.save(update_fields=["title", "ground", "source", "valid_from_on", "valid_until_on", "reason"])
    _wrote(draft, by, now)
    draft.asked.all().delete()
    _write(draft, texts.requirements)
    draft = _locked(set_id)
    _record(draft, "written", by, facts, before=before, after=_summary(draft), reason=draft.reason)
    return draft


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTexts:
    """A golden case as an operator writes it. `removes`: the case of this key goes with the publication."""

    key: str
    title: str
    source: str
    facts: Mapping[str, Any]
    expected: Mapping[str, Any]
    removes: bool = False


@transaction.atomic
def bring_case(
    *, set_id: int, case: CaseTexts, by: Account, facts: RequestFacts | None, now: dt.datetime
) -> GoldenCase:
    """Let a draft bring a golden case: a new one, or one in place of the live one of its key.

    Raises NotOperator, SetUnknown, SetMoved, CaseMalformed.
    """
    _check_operator(by)
    draft = _draft(set_id)
    check_case(case.facts, case.expected)
    live = golden_cases().filter(key=case.key).first()
    row, _made = GoldenCase.objects.update_or_create(
        brought_by=draft,
        key=case.key,
        defaults={
            "rule_set": live.rule_set if live else draft.key,
            "title": case.title,
            "source": case.source,
            "facts": dict(case.facts),
            "expected": dict(case.expected),
            "removes": case.removes,
            "position": live.position if live else golden_cases().count(),
        },
    )
    _wrote(draft, by, now)
    before = {"expected": live.expected} if live else {}
    after = {"case": case.key, "expected": dict(case.expected), "removes": case.removes}
    _record(draft, "case_written", by, facts, before=before, after=after)
    return row


@transaction.atomic
def drop_draft(*, set_id: int, by: Account, facts: RequestFacts | None, now: dt.datetime) -> RuleSet:
    """Give a draft up; it stays to be read. Raises NotOperator, SetUnknown, SetMoved."""
    _check_operator(by)
    draft = _draft(set_id)
    _move(draft, SetState.DROPPED)
    _record(draft, "dropped", by, facts, before={"state": "draft"}, after={"state": "dropped"})
    return draft


@transaction.atomic
def publish_draft(*, set_id: int, seen: str, by: Account, facts: RequestFacts | None, now: dt.datetime) -> RuleSet:
    """Put a draft in force in place of the version before it: four eyes, all golden cases pass (Z4).

    `seen`: the draft's `written_at` as the page showed it; nobody publishes what they have not read. Cycles of people
    are computed from what is in force, so they follow at once. Of two who publish at once the second gets SetMoved.

    Raises NotOperator, SetUnknown, SetMoved, OwnDraft, ReasonNeeded, CasesFail.
    """
    _check_operator(by)
    draft = _draft(set_id)
    if seen != draft.written_at.isoformat():
        raise SetMoved
    writers = Account.objects.filter(pk__in={*draft.writers, draft.written_by_id} - {None})
    check_other_person(publisher_snils=by.snils, writers_snils=[account.snils for account in writers])
    if not draft.reason:
        raise ReasonNeeded
    if any(result.differences for result in try_draft(draft)):
        raise CasesFail
    former = RuleSet.objects.select_for_update(of=("self",), no_key=True).get(key=draft.key, state=SetState.PUBLISHED)
    before = _summary(former)
    former.superseded_at = now
    _move(former, SetState.SUPERSEDED, "superseded_at")
    draft.published_at, draft.published_by = now, by
    _move(draft, SetState.PUBLISHED, "published_at", "published_by")
    _bring_cases(draft, now)
    _record(draft, "published", by, facts, before=before, after=_summary(draft), reason=draft.reason)
    return draft


def _check_operator(by: Account) -> None:
    if not by.has_role(AccountRole.OPERATOR):
        raise NotOperator


def _locked(set_id: int) -> RuleSet:
    found = (
        RuleSet.objects.select_for_update(of=("self",), no_key=True).prefetch_related("asked").filter(pk=set_id).first()
    )
    if found is None:
        raise SetUnknown
    return found


def _draft(set_id: int) -> RuleSet:
    draft = _locked(set_id)
    if draft.state != SetState.DRAFT:
        raise SetMoved
    return draft


def _move(row: RuleSet, to: SetState, *fields: str) -> None:
    check_move(row.state, to)
    row.state = to
    row.save(update_fields=["state", *fields])


def _wrote(draft: RuleSet, by: Account, now: dt.datetime) -> None:
    """Remember who wrote: none of them publishes."""
    draft.writers = sorted({*draft.writers, *([draft.written_by_id] if draft.written_by_id else []), by.pk})
    draft.written_at, draft.written_by = now, by
    draft.save(update_fields=["writers", "written_at", "written_by"])


def _bring_cases(draft: RuleSet, now: dt.datetime) -> None:
    """The cases of a draft become live, those of their keys retire."""
    brought = GoldenCase.objects.filter(brought_by=draft)
    golden_cases().filter(key__in=brought.values("key")).update(retired_at=now)
    brought.filter(removes=False).update(live_at=now)


def _write(draft: RuleSet, requirements: Sequence[Requirement]) -> None:
    RequirementRow.objects.bulk_create(
        [
            RequirementRow(
                rule_set=draft,
                position=place,
                ask=one.ask,
                text=one.text,
                credits=one.credits,
                parts=sorted(one.parts),
                within_years=one.within_years,
            )
            for place, one in enumerate(requirements, 1)
        ]
    )


def _summary(row: RuleSet) -> dict[str, Any]:
    """A version for the trail: what it says, without anybody's data."""
    return {
        "number": row.number,
        "title": row.title,
        "ground": row.ground,
        "valid": [str(row.valid_from_on), str(row.valid_until_on or "")],
        "asked": [[one.ask, one.credits, sorted(one.parts), one.text] for one in row.asked.all()],
    }


def _record(
    row: RuleSet,
    what: str,
    by: Account,
    facts: RequestFacts | None,
    *,
    before: dict[str, Any],
    after: dict[str, Any],
    reason: str = "",
) -> None:
    record(
        actor_id=by.pk,
        action=f"rule_set.{what}",
        subject="rule_set",
        subject_id=row.pk,
        facts=facts,
        reason=reason[:500],
        before=before,
        after=after,
    )
