"""What looks the same to many people is rendered once a minute: whole pages for strangers, parts of a page for all."""

from __future__ import annotations

import functools
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.html import conditional_escape, escape
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from foundation.ui.context import Look, read_look

Key = tuple[str, str, Look]
_FOR_S = 60
_MOST = 500  # pages times languages times looks that people really choose
_TOKEN = re.compile(rb'(name="csrfmiddlewaretoken" value=")[^"]+')
_NEXT = re.compile(rb'(name="next" value=")[^"]+')
_SECRET = secrets.token_hex(8)  # so that nobody can write a mark into a page
_PLACE = f"the-token-{_SECRET}-comes-here".encode()
_PATH = f"the-path-{_SECRET}-comes-here".encode()
_PLACE_IN_TEXT, _PATH_IN_TEXT = _PLACE.decode(), _PATH.decode()
_MARK = re.compile(rf"the-part-{_SECRET}-(\w+)-comes-here".encode())
T = TypeVar("T", bytes, str)


class _Kept(Generic[T]):
    """What was rendered within the last minute, the newest of it."""

    def __init__(self) -> None:
        self._made: OrderedDict[Key, tuple[float, T]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: Key) -> T | None:
        with self._lock:
            kept = self._made.get(key)
        return kept[1] if kept is not None and time.monotonic() - kept[0] < _FOR_S else None

    def keep(self, key: Key, made: T) -> None:
        with self._lock:
            self._made[key] = (time.monotonic(), made)
            self._made.move_to_end(key)
            while len(self._made) > _MOST:
                self._made.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._made.clear()


_pages: _Kept[bytes] = _Kept()
_parts: _Kept[str] = _Kept()  # a page has some ten: they stay text until the whole page is sent


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
    page = _pages.find(key)
    if page is None:
        response = make()
        if response.status_code != HttpResponse.status_code or response.cookies:
            return response
        _pages.keep(key, _without_person(response.content))
        return response
    return HttpResponse(_with_person(page, request))


def framed(request: HttpRequest, template: str, parts: Mapping[str, str]) -> HttpResponse:
    """A page of which only some parts differ: strangers get the frame around them from memory.

    The template has `{{ parts.NAME }}` for each, once, and depends on address path, language and look otherwise. What
    is not marked safe is escaped. A frame costs some three milliseconds to render.
    """
    pieces = {name: conditional_escape(part) for name, part in parts.items()}
    if not _is_stranger(request):
        return render(request, template, {"parts": pieces})
    key = (f"frame {template} {request.path}", get_language() or "", read_look(request))
    frame = _pages.find(key)
    if frame is None:
        marks = {name: mark_safe(f"the-part-{_SECRET}-{name}-comes-here") for name in parts}  # noqa: S308 - ours
        frame = _without_person(render(request, template, {"parts": marks}).content)
        _pages.keep(key, frame)
    written = {name.encode(): piece.encode() for name, piece in pieces.items()}
    return HttpResponse(_MARK.sub(lambda found: written[found[1]], _with_person(frame, request)))


def part_of_page(request: HttpRequest, about: tuple[object, ...], make: Callable[[], str]) -> str:
    """A part of pages as it was rendered within the last minute in this language and look.

    `about` says what else it depends on; nothing of a person and nothing of the address may stand in it, but for its
    forms: their token and the page they lead back to are this request's own. `make` renders the part.
    """
    key = (f"part {about}", get_language() or "", read_look(request))
    kept = _parts.find(key)
    if kept is None:
        made = make()
        _parts.keep(key, _without_person(made.encode()).decode())
        return made
    if _PLACE_IN_TEXT in kept:
        kept = kept.replace(_PLACE_IN_TEXT, _token_of(request))
    return kept.replace(_PATH_IN_TEXT, escape(request.get_full_path())) if _PATH_IN_TEXT in kept else kept


def _without_person(page: bytes) -> bytes:
    """What is kept of a page: the token of its forms and the address they lead back to are taken out."""
    return _NEXT.sub(rb"\g<1>" + _PATH, _TOKEN.sub(rb"\g<1>" + _PLACE, page))


def _with_person(page: bytes, request: HttpRequest) -> bytes:
    if _PLACE in page:
        page = page.replace(_PLACE, _token_of(request).encode())
    return page.replace(_PATH, escape(request.get_full_path()).encode())


def _token_of(request: HttpRequest) -> str:
    """One token for all forms of a page. Each get_token masks the secret anew, with sixty-four choices by chance."""
    secret, token = getattr(request, "token_of_parts", ("", ""))
    if not token or secret != request.META.get("CSRF_COOKIE"):
        token = get_token(request)
        request.token_of_parts = (request.META["CSRF_COOKIE"], token)  # type: ignore[attr-defined]
    return token


def forget_pages() -> None:
    """Begin anew: tests change what pages say."""
    _pages.clear()
    _parts.clear()


def _is_stranger(request: HttpRequest) -> bool:
    known = {settings.SESSION_COOKIE_NAME, "messages"} & request.COOKIES.keys()
    return request.method == "GET" and not known
