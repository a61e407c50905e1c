"""Addresses of the health pages."""

from __future__ import annotations

from django.urls import path

from foundation.runtime import views

app_name = "health"
urlpatterns = [
    path("health/live", views.live, name="live"),
    path("health/ready", views.ready, name="ready"),
]
