"""Coming in by password, and what a right password still has to pass."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from foundation.audit.operations import record
from foundation.errors import Refused
from foundation.jobs.deferring import configure_job
from foundation.mail.operations import put_letter
from foundation.runtime.facts import RequestFacts
from foundation.signin import secrets, throttle
from foundation.signin.attempt import Attempt, Outcome, right_password, try_password
from foundation.signin.events import Kind, has_devices, record_event, remember_device
from foundation.signin.factors import CodeWrong, PasskeyFailed, check_code, has_second_factor
from foundation.signin.models import AuthEvent, Factor, OneTimeSecret
from nmfo.accounts.models import Account
from nmfo.accounts.operations.recovering import may_recover, reopen_if_closed
from nmfo.accounts.operations.registering import temporary_secret
from nmfo.accounts.queries import account_by_login, has_unread_versions, read_login
from nmfo.accounts.rules import State

TELL_OF_LOCK = "accounts.tell_of_lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """How a try ended; with an account when it was right. `stages`: what has to be done before anything else."""

    attempt: Attempt
    account: Account | None = None
    stages: tuple[str, ...] = ()


def sign_in_by_password(*, login: str, password: str, human: bool, facts: RequestFacts, now: dt.datetime) -> SignIn:
    """Try a login and a password. The same work, and one answer, for unknown, wrong, disabled (promises I1-I3).

    Not in a transaction: tries that were counted stay counted. Raises foundation.signin.hashing.TooBusy.
    """
    account = account_by_login(login)
    usable = account if account is not None and account.state == State.ACTIVE else None
    recoverable = account if account is not None and may_recover(account, now) else None

    def check() -> str:
        if right_password(password, usable.password if usable else ""):
            return "password"
        return "temporary" if _temporary(recoverable, password, now) else ""

    attempt = try_password(
        login=account.snils if account is not None else read_login(login)[1],
        account_id=usable.pk if usable else None,
        check=check,
        facts=facts,
        human=human,
        now=now,
    )
    if attempt.outcome is Outcome.RIGHT and recoverable is not None:
        stages = _enter(recoverable, password, attempt.by, facts, now)
        return SignIn(attempt=attempt, account=recoverable, stages=stages)
    if attempt.left or attempt.locked_now:
        _note_failure(account, attempt, facts, now)
    return SignIn(attempt=attempt)


def _temporary(account: Account | None, password: str, now: dt.datetime) -> bool:
    row = OneTimeSecret.objects.filter(
        purpose=secrets.Purpose.TEMPORARY_PASSWORD,
        digest=secrets.digest_of(
            secrets.Purpose.TEMPORARY_PASSWORD, temporary_secret(account.pk if account else 0, password)
        ),
        used_at=None,
        expires_at__gt=now,
    ).first()
    return row is not None and account is not None


def _enter(account: Account, password: str, by: str, facts: RequestFacts, now: dt.datetime) -> tuple[str, ...]:
    """A temporary password is used up, and opens a closed account again (docs/decisions/0009).

    A password that is too short for work the account has got since is changed, after the second factor: who only
    knows the password changes nothing (identity.md 7.6).
    """
    if by != "temporary":
        stages = stages_for(account, now)
        return (*stages, "longer_password") if len(password) < minimum_length(account) else stages
    with transaction.atomic():
        secrets.use(secrets.Purpose.TEMPORARY_PASSWORD, temporary_secret(account.pk, password), now)
        reopen_if_closed(account, facts=facts, now=now)
        return ("password", *stages_for(account, now))


def stages_for(account: Account, now: dt.datetime) -> tuple[str, ...]:
    """What an account has to do after a first factor: the second one, or setting one up, and new texts."""
    stages = []
    if has_second_factor(account.pk):
        stages.append("factor")
    elif account.is_staff_member:
        stages.append("enrol")
    if has_unread_versions(account, now.date()):
        stages.append("agreement")
    return tuple(stages)


@transaction.atomic
def _note_failure(account: Account | None, attempt: Attempt, facts: RequestFacts, now: dt.datetime) -> None:
    """The same rows for known and unknown people; whether there is anybody to write to, the job finds out."""
    kind = Kind.LOCKED if attempt.locked_now else Kind.WRONG_PASSWORD
    event = record_event(account.pk if account else None, kind, facts, now=now)
    if attempt.locked_now:
        configure_job(TELL_OF_LOCK, queue="mail").defer(event_id=event.pk)


@transaction.atomic
def tell_of_lock(event_id: int) -> None:
    """Write to the owner that the password way is closed; once a day, because the key has the day in it."""
    event = AuthEvent.objects.filter(pk=event_id).first()
    account = Account.objects.filter(pk=event.account_id).first() if event is not None else None
    if event is None or account is None or account.state != State.ACTIVE:
        return
    put_letter(
        kind="locked",
        to=account.email,
        account_id=account.pk,
        language=account.language,
        values={"person": account, "until": event.at + dt.timedelta(seconds=settings.LOCK_SECONDS)},
        key=f"locked:{account.pk}:{event.at:%Y-%m-%d}",
        now=event.at,
    )


@transaction.atomic
def complete_sign_in(
    *, account: Account, method: str, facts: RequestFacts, strange_computer: bool, now: dt.datetime
) -> str:
    """The person is in: history, audit, and a letter when the browser is new. Returns the browser's token."""
    token, new = ("", has_devices(account.pk)) if strange_computer else remember_device(account.pk, facts.device, now)
    record_event(account.pk, Kind.SIGNED_IN, facts, now=now, detail=method)
    record(
        actor_id=account.pk,
        action="account.signed_in",
        subject="account",
        subject_id=account.pk,
        facts=facts,
        after={"method": method},
    )
    if new:
        put_letter(
            kind="new_device",
            to=account.email,
            account_id=account.pk,
            language=account.language,
            values={"person": account, "at": now, "agent": facts.agent, "network": facts.network},
            key=f"new-device:{account.pk}:{facts.request_id}:{now.timestamp():.0f}",
            now=now,
        )
    return token


