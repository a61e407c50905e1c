"""Letters of the catalogue: what saved searches find anew, and runs somebody waits for. Called by jobs."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Min, OuterRef
from django.utils import timezone

from foundation.audit.operations import record
from foundation.mail.models import Letter
from foundation.mail.operations import put_letter
from nmfo.accounts.models import Account
from nmfo.accounts.operations.recovering import REOPEN_WITHIN
from nmfo.accounts.rules import State
from nmfo.catalogue.models import AwaitedRun, SavedSearch, SearchRow
from nmfo.catalogue.operations.saving import settled, stop_token
from nmfo.catalogue.queries import open_runs
from nmfo.catalogue.rules.runs import next_letter_on
from nmfo.catalogue.search.finding import published_between
from nmfo.catalogue.search.index import Index, Snapshot
from nmfo.catalogue.search.query import Query, read
from nmfo.catalogue.search.showing import Shown, shown
from nmfo.catalogue.search.understanding import understand, words_of

MOST_ITEMS = 10  # of one search in a letter; the rest is behind a link


def tell_of_news(now: dt.datetime) -> int:
    """Send each account whose searches are due one letter of what they find anew, if anything. Returns how many.

    May run any number of times a day, and be killed anywhere: an account's letter and the dates of its searches are one
    transaction. The index is read for this alone and let go after it: a worker has no other use for its memory. When
    nothing was published it is not read at all.
    """
    today, until = timezone.localdate(now), settled(now)
    due = SavedSearch.objects.filter(next_on__lte=today, stopped_at=None, account__state=State.ACTIVE)
    accounts = list(due.order_by("account").values_list("account", flat=True).distinct())
    oldest = due.aggregate(oldest=Min("looked_at"))["oldest"]
    if oldest is None:
        return 0
    fresh = SearchRow.objects.filter(listed=True, published_at__gt=oldest - dt.timedelta(seconds=1)).exists()
    index = Index() if fresh else None
    if index is not None:
        index.current()  # read before the first account is locked: it takes seconds
    return sum(_tell_account(pk, index, until=until, now=now) for pk in accounts)


@transaction.atomic
def _tell_account(account_id: int, index: Index | None, *, until: dt.datetime, now: dt.datetime) -> int:
    """The letter of one account: 1 when there was something to tell. Two at once wait for each other at the account."""
    account = Account.objects.select_for_update(of=("self",), no_key=True).get(pk=account_id)
    if account.state != State.ACTIVE or not account.email:
        return 0
    today = timezone.localdate(now)
    key = f"search-news:{account.pk}:{today}"
    if Letter.objects.filter(key=key).exists():
        return 0  # one a day: what has become due since then comes tomorrow
    rows = SavedSearch.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
    due = list(rows.filter(account=account, next_on__lte=today, stopped_at=None))
    number, found = _news(due, index, until=until, today=today) if index is not None else (0, [])
    for search in due:
        search.looked_at = max(until, search.looked_at)
        search.next_on = next_letter_on(search.every, today)
        search.save(update_fields=["looked_at", "next_on"])
    if not number:
        return 0
    stop = _address(stop_token(account.pk))
    put_letter(
        kind="search_news",
        to=account.email,
        account_id=account.pk,
        language=account.language,
        values={"person": account, "found": found, "number": number, "stop": stop},
        key=key,
        now=now,
        stop_url=stop,
    )
    return 1


def _news(
    due: list[SavedSearch], index: Index, *, until: dt.datetime, today: dt.date
) -> tuple[int, list[dict[str, Any]]]:
    """How many items are new, each once however many searches find it, and what the letter says of each search."""
    queries = [(search, read(search.query)) for search in due]
    snapshot = index.current([word for _search, query in queries for word in words_of(query.q)])
    found = [
        (search, query, items)
        for search, query in queries
        if (items := _published(snapshot, query, since=search.looked_at, until=until, today=today))
    ]
    rows = shown({item for *_search, items in found for item in items[:MOST_ITEMS]})
    return len({item for *_search, items in found for item in items}), [
        {
            "name": search.name,
            "number": len(items),
            "items": [_line(rows[item]) for item in items[:MOST_ITEMS] if item in rows],
            "more": len(items[MOST_ITEMS:]),
            "more_url": f"{settings.BASE_URL}/catalogue/?{query.but(sort='newest').written()}",
            "stop": _address(stop_token(search.account_id, search.pk)),
        }
        for search, query, items in found
    ]


def _published(
    snapshot: Snapshot, query: Query, *, since: dt.datetime, until: dt.datetime, today: dt.date
) -> list[int]:
    understood = understand(snapshot, query.q, exact=query.exact)
    return published_between(
        snapshot,
        query,
        understood.terms,
        since_s=int(since.timestamp()),
        until_s=int(until.timestamp()),
        today=today,
        volume=understood.volume,
    )


def _line(row: Shown) -> dict[str, Any]:
    return {"row": row, "title": row.title, "url": f"{settings.BASE_URL}/catalogue/{row.kind}s/{row.item_id}/"}


def _address(token: str) -> str:
    return f"{settings.BASE_URL}/catalogue/saved/stop/{token}/"


def tell_of_runs(now: dt.datetime) -> int:
    """Tell those who wait for a run of a programme that now has one; each is told once. Returns how many."""
    today = timezone.localdate(now)
    waiting = AwaitedRun.objects.filter(
        Exists(open_runs(today).filter(item=OuterRef("item"))), account__state=State.ACTIVE
    )
    return sum(_tell_of_run(pk, now) for pk in list(waiting.order_by("pk").values_list("pk", flat=True)))


@transaction.atomic
def _tell_of_run(awaited_id: int, now: dt.datetime) -> int:
    """The row goes with its letter: neither a second letter nor a forgotten one."""
    rows = AwaitedRun.objects.select_for_update(of=("self",), skip_locked=True).select_related("account", "item")
    awaited = rows.filter(pk=awaited_id).first()
    if awaited is None or awaited.account.state != State.ACTIVE or not awaited.account.email:
        return 0
    runs = list(open_runs(timezone.localdate(now)).filter(item=awaited.item).select_related("region", "version")[:1])
    if not runs:  # it was closed or filled this minute
        return 0
    put_letter(
        kind="run_open",
        to=awaited.account.email,
        account_id=awaited.account_id,
        language=awaited.account.language,
        values={"person": awaited.account, "item": awaited.item, "run": runs[0], "version": runs[0].version},
        key=f"run-open:{awaited.pk}",
        now=now,
    )
    awaited.delete()
    return 1


def forget_searches_of_closed(now: dt.datetime) -> int:
    """Drop what accounts closed more than thirty days ago kept in the catalogue. Returns how many accounts had any."""
    closed = Account.objects.filter(state=State.CLOSED, closed_at__lt=now - REOPEN_WITHIN)
    kept = [Exists(rows.objects.filter(account=OuterRef("pk"))) for rows in (SavedSearch, AwaitedRun)]
    found = list(closed.filter(kept[0] | kept[1]).order_by("pk").values_list("pk", flat=True))
    for pk in found:
        with transaction.atomic():
            SavedSearch.objects.filter(account=pk).delete()
            AwaitedRun.objects.filter(account=pk).delete()
            record(actor_id=None, action="search.forgotten", subject="account", subject_id=pk, facts=None)
    return len(found)
