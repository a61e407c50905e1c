"""What people want to be told of: saved searches (P-02) and runs of a programme (P-03). Letters are `telling`'s."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import struct

from django.db import transaction
from django.utils import timezone

from foundation.audit.operations import record
from foundation.runtime.facts import RequestFacts
from foundation.runtime.keys import keys
from nmfo.accounts.models import Account
from nmfo.catalogue.models import AwaitedRun, Item, SavedSearch
from nmfo.catalogue.queries import awaited_by, open_runs, searches_of
from nmfo.catalogue.rules.refusals import ItemUnknown, NothingToAwait, RunsAreOpen, TooManyAwaited, TooManySearches
from nmfo.catalogue.rules.reviewing import check_search
from nmfo.catalogue.rules.runs import next_letter_on
from nmfo.catalogue.rules.words import MOST_AWAITED, MOST_SAVED_SEARCHES, SETTLED_AFTER, ItemState, Kind
from nmfo.catalogue.search.query import Query

_MAC_BYTES = 16
_ALL = 0


def settled(now: dt.datetime) -> dt.datetime:
    """Up to when every publication is known: whole seconds, because the index keeps those."""
    return (now - SETTLED_AFTER).replace(microsecond=0)


@transaction.atomic
def save_search(
    *, query: Query, name: str, every: str, by: Account, facts: RequestFacts, now: dt.datetime
) -> SavedSearch:
    """Keep a search; letters tell of what is published from now on. The same search again takes new name and rhythm.

    Two at once wait for each other at the account, so that the number holds and a double click is one search.

    Raises SearchEmpty, SearchTooLong, SearchNameMissing, SearchNameTooLong, TooManySearches.
    """
    written = query.filters.written() if query.q or query.narrows else ""
    check_search(query=written, name=name)
    _lock(by)
    kept = searches_of(by).select_for_update(of=("self",), no_key=True).filter(query=written).first()
    if kept is not None:
        return _change(kept, name=name, every=every, facts=facts, now=now)
    if searches_of(by).count() >= MOST_SAVED_SEARCHES:
        raise TooManySearches(most=MOST_SAVED_SEARCHES)
    made = SavedSearch.objects.create(
        account=by,
        name=name,
        query=written,
        every=every,
        created_at=now,
        looked_at=settled(now),
        next_on=next_letter_on(every, timezone.localdate(now)),
    )
    _record(by, "search.saved", made, facts, after={"letters": every})
    return made


@transaction.atomic
def change_search(
    *, search_id: int, name: str, every: str, by: Account, facts: RequestFacts, now: dt.datetime
) -> SavedSearch | None:
    """Rename a search and set how often its letters come; `every` empty: no letters. None when it is gone.

    Raises SearchNameMissing, SearchNameTooLong.
    """
    kept = searches_of(by).select_for_update(of=("self",), no_key=True).filter(pk=search_id).first()
    if kept is None:
        return None
    check_search(query=kept.query, name=name)
    return _change(kept, name=name, every=every, facts=facts, now=now)


def _change(kept: SavedSearch, *, name: str, every: str, facts: RequestFacts, now: dt.datetime) -> SavedSearch:
    before = _letters(kept)
    if (name, every) == (kept.name, before):
        return kept
    kept.name = name
    if every and every != before:
        kept.every, kept.next_on = every, next_letter_on(every, timezone.localdate(now))
        if not before:  # what was published while no letters were wanted is no news
            kept.looked_at = settled(now)
    if every != before:
        kept.stopped_at = None if every else now
    kept.save(update_fields=["name", "every", "next_on", "looked_at", "stopped_at"])
    _record(kept.account, "search.changed", kept, facts, before={"letters": before}, after={"letters": every})
    return kept


@transaction.atomic
def remove_search(*, search_id: int, by: Account, facts: RequestFacts) -> bool:
    """Forget a search; False when it is gone already."""
    kept = searches_of(by).select_for_update(of=("self",)).filter(pk=search_id).first()
    if kept is None:
        return False
    _record(by, "search.removed", kept, facts, before={"letters": _letters(kept)})
    kept.delete()
    return True


@transaction.atomic
def await_run(*, item_id: int, by: Account, facts: RequestFacts, now: dt.datetime) -> AwaitedRun:
    """Ask for one letter when a programme has a run that takes applications. Asking again changes nothing.

    Raises:
        ItemUnknown: no such programme was ever published.
        NothingToAwait: it was withdrawn.
        RunsAreOpen: there is such a run now.
        TooManyAwaited: others have to be taken back first.

    """
    item = Item.objects.filter(pk=item_id, kind=Kind.PROGRAMME, search_row__isnull=False).first()
    if item is None:
        raise ItemUnknown
    if item.state != ItemState.PUBLISHED:
        raise NothingToAwait
    if open_runs(timezone.localdate(now)).filter(item=item).exists():
        raise RunsAreOpen
    _lock(by)
    kept = awaited_by(by).filter(item=item).first()
    if kept is not None:
        return kept
    if awaited_by(by).count() >= MOST_AWAITED:
        raise TooManyAwaited(most=MOST_AWAITED)
    made = AwaitedRun.objects.create(account=by, item=item, asked_at=now)
    record(actor_id=by.pk, action="run.awaited", subject="awaited_run", subject_id=made.pk, facts=facts)
    return made


@transaction.atomic
def stop_awaiting(*, item_id: int, by: Account, facts: RequestFacts) -> bool:
    """Take it back; False when nothing was waited for."""
    kept = awaited_by(by).select_for_update(of=("self",)).filter(item=item_id).first()
    if kept is None:
        return False
    record(actor_id=by.pk, action="run.not_awaited", subject="awaited_run", subject_id=kept.pk, facts=facts)
    kept.delete()
    return True


def stop_token(account_id: int, search_id: int = _ALL) -> str:
    """What stands in a letter's link that stops a search, or all of an account's: 43 signs that nobody can make up.

    It opens nothing and does not end: letters are kept for years, and their links have to work.
    """
    plain = struct.pack(">QQ", account_id, search_id)
    return base64.urlsafe_b64encode(plain + _mac(plain)).decode().rstrip("=")


def _mac(plain: bytes) -> bytes:
    return hmac.new(keys().derive, b"stop searches:" + plain, hashlib.sha256).digest()[:_MAC_BYTES]


def searches_to_stop(token: str) -> list[SavedSearch] | None:
    """The searches a letter's link is about, those that are stopped already too. None: the link is not ours."""
    try:
        raw = base64.urlsafe_b64decode(f"{token}=")
    except ValueError:
        return None
    plain, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if len(plain) != struct.calcsize(">QQ") or not hmac.compare_digest(mac, _mac(plain)):
        return None
    account_id, search_id = struct.unpack(">QQ", plain)
    rows = SavedSearch.objects.filter(account_id=account_id).order_by("pk")
    return list(rows if search_id == _ALL else rows.filter(pk=search_id))


