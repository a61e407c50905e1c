"""The ring of a cycle, an arc for each year, and the same numbers as rows of a table. The numbers come in."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString, mark_safe

from nmfo.cycles.rules.measuring import YearSum

_CENTRE, _RADIUS, _LABEL_RADIUS = 100.0, 80.0, 96.5
_GAP = math.asin(3 / _RADIUS)  # three units on either side of where two years meet
_BASELINE = 2.6  # half the height of a figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Arc:
    """A year: its whole track, what is done, what is on its way (from where it begins), and its number's place."""

    number: int
    track: str
    done: str
    awaited: str
    is_now: bool
    x: str
    y: str


@dataclass(frozen=True, slots=True, kw_only=True)
class YearLine:
    """A year of the table beside the ring."""

    year: YearSum
    is_now: bool
    is_done: bool
    label: str
    sum: str


def arcs_of(years: Sequence[YearSum], *, now: int, awaited: int) -> list[Arc]:
    """The arcs of the years; `awaited` ЗЕТ lengthen the one of the present year, never past its end."""
    whole = 2 * math.pi / len(years) if years else 0.0
    found = []
    for place, year in enumerate(years):
        first, sweep = place * whole + _GAP, whole - 2 * _GAP
        done = _share(year.total, year.target)
        coming = _share(year.total + awaited, year.target) if year.number == now and awaited else done
        middle = (place + 0.5) * whole
        found.append(
            Arc(
                number=year.number,
                track=_arc(first, first + sweep),
                done=_arc(first, first + sweep * done) if done else "",
                awaited=_arc(first, first + sweep * coming) if coming > done else "",
                is_now=year.number == now,
                x=f"{_CENTRE + _LABEL_RADIUS * math.sin(middle):.1f}",
                y=f"{_CENTRE - _LABEL_RADIUS * math.cos(middle) + _BASELINE:.1f}",
            )
        )
    return found


def ring_html(arcs: Iterable[Arc]) -> SafeString:
    """The inside of the drawing; what it says in words stands beside it."""
    drawn = (
        f"""
<path class="t" d="{arc.track}"/>
{f'<path stroke="url(#hatch)" d="{arc.awaited}"/>' if arc.awaited else ""}
{f'<path class="{"n" if arc.is_now else "d"}" d="{arc.done}"/>' if arc.done else ""}
<text class="lab" x="{arc.x}" y="{arc.y}" text-anchor="middle">{arc.number}</text>
"""
        for arc in arcs
    )
    return mark_safe("".join(drawn))  # noqa: S308 - numbers alone


def years_html(lines: Iterable[YearLine], *, with_other: bool) -> SafeString:
    """The rows of the table: what each part came to in each year."""
    rows = (
        f"""
<tr{' class="now"' if line.is_now else ""}>
  <td><span class="sw{" sw--n" if line.is_now else " sw--d" if line.is_done else ""}"></span>{escape(line.label)}</td>
  <td class="r opt">{line.year.parts["programme"]}</td>
  <td class="r opt">{line.year.parts["event"]}</td>
  <td class="r opt">{line.year.parts["module"]}</td>
  {f'<td class="r opt">{line.year.parts["other"]}</td>' if with_other else ""}
  <td class="r nowrap">{escape(line.sum)}</td>
</tr>
"""
        for line in lines
    )
    return mark_safe("".join(rows))  # noqa: S308 - words are escaped, the rest are numbers


def _share(credits_: int, target: int) -> float:
    return min(1.0, max(0, credits_) / target) if target else 0.0


@functools.lru_cache(maxsize=2000)  # years of people reach as far as those of others
def _arc(first: float, last: float) -> str:
    """A path clockwise between two angles from the top, in radians."""
    large = 1 if last - first > math.pi else 0
    return f"M{_point(first)}A{_RADIUS} {_RADIUS} 0 {large} 1 {_point(last)}"


def _point(angle: float) -> str:
    return f"{_CENTRE + _RADIUS * math.sin(angle):.2f} {_CENTRE - _RADIUS * math.cos(angle):.2f}"
