"""Reading accounts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TypeVar, cast

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from foundation.audit.models import Entry
from foundation.errors import Refused
from foundation.identifiers import email as addresses
from foundation.identifiers import snils as numbers
from foundation.vault.lookup import by_index
from nmfo.accounts.models import (
    Account,
    AgreementVersion,
    Consent,
    ContactChange,
    plain_first_name,
    plain_patronymic,
    plain_surname,
)
from nmfo.accounts.rules import AgreementKind

Row = TypeVar("Row", bound=Model)
LOOKS = ("people.looked_at", "people.opened")
_AT_CREDITS = Q(action="account.looked_at", after__what__in=["credits", "claim_file"])  # in lists one is among many


def account_by_snils(digits: str) -> Account | None:
    """The account of a СНИЛС (eleven digits)."""
    return next(iter(by_index(Account.objects.all(), "snils_index", digits, purpose="snils")), None)


def account_by_email(address: str) -> Account | None:
    """The account of a confirmed e-mail."""
    key = addresses.key(address)
    return next(iter(by_index(Account.objects.all(), "email_index", key, purpose="email")), None)


def called(rows: QuerySet[Row], text: str, *, path: str = "", alone: bool = False) -> QuerySet[Row]:
    """Those whose names a text may be the beginnings of: the surname first, or last; a surname may have two words.

    `path` leads from the rows to the account, as «specialist__account__». By a first name alone (`alone`) people are
    found in short lists only: surnames have the index.
    """
    text = plain(text)
    words = text.split()
    found = Q(plain_surname__startswith=text)
    if alone:
        found |= Q(plain_first_name__startswith=text)
    if len(words) in {2, 3}:
        for surname, *rest in (words, [words[-1], *words[:-1]]):
            fits = Q(plain_surname__startswith=surname, plain_first_name__startswith=rest[0])
            found |= fits & Q(plain_patronymic__startswith=rest[1]) if len(rest) > 1 else fits
    named = rows.alias(
        plain_surname=plain_surname(path),
        plain_first_name=plain_first_name(path),
        plain_patronymic=plain_patronymic(path),
    )
    return cast("QuerySet[Row]", named.filter(found))


def plain(text: str) -> str:
    """A name as people look for it: small letters, ё as е."""
    return " ".join(text.split()).lower().replace("ё", "е")


def names_of(ids: Iterable[int | None]) -> dict[int, Account]:
    """Accounts by their ids, for lists that show names."""
    return Account.objects.in_bulk([pk for pk in ids if pk is not None])


def account_by_login(login: str) -> Account | None:
    """The account of what was typed as login: a СНИЛС in any writing, or a confirmed e-mail (C7).

    Costs one look-up whatever was typed, so that the time tells nothing.
    """
    kind, value = read_login(login)
    return account_by_email(value) if kind == "email" else account_by_snils(value)


def counted_under(login: str) -> str:
    """What tries of a login are counted under: one person's СНИЛС and e-mail are one, strangers' are what was typed."""
    kind, value = read_login(login)
    account = account_by_email(value) if kind == "email" else None
    return account.snils if account is not None else value


def read_login(login: str) -> tuple[str, str]:
    """What kind of login was typed and its one writing, which is also what tries are counted under."""
    if "@" in login:
        try:
            return "email", addresses.key(addresses.parse(login))
        except Refused:
            return "email", addresses.key(login.strip())
    try:
        return "snils", numbers.parse(login)
    except Refused:
        return "snils", "".join(login.split())


def waiting_change_of(account: Account) -> ContactChange | None:
    """The change of e-mail that was asked for last, while its link is not used."""
    waiting = ContactChange.objects.filter(account=account, confirmed_at=None, undone_at=None)
    return waiting.order_by("-asked_at", "-pk").first()


def current_version(kind: AgreementKind, on: dt.date) -> AgreementVersion | None:
    """The version of a text that holds on a day."""
    return AgreementVersion.objects.filter(kind=kind, valid_from_on__lte=on).order_by("-valid_from_on", "-pk").first()


def versions() -> QuerySet[AgreementVersion]:
    """Every version, newest first."""
    return AgreementVersion.objects.order_by("kind", "-valid_from_on", "-pk")


def looks_at(account: Account, limit: int = 20) -> list[Entry]:
    """Who of the portal's people looked at a person's card or credits, the last first, but themselves (N20)."""
    rows = Entry.objects.filter(Q(action__in=LOOKS) | _AT_CREDITS, subject="account", subject_id=account.pk)
    return list(rows.exclude(actor_id=account.pk).order_by("-id")[:limit])


def consents_of(account: Account) -> QuerySet[Consent]:
    """What the person agreed to, newest first."""
    return Consent.objects.filter(account=account).select_related("version").order_by("-given_at")


def _in_force(on: dt.date) -> QuerySet[AgreementVersion]:
    current = AgreementVersion.objects.filter(valid_from_on__lte=on).order_by("kind", "-valid_from_on", "-pk")
    return current.distinct("kind")


def _agreed(account: Account) -> Exists:
    return Exists(Consent.objects.filter(account=account, version=OuterRef("pk"), withdrawn_at=None))


def unread_versions(account: Account, on: dt.date) -> list[AgreementVersion]:
    """Versions in force that the person has not agreed to yet, in the order of AgreementKind."""
    order = list(AgreementKind)
    found = [version for version in _in_force(on).annotate(agreed=_agreed(account)) if not version.agreed]
    return sorted(found, key=lambda version: order.index(AgreementKind(version.kind)))


def has_withdrawn(account: Account, versions: list[AgreementVersion]) -> bool:
    """Whether the person agreed to one of these before and took it back: the texts are not new to them."""
    return Consent.objects.filter(account=account, version__in=versions, withdrawn_at__isnull=False).exists()


def has_unread_versions(account: Account, on: dt.date) -> bool:
    """Whether there is a version to agree to; reads no texts."""
    return not all(_in_force(on).annotate(agreed=_agreed(account)).values_list("agreed", flat=True))


def count_accounts() -> int:
    """How many accounts there are."""
    return Account.objects.count()
