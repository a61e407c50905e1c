"""The door of each cabinet: checks once, for every address under its prefix, who may come in."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect

from nmfo.accounts.rules import Role
from nmfo.specialists.models import Specialist
from nmfo.web.parts.requests import WelcomeRequest

SPECIALIST = ("/specialist/", "/welcome/")
OPERATOR = "/operator/"


class CabinetMiddleware:
    """Sets `request.specialist` in the specialist's cabinet; refuses strangers in the operator's."""

    def __init__(self, get_response: Callable[[WelcomeRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: WelcomeRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: WelcomeRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> HttpResponse | None:
        """Called after sign-in and stages were checked."""
        if not request.path.startswith((*SPECIALIST, OPERATOR)) or not request.user.is_authenticated:
            return None
        if request.path.startswith(OPERATOR):
            if not request.user.has_role(Role.OPERATOR):
                raise PermissionDenied
            return None
        request.specialist = (
            Specialist.objects.select_related("account__region").filter(account_id=request.user.pk).first()
        )
        if request.specialist is None and not request.path.startswith("/welcome/"):
            if request.user.is_staff_member:
                raise PermissionDenied
            return redirect("specialist:welcome-agreement")
        return None
