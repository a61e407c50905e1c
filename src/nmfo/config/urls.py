"""Addresses of the portal (ux.md section 4)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.csrf import csrf_exempt

from nmfo.web import errors

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("foundation.runtime.urls")),
    path("", include("foundation.ui.urls")),
    path("", include("foundation.signin.urls")),
    path("", include("foundation.mail.urls")),
    path("", include("nmfo.web.public.urls")),
    path("", include("nmfo.web.account.urls")),
    path("", include("nmfo.web.specialist.urls")),
    path("operator/", include("nmfo.web.operator.urls")),
    path("csp-report/", csrf_exempt(errors.csp_report), name="csp-report"),
]
handler400 = "nmfo.web.errors.bad_request"
handler403 = "nmfo.web.errors.forbidden"
handler404 = "nmfo.web.errors.not_found"
handler500 = "nmfo.web.errors.broken"
