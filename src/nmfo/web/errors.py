"""Pages for what went wrong; none of them asks the database."""

from __future__ import annotations

import structlog
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import requires_csrf_token

from foundation.runtime.middleware import error_page

_log = structlog.get_logger("request")


@login_not_required
@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request makes no sense, or comes from another site."""
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
    """500: a bug; the number finds the line of the log."""
    return error_page(request, "500.html", 500)


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 with another reason: the form was open too long, or cookies are off."""
    _log.info("form token refused", reason=reason)
    return error_page(request, "csrf.html", 403)


@login_not_required
def csp_report(request: HttpRequest) -> HttpResponse:
    """A browser tells of something a page tried and may not. Only that it happened is kept."""
    _log.warning("content policy violated", bytes=len(request.body[:4096]))
    return HttpResponse(status=204)
