"""What is sent by binary COPY is what a query reads; tables laid bare come back as they were."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from foundation.db import pgcopy
from foundation.db.bulk import copy_rows, hold_ids, laid_bare, last_id
from foundation.vault.cipher import blind, blind_all, open_sealed, seal_all

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)


@pytest.mark.django_db
def test_every_type_arrives_as_it_was_sent() -> None:
    day, moment = dt.date(1956, 2, 29), dt.datetime(2026, 11, 25, 12, 30, 15, 987_654, dt.UTC)
    columns = {
        "small": pgcopy.int2([-5, None]),
        "middle": pgcopy.int4([2_000_000_000, None]),
        "large": pgcopy.int8([9_000_000_000_000, None]),
        "yes": pgcopy.boolean([True, False]),
        "words": pgcopy.text(["ёж «№ 1»", None]),
        "bytes": pgcopy.binary([b"\0\xff", b""]),
        "list": pgcopy.texts([("a", "б"), ()]),
        "json": pgcopy.document([{"шаг": [1]}, []]),
        "day": pgcopy.day([day, None]),
        "moment": pgcopy.moment([moment, None]),
        "nothing": pgcopy.nulls(2),
        "same": pgcopy.same(pgcopy.text(["x"]), 2),
    }
    with connection.cursor() as cursor:
        cursor.execute(
            'CREATE TEMP TABLE sent (small smallint, middle integer, large bigint, yes boolean, words text, "bytes" bytea, '
            'list varchar[], json jsonb, day date, moment timestamptz, nothing text, "same" varchar)'
        )
        copied = copy_rows(pgcopy.rows("sent", columns))
        cursor.execute("SELECT * FROM sent")
        first, second = cursor.fetchall()

    assert copied == 2
    assert first == (
        -5, 2_000_000_000, 9_000_000_000_000, True, "ёж «№ 1»", b"\0\xff", ["a", "б"], '{"шаг": [1]}', day, moment, None, "x"
    )  # fmt: skip
    assert second == (None, None, None, False, None, b"", [], "[]", None, None, None, "x")


@pytest.mark.django_db
def test_whole_columns_arrive_as_they_were_sent() -> None:
    day, moment = dt.date(1956, 2, 29), dt.datetime(2026, 11, 25, 12, 30, 15, tzinfo=dt.UTC)
    columns: dict[str, pgcopy.Packed] = {
        "small": pgcopy.smallints(np.array([-5, 7])),
        "large": pgcopy.bigints(np.array([9_000_000_000_000, 0])),
        "words": pgcopy.numbered("code:", np.array([1, 1234]), 4),
        "day": pgcopy.days(np.array([day.toordinal()] * 2)),
        "moment": pgcopy.moments(np.array([moment.toordinal()] * 2), np.array([45_015, 0])),
        "nothing": pgcopy.NULL,
        "same": next(iter(pgcopy.text(["ёж"]))),
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE packed (small smallint, large bigint, words varchar, day date, moment timestamptz, "
            'nothing text, "same" varchar)'
        )
        copied = copy_rows(pgcopy.packed("packed", 2, columns))
        cursor.execute("SELECT * FROM packed")
        rows = cursor.fetchall()

    assert copied == 2
    assert rows == [
        (-5, 9_000_000_000_000, "code:0001", day, moment, None, "ёж"),
        (7, 0, "code:1234", day, dt.datetime(2026, 11, 25, tzinfo=dt.UTC), None, "ёж"),
    ]


@given(st.lists(st.tuples(texts, texts), max_size=5))
def test_many_sealed_values_open_as_single_ones_do(pairs: list[tuple[str, str]]) -> None:
    plains, aads = [plain.encode() for plain, _aad in pairs], [aad for _plain, aad in pairs]

    sealed = seal_all(plains, aads=aads)

    assert [open_sealed(value, aad=aad) for value, aad in zip(sealed, aads, strict=True)] == plains
    assert len(set(sealed)) == len(pairs)


@given(st.lists(texts, max_size=5))
def test_many_indexes_are_those_of_single_values(values: list[str]) -> None:
    assert blind_all(values, purpose="snils") == [blind(value, purpose="snils") for value in values]


_DEFINITIONS = """
SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'constraint', conname, conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
UNION ALL SELECT 'trigger', tgname, tgrelid::regclass || ' ' || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
ORDER BY 1, 2, 3
"""


def definitions() -> list[tuple[str, str, str]]:
    """Every index, constraint and trigger of the database."""
    with connection.cursor() as cursor:
        cursor.execute(_DEFINITIONS)
        return list(cursor.fetchall())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("emptying", [False, True])
def test_tables_laid_bare_come_back_as_they_were(emptying: bool) -> None:
    tables = ["accounts_account", "catalogue_version", "catalogue_versionspecialty", "catalogue_searchrow"]
    before = definitions()

    with laid_bare(tables, emptying=emptying):
        bare = definitions()

    assert definitions() == before
    assert len(before) - len(bare) > 10


@pytest.mark.django_db(transaction=True)
def test_ids_that_were_held_in_vain_are_given_again() -> None:
    free = last_id("catalogue_item") + 1

    with pytest.raises(RuntimeError), laid_bare(["catalogue_item"]):
        first = hold_ids("catalogue_item", 100)
        raise RuntimeError

    assert (first, last_id("catalogue_item") + 1) == (free, free)
