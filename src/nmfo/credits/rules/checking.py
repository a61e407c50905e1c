"""When a code gives its credits, what fits whom, and what takes a second person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from nmfo.credits.rules.refusals import (
    CodeAnnulled,
    CodeExpired,
    CodeOfAnother,
    CodeSpentByAnother,
    CodeSpentByYou,
    CountOutOfRange,
    DayInTheFuture,
    DayTooLongAgo,
    HigherLevelNeeded,
    LevelDoesNotFit,
    ReasonMissing,
    ReasonTooLong,
    SpecialtyDoesNotFit,
    TermOutOfRange,
)
from nmfo.credits.rules.words import ALONE_UPTO, LONGEST_REASON, MOST_CODE_DAYS, MOST_CODES, SHORTEST_REASON, CodeState

EARLIEST_DAY = dt.date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFacts:
    """What is known of a code when somebody types it."""

    state: str
    activated_by_id: int | None
    activated_on: dt.date | None
    specialist_id: int | None  # bound to this person; None: to whoever brings it
    valid_until_on: dt.date
    annulled_reason: str


def check_redeemable(code: CodeFacts, *, specialist_id: int, today: dt.date, day: str, until: str) -> None:
    """Refuse a code that is spent, annulled, of another person, or past its last valid day (inclusive).

    `day` and `until` are the day of its use and its last day as the reader's language writes them. What cannot be
    mended by waiting or asking comes first.
    """
    if code.state == CodeState.ACTIVATED:
        if code.activated_by_id == specialist_id:
            raise CodeSpentByYou(date=day)
        raise CodeSpentByAnother
    if code.specialist_id not in {None, specialist_id}:
        raise CodeOfAnother
    if code.state == CodeState.ANNULLED:
        raise CodeAnnulled(reason=code.annulled_reason.rstrip(". "))
    if today > code.valid_until_on:
        raise CodeExpired(date=until)


def check_fits(
    *,
    levels: Collection[str],
    own_levels: Collection[str],
    specialties: Collection[int],
    own: Collection[int],
    name: str,
) -> None:
    """Refuse an item that counts for none of a person's levels and specialties (product.md, Confirmation code).

    `specialties` and `own` are compared as they are: the caller has put the names of older and newer orders together.
    Who has no document with a specialty yet cannot be judged and is let through; `name` is their specialty to name.
    """
    if levels and own_levels and not set(levels) & set(own_levels):
        raise HigherLevelNeeded if "higher" in levels else LevelDoesNotFit
    if specialties and own and not set(specialties) & set(own):
        raise SpecialtyDoesNotFit(specialty=name)


def check_reason(reason: str) -> str:
    """The reason without spaces around; refuse one that says nothing or too much."""
    words = reason.strip()
    if len(words) < SHORTEST_REASON:
        raise ReasonMissing
    if len(words) > LONGEST_REASON:
        raise ReasonTooLong(most=LONGEST_REASON)
    return words


def check_has_been(day: dt.date | None, *, today: dt.date) -> None:
    """Refuse a day that has not come yet, or of a year mistyped; none is said by whoever does not remember it.

    Browsers make the year 26 of «26» that is typed into a calendar. Nobody who is at work now learnt before
    `EARLIEST_DAY`.
    """
    if day is not None and day > today:
        raise DayInTheFuture
    if day is not None and day < EARLIEST_DAY:
        raise DayTooLongAgo(since=f"{EARLIEST_DAY:%d.%m.%Y}")


def check_batch(*, count: int, valid_until_on: dt.date, today: dt.date, until: str) -> None:
    """Refuse a batch of no or too many codes, or with a last day in the past or more than a year ahead."""
    if not 1 <= count <= MOST_CODES:
        raise CountOutOfRange(most=MOST_CODES)
    if not today <= valid_until_on <= last_code_day(today):
        raise TermOutOfRange(until=until)


def last_code_day(today: dt.date) -> dt.date:
    """The latest last day that a batch issued today may have."""
    return today + dt.timedelta(days=MOST_CODE_DAYS)


def takes_a_second_person(count: int, *, alone: int) -> bool:
    """Whether so many codes are not issued by one person alone, after the `alone` ones of the same event (Z4)."""
    return count + alone > ALONE_UPTO
