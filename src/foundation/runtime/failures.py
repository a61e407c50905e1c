"""Pages for what went wrong; none of them asks the database. Both sites name them as their handlers."""

from __future__ import annotations

import sys
import time

import structlog
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import requires_csrf_token
from django.views.decorators.http import require_POST

from foundation.runtime.middleware import DATABASE_AWAY, TOO_MUCH, error_page, page_for_nobody, unavailable

_log = structlog.get_logger("request")


@login_not_required
@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request makes no sense, or comes from another site. 413 when there was too much of it."""
    if isinstance(exception, TOO_MUCH):
        return error_page(request, "413.html", 413)
    return error_page(request, "400.html", 400)


@login_not_required
@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the page belongs to another cabinet."""
    return error_page(request, "403.html", 403)


@login_not_required
@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: there is no such page, or it is somebody else's."""
    return error_page(request, "404.html", 404)


@login_not_required
@requires_csrf_token
def broken(request: HttpRequest) -> HttpResponse:
    """500: a bug; the number finds the line of the log. 503 when the database went away outside a view."""
    if isinstance(sys.exc_info()[1], DATABASE_AWAY):
        return unavailable(request)
    return page_for_nobody(request, "500.html", 500)


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 with another reason: the form was open too long, or cookies are off."""
    _log.info("form token refused", reason=reason)
    return error_page(request, "csrf.html", 403)


@login_not_required
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """A browser tells of something a page tried and may not. Only that it happened is kept, some lines a minute."""
    if _reports.take(time.monotonic()):
        _log.warning("content policy violated", bytes=len(request.body[:4096]))
    return HttpResponse(status=204)


class _Ration:
    """So many a minute in this process: anybody may send reports, and the log must not fill up."""

    def __init__(self, a_minute: int) -> None:
        self.a_minute, self.minute, self.taken = a_minute, -1, 0

    def take(self, now_s: float) -> bool:
        if int(now_s // 60) != self.minute:
            self.minute, self.taken = int(now_s // 60), 0
        self.taken += 1
        return self.taken <= self.a_minute


_reports = _Ration(20)
