"""`nmfo serve`: the web server under our own supervision."""

from __future__ import annotations

from django.conf import settings
from django.core.management.base import BaseCommand

from foundation.runtime.parts import web_part
from foundation.runtime.supervisor import Supervisor


class Command(BaseCommand):
    help = "Serve the site; started again whenever it falls."
    requires_system_checks: list[str] = []

    def handle(self, *args: object, **options: object) -> None:
        raise SystemExit(Supervisor([web_part(settings.SITE)]).run())
