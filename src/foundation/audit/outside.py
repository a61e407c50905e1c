"""Seals leave the machine (promise T3): a line in a file that can be shipped, and a line of the log."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import structlog
from django.conf import settings

from foundation.audit.models import Seal

_log = structlog.get_logger("audit")


def seals_file() -> Path:
    """The file of seals in the data folder: `upto digest time` in each line."""
    return Path(settings.DATA) / "seals.log"


def line_of(seal: Seal) -> str:
    """A seal in one line, as it stands in the file and in letters."""
    return f"{seal.upto} {seal.digest} {seal.at.isoformat()}"


def send_outside(seal: Seal) -> None:
    """Write a seal where a rebuilt chain cannot follow."""
    descriptor = os.open(seals_file(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a") as file:
        file.write(f"{line_of(seal)}\n")
        file.flush()
        os.fsync(file.fileno())
    _log.info("sealed", upto=seal.upto, digest=seal.digest, entries=seal.entries)


def read_seals(path: Path) -> Iterator[tuple[int, str]]:
    """The pairs (upto, digest) of such a file."""
    for line in path.read_text().splitlines():
        upto, digest, *_rest = line.split()
        yield int(upto), digest
