"""Confirmation codes: of one person, of an organisation's events, and batches that wait for an operator."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from foundation.audit.models import Entry as Trail
from nmfo.accounts.models import Account
from nmfo.catalogue.models import Version
from nmfo.catalogue.rules.words import Kind, VersionState
from nmfo.credits.models import (
    Allowance,
    CodeBatch,
    ConfirmationCode,
    LedgerEntry,
)
from nmfo.credits.rules.words import ONCE_FOR_AN_ITEM, BatchState, CodeState
from nmfo.organisations.models import Organisation
from nmfo.specialists.models import Specialist

MOST_EVENTS = 200


def activated_codes_of(specialist: Specialist) -> QuerySet[ConfirmationCode]:
    """The codes a specialist has activated, the last first."""
    rows = ConfirmationCode.objects.filter(activated_by=specialist).select_related(
        "batch__version", "batch__organisation"
    )
    return rows.order_by("-activated_at", "-pk")


def codes_waiting_for(specialist: Specialist, *, today: dt.date) -> QuerySet[ConfirmationCode]:
    """The codes that were issued to a specialist by name and bring credits still, the first to expire first.

    Not those of an event that is credited already by other evidence, and that stands.
    """
    rows = ConfirmationCode.objects.filter(specialist=specialist, state=CodeState.ISSUED, sent_at__isnull=False)
    rows = rows.filter(batch__valid_until_on__gte=today).select_related("batch__version", "batch__organisation")
    gone = LedgerEntry.objects.filter(specialist=specialist, reverses=OuterRef("pk"))
    given = LedgerEntry.objects.filter(specialist=specialist, item=OuterRef("batch__item"), reverses=None)
    given = given.filter(~Exists(gone), source__in=ONCE_FOR_AN_ITEM)
    rows = rows.filter(~Exists(given))
    return rows.order_by("batch__valid_until_on", "pk")


def batches_of(organisation: Organisation) -> QuerySet[CodeBatch]:
    """An organisation's batches of codes, the newest first, with how many were used."""
    rows = CodeBatch.objects.filter(organisation=organisation).select_related("version", "created_by", "decided_by")
    rows = rows.defer("version__annotation", "version__aims", "people")
    return rows.annotate(
        activated=Count("codes", filter=Q(codes__state=CodeState.ACTIVATED)),
        annulled=Count("codes", filter=Q(codes__state=CodeState.ANNULLED)),
    ).order_by("-pk")


def events_over(organisation: Organisation, *, now: dt.datetime) -> QuerySet[Version]:
    """The events of an organisation that are over, the last first: of these codes can be issued."""
    rows = Version.objects.filter(item__organisation=organisation, item__kind=Kind.EVENT, ends_at__lte=now)
    rows = rows.filter(state=VersionState.PUBLISHED).defer("annotation", "aims")
    return rows.order_by("-ends_at", "-pk")[:MOST_EVENTS]


def allowances_of(item_ids: Iterable[int]) -> dict[int, Allowance]:
    """How many people events may give credits to, and have given, by item; events without a figure are left out."""
    keys = {f"event:{pk}": pk for pk in item_ids}
    return {keys[row.offering]: row for row in Allowance.objects.filter(offering__in=keys)}


def places_of_codes(item_ids: Iterable[int]) -> Counter[int]:
    """How many of the given places of events are codes, issued or waiting for a colleague; the rest came by СНИЛС."""
    items = list(item_ids)
    codes = ConfirmationCode.objects.filter(batch__item__in=items).exclude(state=CodeState.ANNULLED)
    waiting = CodeBatch.objects.filter(item__in=items, state=BatchState.WAITING, over_allowance=False)
    found = Counter(dict(codes.values_list("batch__item").annotate(n=Count("pk"))))
    found.update(dict(waiting.values_list("item").annotate(n=Sum("count"))))
    return found


def issued_alone(item_id: int) -> int:
    """How many codes of an event no second person has seen, without those that were annulled."""
    codes = ConfirmationCode.objects.filter(batch__item=item_id, batch__decided_by=None)
    return codes.exclude(state=CodeState.ANNULLED).count()


def unbound_codes(item_id: int, *, today: dt.date) -> int:
    """How many codes of an event somebody may still enter who is not named: issued, or waiting for whoever decides."""
    waiting = CodeBatch.objects.filter(item=item_id, bound=False, state=BatchState.WAITING)
    asked = waiting.aggregate(n=Sum("count"))["n"] or 0  # first: what is approved meanwhile is among the codes then
    codes = ConfirmationCode.objects.filter(batch__item=item_id, specialist=None, state=CodeState.ISSUED)
    return int(asked) + codes.filter(batch__valid_until_on__gte=today).count()


def unbound_batches(item_id: int, *, today: dt.date) -> QuerySet[CodeBatch]:
    """The batches those codes are of, the oldest first, with `unused`: how many are issued and not entered."""
    rows = CodeBatch.objects.filter(item=item_id, bound=False)
    rows = rows.annotate(unused=Count("codes", filter=Q(codes__specialist=None, codes__state=CodeState.ISSUED)))
    issued = Q(state=BatchState.ISSUED, valid_until_on__gte=today, unused__gt=0)
    return rows.filter(Q(state=BatchState.WAITING) | issued).order_by("pk")


def codes_in(batch: CodeBatch) -> QuerySet[ConfirmationCode]:
    """The codes of a batch by number, with whom they are for."""
    return batch.codes.select_related("specialist__account").order_by("number")


def was_read_by(batch: CodeBatch, account: Account) -> bool:
    """Whether somebody has looked at the codes of a batch in clear, as the trail tells."""
    looks = Trail.objects.filter(subject="code_batch", subject_id=batch.pk, action="codes.looked_at")
    return looks.filter(actor_id=account.pk).exists()


def waiting_batches() -> QuerySet[CodeBatch]:
    """Batches that wait for a second person, the oldest first: for operators."""
    rows = CodeBatch.objects.filter(state=BatchState.WAITING).select_related("organisation", "version", "created_by")
    return rows.order_by("created_at", "pk")


def all_batches() -> QuerySet[CodeBatch]:
    """Every batch of codes, for operators."""
    return CodeBatch.objects.select_related("organisation", "version", "created_by", "decided_by")


def decided_batches(since: dt.datetime) -> QuerySet[CodeBatch]:
    """What a second person decided about batches since a moment."""
    return CodeBatch.objects.filter(decided_at__gte=since)
