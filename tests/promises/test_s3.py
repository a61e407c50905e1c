from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as real
from django.test import Client
from tests.builders import a_specialist, lists, signed_in


@pytest.mark.django_db
def test_s3_cookies_are_strict() -> None:
    browser = signed_in(a_specialist().account)
    browser.post("/look/", {"theme": "dark"})

    for name in (real.SESSION_COOKIE_NAME, real.CSRF_COOKIE_NAME, "device", "look"):
        cookie = browser.cookies.get(name, None)
        if name != real.CSRF_COOKIE_NAME:
            assert cookie is not None, name
        if cookie is not None:
            assert (bool(cookie["httponly"]), cookie["samesite"]) == (True, "Lax"), name


@pytest.mark.django_db
def test_s3_headers_are_strict(settings: Any) -> None:
    lists()
    plain = Client().get("/")
    settings.BASE_URL = "https://nmfo.example"
    secure = Client().get("/")

    assert plain["X-Content-Type-Options"] == "nosniff"
    assert plain["X-Frame-Options"] == "DENY"
    assert plain["Referrer-Policy"] == "same-origin"
    assert plain["Cross-Origin-Opener-Policy"] == plain["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in plain
    assert secure["Strict-Transport-Security"].startswith("max-age=31536000")


@pytest.mark.django_db
def test_s3_private_pages_are_not_kept_by_browsers() -> None:
    assert "no-store" in signed_in(a_specialist().account).get("/specialist/profile/")["Cache-Control"]
