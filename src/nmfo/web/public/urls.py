"""Addresses of the public site."""

from __future__ import annotations

from django.urls import path

from nmfo.web.public import manifest, organisations, views
from nmfo.web.public.catalogue import cards, saved, signing, sitemaps
from nmfo.web.public.catalogue import views as catalogue

app_name = "public"
urlpatterns = [
    path("", views.home, name="home"),
    path("catalogue/", catalogue.catalogue, name="catalogue"),
    path("catalogue/facets/<slug:name>/", catalogue.facet, name="facet"),
    path("catalogue/suggest/", catalogue.suggestions, name="suggestions"),
    path("catalogue/programmes/<int:pk>/", cards.programme, name="programme"),
    path("catalogue/events/<int:pk>/", cards.event, name="event"),
    path("catalogue/modules/<int:pk>/", cards.module, name="module"),
    path("catalogue/events/<int:pk>/calendar.ics", cards.event_calendar, name="event-calendar"),
    path("catalogue/events/<int:pk>/sign-up/", signing.sign_up, name="event-sign-up"),
    path("catalogue/runs/<int:pk>/calendar.ics", cards.run_calendar, name="run-calendar"),
    path("calendar/plan.ics", cards.plan_calendar, name="plan-calendar"),
    path("catalogue/saved/", saved.searches, name="saved"),
    path("catalogue/saved/new/", saved.new, name="saved-new"),
    path("catalogue/saved/<int:pk>/", saved.change, name="saved-change"),
    path("catalogue/saved/<int:pk>/remove/", saved.remove, name="saved-remove"),
    path("catalogue/saved/stop/<str:token>/", saved.stop, name="saved-stop"),
    path("catalogue/programmes/<int:pk>/await/", saved.ask_for_run, name="run-await"),
    path("catalogue/programmes/<int:pk>/await/stop/", saved.take_back, name="run-await-stop"),
    path("catalogue/files/<int:pk>/", cards.card_file, name="card-file"),
    path("catalogue/<slug:name>/<int:pk>/qr.svg", cards.card_qr, name="card-qr"),
    path("manifest.webmanifest", manifest.manifest, name="manifest"),
    path("robots.txt", sitemaps.robots, name="robots"),
    path("sitemap.xml", sitemaps.sitemap, name="sitemap"),
    path("sitemap/<int:pk>.xml", sitemaps.sitemap_page, name="sitemap-page"),
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
