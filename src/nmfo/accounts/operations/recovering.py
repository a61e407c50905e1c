"""A forgotten password (R-090..R-096, R-138, R-139, promise I5)."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from foundation.audit.operations import record
from foundation.errors import Refused
from foundation.jobs.deferring import configure_job
from foundation.mail.models import Letter
from foundation.mail.operations import put_letter
from foundation.mail.queries import count_recent
from foundation.runtime.facts import RequestFacts
from foundation.signin import secrets, throttle
from foundation.signin.events import Kind, record_event
from nmfo.accounts.models import Account, Recovery
from nmfo.accounts.operations.registering import write_temporary_password
from nmfo.accounts.queries import account_by_snils
from nmfo.accounts.rules import State

ANSWER = "accounts.answer_recovery"
PER_NETWORK_HOUR = 10
LETTERS_PER_HOUR = 3
REOPEN_WITHIN = dt.timedelta(days=30)
KINDS = ["new_password", "recover_link"]


class TooManyRecoveries(Refused):
    message = _("There were many requests from your network within an hour. Try again in an hour.")


def ask_recovery(*, snils: str, form_key: str, language: str, facts: RequestFacts, now: dt.datetime) -> Recovery:
    """Take a request in; the answer goes by mail if there is anybody to answer. Raises TooManyRecoveries."""
    before = Recovery.objects.filter(form_key=form_key).first()
    if before is not None:
        return before
    counted = throttle.reserve(f"recover:{facts.network}", limit=PER_NETWORK_HOUR, window_s=3600, lock_s=3600, now=now)
    if not counted.allowed:
        raise TooManyRecoveries
    with transaction.atomic():
        row = Recovery(
            details={"snils": snils}, form_key=form_key, language=language, ip=facts.ip or None, asked_at=now
        )
        row.save(force_insert=True)
        configure_job(ANSWER, queue="urgent", priority=10).defer(recovery_id=row.pk)
    return row


@transaction.atomic
def answer_recovery(recovery_id: int, *, now: dt.datetime) -> Letter | None:
    """Write the letter by the installation's mode; nothing for nobody, nor for the fourth one within an hour (M5)."""
    row = Recovery.objects.filter(pk=recovery_id).first()
    account = account_by_snils(row.details["snils"]) if row is not None else None
    if row is None or account is None or not may_recover(account, now):
        return None
    Account.objects.select_for_update(of=("self",), no_key=True).get(pk=account.pk)  # requests at once count one by one
    if count_recent(KINDS, account.pk, now - dt.timedelta(hours=1)) >= LETTERS_PER_HOUR:
        return None
    asked_from = RequestFacts(at=row.asked_at, ip=row.ip or "", agent="", request_id="")
    record_event(account.pk, Kind.RECOVERY_ASKED, asked_from, now=now)
    record(
        actor_id=None,  # whoever asked: that is what the letter finds out
        action="account.recovery_asked",
        subject="account",
        subject_id=account.pk,
        facts=asked_from,
    )
    key = f"recovery:{recovery_id}"
    if settings.RECOVERY_MODE == "temporary-password":
        return write_temporary_password(account, kind="new_password", key=key, now=now)
    letter = put_letter(
        kind="recover_link",
        to=account.email,
        account_id=account.pk,
        language=account.language,
        values={"person": account, "hours": settings.LINK_HOURS, "at": now},
        key=key,
        now=now,
        urgent=True,
    )
    secrets.issue(
        account_id=account.pk,
        purpose=secrets.Purpose.RECOVER,
        secret=letter.secret("link"),
        expires_at=now + dt.timedelta(hours=settings.LINK_HOURS),
        now=now,
    )
    return letter


def may_recover(account: Account, now: dt.datetime) -> bool:
    """Whether a recovery opens the account: an active one, or one closed by its owner within thirty days."""
    if account.state == State.CLOSED:
        return account.closed_at is not None and now - account.closed_at < REOPEN_WITHIN
    return account.state == State.ACTIVE


@transaction.atomic
def open_by_link(*, token: str, facts: RequestFacts, now: dt.datetime) -> Account:
    """Use a recovery link up. The session it opens can only choose a password. Raises the refusals of links."""
    used = secrets.use(secrets.Purpose.RECOVER, token, now)
    account = Account.objects.select_for_update(of=("self",), no_key=True).get(pk=used.account_id)
    reopen_if_closed(account, facts=facts, now=now)
    return account


@transaction.atomic
def reopen_if_closed(account: Account, *, facts: RequestFacts, now: dt.datetime) -> None:
    """A person who recovers within thirty days after closing has changed their mind (docs/decisions/0009)."""
    if account.state == State.CLOSED and may_recover(account, now):
        account.state, account.closed_at = State.ACTIVE, None
        account.save(update_fields=["state", "closed_at"])
        record(actor_id=account.pk, action="account.reopened", subject="account", subject_id=account.pk, facts=facts)


def forget_old_requests(now: dt.datetime) -> int:
    """Remove requests older than a day. Returns how many."""
    return Recovery.objects.filter(asked_at__lt=now - dt.timedelta(days=1)).delete()[0]
