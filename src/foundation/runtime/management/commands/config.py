"""`nmfo config`: what may be set in the environment, what it means, and what holds now."""

from __future__ import annotations

from dataclasses import fields

from django.core.management.base import BaseCommand

from foundation.runtime.environment import Config, config


class Command(BaseCommand):
    help = "Print the configuration of this installation, secrets masked."
    requires_system_checks: list[str] = []

    def handle(self, *args: object, **options: object) -> None:
        now = config()
        for item in fields(Config):
            value = getattr(now, item.name)
            shown = "•••" if item.metadata["secret"] and value else _shown(value)
            self.stdout.write(f"{item.metadata['name']}={shown}\n    {item.metadata['meaning']}")


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return ",".join(value) if isinstance(value, tuple) else str(value)
