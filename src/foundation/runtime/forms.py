"""Addresses that only take a form, for whoever comes to one otherwise: reloads it, or changes the look on a refusal."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.views.decorators.http import require_POST

View = Callable[..., HttpResponse]


def page_above(path: str) -> str:
    """The nearest address above one that leads somewhere: «/codes/2/» of «/codes/2/annul/»."""
    parts = path.strip("/").split("/")
    for length in range(len(parts) - 1, 0, -1):
        above = f"/{'/'.join(parts[:length])}/"
        try:
            resolve(above)
        except Resolver404:
            continue
        return above
    return "/"


def form_of_page_above(view: View) -> View:
    """Take a form that stands on the page above, and is shown again there when it is refused.

    A GET of it leads to that page, with what the address asked (which page of a list).
    """
    posted = require_POST(view)

    @functools.wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method in {"GET", "HEAD"}:
            query = request.META.get("QUERY_STRING", "")
            return redirect(page_above(request.path) + (f"?{query}" if query else ""))
        return posted(request, *args, **kwargs)

    return wrapper
