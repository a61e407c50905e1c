"""Opening and ending sessions, and what has to be done before a session is worth anything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest

from foundation.signin.models import Session
from foundation.signin.sessions import SessionStore

BACKEND = settings.AUTHENTICATION_BACKENDS[0]
STAGE = "stage"
FRESH_AT = "authenticated_at"
SHORT_SESSION_S = 1800


def start_session(
    request: HttpRequest,
    account: AbstractBaseUser,
    *,
    method: str,
    amr: Iterable[str],
    now: dt.datetime,
    stages: Iterable[str] = (),
    strange_computer: bool = False,
) -> None:
    """Sign the account in: a new key, the old one dead (promise I7). `stages`: what must be done first, in order."""
    request.session.flush()
    login(request, account, backend=BACKEND)  # type: ignore[arg-type]  # any site's account
    store = _store(request)
    store[STAGE] = list(stages)
    store[FRESH_AT] = now.timestamp()
    staff = bool(getattr(account, "is_staff_member", False))
    idle_s = settings.STAFF_SESSION_IDLE_S if staff else settings.SESSION_IDLE_S
    limit = settings.STAFF_SESSION_ABSOLUTE_S if staff else settings.SESSION_ABSOLUTE_S
    if strange_computer:
        idle_s = SHORT_SESSION_S
    if "password" in store[STAGE]:
        limit = SHORT_SESSION_S  # a temporary password opens half an hour to choose one's own
    store.describe(method=method, amr=sorted(set(amr)), idle_s=idle_s, expires_at=now + dt.timedelta(seconds=limit))


def pass_stage(
    request: HttpRequest, stage: str, *, amr: Iterable[str] = (), now: dt.datetime, proven: bool = True
) -> None:
    """The stage is done: take it off and change the key. `proven`: it showed anew who the person is (promise I8)."""
    store = _store(request)
    store[STAGE] = [item for item in store.get(STAGE, []) if item != stage]
    if proven:
        store[FRESH_AT] = now.timestamp()
    rotate(request, amr=amr)


def add_stage(request: HttpRequest, stage: str) -> None:
    """Something has to be done before this session goes on: it has gained a right that asks for more proof."""
    store = _store(request)
    store[STAGE] = [*store.get(STAGE, []), stage]
    rotate(request)
    store.describe(idle_s=min(store.columns.get("idle_s", settings.SESSION_IDLE_S), settings.STAFF_SESSION_IDLE_S))


def rotate(request: HttpRequest, *, amr: Iterable[str] = ()) -> None:
    """Give the session a new key, keeping what it knows; the old key is dead at once."""
    store = _store(request)
    old = session_row(request)
    store.cycle_key()
    if old is not None:
        store.describe(
            method=old.method,
            idle_s=old.idle_s,
            expires_at=old.expires_at,
            amr=sorted({*old.amr, *amr}),
            created_at=old.created_at,
        )


def stages_of(request: HttpRequest) -> list[str]:
    """What still has to be done in this session."""
    return list(request.session.get(STAGE, []))


def is_fresh(request: HttpRequest, now: dt.datetime) -> bool:
    """Whether the person proved who they are less than ten minutes ago (promise I8)."""
    at = request.session.get(FRESH_AT)
    return isinstance(at, float | int) and now.timestamp() - at < settings.SUDO_SECONDS


def end_session(request: HttpRequest) -> None:
    """Sign out: the key is dead on the server."""
    logout(request)


def sessions_of(account_id: int, now: dt.datetime) -> QuerySet[Session]:
    """Open sessions, the last seen first."""
    idle = ExpressionWrapper(F("idle_s") * dt.timedelta(seconds=1), output_field=DurationField())
    idle_end = ExpressionWrapper(F("seen_at") + idle, output_field=DateTimeField())
    rows = Session.objects.filter(account_id=account_id, ended_at=None, expires_at__gt=now)
    return rows.alias(idle_end=idle_end).filter(idle_end__gt=now).order_by("-seen_at")


def end_sessions_of(account_id: int, *, except_id: int | None = None) -> int:
    """End sessions on the server at once. Returns how many."""
    rows = Session.objects.filter(account_id=account_id, ended_at=None)
    return rows.exclude(pk=except_id).update(ended_at=Now()) if except_id else rows.update(ended_at=Now())


def session_row(request: HttpRequest) -> Session | None:
    """The row of this request's session, written first when it is not there yet."""
    store = _store(request)
    if store.row is None and not store.is_empty() and store.modified:
        store.save()
    return store.row


def _store(request: HttpRequest) -> SessionStore:
    store = request.session
    if not isinstance(store, SessionStore):
        raise TypeError("SESSION_ENGINE must be foundation.signin.sessions")
    return store
