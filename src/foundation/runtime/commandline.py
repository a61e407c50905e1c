"""The frame of both command lines: which role, which database, and how an error looks (style.md 14)."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Sequence

WITHOUT_DATABASE = {
    "up",
    "config",
    "compilemessages",
    "makemigrations",
    "help",
    "--help",
    "-h",
    "collect",
    "lock",
}


def run_command(program: str, arguments: Sequence[str], *, owner_commands: Collection[str]) -> int:
    """Run a management command. 0 done, 1 refused with one line on stderr, 2 wrong usage."""
    command = arguments[0] if arguments else "help"
    if command in owner_commands:
        os.environ["NMFO_DB_ROLE"] = "owner"
    from foundation.runtime.environment import WrongEnvironment, config  # noqa: PLC0415 - after the role is set

    try:
        configuration = config()
    except WrongEnvironment as error:
        print(error, file=sys.stderr)
        return 2

    from foundation.runtime.database import embedded, provision  # noqa: PLC0415
    from foundation.runtime.embedded import EmbeddedFailed  # noqa: PLC0415
    from foundation.runtime.keys import KeysMissing, keys  # noqa: PLC0415

    holds = None
    try:
        if command not in WITHOUT_DATABASE and not configuration.database_url and "NMFO_SUPERVISED" not in os.environ:
            holds = embedded(configuration)
            holds.up()
            provision(holds, keys(), ["nmfo", "gosuslugi"])
        return _run_django(program, list(arguments))
    except (EmbeddedFailed, KeysMissing) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        if holds is not None:
            holds.down()


def _run_django(program: str, arguments: list[str]) -> int:
    from django.core.management import CommandError, ManagementUtility  # noqa: PLC0415

    utility = ManagementUtility([program, *arguments])
    utility.prog_name = program
    try:
        utility.execute()
    except SystemExit as stop:
        if isinstance(stop.code, str):
            print(stop.code, file=sys.stderr)
        return stop.code if isinstance(stop.code, int) else int(bool(stop.code))
    except CommandError as error:
        print(error, file=sys.stderr)
        return error.returncode
    return 0
