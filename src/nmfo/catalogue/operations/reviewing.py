"""What operators do with what was submitted: look, remark, return, publish; and with what stands in the catalogue."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from foundation.audit.operations import record
from foundation.runtime.facts import RequestFacts
from foundation.ui.templatetags.ui import initials
from nmfo.accounts.models import Account
from nmfo.catalogue.fields import fields_of, label_of
from nmfo.catalogue.models import Item, Remark, Run, Version
from nmfo.catalogue.operations.authoring import close_item
from nmfo.catalogue.operations.listing import refresh_search
from nmfo.catalogue.operations.steps import check_no_part, step, version_for_review, write_to_authors
from nmfo.catalogue.queries import facts_of, open_remarks_of
from nmfo.catalogue.rules.refusals import (
    ChangedSinceSeen,
    FieldUnknown,
    ItemNotPublished,
    ItemUnknown,
    NothingToReturnFor,
    ReasonMissing,
    TakenByAnother,
    VersionIncomplete,
    VersionMoved,
)
from nmfo.catalogue.rules.reviewing import check_move, check_not_begun, check_operator
from nmfo.catalogue.rules.versions import problems_of
from nmfo.catalogue.rules.words import ItemState, RunState, VersionState

_WORDS_LENGTH = 4000
_REMARK_LENGTH = 2000


@transaction.atomic
def take_version(*, version_id: int, by: Account, facts: RequestFacts | None, now: dt.datetime) -> Version:
    """Say that one reviews this version, so that colleagues take another. Of two at once one gets TakenByAnother.

    Raises NotOfOperators, OwnItem, ItemUnknown, VersionMoved.
    """
    version = _submitted(by, version_id)
    if version.taken_by is not None and version.taken_by_id != by.pk:
        raise TakenByAnother(name=initials(version.taken_by))
    _set_taken(version, by, by, facts, "version.taken")
    return version


@transaction.atomic
def leave_version(*, version_id: int, by: Account, facts: RequestFacts | None, now: dt.datetime) -> Version:
    """Give a version back to the queue, whoever has taken it. Raises NotOfOperators, OwnItem, VersionMoved."""
    version = _submitted(by, version_id)
    _set_taken(version, None, by, facts, "version.left")
    return version


def _set_taken(
    version: Version, taken_by: Account | None, by: Account, facts: RequestFacts | None, action: str
) -> None:
    before = version.taken_by_id
    version.taken_by = taken_by
    version.save(update_fields=["taken_by"])
    record(
        actor_id=by.pk,
        action=action,
        subject="version",
        subject_id=version.pk,
        facts=facts,
        before={"taken_by": before},
        after={"taken_by": version.taken_by_id},
    )


@transaction.atomic
def add_remark(
    *, version_id: int, field: str, text: str, by: Account, facts: RequestFacts | None, now: dt.datetime
) -> Remark:
    """Say at a field what has to be changed; an empty field is the item as a whole. The authors see it on return.

    Raises NotOfOperators, OwnItem, ItemUnknown, VersionMoved, FieldUnknown, ReasonMissing.
    """
    version = _submitted(by, version_id)
    if field and field not in fields_of(version.item.kind):
        raise FieldUnknown
    words = text.strip()[:_REMARK_LENGTH]
    if not words:
        raise ReasonMissing
    remark = Remark.objects.create(version=version, field=field, text=words, by=by, at=now)
    record(
        actor_id=by.pk,
        action="version.remarked",
        subject="version",
        subject_id=version.pk,
        facts=facts,
        reason=words[:500],
        after={"remark": remark.pk, "field": field},
    )
    return remark


@transaction.atomic
def drop_remark(*, version_id: int, remark_id: int, by: Account, facts: RequestFacts | None, now: dt.datetime) -> None:
    """Take back a remark of the present review: it is settled without a word to anybody.

    Raises NotOfOperators, OwnItem, ItemUnknown, VersionMoved.
    """
    version = _submitted(by, version_id)
    remark = open_remarks_of(version).filter(pk=remark_id).first()
    if remark is None:
        raise ItemUnknown
    remark.settled_at = now
    remark.save(update_fields=["settled_at"])
    record(
        actor_id=by.pk,
        action="version.remark_dropped",
        subject="version",
        subject_id=version.pk,
        facts=facts,
        before={"remark": remark.pk, "field": remark.field},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRemark:
    """A remark as a letter shows it: on one line, with the name of its field."""

    field: str
    label: str
    text: str


@transaction.atomic
def return_version(
    *,
    version_id: int,
    words: str,
    by: Account,
    facts: RequestFacts | None,
    now: dt.datetime,
    revision: int | None = None,
) -> Version:
    """Return a version for corrections: the open remarks of this review become the authors' tasks; a letter goes out.

    Of two who decide at once the second gets VersionMoved. `revision`, when given, is the one that the operator saw.

    Raises NotOfOperators, OwnItem, ItemUnknown, VersionMoved, ChangedSinceSeen, NothingToReturnFor.
    """
    version = _submitted(by, version_id)
    _check_seen(version, revision)
    _settle_former(version, now)
    remarks = list(open_remarks_of(version))
    said = words.strip()[:_WORDS_LENGTH]
    if not said and not remarks:
        raise NothingToReturnFor
    if not said:
        with translation.override(version.submitted_by.language if version.submitted_by else "ru"):
            said = _("See the remarks at the fields.")
    version = _decide(version, VersionState.RETURNED, said, what="returned", by=by, facts=facts, now=now)
    write_to_authors(
        kind="item_returned",
        version=version,
        key=f"item_returned:{version.pk}:{now.timestamp():.0f}",
        values={
            "words": " ".join(said.split()),
            "remarks": [
                ShownRemark(
                    field=row.field, label=label_of(version.item.kind, row.field), text=" ".join(row.text.split())
                )
                for row in remarks
            ],
        },
        now=now,
    )
    return version


@transaction.atomic
def publish_version(
    *,
    version_id: int,
    by: Account,
    facts: RequestFacts | None,
    now: dt.datetime,
    words: str = "",
    revision: int | None = None,
) -> Version:
    """Publish a version: it replaces the one before, runs that have not begun and have no people move to it.

    The operator is neither an author nor of the organisation, by СНИЛС (Z4). The search knows it when the transaction
    ends. Of two who decide at once the second gets VersionMoved. `revision`, when given, is the one that the operator
    saw: nobody publishes what they have not read.

    Raises:
        NotOfOperators, OwnItem, ItemUnknown, VersionMoved: it is not theirs to publish, or not now.
        ChangedSinceSeen: its authors took it back, wrote on and submitted it again meanwhile.
        EventHasBegun: the event that it changes has begun while it waited.
        VersionIncomplete: it has become unfit while it waited, as an event whose day has come.

    """
    version = _submitted(by, version_id)
    _check_seen(version, revision)
    item = version.item
    former = Version.objects.filter(item=item, state=VersionState.PUBLISHED).first()
    if former is not None:
        check_not_begun(begins_at=former.begins_at, withdrawn_at=item.withdrawn_at, now=now)
    problems = problems_of(facts_of(version), now=now)
    if problems:
        raise VersionIncomplete(problems)
    if former is not None:
        former.state, former.superseded_at = VersionState.SUPERSEDED, now
        former.save(update_fields=["state", "superseded_at"])
        step(former, what="superseded", by=by, facts=facts, now=now, before=VersionState.PUBLISHED)
    _settle_former(version, now)
    open_remarks_of(version).update(settled_at=now)
    version = _decide(version, VersionState.PUBLISHED, words.strip(), what="published", by=by, facts=facts, now=now)
    item.state, item.withdrawn_at, item.withdrawn_by, item.withdrawn_reason = ItemState.PUBLISHED, None, None, ""
    item.save(update_fields=["state", "withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    _move_runs(item, version, timezone.localdate(now))
    refresh_search([item.pk])
    write_to_authors(
        kind="item_published",
        version=version,
        key=f"item_published:{version.pk}",
        values={"words": " ".join(words.split()), "first": former is None},
        now=now,
    )
    return version


def _move_runs(item: Item, version: Version, today: dt.date) -> int:
    """Point the runs without people that have not begun to the new version. Locks them: a seat may be taken now."""
    rows = Run.objects.select_for_update(of=("self",), no_key=True).filter(item=item, begins_on__gt=today)
    movable = [run.pk for run in rows.order_by("pk") if not run.taken and run.state != RunState.CANCELLED]
    return Run.objects.filter(pk__in=movable).update(version=version)


@transaction.atomic
def withdraw_as_operator(
    *, item_id: int, reason: str, by: Account, facts: RequestFacts | None, now: dt.datetime
) -> Item:
    """Take an item out of the catalogue; the card says why, and a letter goes to the organisation.

    Raises NotOfOperators, OwnItem, ItemUnknown, ItemNotPublished, ReasonMissing.
    """
    item = _listed_item(by, item_id)
    close_item(item, reason=reason, by_id=by.pk, facts=facts, now=now)
    version = Version.objects.select_related("item__organisation").get(item=item, state=VersionState.PUBLISHED)
    write_to_authors(
        kind="item_withdrawn",
        version=version,
        key=f"item_withdrawn:{item.pk}:{now.timestamp():.0f}",
        values={"reason": item.withdrawn_reason},
        now=now,
    )
    return item


@transaction.atomic
def set_accredited(
    *, item_id: int, accredited: bool, by: Account, facts: RequestFacts | None, now: dt.datetime
) -> Item:
    """Mark an item as accredited by the Council («Аккредитовано Советом»), or take the mark away.

    Raises NotOfOperators, OwnItem, ItemUnknown, ItemNotPublished.
    """
    item = _listed_item(by, item_id)
    if item.state != ItemState.PUBLISHED:
        raise ItemNotPublished
    before, item.accredited = item.accredited, accredited
    item.save(update_fields=["accredited"])
    record(
        actor_id=by.pk,
        action="item.accredited" if accredited else "item.accreditation_taken",
        subject="item",
        subject_id=item.pk,
        facts=facts,
        before={"accredited": before},
        after={"accredited": accredited},
    )
    refresh_search([item.pk])
    return item


def _listed_item(by: Account, item_id: int) -> Item:
    check_operator(by.roles)
    item = Item.objects.select_for_update(of=("self",), no_key=True).filter(pk=item_id).first()
    if item is None:
        raise ItemUnknown
    check_no_part(by, item, Version.objects.filter(item=item, state=VersionState.PUBLISHED).first())
    return item


def _submitted(by: Account, version_id: int) -> Version:
    """A version that waits for a decision, locked, for somebody who may decide. Raises VersionMoved as well."""
    version = version_for_review(by, version_id)
    if version.state != VersionState.SUBMITTED:
        raise VersionMoved(state=version.get_state_display())
    return version


def _check_seen(version: Version, revision: int | None) -> None:
    """Refuse a decision about a text that the operator has not seen."""
    if revision is not None and version.revision != revision:
        raise ChangedSinceSeen


def _settle_former(version: Version, now: dt.datetime) -> None:
    """Remarks of earlier reviews have had their answer: the version was submitted again after them."""
    open_remarks_of(version).filter(at__lt=version.submitted_at).update(settled_at=now)


def _decide(
    version: Version,
    to: VersionState,
    words: str,
    *,
    what: str,
    by: Account,
    facts: RequestFacts | None,
    now: dt.datetime,
) -> Version:
    before = version.state
    check_move(before, to)
    version.state, version.decided_at, version.decided_by, version.decision = to, now, by, words
    if to == VersionState.PUBLISHED:
        version.published_at = now
    version.save(update_fields=["state", "decided_at", "decided_by", "decision", "published_at"])
    step(version, what=what, by=by, facts=facts, now=now, reason=words, before=before)
    return version
