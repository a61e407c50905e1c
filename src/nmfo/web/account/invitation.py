"""An invitation to an organisation's cabinet: read it, come in or register, accept."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.errors import Refused
from foundation.signin.factors import has_second_factor
from foundation.signin.operations import add_stage, session_row, stages_of
from nmfo.organisations.operations.inviting import accept_invitation, invitation_by_token
from nmfo.organisations.rules import StaffRole
from nmfo.web.account.views import _NEXT, FORM, SECOND_FACTORS, _onward, page
from nmfo.web.parts.requests import PortalRequest


@login_not_required
@FORM
def invitation(request: PortalRequest, token: str) -> HttpResponse:
    """The link of the letter. A GET changes nothing, because mail scanners open links; the button accepts.

    Somebody who is not in is led to sign in or to register, and back here.
    """
    now = timezone.now()
    signed_in = request.user.is_authenticated and not stages_of(request)
    try:
        found = invitation_by_token(token, now)
        if request.method != "POST" or not signed_in:
            context = {
                "invitation": found,
                "roles": [StaffRole(role).label for role in found.roles],
                "signed_in": signed_in,
            }
            return page(request, "invitation", context)
        row = session_row(request)
        accept_invitation(
            token=token, account=request.user, session_id=row.pk if row else None, facts=request.facts, now=now
        )
    except Refused as refusal:
        return page(request, "invitation_refused", {"refusal": refusal})
    messages.success(request, _("You work for “%(name)s” now.") % {"name": found.organisation.short_name})
    return _ask_for_second_factor(request)


def _ask_for_second_factor(request: PortalRequest) -> HttpResponse:
    """The role asks for two factors at once, not from the next sign-in on (promise I8)."""
    row = session_row(request)
    request.session[_NEXT] = reverse("organisation:home")
    if row is not None and SECOND_FACTORS & set(row.amr):
        return redirect("organisation:home")
    add_stage(request, "factor" if has_second_factor(request.user.pk) else "enrol")
    return _onward(request, request.user, timezone.now())
