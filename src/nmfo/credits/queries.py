"""Reading the ledger and what stands around it. The owner is the first argument."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from foundation.audit.models import Entry as Trail
from foundation.db.rows import instance_of, instances_of, part_of, rows_of
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
    ProposalKind,
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
    cases: int  # how many are awaited or refused
    disputed: bool  # whether any request waits for its answer


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


class Movement(NamedTuple):
    """An entry as lists show it; `credits` are negative when it takes another back."""

    pk: int
    earned_on: dt.date
    credits: int
    source: str
    origin: str
    title: str
    organisation: str  # its short name; empty: the portal or an operator
    is_reversal: bool
    taken_back_at: dt.datetime | None
    reason: str
    posted_at: dt.datetime
    asked_back_at: dt.datetime | None  # when it was proposed to take it back, while nobody has decided

    @property
    def is_taken_back(self) -> bool:
        """Whether a reversal took it back."""
        return self.taken_back_at is not None

    @property
    def worth(self) -> int:
        """ЗЕТ without the sign."""
        return abs(self.credits)


# By hand, for each look at a ledger asks it: the ORM takes longer to put it together than PostgreSQL to answer.
_SHOWN = """
SELECT e.id, e.earned_on, e.credits, e.source, e.origin, coalesce(v.title, e.title), coalesce(o.short_name, ''),
  e.reverses_id IS NOT NULL,
  (
    SELECT r.posted_at FROM credits_ledgerentry r
    WHERE r.specialist_id = e.specialist_id AND r.reverses_id = e.id AND r.posted_at < %(end)s
  ),
  e.reason, e.posted_at,
  (
    SELECT p.proposed_at FROM credits_proposal p
    WHERE p.specialist_id = e.specialist_id AND p.entry_id = e.id AND p.state = 'open'
  )
FROM credits_ledgerentry e
LEFT JOIN catalogue_version v ON v.id = e.version_id
LEFT JOIN organisations_organisation o ON o.id = e.organisation_id
WHERE e.specialist_id = %(specialist)s AND e.earned_on BETWEEN %(since)s AND %(until)s AND e.posted_at < %(end)s
"""
_NEWEST = f"{_SHOWN} ORDER BY e.earned_on DESC, e.id DESC LIMIT %(most)s OFFSET %(first)s"
_OLDEST = f"{_SHOWN} ORDER BY e.earned_on, e.id"
_FIGURES = """
SELECT id, credits, earned_on FROM credits_ledgerentry WHERE specialist_id = %s ORDER BY earned_on, id
"""
_SUMS = """
SELECT coalesce(sum(credits) FILTER (WHERE state = 'awaited' AND over AND holder <> 'specialist'), 0),
  coalesce(sum(credits) FILTER (WHERE state = 'awaited' AND NOT over), 0),
  coalesce(sum(credits) FILTER (WHERE state = 'awaited' AND over AND holder = 'specialist'), 0),
  count(*) FILTER (WHERE state = 'awaited' AND over AND holder = 'specialist'),
  coalesce(sum(credits) FILTER (WHERE state = 'refused'), 0),
  count(*),
  EXISTS (SELECT FROM credits_claim c WHERE c.specialist_id = %(specialist)s AND c.state = 'open')
