from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.stack import Stack, stack
from tests.support.sink import Sink, mail_sink


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    """A mail server that the portal is told to use."""
    with mail_sink() as server:
        settings.SMTP = {"host": "127.0.0.1", "port": server.port, "user": "", "password": "", "security": "none"}
        yield server


@pytest.fixture(scope="session")
def portal() -> Iterator[Stack]:
    """A portal in processes of its own, for all tests that look at one; whoever kills a part waits until it is back."""
    with stack(fresh=False, NMFO_LOG_LEVEL="debug") as running:
        yield running
