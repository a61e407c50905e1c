"""Who a session belongs to."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend

from foundation.db.rows import first_of, joined_of
from foundation.signin.models import Session

_known: ContextVar[Any] = ContextVar("known", default=None)
# By hand, as each request asks it; no other column tells sessions apart, so there is one row or none.
OPEN = "WHERE t.key_hash = %s AND t.ended_at IS NULL AND t.expires_at > %s"


@contextlib.contextmanager
def known_beside(account: Any) -> Iterator[None]:
    """While Django asks whose session it is: the account that was found in one statement with the session."""
    token = _known.set(account)
    try:
        yield
    finally:
        _known.reset(token)


class Accounts(ModelBackend):
    """Django's, but the account comes with its session, by one statement written by hand."""

    def get_user(self, user_id: int) -> Any:
        """The account by its key, if it may be in."""
        known = _known.get()
        found = known if known is not None and known.pk == user_id else self.find(user_id)
        return found if found is not None and self.user_can_authenticate(found) else None

    def find(self, user_id: int) -> Any:
        """The account by its key."""
        return first_of(get_user_model(), "WHERE id = %s", [user_id])

    def open_session(self, key_hash: str, now: dt.datetime) -> tuple[Session, Any] | None:
        """A session that has not ended, and the account that has signed in by it, if any."""
        accounts = get_user_model()
        beside = f"LEFT JOIN {accounts._meta.db_table} a ON a.id = t.account_id {OPEN}"
        found = joined_of({"t": Session, "a": accounts}, beside, [key_hash, now])
        return (found[0][0], found[0][1]) if found else None
