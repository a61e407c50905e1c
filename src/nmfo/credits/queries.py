"""Reading the ledger and what stands around it. The owner is the first argument."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from foundation.audit.models import Entry as Trail
from foundation.files.models import StoredFile
from foundation.runtime.facts import RequestFacts
from nmfo.accounts.models import Account
from nmfo.catalogue.models import Version
from nmfo.catalogue.rules import Kind, VersionState
from nmfo.credits.models import (
    Allowance,
    Claim,
    CodeBatch,
    ConfirmationCode,
    Expectation,
    LedgerEntry,
    Proposal,
    UsedOrigin,
)
from nmfo.credits.rules import (
    ONCE_FOR_AN_ITEM,
    SIGNAL_DAYS,
    Awaited,
    BatchState,
    ClaimState,
    CodeState,
    Holder,
    ProposalState,
    Signal,
    Source,
    Use,
    signals_in,
)
from nmfo.organisations.models import Organisation
from nmfo.specialists.models import Specialist

MOST_EVENTS = 200
_LAST_ENTRIES = 20_000  # among which signals are looked for
_SHOWN_PEOPLE = 5  # of a signal
_NEAR = dt.timedelta(days=14)
_TELLING_LETTERS = 4  # shorter words stand in every title


# What lists show of a movement: a version has fifty columns, and each costs its part of every row.
_OF_AN_ENTRY = (
    "specialist", "credits", "part", "source", "origin", "title", "earned_on", "posted_at", "reverses", "reason",
    "version__title", "organisation__short_name",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What a specialist's ledger comes to: credits by the four groups people ask about."""

    posted: int
    awaited: int  # from an organisation or the portal, of learning that is over
    ahead: int  # of learning that has still to end
    with_you: int  # what the specialist has to do something for
    with_you_count: int
    refused: int


def entries_of(
    specialist: Specialist, *, since: dt.date | None = None, until: dt.date | None = None
) -> QuerySet[LedgerEntry]:
    """The movements earned in a span of days (both inclusive), the last first, each with what it is for."""
    rows = LedgerEntry.objects.filter(specialist=specialist)
    if since is not None:
        rows = rows.filter(earned_on__gte=since)
    if until is not None:
        rows = rows.filter(earned_on__lte=until)
    return rows.select_related("version", "organisation").only(*_OF_AN_ENTRY).order_by("-earned_on", "-pk")


def entry_of(specialist: Specialist) -> QuerySet[LedgerEntry]:
    """A specialist's entries with everything that the page of one shows."""
    rows = LedgerEntry.objects.filter(specialist=specialist)
    return rows.select_related("version", "item", "organisation", "specialty", "posted_by", "reverses")


def taken_back_of(specialist: Specialist, entries: Iterable[LedgerEntry]) -> dict[int, dt.datetime]:
    """When reversals took back those of a specialist's entries that they did, by the entries' ids."""
    reversals = LedgerEntry.objects.filter(specialist=specialist, reverses__in=[one.pk for one in entries])
    return {pk: at for pk, at in reversals.values_list("reverses_id", "posted_at") if pk is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Movements:
    """The whole of somebody's ledger in figures."""

    totals: dict[int, int]  # what the sum came to after each movement, by its id, in the order in which they are shown
    in_year: dict[int, int]  # how many movements were earned in each calendar year, the newest first

    @property
    def posted(self) -> int:
        """The sum."""
        return next(reversed(self.totals.values()), 0)


def movements_of(specialist: Specialist) -> Movements:
    """All figures about the movements of a specialist by one statement, which reads an index alone."""
    amounts = LedgerEntry.objects.filter(specialist=specialist).order_by("earned_on", "pk")
    rows = list(amounts.values_list("pk", "credits", "earned_on"))
    sums = accumulate(worth for _pk, worth, _day in rows)
    return Movements(
        totals=dict(zip((pk for pk, _worth, _day in rows), sums, strict=True)),
        in_year=dict(Counter(day.year for _pk, _worth, day in reversed(rows))),
    )


def totals_of(specialist: Specialist) -> dict[int, int]:
    """What the sum came to after each movement, by its id, in the order in which they are shown."""
    return movements_of(specialist).totals


def balance_of(specialist: Specialist, *, as_of: dt.datetime | None = None) -> int:
    """The sum of the ledger; `as_of`: as it was shown at a moment of the past."""
    rows = LedgerEntry.objects.filter(specialist=specialist)
    if as_of is not None:
        rows = rows.filter(posted_at__lte=as_of)
    return rows.aggregate(sum=Sum("credits"))["sum"] or 0


def statement_of(specialist: Specialist, *, day: dt.date) -> QuerySet[LedgerEntry]:
    """What the ledger showed at the end of a day, the first posted first."""
    end = timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min))
    rows = LedgerEntry.objects.filter(specialist=specialist, posted_at__lt=end)
    return rows.select_related("version", "organisation").only(*_OF_AN_ENTRY).order_by("earned_on", "pk")


