"""Reading the outbox."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet

from foundation.identifiers import email as addresses
from foundation.mail.models import Delivery, Letter
from foundation.vault.cipher import blinds


def letters_of(account_id: int) -> QuerySet[Letter]:
    """The letters to an account, newest first (N13)."""
    return Letter.objects.filter(account_id=account_id).order_by("-created_at", "-id")


def letters_in_trouble() -> QuerySet[Letter]:
    """Letters that were refused or could not be delivered, newest first (promise M6)."""
    return Letter.objects.filter(delivery__in=[Delivery.REFUSED, Delivery.FAILED]).order_by("-created_at", "-id")


def all_letters(to: str = "") -> QuerySet[Letter]:
    """Every letter, newest first; with an address only those to it."""
    rows = Letter.objects.order_by("-created_at", "-id")
    return rows.filter(to_index__in=blinds(addresses.key(to), purpose="email")) if to else rows


def letter_by_key(key: str) -> Letter | None:
    """The letter of a cause."""
    return Letter.objects.filter(key=key).first()


def count_recent(kinds: list[str], account_id: int, since: dt.datetime) -> int:
    """How many letters of these kinds an account was written since a moment."""
    return Letter.objects.filter(kind__in=kinds, account_id=account_id, created_at__gte=since).count()
