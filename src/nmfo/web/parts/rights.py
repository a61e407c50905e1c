"""Pages of an organisation's cabinet that want a right."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from nmfo.organisations.rules import Right, may
from nmfo.web.parts.requests import OrganisationRequest

View = Callable[..., HttpResponse]


def require_right(right: Right) -> Callable[[View], View]:
    """Refuse the page to those whose role does not have the right; the operation behind it checks again."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def wrapper(request: OrganisationRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not may(request.member.roles, right):
                return render(request, "parts/no_right.html", {"right": right}, status=403)
            return view(request, *args, **kwargs)

        return wrapper

    return decorate
