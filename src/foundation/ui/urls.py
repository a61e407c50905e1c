"""Addresses of the look."""

from __future__ import annotations

from django.urls import path

from foundation.ui import views

app_name = "look"
urlpatterns = [
    path("look/", views.set_look, name="set"),
    path("language/", views.set_language, name="language"),
]