FROM (
  SELECT credits, state, holder, began_on <= %(today)s AS over FROM credits_expectation
  WHERE specialist_id = %(specialist)s AND state IN ('awaited', 'refused')
) x
"""


def shown_of(
    specialist: Specialist, *, first: int, most: int, since: dt.date = dt.date.min, until: dt.date = dt.date.max
) -> list[Movement]:
    """At most so many movements earned in a span of days (both inclusive), the last first, from number `first` on."""
    values = {"since": since, "until": until, "end": "infinity", "first": first, "most": most}
    return _movements(_NEWEST, specialist, values)


def _movements(statement: str, specialist: Specialist, values: dict[str, Any]) -> list[Movement]:
    return [Movement(*row) for row in rows_of(statement, {"specialist": specialist.pk, **values})]


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
    return movements_in(rows_of(_FIGURES, [specialist.pk]))


def movements_in(rows: Sequence[tuple[Any, ...]]) -> Movements:
    """The same of rows that were read already: id, ЗЕТ and day of each movement, the first earned first."""
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


def statement_of(specialist: Specialist, *, day: dt.date) -> list[Movement]:
    """What the ledger showed at the end of a day, the first earned first."""
    end = timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min))
    return _movements(_OLDEST, specialist, {"since": dt.date.min, "until": dt.date.max, "end": end})


def cases_of(specialist: Specialist) -> QuerySet[Expectation]:
    """What is not on the account yet, or was refused: the newest first, each with its way."""
    rows = Expectation.objects.filter(specialist=specialist, state__in=[Awaited.AWAITED, Awaited.REFUSED])
    rows = rows.select_related("version", "organisation").defer("version__annotation", "version__aims")
    return rows.order_by("-began_on", "-pk")


def awaited_of(specialist: Specialist) -> QuerySet[Expectation]:
    """What a credit by hand may stand for: whatever has not come, also what was refused or withdrawn."""
    rows = Expectation.objects.filter(specialist=specialist).exclude(state=Awaited.ARRIVED)
    return rows.select_related("version", "organisation").order_by("-began_on", "-pk")


_OF_A_CASE = (
    "id", "specialist_id", "source", "origin", "version_id", "organisation_id", "title", "credits", "part", "began_on",
    "holder", "due_on", "state", "reason", "entry_id", "changed_at",
)  # fmt: skip
_CASES = f"""
SELECT {", ".join(f"x.{name}" for name in _OF_A_CASE)}, v.id, v.item_id, v.title, o.id, o.short_name
FROM credits_expectation x
LEFT JOIN catalogue_version v ON v.id = x.version_id
LEFT JOIN organisations_organisation o ON o.id = x.organisation_id
WHERE x.specialist_id = %(specialist)s AND x.state IN ('awaited', 'refused')
ORDER BY x.began_on DESC, x.id DESC LIMIT %(most)s OFFSET %(first)s
"""  # noqa: S608 - our own names


def newest_cases_of(specialist: Specialist, *, first: int, most: int) -> list[Expectation]:
    """A page of `cases_of` with what the ledger shows of versions and organisations."""
    found, end = [], len(_OF_A_CASE)
    for row in rows_of(_CASES, {"specialist": specialist.pk, "first": first, "most": most}):
        case = instance_of(Expectation, _OF_A_CASE, row[:end])
        case.version = part_of(Version, ("id", "item_id", "title"), row[end : end + 3])
        case.organisation = part_of(Organisation, ("id", "short_name"), row[end + 3 :])
        found.append(case)
    return found


def sums_of(specialist: Specialist, posted: int | None = None) -> Sums:
    """The figures above the ledger, by two statements; by one when what is posted is known already."""
    values = {"specialist": specialist.pk, "today": timezone.localdate()}
    awaited, ahead, with_you, count, refused, cases, disputed = rows_of(_SUMS, values)[0]
    return Sums(
        posted=balance_of(specialist) if posted is None else posted,
        awaited=awaited,
        ahead=ahead,
        with_you=with_you,
        with_you_count=count,
        refused=refused,
        cases=cases,
        disputed=disputed,
    )


def reversal_of(entry: LedgerEntry) -> LedgerEntry | None:
    """The entry that takes an entry back, if there is one."""
    return LedgerEntry.objects.filter(specialist_id=entry.specialist_id, reverses=entry).first()


def correction_behind(entry: LedgerEntry) -> Proposal | None:
    """What two people decided that made a reversal or a credit by hand."""
    rows = Proposal.objects.filter(specialist=entry.specialist_id, result=entry)
    return rows.select_related("organisation").first()


def reversals_left_open_or_declined(entry: LedgerEntry) -> list[Proposal]:
    """What was proposed about an entry and has not taken it back, the last first: open, declined or withdrawn."""
    rows = Proposal.objects.filter(specialist=entry.specialist_id, entry=entry, kind=ProposalKind.REVERSAL)
    return list(rows.exclude(state=ProposalState.APPROVED).select_related("organisation").order_by("-pk"))


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
    """Requests about credits that wait for an operator, the nearest term first; `waits`: for a proposed correction."""
    waits = Exists(Proposal.objects.filter(claim=OuterRef("pk"), state=ProposalState.OPEN))
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
        "claim__file",
        "result",
    )


def reversals_asked(entries: Iterable[int]) -> dict[int, Proposal]:
    """The newest proposal to take each entry back, by the entry's id: one statement."""
    rows = Proposal.objects.filter(entry__in=list(entries)).select_related("proposed_by", "decided_by", "result")
    return {row.entry_id: row for row in rows.order_by("pk") if row.entry_id is not None}


