from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from procrastinate.contrib.django import app
from tests.promises.test_t2 import sealed, tamper, written

from foundation.audit.models import Entry, Seal
from foundation.audit.operations import FIRST, digest_of
from foundation.audit.outside import seals_file
from foundation.audit.queries import verify_chain
from foundation.audit.tasks import seal_minute
from foundation.mail.models import Letter
from foundation.mail.operations import words_of
from nmfo.accounts.tasks import tell_of_seal


@pytest.fixture
def outside(settings: Any, tmp_path: Path, transactional_db: None) -> Path:
    """Two rows, sealed by the minute's job; where its seal went."""
    settings.DATA = tmp_path
    written("a", "b")
    sealed(partial(seal_minute, timestamp=0))
    return seals_file()


def rebuilt() -> None:
    """A row and the whole chain over it, as an administrator could rewrite both."""
    tamper("UPDATE audit_entry SET action = 'z' WHERE action = 'b'")
    previous = FIRST
    for seal in Seal.objects.order_by("upto"):
        rows = Entry.objects.filter(transaction__gte=seal.since, transaction__lt=seal.upto)
        digest, _count = digest_of(rows.order_by("transaction", "id"), previous)
        tamper(f"UPDATE audit_seal SET digest = '{digest}', previous = '{previous}' WHERE id = {seal.pk}")
        previous = digest


def test_t3_a_rebuilt_chain_does_not_match_the_seal_that_left(outside: Path) -> None:
    call_command("audit", "verify", against=outside)

    rebuilt()

    assert verify_chain().faults == []
    with pytest.raises(CommandError, match="had left the machine"):
        call_command("audit", "verify", against=outside)


def test_t3_the_newest_seal_stands_for_all_before_it(outside: Path) -> None:
    for minute, action in enumerate("cd"):
        written(action)
        sealed(partial(seal_minute, timestamp=60 * minute))
    outside.write_text(outside.read_text().splitlines()[-1])
    call_command("audit", "verify", against=outside)

    rebuilt()

    assert verify_chain().faults == []
    with pytest.raises(CommandError, match="had left the machine"):
        call_command("audit", "verify", against=outside)


def test_t3_nor_does_a_chain_that_was_removed(outside: Path) -> None:
    tamper("DELETE FROM audit_seal")
    tamper("DELETE FROM audit_entry")

    assert verify_chain().faults == []
    with pytest.raises(CommandError, match="had left the machine"):
        call_command("audit", "verify", against=outside)


def test_t3_the_file_is_added_to_and_is_for_the_portal_alone(outside: Path) -> None:
    written("c")
    sealed(partial(seal_minute, timestamp=60))

    assert [line.split()[1] for line in outside.read_text().splitlines()] == [
        seal.digest for seal in Seal.objects.order_by("upto")
    ]
    assert len(outside.read_text().splitlines()) == 2
    assert oct(outside.stat().st_mode)[-3:] == "600"


def test_t3_the_auditor_gets_the_same_line_by_letter_once(outside: Path, settings: Any, tmp_path: Path) -> None:
    tell_of_seal(timestamp=0)
    assert Letter.objects.count() == 0

    settings.AUDITOR_MAIL = "auditor@nmfo.example"
    tell_of_seal(timestamp=0)
    tell_of_seal(timestamp=3600)

    letter = Letter.objects.get()
    (line,) = outside.read_text().splitlines()
    assert letter.to == "auditor@nmfo.example"
    assert line in words_of(letter).text.splitlines()
    kept = tmp_path / "letter.txt"
    kept.write_text(line)
    call_command("audit", "verify", against=kept)
    rebuilt()
    with pytest.raises(CommandError, match="had left the machine"):
        call_command("audit", "verify", against=kept)


def test_t3_the_auditor_is_written_to_every_hour() -> None:
    app.perform_import_paths()  # type: ignore[no-untyped-call]

    (cron,) = (
        one.cron for (name, _id), one in app.periodic_registry.periodic_tasks.items() if name == "accounts.tell_of_seal"
    )
    assert cron == "11 * * * *"
