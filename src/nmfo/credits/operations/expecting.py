"""What is awaited: from whom, until when, and why it will not come. So «Где мои баллы?» explains absence too (N1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from foundation.db.rows import rows_of
from nmfo.catalogue.models import Version
from nmfo.credits.models import Expectation, ExpectationStep, LedgerEntry, Proposal
from nmfo.credits.queries.ledger import standing_for
from nmfo.credits.rules.refusals import ArrivedAlready
from nmfo.credits.rules.words import PART_OF, Awaited, Source

_OF_AN_EVENT = (Source.CODE, Source.PRESENCE, Source.MODULE)  # one entry for an event or a module, by whatever way
_FOR_AN_EVENT = (*_OF_AN_EVENT, Source.MANUAL)


@transaction.atomic
def expect(
    *,
    specialist_id: int,
    version: Version,
    source: str,
    origin: str,
    began_on: dt.date,
    holder: str,
    due_on: dt.date | None,
    now: dt.datetime,
) -> Expectation:
    """Write down that a credit is awaited. The same origin again changes holder, term and day.

    `began_on` is the day the learning ends: of an event its day, of a programme the last of its run.

    It awaits anew what was refused or withdrawn; what has arrived stays so, of an event unless it was taken back. An
    event that stands credited to this person, by a code that was entered at this moment, say, has arrived.
    """
    come = None
    if source in _OF_AN_EVENT:
        lock_people([specialist_id])  # looked under the lock: whoever enters a code takes it as well
        come = standing_for(specialist_id, [version.item_id]).get(version.item_id)
    row, made = _locked().get_or_create(
        specialist_id=specialist_id,
        source=source,
        origin=origin,
        defaults={
            "version": version,
            "organisation_id": version.item.organisation_id,
            "part": PART_OF[version.item.kind],
            "credits": version.credits or 0,
            "began_on": began_on,
            "holder": holder,
            "due_on": due_on,
            "created_at": now,
            "changed_at": now,
        },
    )
    if made:
        _step(row, now)
    if come is not None:
        if not has_arrived(row):
            _arrived(row, come, now)
    elif not made and (row.state != Awaited.ARRIVED or (source in _OF_AN_EVENT and not has_arrived(row))):
        row.entry = None
        if row.began_on != began_on:  # no step of its way: who acts until when says _move
            row.began_on, row.changed_at = began_on, now
            row.save(update_fields=["began_on", "changed_at"])
        _move(row, now, holder=holder, due_on=due_on, state=Awaited.AWAITED, reason="")
    return row


_LOCK = "SELECT id FROM specialists_specialist WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"  # each code takes it


def lock_people(specialist_ids: Iterable[int]) -> None:
    """Of two that write about one person's credits at once one waits for the other. In a transaction.

    A code and the awaiting of its event, say, or an entry by hand and a result. The lock comes before those of what is
    awaited, for everybody who takes both.
    """
    rows_of(_LOCK, [list(specialist_ids)])


@transaction.atomic
def refuse_expected(*, specialist_id: int, source: str, origin: str, reason: str, now: dt.datetime) -> bool:
    """Write down why an awaited credit will not come; `reason` is shown to the person. False: nothing was awaited."""
    return _end(specialist_id, source, origin, Awaited.REFUSED, reason, now)


@transaction.atomic
def withdraw_expected(*, specialist_id: int, source: str, origin: str, now: dt.datetime) -> bool:
    """Await a credit no longer: its person withdrew, its run was cancelled. False: nothing was awaited."""
    return _end(specialist_id, source, origin, Awaited.WITHDRAWN, "", now)


def settle(*, entry: LedgerEntry, now: dt.datetime) -> None:
    """The entry has come, in the caller's transaction. Whatever is posted for an event settles what was awaited of it.

    So does a corrected result what was awaited of the first, which had arrived and was taken back.
    """
    mine = LedgerEntry.objects.filter(specialist_id=entry.specialist_id, reverses=OuterRef("entry_id"))
    stands = Q(state=Awaited.ARRIVED) & ~Exists(mine)
    rows = _locked().filter(specialist_id=entry.specialist_id).exclude(stands)
    first = entry.origin.partition("/")[0]
    awaited = list(rows.filter(source=entry.source, origin__in=[entry.origin, first]))
    if not awaited and entry.source in _FOR_AN_EVENT and entry.item_id is not None:
        awaited = list(rows.filter(source__in=_OF_AN_EVENT, version__item_id=entry.item_id))
    for row in awaited:
        _arrived(row, entry, now)


def _arrived(row: Expectation, entry: LedgerEntry, now: dt.datetime) -> None:
    """Write that it has come; also of what had come and was taken back."""
    row.entry = entry
    if row.state != Awaited.ARRIVED:
        _move(row, now, holder=row.holder, due_on=row.due_on, state=Awaited.ARRIVED, reason="")
        return
    row.changed_at = now
    row.save(update_fields=["entry", "changed_at"])
    _step(row, now)


def settle_by_hand(*, expectation_id: int, entry: LedgerEntry, now: dt.datetime) -> None:
    """The entry of an operator stands for what was awaited or refused, in the caller's transaction.

    Raises ArrivedAlready when another entry has come for it meanwhile; one that was taken back gives way.
    """
    row = _locked().get(pk=expectation_id, specialist_id=entry.specialist_id)
    if row.entry_id == entry.pk:
        return  # its event has settled it
    if has_arrived(row):
        raise ArrivedAlready
    _arrived(row, entry, now)


def has_arrived(row: Expectation) -> bool:
    """Whether an awaited credit has come and stands: a correction may have taken it back since."""
    if row.state != Awaited.ARRIVED:
        return False
    return not LedgerEntry.objects.filter(specialist_id=row.specialist_id, reverses=row.entry_id).exists()


def stands_for_result(
    *, specialist_id: int, origin: str, item_id: int | None = None, since: dt.date | None = None
) -> LedgerEntry | None:
    """The credit that stands for the result of a programme, in the caller's transaction: its own, or one by hand.

    `origin` is that of any attempt: a corrected result is `application:7/2`. `item_id`, `since`: its programme and the
    first day of the learning; what operators entered for this programme since then stands for it too, unless it was
    for another application. One by hand stands for it as well when the request that it settles is about the awaited
    credit, its entry, or what took that back, or when it named the awaited credit. The person stays locked: an operator
    and an organisation at the same moment wait for each other.
    """
    lock_people([specialist_id])
    first = origin.partition("/")[0]

    def of(path: str) -> Q:
        is_of = Q(**{f"{path}origin": first}) | Q(**{f"{path}origin__startswith": f"{first}/"})
        return Q(**{f"{path}source": Source.COMPLETION}) & is_of

    by_hand = Proposal.objects.filter(specialist_id=specialist_id, result__source=Source.MANUAL)
    paths = ("claim__expectation__", "claim__entry__", "claim__entry__reverses__", "expectation__")
    for_this = by_hand.filter(reduce(or_, map(of, paths)))
    entries = LedgerEntry.objects.filter(specialist_id=specialist_id, reverses=None)
    stands = of("") | Q(pk__in=for_this.values("result"))
    if item_id is not None and since is not None:
        for_any = by_hand.filter(reduce(or_, [Q(**{f"{path}source": Source.COMPLETION}) for path in paths]))
        for_another = for_any.exclude(pk__in=for_this.values("pk"))
        of_its_programme = Q(source=Source.MANUAL, item_id=item_id, earned_on__gte=since)
        stands |= of_its_programme & ~Q(pk__in=for_another.values("result"))
    entries = entries.filter(stands)
    taken_back = LedgerEntry.objects.filter(specialist_id=specialist_id, reverses__isnull=False).values("reverses")
    return entries.exclude(pk__in=taken_back).order_by("pk").last()


def _locked() -> QuerySet[Expectation]:
    return Expectation.objects.select_for_update(of=("self",), no_key=True)


def _end(specialist_id: int, source: str, origin: str, state: str, reason: str, now: dt.datetime) -> bool:
    row = _locked().filter(specialist_id=specialist_id, source=source, origin=origin).first()
    if row is None or row.state == Awaited.ARRIVED:
        return False
    _move(row, now, holder=row.holder, due_on=row.due_on, state=state, reason=reason)
    return True


def _move(row: Expectation, now: dt.datetime, *, holder: str, due_on: dt.date | None, state: str, reason: str) -> None:
    """Write where an awaited credit stands now, and a line of its way. The same again writes nothing."""
    wanted = (holder, due_on, state, reason)
    if (row.holder, row.due_on, row.state, row.reason) == wanted:
        return
    row.holder, row.due_on, row.state, row.reason = wanted
    row.changed_at = now
    row.save(update_fields=["entry", "holder", "due_on", "state", "reason", "changed_at"])
    _step(row, now)


def _step(row: Expectation, now: dt.datetime) -> None:
    ExpectationStep.objects.create(
        expectation=row,
        specialist_id=row.specialist_id,
        holder=row.holder,
        due_on=row.due_on,
        state=row.state,
        reason=row.reason,
        at=now,
    )
