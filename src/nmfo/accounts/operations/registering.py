"""Registration: a form, a letter, an account (docs/decisions/0004)."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from foundation.audit.operations import record
from foundation.db.refusals import refuses
from foundation.errors import Refused
from foundation.identifiers import email as addresses
from foundation.identifiers import snils
from foundation.jobs.deferring import configure_job
from foundation.mail.models import Letter
from foundation.mail.operations import put_letter
from foundation.runtime.facts import RequestFacts
from foundation.signin import secrets, throttle
from foundation.signin.events import Kind, record_event
from foundation.vault.cipher import blind
from nmfo.accounts.models import Account, Consent, Registration
from nmfo.accounts.queries import account_by_email, account_by_snils, current_version
from nmfo.accounts.rules import AgreementKind, RegistrationState

ANSWER = "accounts.answer_registration"
PER_NETWORK_HOUR = 10
RESEND_AFTER = dt.timedelta(seconds=60)
LETTERS_PER_REGISTRATION = 5
KEPT_FOR = dt.timedelta(days=7)


class TooManyRegistrations(Refused):
    message = _("There were many registrations from your network within an hour. Try again in an hour.")


class LetterJustSent(Refused):
    message = _("The letter left less than a minute ago. Wait a little: mail takes its time.")


class LettersSpent(Refused):
    message = _("We have sent this letter several times already. Check the address or write to support.")


class AlreadyRegistered(Refused):
    message = _("This SNILS already has an account. Sign in, or ask for a new password.")


class EmailTaken(Refused):
    message = _("Another account uses this e-mail meanwhile. Register again with a different one.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationDetails:
    """What the form asks (R-064, R-065): digits of the СНИЛС, E.164 phone, ISO day of birth.

    `onward` is the page of the portal that the person came from, such as an invitation; empty: the usual way.
    """

    snils: str
    surname: str
    first_name: str
    patronymic: str
    sex: str
    birth_date: str
    citizenship: str
    region: str
    email: str
    phone: str
    level: str = ""
    onward: str = ""


def register_person(
    *, details: RegistrationDetails, form_key: str, language: str, facts: RequestFacts, now: dt.datetime
) -> Registration:
    """Take a form in. The same work for everybody: who it is, is looked up by the job (promise I3).

    A second press of the button gives the first registration. Raises TooManyRegistrations.
    """
    before = Registration.objects.filter(form_key=form_key).first()
    if before is not None:
        return before
    counted = throttle.reserve(f"register:{facts.network}", limit=PER_NETWORK_HOUR, window_s=3600, lock_s=3600, now=now)
    if not counted.allowed:
        raise TooManyRegistrations
    with transaction.atomic():
        row = Registration(
            details=asdict(details),
            snils_index=blind(details.snils, purpose="snils"),
            letters=1,
            letter_asked_at=now,
            form_key=form_key,
            language=language,
            ip=facts.ip or None,
            created_at=now,
        )
        row.save(force_insert=True)
        _defer_answer(row)
    return row


def is_sent(registration_id: object, form_key: object) -> bool:
    """Whether this browser has sent this very form before."""
    if not isinstance(registration_id, int) or not isinstance(form_key, str):
        return False
    return Registration.objects.filter(pk=registration_id, form_key=form_key[:64]).exists()


@transaction.atomic
def ask_letter_again(*, registration_id: int, email: str, now: dt.datetime) -> Registration:
    """Send the letter once more, to a corrected address if one is given. Raises LetterJustSent or LettersSpent."""
    row = Registration.objects.select_for_update(of=("self",), no_key=True).get(pk=registration_id)
    if now - row.letter_asked_at < RESEND_AFTER:
        raise LetterJustSent
    if row.letters >= LETTERS_PER_REGISTRATION:
        raise LettersSpent
    row.letters, row.letter_asked_at = row.letters + 1, now
    row.details = {**row.details, "email": email}
    row.save(update_fields=["letters", "letter_asked_at", "details"])
    _defer_answer(row)
    return row


def _defer_answer(row: Registration) -> None:
    configure_job(ANSWER, queue="urgent", priority=10).defer(registration_id=row.pk)


@transaction.atomic
def answer_registration(registration_id: int, *, now: dt.datetime) -> Letter | None:
    """Write the letter that fits: a link, «у вас уже есть кабинет», or a word to the owner of the address."""
    row = Registration.objects.select_for_update(of=("self",), no_key=True).filter(pk=registration_id).first()
    if row is None or row.state == RegistrationState.CONFIRMED:
        return None
    details, key = row.details, f"registration:{row.pk}:{row.letters}"
    owner = account_by_snils(details["snils"])
    if owner is not None:
        return put_letter(
            kind="already_registered",
            to=owner.email,
            account_id=owner.pk,
            language=owner.language,
            values={"person": owner, "snils": snils.mask(details["snils"])},
            key=key,
            now=now,
            urgent=True,
        )
    holder = account_by_email(details["email"])
    if holder is not None:
        return put_letter(
            kind="email_in_use",
            to=holder.email,
            account_id=holder.pk,
            language=holder.language,
            values={"person": holder},
            key=key,
            now=now,
            urgent=True,
        )
    letter = put_letter(
        kind="confirm_registration",
        to=details["email"],
        account_id=None,
        language=row.language,
        values={"details": details, "hours": settings.LINK_HOURS},
        key=key,
        now=now,
        urgent=True,
    )
    secrets.issue(
        account_id=None,
        purpose=secrets.Purpose.CONFIRM,
        secret=letter.secret("link"),
        subject_id=row.pk,
        expires_at=now + dt.timedelta(hours=settings.LINK_HOURS),
        now=now,
    )
    return letter


@transaction.atomic
def confirm_registration(*, token: str, facts: RequestFacts, now: dt.datetime) -> Account:
    """Use the link up and open the account; by the installation's mode a letter with a temporary password follows.

    Raises LinkUnknown, LinkUsed, LinkExpired, AlreadyRegistered, EmailTaken.
    """
    used = secrets.use(secrets.Purpose.CONFIRM, token, now)
    row = Registration.objects.select_for_update(of=("self",), no_key=True).get(pk=used.subject_id or 0)
    details = row.details
    account = Account(
        snils=details["snils"],
        snils_index=blind(details["snils"], purpose="snils"),
        email=details["email"],
        email_index=blind(addresses.key(details["email"]), purpose="email"),
        phone=details["phone"],
        phone_index=blind(details["phone"], purpose="phone"),
        surname=details["surname"],
        first_name=details["first_name"],
        patronymic=details["patronymic"],
        sex=details["sex"],
        birth_date=dt.date.fromisoformat(details["birth_date"]),
        citizenship_id=details["citizenship"],
        region_id=details["region"],
        language=row.language,
        created_at=now,
    )
    account.set_unusable_password()
    if account_by_snils(details["snils"]) is not None:
        raise AlreadyRegistered
    if account_by_email(details["email"]) is not None:
        raise EmailTaken
    with refuses(accounts_account_snils_index_key=AlreadyRegistered, accounts_account_email_index_key=EmailTaken):
        account.save(force_insert=True)
    row.state, row.confirmed_at, row.account = RegistrationState.CONFIRMED, now, account
    row.details = {name: details.get(name, "") for name in ("level", "onward")}  # the rest lives in the account now
    row.save(update_fields=["state", "confirmed_at", "account", "details"])
    _consent_to_current(account, row, now)
    record_event(account.pk, Kind.REGISTERED, facts, now=now)
    record(
        actor_id=account.pk,
        action="account.registered",
        subject="account",
        subject_id=account.pk,
        facts=facts,
        after={"snils": snils.mask(account.snils), "email": addresses.mask(account.email)},
    )
    if settings.REGISTRATION_MODE == "temporary-password":
        write_temporary_password(account, kind="first_password", key=f"first-password:{account.pk}", now=now)
    return account


def onward_of(account: Account) -> str:
    """The page that the account's owner came from to register; empty: none."""
    row = Registration.objects.filter(account=account).order_by("-confirmed_at").first()
    return str(row.details.get("onward", "")) if row is not None else ""


