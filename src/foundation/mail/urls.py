"""Addresses of the shelf of letters."""

from __future__ import annotations

from django.urls import path

from foundation.mail import views

app_name = "dev"
urlpatterns = [
    path("dev/mail/", views.shelf, name="mail"),
    path("dev/mail/<int:pk>/", views.shelf_letter, name="mail-letter"),
    path("dev/mail.json", views.shelf_json, name="mail-json"),
]
