"""A process learns of changes: in time, once, without stopping its readers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db import connection, transaction
from django.utils import timezone
from tests.builders import lists
from tests.nmfo.catalogue.search.rows import TODAY, a_row, items, write

from nmfo.catalogue.models import Synonym
from nmfo.catalogue.search.finding import find
from nmfo.catalogue.search.index import Index
from nmfo.catalogue.search.query import Query
from nmfo.catalogue.search.understanding import understand

Queries = Callable[[int], AbstractContextManager[object]]


def found(index: Index, text: str = "") -> list[int]:
    snapshot = index.current([text] if text else [])
    return sorted(
        hit.item for hit in find(snapshot, Query(q=text), understand(snapshot, text).terms, today=TODAY, size=100).hits
    )


@pytest.mark.django_db
def test_new_changed_and_withdrawn_items_are_seen_at_the_next_look() -> None:
    index = Index()
    first = a_row(title="Первая")
    assert found(index) == [first]

    second = a_row(title="Вторая")
    assert found(index) == [first, second]
    write(first, *_owner(first), title="Переименованная")
    assert found(index, "первая") == []
    assert found(index, "переименованная") == [first]
    write(second, *_owner(second), listed=False)
    assert found(index) == [first]


def _owner(item: int) -> tuple[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT organisation_id FROM catalogue_item WHERE id = %s", [item])
        return (cursor.fetchone()[0],)


@pytest.mark.django_db
def test_synonyms_are_seen_at_the_next_look() -> None:
    index = Index()
    item = a_row(title="Электрокардиография")
    assert found(index, "экг") == []

    group = Synonym.objects.create(words=["ЭКГ", "электрокардиография"], changed_at=timezone.now())
    assert found(index, "экг") == [item]
    group.removed_at = group.changed_at = timezone.now()
    group.save()
    assert found(index, "экг") == []


@pytest.mark.django_db
def test_a_look_is_one_statement_and_comes_when_it_is_time(
    django_assert_num_queries: Queries, settings: object
) -> None:
    index = Index()
    a_row()
    found(index)
    with django_assert_num_queries(1):
        found(index, "терапия")
    settings.SEARCH_LOOK_S = 60  # type: ignore[attr-defined]  # the fixture's
    a_row()
    with django_assert_num_queries(0):
        found(index, "терапия")


@pytest.mark.django_db(transaction=True)
def test_what_a_long_transaction_wrote_is_seen_when_it_commits() -> None:
    lists()
    index = Index()
    (early, owner), (late, _), (other, _) = items(3)
    write(early, owner, title="Раньше")
    wrote, go_on = threading.Event(), threading.Event()

    def long() -> None:
        with transaction.atomic():
            write(late, owner, title="Долго")
            wrote.set()
            go_on.wait(20)
        connection.close()

    thread = threading.Thread(target=long)
    thread.start()
    wrote.wait(20)
    write(other, owner, title="Между")  # a later transaction that ends earlier
    assert found(index) == [early, other]
    go_on.set()
    thread.join(20)

    assert found(index) == [early, late, other]


@pytest.mark.django_db(transaction=True)
def test_rows_read_already_do_not_come_again_while_a_transaction_runs() -> None:
    lists()
    index = Index()
    (one, owner), (two, _) = items(2)
    write(one, owner)
    found(index)
    wrote, go_on = threading.Event(), threading.Event()

    def long() -> None:
        with transaction.atomic():
            Synonym.objects.create(words=["а", "б"], changed_at=timezone.now())
            wrote.set()
            go_on.wait(20)
        connection.close()

    thread = threading.Thread(target=long)
    thread.start()
    wrote.wait(20)
    write(two, owner)
    first = index.current()
    second = index.current()
    go_on.set()
    thread.join(20)

    assert second is first
    assert found(index) == [one, two]


@pytest.mark.django_db(transaction=True)
def test_another_catalogue_is_read_aside() -> None:
    lists()
    aside: list[Callable[[], None]] = []
    index = Index(reread_above=3, aside=aside.append)
    known = items(6)
    assert found(index) == []

    for item, owner in known:
        write(item, owner)
    assert found(index) == []
    (work,) = aside
    thread = threading.Thread(target=work)
    thread.start()
    thread.join(20)

    assert found(index) == [item for item, _ in known]


@pytest.mark.django_db(transaction=True)
def test_readers_never_stop_and_never_see_half_a_change() -> None:
    """Each item has one of two titles, all of them the same at any moment: a reader counts all or none."""
    lists()
    index = Index(merge_above=5)
    known = items(20)
    rounds, stop, wrong = 30, threading.Event(), []

    def put(title: str) -> None:
        with transaction.atomic():
            for item, owner in known:
                write(item, owner, title=title)

    def read() -> None:
        while not stop.is_set():
            snapshot = index.current(["белый", "черный"])
            numbers = [
                find(snapshot, Query(), understand(snapshot, word).terms, today=TODAY).total
                for word in ("белый", "черный")
            ]
            if sorted(numbers) != [0, len(known)]:
                wrong.append(numbers)
        connection.close()

    put("белый")
    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(rounds):
        put("черный" if number % 2 else "белый")
    stop.set()
    for reader in readers:
        reader.join(20)

    assert wrong == []
    assert found(index, "черный" if (rounds - 1) % 2 else "белый") == [item for item, _ in known]
