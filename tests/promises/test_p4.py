from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog
from django.test import Client
from tests.builders import PASSWORD, an_account

from foundation.runtime.logs import clean, set_up


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    out = io.StringIO()
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    monkeypatch.setattr(sys, "stdout", out)
    set_up("debug")
    yield out
    root.handlers[:], root.level = before[0], before[1]
    structlog.reset_defaults()


@pytest.mark.django_db
def test_p4_logs_at_debug_show_nobody(log: io.StringIO) -> None:
    account = an_account(email="kanareika@nmfo.example", phone="+79001112233")
    browser = Client()
    browser.post("/sign-in/", {"login": account.snils, "password": PASSWORD})
    browser.get("/specialist/")
    for page in ("register/confirm", "invitation", "for-organisations/apply"):
        browser.get(f"/{page}/{'t' * 43}/")
    logging.getLogger("x").error("%s %s %s", account.snils, account.email, "+7 900 111-22-33")

    written = log.getvalue()
    assert "answered" in written
    assert [
        canary for canary in (account.snils, "kanareika", "111-22-33", PASSWORD, "t" * 43) if canary in written
    ] == []


@pytest.mark.parametrize(
    "text", ["112-233-445 95", "11223344595", "112 233 445 95", "a.b@ya.ru", "+79005550142", "8 (900) 555-01-42"]
)
def test_p4_shapes_are_taken_out(text: str) -> None:
    assert text not in clean(f"something {text} else")
