"""`nmfo load_breached_passwords FILE`: a list of leaked passwords, plain or as SHA1:count, into a sorted file."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

_SHA1 = re.compile(rb"^([0-9A-Fa-f]{40})(?::\d+)?$")
_ENTRY_BYTES = 8


class Command(BaseCommand):
    help = "Load a list of leaked passwords: one a line, plain or SHA1:count. New passwords are checked against it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: object, **options: object) -> None:
        path = options["file"]
        if not isinstance(path, Path) or not path.is_file():
            raise CommandError(f"{path} is not a file", returncode=2)
        entries: set[bytes] = set()
        with path.open("rb") as lines:
            for raw in lines:
                line = raw.strip(b"\r\n")
                if not line:
                    continue
                match = _SHA1.match(line)
                digest = (
                    bytes.fromhex(match[1].decode()) if match else hashlib.sha1(line, usedforsecurity=False).digest()
                )
                entries.add(digest[:_ENTRY_BYTES])
        target = Path(settings.BREACHED_PASSWORDS)
        new = target.with_suffix(".new")
        with new.open("wb") as out:
            out.writelines(sorted(entries))
        new.replace(target)
        self.stdout.write(f"{len(entries)} passwords; restart the portal to use them")
