from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from tests.builders import lists

from foundation.runtime.middleware import client_ip


@pytest.mark.django_db
def test_s5_a_foreign_host_is_refused() -> None:
    lists()

    assert Client().get("/", headers={"Host": "evil.example"}).status_code == 400


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
