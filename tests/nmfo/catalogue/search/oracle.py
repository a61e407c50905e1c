"""The same search straight in SQL over SearchRow: slow, plain, and made by other means than the index."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Sequence
from typing import Any

from django.db import connection

from nmfo.catalogue.search.query import Query
from nmfo.catalogue.search.segment import FLAGS, MODULE_DAYS

NEXT = "(SELECT min(s) FROM unnest(r.starts) s WHERE s >= %(today)s)"
OPEN = """(r.kind = 'module' OR EXISTS (
  SELECT 1 FROM unnest(r.apply_until, r.free_seats) t(until, free) WHERE until >= %(today)s AND free <> 0))"""
NEXT_OPEN = """(SELECT min(first) FROM unnest(r.starts, r.apply_until, r.free_seats) t(first, until, free)
  WHERE first >= %(today)s AND until >= %(today)s AND free <> 0)"""
COLUMNS = {"kind": "kind", "form": "form", "organisation": "organisation_id"}
ARRAYS = {"level": "levels", "basis": "bases"}


@functools.cache
def _same(one: str, other: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT catalogue_words(%s) = catalogue_words(%s)", [one, other])
        return bool(cursor.fetchone()[0])


class Oracle:
    """One query, its answers by SQL."""

    def __init__(
        self, query: Query, today: dt.date, synonyms: Sequence[Sequence[str]] = (), viewer: Sequence[int] = ()
    ) -> None:
        self.query = query
        self.values: dict[str, Any] = {"today": today, "viewer": list(query.specialty or viewer)}
        self.synonyms = synonyms
        self.common = ["r.listed", *self._words()]
        if query.day_from or query.day_to:
            self.values |= {"first": query.day_from or dt.date.min, "last": query.day_to or dt.date.max}
            self.common.append("EXISTS (SELECT 1 FROM unnest(r.starts) s WHERE s BETWEEN %(first)s AND %(last)s)")
        elif not query.past:
            self.common.append("(r.kind <> 'event' OR EXISTS (SELECT 1 FROM unnest(r.starts) s WHERE s >= %(today)s))")
        self.filters = self._filters()

    def _words(self) -> list[str]:
        found = []
        for number, word in enumerate([word for word in self.query.q.split() if not _same(word, "")]):
            groups = [group for group in self.synonyms if any(_same(word, text) for text in group)]
            texts = list(dict.fromkeys([word, *(text for group in groups for text in group)]))
            names = []
            for at, text in enumerate(texts):
                self.values[f"w{number}_{at}"] = text
                names.append(f"plainto_tsquery('pg_catalog.russian', catalogue_plain(%(w{number}_{at})s))")
            found.append(f"({' || '.join(names)})")
        self.tsqueries = found
        return [f"r.words @@ {one}" for one in found]

    def _filters(self) -> dict[str, str]:
        query, found = self.query, {}
        for name in ("kind", "form", "organisation", "level", "basis"):
            values = getattr(query, name)
            if values:
                self.values[name] = list(values)
                found[name] = (
                    f"r.{COLUMNS[name]} = ANY(%({name})s)"
                    if name in COLUMNS
                    else f"r.{ARRAYS[name]}::text[] && %({name})s::text[]"
                )
        if query.specialty:
            found["specialty"] = self._specialty()
        if query.region:
            self.values["region"] = list(query.region)
            found["region"] = "(r.regions::text[] && %(region)s::text[]" + (
                " OR r.distance)" if query.anywhere else ")"
            )
        found |= self._ranges()
        found |= {name: f"r.{name}" for name in FLAGS if getattr(query, name)}
        return {**found, "seats": OPEN} if query.seats else found

    def _specialty(self) -> str:
        self.values["specialty"] = list(self.query.specialty)
        other = "" if self.query.main else " OR r.other_specialties && %(specialty)s::bigint[]"
        return f"(r.main_specialties && %(specialty)s::bigint[]{other})"

    def _ranges(self) -> dict[str, str]:
        query, found = self.query, {}
        parts = self._either("credits", query.credits_from, query.credits_to)
        if query.credits:
            self.values["credits"] = list(query.credits)
            parts.append("r.credits = ANY(%(credits)s)")
        if parts:
            found["credits"] = f"({' OR '.join(parts)})"
        parts = self._either("price_rub", query.price_from, query.price_to)
        if query.free:
            parts.append("r.price_rub = 0")
        if parts:
            found["price"] = f"(({' OR '.join(parts)}) AND r.price_rub IS NOT NULL)"
        return found

    def _either(self, column: str, low: int | None, high: int | None) -> list[str]:
        if low is None and high is None:
            return []
        self.values |= {f"{column}_low": low or 0, f"{column}_high": 2**31 - 2 if high is None else high}
        return [f"r.{column} BETWEEN %({column}_low)s AND %({column}_high)s"]

    def _where(self, without: str = "") -> str:
        return " AND ".join([*self.common, *(text for name, text in self.filters.items() if name != without)])

    def _order(self) -> str:
        return {
            "soonest": f"coalesce({NEXT_OPEN} - %(today)s, {NEXT} - %(today)s + 100000, 1000000), r.item_id",
            "newest": "date_trunc('minute', r.published_at) DESC, r.item_id DESC",
            "credits": "r.credits DESC, r.item_id DESC",
            "price": "coalesce(r.price_rub, 2000000000), r.item_id",
            "title": "translate(lower(r.title), 'ё', 'е') COLLATE \"C\", r.item_id",
            "relevance": self._relevance(),
        }[self.query.order]

    def _relevance(self) -> str:
        hits = " + ".join(f"(r.title_words @@ {one})::int" for one in self.tsqueries)
        words = len(self.tsqueries)
        title = f"CASE WHEN {hits} = {words} THEN 2 WHEN {hits} > 0 THEN 1 ELSE 0 END DESC," if words else ""
        return f"""{title}
          CASE WHEN r.main_specialties && %(viewer)s::bigint[] THEN 2 WHEN r.other_specialties && %(viewer)s::bigint[] THEN 1 ELSE 0 END DESC,
          {OPEN} DESC,
          CASE WHEN r.kind = 'module' THEN {MODULE_DAYS} ELSE coalesce(least(coalesce({NEXT_OPEN}, {NEXT}) - %(today)s, 4095), 4095) END,
          least(trunc(log(2, r.popularity + 1.0) * 4), 63) DESC, r.item_id DESC"""

    def _rows(self, statement: str) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(statement, self.values)
            return list(cursor.fetchall())

    def items(self) -> list[int]:
        """Every item found, in order."""
        return [
            item
            for (item,) in self._rows(
                f"SELECT r.item_id FROM catalogue_searchrow r WHERE {self._where()} ORDER BY {self._order()}"
            )
        ]

    def counts(self) -> dict[str, dict[str, int]]:
        """Counts of the facets; zeros left out."""
        found = {name: self._grouped(name, f"r.{column}::text") for name, column in COLUMNS.items()}
        found |= {name: self._unnested(name, f"r.{column}") for name, column in ARRAYS.items()}
        found["specialty"] = self._unnested(
            "specialty", "r.main_specialties" if self.query.main else "r.main_specialties || r.other_specialties"
        )
        found["region"] = self._regions()
        found["credits"] = {
            value: number
            for value, number in self._grouped("credits", "r.credits::text").items()
            if value in {"18", "36", "72", "144"}
        }
        found["free"] = self._flag("price", "r.price_rub = 0")
        found |= {name: self._flag(name, f"r.{name}") for name in FLAGS}
        found["seats"] = self._flag("seats", OPEN)
        return {
            name: {value: number for value, number in values.items() if number and value}
            for name, values in found.items()
        }

    def _grouped(self, facet: str, value: str) -> dict[str, int]:
        return dict(
            self._rows(f"SELECT {value}, count(*) FROM catalogue_searchrow r WHERE {self._where(facet)} GROUP BY 1")
        )

    def _unnested(self, facet: str, array: str) -> dict[str, int]:
        return dict(
            self._rows(
                f"SELECT v::text, count(*) FROM catalogue_searchrow r, unnest({array}) v WHERE {self._where(facet)} GROUP BY 1"
            )
        )

    def _regions(self) -> dict[str, int]:
        counted = "g.code = ANY(r.regions)" + (" OR r.distance" if self.query.anywhere else "")
        return dict(
            self._rows(
                f"SELECT g.code, count(*) FROM reference_region g JOIN catalogue_searchrow r ON {counted} WHERE {self._where('region')} GROUP BY 1"
            )
        )

    def _flag(self, facet: str, condition: str) -> dict[str, int]:
        return {
            "1": self._rows(f"SELECT count(*) FROM catalogue_searchrow r WHERE {self._where(facet)} AND {condition}")[
                0
            ][0]
        }
