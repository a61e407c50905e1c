"""`nmfo audit verify [--against FILE]`, `nmfo audit seal`.

What a site wants checked besides the trail it names in `AUDIT_CHECKS`: functions that return faults as sentences.
"""

from __future__ import annotations

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.audit.operations import seal_new_entries
from foundation.audit.outside import read_seals, send_outside
from foundation.audit.queries import checked, verify_chain


class Command(BaseCommand):
    help = "Check the chain of seals over the audit trail, or seal what is new now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["verify", "seal"])
        parser.add_argument("--against", type=Path, help="A file of seals that had left the machine")

    def handle(self, *args: object, **options: object) -> None:
        if options["action"] == "seal":
            seal = seal_new_entries()
            if seal is not None:
                send_outside(seal)
            self.stdout.write(f"sealed {seal.entries} entries" if seal else "nothing new")
            return
        against = options["against"]
        verdict = verify_chain(read_seals(against) if isinstance(against, Path) else ())
        self.stdout.write(f"{verdict.seals} seals over {verdict.entries} entries, {verdict.unsealed} not sealed yet")
        faults = list(verdict.faults)
        for name, found in checked().items():
            self.stdout.write(f"{name}: {len(found)} faults")
            faults += found
        if faults:
            raise CommandError("\n".join(faults))
        self.stdout.write("nothing was changed")
