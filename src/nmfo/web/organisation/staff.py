"""O-16: people of the organisation, their roles, invitations, handing over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.errors import Refused
from nmfo.organisations.operations.inviting import invite_person, send_invitation_again, withdraw_invitation
from nmfo.organisations.operations.staffing import change_roles, hand_over, remove_member
from nmfo.organisations.queries import invitations_of, members_of
from nmfo.organisations.rules import (
    INVITATION_LETTERS,
    MOST_MEMBERS,
    MOST_OPEN_INVITATIONS,
    RIGHTS,
    Right,
    StaffRole,
    may,
)
from nmfo.web.organisation.forms import InviteForm, RolesForm
from nmfo.web.parts.recent import require_recent_for
from nmfo.web.parts.requests import OrganisationRequest
from nmfo.web.parts.rights import require_right

FORM = require_http_methods(["GET", "HEAD", "POST"])


def _page(request: OrganisationRequest, name: str, context: dict[str, Any], form: Any = None) -> HttpResponse:
    wrong = form is not None and form.is_bound and not form.is_valid()
    return render(request, f"organisation/{name}.html", {**context, "form": form}, status=422 if wrong else 200)


@require_safe
def staff(request: OrganisationRequest) -> HttpResponse:
    """Who works here. Invitations and the buttons are for those who may change something."""
    now, may_change = timezone.now(), may(request.member.roles, Right.STAFF)
    invitations = list(invitations_of(request.organisation)) if may_change else []
    context = {
        "people": [
            {"member": member, "roles": [StaffRole(role).label for role in member.roles]}
            for member in members_of(request.organisation)
        ],
        "own": request.member,
        "may_change": may_change,
        "invitations": [
            {
                "row": row,
                "roles": [StaffRole(role).label for role in row.roles],
                "over": row.expires_at <= now,
                "letters_left": max(0, INVITATION_LETTERS - row.letters),
            }
            for row in invitations
        ],
        "rights": [
            {"role": role.label, "rights": [right.label for right in Right if right in RIGHTS[role]]}
            for role in StaffRole
        ],
        "most": MOST_MEMBERS,
        "most_open": MOST_OPEN_INVITATIONS,
    }
    return _page(request, "staff", context)


@FORM
@require_right(Right.STAFF)
def invite(request: OrganisationRequest) -> HttpResponse:
    """Invite somebody by letter."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            invite_person(
                organisation=request.organisation,
                email=values["email"],
                name=values["name"],
                post=values["post"],
                roles=values["roles"],
                by=request.user,
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("The invitation to %(address)s is sent.") % {"address": values["email"]})
            return redirect("organisation:staff")
    return _page(request, "invite", {}, form)


def _act(request: OrganisationRequest, act: Callable[[], object], said: str) -> HttpResponse:
    try:
        act()
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("organisation:staff")


@require_POST
@require_right(Right.STAFF)
def invitation_again(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Send an invitation again: the former letter's link is void."""
    found = get_object_or_404(invitations_of(request.organisation), pk=pk)

    def act() -> object:
        return send_invitation_again(invitation_id=found.pk, by=request.user, facts=request.facts, now=timezone.now())

    return _act(request, act, _("The invitation is sent again. The former link is void."))


@require_POST
@require_right(Right.STAFF)
def invitation_withdraw(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Make an invitation void."""
    found = get_object_or_404(invitations_of(request.organisation), pk=pk)

    def act() -> object:
        return withdraw_invitation(invitation_id=found.pk, by=request.user, facts=request.facts, now=timezone.now())

    return _act(request, act, _("The invitation is withdrawn."))


@FORM
@require_right(Right.STAFF)
def member(request: OrganisationRequest, pk: int) -> HttpResponse:
    """One of the people: roles and post; from here they are removed, or the organisation handed over to them."""
    found = get_object_or_404(members_of(request.organisation), pk=pk)
    form = RolesForm(request.POST or None, initial={"roles": found.roles, "post": found.post})
    if request.method == "POST" and form.is_valid():
        try:
            change_roles(
                organisation=request.organisation,
                member_id=found.pk,
                roles=form.cleaned_data["roles"],
                post=form.cleaned_data["post"],
                by=request.user,
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("The roles are changed."))
            return redirect("organisation:staff")
    own = found.pk == request.member.pk
    return _page(request, "member", {"person": found, "own": own}, form)


@FORM
def remove(request: OrganisationRequest, pk: int) -> HttpResponse:
    """End somebody's work here, or one's own; a page that names the person asks first."""
    found = get_object_or_404(members_of(request.organisation), pk=pk)
    own = found.pk == request.member.pk
    if request.method == "POST":
        try:
            remove_member(
                organisation=request.organisation,
                member_id=found.pk,
                by=request.user,
                facts=request.facts,
                now=timezone.now(),
            )
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("organisation:staff")
        messages.success(request, _("You have left the organisation.") if own else _("The person is removed."))
        return redirect("account:settings" if own else "organisation:staff")
    if not own and not may(request.member.roles, Right.STAFF):
        return redirect("organisation:staff")
    return _page(request, "member_remove", {"person": found, "own": own})


@FORM
@require_right(Right.STAFF)
@require_recent_for("organisation:member-hand-over")
def give_over(request: OrganisationRequest, pk: int) -> HttpResponse:
    """Hand the organisation over to another of its people; both get a letter."""
    found = get_object_or_404(members_of(request.organisation), pk=pk)
    if request.method == "POST":

        def act() -> object:
            return hand_over(
                organisation=request.organisation,
                to_member_id=found.pk,
                by=request.user,
                facts=request.facts,
                now=timezone.now(),
            )

        return _act(request, act, _("Handed over. Both of you get a letter."))
    return _page(request, "member_hand_over", {"person": found})
