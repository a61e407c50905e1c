"""What the search asks of PostgreSQL: rows that have changed, words as the dictionary writes them, names, synonyms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection, transaction

_CHUNK = 2000
# Flags are bits in the order of `FLAGS`; `known` leaves out what this process has read in that very state already.
_COLUMNS = """
  r.item_id, r.transaction, r.listed, r.kind, r.form, r.levels, r.bases, r.regions, r.main_specialties,
  r.other_specialties, r.organisation_id, r.organisation_name, r.credits, coalesce(r.price_rub, -1),
  r.distance::int + r.internship::int * 2 + r.simulation::int * 4 + r.network::int * 8 + r.basic_model::int * 16
    + r.new_competence::int * 32 + r.accredited::int * 64,
  r.popularity, coalesce(extract(epoch FROM r.published_at), 0)::bigint, r.starts, r.apply_until, r.free_seats,
  r.title, array_to_string(r.specialty_names, ' '),
  array_to_string(tsvector_to_array(r.title_words), E'\\n'), array_to_string(tsvector_to_array(r.words), E'\\n')
"""
_LOOK = f"""
SELECT h.horizon, y.synonyms, l.lexemes, {_COLUMNS}
FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon) h
CROSS JOIN (SELECT count(*) || ' ' || coalesce(max(changed_at)::text, '') AS synonyms FROM catalogue_synonym) y
CROSS JOIN (SELECT array_agg(array_to_string(tsvector_to_array(catalogue_words(w)), E'\\n') ORDER BY n) AS lexemes
            FROM unnest(%s::text[]) WITH ORDINALITY t(w, n)) l
LEFT JOIN (
  SELECT s.* FROM catalogue_searchrow s
  LEFT JOIN unnest(%s::bigint[], %s::bigint[]) AS k(item, seen) ON k.item = s.item_id AND k.seen = s.transaction
  WHERE s.transaction >= %s
    AND (k.item IS NULL OR s.transaction = pg_current_xact_id_if_assigned()::text::bigint)
  LIMIT %s) r ON true
"""  # noqa: S608 - the columns are written above
_EVERYTHING = f"SELECT {_COLUMNS} FROM catalogue_searchrow r WHERE r.listed"  # noqa: S608
_HORIZON = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_LEXEMES = """
SELECT array_to_string(tsvector_to_array(catalogue_words(w)), E'\\n')
FROM unnest(%s::text[]) WITH ORDINALITY t(w, n) ORDER BY n
"""
_SYNONYMS = "SELECT words FROM catalogue_synonym WHERE removed_at IS NULL ORDER BY id"
_SPECIALTIES = "SELECT id, level, name, replaced_by_id, valid_until_on FROM reference_specialty"
_REGIONS = "SELECT code, name FROM reference_region"


class RawRow(NamedTuple):
    """A SearchRow as the index takes it. `price_rub` -1: not said; `published_s` since 1970; days as dates."""

    item: int
    transaction: int
    listed: bool
    kind: str
    form: str
    levels: list[str]
    bases: list[str]
    regions: list[str]
    main: list[int]
    other: list[int]
    organisation: int
    organisation_name: str
    credits: int
    price_rub: int
    flags: int
    popularity: int
    published_s: int
    starts: list[dt.date]
    apply_until: list[dt.date]
    free_seats: list[int]
    title: str
    specialty_names: str
    title_words: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What has changed. `rows` has at most the limit; `lexemes` answer to the words asked for, in their order."""

    horizon: int
    synonyms: str
    lexemes: list[tuple[str, ...]]
    rows: list[RawRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Specialty:
    """A specialty of the reference lists."""

    pk: int
    level: str
    name: str
    replaced_by: int | None
    until: dt.date | None


def look(*, since: int, known: Iterable[tuple[int, int]], words: list[str], limit: int) -> Look:
    """One statement: rows written by transactions that ran at the last look or began since, and more.

    `since` is the horizon of the last look: a transaction below it had ended then. Rows of one that ran meanwhile come
    again until it ends; `known` (item, transaction) leaves them out. Rows of the asker's own transaction always come:
    they may have changed again under one number.
    """
    pairs = list(known)
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, [words, [item for item, _ in pairs], [seen for _, seen in pairs], since, limit])
        found = cursor.fetchall()
    first = found[0]
    return Look(
        horizon=first[0],
        synonyms=first[1],
        lexemes=[tuple(text.split("\n")) if text else () for text in first[2] or ()],
        rows=[RawRow(*row[3:]) for row in found if row[3] is not None],
    )


def horizon() -> int:
    """The oldest transaction that still runs, else the next one to come."""
    with connection.cursor() as cursor:
        cursor.execute(_HORIZON)
        return int(cursor.fetchone()[0])


def everything() -> Iterator[RawRow]:
    """Every listed row, by a server-side cursor; outside a transaction PostgreSQL would first write all of it aside."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(_EVERYTHING)
        while rows := cursor.fetchmany(_CHUNK):
            yield from (RawRow(*row) for row in rows)


def lexemes_of(words: list[str]) -> list[tuple[str, ...]]:
    """What the dictionary of the texts makes of words; a stop word has none."""
    with connection.cursor() as cursor:
        cursor.execute(_LEXEMES, [words])
        return [tuple(text.split("\n")) if text else () for (text,) in cursor.fetchall()]


def synonyms() -> list[list[str]]:
    """The groups of words that mean one thing."""
    with connection.cursor() as cursor:
        cursor.execute(_SYNONYMS)
        return [words for (words,) in cursor.fetchall()]


def specialties() -> dict[int, Specialty]:
    """All specialties, those no longer in force too."""
    with connection.cursor() as cursor:
        cursor.execute(_SPECIALTIES)
        return {
            row[0]: Specialty(pk=row[0], level=row[1], name=row[2], replaced_by=row[3], until=row[4])
            for row in cursor.fetchall()
        }


def regions() -> dict[str, str]:
    """Names of regions by their codes."""
    with connection.cursor() as cursor:
        cursor.execute(_REGIONS)
        return dict(cursor.fetchall())
