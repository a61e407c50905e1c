"""Addresses of events and their people in the organisation's cabinet. `pk` is the event's item."""

from __future__ import annotations

from django.urls import path

from nmfo.web.organisation.events import closing, people, scanning, windows

urlpatterns = [
    path("events/", people.events, name="events"),
    path("events/<int:pk>/", people.people, name="event"),
    path("events/<int:pk>/people/<int:row>/mark/", people.mark, name="event-mark"),
    path("events/<int:pk>/people/<int:row>/take-back/", people.take_back, name="event-take-back"),
    path("events/<int:pk>/people/<int:row>/reversal/", people.reversal, name="event-reversal"),
    path("events/<int:pk>/add/", people.add, name="event-add"),
    path("events/<int:pk>/scan/", scanning.scan, name="event-scan"),
    path("events/<int:pk>/scans/", scanning.scans, name="event-scans"),
    path("events/<int:pk>/windows/", windows.windows, name="event-windows"),
    path("events/<int:pk>/windows/now/", windows.open_now, name="event-window-now"),
    path("events/<int:pk>/windows/<int:row>/remove/", windows.remove, name="event-window-remove"),
    path("events/<int:pk>/close/", closing.close, name="event-close"),
    path("events/<int:pk>/codes/", closing.codes, name="event-codes"),
    path("events/<int:pk>/objections/", closing.objections, name="event-objections"),
    path("events/<int:pk>/objections/<int:row>/", closing.objection, name="event-objection"),
]
