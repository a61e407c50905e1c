"""Addresses of the gallery."""

from __future__ import annotations

from django.urls import path

from foundation.ui import gallery

app_name = "gallery"
urlpatterns = [
    path("dev/gallery/", gallery.gallery, name="all"),
    path("dev/gallery/layout/<slug:name>/", gallery.layout, name="layout"),
    path("dev/gallery/error/<int:code>/", gallery.error, name="error"),
]
