"""Movements of a ledger as a table shows them: put together here, for a table has hundreds of small pieces."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from django.utils.translation import gettext as _

from foundation.ui.templatetags.ui import short_day
from nmfo.credits.models import LedgerEntry
from nmfo.credits.rules import Source
from nmfo.web.specialist.credits.marks import Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A movement: what for, how it came, who entered it, and what the sum came to after it."""

    entry: LedgerEntry
    title: str
    how: str
    who: str
    is_reversal: bool
    worth: int
    total: int | None  # None: it came while the page was read
    marks: Sequence[Mark]


def lines_of(
    entries: Iterable[LedgerEntry],
    *,
    totals: Mapping[int, int],
    taken_back: Mapping[int, dt.datetime] = MappingProxyType({}),
    marks: Mapping[int, Sequence[Mark]] | None = None,
) -> Iterator[Line]:
    """A line for each entry. `taken_back`: when a later reversal took it back; `marks` stand by entries' ids."""
    sources = {str(value): str(label) for value, label in Source.choices}
    corrected, operator = _("taken back by a correction on %(day)s"), _("Operator of the portal")
    itself, because = _("The portal, by itself"), _("%(how)s, entered on %(day)s: %(why)s")
    taken_over = _("%(how)s on %(day)s. You need not confirm it.")
    for entry in entries:
        how, by_hand = sources[entry.source], entry.is_reversal or entry.source == Source.MANUAL
        if by_hand:
            how = because % {"how": how, "day": short_day(entry.posted_at), "why": entry.reason}
        elif entry.source == Source.LEGACY:
            how = taken_over % {"how": how, "day": short_day(entry.posted_at)}
        if entry.pk in taken_back:
            how = f"{how} · {corrected % {'day': short_day(taken_back[entry.pk])}}"
        who = operator if by_hand else entry.organisation.short_name if entry.organisation is not None else itself
        yield Line(
            entry=entry,
            title=entry.version.title if entry.version is not None else entry.title,
            how=how,
            who=who,
            is_reversal=entry.is_reversal,
            worth=entry.worth,
            total=totals.get(entry.pk),
            marks=marks.get(entry.pk, ()) if marks else (),
        )
