"""`nmfo synonyms load`: the groups of synonyms that the package brings; what operators changed stays theirs."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from nmfo.catalogue.operations.wording import load_shipped_synonyms


class Command(BaseCommand):
    help = "Load the package's groups of synonyms. Groups that an operator changed or removed are left alone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["load"])

    def handle(self, *args: object, **options: object) -> None:
        loaded = load_shipped_synonyms(now=timezone.now())
        self.stdout.write(f"{loaded.added} groups added, {loaded.changed} changed, {loaded.left} left as they are")
