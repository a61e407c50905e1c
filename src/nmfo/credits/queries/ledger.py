"""Somebody's ledger: movements, sums, what is awaited or refused, and what stands for a programme or an event."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any, NamedTuple

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from foundation.db.rows import instance_of, part_of, rows_of
from nmfo.accounts.models import Account
from nmfo.catalogue.models import Version
from nmfo.credits.models import (
    ConfirmationCode,
    Expectation,
    LedgerEntry,
    Proposal,
    UsedOrigin,
)
from nmfo.credits.rules.words import ONCE_FOR_AN_ITEM, Awaited, ProposalKind, ProposalState, Source
from nmfo.organisations.models import Organisation
from nmfo.specialists.models import Specialist

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
    disputed: bool  # whether any request is to be shown beside: one that waits, or that left it so
    of_events: tuple[tuple[str, int], ...] = ()  # origin and credits of what organisers of events that are over owe
    short: int = 0  # of these, what the marks of presence are not enough for so far; `awaited` has it no more

    def without(self, short: Collection[str]) -> Sums:
        """The same, had nothing to come of these origins."""
        lost = sum(worth for origin, worth in self.of_events if origin in short)
        return replace(self, awaited=self.awaited - lost, short=self.short + lost)


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


def entries_and_their_end_of(specialist: Specialist) -> QuerySet[LedgerEntry]:
    """The same, each with `is_taken_back`: whether a reversal took it back."""
    return entries_of(specialist).annotate(is_taken_back=Exists(LedgerEntry.objects.filter(reverses=OuterRef("pk"))))


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
# The index of the list has all but titles and reasons of their own, which few have: entries of a person lie far apart,
# and thirty that are fetched are thirty pages of the table.
_SHOWN = """
SELECT e.id, e.earned_on, e.credits, e.source, e.origin,
  CASE
    WHEN e.version_id IS NULL THEN (SELECT x.title FROM credits_ledgerentry x WHERE x.id = e.id) ELSE v.title
  END,
  coalesce(o.short_name, ''), e.reverses_id IS NOT NULL, r.posted_at,
  CASE
    WHEN e.source IN ('reversal', 'manual') THEN (SELECT x.reason FROM credits_ledgerentry x WHERE x.id = e.id) ELSE ''
  END,
  e.posted_at,
  (
    SELECT p.proposed_at FROM credits_proposal p
    WHERE p.specialist_id = e.specialist_id AND p.entry_id = e.id AND p.state = 'open'
  )
FROM credits_ledgerentry e
LEFT JOIN (
  SELECT reverses_id, posted_at FROM credits_ledgerentry
  WHERE specialist_id = %(specialist)s AND reverses_id IS NOT NULL AND posted_at < %(end)s
) r ON r.reverses_id = e.id
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
  EXISTS (SELECT FROM credits_claim c WHERE c.specialist_id = %(specialist)s
    AND (c.state = 'open' OR c.state = 'refused' AND c.expectation_id IS NOT NULL)),
  coalesce(json_agg(json_build_array(origin, credits)) FILTER (
    WHERE state = 'awaited' AND over AND holder = 'organisation' AND part = 'event'
  ), '[]')
