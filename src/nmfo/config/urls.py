"""Addresses of the portal (ux.md section 4)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.csrf import csrf_exempt

from foundation.runtime import failures

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("foundation.runtime.urls")),
    path("", include("nmfo.web.specialist.urls")),  # opened most, and looked for in this order
    path("", include("foundation.ui.urls")),
    path("", include("foundation.ui.offline_urls")),
    path("", include("foundation.ui.gallery_urls")),
    path("", include("foundation.signin.urls")),
    path("", include("foundation.mail.urls")),
    path("", include("nmfo.web.public.urls")),
    path("", include("nmfo.web.account.urls")),
    path("for-organisations/", include("nmfo.web.applicant.urls")),
    path("organisation/", include("nmfo.web.organisation.urls")),
    path("operator/", include("nmfo.web.operator.urls")),
    path("csp-report/", csrf_exempt(failures.csp_report), name="csp-report"),
]
handler400 = "foundation.runtime.failures.bad_request"
handler403 = "foundation.runtime.failures.forbidden"
handler404 = "foundation.runtime.failures.not_found"
handler500 = "foundation.runtime.failures.broken"
