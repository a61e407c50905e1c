"""B-01: one queue across kinds. A kind that waits for operators adds its provider to PROVIDERS, and nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.db.counting import count_all
from foundation.errors import Refused
from foundation.runtime.facts import RequestFacts
from foundation.ui.templatetags.ui import initials
from nmfo.accounts.models import Account
from nmfo.catalogue.models import Version
from nmfo.catalogue.operations.reviewing import take_version
from nmfo.catalogue.queries import decisions_about_versions, versions_free_for, waiting_versions
from nmfo.catalogue.rules.words import Kind
from nmfo.credits.queries.claims import decided_claims, decided_proposals, open_claims, open_proposals
from nmfo.credits.queries.codes import decided_batches, waiting_batches
from nmfo.credits.rules.words import About, ProposalKind
from nmfo.organisations.models import CabinetApplication
from nmfo.organisations.operations.reviewing import check_may_decide, take_application
from nmfo.organisations.queries import (
    TABS,
    applications_free_for,
    applications_in,
    decided_applications,
    overdue_applications,
)
from nmfo.organisations.rules import ApplicationState
from nmfo.specialists.queries import decided_disputes, open_disputes

SHOWN = 30
_USUAL_DAYS = 14  # what has no term of its own stands where a term of two weeks would put it
Take = Callable[..., object]
Rows = QuerySet[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One thing that waits: who, what, since when, until when, and who has taken it."""

    kind: str | Promise
    pk: int
    title: str
    who: str
    url: str
    since: dt.datetime
    due_on: dt.date | None = None
    taken_by: Account | None = None
    waits_for: str = ""  # instead of who has taken it
    state: str = ""

    def days_left(self, today: dt.date) -> int | None:
        """Days until the last one, inclusive; negative: late; None: no term."""
        return (self.due_on - today).days if self.due_on is not None else None

    def place(self, today: dt.date) -> tuple[bool, dt.date, dt.datetime]:
        """Where it stands in the queue: the overdue first, then by the last day, then by age."""
        due = self.due_on or self.since.date() + dt.timedelta(days=_USUAL_DAYS)
        return (not (self.due_on is not None and self.due_on < today), due, self.since)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A kind of things that wait. `first(n)` gives the first n in the order of their terms.

    `free_for(by, n)` gives those that this operator may take; without it all of them. `take(pk, by, facts, now)` marks
    one as taken, or raises Refused when it is somebody else's or one's own; kinds that nobody takes leave it out.
    """

    name: str | Promise
    list_url: str
    waits: Callable[[], Rows]
    first: Callable[[int], list[Waiting]]
    decided: Callable[[dt.datetime], Rows]
    overdue: Callable[[dt.date], Rows] | None = None
    free_for: Callable[[Account, int], list[Waiting]] | None = None
    take: Take | None = None


_APPLICATION = gettext_lazy("Application of an organisation")
_DISPUTE = gettext_lazy("Disputed data of a person")


def _applications(n: int) -> list[Waiting]:
    return _as_waiting(applications_in(TABS[0])[:n])


def _free_applications(by: Account, n: int) -> list[Waiting]:
    return _as_waiting(applications_free_for(by)[:n])


def _as_waiting(rows: Iterable[CabinetApplication]) -> list[Waiting]:
    return [
        Waiting(
            kind=_APPLICATION,
            pk=row.pk,
            title=row.short_name or row.name,
            who=row.number,
            url=reverse("operator:organisation", args=[row.pk]),
            since=row.submitted_at or row.created_at,
            due_on=row.due_on,
            taken_by=row.taken_by,
            state=_("approved once, a second operator is needed") if row.approved_by_id else "",
        )
        for row in rows
    ]


def _take_application(*, pk: int, by: Account, facts: RequestFacts, now: dt.datetime) -> None:
    """Take a submitted one; one in review that waits for this operator is opened as it is."""
    row = check_may_decide(application_id=pk, by=by)
    if row.state == ApplicationState.SUBMITTED:
        take_application(application_id=pk, by=by, facts=facts, now=now)


def _disputes(n: int) -> list[Waiting]:
    return [
        Waiting(
            kind=_DISPUTE,
            pk=row.pk,
            title=row.row_title,
            who=initials(row.specialist.account),
            url=reverse("operator:dispute", args=[row.pk]),
            since=row.opened_at,
        )
        for row in open_disputes()[:n]
    ]


def _claims(n: int) -> list[Waiting]:
    rows: Rows = open_claims()
    return [
        Waiting(
            kind=gettext_lazy("Request about credits"),
            pk=row.pk,
            title=str(About(row.about).label),
            who=initials(row.specialist.account),
            url=reverse("operator:claim", args=[row.pk]),
            since=row.opened_at,
            due_on=row.due_on,
            waits_for=_("waits for a second operator") if row.waits else "",
            state=_("a correction is proposed") if row.waits else "",
        )
        for row in rows[:n]
    ]


def _proposals(n: int) -> list[Waiting]:
    return [
        Waiting(
            kind=gettext_lazy("Correction of credits"),
            pk=row.pk,
            title=str(ProposalKind(row.kind).label),
            who=initials(row.specialist.account),
            url=reverse("operator:correction", args=[row.pk]),
            since=row.proposed_at,
            waits_for=_("waits for a second operator"),
        )
        for row in open_proposals()[:n]
    ]


def _batches(n: int) -> list[Waiting]:
    return [
        Waiting(
            kind=gettext_lazy("Codes to approve"),
            pk=row.pk,
            title=row.version.title,
            who=row.organisation.short_name,
            url=reverse("operator:code-batch", args=[row.pk]),
            since=row.created_at,
            due_on=min(timezone.localdate(row.created_at) + dt.timedelta(days=_USUAL_DAYS), row.valid_until_on),
        )
        for row in waiting_batches()[:n]
    ]


def _overdue_batches(today: dt.date) -> Rows:
    """Those whose two weeks are over, or whose codes would be good no longer."""
    first_in_time = dt.datetime.combine(today - dt.timedelta(days=_USUAL_DAYS), dt.time.min)
    late = Q(created_at__lt=timezone.make_aware(first_in_time)) | Q(valid_until_on__lt=today)
    return waiting_batches().filter(late)


def _versions(n: int) -> list[Waiting]:
    return _versions_as_waiting(waiting_versions()[:n])


def _versions_as_waiting(rows: Iterable[Version]) -> list[Waiting]:
    return [
        Waiting(
            kind=Kind(row.item.kind).label,
            pk=row.pk,
            title=row.title,
            who=row.item.organisation.short_name,
            url=reverse("operator:review", args=[row.pk]),
            since=row.submitted_at or row.created_at,
            due_on=row.due_on,
            taken_by=row.taken_by,
        )
        for row in rows
    ]


def _take_version(*, pk: int, by: Account, facts: RequestFacts, now: dt.datetime) -> None:
    take_version(version_id=pk, by=by, facts=facts, now=now)


PROVIDERS: list[Provider] = [
    Provider(
        name=gettext_lazy("Applications of organisations"),
        list_url="operator:organisations",
        waits=lambda: applications_in(TABS[0]),
        first=_applications,
        decided=decided_applications,
        overdue=overdue_applications,
        free_for=_free_applications,
        take=_take_application,
    ),
    Provider(
        name=gettext_lazy("Review of programmes"),
        list_url="operator:reviews",
        waits=waiting_versions,
        first=_versions,
        decided=decisions_about_versions,
        overdue=lambda today: waiting_versions().filter(due_on__lt=today),
        free_for=lambda by, n: _versions_as_waiting(versions_free_for(by)[:n]),
        take=_take_version,
    ),
    Provider(
        name=gettext_lazy("Disputed data"),
        list_url="operator:disputes",
        waits=open_disputes,
        first=_disputes,
        decided=decided_disputes,
    ),
    Provider(
        name=gettext_lazy("Requests about credits"),
        list_url="operator:claims",
        waits=open_claims,
        first=_claims,
        decided=decided_claims,
        overdue=lambda today: open_claims().filter(due_on__lt=today),
    ),
    Provider(
        name=gettext_lazy("Corrections of credits"),
        list_url="operator:corrections",
        waits=open_proposals,
        first=_proposals,
        decided=decided_proposals,
    ),
    Provider(
        name=gettext_lazy("Confirmation codes to approve"),
        list_url="operator:code-batches",
        waits=waiting_batches,
        first=_batches,
        decided=decided_batches,
        overdue=_overdue_batches,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """How much of a kind waits, is overdue, and was decided lately."""

    provider: Provider
    waits: int
    overdue: int
    decided: int


def numbers(today: dt.date, since: dt.datetime, *others: Rows) -> tuple[list[Numbers], list[int]]:
    """The numbers of every kind, and how many rows of each of the others there are. One statement for all of it."""
    asked: list[Rows] = []
    for one in PROVIDERS:
        asked += [one.waits(), one.decided(since), one.overdue(today) if one.overdue else one.waits().none()]
    found = count_all([*asked, *others])
    kinds = [
        Numbers(provider=one, waits=found[place], decided=found[place + 1], overdue=found[place + 2])
        for place, one in zip(range(0, len(asked), 3), PROVIDERS, strict=True)
    ]
    return kinds, found[len(asked) :]


def waiting(today: dt.date, n: int = SHOWN) -> list[Waiting]:
    """The first things that wait, whatever their kind. Costs one query a kind, however long the queues are."""
    found = [row for provider in PROVIDERS for row in provider.first(n)]
    return sorted(found, key=lambda row: row.place(today))[:n]


def take_next(by: Account, *, facts: RequestFacts, today: dt.date, now: dt.datetime) -> str:
    """Take the first thing that nobody else has taken. Returns its address, or nothing when there is none.

    What a colleague takes at the same moment, or the operator may not decide, is passed over.
    """
    for provider, row in _free(by, today):
        if provider.take is None:
            return row.url
        try:
            provider.take(pk=row.pk, by=by, facts=facts, now=now)
        except Refused:
            continue
        return row.url
    return ""


def _free(by: Account, today: dt.date) -> Iterator[tuple[Provider, Waiting]]:
    pairs = [
        (provider, row)
        for provider in PROVIDERS
        for row in (provider.free_for(by, SHOWN) if provider.free_for else provider.first(SHOWN))
    ]
    yield from sorted(pairs, key=lambda pair: pair[1].place(today))
