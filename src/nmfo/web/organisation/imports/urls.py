"""Addresses of imports in the organisation's cabinet."""

from __future__ import annotations

from django.urls import path

from nmfo.web.organisation.imports import views

urlpatterns = [
    path("import/", views.imports, name="imports"),
    path("import/template.xlsx", views.template_as_xlsx, name="import-template-xlsx"),
    path("import/template.csv", views.template_as_csv, name="import-template-csv"),
    path("import/<int:pk>/", views.one, name="import"),
    path("import/<int:pk>/write/", views.write, name="import-write"),
    path("import/<int:pk>/stop/", views.stop, name="import-stop"),
    path("import/<int:pk>/report.xlsx", views.report_as_xlsx, name="import-report-xlsx"),
    path("import/<int:pk>/report.csv", views.report_as_csv, name="import-report-csv"),
]
