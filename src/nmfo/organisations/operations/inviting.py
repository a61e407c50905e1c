"""Invitations: a letter lets its reader join an organisation's cabinet, once, within 72 hours (R-204)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from foundation.audit.operations import record
from foundation.identifiers import email as addresses
from foundation.mail.operations import put_letter
from foundation.runtime.facts import RequestFacts
from foundation.signin import secrets
from foundation.vault.cipher import blind, blinds
from nmfo.accounts.models import Account
from nmfo.accounts.operations.roles import grant_role
from nmfo.accounts.rules import Role
from nmfo.organisations.models import Invitation, Member, Organisation
from nmfo.organisations.queries import invitations_of, members_of
from nmfo.organisations.rules import (
    INVITATION_HOURS,
    INVITATION_LETTERS,
    MOST_MEMBERS,
    MOST_OPEN_INVITATIONS,
    AlreadyInvited,
    AlreadyMember,
    InvitationOver,
    InvitationReplaced,
    InvitationSettled,
    InvitationUsed,
    InvitationWithdrawn,
    LettersSpent,
    NoRoles,
    NotAllowed,
    Right,
    StaffFull,
    StaffRole,
    check_may,
)

_TERM = dt.timedelta(hours=INVITATION_HOURS)


def acting_member(organisation_id: int, by: Account, right: Right) -> Member:
    """The membership somebody acts by, under the organisation's lock. Raises NotAllowed.

    What the page knew may be old: rights are asked for again where the change is written.
    """
    Organisation.objects.select_for_update(of=("self",), no_key=True).get(pk=organisation_id)
    member = Member.objects.filter(organisation_id=organisation_id, account=by, left_at=None).first()
    if member is None:
        raise NotAllowed
    check_may(member.roles, right)
    return member


def roles_given(roles: Iterable[str]) -> list[str]:
    """Roles in their usual order, each once. Raises NoRoles."""
    wanted = set(roles)
    known = [str(role) for role in StaffRole if role in wanted]
    if not known:
        raise NoRoles
    return known


@transaction.atomic
def invite_person(
    *,
    organisation: Organisation,
    email: str,
    name: str,
    post: str,
    roles: Iterable[str],
    by: Account,
    facts: RequestFacts,
    now: dt.datetime,
) -> Invitation:
    """Invite somebody by letter. Raises NotAllowed, NoRoles, AlreadyInvited, AlreadyMember, StaffFull."""
    acting_member(organisation.pk, by, Right.STAFF)
    given = roles_given(roles)
    indexes = blinds(addresses.key(email), purpose="email")
    if invitations_of(organisation).filter(email_index__in=indexes).exists():
        raise AlreadyInvited
    if members_of(organisation).filter(account__email_index__in=indexes).exists():
        raise AlreadyMember
    open_ones = invitations_of(organisation).count()
    if open_ones >= MOST_OPEN_INVITATIONS or members_of(organisation).count() + open_ones >= MOST_MEMBERS:
        raise StaffFull
    return open_invitation(
        organisation=organisation,
        email=email,
        name=name,
        post=post,
        roles=given,
        language=by.language,
        by=by,
        kind="invitation",
        facts=facts,
        now=now,
    )


def open_invitation(
    *,
    organisation: Organisation,
    email: str,
    name: str,
    post: str,
    roles: list[str],
    language: str,
    by: Account | None,
    kind: str,
    facts: RequestFacts,
    now: dt.datetime,
    actor_id: int | None = None,
) -> Invitation:
    """Write an invitation and its letter, in the caller's transaction. `by` is empty when the portal itself invites."""
    row = Invitation(
        organisation=organisation,
        email=email,
        email_index=blind(addresses.key(email), purpose="email"),
        name=name,
        post=post,
        roles=roles,
        language=language,
        invited_by=by,
        created_at=now,
        expires_at=now + _TERM,
    )
    row.save(force_insert=True)
    _write(row, kind, now)
    _record(row, "organisation.invited", by.pk if by else actor_id, facts)
    return row


def _write(row: Invitation, kind: str, now: dt.datetime) -> None:
    letter = put_letter(
        kind=kind,
        to=row.email,
        account_id=None,
        language=row.language,
        values={
            "organisation": row.organisation,
            "invitation": row,
            "roles": [StaffRole(role).label for role in row.roles],
            "hours": INVITATION_HOURS,
        },
        key=f"invitation:{row.pk}:{row.letters}",
        now=now,
        urgent=True,
    )
    secrets.withdraw_about(row.pk, secrets.Purpose.INVITATION, now=now)
    secrets.issue(
        account_id=None,
        purpose=secrets.Purpose.INVITATION,
        secret=letter.secret("link"),
        subject_id=row.pk,
        expires_at=row.expires_at,
        now=now,
    )


