"""What workers of a crew make in tests. They load this file in processes of their own, where Django is not set up."""

from __future__ import annotations

from foundation.db import pgcopy
from foundation.db.pgcopy import Rows
from nmfo.demo.generate.plan import Facts, Part, Plan


def trouble(plan: Plan, facts: Facts, part: Part) -> list[Rows]:
    """Rows of any part but the fourth."""
    if part.first == 30:
        raise ValueError("the fourth part cannot be made")
    return [pgcopy.rows("t", {"n": pgcopy.int4([part.first])})]
