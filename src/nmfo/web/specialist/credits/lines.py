"""Movements of a ledger as a table shows them: put together here, for a table has hundreds of small pieces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from foundation.ui.templatetags.ui import badge_html, short_day
from nmfo.credits.queries import Movement
from nmfo.credits.rules import Source
from nmfo.web.specialist.credits.marks import Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A movement: what for, how it came, who entered it, and what the sum came to after it."""

    entry: Movement
    title: str
    how: str
    who: str
    is_reversal: bool
    worth: int
    total: int | None  # None: it came while the page was read
    marks: SafeString  # the remarks, written out


def lines_of(
    entries: Iterable[Movement],
    *,
    totals: Mapping[int, int],
    marks: Mapping[int, Sequence[Mark]] | None = None,
) -> Iterator[Line]:
    """A line for each movement. `marks` stand by entries' ids."""
    sources = {str(value): str(label) for value, label in Source.choices}
    corrected, operator = _("taken back by a correction"), _("Operator of the portal")
    itself, because = _("The portal, by itself"), _("%(how)s: %(why)s")
    for entry in entries:
        how, by_hand = sources[entry.source], entry.is_reversal or entry.source == Source.MANUAL
        if by_hand:
            how = because % {"how": how, "why": entry.reason}
        elif entry.is_taken_back:
            how = f"{how} · {corrected}"
        yield Line(
            entry=entry,
            title=entry.title,
            how=how,
            who=operator if by_hand else entry.organisation or itself,
            is_reversal=entry.is_reversal,
            worth=entry.worth,
            total=totals.get(entry.pk),
            marks=marks_html(marks.get(entry.pk, ()) if marks else ()),
        )


# A row of the table. Thirty of them by a template were half of what the page takes.
_ROW = """
<tr role="row">
  <td role="cell" class="c-date nowrap num">{day}</td>
  <td role="cell" class="c-what"><a class="rowlink" href="{link}">{title}</a> <small>{how}</small> {marks}</td>
  <td role="cell" class="c-src">{who}</td>
  <td role="cell" class="r c-zet"><span class="{kind}">{sign}{worth}</span></td>
  <td role="cell" class="r c-bal" data-label="{label}">{total}</td>
</tr>
"""


def rows_html(lines: Iterable[Line]) -> SafeString:
    """The rows of the ledger's table."""
    label, link = pgettext("before a sum", "total"), reverse("specialist:credits-entry", args=[0])
    rows = (
        format_html(
            _ROW,
            day=short_day(line.entry.earned_on),
            link=link.replace("/0/", f"/{line.entry.pk}/"),
            title=line.title,
            how=line.how,
            marks=line.marks,
            who=line.who,
            kind="minus" if line.is_reversal else "plus",
            sign="−" if line.is_reversal else "+",
            worth=line.worth,
            label=label,
            total="" if line.total is None else line.total,
        )
        for line in lines
    )
    return mark_safe("".join(rows))  # noqa: S308 - each is made of escaped parts


def marks_html(marks: Iterable[Mark]) -> SafeString:
    """Remarks, each in a line of its own."""
    return mark_safe("".join(map(_mark, marks)))  # noqa: S308 - of escaped parts


def _mark(mark: Mark) -> str:
    if mark.link:
        return format_html('<small class="mark"><a href="{}">{}</a></small>', mark.link, mark.text)
    if mark.kind:
        return format_html('<small class="mark">{}</small>', badge_html(mark.text, mark.kind))
    return f'<small class="mark">{conditional_escape(mark.text)}</small>'
