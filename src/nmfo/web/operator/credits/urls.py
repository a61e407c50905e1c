"""Addresses of credits in the operator's cabinet."""

from __future__ import annotations

from django.urls import path

from nmfo.web.operator.credits import views

urlpatterns = [
    path("credits/", views.late, name="credits"),
    path("credits/requests/", views.claims, name="claims"),
    path("credits/requests/<int:pk>/", views.claim, name="claim"),
    path("credits/requests/<int:pk>/file/", views.claim_file, name="claim-file"),
    path("credits/requests/<int:pk>/answer/", views.answer, name="claim-answer"),
    path("credits/requests/<int:pk>/reverse/", views.reverse_entry, name="claim-reverse"),
    path("credits/requests/<int:pk>/enter/", views.enter_by_hand, name="claim-enter"),
    path("credits/corrections/", views.proposals, name="corrections"),
    path("credits/corrections/<int:pk>/", views.proposal, name="correction"),
    path("credits/corrections/<int:pk>/withdraw/", views.withdraw, name="correction-withdraw"),
    path("credits/signals/", views.signals_page, name="signals"),
    path("credits/codes/", views.batches, name="code-batches"),
    path("credits/codes/<int:pk>/", views.batch, name="code-batch"),
]
