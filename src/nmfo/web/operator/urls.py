"""Addresses of the operator's cabinet."""

from __future__ import annotations

from django.urls import include, path

from nmfo.web.operator import views

app_name = "operator"
urlpatterns = [
    path("", views.home, name="home"),
    path("disputes/", views.disputes, name="disputes"),
    path("disputes/<int:pk>/", views.dispute, name="dispute"),
    path("letters/", views.letters, name="letters"),
    path("letters/<int:pk>/again/", views.letter_again, name="letter-again"),
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/<int:pk>/again/", views.job_again, name="job-again"),
    path("people/", views.people, name="people"),
    path("people/<int:pk>/", views.person, name="person"),
    path("register/", views.register, name="register"),
    path("", include("nmfo.web.operator.items.urls")),
]