def _consent_to_current(account: Account, row: Registration, now: dt.datetime) -> None:
    """The two ticks of the form, as versions with their hash (R-177, P7)."""
    for kind in AgreementKind:
        version = current_version(kind, row.created_at.date())
        if version is not None:
            Consent.objects.create(account=account, version=version, given_at=row.created_at, ip=row.ip)


def write_temporary_password(account: Account, *, kind: str, key: str, now: dt.datetime) -> Letter:
    """A letter with a temporary password that is kept nowhere, and its hash (promises M3, I9)."""
    letter = put_letter(
        kind=kind,
        to=account.email,
        account_id=account.pk,
        language=account.language,
        values={
            "person": account,
            "login": snils.show(account.snils),
            "at": now,
            "hours": settings.TEMP_PASSWORD_HOURS,
        },
        key=key,
        now=now,
        urgent=True,
    )
    secrets.issue(
        account_id=account.pk,
        purpose=secrets.Purpose.TEMPORARY_PASSWORD,
        secret=temporary_secret(account.pk, letter.secret("temporary_password")),
        expires_at=now + dt.timedelta(hours=settings.TEMP_PASSWORD_HOURS),
        now=now,
    )
    return letter


def temporary_secret(account_id: int, typed: str) -> str:
    """What a temporary password is kept under: it works for its account only, in any grouping."""
    return f"{account_id}:{''.join(typed.split()).replace('-', '').lower()}"


def forget_old_registrations(now: dt.datetime) -> int:
    """Remove forms that nobody confirmed within a week. Returns how many."""
    rows = Registration.objects.filter(created_at__lt=now - KEPT_FOR)
    return rows.exclude(state=RegistrationState.CONFIRMED).delete()[0]
