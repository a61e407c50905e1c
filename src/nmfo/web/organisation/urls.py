"""Addresses of the organisation's cabinet."""

from __future__ import annotations

from django.urls import include, path

from nmfo.web.organisation import views

app_name = "organisation"
urlpatterns = [
    path("", views.home, name="home"),
    path("", include("nmfo.web.organisation.imports.urls")),
    path("", include("nmfo.web.organisation.items.urls")),
]
