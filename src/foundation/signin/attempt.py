"""One try to come in by password: counting, locking, checking; the same work for known and unknown people.

The throttle has two kinds of keys (identity.md 7.3, promises I1-I3): what locks is (login, network) or (login, known
device), so that strangers cannot lock the owner out; what only asks for a human check is the login over all strangers
and the network over all logins.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from django.conf import settings
from django.contrib.auth.hashers import check_password

from foundation.runtime.facts import RequestFacts
from foundation.signin import throttle
from foundation.signin.events import is_known_device

STRANGERS_LIMIT, STRANGERS_WINDOW_S = 20, 3600
HOPELESS = 100
NETWORK_LIMIT, NETWORK_CLOSED, NETWORK_WINDOW_S = 100, 300, 3600
HUMAN_AFTER = 2
# A hash of nothing anybody knows, at today's cost: what an unknown login is checked against.
DUMMY = "argon2$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LWhhcy10aGlzLXNhbHQ$OkdcF/ZffE0pcafADfzdTrWvPb7J9Gi8rtLbDOju4Tk"


class Outcome(Enum):
    """How a try ended."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"
    HUMAN = "human"
    RECOVER = "recover"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """`by`: which password was right. `left`: tries before the way closes. `locked_until`: when it opens again.

    `locked_now`: this very try closed it.
    """

    outcome: Outcome
    by: str = ""
    left: int = 0
    locked_until: dt.datetime | None = None
    locked_now: bool = False


def lock_key(login: str, facts: RequestFacts, *, known_device: bool) -> str:
    """The key that five wrong passwords close."""
    return f"login:{login}:device:{facts.device}" if known_device else f"login:{login}:network:{facts.network}"


def human_check_needed(login: str, facts: RequestFacts, *, now: dt.datetime) -> bool:
    """Whether the form must show the check: after two wrong ones here, or many by strangers anywhere."""
    return _asks_human(*throttle.peek(*_human_keys(login, facts), now=now))


def _human_keys(login: str, facts: RequestFacts) -> tuple[str, str, str]:
    return f"human:{login}:{facts.network}", f"strangers:{login}", f"network:{facts.network}"


def _asks_human(here: throttle.Verdict, strangers: throttle.Verdict, network: throttle.Verdict) -> bool:
    return here.hits >= HUMAN_AFTER or strangers.hits >= STRANGERS_LIMIT or network.hits >= NETWORK_LIMIT


def try_password(  # noqa: PLR0911 - one return for each way a try can end
    *,
    login: str,
    account_id: int | None,
    check: Callable[[], str],
    facts: RequestFacts,
    human: bool,
    now: dt.datetime,
) -> Attempt:
    """Count the try and, if it is allowed, make it.

    `check` does the same work whoever it is, and tells by which password the person came in: empty when by none.
    `human`: the human check was passed. Runs outside a transaction: what is counted stays counted.
    Raises foundation.signin.hashing.TooBusy.
    """
    known = is_known_device(account_id or 0, facts.device)
    key = lock_key(login, facts, known_device=known)
    way, *counts = throttle.peek(key, *_human_keys(login, facts), now=now)
    _here, strangers, network = counts
    if way.locked_until is not None:
        return Attempt(outcome=Outcome.LOCKED, locked_until=way.locked_until)
    if network.hits >= NETWORK_CLOSED:
        return Attempt(outcome=Outcome.LOCKED, locked_until=network.locked_until or now + dt.timedelta(seconds=600))
    if not known and strangers.hits >= HOPELESS:
        return Attempt(outcome=Outcome.RECOVER)
    if _asks_human(*counts) and not human:
        return Attempt(outcome=Outcome.HUMAN)
    reserved = throttle.reserve(
        key, limit=settings.LOCK_ATTEMPTS, window_s=settings.LOCK_WINDOW_S, lock_s=settings.LOCK_SECONDS, now=now
    )
    if not reserved.allowed:
        return Attempt(outcome=Outcome.LOCKED, locked_until=reserved.locked_until)
    by = check()
    if by:
        forget_tries(login, facts, known_device=known)
        return Attempt(outcome=Outcome.RIGHT, by=by)
    return _count_wrong(login, key, facts, known=known, hits=reserved.hits, now=now)


def _count_wrong(login: str, key: str, facts: RequestFacts, *, known: bool, hits: int, now: dt.datetime) -> Attempt:
    throttle.reserve(f"human:{login}:{facts.network}", limit=10**6, window_s=3600, lock_s=1, now=now)
    throttle.reserve(f"network:{facts.network}", limit=NETWORK_CLOSED, window_s=NETWORK_WINDOW_S, lock_s=600, now=now)
    if not known:
        throttle.reserve(f"strangers:{login}", limit=10**6, window_s=STRANGERS_WINDOW_S, lock_s=1, now=now)
    left = settings.LOCK_ATTEMPTS - hits
    if left > 0:
        return Attempt(outcome=Outcome.WRONG, left=left)
    until = now + dt.timedelta(seconds=settings.LOCK_SECONDS)
    throttle.lock(key, until=until)
    return Attempt(outcome=Outcome.LOCKED, locked_until=until, locked_now=True)


def right_password(password: str, encoded: str) -> bool:
    """Whether the password fits; without a hash (nobody there) the same work is done on a hash of nothing."""
    return check_password(password, encoded or DUMMY) and bool(encoded)


def forget_tries(login: str, facts: RequestFacts | None, *, known_device: bool = False) -> None:
    """After a right password: the counts of this place start anew."""
    if facts is not None:
        throttle.clear(lock_key(login, facts, known_device=known_device), f"human:{login}:{facts.network}")


def clear_locks(login: str, facts: RequestFacts) -> None:
    """After a finished recovery: every count that could stand in the way of its owner here."""
    throttle.clear(
        f"login:{login}:device:{facts.device}",
        f"login:{login}:network:{facts.network}",
        f"human:{login}:{facts.network}",
        f"strangers:{login}",
    )
