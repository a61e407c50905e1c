"""The history of an account's ways in, and the browsers it knows."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from django.db.models import QuerySet

from foundation.runtime.facts import RequestFacts
from foundation.signin.models import AuthEvent, KnownDevice

Kind = AuthEvent.Kind
DEVICE_COOKIE = "device"
DEVICE_AGE_S = 180 * 24 * 3600


def record_event(
    account_id: int | None, kind: str, facts: RequestFacts | None, *, now: dt.datetime, detail: str = ""
) -> AuthEvent:
    """Write down what happened, in the caller's transaction."""
    return AuthEvent.objects.create(
        account_id=account_id,
        at=now,
        kind=kind,
        ip=(facts.ip or None) if facts else None,
        agent=facts.agent if facts else "",
        detail=detail,
    )


def events_of(account_id: int) -> QuerySet[AuthEvent]:
    """What happened, newest first."""
    return AuthEvent.objects.filter(account_id=account_id).order_by("-at", "-id")


def is_known_device(account_id: int, token: str) -> bool:
    """Whether this browser completed a sign-in of this account before."""
    return bool(token) and KnownDevice.objects.filter(account_id=account_id, token_hash=_hash(token)).exists()


def remember_device(account_id: int, token: str, now: dt.datetime) -> tuple[str, bool]:
    """Know the browser from now on. Returns its token, and whether the account knew others but not this one."""
    token = token or secrets.token_urlsafe(24)
    known = KnownDevice.objects.filter(account_id=account_id)
    if known.filter(token_hash=_hash(token)).update(seen_at=now):
        return token, False
    others = known.exists()
    row = KnownDevice(account_id=account_id, token_hash=_hash(token), seen_at=now, created_at=now)
    KnownDevice.objects.bulk_create([row], ignore_conflicts=True)
    return token, others


def has_devices(account_id: int) -> bool:
    """Whether any browser is known; the first one is not worth a letter."""
    return KnownDevice.objects.filter(account_id=account_id).exists()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
