"""Requests about credits and corrections: of one person, of an organisation, and those that operators decide."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import chain

from django.db.models import Exists, Func, JSONField, OuterRef, Q, QuerySet

from foundation.audit.models import Entry as Trail
from foundation.db.rows import instances_of
from nmfo.credits.models import (
    Claim,
    Expectation,
    LedgerEntry,
    Proposal,
)
from nmfo.credits.queries.likeness import ENOUGH, likeness
from nmfo.credits.rules.words import About, Awaited, ClaimState, ProposalState, Source
from nmfo.organisations.models import Organisation
from nmfo.specialists.models import Specialist

_NEAR = dt.timedelta(days=14)
_MOST = 5


def claims_of(specialist: Specialist) -> QuerySet[Claim]:
    """A specialist's requests about credits, the newest first."""
    rows = Claim.objects.filter(specialist=specialist)
    return rows.select_related("entry__version", "expectation__version", "file").order_by("-opened_at", "-pk")


_DISPUTES = """
WHERE specialist_id = %s AND state = 'open' AND (entry_id = ANY(%s) OR expectation_id = ANY(%s))
"""


def open_claims_about(
    specialist: Specialist, *, entries: Iterable[int] = (), expectations: Iterable[int] = ()
) -> list[Claim]:
    """A specialist's open requests about entries and awaited credits, by the ids of these."""
    values = [specialist.pk, list(entries), list(expectations)]
    return [claim for claim, _more in instances_of(Claim, _DISPUTES, values)]


_DISPUTES_AND_ANSWERS = """
WHERE specialist_id = %s AND (
  state = 'open' AND (entry_id = ANY(%s) OR expectation_id = ANY(%s))
  OR state = 'refused' AND expectation_id = ANY(%s)
)
ORDER BY id
"""


