"""`nmfo demo`: make the demo's people, organisations and items; `--show` says how to sign in."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from nmfo.demo.loading import demo_signins, load_demo


class Command(BaseCommand):
    help = "Make invented people, organisations and items to try the portal with. Running it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--show", action="store_true", help="Only say who can sign in, and how")

    def handle(self, *args: object, **options: object) -> None:
        if options["show"]:
            self.stdout.write("\n".join(demo_signins(timezone.now())))
            return
        loaded = load_demo(timezone.now())
        self.stdout.write(f"{loaded.people} new people, {loaded.organisations} organisations, {loaded.items} items")
