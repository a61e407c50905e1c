"""Looks of the portal's staff at people: masked, recorded, and with a reason when opened (promise P6)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from foundation.audit.operations import record
from foundation.errors import Refused
from foundation.identifiers import email as addresses
from foundation.identifiers import phone, snils
from foundation.runtime.facts import RequestFacts
from foundation.signin import throttle
from nmfo.accounts.models import Account, plain_surname
from nmfo.accounts.operations.auditing import tell_of_many_opened
from nmfo.accounts.queries import account_by_login, called, read_login

FOUND = 50
OPENED_PER_HOUR = 30


class TooManyOpened(Refused):
    message = _("You have opened thirty people within an hour. Go on later; the auditor is told.")
    field = "reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPerson:
    """A person as staff sees them: masked."""

    pk: int
    surname: str
    first_name: str
    patronymic: str
    state: str
    region: str
    snils: str
    email: str
    phone: str
    created_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedPerson:
    """The full values, after a reason was given."""

    snils: str
    email: str
    phone: str
    birth_date: dt.date


@transaction.atomic
def find_people(query: str, *, by: Account, facts: RequestFacts, now: dt.datetime) -> list[SeenPerson]:
    """People by СНИЛС or e-mail exactly, or by the surname from its beginning. The search is recorded, masked.

    The first name and the patronymic may stand after the surname or before it, each from its beginning. Nobody is found
    by these alone: surnames have the index.
    """
    kind, value = read_login(query)
    if kind == "email" or value.isdigit():
        one = account_by_login(query)
        found = [one] if one is not None else []
        shown = addresses.mask(value) if kind == "email" else "СНИЛС"
    else:
        rows = called(Account.objects.all(), query).select_related("region")
        found = list(rows.order_by(plain_surname(), "first_name", "pk")[:FOUND])
        shown = query.strip()[:40]
    record(
        actor_id=by.pk,
        action="people.searched",
        subject="account",
        subject_id=None,
        facts=facts,
        after={"query": shown, "found": len(found)},
    )
    return [_masked(account) for account in found]


@transaction.atomic
def person_seen_by(by: Account, *, pk: int, facts: RequestFacts, now: dt.datetime) -> SeenPerson | None:
    """One person, masked; the look is recorded."""
    account = Account.objects.select_related("region").filter(pk=pk).first()
    if account is None:
        return None
    record(actor_id=by.pk, action="people.looked_at", subject="account", subject_id=pk, facts=facts)
    return _masked(account)


def reveal_person(*, account_id: int, by: Account, reason: str, facts: RequestFacts, now: dt.datetime) -> OpenedPerson:
    """The full values, for a reason that goes into the trail. Raises TooManyOpened after thirty an hour."""
    counted = throttle.reserve(f"reveal:{by.pk}", limit=OPENED_PER_HOUR, window_s=3600, lock_s=3600, now=now)
    if not counted.allowed:
        _refused(account_id, by, reason, facts, now)
        raise TooManyOpened
    with transaction.atomic():
        account = Account.objects.get(pk=account_id)
        record(
            actor_id=by.pk, action="people.opened", subject="account", subject_id=account_id, facts=facts, reason=reason
        )
    return OpenedPerson(
        snils=snils.show(account.snils),
        email=account.email,
        phone=phone.show(account.phone),
        birth_date=account.birth_date,
    )


@transaction.atomic
def _refused(account_id: int, by: Account, reason: str, facts: RequestFacts, now: dt.datetime) -> None:
    record(
        actor_id=by.pk,
        action="people.too_many_opened",
        subject="account",
        subject_id=account_id,
        facts=facts,
        reason=reason,
    )
    tell_of_many_opened(by, now)


def _masked(account: Account) -> SeenPerson:
    return SeenPerson(
        pk=account.pk,
        surname=account.surname,
        first_name=account.first_name,
        patronymic=account.patronymic,
        state=account.get_state_display(),
        region=account.region.name,
        snils=snils.mask(account.snils),
        email=addresses.mask(account.email) if account.email else "",
        phone=phone.mask(account.phone) if account.phone else "",
        created_at=account.created_at,
    )
