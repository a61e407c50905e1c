"""`nmfo agreements load`: take new versions of the texts over from the package."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandParser

from nmfo.accounts.operations.agreeing import load_agreements


class Command(BaseCommand):
    help = "Take new versions of the user agreement and the consent over from the package's files."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["load"])

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"{load_agreements()} new versions")
