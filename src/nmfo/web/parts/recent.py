"""Pages that want a fresh proof of who one is (promise I8)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from foundation.signin.operations import is_fresh
from nmfo.web.parts.requests import PortalRequest

View = Callable[..., HttpResponse]


def require_recent(view: View) -> View:
    """Ask for the password again when the last proof is older than ten minutes; afterwards the page opens anew."""
    return require_recent_for("account:settings", with_arguments=False)(view)


def require_recent_for(page: str, *, with_arguments: bool = True) -> Callable[[View], View]:
    """The same for a button: after the proof its page, with the arguments of the address, is shown again."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def wrapper(request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if is_fresh(request, timezone.now()):
                return view(request, *args, **kwargs)
            back = request.get_full_path()
            if request.method != "GET":
                back = reverse(page, kwargs=kwargs if with_arguments else None)
            return _ask(back)

        return wrapper

    return decorate


def require_recent_to_change(view: View) -> View:
    """The same for a page that anybody may look at: only its form wants the proof, and the page opens anew after it."""

    @functools.wraps(view)
    def wrapper(request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST" or is_fresh(request, timezone.now()):
            return view(request, *args, **kwargs)
        return _ask(request.path)

    return wrapper


def _ask(back: str) -> HttpResponse:
    return redirect(f"{reverse('account:again')}?{urlencode({'next': back})}")
