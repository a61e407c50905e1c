"""Pages that look the same to every stranger, rendered once a minute: what a rush of visitors asks for first."""

from __future__ import annotations

import functools
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from foundation.ui.context import Look, read_look

Key = tuple[str, str, Look]
_FOR_S = 60
_MOST = 500  # pages times languages times looks that people really choose
_TOKEN = re.compile(rb'(name="csrfmiddlewaretoken" value=")[^"]+')
_PLACE = b"the-token-of-the-form-comes-here"
_pages: OrderedDict[Key, tuple[float, bytes]] = OrderedDict()
_lock = threading.Lock()


def kept_for_strangers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer people who have no session from memory. The page may depend on address, language and look only.

    Each answer gets a token of its own for its forms; a page is at most a minute old. Addresses with a query go past.
    """

    @functools.wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.META.get("QUERY_STRING"):
            return view(request, *args, **kwargs)
        return answer_strangers(request, "", lambda: view(request, *args, **kwargs))

    return answer


def answer_strangers(request: HttpRequest, about: str, make: Callable[[], HttpResponse]) -> HttpResponse:
    """The same within a view, for pages that depend on more than the path: `about` says on what."""
    if not _is_stranger(request):
        return make()
    key = (f"{request.path} {about}", get_language() or "", read_look(request))
    page = _find(key, time.monotonic())
    if page is None:
        response = make()
        if response.status_code != HttpResponse.status_code or response.cookies:
            return response
        page = _TOKEN.sub(rb"\g<1>" + _PLACE, response.content)
        _keep(key, page, time.monotonic())
    return HttpResponse(page.replace(_PLACE, get_token(request).encode()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a page puts into its frame: each a finished piece of HTML."""

    title: SafeString
    head: SafeString
    main: SafeString


_MARKS = Parts(
    title=mark_safe("the-title-comes-here"),
    head=mark_safe("<!--the-head-comes-here-->"),
    main=mark_safe("<!--the-main-part-comes-here-->"),
)


def framed(request: HttpRequest, template: str, parts: Parts) -> HttpResponse:
    """A page of which only title, head and main part differ: strangers get the frame around them from memory.

    The template has `{{ parts.title }}`, `{{ parts.head }}` and `{{ parts.main }}`, and depends on address path,
    language and look otherwise. A frame costs some three milliseconds to render.
    """
    if not _is_stranger(request):
        return render(request, template, {"parts": parts})
    key = (f"frame {template} {request.path}", get_language() or "", read_look(request))
    frame = _find(key, time.monotonic())
    if frame is None:
        frame = _TOKEN.sub(rb"\g<1>" + _PLACE, render(request, template, {"parts": _MARKS}).content)
        _keep(key, frame, time.monotonic())
    page = frame.replace(_PLACE, get_token(request).encode())
    for name in ("title", "head", "main"):
        page = page.replace(getattr(_MARKS, name).encode(), getattr(parts, name).encode(), 1)
    return HttpResponse(page)


def forget_pages() -> None:
    """Begin anew: tests change what pages say."""
    with _lock:
        _pages.clear()


def _is_stranger(request: HttpRequest) -> bool:
    known = {settings.SESSION_COOKIE_NAME, "messages"} & request.COOKIES.keys()
    return request.method == "GET" and not known


def _find(key: Key, now_s: float) -> bytes | None:
    with _lock:
        kept = _pages.get(key)
    return kept[1] if kept is not None and now_s - kept[0] < _FOR_S else None


def _keep(key: Key, page: bytes, now_s: float) -> None:
    with _lock:
        _pages[key] = (now_s, page)
        _pages.move_to_end(key)
        while len(_pages) > _MOST:
            _pages.popitem(last=False)
