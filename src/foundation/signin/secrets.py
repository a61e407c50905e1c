"""Links, temporary passwords and codes: kept as hashes, used once, until a moment."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac

from django.db import transaction
from django.db.models import DateTimeField, F, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused
from foundation.runtime.keys import keys
from foundation.signin.models import OneTimeSecret

Purpose = OneTimeSecret.Purpose
_MOMENT = dt.timedelta(microseconds=1)  # a secret lives for a while, says the table


class LinkUnknown(Refused):
    message = _("There is no such link. Check that it was copied whole.")


class LinkExpired(Refused):
    message = _("This link has expired. Ask for a new one.")


class LinkUsed(Refused):
    message = _("This link was already used. You can sign in.")


def digest_of(purpose: str, secret: str) -> str:
    """What the table keeps of a secret: an HMAC, because a short code's plain hash could be searched."""
    return hmac.new(keys().derive, f"secret:{purpose}:{secret}".encode(), hashlib.sha256).hexdigest()


def issue(
    *,
    account_id: int | None,
    purpose: str,
    secret: str,
    expires_at: dt.datetime,
    now: dt.datetime,
    subject_id: int | None = None,
) -> OneTimeSecret:
    """Make a secret valid. Issuing the same one again (a job that runs twice) changes nothing."""
    row, _made = OneTimeSecret.objects.get_or_create(
        purpose=purpose,
        digest=digest_of(purpose, secret),
        defaults={
            "account_id": account_id,
            "subject_id": subject_id,
            "expires_at": expires_at,
            "created_at": now,
        },
    )
    return row


def find(purpose: str, secret: str, now: dt.datetime) -> OneTimeSecret:
    """The usable secret. Raises LinkUnknown, LinkUsed or LinkExpired. Changes nothing."""
    return _usable(OneTimeSecret.objects.filter(purpose=purpose, digest=digest_of(purpose, secret)).first(), now)


def use(purpose: str, secret: str, now: dt.datetime) -> OneTimeSecret:
    """Use a secret up, in the caller's transaction: of two at once the second gets LinkUsed. Raises as `find`."""
    with transaction.atomic():
        rows = OneTimeSecret.objects.select_for_update(of=("self",), no_key=True)
        row = _usable(rows.filter(purpose=purpose, digest=digest_of(purpose, secret)).first(), now)
        row.used_at = now
        row.save(update_fields=["used_at"])
    return row


def row_of(purpose: str, secret: str) -> OneTimeSecret | None:
    """The row of a secret, usable or not: for pages that say more than «used» of it. Changes nothing."""
    return OneTimeSecret.objects.filter(purpose=purpose, digest=digest_of(purpose, secret)).first()


def withdraw_about(subject_id: int, purpose: str, *, now: dt.datetime, keep: str = "") -> None:
    """Make the open secrets about a row useless, but for one: a newer letter replaces them, or came to a stranger."""
    rows = OneTimeSecret.objects.filter(purpose=purpose, subject_id=subject_id, used_at=None)
    rows.exclude(digest=digest_of(purpose, keep)).update(used_at=now)


def withdraw(account_id: int, *purposes: str, now: dt.datetime) -> None:
    """Make the account's open secrets of these purposes expire: nobody has used them, a newer one is in force."""
    rows = OneTimeSecret.objects.filter(account_id=account_id, purpose__in=purposes, used_at=None, expires_at__gt=now)
    rows.update(expires_at=Greatest(Value(now, DateTimeField()), F("created_at") + _MOMENT))


def _usable(row: OneTimeSecret | None, now: dt.datetime) -> OneTimeSecret:
    if row is None:
        raise LinkUnknown
    if row.used_at is not None:
        raise LinkUsed
    if now >= row.expires_at:
        raise LinkExpired
    return row
