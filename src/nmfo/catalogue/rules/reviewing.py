"""Moves of versions, who may review whose, until when; and searches that people keep."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from nmfo.accounts.rules import Role
from nmfo.catalogue.rules.refusals import (
    EventHasBegun,
    NotOfOperators,
    OwnItem,
    SearchEmpty,
    SearchNameMissing,
    SearchNameTooLong,
    SearchTooLong,
    VersionMoved,
    VersionPublished,
)
from nmfo.catalogue.rules.words import (
    EDITABLE,
    LONGEST_SEARCH,
    LONGEST_SEARCH_NAME,
    REVIEW_DAYS,
    VERSION_MOVES,
    VersionState,
)


def check_move(state: str, to: str) -> None:
    """Refuse a way that the table does not have."""
    if to not in VERSION_MOVES[state]:
        raise VersionMoved(state=VersionState(state).label)


def has_begun(*, begins_at: dt.datetime | None, withdrawn_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether an event, as it was published last, has begun. One that was withdrawn before may have another day."""
    return begins_at is not None and begins_at <= (withdrawn_at or now)


def check_not_begun(*, begins_at: dt.datetime | None, withdrawn_at: dt.datetime | None, now: dt.datetime) -> None:
    """Refuse a new version of an event that has begun."""
    if has_begun(begins_at=begins_at, withdrawn_at=withdrawn_at, now=now):
        raise EventHasBegun


def check_search(*, query: str, name: str) -> None:
    """Refuse to save what asks for nothing, is too long, or has no name."""
    if not query:
        raise SearchEmpty
    if len(query) > LONGEST_SEARCH:
        raise SearchTooLong
    if not name:
        raise SearchNameMissing
    if len(name) > LONGEST_SEARCH_NAME:
        raise SearchNameTooLong(most=LONGEST_SEARCH_NAME)


def check_editable(state: str) -> None:
    """Refuse to write in a version that its authors do not hold."""
    if state in {VersionState.PUBLISHED, VersionState.SUPERSEDED}:
        raise VersionPublished
    if state not in EDITABLE:
        raise VersionMoved(state=VersionState(state).label)


def due_on(submitted_on: dt.date, *, days: int = REVIEW_DAYS) -> dt.date:
    """The last day of the review, inclusive. Each submission has a term of its own."""
    return submitted_on + dt.timedelta(days=days)


def is_overdue(state: str, due: dt.date | None, today: dt.date) -> bool:
    """Whether the operator is late with a version."""
    return state == VersionState.SUBMITTED and due is not None and today > due


def check_operator(roles: Iterable[str]) -> None:
    """Refuse those who do not work for the operator."""
    if Role.OPERATOR not in set(roles):
        raise NotOfOperators


def check_not_own(*, decider_snils: str, snils_of_the_others: Iterable[str]) -> None:
    """Nobody decides about what they or their organisation submitted: by person, not by account (Z4, Z5)."""
    if decider_snils in set(snils_of_the_others):
        raise OwnItem
