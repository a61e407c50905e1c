"""Changing the password and the e-mail (R-119..R-123)."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from foundation.audit.operations import record
from foundation.db.refusals import refuses
from foundation.errors import Refused
from foundation.identifiers import email as addresses
from foundation.identifiers import snils
from foundation.mail.operations import put_letter
from foundation.runtime.facts import RequestFacts
from foundation.signin import secrets
from foundation.signin.attempt import clear_locks
from foundation.signin.events import Kind, record_event
from foundation.signin.models import OneTimeSecret
from foundation.signin.operations import end_sessions_of
from foundation.signin.passwords import (
    PasswordFacts,
    PasswordIsPresent,
    PasswordIsTemporary,
    check_new_password,
)
from foundation.vault.cipher import blind
from nmfo.accounts.models import Account, ContactChange
from nmfo.accounts.operations.registering import temporary_secret
from nmfo.accounts.operations.signing_in import minimum_length
from nmfo.accounts.queries import account_by_email

LINK_TERM = dt.timedelta(hours=24)
UNDO_TERM = dt.timedelta(hours=72)


class CurrentPasswordWrong(Refused):
    message = _("This is not your present password.")
    field = "current"


class EmailTaken(Refused):
    message = _("This e-mail cannot be used: it belongs to another account.")
    field = "email"


class EmailIsTheSame(Refused):
    message = _("This is the e-mail you have now.")
    field = "email"


class UndoTooLate(Refused):
    message = _("The change can no longer be undone by this link. Write to support.")


def password_facts(account: Account) -> PasswordFacts:
    """What of the person must not be the password."""
    born = account.birth_date
    return PasswordFacts(
        snils=account.snils,
        email=account.email,
        phone=account.phone,
        names=(account.surname, account.first_name, account.patronymic),
        birth_dates=(f"{born:%d%m%Y}", f"{born:%Y%m%d}", f"{born:%d%m%y}"),
    )


@transaction.atomic
def choose_password(*, account: Account, password: str, recovered: bool, facts: RequestFacts, now: dt.datetime) -> None:
    """Set a password after a link or a temporary one, or in place of one that is too short.

    Other ways in are void, every session ends, locks are lifted; who had a password before gets a letter. The caller's
    own session has to be opened anew. Raises the refusals of foundation.signin.passwords.
    """
    check_new_password(password, facts=password_facts(account), minimum=minimum_length(account))
    if check_password(password, account.password):
        raise PasswordIsPresent
    temporary = OneTimeSecret.objects.filter(
        purpose=secrets.Purpose.TEMPORARY_PASSWORD,
        digest=secrets.digest_of(secrets.Purpose.TEMPORARY_PASSWORD, temporary_secret(account.pk, password)),
    )
    if temporary.exists():
        raise PasswordIsTemporary
    had_one = account.password_changed_at is not None
    _set(account, password, now)
    secrets.withdraw(account.pk, secrets.Purpose.TEMPORARY_PASSWORD, secrets.Purpose.RECOVER, now=now)
    end_sessions_of(account.pk)
    clear_locks(account.snils, facts)
    record_event(account.pk, Kind.RECOVERED if recovered else Kind.PASSWORD_CHANGED, facts, now=now)
    record(actor_id=account.pk, action="account.password_set", subject="account", subject_id=account.pk, facts=facts)
    if had_one:
        _tell_of_change(account, facts, now)


@transaction.atomic
def change_password(
    *, account: Account, current: str, password: str, session_id: int | None, facts: RequestFacts, now: dt.datetime
) -> None:
    """Change a password by its owner; other sessions end. Raises CurrentPasswordWrong and those of the rules."""
    if not check_password(current, account.password):
        raise CurrentPasswordWrong
    if password == current:
        raise PasswordIsPresent
    check_new_password(password, facts=password_facts(account), minimum=minimum_length(account))
    _set(account, password, now)
    end_sessions_of(account.pk, except_id=session_id)
    secrets.withdraw(account.pk, secrets.Purpose.TEMPORARY_PASSWORD, secrets.Purpose.RECOVER, now=now)
    record_event(account.pk, Kind.PASSWORD_CHANGED, facts, now=now)
    record(
        actor_id=account.pk, action="account.password_changed", subject="account", subject_id=account.pk, facts=facts
    )
    _tell_of_change(account, facts, now)


def _set(account: Account, password: str, now: dt.datetime) -> None:
    account.set_password(password)
    account.password_changed_at = now
    account.save(update_fields=["password", "password_changed_at"])


def _tell_of_change(account: Account, facts: RequestFacts, now: dt.datetime) -> None:
    put_letter(
        kind="password_changed",
        to=account.email,
        account_id=account.pk,
        language=account.language,
        values={"person": account, "at": now, "network": facts.network},
        key=f"password-changed:{account.pk}:{now.timestamp():.6f}",
        now=now,
    )


def letter_key(change: ContactChange) -> str:
    """The cause of the letter to the new address, whoever has it."""
    return f"email-change:{change.pk}"


@transaction.atomic
def ask_email_change(*, account: Account, email: str, facts: RequestFacts, now: dt.datetime) -> ContactChange:
    """Write to the new address; the old one stays until the link there is used. Raises EmailIsTheSame.

    Whether another account has the address is not told (promise I3): its owner gets a word instead of the link, and
    everything else, the asker's own list of letters included, is as it would be. So the link is issued in any case.
    """
    if addresses.key(email) == addresses.key(account.email):
        raise EmailIsTheSame
    secrets.withdraw(account.pk, secrets.Purpose.EMAIL_CHANGE, now=now)
    change = ContactChange(account=account, old_email=account.email, new_email=email, asked_at=now)
    change.save(force_insert=True)
    holder = account_by_email(email)
    letter = put_letter(
        kind="email_in_use" if holder is not None else "email_confirm",
        to=email,
        account_id=holder.pk if holder is not None else None,  # the address is not the asker's yet, nor its letters
        language=(holder or account).language,
        values={"person": holder or account, "snils": snils.mask(account.snils)},
        key=letter_key(change),
        now=now,
        urgent=True,
    )
    secrets.issue(
        account_id=account.pk,
        purpose=secrets.Purpose.EMAIL_CHANGE,
        secret=letter.secret("link"),
        subject_id=change.pk,
        expires_at=now + LINK_TERM,
        now=now,
    )
    notice = put_letter(
        kind="email_changing",
        to=account.email,
        account_id=account.pk,
        language=account.language,
        values={"person": account, "new": addresses.mask(email), "until": now + UNDO_TERM},
        key=f"email-changing:{change.pk}",
        now=now,
    )
    secrets.issue(
        account_id=account.pk,
        purpose=secrets.Purpose.EMAIL_UNDO,
        secret=notice.secret("link"),
        subject_id=change.pk,
        expires_at=now + UNDO_TERM,
        now=now,
    )
    record(
        actor_id=account.pk,
        action="account.email_change_asked",
        subject="account",
        subject_id=account.pk,
        facts=facts,
        before={"email": addresses.mask(account.email)},
        after={"email": addresses.mask(email)},
    )
    return change


@transaction.atomic
def confirm_email_change(*, token: str, facts: RequestFacts, now: dt.datetime) -> Account:
    """Take the new address into use. Raises the refusals of links, EmailTaken."""
    used = secrets.use(secrets.Purpose.EMAIL_CHANGE, token, now)
    change = ContactChange.objects.get(pk=used.subject_id or 0)
    account = Account.objects.select_for_update(of=("self",), no_key=True).get(pk=used.account_id)
    _put_email(account, change.new_email)
    change.confirmed_at = now
    change.save(update_fields=["confirmed_at"])
    record_event(account.pk, Kind.EMAIL_CHANGED, facts, now=now)
    record(
        actor_id=account.pk,
        action="account.email_changed",
        subject="account",
        subject_id=account.pk,
        facts=facts,
        before={"email": addresses.mask(change.old_email)},
        after={"email": addresses.mask(change.new_email)},
    )
    return account


@transaction.atomic
def undo_email_change(*, token: str, facts: RequestFacts, now: dt.datetime) -> Account:
    """Go back to the old address, or stop a change that waits; every session ends. Raises the refusals of links."""
    used = secrets.use(secrets.Purpose.EMAIL_UNDO, token, now)
    change = ContactChange.objects.get(pk=used.subject_id or 0)
    account = Account.objects.select_for_update(of=("self",), no_key=True).get(pk=used.account_id)
    secrets.withdraw(account.pk, secrets.Purpose.EMAIL_CHANGE, now=now)
    if change.confirmed_at is not None:
        if addresses.key(account.email) != addresses.key(change.new_email):
            raise UndoTooLate
        _put_email(account, change.old_email)
    change.undone_at = now
    change.save(update_fields=["undone_at"])
    end_sessions_of(account.pk)
    record_event(account.pk, Kind.EMAIL_CHANGED, facts, now=now, detail="undone")
    record(
        actor_id=None,
        action="account.email_change_undone",
        subject="account",
        subject_id=account.pk,
        facts=facts,
        after={"email": addresses.mask(change.old_email)},
    )
    return account


def _put_email(account: Account, email: str) -> None:
    account.email, account.email_index = email, blind(addresses.key(email), purpose="email")
    with refuses(accounts_account_email_index_key=EmailTaken):
        account.save(update_fields=["email", "email_index"])


@transaction.atomic
def choose_language(*, account: Account, language: str, facts: RequestFacts) -> None:
    """Write to somebody in this language from now on. The same again changes nothing."""
    before = account.language
    if language == before:
        return
    account.language = language
    account.save(update_fields=["language"])
    record(
        actor_id=account.pk,
        action="account.language_chosen",
        subject="account",
        subject_id=account.pk,
        facts=facts,
        before={"language": before},
        after={"language": language},
    )


@transaction.atomic
def change_contacts(*, account: Account, phone: str, region: str, facts: RequestFacts, now: dt.datetime) -> None:
    """Change the telephone and the region."""
    before = {"region": account.region_id}
    account.phone, account.phone_index, account.region_id = phone, blind(phone, purpose="phone"), region
    account.save(update_fields=["phone", "phone_index", "region"])
    record(
        actor_id=account.pk,
        action="account.contacts_changed",
        subject="account",
        subject_id=account.pk,
        facts=facts,
        before=before,
        after={"region": region},
    )
