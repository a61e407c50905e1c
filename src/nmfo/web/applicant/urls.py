"""Addresses of the application of an organisation (ux.md P-16, O-01, O-02)."""

from __future__ import annotations

from django.urls import path

from nmfo.web.applicant import views

app_name = "applicant"
urlpatterns = [
    path("", views.about, name="about"),
    path("apply/", views.begin, name="begin"),
    path("apply/<str:token>/", views.application, name="application"),
    path("apply/<str:token>/organisation/", views.organisation, name="organisation"),
    path("apply/<str:token>/person/", views.person, name="person"),
    path("apply/<str:token>/documents/", views.documents, name="documents"),
    path("apply/<str:token>/documents/<str:document>/", views.scan, name="scan"),
    path("apply/<str:token>/check/", views.check, name="check"),
    path("apply/<str:token>/answer/", views.answer, name="answer"),
    path("apply/<str:token>/withdraw/", views.withdraw, name="withdraw"),
    path("apply/<str:token>/again/", views.again, name="again"),
    path("apply/<str:token>/invitation/", views.invitation_again, name="invitation-again"),
    path("apply/<str:token>/cover-sheet/", views.cover_sheet, name="cover-sheet"),
]
