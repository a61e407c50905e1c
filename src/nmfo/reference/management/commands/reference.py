"""`nmfo reference load`: bring the reference lists to what the package's files say."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandParser

from nmfo.reference.operations import load_reference_lists


class Command(BaseCommand):
    help = "Load the reference lists: specialties, regions, countries, education levels."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["load"])

    def handle(self, *args: object, **options: object) -> None:
        loaded = load_reference_lists()
        self.stdout.write(
            f"{loaded.specialties} specialties, {loaded.regions} regions, {loaded.countries} countries, "
            f"{loaded.education_levels} education levels"
        )
