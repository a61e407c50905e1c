"""Addresses of items and runs in the organisation's cabinet."""

from __future__ import annotations

from django.urls import path

from nmfo.web.organisation.items import runs, views

urlpatterns = [
    path("items/", views.items, name="items"),
    path("items/new/<str:kind>/", views.item_new, name="item-new"),
    path("items/text-preview/", views.preview_text, name="item-text-preview"),
    path("items/<int:pk>/", views.item, name="item"),
    path("items/<int:pk>/edit/", views.item_edit, name="item-edit"),
    path("items/<int:pk>/preview/", views.item_preview, name="item-preview"),
    path("items/<int:pk>/files/<int:file>/", views.item_file, name="item-file"),
    path("items/<int:pk>/submit/", views.item_submit, name="item-submit"),
    path("items/<int:pk>/take-back/", views.item_take_back, name="item-take-back"),
    path("items/<int:pk>/drop/", views.item_drop, name="item-drop"),
    path("items/<int:pk>/copy/", views.item_copy, name="item-copy"),
    path("items/<int:pk>/new-version/", views.item_version, name="item-version"),
    path("items/<int:pk>/withdraw/", views.item_withdraw, name="item-withdraw"),
    path("items/<int:pk>/runs/", runs.item_runs, name="item-runs"),
    path("items/<int:pk>/runs/add/", runs.run_add, name="run-add"),
    path("items/<int:pk>/runs/<int:run>/", runs.run_edit, name="run-edit"),
    path("items/<int:pk>/runs/<int:run>/close/", runs.run_close, name="run-close"),
    path("items/<int:pk>/runs/<int:run>/cancel/", runs.run_cancel, name="run-cancel"),
    path("runs/", runs.runs, name="runs"),
]
