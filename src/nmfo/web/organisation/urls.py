"""Addresses of the organisation's cabinet."""

from __future__ import annotations

from django.urls import include, path

from nmfo.web.organisation import card, journal, report, staff, views

app_name = "organisation"
urlpatterns = [
    path("", views.home, name="home"),
    path("", include("nmfo.web.organisation.applications.urls")),
    path("", include("nmfo.web.organisation.codes.urls")),
    path("", include("nmfo.web.organisation.imports.urls")),
    path("", include("nmfo.web.organisation.items.urls")),
    path("", include("nmfo.web.organisation.events.urls")),
    path("choose/", views.choose, name="choose"),
    path("staff/", staff.staff, name="staff"),
    path("staff/invite/", staff.invite, name="invite"),
    path("staff/invitations/<int:pk>/again/", staff.invitation_again, name="invitation-again"),
    path("staff/invitations/<int:pk>/withdraw/", staff.invitation_withdraw, name="invitation-withdraw"),
    path("staff/<int:pk>/", staff.member, name="member"),
    path("staff/<int:pk>/remove/", staff.remove, name="member-remove"),
    path("staff/<int:pk>/hand-over/", staff.give_over, name="member-hand-over"),
    path("settings/", card.settings_page, name="settings"),
    path("journal/", journal.journal, name="journal"),
    path("report/", report.report, name="report"),
    path("report/credits.csv", report.report_as_csv, name="report-csv"),
    path("report/credits.xlsx", report.report_as_xlsx, name="report-xlsx"),
]