def minimum_length(account: Account) -> int:
    """How long a password of this account must be."""
    return int(settings.STAFF_PASSWORD_MIN_LENGTH if account.is_staff_member else settings.PASSWORD_MIN_LENGTH)


class TooManyCodes(Refused):
    message = _("Five wrong codes in a row. Wait ten minutes, or use a recovery code then.")
    field = "code"


def check_second_factor(*, account: Account, code: str, facts: RequestFacts, now: dt.datetime) -> None:
    """Check a code of the second step; five wrong ones close it for ten minutes. Raises CodeWrong, TooManyCodes."""
    key = f"factor:{account.pk}"
    counted = throttle.reserve(
        key, limit=settings.LOCK_ATTEMPTS, window_s=settings.LOCK_WINDOW_S, lock_s=settings.LOCK_SECONDS, now=now
    )
    if not counted.allowed:
        raise TooManyCodes
    try:
        check_code(account_id=account.pk, code=code, now=now)
    except CodeWrong:
        record_event(account.pk, Kind.FACTOR_FAILED, facts, now=now)
        raise
    throttle.clear(key)


def account_of_passkey(factor: Factor) -> Account:
    """Whose passkey it is. Raises PasskeyFailed when the account is closed or disabled."""
    account = Account.objects.filter(pk=factor.account_id, state=State.ACTIVE).first()
    if account is None:
        raise PasskeyFailed
    return account


@transaction.atomic
def record_sign_out(*, account: Account, facts: RequestFacts, now: dt.datetime) -> None:
    """Write down that the person left."""
    record_event(account.pk, Kind.SIGNED_OUT, facts, now=now)
    record(actor_id=account.pk, action="account.signed_out", subject="account", subject_id=account.pk, facts=facts)
