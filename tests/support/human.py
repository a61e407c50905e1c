"""The work that a browser does to show that a human sits before it."""

from __future__ import annotations

import base64
import json
from typing import Any

import altcha


def solve(challenge: dict[str, Any]) -> str:
    """What goes into the form's field `human_work`."""
    solution = altcha.solve_challenge(altcha.Challenge.from_dict(challenge))
    assert solution is not None
    return base64.b64encode(json.dumps({"challenge": challenge, "solution": solution.to_dict()}).encode()).decode()
