"""Pages that open without a connection: which may be kept, the worker that keeps them, the page in place of the others.

How copies are kept, and when they are wiped, is the business of `static/ui/worker.js`.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_safe

WORKER = Path(__file__).parent / "static" / "ui" / "worker.js"
FILES = ["ui/portal.css", "ui/portal.js", "ui/offline.js"]  # those a new version of the portal is known by
_OWNER = "foundation.signin.owner"


def owner_key(account: int) -> str:
    """What tells accounts apart on one device and nothing more: whose a copy is, and what waits there to be sent."""
    return salted_hmac(_OWNER, str(account)).hexdigest()[:16]


def kept_on_device(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let the visitor's browser keep the last copy of a page, for the time without a connection.

    For pages of the public site only: what a page says of who is signed in belongs to them, and is wiped when they
    leave; it must be little all the same. A view whose scripts fetch it in other words may set the header itself: to
    the address the page will have.
    """

    @functools.wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        request.kept_on_device = True  # type: ignore[attr-defined]  # the page tells its script
        response = view(request, *args, **kwargs)
        response.setdefault("Offline-Copy", request.get_full_path())
        return response

    return answer


@login_not_required
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. It stands at the root, because it serves what is below its own address only."""
    about = {
        "offline": reverse("offline:page"),
        "files": settings.STATIC_URL,
        "version": [staticfiles_storage.url(name) for name in FILES],
    }
    text = f"const PORTAL = {json.dumps(about)};\n{WORKER.read_text(encoding='utf-8')}"
    return HttpResponse(text, content_type="text/javascript; charset=utf-8")


@login_not_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """What opens in place of a page that was not seen: a list of those that were. Says nothing of who is signed in."""
    return render(request, "ui/offline.html")
