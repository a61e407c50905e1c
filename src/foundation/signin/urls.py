"""Addresses of the human check."""

from __future__ import annotations

from django.urls import path

from foundation.signin import views

app_name = "human"
urlpatterns = [
    path("human/challenge/", views.challenge, name="challenge"),
    path("human/digits/<str:token>.png", views.digits_picture, name="digits-picture"),
    path("human/digits/<str:token>.wav", views.digits_sound, name="digits-sound"),
]
