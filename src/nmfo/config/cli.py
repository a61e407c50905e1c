"""The `nmfo` command line: Django's commands with our errors; starts the embedded database when a command needs it."""

from __future__ import annotations

import os
import sys

from foundation.runtime.commandline import run_command

OWNER_COMMANDS = {"demo", "migrate", "makemigrations", "sqlmigrate", "grant", "dbshell", "prepare"}


def main() -> None:
    """Run one command. Exit code: 0 done, 1 refused, 2 wrong usage."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "nmfo.config.settings"
    sys.exit(run_command("nmfo", sys.argv[1:], owner_commands=OWNER_COMMANDS))
