"""What people keep in the catalogue: once each, not without measure, theirs alone."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from tests.builders import a_run, a_version, an_account, an_item, facts, published

from foundation.audit.models import Entry
from nmfo.accounts.models import Account
from nmfo.accounts.operations.closing import close_account
from nmfo.catalogue.models import AwaitedRun, Item, SavedSearch
from nmfo.catalogue.operations import saving
from nmfo.catalogue.operations.telling import forget_searches_of_closed
from nmfo.catalogue.queries import awaited_by, searches_of
from nmfo.catalogue.rules.refusals import (
    ItemUnknown,
    NothingToAwait,
    RunsAreOpen,
    SearchEmpty,
    SearchNameMissing,
    SearchNameTooLong,
    SearchTooLong,
    TooManyAwaited,
    TooManySearches,
)
from nmfo.catalogue.rules.runs import next_letter_on
from nmfo.catalogue.rules.words import Every
from nmfo.catalogue.search.query import Query, read

NOW = dt.datetime(2026, 11, 25, 9, 0, 0, 123456, tzinfo=dt.UTC)
WITHDRAWN = {"state": "withdrawn", "withdrawn_at": NOW, "withdrawn_reason": "Устарела"}


def save(by: Account, query: Query | None = None, **changes: Any) -> SavedSearch:
    given = {"name": "Кардиология", "every": "week", "by": by, "facts": facts(), "now": NOW, **changes}
    return saving.save_search(query=query or Query(q="кардиология"), **given)


def change(search: SavedSearch, **changes: Any) -> SavedSearch:
    given = {"name": search.name, "every": search.every, "by": search.account, "facts": facts(), "now": NOW, **changes}
    changed = saving.change_search(search_id=search.pk, **given)
    assert changed is not None
    return changed


def wait_for(item: Item, by: Account, now: dt.datetime | None = None) -> AwaitedRun:
    return saving.await_run(item_id=item.pk, by=by, facts=facts(), now=now or timezone.now())


def test_the_next_letter_comes_in_a_day_or_a_week() -> None:
    today = dt.date(2026, 12, 31)

    assert next_letter_on(Every.DAY, today) == dt.date(2027, 1, 1)
    assert next_letter_on(Every.WEEK, today) == dt.date(2027, 1, 7)


@pytest.mark.django_db
def test_a_search_is_kept_in_its_one_writing_without_order_and_page() -> None:
    found = save(an_account(), Query(q="кардиология", kind=("event",), region=("77", "16"), sort="title", page=3))

    assert read(found.query) == Query(q="кардиология", kind=("event",), region=("16", "77"))
    assert found.looked_at == dt.datetime(2026, 11, 25, 8, 50, tzinfo=dt.UTC)
    assert found.next_on == dt.date(2026, 12, 2)


@pytest.mark.django_db
def test_the_same_search_again_takes_the_new_name_and_rhythm() -> None:
    account = an_account()
    first = save(account)

    again = save(account, Query(q="кардиология", sort="price"), name="Сердце", every="day")

    assert again.pk == first.pk
    assert [(row.name, row.every, row.next_on) for row in searches_of(account)] == [
        ("Сердце", "day", dt.date(2026, 11, 26))
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "name", "refusal"),
    [
        (Query(), "Всё", SearchEmpty),
        (Query(exact=True, sort="title"), "Всё", SearchEmpty),
        (Query(organisation=tuple(range(10**6, 10**6 + 200))), "Много", SearchTooLong),
        (Query(q="x"), "", SearchNameMissing),
        (Query(q="x"), "н" * 201, SearchNameTooLong),
    ],
)
def test_what_makes_no_sense_is_refused(query: Query, name: str, refusal: type[Exception]) -> None:
    account = an_account()
    before = Entry.objects.count()

    with pytest.raises(refusal):
        save(account, query, name=name)

    assert not searches_of(account).exists()
    assert Entry.objects.count() == before


@pytest.mark.django_db
def test_the_twenty_first_search_is_refused_and_a_kept_one_can_still_be_changed() -> None:
    account = an_account()
    for number in range(20):
        save(account, Query(q=f"x{number}"))

    with pytest.raises(TooManySearches, match="20"):
        save(account, Query(q="x20"))
    save(account, Query(q="x7"), name="Другое имя")

    assert searches_of(account).count() == 20
    assert save(an_account(), Query(q="x20")).pk  # others have their own twenty


@pytest.mark.django_db
def test_letters_stop_and_go_on_without_what_was_published_meanwhile() -> None:
    search = save(an_account())

    stopped = change(search, every="", now=NOW + dt.timedelta(days=1))
    assert (stopped.stopped_at, stopped.every) == (NOW + dt.timedelta(days=1), "week")
    going_on = change(search, every="day", now=NOW + dt.timedelta(days=30))

    assert (going_on.stopped_at, going_on.every, going_on.next_on) == (None, "day", dt.date(2026, 12, 26))
    assert going_on.looked_at == dt.datetime(2026, 12, 25, 8, 50, tzinfo=dt.UTC)


@pytest.mark.django_db
def test_a_new_name_alone_moves_no_letter() -> None:
    search = save(an_account())

    renamed = change(search, name="Сердце", now=NOW + dt.timedelta(days=3))

    assert (renamed.name, renamed.next_on, renamed.looked_at) == ("Сердце", search.next_on, search.looked_at)


@pytest.mark.django_db
def test_nobody_touches_what_others_keep() -> None:
    owner, stranger = an_account(), an_account()
    search = save(owner)

    assert saving.change_search(search_id=search.pk, name="x", every="", by=stranger, facts=facts(), now=NOW) is None
    assert not saving.remove_search(search_id=search.pk, by=stranger, facts=facts())
    assert searches_of(owner).get().name == "Кардиология"
    assert saving.remove_search(search_id=search.pk, by=owner, facts=facts())
    assert not saving.remove_search(search_id=search.pk, by=owner, facts=facts())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"every": "hour"}, "catalogue_search_rhythm_is_known"),
        ({"name": ""}, "catalogue_saved_searches_have_name_and_query"),
        ({"query": ""}, "catalogue_saved_searches_have_name_and_query"),
        ({}, "catalogue_a_search_is_saved_once"),
    ],
)
def test_the_database_refuses_what_the_rules_do(values: dict[str, str], name: str) -> None:
    search = save(an_account())
    given = {
        field: getattr(search, field)
        for field in ("account", "name", "query", "every", "created_at", "looked_at", "next_on")
    }
    if values and "query" not in values:
        given["query"] = "q=y"

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        SavedSearch.objects.create(**{**given, **values})


@pytest.mark.django_db
def test_a_run_is_awaited_once_and_taken_back() -> None:
    item, account = published(a_version(an_item())).item, an_account()

    assert wait_for(item, account).pk == wait_for(item, account).pk
    with pytest.raises(IntegrityError, match="catalogue_a_run_is_awaited_once"), transaction.atomic():
        AwaitedRun.objects.create(account=account, item=item, asked_at=NOW)

    assert saving.stop_awaiting(item_id=item.pk, by=account, facts=facts())
    assert not saving.stop_awaiting(item_id=item.pk, by=account, facts=facts())


@pytest.mark.django_db
def test_what_cannot_be_awaited_says_why() -> None:
    account = an_account()
    unknown, event = an_item(), published(a_version(an_item("event"))).item
    withdrawn, taught = published(a_version(an_item())).item, published(a_version(an_item()))
    a_version(unknown)
    Item.objects.filter(pk=withdrawn.pk).update(**WITHDRAWN)
    a_run(taught)

    for item, refusal in (
        (unknown, ItemUnknown),
        (event, ItemUnknown),
        (withdrawn, NothingToAwait),
        (taught.item, RunsAreOpen),
    ):
        with pytest.raises(refusal):
            wait_for(item, account)
    assert not awaited_by(account).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "values", [{"state": "closed"}, {"seats": 5, "taken": 5}, {"apply_until_on": dt.date(2026, 1, 1)}]
)
def test_a_run_that_takes_nobody_does_not_stand_in_the_way(values: dict[str, Any]) -> None:
    version = published(a_version(an_item()))
    a_run(version, **values)

    assert wait_for(version.item, an_account()).pk


@pytest.mark.django_db
def test_runs_are_not_awaited_without_measure() -> None:
    account = an_account()
    version = published(a_version(an_item()))
    others = Item.objects.bulk_create(
        [
            Item(organisation=version.item.organisation, kind="programme", created_at=NOW, state="published")
            for _ in range(50)
        ]
    )
    AwaitedRun.objects.bulk_create([AwaitedRun(account=account, item=item, asked_at=NOW) for item in others])

    with pytest.raises(TooManyAwaited, match="50"):
        wait_for(version.item, account)


def at_once(*works: Any) -> list[BaseException]:
    """Run in threads of their own; what they raised."""
    raised: list[BaseException] = []

    def run(work: Any) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return raised


@pytest.mark.django_db(transaction=True)
def test_a_double_click_saves_once() -> None:
    account = an_account()

    raised = at_once(*[lambda: save(account)] * 4)

    assert raised == []
    assert searches_of(account).count() == 1
    assert Entry.objects.filter(action="search.saved").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_that_would_be_the_twentieth_one_is_refused() -> None:
    account = an_account()
    for number in range(19):
        save(account, Query(q=f"x{number}"))

    raised = at_once(lambda: save(account, Query(q="y")), lambda: save(account, Query(q="z")))

    assert [type(error) for error in raised] == [TooManySearches]
    assert searches_of(account).count() == 20


@pytest.mark.django_db(transaction=True)
def test_a_double_click_awaits_once() -> None:
    item, account = published(a_version(an_item())).item, an_account()

    assert at_once(*[lambda: wait_for(item, account)] * 4) == []
    assert awaited_by(account).count() == 1


@pytest.mark.django_db
def test_the_link_of_a_letter_stops_one_search_or_all_of_one_person() -> None:
    owner, stranger = an_account(), an_account()
    first, second, third, theirs = (
        save(by, Query(q=word)) for by, word in ((owner, "a"), (owner, "b"), (owner, "c"), (stranger, "a"))
    )

    one = saving.stop_token(owner.pk, first.pk)
    assert saving.stop_letters(token=one, facts=facts(), now=NOW) == 1
    assert saving.stop_letters(token=one, facts=facts(), now=NOW) == 0  # opened twice
    assert [row.pk for row in SavedSearch.objects.filter(stopped_at=None).order_by("pk")] == [
        second.pk, third.pk, theirs.pk
    ]  # fmt: skip
    assert saving.stop_letters(token=saving.stop_token(owner.pk), facts=facts(), now=NOW) == 2
    assert [row.pk for row in SavedSearch.objects.filter(stopped_at=None)] == [theirs.pk]


@pytest.mark.django_db
def test_a_link_that_was_made_up_stops_nothing() -> None:
    owner, stranger = an_account(), an_account()
    search = save(owner)
    good, other = saving.stop_token(owner.pk, search.pk), saving.stop_token(stranger.pk, search.pk)

    assert len(good) == 43
    changed = ("A" if good[5] != "A" else "B").join((good[:5], good[6:]))
    for token in ("", "x", "x" * 43, "ы" * 43, good[:-1], good + "A", changed, good[:20] + other[20:]):
        assert saving.stop_letters(token=token, facts=facts(), now=NOW) is None, token
    assert saving.stop_letters(token=other, facts=facts(), now=NOW) == 0  # signed, but the search is not theirs
    assert SavedSearch.objects.filter(stopped_at=None).count() == 1


@pytest.mark.django_db
def test_a_closed_account_keeps_its_searches_for_thirty_days() -> None:
    account, now = an_account(), timezone.now()
    save(account)
    wait_for(published(a_version(an_item())).item, account)
    kept = save(an_account())
    close_account(account=account, facts=facts(), now=now)

    assert forget_searches_of_closed(now + dt.timedelta(days=29)) == 0
    assert forget_searches_of_closed(now + dt.timedelta(days=31)) == 1
    assert forget_searches_of_closed(now + dt.timedelta(days=31)) == 0

    assert (list(SavedSearch.objects.all()), AwaitedRun.objects.count()) == ([kept], 0)
    assert Entry.objects.get(action="search.forgotten").subject_id == account.pk