@transaction.atomic
def stop_letters(*, token: str, facts: RequestFacts, now: dt.datetime) -> int | None:
    """Stop the letters of the searches a link is about. Returns how many came until now; None: the link is not ours."""
    found = searches_to_stop(token)
    if found is None:
        return None
    rows = SavedSearch.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
    going_on = list(rows.filter(pk__in=[search.pk for search in found], stopped_at=None))
    for search in going_on:
        search.stopped_at = now
        search.save(update_fields=["stopped_at"])
        _record(None, "search.stopped", search, facts, before={"letters": search.every}, after={"letters": ""})
    return len(going_on)


def _lock(account: Account) -> None:
    """Whatever counts what somebody keeps waits here for another that does."""
    Account.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=account.pk)


def _letters(search: SavedSearch) -> str:
    return "" if search.stopped_at else search.every


def _record(
    by: Account | None,
    action: str,
    search: SavedSearch,
    facts: RequestFacts,
    *,
    before: dict[str, str] | None = None,
    after: dict[str, str] | None = None,
) -> None:
    """What is looked for stays out of the trail: it may say more of a person than the trail has to."""
    record(
        actor_id=by.pk if by else None,
        action=action,
        subject="saved_search",
        subject_id=search.pk,
        facts=facts,
        before=before,
        after=after,
    )
