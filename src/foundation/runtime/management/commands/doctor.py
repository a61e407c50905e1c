"""`nmfo doctor`: is this installation healthy? Exit code 1 when anything is red."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError

from foundation.runtime.checkup import findings


class Command(BaseCommand):
    help = "Check this installation: keys, disk, database, jobs, backup."
    requires_system_checks: list[str] = []

    def handle(self, *args: object, **options: object) -> None:
        red = []
        for finding in findings():
            self.stdout.write(f"{'ok ' if finding.ok else 'RED'}  {finding.name}: {finding.text}")
            if not finding.ok:
                red.append(finding.name)
                self.stdout.write(f"     {finding.advice}")
        if red:
            raise CommandError("red: " + ", ".join(red))