def posted_by_origin(source: str, origins: Iterable[str]) -> dict[str, int]:
    """The ids of the entries that these origins were posted as: one statement."""
    rows = UsedOrigin.objects.filter(source=source, origin__in=list(origins))
    return dict(rows.values_list("origin", "entry_id"))


def counted_once(organisation: Organisation, item_id: int, specialists: Iterable[int]) -> dict[int, LedgerEntry]:
    """The last entry that an organisation's event or module gave each of these people: one statement."""
    rows = LedgerEntry.objects.filter(organisation=organisation, item_id=item_id, specialist__in=list(specialists))
    rows = rows.filter(source__in=ONCE_FOR_AN_ITEM).select_related("version").order_by("pk")  # the last one stands
    return {row.specialist_id: row for row in rows}


def corrections_at(organisation: Organisation) -> QuerySet[Proposal]:
    """Reversals of what an organisation gave, and credits by hand for what it taught, whoever proposed them."""
    return Proposal.objects.filter(Q(organisation=organisation) | Q(entry__organisation=organisation))


def standing_for(specialist_id: int, items: Iterable[int]) -> dict[int, LedgerEntry]:
    """What these events and modules have given to somebody once for all and nobody took back: one statement."""
    rows = LedgerEntry.objects.filter(specialist=specialist_id, item__in=list(items), source__in=ONCE_FOR_AN_ITEM)
    taken_back = LedgerEntry.objects.filter(specialist=specialist_id, reverses=OuterRef("pk"))
    rows = rows.filter(~Exists(taken_back), reverses=None).order_by("pk")
    return {row.item_id: row for row in rows if row.item_id is not None}


def item_of_claim(claim: Claim) -> int | None:
    """The programme, event or module that a request is about, where the portal knows it."""
    if claim.expectation is not None:
        return claim.expectation.version.item_id if claim.expectation.version is not None else None
    return claim.entry.item_id if claim.entry is not None else None


def entries_for_item(specialist: Specialist, item_id: int | None) -> QuerySet[LedgerEntry]:
    """A specialist's movements for one programme, event or module, the last first."""
    if item_id is None:
        return LedgerEntry.objects.none()
    rows = LedgerEntry.objects.filter(specialist=specialist, item=item_id)
    return rows.select_related("version", "organisation").only(*_OF_AN_ENTRY).order_by("-pk")


def what_settles(claim: Claim) -> QuerySet[LedgerEntry]:
    """What was really done for a request since it was opened: the entries that an answer in favour rests on.

    Of a disputed entry: what took it back, or a standing entry put right for the same learning; of an awaited credit:
    what it arrived as; of a missing one: whatever was posted since and stands.
    """
    rows = LedgerEntry.objects.filter(specialist=claim.specialist_id).select_related("version").order_by("pk")
    gone = LedgerEntry.objects.filter(specialist=claim.specialist_id, reverses=OuterRef("pk"))
    stands = Q(reverses=None) & ~Exists(gone)
    if claim.expectation is not None:
        came = claim.expectation.entry_id if claim.expectation.state == Awaited.ARRIVED else None
        return rows.filter(stands, pk=came) if came is not None else rows.none()
    rows = rows.filter(posted_at__gte=claim.opened_at)
    if claim.entry is None:
        return rows.filter(stands)
    same = Q(item=claim.entry.item_id) if claim.entry.item_id else Q(source=Source.MANUAL, part=claim.entry.part)
    return rows.filter(Q(reverses=claim.entry) | stands & same)


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
    """What was proposed to settle a request, the newest first."""
    people, about = ("proposed_by", "decided_by"), ("expectation__version", "version")
    rows = claim.proposals.select_related(*people, *about, "entry__version", "organisation", "result")
    return rows.order_by("-pk")


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
