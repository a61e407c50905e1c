from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from foundation.runtime import checkup
from foundation.runtime.keys import keys_file
from foundation.runtime.views import DRAINING


def red() -> set[str]:
    return {finding.name for finding in checkup.findings() if not finding.ok}


@pytest.mark.django_db
def test_d6_each_check_turns_red_for_its_own_reason(settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path
    assert red() == {"durability", "backup"}  # the tests' server runs without fsync, and nobody backs it up

    (tmp_path / "backup.stamp").touch()
    keys_file().chmod(0o644)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('urgent', 'x', 'failed'), ('urgent', 'y', 'doing')"
        )
    try:
        assert red() == {"durability", "keys", "stalled jobs", "failed jobs"}
    finally:
        keys_file().chmod(0o600)


@pytest.mark.django_db
def test_d6_an_unfit_server_is_named_with_its_reasons() -> None:
    reasons = checkup.unfit_reasons()

    assert [reason.split(" ")[0] for reason in reasons] == ["fsync", "synchronous_commit", "full_page_writes"]


@pytest.mark.django_db
def test_d6_readiness_goes_off_while_stopping(settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path
    assert Client().get("/health/ready").status_code == 200

    (tmp_path / DRAINING).touch()

    answer = Client().get("/health/ready")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["stopping"])
    assert Client().get("/health/live").status_code == 200
