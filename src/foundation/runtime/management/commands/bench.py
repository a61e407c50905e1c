"""`nmfo bench NAME [ARGUMENT …]`: run one measurement of the folder bench/ of a checkout."""

from __future__ import annotations

import argparse
import runpy
import sys
from pathlib import Path
from typing import cast

from django.core.management.base import BaseCommand, CommandError, CommandParser

ROOT = Path(__file__).resolve().parents[5]
NOT_A_MEASUREMENT = {"__init__", "measure"}


class Command(BaseCommand):
    help = "Run a measurement of bench/ and print its figures."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?")
        parser.add_argument("arguments", nargs=argparse.REMAINDER, help="what the measurement takes")

    def handle(self, *args: object, **options: object) -> None:
        names = sorted(file.stem for file in (ROOT / "bench").glob("*.py") if file.stem not in NOT_A_MEASUREMENT)
        name = options["name"]
        if name not in names:
            raise CommandError("bench: name one of " + ", ".join(names), returncode=2)
        sys.path.insert(0, str(ROOT))
        sys.argv = [f"bench {name}", *map(str, cast("list[str]", options["arguments"]))]
        runpy.run_module(f"bench.{name}", run_name="__main__")
