"""The days of a cycle: its years, their ends, its last day."""

from __future__ import annotations

import datetime as dt
import functools

CYCLE_YEARS = 5
ONE_DAY = dt.timedelta(days=1)
YEAR_LETTER_BEFORE = dt.timedelta(days=30)  # a month is enough for an event or a module, not for nothing
LAST_YEAR = dt.MAXYEAR - CYCLE_YEARS - 1


def anniversary(day: dt.date, years: int) -> dt.date:
    """The same day so many years later; 29 February becomes 1 March where there is none, so that a year is whole."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return dt.date(day.year + years, 3, 1)


@functools.lru_cache(maxsize=5000)  # a page asks for the same few of its cycle some sixty times
def year_bounds(begins_on: dt.date, number: int) -> tuple[dt.date, dt.date]:
    """The first and the last day (inclusive) of a year of a cycle; the first year is 1."""
    return anniversary(begins_on, number - 1), anniversary(begins_on, number) - ONE_DAY


def year_letter_on(begins_on: dt.date, *, after: dt.date) -> dt.date | None:
    """The next day after another on which a letter says how a year of a cycle ends; nothing after the last one."""
    days = (year_bounds(begins_on, number)[1] - YEAR_LETTER_BEFORE for number in range(1, CYCLE_YEARS + 1))
    return next((day for day in days if day > after), None)


def last_day(begins_on: dt.date, years: int = CYCLE_YEARS) -> dt.date:
    """The last day (inclusive) of a cycle of so many years."""
    return year_bounds(begins_on, years)[1]


def year_of(begins_on: dt.date, day: dt.date) -> int:
    """Which year of a cycle a day is in: 1 is the first; 0 or less before it began, above five after it ended."""
    number = day.year - begins_on.year + 1
    return number - 1 if day < year_bounds(begins_on, number)[0] else number
