"""Sessions and second steps of an account; each change leaves its row in the trail (promise T1)."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from foundation.audit.operations import record
from foundation.errors import Refused
from foundation.runtime.facts import RequestFacts
from foundation.signin import throttle
from foundation.signin.events import Kind, record_event
from foundation.signin.factors import (
    add_passkey,
    add_totp,
    factors_of,
    make_recovery_codes,
    recovery_codes_left,
    remove_factor,
)
from foundation.signin.models import Session
from foundation.signin.operations import end_sessions_of
from nmfo.accounts.models import Account


class PasswordWrong(Refused):
    message = _("This is not your password.")
    field = "password"


class TooManyTries(Refused):
    message = _("Five wrong passwords in a row. Try again in ten minutes.")
    field = "password"


def prove_again(*, account: Account, password: str, facts: RequestFacts, now: dt.datetime) -> None:
    """Check the password of somebody who is signed in. Raises PasswordWrong, TooManyTries."""
    key = f"again:{account.pk}"
    counted = throttle.reserve(
        key, limit=settings.LOCK_ATTEMPTS, window_s=settings.LOCK_WINDOW_S, lock_s=settings.LOCK_SECONDS, now=now
    )
    if not counted.allowed:
        raise TooManyTries
    if not check_password(password, account.password):
        record_event(account.pk, Kind.WRONG_PASSWORD, facts, now=now)
        raise PasswordWrong
    throttle.clear(key)


def keep_signed_in(request: HttpRequest, account: Account) -> None:
    """After a change of one's own password this session goes on, under a new key."""
    update_session_auth_hash(request, account)


@transaction.atomic
def end_one_session(*, account: Account, session_id: int, facts: RequestFacts, now: dt.datetime) -> bool:
    """End a session of the account; somebody else's is not touched. Tells whether there was one."""
    ended = Session.objects.filter(pk=session_id, account=account, ended_at=None).update(ended_at=now)
    if ended:
        _tell(account, Kind.SESSIONS_ENDED, "account.session_ended", facts, now)
    return bool(ended)


@transaction.atomic
def end_other_sessions(*, account: Account, own_id: int | None, facts: RequestFacts, now: dt.datetime) -> None:
    """End every session but one's own."""
    end_sessions_of(account.pk, except_id=own_id)
    _tell(account, Kind.SESSIONS_ENDED, "account.sessions_ended", facts, now)


@transaction.atomic
def enrol_application(*, account: Account, secret: str, code: str, facts: RequestFacts, now: dt.datetime) -> list[str]:
    """Take codes of an application into use. Returns the sheet of recovery codes. Raises CodeWrong."""
    add_totp(account_id=account.pk, secret=secret, code=code, now=now)
    _tell(account, Kind.FACTOR_ADDED, "account.factor_added", facts, now)
    return make_recovery_codes(account_id=account.pk, now=now)


@transaction.atomic
def enrol_passkey(
    *, account: Account, challenge: str, answer: str, name: str, facts: RequestFacts, now: dt.datetime
) -> list[str]:
    """Take a passkey into use; with the first factor comes a sheet of recovery codes. Raises PasskeyFailed."""
    add_passkey(account_id=account.pk, challenge=challenge, answer=answer, name=name, now=now)
    _tell(account, Kind.FACTOR_ADDED, "account.factor_added", facts, now)
    if recovery_codes_left(account.pk) or factors_of(account.pk).count() > 1:
        return []
    return make_recovery_codes(account_id=account.pk, now=now)


@transaction.atomic
def drop_factor(*, account: Account, factor_id: int, facts: RequestFacts, now: dt.datetime) -> None:
    """Remove a factor. Raises LastFactor for staff."""
    remove_factor(account_id=account.pk, factor_id=factor_id, obligatory=account.is_staff_member)
    _tell(account, Kind.FACTOR_REMOVED, "account.factor_removed", facts, now)


@transaction.atomic
def renew_codes(*, account: Account, facts: RequestFacts, now: dt.datetime) -> list[str]:
    """A new sheet of recovery codes."""
    codes = make_recovery_codes(account_id=account.pk, now=now)
    _tell(account, Kind.FACTOR_ADDED, "account.recovery_codes_renewed", facts, now)
    return codes


def _tell(account: Account, kind: str, action: str, facts: RequestFacts, now: dt.datetime) -> None:
    record_event(account.pk, kind, facts, now=now)
    record(actor_id=account.pk, action=action, subject="account", subject_id=account.pk, facts=facts)
