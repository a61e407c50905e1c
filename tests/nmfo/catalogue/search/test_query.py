"""The one writing of a query in an address."""

from __future__ import annotations

import datetime as dt

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from nmfo.catalogue.search.query import Known, Query, parse

KNOWN = Known(specialties={1: "", 12: ""}, regions={"36": "", "77": ""}, organisations={5: ""})


def read(text: str) -> tuple[Query, list[str]]:
    return parse(QueryDict(text), KNOWN)


def test_a_form_sent_without_scripts_is_the_same_query() -> None:
    query, ignored = read(
        "q=+тест++два&level=&specialty=12&specialty=1&from=01.12.2026&to=&price_from=&main=&sort=soonest&page=1"
    )

    assert query == Query(q="тест два", specialty=(1, 12), day_from=dt.date(2026, 12, 1), sort="soonest")
    assert ignored == []


@pytest.mark.parametrize(
    "text",
    [
        "level=middle",
        "specialty=7",
        "specialty=1 OR 1=1",
        "specialty=99999999999999999999999",
        "kind=course",
        "region=7",
        "organisation=-5",
        "credits=much",
        "credits_from=-1",
        "from=2026-02-30",
        "from=вчера",
        "price_to=1e9",
        "free=perhaps",
        "sort=random",
        "page=0x1",
        "page=-1",
    ],
)
def test_what_makes_no_sense_is_left_out_and_named(text: str) -> None:
    query, ignored = read(text)

    assert (query, ignored) == (Query(), [text])


def test_thousands_of_values_are_cut() -> None:
    query, _ignored = read("&".join(f"credits={number}" for number in range(900)))

    assert len(query.credits) == 50


def test_parts_can_be_taken_out() -> None:
    query = Query(q="терапия", kind=("event", "module"), day_from=dt.date(2026, 12, 1), free=True, page=4)

    assert (
        query.without("kind", "event").written()
        == "q=%D1%82%D0%B5%D1%80%D0%B0%D0%BF%D0%B8%D1%8F&kind=module&from=2026-12-01&free=1"
    )
    assert query.without("day_from").without("free").without("q").written() == "kind=event&kind=module"


numbers = st.none() | st.integers(0, 10_000_000)
queries = st.builds(
    Query,
    q=st.sampled_from(["", "терапия", "a & b=c?", "36 %"]),
    level=st.sampled_from([(), ("higher",), ("higher", "secondary")]),
    specialty=st.sampled_from([(), (1,), (1, 12)]),
    main=st.booleans(),
    kind=st.sampled_from([(), ("event",)]),
    region=st.sampled_from([(), ("36", "77")]),
    organisation=st.sampled_from([(), (5,)]),
    day_from=st.none() | st.dates(),
    day_to=st.none() | st.dates(),
    credits=st.sampled_from([(), (18, 36)]),
    credits_from=numbers,
    price_to=numbers,
    seats=st.booleans(),
    exact=st.booleans(),
    sort=st.sampled_from(["", "title"]),
    page=st.integers(1, 1_000_000),
)


@given(queries)
def test_what_is_written_is_read_the_same(query: Query) -> None:
    assert read(query.written()) == (query, [])
