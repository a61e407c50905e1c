"""Remembering how pages should look, and in which language."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.module_loading import import_string
from django.views.decorators.http import require_POST

from foundation.ui.context import COOKIE, COOKIE_AGE_S, read_look


@login_not_required
@require_POST
def set_look(request: HttpRequest) -> HttpResponse:
    """Take over the settings that the pressed button names, and go back."""
    response = _back(request)
    values = {name: str(request.POST[name]) for name in request.POST}
    look = read_look(request).changed(values)
    response.set_cookie(
        COOKIE, look.cookie(), COOKIE_AGE_S, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE, httponly=True
    )
    return response


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Speak Russian or English from now on; what `settings.LANGUAGE_CHOSEN` names does so with letters."""
    response = _back(request)
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            COOKIE_AGE_S,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
        )
        if request.user.is_authenticated:
            for name in getattr(settings, "LANGUAGE_CHOSEN", ()):
                import_string(name)(request, language)
    return response


def _back(request: HttpRequest) -> HttpResponseRedirect:
    return HttpResponseRedirect(safe_next(request, "/"))


def safe_next(request: HttpRequest, otherwise: str) -> str:
    """Where to go after a form: the address it names when that is a page of this site (promise O6)."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if ours else otherwise
