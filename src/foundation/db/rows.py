"""Rows of statements that are written by hand, as model instances with the columns that were asked for."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model

if TYPE_CHECKING:
    from foundation.db.postgresql.base import DatabaseWrapper

M = TypeVar("M", bound=Model)
N = TypeVar("N", bound=Model)


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
    return cast("DatabaseWrapper", connection).rows_of(statement, values)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """How rows of a model are read: its columns under the table's name, their names, what converts which."""

    model: type[Model]
    columns: str
    names: tuple[str, ...]
    converters: tuple[tuple[int, Callable[[Any, Any, Any], Any], Any], ...]

    def made_of(self, row: Sequence[Any]) -> Any:
        """The instance whose columns these are."""
        cells = list(row)
        for place, convert, column in self.converters:
            cells[place] = convert(cells[place], column, connection)
        return self.model.from_db(DEFAULT_DB_ALIAS, self.names, cells)


@functools.cache
def _plan(model: type[Model], name: str = "t") -> _Plan:
    fields = model._meta.concrete_fields
    return _Plan(
        model=model,
        columns=", ".join(f'{name}."{field.column}"' for field in fields),
        names=tuple(field.attname for field in fields),
        converters=tuple(
            (place, convert, field.cached_col)
            for place, field in enumerate(fields)
            for convert in [
                *connection.ops.get_db_converters(field.cached_col),
                *field.get_db_converters(connection),
            ]
        ),
    )


def instances_of(
    model: type[M], rest: str, values: Sequence[Any], *, more: str = ""
) -> list[tuple[M, tuple[Any, ...]]]:
    """Whole rows of a model's table, which the statement calls `t`, each with the `more` columns that were asked for.

    `rest` is what follows FROM and the table. Django's own `raw` finds out anew each time what this keeps.
    """
    plan = _plan(model)
    statement = f"SELECT {plan.columns}{more and ', '}{more} FROM {model._meta.db_table} t {rest}"  # noqa: S608 - ours
    end = len(plan.names)
    return [(plan.made_of(row[:end]), row[end:]) for row in rows_of(statement, values)]


def joined_of(models: dict[str, type[Model]], rest: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Whole rows of several tables that `rest` puts together, each under its name; None where an outer join has none.

    The first is the table that FROM names; the first column of each is its key.
    """
    plans = [_plan(model, name) for name, model in models.items()]
    name, model = next(iter(models.items()))
    columns = ", ".join(plan.columns for plan in plans)
    made = []
    for row in rows_of(f"SELECT {columns} FROM {model._meta.db_table} {name} {rest}", values):  # noqa: S608 - ours
        begin, instances = 0, []
        for plan in plans:
            end = begin + len(plan.names)
            instances.append(plan.made_of(row[begin:end]) if row[begin] is not None else None)
            begin = end
        made.append(tuple(instances))
    return made


def first_of(model: type[M], rest: str, values: Sequence[Any]) -> M | None:
    """The first of such rows."""
    found = instances_of(model, rest, values)
    return found[0][0] if found else None
