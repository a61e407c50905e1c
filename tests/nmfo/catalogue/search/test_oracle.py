"""Whatever is written and whatever is asked, the index answers as SQL over the same rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.builders import lists
from tests.nmfo.catalogue.search.oracle import Oracle
from tests.nmfo.catalogue.search.rows import TODAY, items, write

from nmfo.catalogue.models import Synonym
from nmfo.catalogue.search.finding import Viewer, find
from nmfo.catalogue.search.index import Index
from nmfo.catalogue.search.query import SORTS, Query
from nmfo.catalogue.search.understanding import understand, words_of
from nmfo.reference.models import Specialty

WORDS = (
    "терапия",
    "ёлка",
    "больных",
    "кардиология",
    "COVID-19",
    "экг",
    "лечение и профилактика",
    "первый",
    "педиатрический",
)
SYNONYMS = [["экг", "электрокардиография"], ["первый", "ёлка", "редкое слово"]]
ASKED = ("терапии", "елка", "экг", "лечение", "19", "больной", "первые", "и", "электрокардиография")
ITEMS = 40
days = st.dates(TODAY - dt.timedelta(days=60), TODAY + dt.timedelta(days=200))
some = st.booleans
few = st.sampled_from


@st.composite
def runs(draw: st.DrawFn) -> dict[str, list[Any]]:
    starts = sorted(draw(st.lists(days, max_size=3)))
    return {
        "starts": starts,
        "apply_until": [day - dt.timedelta(days=draw(st.integers(0, 30))) for day in starts],
        "free_seats": [draw(few([-1, 0, 1, 20])) for _ in starts],
    }


@st.composite
def rows(draw: st.DrawFn, specialties: list[int]) -> dict[str, Any]:
    main = draw(st.lists(few(specialties[:4]), unique=True, max_size=2))
    return {
        "listed": draw(st.integers(0, 9)) > 0,
        "kind": draw(few(["programme", "event", "module"])),
        "title": " ".join(draw(st.lists(few(WORDS), min_size=1, max_size=3))),
        "text": " ".join(draw(st.lists(few(WORDS), max_size=3))),
        "levels": draw(st.lists(few(["higher", "secondary"]), unique=True)),
        "main_specialties": main,
        "other_specialties": draw(
            st.lists(few([one for one in specialties if one not in main]), unique=True, max_size=2)
        ),
        "form": draw(few(["", "full_time", "part_time", "correspondence"])),
        "bases": draw(st.lists(few(["budget", "contract", "certificate"]), unique=True)),
        "regions": draw(st.lists(few(["01", "36", "77"]), unique=True)),
        "credits": draw(few([1, 18, 36, 40, 72, 144])),
        "price_rub": draw(few([None, 0, 100, 5000])),
        "popularity": draw(few([0, 1, 5, 500, 2**31 - 1])),
        "published_at": dt.datetime(2026, 1, 1, 12, draw(st.integers(0, 3)), draw(st.integers(0, 59)), tzinfo=dt.UTC),
        **{
            name: draw(some())
            for name in (
                "distance",
                "internship",
                "simulation",
                "network",
                "basic_model",
                "new_competence",
                "accredited",
            )
        },
        **draw(runs()),
    }


@st.composite
def queries(draw: st.DrawFn, specialties: list[int], owners: list[int]) -> Query:
    def values(options: list[Any]) -> tuple[Any, ...]:
        return (
            tuple(sorted(draw(st.lists(few(options), unique=True, max_size=2)))) if draw(st.integers(0, 3)) == 0 else ()
        )

    def number(options: list[int]) -> int | None:
        return draw(few(options)) if draw(st.integers(0, 5)) == 0 else None

    def switch() -> bool:
        return draw(st.integers(0, 5)) == 0

    return Query(
        q=" ".join(draw(st.lists(few(ASKED), max_size=3, unique=True))) if draw(some()) else "",
        level=values(["higher", "secondary"]), specialty=values(specialties), main=switch(), kind=values(["programme", "event", "module"]),
        form=values(["full_time", "part_time"]), basis=values(["budget", "contract"]), region=values(["36", "77"]), anywhere=switch(),
        organisation=values(owners), day_from=draw(days) if switch() else None, day_to=draw(days) if switch() else None, past=switch(),
        credits=values([18, 36, 144]), credits_from=number([0, 30]), credits_to=number([20, 72]), free=switch(),
        price_from=number([0, 50]), price_to=number([100, 10_000]), distance=switch(), internship=switch(), simulation=switch(),
        network=switch(), basic_model=switch(), new_competence=switch(), accredited=switch(), seats=switch(),
        exact=True, sort=draw(few(["", *SORTS])), page=draw(few([1, 1, 2, 7])),
    )  # fmt: skip


@pytest.mark.django_db
@settings(
    max_examples=20,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_the_index_answers_as_sql_does(data: st.DataObject) -> None:
    specialties, known = _world()
    aside: list[Callable[[], None]] = []
    index = Index(merge_above=12, aside=aside.append)
    for item, owner in known[: data.draw(st.integers(0, ITEMS))]:
        write(item, owner, **data.draw(rows(specialties)))

    for _look in range(data.draw(st.integers(1, 4))):
        for item, owner in data.draw(st.lists(few(known), max_size=6)):
            write(item, owner, **data.draw(rows(specialties)))
        index.current()
        merge: bool = data.draw(some())
        if merge:
            for work in aside:
                work()
            aside.clear()
        for _asked in range(3):
            query = data.draw(queries(specialties, [owner for _, owner in known[:3]]))
            viewer = data.draw(st.lists(few(specialties), max_size=2))
            _compare(index, query, viewer)


def _world() -> tuple[list[int], list[tuple[int, int]]]:
    lists()
    if not Synonym.objects.exists():
        Synonym.objects.bulk_create([Synonym(words=words, changed_at=timezone.now()) for words in SYNONYMS])
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM catalogue_searchrow")
    return list(Specialty.objects.order_by("id").values_list("pk", flat=True)[:6]), items(ITEMS)


def _compare(index: Index, query: Query, viewer: list[int]) -> None:
    snapshot = index.current(words_of(query.q))
    understood = understand(snapshot, query.q, exact=True)
    oracle = Oracle(query, TODAY, SYNONYMS, viewer)

    found = find(snapshot, query, understood.terms, today=TODAY, viewer=Viewer(specialties=frozenset(viewer)), size=5)

    expected = oracle.items()
    page = min(query.page, max(1, -(-len(expected) // 5)))
    assert (found.total, found.page) == (len(expected), page)
    assert [hit.item for hit in found.hits] == expected[(page - 1) * 5 : page * 5]
    assert {
        name: {value: number for value, number in values.items() if number} for name, values in found.counts.items()
    } == oracle.counts()