FROM (
  SELECT credits, state, holder, part, origin, began_on <= %(today)s AS over FROM credits_expectation
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
    """What a credit by hand may stand for: what has not come, was refused or withdrawn, or came and was taken back."""
    taken_back = LedgerEntry.objects.filter(specialist=specialist, reverses=OuterRef("entry_id"))
    rows = Expectation.objects.filter(specialist=specialist).exclude(Q(state=Awaited.ARRIVED) & ~Exists(taken_back))
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
ORDER BY x.began_on DESC, x.id DESC
"""  # noqa: S608 - our own names


def newest_cases_of(specialist: Specialist, *, first: int, most: int) -> list[Expectation]:
    """A page of `cases_of` with what the ledger shows of versions and organisations."""
    found, end = [], len(_OF_A_CASE)
    page = f"{_CASES} LIMIT {most:d} OFFSET {first:d}"  # as numbers: else PostgreSQL plans it anew for each page
    for row in rows_of(page, {"specialist": specialist.pk}):
        case = instance_of(Expectation, _OF_A_CASE, row[:end])
        case.version = part_of(Version, ("id", "item_id", "title"), row[end : end + 3])
        case.organisation = part_of(Organisation, ("id", "short_name"), row[end + 3 :])
        found.append(case)
    return found


def sums_of(specialist: Specialist, posted: int | None = None) -> Sums:
    """The figures above the ledger, by two statements; by one when what is posted is known already."""
    values = {"specialist": specialist.pk, "today": timezone.localdate()}
    awaited, ahead, with_you, count, refused, cases, disputed, of_events = rows_of(_SUMS, values)[0]
    return Sums(
        posted=balance_of(specialist) if posted is None else posted,
        awaited=awaited,
        ahead=ahead,
        with_you=with_you,
        with_you_count=count,
        refused=refused,
        cases=cases,
        disputed=disputed,
        of_events=tuple((origin, worth) for origin, worth in of_events),
    )


def reversal_of(entry: LedgerEntry) -> LedgerEntry | None:
    """The entry that takes an entry back, if there is one."""
    return LedgerEntry.objects.filter(specialist_id=entry.specialist_id, reverses=entry).first()


def correction_behind(entry: LedgerEntry) -> Proposal | None:
    """What two people decided that made a reversal or a credit by hand."""
    rows = Proposal.objects.filter(specialist=entry.specialist_id, result=entry)
    return rows.select_related("organisation", "claim").first()


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


def posted_by_origin(source: str, origins: Iterable[str]) -> dict[str, int]:
    """The ids of the entries that these origins were posted as: one statement."""
    rows = UsedOrigin.objects.filter(source=source, origin__in=list(origins))
    return dict(rows.values_list("origin", "entry_id"))


def counted_once(organisation: Organisation, item_id: int, specialists: Iterable[int]) -> dict[int, LedgerEntry]:
    """The last entry that an organisation's event or module gave each of these people: one statement.

    Not those of codes that name nobody: who brought which is not the organisation's business. It takes them back where
    it sees the code, and there without a name.
    """
    bearers = ConfirmationCode.objects.filter(specialist=None, activated_by=OuterRef("specialist"))
    bearers = bearers.annotate(key=Concat(Value("code:"), Cast("pk", CharField()))).filter(key=OuterRef("origin"))
    rows = LedgerEntry.objects.filter(organisation=organisation, item_id=item_id, specialist__in=list(specialists))
    rows = (
        rows.exclude(Exists(bearers), source=Source.CODE)
        .filter(source__in=ONCE_FOR_AN_ITEM)
        .select_related("version")
        .order_by("pk")
    )  # the last one stands
    return {row.specialist_id: row for row in rows}


def standing_for(specialist_id: int, items: Iterable[int]) -> dict[int, LedgerEntry]:
    """What these events and modules have given to somebody once for all and nobody took back: one statement."""
    rows = LedgerEntry.objects.filter(specialist=specialist_id, item__in=list(items), source__in=ONCE_FOR_AN_ITEM)
    taken_back = LedgerEntry.objects.filter(specialist=specialist_id, reverses=OuterRef("pk"))
    rows = rows.filter(~Exists(taken_back), reverses=None).order_by("pk")
    return {row.item_id: row for row in rows if row.item_id is not None}


def taken_back_for(specialist_id: int, items: Iterable[int]) -> dict[int, LedgerEntry]:
    """The last that took back what these events and modules had given to somebody once for all: one statement."""
    rows = LedgerEntry.objects.filter(specialist=specialist_id, item__in=list(items))
    rows = rows.filter(reverses__source__in=ONCE_FOR_AN_ITEM).order_by("pk")
    return {row.item_id: row for row in rows if row.item_id is not None}


def refused_by_origin(specialist_id: int, origins: Iterable[str]) -> dict[str, int]:
    """Credits that will not come, which their person may dispute: ids of what was awaited, by its origin."""
    rows = Expectation.objects.filter(specialist=specialist_id, origin__in=list(origins), state=Awaited.REFUSED)
    return dict(rows.values_list("origin", "pk"))


def entries_for_item(specialist: Specialist, item_id: int | None) -> QuerySet[LedgerEntry]:
    """A specialist's movements for one programme, event or module, the last first."""
    if item_id is None:
        return LedgerEntry.objects.none()
    rows = LedgerEntry.objects.filter(specialist=specialist, item=item_id)
    return rows.select_related("version", "organisation").only(*_OF_AN_ENTRY).order_by("-pk")


def expectations_of(specialist: Specialist) -> QuerySet[Expectation]:
    """Whatever was or is awaited by a specialist."""
    rows = Expectation.objects.filter(specialist=specialist)
    return rows.select_related("version", "organisation", "entry").prefetch_related("steps")
