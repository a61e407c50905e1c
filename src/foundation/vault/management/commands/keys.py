"""`nmfo keys rotate`, `nmfo keys retire`."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.vault.rotation import StillUsed, renew_rows, retire, rotate


class Command(BaseCommand):
    help = "rotate: new keys, every row written anew. resume: go on with that. retire: forget keys nothing uses."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["rotate", "resume", "retire"])

    def handle(self, *args: object, **options: object) -> None:
        try:
            if options["action"] == "retire":
                self.stdout.write(f"{retire()} keys forgotten")
            else:
                rows = rotate() if options["action"] == "rotate" else renew_rows()
                self.stdout.write(f"{rows} rows written under the newest keys")
        except StillUsed as error:
            raise CommandError(str(error)) from error
