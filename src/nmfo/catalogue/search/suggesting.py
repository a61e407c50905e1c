"""Suggestions while somebody types: specialties, organisations and titles with words that begin so."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from django.db import connection

from nmfo.catalogue.search.bits import Rows, from_rows, to_rows
from nmfo.catalogue.search.finding import counts
from nmfo.catalogue.search.index import Part, Snapshot
from nmfo.catalogue.search.postings import Gatherer, Postings
from nmfo.catalogue.search.query import Query
from nmfo.catalogue.search.segment import tokens_of
from nmfo.catalogue.search.words import other_layout, typed

MOST = 8
_LEAST_LETTERS = 2
_OF_LISTS = 2
_TITLES = "SELECT item_id, kind, title FROM catalogue_searchrow WHERE item_id = ANY(%s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """`kind`: specialty, organisation, or a kind of item; `pk` of it."""

    kind: str
    pk: int
    text: str


def suggest(snapshot: Snapshot, text: str, *, today: dt.date) -> list[Suggestion]:
    """At most eight things that have every word of the text, the last one as a beginning. One statement for titles."""
    chunks = typed(text).chunks
    for words in ([tokens_of(chunk) for chunk in chunks], [tokens_of(other_layout(chunk)) for chunk in chunks]):
        prefixes = [token for tokens in words for token in tokens]
        if not prefixes or len(prefixes[-1]) < _LEAST_LETTERS:
            continue
        found = _suggest(snapshot, prefixes, today)
        if found:
            return found
    return []


def _suggest(snapshot: Snapshot, prefixes: list[str], today: dt.date) -> list[Suggestion]:
    present = counts(snapshot, Query(), (), today=today)
    named: list[Suggestion] = []
    for kind, names in (
        ("specialty", {pk: one.name for pk, one in snapshot.specialties.items()}),
        ("organisation", snapshot.organisations),
    ):
        found = [one for one in _named(kind, names, prefixes) if str(one.pk) in present[kind]]
        found.sort(key=lambda one: (-present[one.kind][str(one.pk)], one.text))
        named += found[:_OF_LISTS]
    return [*named, *_titles(_items(snapshot, prefixes, today), MOST - len(named))]


def _named(kind: str, names: dict[int, str], prefixes: list[str]) -> list[Suggestion]:
    kept = _kept_words.get(kind)
    if kept is None or kept[0] != names:
        gatherer = Gatherer()
        for name in names.values():
            gatherer.add(dict.fromkeys(tokens_of(name)))
        kept = _kept_words[kind] = (dict(names), list(names.items()), gatherer.done())
    _names, pairs, words = kept
    found = set.intersection(*(set(words.beginning_with(prefix).tolist()) for prefix in prefixes))
    return [Suggestion(kind=kind, pk=pairs[at][0], text=pairs[at][1]) for at in sorted(found)]


_kept_words: dict[str, tuple[dict[int, str], list[tuple[int, str]], Postings]] = {}


def _items(snapshot: Snapshot, prefixes: list[str], today: dt.date) -> list[int]:
    """The best items with such words, twice as many as are shown: titles repeat."""
    keys, items = [], []
    for part in snapshot.parts:
        rows = _rows(part, prefixes, today)
        keys.append(part.segment.on(today).rank[rows])
        items.append(part.segment.items[rows])
    key, item = np.concatenate(keys), np.concatenate(items)
    if len(key) > MOST * 2:
        cut = np.argpartition(-key, MOST * 2)[: MOST * 2]
        key, item = key[cut], item[cut]
    return [int(one) for one in item[np.lexsort((-item, -key))]]


def _rows(part: Part, prefixes: list[str], today: dt.date) -> Rows:
    segment = part.segment
    bits = part.alive & segment.on(today).current
    for prefix in prefixes:
        bits = bits & from_rows(segment.plain.beginning_with(prefix), len(segment))
    return to_rows(bits)


def _titles(items: list[int], most: int) -> list[Suggestion]:
    if not items:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_TITLES, [items])
        rows = {pk: Suggestion(kind=kind, pk=pk, text=title) for pk, kind, title in cursor.fetchall()}
    found: dict[str, Suggestion] = {}
    for pk in items:
        if pk in rows:
            found.setdefault(rows[pk].text.lower(), rows[pk])
    return list(found.values())[:most]
