"""How specialties are called on pages: one with what tells it from its namesakes, several in a line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import pgettext

from nmfo.reference.models import Level


def specialty_called(name: str, *, level: str = "", until: dt.date | None = None, note: str = "") -> str:
    """The name; in brackets that it is of secondary education, until when it stood in the list, and a note.

    `level` is given where both levels stand side by side: they share some names.
    """
    notes = [pgettext("specialty", "secondary education")] if level == Level.SECONDARY else []
    notes += [pgettext("specialty", "until %(day)s") % {"day": f"{until:%d.%m.%Y}"}] if until else []
    notes += [note] if note else []
    return f"{name} ({', '.join(notes)})" if notes else name


def specialties_in_a_line(names: Iterable[str], *, most: int | None = None, quoted: bool = False) -> str:
    """Names side by side, in their order, each once: two levels of education and two acts share some."""
    once = list(dict.fromkeys(names))[:most]
    return ", ".join(f"«{name}»" for name in once) if quoted else ", ".join(once)
