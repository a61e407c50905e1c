"""`nmfo rule_sets load | check`: the rule sets that the package brings; whether the golden cases pass."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from nmfo.cycles.operations.loading import load_rules
from nmfo.cycles.queries.sets import acts, golden_cases, run_cases, sets_in_force


class Command(BaseCommand):
    help = "Rule sets of cycles: load those that are missing, or check the golden cases against what is in force."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["load", "check"])

    def handle(self, *args: object, **options: object) -> None:
        if options["action"] == "load":
            loaded = load_rules(now=timezone.now())
            self.stdout.write(
                f"{loaded.rule_sets} rule sets, {loaded.extensions} acts of extension, {loaded.cases} golden cases"
            )
            return
        results = run_cases(golden_cases(), sets_in_force(), acts())
        failed = [result for result in results if result.differences]
        for result in failed:
            for one in result.differences:
                self.stderr.write(f"{result.case.key}: {one.what}: expected {one.expected}, got {one.got}")
        if failed:
            raise CommandError(f"{len(failed)} of {len(results)} golden cases fail")
        self.stdout.write(f"{len(results)} golden cases pass")
