"""Addresses of an organisation's codes."""

from __future__ import annotations

from django.urls import path

from nmfo.web.organisation.codes import views

urlpatterns = [
    path("codes/", views.batches, name="codes"),
    path("codes/new/", views.new, name="codes-new"),
    path("codes/<int:pk>/", views.batch, name="codes-batch"),
    path("codes/<int:pk>/decide/", views.decide, name="codes-decide"),
    path("codes/<int:pk>/withdraw/", views.withdraw, name="codes-withdraw"),
    path("codes/<int:pk>/annul/", views.annul, name="codes-annul"),
    path("codes/<int:pk>/<int:number>/reversal/", views.reversal, name="codes-reversal"),
    path("codes/<int:pk>/print/", views.sheet, name="codes-print"),
    path("codes/<int:pk>/csv/", views.save, name="codes-csv"),
]
