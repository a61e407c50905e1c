"""Signs that nobody sees are refused in every text: forms and, as their rules import no forms, texts of items alike."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError

from foundation.ui.forms import refuse_control_characters
from nmfo.catalogue.rules.versions import text_trouble

TURNING = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}


def in_a_form(sign: str) -> bool:
    try:
        refuse_control_characters(sign)
    except ValidationError:
        return True
    return False


def in_an_item(sign: str) -> bool:
    return bool(text_trouble("aims", sign, 10))


@pytest.mark.parametrize("refused", [in_a_form, in_an_item])
def test_control_characters_and_those_that_turn_the_direction_are_refused(refused: Callable[[str], bool]) -> None:
    every = [chr(code) for code in range(sys.maxunicode + 1)]
    meant = {one for one in every if unicodedata.category(one) == "Cc" or unicodedata.bidirectional(one) in TURNING}

    assert {one for one in every if refused(one)} == meant - set("\r\n\t")
