from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings as real
from django.test import Client
from tests.builders import a_specialist, lists, signed_in
from tests.environment import ROOT
from tests.nmfo.web.test_pages import SPECIALIST

_COOKIES = """
import django, json
django.setup()
from django.conf import settings
print(json.dumps({name: getattr(settings, name) for name in dir(settings) if "_COOKIE_" in name and "MESSAGES" not in name}))
"""


def cookie_settings(**environment: str) -> dict[str, Any]:
    """What an installation with this environment makes of its cookies."""
    given = {**os.environ, "PYTHONPATH": str(ROOT / "src"), **environment}
    command = [sys.executable, "-c", _COOKIES]
    done = subprocess.run(command, env=given, check=True, capture_output=True, text=True, cwd=ROOT)
    settings: dict[str, Any] = json.loads(done.stdout)
    return settings


def test_s3_over_https_cookies_belong_to_this_host_alone() -> None:
    made = cookie_settings(NMFO_TLS="1", NMFO_BASE_URL="https://nmfo.example")

    assert (made["SESSION_COOKIE_NAME"], made["CSRF_COOKIE_NAME"]) == ("__Host-session", "__Host-csrf")
    assert (made["SESSION_COOKIE_SECURE"], made["CSRF_COOKIE_SECURE"]) == (True, True)
    assert (made["SESSION_COOKIE_DOMAIN"], made["CSRF_COOKIE_DOMAIN"]) == (None, None)
    assert (made["SESSION_COOKIE_PATH"], made["CSRF_COOKIE_PATH"]) == ("/", "/")


@pytest.mark.django_db
@pytest.mark.parametrize("tls", [False, True])
def test_s3_cookies_are_strict(settings: Any, *, tls: bool) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = tls
    browser = signed_in(a_specialist().account)
    browser.get("/settings/password/")  # a form, so the token's cookie is set
    browser.post("/look/", {"theme": "dark"})
    browser.post("/language/", {"language": "en"})
    stranger = Client()
    stranger.post("/cabinet/", {"level": "higher"})
    cookies = {**browser.cookies, **stranger.cookies}

    names = {real.SESSION_COOKIE_NAME, real.CSRF_COOKIE_NAME, "device", "look", "language", "level"}
    assert set(cookies) == names
    assert {
        (name, bool(cookie["httponly"]), cookie["samesite"], bool(cookie["secure"]), cookie["path"], cookie["domain"])
        for name, cookie in cookies.items()
    } == {(name, True, "Lax", tls, "/", "") for name in names}


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
    browser = signed_in(a_specialist().account)

    assert [path for path in SPECIALIST if "no-store" not in browser.get(path)["Cache-Control"]] == []
