"""Movements of a ledger as a table shows them: put together here, for a table has hundreds of small pieces."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

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
    taken_back: Collection[int] = (),
    marks: Mapping[int, Sequence[Mark]] | None = None,
) -> Iterator[Line]:
    """A line for each entry. `taken_back` are those that a later reversal took back; `marks` stand by entries' ids."""
    sources = {str(value): str(label) for value, label in Source.choices}
    corrected, operator = _("taken back by a correction"), _("Operator of the portal")
    itself, because = _("The portal, by itself"), _("%(how)s: %(why)s")
    for entry in entries:
        how, by_hand = sources[entry.source], entry.is_reversal or entry.source == Source.MANUAL
        if by_hand:
            how = because % {"how": how, "why": entry.reason}
        elif entry.pk in taken_back:
            how = f"{how} · {corrected}"
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