def claims_beside(specialist: Specialist, *, entries: Iterable[int], expectations: Iterable[int]) -> list[Claim]:
    """What stands beside a specialist's credits: the open requests, and those about awaited ones that left it so."""
    awaited = list(expectations)
    values = [specialist.pk, list(entries), awaited, awaited]
    return [claim for claim, _more in instances_of(Claim, _DISPUTES_AND_ANSWERS, values)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """What a missing credit might be among what the portal knows."""

    entries: list[LedgerEntry]
    awaited: list[Expectation]
    taken_back_by: dict[int, LedgerEntry] = field(default_factory=dict)  # by the id of the entry that it took back

    def __bool__(self) -> bool:
        return bool(self.entries or self.awaited)


def candidates_of(specialist: Specialist, *, title: str, held_on: dt.date | None, part: str) -> Candidates:
    """Entries and awaited credits of a person, five of each at most, that a missing credit might be.

    Found by the part and either a title like it or a day within two weeks; the likest and then the newest first.
    """
    own = {"specialist": specialist, "part": part}
    entries = list(LedgerEntry.objects.filter(credits__gt=0, **own).select_related("version", "organisation"))
    awaited = list(
        Expectation.objects.filter(**own)
        .exclude(state__in=[Awaited.ARRIVED, Awaited.WITHDRAWN])
        .select_related("version", "organisation")
    )
    known: list[LedgerEntry | Expectation] = [*entries, *awaited]
    like = dict(zip(known, likeness(title, [_called(row) for row in known]), strict=True))

    def near(row: LedgerEntry | Expectation) -> bool:
        return like[row] >= ENOUGH or (held_on is not None and abs(_day(row) - held_on) <= _NEAR)

    def order(row: LedgerEntry | Expectation) -> tuple[float, int]:
        return -like[row], -_day(row).toordinal()

    found = sorted(filter(near, entries), key=order)[:_MOST]
    return Candidates(
        entries=found,
        taken_back_by=reversals_of(specialist, [row.pk for row in found]),
        awaited=sorted(filter(near, awaited), key=order)[:_MOST],
    )


def open_requests_like(specialist: Specialist, *, title: str, held_on: dt.date | None, part: str) -> list[Claim]:
    """A person's open requests about a missing credit that may be about this one, the newest first.

    Of the same part and of a title like it; where both name a day, within two weeks of each other.
    """
    rows = Claim.objects.filter(specialist=specialist, state=ClaimState.OPEN, about=About.MISSING, part=part)
    asked = [
        row
        for row in rows.order_by("-opened_at", "-pk")
        if held_on is None or row.held_on is None or abs(row.held_on - held_on) <= _NEAR
    ]
    like = likeness(title, [row.title for row in asked]) if asked else []
    said = title.strip().casefold()  # of «Вебинар» no word tells anything
    return [row for row, near in zip(asked, like, strict=True) if near >= ENOUGH or row.title.casefold() == said]


def reversals_of(specialist: Specialist, entries: Collection[int]) -> dict[int, LedgerEntry]:
    """What took these entries of a person back, by the id of each: one statement, and none of no entries."""
    if not entries:
        return {}
    rows = LedgerEntry.objects.filter(specialist=specialist, reverses__in=entries)
    return {row.reverses_id: row for row in rows if row.reverses_id is not None}


def _called(row: LedgerEntry | Expectation) -> str:
    return row.version.title if row.version is not None else row.title


def _day(row: LedgerEntry | Expectation) -> dt.date:
    return row.earned_on if isinstance(row, LedgerEntry) else row.began_on


def decided_claims(since: dt.datetime) -> QuerySet[Claim]:
    """Requests that were answered since a moment."""
    return Claim.objects.filter(decided_at__gte=since)


def decided_proposals(since: dt.datetime) -> QuerySet[Proposal]:
    """Corrections that were decided since a moment."""
    return Proposal.objects.filter(decided_at__gte=since)


def open_claims() -> QuerySet[Claim]:
    """Requests about credits that wait for an operator, the nearest term first; `waits`: for a proposed correction."""
    own = Q(claim=OuterRef("pk")) | Q(specialist=OuterRef("specialist"), entry=OuterRef("entry"))
    waits = Exists(Proposal.objects.filter(own, state=ProposalState.OPEN))
    rows = Claim.objects.filter(state=ClaimState.OPEN).select_related("specialist__account").annotate(waits=waits)
    return rows.order_by("due_on", "pk")


def all_claims() -> QuerySet[Claim]:
    """Every request about credits, for operators."""
    return Claim.objects.select_related(
        "specialist__account",
        "entry__version",
        "entry__organisation",
        "expectation__version",
        "decided_by",
        "file",
    )


def open_proposals() -> QuerySet[Proposal]:
    """Corrections that wait for a second operator, the oldest first."""
    rows = Proposal.objects.filter(state=ProposalState.OPEN).select_related(
        "specialist__account", "entry__version", "organisation", "proposed_by", "claim"
    )
    return rows.order_by("proposed_at", "pk")


def all_proposals() -> QuerySet[Proposal]:
    """Every correction, for operators."""
    return Proposal.objects.select_related(
        "specialist__account",
        "entry__version",
        "entry__organisation",
        "organisation",
        "proposed_by",
        "decided_by",
        "claim__specialist",
        "claim__entry__version",
        "claim__expectation__version",
        "expectation__version",
        "version",
        "specialty",
        "claim__file",
        "result",
    )


def reversals_asked(entries: Iterable[int]) -> dict[int, Proposal]:
    """The newest proposal to take each entry back, by the entry's id: one statement."""
    rows = Proposal.objects.filter(entry__in=list(entries)).select_related("proposed_by", "decided_by", "result")
    return {row.entry_id: row for row in rows.order_by("pk") if row.entry_id is not None}


def corrections_at(organisation: Organisation) -> QuerySet[Proposal]:
    """Reversals of what an organisation gave, and credits by hand for what it taught, whoever proposed them."""
    return Proposal.objects.filter(Q(organisation=organisation) | Q(entry__organisation=organisation))


def item_of_claim(claim: Claim) -> int | None:
    """The programme, event or module that a request is about, where the portal knows it."""
    if claim.expectation is not None:
        return claim.expectation.version.item_id if claim.expectation.version is not None else None
    return claim.entry.item_id if claim.entry is not None else None


def what_settles(claim: Claim) -> QuerySet[LedgerEntry]:
    """What was really done for a request since it was opened: the entries that an answer in favour rests on.

    Of a disputed entry: what took it back, or a standing entry put right for the same learning; of an awaited credit:
    what it arrived as; of a missing one: whatever was posted since, stands and has settled no other request. Whoever
    says that an entry is right is answered by the decision about it, and by nothing else.
    """
    if claim.defends:
        return LedgerEntry.objects.none()
    rows = LedgerEntry.objects.filter(specialist=claim.specialist_id).select_related("version").order_by("pk")
    gone = LedgerEntry.objects.filter(specialist=claim.specialist_id, reverses=OuterRef("pk"))
    stands = Q(reverses=None) & ~Exists(gone)
    if claim.expectation is not None:
        came = claim.expectation.entry_id if claim.expectation.state == Awaited.ARRIVED else None
        return rows.filter(stands, pk=came) if came is not None else rows.none()
    rows = rows.filter(posted_at__gte=claim.opened_at)
    if claim.entry is None:
        return rows.filter(stands).exclude(_settled_another(claim))
    same = Q(item=claim.entry.item_id) if claim.entry.item_id else Q(source=Source.MANUAL, part=claim.entry.part)
    return rows.filter(Q(reverses=claim.entry) | stands & same)


def _settled_another(claim: Claim) -> Exists:
    """Of entries: whether the trail names them as what another request of this person was granted for."""
    others = Claim.objects.filter(specialist=claim.specialist_id, state=ClaimState.GRANTED).exclude(pk=claim.pk)
    number = Func(OuterRef("pk"), function="to_jsonb", output_field=JSONField())
    trail = Trail.objects.filter(subject="credit_claim", subject_id__in=others.values("pk"), action="claim.granted")
    return Exists(trail.filter(after__settled_by__contains=number))


def entries_settling(claims: Iterable[Claim]) -> dict[int, list[LedgerEntry]]:
    """The entries that answers in favour of one person rested on, by the requests' ids, as the trail names them."""
    granted = {claim.pk: claim.specialist_id for claim in claims if claim.state == ClaimState.GRANTED}
    if not granted:
        return {}
    trail = Trail.objects.filter(subject="credit_claim", subject_id__in=granted, action="claim.granted")
    named = {row.subject_id: row.after.get("settled_by", []) for row in trail if row.subject_id is not None}
    rows = LedgerEntry.objects.filter(specialist__in=granted.values(), pk__in=chain.from_iterable(named.values()))
    found = {row.pk: row for row in rows.select_related("version")}
    return {pk: [found[number] for number in numbers if number in found] for pk, numbers in named.items()}


def proposals_about(claim: Claim) -> QuerySet[Proposal]:
    """What was proposed to settle a request, the newest first; of a defended entry what it is defended against."""
    people, about = ("proposed_by", "decided_by"), ("expectation__version", "version", "specialty")
    of = Q(entry=claim.entry_id, specialist=claim.specialist_id) if claim.defends else Q(claim=claim)
    rows = Proposal.objects.filter(of).select_related(*people, *about, "entry__version", "organisation", "result")
    return rows.order_by("-pk")
