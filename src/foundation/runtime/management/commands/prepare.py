"""`nmfo prepare`: bring the database, the texts and the static files to this release."""

from __future__ import annotations

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from foundation.runtime.checkup import unfit_reasons


class Command(BaseCommand):
    help = "Migrate, give rights, compile texts, collect static files, load what the packages bring."
    requires_system_checks: list[str] = []

    def handle(self, *args: object, **options: object) -> None:
        quiet = {"verbosity": 0}
        _refuse_unfit()
        self._say("tables")
        call_command("migrate", interactive=False, **quiet)
        self._say("rights")
        call_command("grant", stdout=self.stdout)
        self._say("texts")
        call_command("compile_translations", stdout=self.stdout)
        self._say("static files")
        call_command("collectstatic", interactive=False, **quiet)
        if apps.is_installed("nmfo.reference"):
            self._say("reference lists")
            call_command("reference", "load", stdout=self.stdout)
            call_command("agreements", "load", stdout=self.stdout)
            call_command("synonyms", "load", stdout=self.stdout)
            call_command("rule_sets", "load", stdout=self.stdout)
            if settings.CONFIG.demo:
                self._say("demo data")
                call_command("demo", stdout=self.stdout)

    def _say(self, what: str) -> None:
        self.stdout.write(f"  {what} …", ending="\n")


def _refuse_unfit() -> None:
    where = f"{connection.settings_dict['HOST']}:{connection.settings_dict['PORT'] or 5432}"
    try:
        reasons = unfit_reasons()
    except DatabaseError as error:
        raise CommandError(f"The database at {where} does not let the portal in: {error}") from error
    if reasons:
        raise CommandError("\n  - ".join([f"The database at {where} cannot carry the portal:", *reasons]))
