"""Sentences of ours that are kept with a row, to be said in the language of whoever reads them.

Words that people typed are kept as they are, and so were our own sentences before this: both are said unchanged. What
is kept of a sentence is its message, as the catalogues of translations know it, and its values; a sign that nobody can
type stands before it. A message that has been reworded since is said in English.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from foundation.ui.templatetags.ui import day

Sentence = tuple[str, Mapping[str, int | str | dt.date]]

_SIGN = "\x1e"  # a separator of records


def kept(*sentences: Sentence) -> str:
    """Sentences as one text to keep: the message of each and its values."""
    rows = [[message, {key: _plain(value) for key, value in values.items()}] for message, values in sentences]
    return _SIGN + json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def said(words: str) -> str:
    """What was kept, in the language of now; words of people are what they are."""
    if not words.startswith(_SIGN):
        return words
    rows = json.loads(words.removeprefix(_SIGN))
    return " ".join(
        gettext(message) % {key: _shown(value) for key, value in values.items()} for message, values in rows
    )


def _plain(value: int | str | dt.date) -> Any:
    return {"day": value.isoformat()} if isinstance(value, dt.date) else value


def _shown(value: Any) -> Any:
    return day(dt.date.fromisoformat(value["day"])) if isinstance(value, dict) else value
