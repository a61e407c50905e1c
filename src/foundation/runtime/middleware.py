"""The frame around every request: its number, where it comes from, headers, and what an outage or a bug looks like."""

from __future__ import annotations

import io
import ipaddress
import secrets
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.middleware.gzip import GZipMiddleware
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from isal import igzip

from foundation.errors import Overloaded, TooOften
from foundation.runtime.facts import FactsRequest, RequestFacts
from foundation.runtime.forms import page_above

Respond = Callable[[HttpRequest], HttpResponse]
_AGENT_LIMIT = 300
_EFFORT = 2  # of three
_SHORT = 1400  # bytes: fits into one packet
_log = structlog.get_logger("request")

DATABASE_AWAY = OperationalError | InterfaceError
TOO_MUCH = RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; media-src 'self'; worker-src 'self'; manifest-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; report-uri /csp-report/"
)


class Compress(GZipMiddleware):
    """Django's with a faster packer for whole answers: a page of 45 KB takes 65 µs instead of 730, a seventh longer.

    The head of each answer has a name of random length, so that its size does not tell what is in it (BREACH).
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:  # type: ignore[override]
        """Compress a whole answer for whoever takes it so; what is streamed or short is Django's business."""
        takes = "gzip" in request.headers.get("Accept-Encoding", "")
        if not takes or response.streaming or response.has_header("Content-Encoding") or len(response.content) < _SHORT:
            return super().process_response(request, response)  # type: ignore[return-value]  # what it was given
        patch_vary_headers(response, ("Accept-Encoding",))
        packed = io.BytesIO()
        name = "a" * secrets.randbelow(self.max_random_bytes)
        with igzip.IGzipFile(name, "wb", _EFFORT, packed, mtime=0) as file:  # type: ignore[no-untyped-call]
            file.write(response.content)  # type: ignore[no-untyped-call]
        response.content = packed.getvalue()
        response["Content-Length"] = str(len(response.content))
        response["Content-Encoding"] = "gzip"
        if response.get("ETag", "").startswith('"'):
            response["ETag"] = f"W/{response['ETag']}"
        return response


class RequestFrame:
    """Gives the request its number and facts; turns outages into 503 and bugs into a page with a number."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: FactsRequest) -> HttpResponse:
        began = time.perf_counter()
        number = secrets.token_hex(4).upper()
        request.facts = facts_of(request, f"{number[:4]}-{number[4:]}")
        request.get_host()  # refuses hosts that are not ours, whether or not a page asks for the host (promise S5)
        structlog.contextvars.bind_contextvars(number=request.facts.request_id)
        try:
            response = self.get_response(request) if _is_readable(request) else error_page(request, "400.html", 400)
            response["X-Request-Id"] = request.facts.request_id
            say = _log.debug if request.path.startswith("/health/") else _log.info
            say(
                "answered",
                method=request.method,
                path=request.path,
                status=response.status_code,
                ms=round((time.perf_counter() - began) * 1000, 1),
            )
        finally:
            structlog.contextvars.clear_contextvars()
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> HttpResponse | None:
        """413 before a byte of the body is read: nobody fills the disk with a file that would be refused anyway.

        Called before the process_view of any other middleware; the first that reads the body is that of CSRF.
        """
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) <= settings.LARGEST_REQUEST_BYTES:
            return None
        return error_page(request, "413.html", 413)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Called by Django for what a view raised."""
        if isinstance(error, DATABASE_AWAY | Overloaded):
            return unavailable(request)
        if isinstance(error, TooOften):
            response = error_page(request, "429.html", 429, wait_s=error.wait_s, wait_min=-(-error.wait_s // 60))
            response["Retry-After"] = str(error.wait_s)
            return response
        if isinstance(error, TOO_MUCH):
            return error_page(request, "413.html", 413)
        return None


def _is_readable(request: HttpRequest) -> bool:
    """Whether a form is in UTF-8, as those of our pages are.

    Django refuses others only when somebody looks at the form, and looks again while it makes the page that says so.
    """
    charset = (request.content_params or {}).get("charset", "utf-8")
    return charset.lower() in {"utf-8", "utf8"}


def facts_of(request: HttpRequest, number: str) -> RequestFacts:
    """Address, browser and known device of a request; forwarding headers count from trusted proxies only (S5)."""
    return RequestFacts(
        at=timezone.now(),
        ip=client_ip(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", "")),
        agent=request.META.get("HTTP_USER_AGENT", "")[:_AGENT_LIMIT].replace("\0", ""),
        request_id=number,
        device=request.COOKIES.get("device", "")[:200],
    )


def client_ip(peer: str, forwarded: str) -> str:
    """The nearest address that is not one of our proxies."""
    for address in (peer, *reversed([part.strip() for part in forwarded.split(",") if part.strip()])):
        if not _is_trusted(address):
            return address if _is_address(address) else peer
    return peer


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_trusted(text: str) -> bool:
    if not _is_address(text):
        return False
    address = ipaddress.ip_address(text)
    return any(address in ipaddress.ip_network(network, strict=False) for network in settings.TRUSTED_PROXIES)


def error_page(request: HttpRequest, template: str, status: int, **values: object) -> HttpResponse:
    """A page of ours for an error; it asks nothing of the database."""
    return HttpResponse(render_to_string(template, {"request": request, **values}, request), status=status)


def page_for_nobody(request: HttpRequest, template: str, status: int) -> HttpResponse:
    """A page for an error, shown as to a stranger: who is signed in, the database would have to say."""
    if hasattr(request, "user"):
        request.user = AnonymousUser()
    return error_page(request, template, status)


def unavailable(request: HttpRequest) -> HttpResponse:
    """503: the database is away or there is too much to do at once. Comes back by itself."""
    connection.close()
    _log.warning("unavailable")
    response = page_for_nobody(request, "503.html", 503)
    response["Retry-After"] = "5"
    return response


class SecurityHeaders:
    """Headers that forbid what no page of ours needs (reliability.md S1, S3)."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        headers = {
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=()",
        }
        for name, value in headers.items():
            response.setdefault(name, value)
        if urlsplit(settings.BASE_URL).scheme == "https":
            response.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        if not request.path.startswith(settings.STATIC_URL) and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)  # private, no-store: a page may carry somebody's data
        return response


class FormsOnly:
    """The innermost: a page with a way back for whoever opens an address that only takes forms."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not isinstance(response, HttpResponseNotAllowed) or request.method not in {"GET", "HEAD"}:
            return response
        page = error_page(request, "405.html", 405, back=page_above(request.path))
        page["Allow"] = response["Allow"]
        return page


class SameOrigin:
    """Refuse forms from elsewhere before anything looks at them (S2); the CSRF token is checked as well."""

    SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        site = request.META.get("HTTP_SEC_FETCH_SITE", "same-origin")
        if request.method not in self.SAFE and site not in {"same-origin", "none"}:
            raise SuspiciousOperation("a form from another site")
        return self.get_response(request)
