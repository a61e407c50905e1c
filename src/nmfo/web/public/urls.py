"""Addresses of the public site."""

from __future__ import annotations

from django.urls import path

from nmfo.web.public import organisations, views

app_name = "public"
urlpatterns = [
    path("", views.home, name="home"),
    path("about/", views.about, name="about"),
    path("about/rules/", views.rules, name="rules"),
    path("about/accessibility/", views.accessibility, name="accessibility"),
    path("help/", views.help_index, name="help"),
    path("help/<slug:slug>/", views.help_topic, name="help-topic"),
    path("organisations/", organisations.organisations, name="organisations"),
    path("organisations/<int:pk>/", organisations.organisation, name="organisation"),
    path("terms/", views.terms, name="terms"),
    path("privacy/", views.privacy, name="privacy"),
    path("consent/<int:pk>/", views.agreement_version, name="agreement-version"),
]
