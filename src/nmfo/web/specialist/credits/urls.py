"""Addresses of a specialist's credits and codes."""

from __future__ import annotations

from django.urls import path

from nmfo.web.specialist.credits import codes, views

urlpatterns = [
    path("specialist/credits/", views.ledger, name="credits"),
    path("specialist/credits/statement/", views.statement, name="credits-statement"),
    path("specialist/credits/missing/", views.missing, name="credits-missing"),
    path("specialist/credits/requests/", views.requests, name="credits-requests"),
    path("specialist/credits/requests/<int:pk>/", views.request_page, name="credits-request"),
    path("specialist/credits/requests/<int:pk>/file/", views.request_file, name="credits-request-file"),
    path("specialist/credits/awaited/<int:pk>/dispute/", views.dispute_awaited, name="credits-dispute-awaited"),
    path("specialist/credits/<int:pk>/", views.entry_page, name="credits-entry"),
    path("specialist/credits/<int:pk>/dispute/", views.dispute, name="credits-dispute"),
    path("specialist/codes/", codes.codes, name="codes"),
    path("specialist/codes/photo/", codes.photo, name="codes-photo"),
]
