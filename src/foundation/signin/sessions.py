"""The session engine: one row a session, found by the hash of its key (docs/decisions/0007)."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import load_backend
from django.contrib.sessions.backends.base import VALID_KEY_CHARS, SessionBase
from django.db import connection
from django.utils import timezone
from django.utils.crypto import get_random_string

from foundation.signin.backends import Accounts
from foundation.signin.models import Session

_KEY_LENGTH = 32  # of 36 signs: 165 bits, so that no key is tried twice
SEEN_EVERY = dt.timedelta(minutes=1)


def hash_of(key: str) -> str:
    """What the table keeps of a session's key."""
    return hashlib.sha256(key.encode()).hexdigest()


class SessionStore(SessionBase):
    """Django's session interface over `Session`. Idle and absolute limits are kept here, on the server."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self.row: Session | None = None
        self.account: Any = None  # found in one statement with the row
        self.lost = False  # the browser's key opens nothing: it ended, or another request has just renewed it
        self.columns: dict[str, Any] = {}
        self.origin: dict[str, Any] = {}  # set by the middleware: ip and agent of the browser

    def load(self) -> dict[str, Any]:
        row = self._find(self.session_key)
        if row is None:
            self._session_key, self.lost = None, True
            return {}
        self.row = row
        return dict(row.data)

    async def aload(self) -> dict[str, Any]:
        raise NotImplementedError("the portal has no asynchronous views")

    def is_empty(self) -> bool:
        """Whether the cookie goes: after a sign-out, and not because its key opens nothing.

        A request that was on its way while another one signed the person in carries the key from before. Would its
        answer take the cookie away, it would take the new one.
        """
        return super().is_empty() and (self.modified or not self.lost)

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(key_hash=hash_of(session_key)).exists()

    def create(self) -> None:
        """Take a new key; the row is written when the session is saved, once, at the end of the request."""
        self._session_key = get_random_string(_KEY_LENGTH, VALID_KEY_CHARS)
        self._session_cache: dict[str, Any] = {}
        self.row, self.modified = None, True

    def describe(self, **columns: Any) -> None:
        """Set columns of the session's row: how the person came in, how long it may last."""
        self.columns |= columns
        self.modified = True

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002 - Django's signature
        if self.session_key is None:
            data = dict(self._get_session())  # type: ignore[attr-defined]  # Django's own engines use it
            self.create()
            self._session_cache = data
        data = dict(self._get_session())  # type: ignore[attr-defined]
        account = data.get("_auth_user_id")
        row = self.row or self._new_row()
        row.data = data
        row.account_id = int(account) if account else None  # type: ignore[assignment]  # nullable
        for name, value in self.columns.items():
            setattr(row, name, value)
        if self.row is None:
            row.save(force_insert=True)
        else:
            row.save(update_fields=["data", "account", *self.columns])
        self.row, self.columns = row, {}

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            Session.objects.filter(key_hash=hash_of(key), ended_at=None).update(ended_at=timezone.now())
        self.row = None

    @classmethod
    def clear_expired(cls) -> None:
        now = timezone.now()
        Session.objects.filter(expires_at__lt=now - dt.timedelta(days=30)).delete()
        Session.objects.filter(account=None, expires_at__lt=now).delete()

    def touch(self, now: dt.datetime) -> None:
        """Remember that the browser was here; at most once a minute."""
        if self.row is not None and now - self.row.seen_at >= SEEN_EVERY:
            self.row.seen_at = now
            with connection.cursor() as cursor:  # one way to PostgreSQL and back; saving the row takes three
                cursor.execute("UPDATE signin_session SET seen_at = %s WHERE id = %s", [now, self.row.pk])

    def _new_row(self) -> Session:
        now = timezone.now()
        return Session(
            key_hash=hash_of(self.session_key or ""),
            ip=self.origin.get("ip") or None,
            agent=self.origin.get("agent", ""),
            created_at=now,
            seen_at=now,
            idle_s=settings.SESSION_IDLE_S,
            expires_at=now + dt.timedelta(seconds=settings.SESSION_ABSOLUTE_S),
        )

    def _find(self, key: str | None) -> Session | None:
        if not key:
            return None
        now = timezone.now()
        accounts = cast("Accounts", load_backend(settings.AUTHENTICATION_BACKENDS[0]))
        found = accounts.open_session(hash_of(key), now)
        if found is None or now - found[0].seen_at > dt.timedelta(seconds=found[0].idle_s):
            return None
        row, self.account = found
        return row
