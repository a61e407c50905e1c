"""Addresses of what a site needs to be read without a connection."""

from __future__ import annotations

from django.urls import path

from foundation.ui import offline

app_name = "offline"
urlpatterns = [
    path("worker.js", offline.worker, name="worker"),
    path("offline/", offline.page, name="page"),
]
