"""Addresses of the first run and of the specialist's cabinet."""

from __future__ import annotations

from django.urls import include, path

from nmfo.web.specialist import cycles, dashboard, events, plan, views

app_name = "specialist"
urlpatterns = [
    path("welcome/agreement/", views.welcome_agreement, name="welcome-agreement"),
    path("welcome/role/", views.welcome_role, name="welcome-role"),
    path("welcome/check/", views.welcome_check, name="welcome-check"),
    path("welcome/documents/", views.welcome_documents, name="welcome-documents"),
    path("welcome/cycle/", cycles.welcome_cycle, name="welcome-cycle"),
    path("specialist/", dashboard.dashboard, name="dashboard"),
    path("specialist/cycles/", cycles.cycles, name="cycles"),
    path("specialist/cycles/<int:pk>/", cycles.cycle, name="cycle"),
    path("specialist/cycles/<int:pk>/leave/", cycles.cycle_leave, name="cycle-leave"),
    path("specialist/plan/", plan.plan, name="plan"),
    path("specialist/plan/<int:pk>/add/", plan.add, name="plan-add"),
    path("specialist/plan/<int:pk>/move/", plan.move, name="plan-move"),
    path("specialist/plan/<int:pk>/remove/", plan.remove, name="plan-remove"),
    path("specialist/plan/calendar/open/", plan.feed_open, name="plan-feed-open"),
    path("specialist/plan/calendar/close/", plan.feed_close, name="plan-feed-close"),
    path("specialist/profile/", views.profile, name="profile"),
    path("specialist/profile/edit/", views.profile_edit, name="profile-edit"),
    path("specialist/profile/photo/", views.photo, name="photo"),
    path("specialist/documents/", views.documents, name="documents"),
    path("specialist/documents/add/", views.document_add, name="document-add"),
    path("specialist/documents/<int:pk>/remove/", views.document_remove, name="document-remove"),
    path("specialist/documents/scans/<int:pk>/", views.scan, name="scan"),
    path("specialist/events/", events.events, name="events"),
    path("specialist/events/<int:pk>/cancel/", events.cancel, name="event-cancel"),
    path("specialist/events/<int:pk>/seat/", events.seat, name="event-seat"),
    path("specialist/events/<int:pk>/badge/", events.badge, name="event-badge"),
    path("specialist/events/<int:pk>/presence/", events.presence, name="event-presence"),
    path("specialist/events/<int:pk>/here/", events.here, name="event-here"),
    path("specialist/messages/", views.inbox, name="messages"),
    path("specialist/messages/<int:pk>/", views.message, name="message"),
    path("specialist/messages/<int:pk>/again/", views.resend, name="message-again"),
    path("specialist/my-data/", views.my_data, name="my-data"),
    path("specialist/my-data/export/", views.export, name="export"),
    path("", include("nmfo.web.specialist.applications.urls")),
    path("", include("nmfo.web.specialist.credits.urls")),
]
