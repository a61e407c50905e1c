"""What operators keep an eye on: late results, unusual activations, what organisations give."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet, Sum
from django.utils import timezone

from foundation.audit.models import Entry as Trail
from foundation.runtime.facts import RequestFacts
from nmfo.accounts.models import Account
from nmfo.credits.models import (
    Expectation,
    LedgerEntry,
)
from nmfo.credits.queries.ledger import entries_of
from nmfo.credits.rules.signals import SIGNAL_DAYS, Signal, Use, signals_in
from nmfo.credits.rules.words import Awaited, Holder, Source
from nmfo.organisations.models import Organisation
from nmfo.specialists.models import Specialist

_LAST_ENTRIES = 20_000  # among which signals are looked for
_SHOWN_PEOPLE = 5  # of a signal


def late_expectations(today: dt.date) -> QuerySet[Expectation]:
    """What organisations should have entered by now, the longest overdue first (B-06)."""
    rows = Expectation.objects.filter(state=Awaited.AWAITED, holder=Holder.ORGANISATION, due_on__lt=today)
    return rows.select_related("version", "organisation", "specialist").order_by("due_on", "pk")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A signal with some of the people it is about."""

    signal: Signal
    kind: str
    people: list[Account]


def signals(now: dt.datetime) -> list[Seen]:
    """What is unusual among the activations of the last days, for operators to look at (Z8). Nothing acts on it.

    Three statements: of the last entries of the ledger only, so that it costs the same however large the ledger is.
    """
    last = LedgerEntry.objects.order_by("-pk")[:_LAST_ENTRIES].values_list("pk", "source", "posted_at")
    since = now - dt.timedelta(days=SIGNAL_DAYS)
    recent = [pk for pk, source, posted_at in last if source in {Source.CODE, Source.LEGACY} and posted_at >= since]
    trail = Trail.objects.filter(subject="ledger_entry", subject_id__in=recent, action="code.activated")
    found = signals_in([_use(row) for row in trail.exclude(actor_id=None)])
    shown = {pk for signal in found for pk in signal.people[:_SHOWN_PEOPLE]}
    accounts = Account.objects.in_bulk(shown)
    return [
        Seen(
            signal=signal,
            kind=str(signal.kind.label),
            people=[accounts[pk] for pk in signal.people[:_SHOWN_PEOPLE] if pk in accounts],
        )
        for signal in found
    ]


def _use(row: Trail) -> Use:
    facts = RequestFacts(at=row.at, ip=row.ip or "", agent=row.agent, request_id=row.request_id)
    return Use(
        account_id=row.actor_id or 0,
        at=timezone.localtime(row.at),
        network=facts.network,
        device=f"{facts.ip} · {facts.agent}",
    )


def ledger_for_operator(account: Account) -> QuerySet[LedgerEntry]:
    """A person's movements for an operator's page; the caller records the look."""
    specialist = Specialist.objects.filter(account=account).first()
    return entries_of(specialist) if specialist is not None else LedgerEntry.objects.none()


def credits_given_by(organisation: Organisation, item_ids: Iterable[int]) -> dict[int, int]:
    """What an organisation's items gave in all, by item: the same sum that its listeners see."""
    rows = LedgerEntry.objects.filter(organisation=organisation, item_id__in=list(item_ids))
    return dict(rows.values_list("item_id").annotate(sum=Sum("credits")))
