"""Addresses of the state-services account."""

from __future__ import annotations

from django.urls import include, path

from gosuslugi.web import views

urlpatterns = [
    path("", include("foundation.runtime.urls")),
    path("", include("foundation.ui.urls")),
    path("", views.home, name="home"),
]
