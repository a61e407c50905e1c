"""Rows of statements that are written by hand, as model instances with the columns that were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model

M = TypeVar("M", bound=Model)


def instance_of(model: type[M], names: Sequence[str], values: Sequence[Any]) -> M:
    """An instance with these columns (attribute names), the others deferred.

    For statements that many pages ask: the ORM takes longer to put a join together than PostgreSQL to answer it.
    """
    given = dict(zip(names, values, strict=True))
    known = [field.attname for field in model._meta.concrete_fields if field.attname in given]
    assert len(known) == len(given), sorted(given.keys() - known)  # noqa: S101 - names are written by us
    return model.from_db(DEFAULT_DB_ALIAS, known, [given[name] for name in known])


def part_of(model: type[M], names: Sequence[str], values: Sequence[Any]) -> M | None:
    """The same of an outer join: None when there is no row, which its key says, the first of the names."""
    return instance_of(model, names, values) if values[0] is not None else None


def rows_of(statement: str, values: Sequence[Any] | dict[str, Any]) -> list[tuple[Any, ...]]:
    """What a statement finds."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
