"""Movements of a ledger as a table shows them: put together here, for a table has hundreds of small pieces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from foundation.ui.addresses import address_of
from foundation.ui.templatetags.ui import badge_html, short_day
from nmfo.credits.queries.ledger import Movement
from nmfo.credits.rules.words import Source
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
    corrected, operator = _("taken back by a correction on %(day)s"), _("Operator of the portal")
    itself, because = _("The portal, by itself"), _("%(how)s, entered on %(day)s: %(why)s")
    taken_over = _("%(how)s on %(day)s. You need not confirm it.")
    written: dict[Mark, str] = {}
    for entry in entries:
        how, by_hand = sources[entry.source], entry.is_reversal or entry.source == Source.MANUAL
        if by_hand:
            how = because % {"how": how, "day": short_day(entry.posted_at), "why": entry.reason}
        elif entry.source == Source.LEGACY:
            how = taken_over % {"how": how, "day": short_day(entry.posted_at)}
        if entry.taken_back_at is not None:
            how = f"{how} · {corrected % {'day': short_day(entry.taken_back_at)}}"
        yield Line(
            entry=entry,
            title=entry.title,
            how=how,
            who=operator if by_hand else entry.organisation or itself,
            is_reversal=entry.is_reversal,
            worth=entry.worth,
            total=totals.get(entry.pk),
            marks=marks_html(marks.get(entry.pk, ()) if marks else (), written),
        )


def rows_html(lines: Iterable[Line]) -> SafeString:
    """The rows of the ledger's table. Thirty of them by a template were half of what the page takes."""
    label, link = escape(pgettext("before a sum", "total")), address_of("specialist:credits-entry", 0)
    before, after = link.split("0")
    rows = (
        f"""
<tr role="row">
  <td role="cell" class="c-date nowrap num">{line.entry.earned_on:%d.%m.%Y}</td>
  <td role="cell" class="c-what">
    <a class="rowlink" href="{before}{line.entry.pk}{after}">{escape(line.title)}</a>
    <small>{escape(line.how)}</small> {line.marks}
  </td>
  <td role="cell" class="c-src">{escape(line.who)}</td>
  <td role="cell" class="r c-zet">
    <span class="{"minus" if line.is_reversal else "plus"}">{"−" if line.is_reversal else "+"}{line.worth}</span>
  </td>
  <td role="cell" class="r c-bal" data-label="{label}">{"" if line.total is None else line.total}</td>
</tr>
"""
        for line in lines
    )
    return mark_safe("".join(rows))  # noqa: S308 - words are escaped, the rest are numbers and our own


def statement_rows_html(lines: Iterable[Line]) -> SafeString:
    """The rows of a statement: with the entries' numbers, without links and remarks, for it is printed."""
    label = escape(pgettext("before a sum", "total"))
    rows = (
        f"""
<tr role="row">
  <td role="cell" class="c-no nowrap num" data-label="№">{line.entry.pk}</td>
  <td role="cell" class="c-date nowrap num">{line.entry.earned_on:%d.%m.%Y}</td>
  <td role="cell" class="c-what">
    {escape(line.title)}
    <small>{escape(line.how)}</small>
  </td>
  <td role="cell" class="c-src">{escape(line.who)}</td>
  <td role="cell" class="r c-zet">{"−" if line.is_reversal else "+"}{line.worth}</td>
  <td role="cell" class="r c-bal" data-label="{label}">{"" if line.total is None else line.total}</td>
</tr>
"""
        for line in lines
    )
    return mark_safe("".join(rows))  # noqa: S308 - words are escaped, the rest are numbers and our own


def marks_html(marks: Sequence[Mark], written: dict[Mark, str] | None = None) -> SafeString:
    """Remarks, each in a line of its own; `written` are those of the page so far, for many of them are alike."""
    known = {} if written is None else written
    for mark in marks:
        if mark not in known:
            known[mark] = _mark(mark)
    return mark_safe("".join(known[mark] for mark in marks))  # noqa: S308 - of escaped parts


def _mark(mark: Mark) -> str:
    if mark.link:
        return f'<small class="mark"><a href="{escape(mark.link)}">{escape(mark.text)}</a></small>'
    if mark.kind:
        return f'<small class="mark">{badge_html(mark.text, mark.kind)}</small>'
    return f'<small class="mark">{escape(mark.text)}</small>'
