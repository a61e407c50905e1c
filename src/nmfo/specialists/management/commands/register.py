"""`nmfo register import FILE [--dry-run]`."""

from __future__ import annotations

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from nmfo.specialists.operations.importing import FileRefused, Tally, import_register

_EVERY = 10_000


class Command(BaseCommand):
    help = "Import people of the federal register from CSV or JSON lines (docs/operate/register-import.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["import"])
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="Check and count, write nothing")

    def handle(self, *args: object, **options: object) -> None:
        path = options["file"]
        if not isinstance(path, Path) or not path.is_file():
            raise CommandError(f"{path} is not a file", returncode=2)
        try:
            report = import_register(
                path, dry_run=bool(options["dry_run"]), now=timezone.now(), progress=self._progress
            )
        except FileRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        for row in report.refusals:
            self.stdout.write(f"line {row['line']}: {row['reason']}")
        self.stdout.write(
            f"{report.lines} lines: {report.taken} taken, {report.changed} changed, {report.unchanged} unchanged, "
            f"{report.refused} refused" + (" (dry run, nothing written)" if report.dry_run else "")
        )

    def _progress(self, tally: Tally) -> None:
        if tally.lines % _EVERY < 200:  # noqa: PLR2004 - once around each ten thousand
            self.stderr.write(f"{tally.lines} lines …")
