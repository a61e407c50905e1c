"""The door of each cabinet: checks once, for every address under its prefix, who may come in."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import redirect

from nmfo.accounts.rules import Role
from nmfo.organisations.queries import memberships_of
from nmfo.specialists.models import Specialist
from nmfo.specialists.queries import specialist_beside
from nmfo.web.parts.requests import OrganisationRequest, WelcomeRequest

SPECIALIST = ("/specialist/", "/welcome/")
ORGANISATION = "/organisation/"
OPERATOR = "/operator/"
BOTH = "both"  # in the session: whether somebody of an organisation is a specialist as well
CHOSEN = "organisation"  # in the session: whose cabinet somebody of several organisations has chosen


class CabinetMiddleware:
    """Sets `request.specialist` or `request.organisation` in their cabinets; refuses strangers in each."""

    def __init__(self, get_response: Callable[[WelcomeRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: WelcomeRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: WelcomeRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> HttpResponse | None:
        """Called after sign-in and stages were checked."""
        if not request.path.startswith((*SPECIALIST, ORGANISATION, OPERATOR)) or not request.user.is_authenticated:
            return None
        if request.path.startswith(ORGANISATION):
            _set_organisation(cast("OrganisationRequest", request))
            return None
        if request.path.startswith(OPERATOR):
            if not request.user.has_role(Role.OPERATOR):
                raise PermissionDenied
            return None
        request.specialist = specialist_beside(request.user)
        if request.specialist is None and not request.path.startswith("/welcome/"):
            if request.user.is_staff_member:
                raise PermissionDenied
            return redirect("specialist:welcome-agreement")
        return None


def _set_organisation(request: OrganisationRequest) -> None:
    """Whose cabinet it is. Somebody of several organisations gets the chosen one, else the first they joined."""
    if not request.user.has_role(Role.ORGANISATION):
        raise PermissionDenied
    specialist = Exists(Specialist.objects.filter(account_id=OuterRef("account_id")))
    found = list(memberships_of(request.user).annotate(is_specialist=specialist))
    if not found:
        raise PermissionDenied
    chosen = request.session.get(CHOSEN)
    request.memberships = list(found)
    request.member = next((member for member in found if member.organisation_id == chosen), found[0])
    request.organisation = request.member.organisation
    both = found[0].is_specialist
    if request.session.get(BOTH) != both:  # the menus of every page ask for it, and may cost no query
        request.session[BOTH] = both
