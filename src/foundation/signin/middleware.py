"""Sessions of our own engine, and the stages a session has to go through before anything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from foundation.runtime.facts import FactsRequest
from foundation.signin.backends import known_beside
from foundation.signin.operations import stages_of
from foundation.signin.sessions import SessionStore
from foundation.ui.offline import owner_key


class SessionMiddleware(DjangoSessionMiddleware):
    """Django's, with what our rows want to know of the browser."""

    def process_request(self, request: HttpRequest) -> None:
        store = SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
        facts = cast("FactsRequest", request).facts
        store.origin = {"ip": facts.ip, "agent": facts.agent}
        request.session = store

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        store = request.session
        if isinstance(store, SessionStore) and store.accessed and not store.modified:
            store.touch(timezone.now())
        return super().process_response(request, response)


class AccountMiddleware(AuthenticationMiddleware):
    """Django's; the account that came with the session is not asked for again. Django checks it all the same."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _account_of(request))  # type: ignore[assignment]  # as Django's is


def _account_of(request: HttpRequest) -> Any:
    if request.session.get(SESSION_KEY) is None:  # opens the session
        return AnonymousUser()
    with known_beside(getattr(request.session, "account", None)):
        return get_user(request)


class StageMiddleware:
    """Sends a half-open session to the page that completes it; nothing else of the cabinets opens meanwhile."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> HttpResponse | None:
        """Let through what needs no sign-in and the pages of the stage itself."""
        if not request.user.is_authenticated or getattr(view, "login_required", True) is False:
            return None
        stages = stages_of(request)
        if not stages:
            return None
        match = request.resolver_match
        name = match.view_name if match else ""
        allowed = settings.STAGE_PAGES[stages[0]]
        if name in allowed or name in settings.STAGE_ALWAYS:
            return None
        return redirect(allowed[0])


class OwnerMiddleware:
    """Says with each page whose it is, so that copies on the device are never shown to anybody else.

    The key tells accounts apart on one device and nothing more. The seconds are those the session still has: after
    them a copy would show more than the portal itself.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_page = response.get("Content-Type", "").startswith("text/html")
        if is_page and response.status_code == HttpResponse.status_code:
            response["Offline-Owner"] = _owner_of(request)
        return response


def _owner_of(request: HttpRequest) -> str:
    session = request.session
    if not isinstance(session, SessionStore) or session.row is None:
        return "stranger"
    if not request.user.is_authenticated or stages_of(request):
        return "stranger"
    left = session.row.expires_at - timezone.now()
    seconds = min(session.row.idle_s, max(0, int(left.total_seconds())))
    return f"{owner_key(request.user.pk)} {seconds}"
