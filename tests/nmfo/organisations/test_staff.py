"""Invitations, roles, leaving, handing over."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from tests.builders import a_member, a_specialist, an_account, an_organisation, facts
from tests.nmfo.organisations.test_applying import at_once

from foundation.mail.models import Letter
from foundation.signin.models import OneTimeSecret
from foundation.signin.secrets import LinkUnknown
from nmfo.accounts.models import Account
from nmfo.organisations.models import Invitation, Member, Organisation
from nmfo.organisations.operations import inviting, staffing
from nmfo.organisations.rules import (
    INVITATION_LETTERS,
    AlreadyInvited,
    AlreadyMember,
    InvitationOver,
    InvitationReplaced,
    InvitationSettled,
    InvitationUsed,
    InvitationWithdrawn,
    LastOwner,
    LettersSpent,
    MemberLeft,
    NoRoles,
    NotAllowed,
)

HOUR = dt.timedelta(hours=1)


def invite(organisation: Organisation, by: Account, email: str = "new@nmfo.example", *roles: str) -> Invitation:
    return inviting.invite_person(
        organisation=organisation,
        email=email,
        name="",
        post="",
        roles=roles or ["methodist"],
        by=by,
        facts=facts(),
        now=timezone.now(),
    )


def token_of(invitation: Invitation) -> str:
    return Letter.objects.get(key=f"invitation:{invitation.pk}:{invitation.letters}").secret("link")


def accept(token: str, account: Account, now: dt.datetime | None = None) -> Member:
    return inviting.accept_invitation(
        token=token, account=account, session_id=None, facts=facts(), now=now or timezone.now()
    )


def member_of(account: Account) -> Member:
    return Member.objects.get(account=account, left_at=None)


def remove(organisation: Organisation, who: Account, by: Account) -> None:
    staffing.remove_member(
        organisation=organisation, member_id=member_of(who).pk, by=by, facts=facts(), now=timezone.now()
    )


@pytest.mark.django_db
def test_an_invitation_makes_its_reader_a_member_whatever_their_address() -> None:
    organisation = an_organisation()
    owner, reader = a_member(organisation), an_account(email="private@nmfo.example")
    invitation = invite(organisation, owner)

    member = accept(token_of(invitation), reader)

    assert (member.organisation, member.roles, member.invited_by) == (organisation, ["methodist"], owner)
    assert Account.objects.get(pk=reader.pk).roles == ["organisation"]


@pytest.mark.django_db
def test_an_invitation_works_once() -> None:
    organisation = an_organisation()
    token = token_of(invite(organisation, a_member(organisation)))
    accept(token, an_account())

    with pytest.raises(InvitationUsed):
        accept(token, an_account())


@pytest.mark.django_db(transaction=True)
def test_of_two_readers_of_one_letter_one_joins() -> None:
    organisation = an_organisation()
    token = token_of(invite(organisation, a_member(organisation)))
    readers = [an_account(), an_account()]

    answers = at_once(*[lambda reader=reader: accept(token, reader) for reader in readers])

    assert sorted(type(answer).__name__ for answer in answers) == ["InvitationUsed", "Member"]
    assert Member.objects.filter(organisation=organisation).count() == 2


@pytest.mark.django_db
def test_an_invitation_is_over_after_72_hours_and_lives_again_when_it_is_sent_again() -> None:
    organisation = an_organisation()
    owner, reader = a_member(organisation), an_account()
    invitation = invite(organisation, owner)
    first, later = token_of(invitation), timezone.now() + 73 * HOUR
    with pytest.raises(InvitationOver):
        accept(first, reader, later)

    again = inviting.send_invitation_again(invitation_id=invitation.pk, by=owner, facts=facts(), now=later)

    with pytest.raises(InvitationReplaced):
        accept(first, reader, later)
    assert accept(token_of(again), reader, later).organisation == organisation


@pytest.mark.django_db
def test_a_withdrawn_invitation_and_one_that_never_was_say_so() -> None:
    organisation = an_organisation()
    owner = a_member(organisation)
    invitation = invite(organisation, owner)
    inviting.withdraw_invitation(invitation_id=invitation.pk, by=owner, facts=facts(), now=timezone.now())

    with pytest.raises(InvitationWithdrawn):
        accept(token_of(invitation), an_account())
    with pytest.raises(LinkUnknown):
        accept("x" * 43, an_account())
    with pytest.raises(InvitationSettled):
        inviting.send_invitation_again(invitation_id=invitation.pk, by=owner, facts=facts(), now=timezone.now())


@pytest.mark.django_db
def test_an_invitation_is_sent_five_times_at_most() -> None:
    organisation = an_organisation()
    owner = a_member(organisation)
    invitation = invite(organisation, owner)

    for _time in range(INVITATION_LETTERS - 1):
        inviting.send_invitation_again(invitation_id=invitation.pk, by=owner, facts=facts(), now=timezone.now())
    with pytest.raises(LettersSpent):
        inviting.send_invitation_again(invitation_id=invitation.pk, by=owner, facts=facts(), now=timezone.now())

    assert OneTimeSecret.objects.filter(purpose="invitation", used_at=None).count() == 1


@pytest.mark.django_db
def test_nobody_is_invited_twice_or_into_where_they_are() -> None:
    organisation = an_organisation()
    owner = a_member(organisation, email="owner@nmfo.example")
    invite(organisation, owner)

    with pytest.raises(AlreadyInvited):
        invite(organisation, owner, "NEW@nmfo.example")
    with pytest.raises(AlreadyMember):
        invite(organisation, owner, "owner@nmfo.example")
    with pytest.raises(NoRoles):
        invite(organisation, owner, "third@nmfo.example", "director")


@pytest.mark.django_db
def test_roles_of_an_invitation_come_on_top_of_those_one_has() -> None:
    organisation = an_organisation()
    owner, teacher = a_member(organisation), a_member(organisation, "teacher")

    accept(token_of(invite(organisation, owner, "other@nmfo.example", "registrar")), teacher)

    assert member_of(teacher).roles == ["registrar", "teacher"]


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["methodist", "registrar", "teacher"])
def test_only_the_responsible_person_changes_the_staff(role: str) -> None:
    organisation = an_organisation()
    owner, other = a_member(organisation), a_member(organisation, role)
    invitation = invite(organisation, owner)

    for act in (
        lambda: invite(organisation, other, "friend@nmfo.example"),
        lambda: remove(organisation, owner, by=other),
        lambda: inviting.withdraw_invitation(invitation_id=invitation.pk, by=other, facts=facts(), now=timezone.now()),
        lambda: staffing.hand_over(
            organisation=organisation, to_member_id=member_of(other).pk, by=other, facts=facts(), now=timezone.now()
        ),
        lambda: staffing.change_roles(
            organisation=organisation,
            member_id=member_of(other).pk,
            roles=["owner"],
            post="",
            by=other,
            facts=facts(),
            now=timezone.now(),
        ),
    ):
        with pytest.raises(NotAllowed):
            act()


@pytest.mark.django_db
def test_the_last_responsible_person_stays() -> None:
    organisation = an_organisation()
    owner = a_member(organisation)
    a_member(organisation, "methodist")

    with pytest.raises(LastOwner):
        remove(organisation, owner, by=owner)
    with pytest.raises(LastOwner):
        staffing.change_roles(
            organisation=organisation,
            member_id=member_of(owner).pk,
            roles=["methodist"],
            post="",
            by=owner,
            facts=facts(),
            now=timezone.now(),
        )


@pytest.mark.django_db(transaction=True)
def test_of_two_responsible_persons_who_leave_at_once_one_stays() -> None:
    organisation = an_organisation()
    owners = [a_member(organisation), a_member(organisation)]

    answers = at_once(*[lambda owner=owner: remove(organisation, owner, by=owner) for owner in owners])

    assert sorted(type(answer).__name__ for answer in answers) == ["LastOwner", "NoneType"]
    assert Member.objects.filter(organisation=organisation, left_at=None).count() == 1


@pytest.mark.django_db
def test_with_the_last_organisation_the_role_goes() -> None:
    first, second = an_organisation(), an_organisation()
    owner, worker = a_member(first), a_member(first, "teacher")
    other_owner = a_member(second)
    Member.objects.create(organisation=second, account=worker, roles=["teacher"], joined_at=timezone.now())

    staffing.remove_member(
        organisation=first,
        member_id=Member.objects.get(organisation=first, account=worker).pk,
        by=owner,
        facts=facts(),
        now=timezone.now(),
    )
    assert Account.objects.get(pk=worker.pk).roles == ["organisation"]
    remove(second, worker, by=other_owner)

    assert Account.objects.get(pk=worker.pk).roles == []
    with pytest.raises(MemberLeft):
        staffing.change_roles(
            organisation=second,
            member_id=Member.objects.get(organisation=second, account=worker).pk,
            roles=["teacher"],
            post="",
            by=other_owner,
            facts=facts(),
            now=timezone.now(),
        )


@pytest.mark.django_db
def test_handing_over_moves_the_role_and_tells_both() -> None:
    organisation = an_organisation()
    owner, heir = a_member(organisation), a_member(organisation, "teacher")

    staffing.hand_over(
        organisation=organisation, to_member_id=member_of(heir).pk, by=owner, facts=facts(), now=timezone.now()
    )

    assert member_of(owner).roles == ["methodist"]
    assert member_of(heir).roles == ["owner", "teacher"]
    assert {(letter.kind, letter.account_id) for letter in Letter.objects.all()} == {
        ("owner_received", heir.pk),
        ("owner_handed_over", owner.pk),
    }


@pytest.mark.django_db
def test_the_last_responsible_person_cannot_close_the_account_either() -> None:
    organisation = an_organisation()
    doctor = a_specialist().account
    invitation = invite(organisation, a_member(organisation), "d@nmfo.example", "owner")
    accept(token_of(invitation), doctor)
    remove(organisation, Member.objects.exclude(account=doctor).get().account, by=doctor)

    with pytest.raises(LastOwner):
        staffing.leave_and_close(account=doctor, facts=facts(), now=timezone.now())

    assert Account.objects.get(pk=doctor.pk).state == "active"
    heir = a_member(organisation)
    staffing.leave_and_close(account=doctor, facts=facts(), now=timezone.now())
    assert Account.objects.get(pk=doctor.pk).state == "closed"
    assert list(Member.objects.filter(organisation=organisation, left_at=None)) == [member_of(heir)]
