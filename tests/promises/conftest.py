from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.sink import Sink, mail_sink


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    """A mail server that the portal is told to use."""
    with mail_sink() as server:
        settings.SMTP = {"host": "127.0.0.1", "port": server.port, "user": "", "password": "", "security": "none"}
        yield server
