"""What all operations on items share: rows under their locks, steps of a version, letters to an organisation.

Locks are taken item first, then its version: two operations never wait for each other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import Q

from foundation.audit.operations import entry_of, record_all
from foundation.mail.operations import put_letter
from foundation.runtime.facts import RequestFacts
from nmfo.accounts.models import Account
from nmfo.accounts.rules import State
from nmfo.catalogue.models import Item, Version, VersionStep
from nmfo.catalogue.queries import snils_with_a_part, whole
from nmfo.catalogue.rules.refusals import ItemUnknown
from nmfo.catalogue.rules.reviewing import check_not_own, check_operator
from nmfo.organisations.models import Member
from nmfo.organisations.rules import StaffRole


def own_item(by: Member, item_id: int) -> Item:
    """An item of the member's organisation, locked. Raises ItemUnknown for any other."""
    return own_items(by, [item_id])[item_id]


def own_items(by: Member, item_ids: Collection[int]) -> dict[int, Item]:
    """Items of the member's organisation by id, locked. Raises ItemUnknown when one of them is another's."""
    rows = Item.objects.select_for_update(of=("self",), no_key=True).select_related("organisation")
    found = {item.pk: item for item in rows.filter(organisation_id=by.organisation_id, pk__in=item_ids).order_by("pk")}
    if len(found) < len(set(item_ids)):
        raise ItemUnknown
    return found


def own_version(by: Member, version_id: int) -> Version:
    """A version of the member's organisation, locked. Raises ItemUnknown for any other."""
    return own_versions(by, [version_id])[0]


def own_versions(by: Member, version_ids: Collection[int]) -> list[Version]:
    """Versions of the member's organisation in their order, locked. Raises ItemUnknown when one is another's."""
    return _locked(version_ids, Q(item__organisation_id=by.organisation_id))


def version_for_review(by: Account, version_id: int) -> Version:
    """A version that was submitted once, locked with its item, for an operator who has no part in it (Z4, Z5).

    Raises NotOfOperators, OwnItem, ItemUnknown.
    """
    check_operator(by.roles)
    item_id = Version.objects.filter(pk=version_id).values_list("item_id", flat=True).first()
    if item_id is None:
        raise ItemUnknown
    Item.objects.select_for_update(of=("self",), no_key=True).get(pk=item_id)
    (version,) = _locked([version_id], ~Q(submitted_at=None))
    check_no_part(by, version.item, version)
    return version


def check_no_part(by: Account, item: Item, version: Version | None = None) -> None:
    """Refuse somebody who wrote or submitted the version, or belongs to the organisation: by СНИЛС, not by account."""
    check_not_own(decider_snils=by.snils, snils_of_the_others=snils_with_a_part(item, version))


def _locked(version_ids: Collection[int], which: Q) -> list[Version]:
    rows = Version.objects.select_for_update(of=("self",), no_key=True).filter(which, pk__in=version_ids)
    locked = [row.pk for row in rows.only("pk").order_by("pk")]
    if len(locked) < len(set(version_ids)):
        raise ItemUnknown
    found = whole(Version.objects.filter(pk__in=locked)).in_bulk()  # read under the locks
    return [found[pk] for pk in version_ids]


def step(
    version: Version,
    *,
    what: str,
    by: Account | None,
    facts: RequestFacts | None,
    now: dt.datetime,
    reason: str = "",
    before: str = "",
) -> VersionStep:
    """Write a change of a version's state into its history and into the trail."""
    (made,) = step_all([(version, before)], what=what, by=by, facts=facts, now=now, reason=reason)
    return made


def step_all(
    versions: Sequence[tuple[Version, str]],
    *,
    what: str,
    by: Account | None,
    facts: RequestFacts | None,
    now: dt.datetime,
    reason: str = "",
) -> list[VersionStep]:
    """The same for many: pairs of a version and the state it was in before."""
    record_all(
        entry_of(
            actor_id=by.pk if by else None,
            action=f"version.{what}",
            subject="version",
            subject_id=version.pk,
            facts=facts,
            reason=reason[:500],
            before={"state": before} if before else {},
            after={"state": version.state, "item": version.item_id, "number": version.number},
        )
        for version, before in versions
    )
    return VersionStep.objects.bulk_create(
        [VersionStep(version=version, state=version.state, by=by, reason=reason, at=now) for version, _ in versions]
    )


def write_to_authors(*, kind: str, version: Version, key: str, values: dict[str, Any], now: dt.datetime) -> int:
    """A letter to who submitted the version and to the responsible people, as far as they still work there.

    Returns how many letters were written.
    """
    members = Member.objects.filter(organisation_id=version.item.organisation_id, left_at=None)
    members = members.filter(Q(account_id=version.submitted_by_id) | Q(roles__contains=[StaffRole.OWNER]))
    people = [row.account for row in members.filter(account__state=State.ACTIVE).select_related("account")]
    for person in people:
        put_letter(
            kind=kind,
            to=person.email,
            account_id=person.pk,
            language=person.language,
            values={"person": person, "version": version, "item": version.item, **values},
            key=f"{key}:{person.pk}",
            now=now,
        )
    return len(people)
