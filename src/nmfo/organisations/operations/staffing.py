"""People of an organisation's cabinet: roles, leaving, handing over. One responsible person at least stays (O-16)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from django.db import transaction

from foundation.audit.operations import record
from foundation.mail.operations import put_letter
from foundation.runtime.facts import RequestFacts
from nmfo.accounts.models import Account
from nmfo.accounts.operations.closing import close_account
from nmfo.accounts.operations.roles import revoke_role
from nmfo.accounts.rules import Role
from nmfo.organisations.models import Member, Organisation
from nmfo.organisations.operations.inviting import acting_member, roles_given
from nmfo.organisations.queries import members_of, memberships_of
from nmfo.organisations.rules import LastOwner, MemberLeft, Right, StaffRole


@transaction.atomic
def change_roles(
    *,
    organisation: Organisation,
    member_id: int,
    roles: Iterable[str],
    post: str,
    by: Account,
    facts: RequestFacts,
    now: dt.datetime,
) -> Member:
    """Give somebody other roles. Raises NotAllowed, MemberLeft, NoRoles, LastOwner."""
    acting_member(organisation.pk, by, Right.STAFF)
    member, given = _member(organisation, member_id), roles_given(roles)
    if StaffRole.OWNER not in given:
        _check_other_owner(organisation, member)
    before = {"roles": member.roles, "post": member.post}
    member.roles, member.post = given, post
    member.save(update_fields=["roles", "post"])
    _record(member, "organisation.roles_changed", by, facts, before=before, after={"roles": given, "post": post})
    return member


@transaction.atomic
def remove_member(
    *, organisation: Organisation, member_id: int, by: Account, facts: RequestFacts, now: dt.datetime
) -> None:
    """End somebody's work in the organisation; everybody may end their own.

    With the last organisation the account loses its role, and its pages are closed at the next click. Raises
    NotAllowed, MemberLeft, LastOwner.
    """
    own = Member.objects.filter(pk=member_id, organisation=organisation, account=by, left_at=None).exists()
    acting_member(organisation.pk, by, Right.SEE if own else Right.STAFF)
    member = _member(organisation, member_id)
    _check_other_owner(organisation, member)
    member.left_at = now
    member.save(update_fields=["left_at"])
    _record(member, "organisation.left" if own else "organisation.member_removed", by, facts)
    if not memberships_of(member.account).exists():
        revoke_role(account=member.account, role=Role.ORGANISATION, by=by, facts=facts, now=now)


@transaction.atomic
def hand_over(
    *, organisation: Organisation, to_member_id: int, by: Account, facts: RequestFacts, now: dt.datetime
) -> Member:
    """Make another member the responsible person in one's own place; both get a letter.

    Whoever hands over stays with the other roles they have, as a methodist when there is none. Raises NotAllowed,
    MemberLeft.
    """
    giver = acting_member(organisation.pk, by, Right.STAFF)
    heir = _member(organisation, to_member_id)
    if heir.pk == giver.pk:
        return giver
    before = {"giver": giver.roles, "heir": heir.roles}
    heir.roles = roles_given([*heir.roles, StaffRole.OWNER])
    giver.roles = [role for role in giver.roles if role != StaffRole.OWNER] or [str(StaffRole.METHODIST)]
    for member in (heir, giver):
        member.save(update_fields=["roles"])
    after = {"giver": giver.roles, "heir": heir.roles}
    _record(heir, "organisation.handed_over", by, facts, before=before, after=after)
    for member, kind in ((heir, "owner_received"), (giver, "owner_handed_over")):
        put_letter(
            kind=kind,
            to=member.account.email,
            account_id=member.account_id,
            language=member.account.language,
            values={"organisation": organisation, "giver": giver.account, "heir": heir.account},
            key=f"{kind}:{organisation.pk}:{member.pk}:{now.timestamp():.6f}",
            now=now,
        )
    return heir


@transaction.atomic
def leave_and_close(*, account: Account, facts: RequestFacts, now: dt.datetime) -> None:
    """Leave every organisation and close the account. Raises LastOwner; then nothing has changed."""
    for member in memberships_of(account).order_by("organisation_id"):  # one order of locks for everybody
        remove_member(organisation=member.organisation, member_id=member.pk, by=account, facts=facts, now=now)
    close_account(account=account, facts=facts, now=now)


def _member(organisation: Organisation, member_id: int) -> Member:
    member = members_of(organisation).filter(pk=member_id).first()
    if member is None:
        raise MemberLeft
    return member


def _check_other_owner(organisation: Organisation, member: Member) -> None:
    """Under the organisation's lock: two responsible persons who leave at once cannot both get through."""
    others = members_of(organisation).filter(roles__contains=[StaffRole.OWNER]).exclude(pk=member.pk)
    if StaffRole.OWNER in member.roles and not others.exists():
        raise LastOwner


def _record(
    member: Member,
    action: str,
    by: Account,
    facts: RequestFacts,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    record(
        actor_id=by.pk,
        action=action,
        subject="organisation",
        subject_id=member.organisation_id,
        facts=facts,
        before=dict(before or {}),
        after={"member": member.account_id, **(after or {})},
    )
