"""Addresses of a specialist's applications."""

from __future__ import annotations

from django.urls import path

from nmfo.web.specialist.applications import views

urlpatterns = [
    path("specialist/applications/", views.applications, name="applications"),
    path("specialist/applications/new/", views.new, name="application-new"),
    path("specialist/applications/<int:pk>/", views.application, name="application"),
    path("specialist/applications/<int:pk>/edit/", views.edit, name="application-edit"),
    path("specialist/applications/<int:pk>/check/", views.check, name="application-check"),
    path("specialist/applications/<int:pk>/discard/", views.discard, name="application-discard"),
    path("specialist/applications/<int:pk>/documents/", views.document_add, name="application-document-add"),
    path("specialist/applications/<int:pk>/documents/<int:document_pk>/", views.document, name="application-document"),
    path(
        "specialist/applications/<int:pk>/documents/<int:document_pk>/remove/",
        views.document_remove,
        name="application-document-remove",
    ),
    path("specialist/applications/<int:pk>/again/", views.again, name="application-again"),
    path("specialist/applications/<int:pk>/take/", views.take, name="application-take"),
    path("specialist/applications/<int:pk>/write/", views.write, name="application-write"),
    path("specialist/applications/<int:pk>/withdraw/", views.withdraw, name="application-withdraw"),
    path("specialist/applications/<int:pk>/print/", views.printable, name="application-print"),
]