def cases_of(specialist: Specialist) -> QuerySet[Expectation]:
    """What is not on the account yet, or was refused: the newest first, each with its way."""
    rows = Expectation.objects.filter(specialist=specialist, state__in=[Awaited.AWAITED, Awaited.REFUSED])
    rows = rows.select_related("version", "organisation").defer("version__annotation", "version__aims")
    return rows.prefetch_related("steps").order_by("-began_on", "-pk")


def sums_of(specialist: Specialist, posted: int | None = None) -> Sums:
    """The figures above the ledger, by two statements; by one when what is posted is known already."""
    awaited, over = Q(state=Awaited.AWAITED), Q(began_on__lte=timezone.localdate())
    yours = awaited & over & Q(holder=Holder.SPECIALIST)
    found = Expectation.objects.filter(specialist=specialist).aggregate(
        awaited=Sum("credits", filter=awaited & over & ~Q(holder=Holder.SPECIALIST), default=0),
        ahead=Sum("credits", filter=awaited & ~over, default=0),
        yours=Sum("credits", filter=yours, default=0),
        yours_count=Count("pk", filter=yours),
        refused=Sum("credits", filter=Q(state=Awaited.REFUSED), default=0),
    )
    return Sums(
        posted=balance_of(specialist) if posted is None else posted,
        awaited=found["awaited"],
        ahead=found["ahead"],
        with_you=found["yours"],
        with_you_count=found["yours_count"],
        refused=found["refused"],
    )


def reversal_of(entry: LedgerEntry) -> LedgerEntry | None:
    """The entry that takes an entry back, if there is one."""
    return LedgerEntry.objects.filter(specialist_id=entry.specialist_id, reverses=entry).first()


def correction_behind(entry: LedgerEntry) -> Proposal | None:
    """What two people decided that made a reversal or a credit by hand."""
    rows = Proposal.objects.filter(specialist=entry.specialist_id, result=entry)
    return rows.select_related("organisation").first()


def credit_of(account: Account, item_id: int) -> LedgerEntry | None:
    """The last credit that somebody has from a programme, an event or a module and that nobody took back."""
    rows = LedgerEntry.objects.filter(specialist__account=account, item=item_id, credits__gt=0)
    taken_back = LedgerEntry.objects.filter(specialist=OuterRef("specialist"), reverses=OuterRef("pk"))
    return rows.filter(~Exists(taken_back)).order_by("-earned_on", "-pk").first()


def entry_by(*, source: str, origin: str) -> LedgerEntry | None:
    """The entry that evidence was posted as."""
    used = UsedOrigin.objects.filter(source=source, origin=origin).first()
    if used is None:
        return None
    return LedgerEntry.objects.filter(specialist_id=used.specialist_id, pk=used.entry_id).first()


def activated_codes_of(specialist: Specialist) -> QuerySet[ConfirmationCode]:
    """The codes a specialist has activated, the last first."""
    rows = ConfirmationCode.objects.filter(activated_by=specialist).select_related(
        "batch__version", "batch__organisation"
    )
    return rows.order_by("-activated_at", "-pk")


