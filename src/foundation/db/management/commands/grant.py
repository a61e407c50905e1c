"""`nmfo grant`: give the web role its rights; run after every migration."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from foundation.db.rights import grant_rights


class Command(BaseCommand):
    help = "Give the web role its rights on every table."

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"rights granted, {grant_rights()} tables append-only")