@transaction.atomic
def send_invitation_again(*, invitation_id: int, by: Account, facts: RequestFacts, now: dt.datetime) -> Invitation:
    """A new letter for another 72 hours; the former link is void.

    Raises NotAllowed, InvitationSettled, LettersSpent.
    """
    row = _lock(invitation_id)
    acting_member(row.organisation_id, by, Right.STAFF)
    return _again(row, by.pk, facts, now)


@transaction.atomic
def send_first_invitation_again(
    *, invitation_id: int, by: Account | None, facts: RequestFacts, now: dt.datetime
) -> Invitation:
    """The responsible person's invitation once more, asked for on the application's page or by an operator.

    Raises InvitationSettled, LettersSpent.
    """
    return _again(_lock(invitation_id), by.pk if by else None, facts, now)


def _again(row: Invitation, actor_id: int | None, facts: RequestFacts, now: dt.datetime) -> Invitation:
    if row.accepted_at is not None or row.withdrawn_at is not None:
        raise InvitationSettled
    if row.letters >= INVITATION_LETTERS:
        raise LettersSpent
    row.letters, row.expires_at = row.letters + 1, now + _TERM
    row.save(update_fields=["letters", "expires_at"])
    _write(row, "invitation" if row.invited_by_id else "cabinet_opened", now)
    _record(row, "organisation.invitation_sent_again", actor_id, facts)
    return row


@transaction.atomic
def withdraw_invitation(*, invitation_id: int, by: Account, facts: RequestFacts, now: dt.datetime) -> None:
    """Make an invitation void. Raises NotAllowed, InvitationSettled."""
    row = _lock(invitation_id)
    acting_member(row.organisation_id, by, Right.STAFF)
    if row.accepted_at is not None or row.withdrawn_at is not None:
        raise InvitationSettled
    row.withdrawn_at = now
    row.save(update_fields=["withdrawn_at"])
    secrets.withdraw_about(row.pk, secrets.Purpose.INVITATION, now=now)
    _record(row, "organisation.invitation_withdrawn", by.pk, facts)


def invitation_by_token(token: str, now: dt.datetime) -> Invitation:
    """The invitation of a link that can be accepted. Changes nothing: mail scanners open links.

    Raises LinkUnknown, InvitationUsed, InvitationWithdrawn, InvitationOver, InvitationReplaced.
    """
    secret = secrets.row_of(secrets.Purpose.INVITATION, token)
    if secret is None:
        raise secrets.LinkUnknown
    row = Invitation.objects.select_related("organisation", "invited_by").get(pk=secret.subject_id or 0)
    if row.accepted_at is not None:
        raise InvitationUsed
    if row.withdrawn_at is not None:
        raise InvitationWithdrawn
    if now >= row.expires_at:
        raise InvitationOver
    if secret.used_at is not None:
        raise InvitationReplaced
    return row


@transaction.atomic
def accept_invitation(
    *, token: str, account: Account, session_id: int | None, facts: RequestFacts, now: dt.datetime
) -> Member:
    """Join the organisation, whatever address the account has: the letter's link is the proof, and it works once.

    Somebody who works there already gets the roles on top of theirs. Of two at once the second gets InvitationUsed.
    Raises as `invitation_by_token`.
    """
    row = _lock(invitation_by_token(token, now).pk)
    organisation = Organisation.objects.select_for_update(of=("self",), no_key=True).get(pk=row.organisation_id)
    invitation_by_token(token, now)  # once more, now that nobody else can accept or withdraw it
    secrets.use(secrets.Purpose.INVITATION, token, now)
    row.accepted_at, row.accepted_by = now, account
    row.save(update_fields=["accepted_at", "accepted_by"])
    member = Member.objects.filter(organisation=organisation, account=account, left_at=None).first()
    if member is None:
        member = Member.objects.create(
            organisation=organisation,
            account=account,
            roles=roles_given(row.roles),
            post=row.post,
            joined_at=now,
            invited_by=row.invited_by,
        )
    else:
        member.roles = roles_given([*member.roles, *row.roles])
        member.save(update_fields=["roles"])
    grant_role(account=account, role=Role.ORGANISATION, by=account, session_id=session_id, facts=facts, now=now)
    record(
        actor_id=account.pk,
        action="organisation.joined",
        subject="organisation",
        subject_id=organisation.pk,
        facts=facts,
        after={"member": account.pk, "roles": member.roles},
    )
    return member


def _lock(invitation_id: int) -> Invitation:
    rows = Invitation.objects.select_for_update(of=("self",), no_key=True).select_related("organisation")
    return rows.get(pk=invitation_id)


def _record(row: Invitation, action: str, actor_id: int | None, facts: RequestFacts) -> None:
    record(
        actor_id=actor_id,
        action=action,
        subject="organisation",
        subject_id=row.organisation_id,
        facts=facts,
        after={"email": addresses.mask(row.email), "roles": row.roles},
    )
