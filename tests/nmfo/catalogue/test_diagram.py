"""The picture in the documentation is the law of the code."""

from __future__ import annotations

import re

from tests.environment import ROOT

from nmfo.catalogue.rules.words import VERSION_MOVES


def test_the_state_diagram_shows_the_ways_of_a_version() -> None:
    text = (ROOT / "docs" / "how-it-works" / "catalogue.md").read_text()
    drawn = re.findall(r"^  (\w+) --> (\w+)$", text.split("```mermaid")[1].split("```")[0], re.MULTILINE)

    assert sorted(drawn) == sorted((str(state), str(to)) for state, ways in VERSION_MOVES.items() for to in ways)