def codes_waiting_for(specialist: Specialist, *, today: dt.date) -> QuerySet[ConfirmationCode]:
    """The codes that were issued to a specialist by name and can be activated still, the first to expire first."""
    rows = ConfirmationCode.objects.filter(specialist=specialist, state=CodeState.ISSUED, sent_at__isnull=False)
    rows = rows.filter(batch__valid_until_on__gte=today).select_related("batch__version", "batch__organisation")
    return rows.order_by("batch__valid_until_on", "pk")


def claims_of(specialist: Specialist) -> QuerySet[Claim]:
    """A specialist's requests about credits, the newest first."""
    rows = Claim.objects.filter(specialist=specialist)
    return rows.select_related("entry__version", "expectation__version", "file").order_by("-opened_at", "-pk")


def open_claims_about(
    specialist: Specialist, *, entries: Iterable[int] = (), expectations: Iterable[int] = ()
) -> QuerySet[Claim]:
    """A specialist's open requests about entries and awaited credits, by the ids of these."""
    about = Q(entry__in=list(entries)) | Q(expectation__in=list(expectations))
    return Claim.objects.filter(about, specialist=specialist, state=ClaimState.OPEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """What a missing credit might be among what the portal knows."""

    entries: list[LedgerEntry]
    awaited: list[Expectation]

    def __bool__(self) -> bool:
        return bool(self.entries or self.awaited)


def candidates_of(specialist: Specialist, *, title: str, held_on: dt.date | None, part: str) -> Candidates:
    """Entries and awaited credits of a person, five of each at most, that a missing credit might be.

    Found by the part and either a word of the title or a day within two weeks.
    """
    own = {"specialist": specialist, "part": part}
    entries = LedgerEntry.objects.filter(_near(title, held_on, "earned_on"), credits__gt=0, **own)
    awaited = Expectation.objects.filter(_near(title, held_on, "began_on"), **own)
    awaited = awaited.exclude(state__in=[Awaited.ARRIVED, Awaited.WITHDRAWN])
    return Candidates(
        entries=list(entries.select_related("version", "organisation").order_by("-earned_on")[:5]),
        awaited=list(awaited.select_related("version", "organisation").order_by("-began_on")[:5]),
    )


def _near(title: str, held_on: dt.date | None, column: str) -> Q:
    near = Q(pk__in=[])
    if held_on is not None:
        near |= Q(**{f"{column}__range": (held_on - _NEAR, held_on + _NEAR)})
    for word in [word for word in title.split() if len(word) >= _TELLING_LETTERS][:6]:
        near |= Q(version__title__icontains=word) | Q(title__icontains=word)
    return near


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


def codes_in(batch: CodeBatch) -> QuerySet[ConfirmationCode]:
    """The codes of a batch by number, with whom they are for."""
    return batch.codes.select_related("specialist__account").order_by("number")


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


def decided_claims(since: dt.datetime) -> QuerySet[Claim]:
    """Requests that were answered since a moment."""
    return Claim.objects.filter(decided_at__gte=since)


def decided_proposals(since: dt.datetime) -> QuerySet[Proposal]:
    """Corrections that were decided since a moment."""
    return Proposal.objects.filter(decided_at__gte=since)


def open_claims() -> QuerySet[Claim]:
    """Requests about credits that wait for an operator, the nearest term first."""
    rows = Claim.objects.filter(state=ClaimState.OPEN).select_related("specialist__account")
    return rows.order_by("due_on", "pk")


def all_claims() -> QuerySet[Claim]:
    """Every request about credits, for operators."""
    return Claim.objects.select_related(
        "specialist__account", "entry__version", "expectation__version", "decided_by", "file"
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
        "specialist__account", "entry__version", "organisation", "proposed_by", "decided_by", "claim"
    )


def reversals_asked(entries: Iterable[int]) -> dict[int, Proposal]:
    """The newest proposal to take each entry back, by the entry's id: one statement."""
    rows = Proposal.objects.filter(entry__in=list(entries)).select_related("proposed_by", "result")
    return {row.entry_id: row for row in rows.order_by("pk") if row.entry_id is not None}


def posted_by_origin(source: str, origins: Iterable[str]) -> dict[str, int]:
    """The ids of the entries that these origins were posted as: one statement."""
    rows = UsedOrigin.objects.filter(source=source, origin__in=list(origins))
    return dict(rows.values_list("origin", "entry_id"))


def counted_once(organisation: Organisation, item_id: int, specialists: Iterable[int]) -> dict[int, LedgerEntry]:
    """The entry that an organisation's event or module gave each of these people: one statement."""
    rows = LedgerEntry.objects.filter(organisation=organisation, item_id=item_id, specialist__in=list(specialists))
    rows = rows.filter(source__in=ONCE_FOR_AN_ITEM).select_related("version")
    return {row.specialist_id: row for row in rows}


def proposals_about(claim: Claim) -> QuerySet[Proposal]:
    """What was proposed to settle a request, the newest first."""
    return claim.proposals.select_related("proposed_by", "decided_by").order_by("-pk")


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


def kept_credits_of(specialist: Specialist) -> dict[str, list[dict[str, object]]]:
    """What is kept of a specialist's credits, as plain values for their export (P7). Four statements."""
    entries = LedgerEntry.objects.filter(specialist=specialist).select_related("version", "organisation")
    awaited = Expectation.objects.filter(specialist=specialist).select_related("version", "organisation")
    return {
        "credits": [
            {
                "number": row.pk,
                "credits": row.credits,
                "for": row.version.title if row.version is not None else row.title,
                "how": row.source,
                "earned_on": row.earned_on.isoformat(),
                "posted_at": row.posted_at.isoformat(),
                "organisation": row.organisation.name if row.organisation is not None else "",
                "reverses": row.reverses_id or "",
                "reason": row.reason,
            }
            for row in entries.order_by("pk")
        ],
        "credits_awaited": [
            {
                "credits": row.credits,
                "for": row.version.title if row.version is not None else row.title,
                "organisation": row.organisation.name if row.organisation is not None else "",
                "state": row.state,
                "waits_for": row.holder,
                "due_on": row.due_on.isoformat() if row.due_on else "",
                "reason": row.reason,
            }
            for row in awaited.order_by("pk")
        ],
        "confirmation_codes": [
            {
                "event": row.batch.version.title,
                "state": row.state,
                "valid_until_on": row.batch.valid_until_on.isoformat(),
                "activated_at": row.activated_at.isoformat() if row.activated_at else "",
            }
            for row in _codes_about(specialist)
        ],
        "requests_about_credits": [
            {
                "number": row.number,
                "about": row.about,
                "title": row.title,
                "text": row.text,
                "file": row.file.name if row.file is not None else "",
                "opened_at": row.opened_at.isoformat(),
                "state": row.state,
                "answer": row.answer,
            }
            for row in Claim.objects.filter(specialist=specialist).select_related("file").order_by("pk")
        ],
    }


def enclosed_with_claims_of(specialist: Specialist) -> Iterator[tuple[str, StoredFile]]:
    """Files that a specialist has enclosed with requests, each with its name in their export."""
    for row in Claim.objects.filter(specialist=specialist, file__isnull=False).select_related("file").order_by("pk"):
        if row.file is not None:
            yield f"requests/{row.number}-{row.file.name}", row.file


def expectations_of(specialist: Specialist) -> QuerySet[Expectation]:
    """Whatever was or is awaited by a specialist."""
    rows = Expectation.objects.filter(specialist=specialist)
    return rows.select_related("version", "organisation", "entry").prefetch_related("steps")


def _codes_about(specialist: Specialist) -> QuerySet[ConfirmationCode]:
    """Codes that are bound to a specialist, and those they have activated."""
    rows = ConfirmationCode.objects.filter(Q(specialist=specialist) | Q(activated_by=specialist))
    return rows.select_related("batch__version").order_by("pk")
