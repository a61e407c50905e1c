"""Addresses of the state-services account."""

from __future__ import annotations

from django.urls import include, path

from gosuslugi.web import views

urlpatterns = [
    path("", include("foundation.runtime.urls")),
    path("", include("foundation.ui.urls")),
    path("", views.home, name="home"),
]
handler400 = "foundation.runtime.failures.bad_request"
handler403 = "foundation.runtime.failures.forbidden"
handler404 = "foundation.runtime.failures.not_found"
handler500 = "foundation.runtime.failures.broken"
