"""Reads how the visitor wants pages to look."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from foundation.ui.context import read_look


class LookMiddleware:
    """Sets `request.look`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.look = read_look(request)  # type: ignore[attr-defined]  # read by the context of pages
        return self.get_response(request)
