from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from tests.builders import an_account, lists, signed_in

from foundation.audit.models import Entry
from foundation.runtime.middleware import client_ip
from foundation.signin.events import events_of
from foundation.signin.models import Session


@pytest.mark.django_db
def test_s5_a_foreign_host_is_refused() -> None:
    lists()

    for path in ("/", "/sign-in/", "/health/live", "/help/"):
        assert Client().get(path, headers={"Host": "evil.example"}).status_code == 400, path


@pytest.mark.django_db
def test_s5_a_forwarded_host_or_scheme_is_not_believed() -> None:
    lists()
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Forwarded": "host=evil.example"}

    answer = Client().get("/sign-in/?next=/specialist/", headers=forged)

    assert answer.status_code == 200
    assert "evil.example" not in answer.content.decode()
    assert not answer.wsgi_request.is_secure()


@pytest.mark.django_db
@pytest.mark.parametrize(("trusted", "seen"), [((), "203.0.113.1"), (("203.0.113.0/24",), "198.51.100.9")])
def test_s5_whoever_writes_where_a_request_came_from_asks_the_same(
    trusted: tuple[str, ...], seen: str, settings: Any
) -> None:
    settings.TRUSTED_PROXIES = trusted
    account = an_account()
    browser = Client(REMOTE_ADDR="203.0.113.1", headers={"X-Forwarded-For": "198.51.100.9"})

    signed_in(account, browser)

    assert events_of(account.pk)[0].ip == seen
    assert Entry.objects.get(action="account.signed_in").ip == seen
    assert Session.objects.get(account=account).ip == seen


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "expected"),
    [
        ("203.0.113.1", "198.51.100.9", (), "203.0.113.1"),
        ("10.0.0.1", "198.51.100.9", ("10.0.0.0/8",), "198.51.100.9"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.9", ("10.0.0.0/8",), "198.51.100.9"),
        ("10.0.0.1", "198.51.100.9, 10.0.0.7", ("10.0.0.0/8",), "198.51.100.9"),
        ("10.0.0.1", "not an address", ("10.0.0.0/8",), "10.0.0.1"),
        ("10.0.0.1", "", ("10.0.0.0/8",), "10.0.0.1"),
    ],
)
def test_s5_forwarding_counts_from_trusted_proxies_only(
    peer: str, forwarded: str, trusted: tuple[str, ...], expected: str, settings: Any
) -> None:
    settings.TRUSTED_PROXIES = trusted

    assert client_ip(peer, forwarded) == expected
