"""Changing keys while people work: new keys, then every row is written anew, then the old ones may go."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from django.apps import apps
from django.db import models, transaction

from foundation.runtime.keys import add_keys, drop_keys, keys
from foundation.vault.cipher import key_id
from foundation.vault.fields import BlindIndex, Sealed, SealedField, SealedModel

BATCH = 200


def sealed_models() -> list[type[SealedModel]]:
    """Every table with sealed fields."""
    return [model for model in apps.get_models() if issubclass(model, SealedModel)]


def rotate() -> int:
    """Make a new field key and a new index key, then re-encrypt and re-index. Returns the number of rows written.

    May be stopped at any row and started again: rows that have the newest keys are passed over.
    """
    add_keys(field=secrets.token_bytes(32), index=secrets.token_bytes(32))
    return renew_rows()


def renew_rows() -> int:
    """Write every row that is not under the newest keys anew, in batches."""
    return sum(_renew(model, pk) for model in sealed_models() for pk in _outdated(model))


def retire() -> int:
    """Forget the old keys. Raises StillUsed when a row is still under one of them. Returns how many keys are gone."""
    left = sum(1 for model in sealed_models() for _pk in _outdated(model))
    if left:
        raise StillUsed(f"{left} rows are still under old keys; run nmfo keys rotate first")
    return drop_keys()


class StillUsed(Exception):
    """Rows are still under the old keys."""


def _fields(model: type[SealedModel]) -> list[models.Field[object, object]]:
    return [field for field in model._meta.fields if isinstance(field, SealedField | BlindIndex)]


def _outdated(model: type[SealedModel]) -> Iterator[int]:
    newest_field, newest_index = keys().field[0][0], keys().index[0][0]
    last = 0
    while True:
        rows = list(model._default_manager.filter(pk__gt=last).order_by("pk")[:BATCH])
        if not rows:
            return
        for row in rows:
            if any(_is_old(row, field, newest_field, newest_index) for field in _fields(model)):
                yield row.pk
        last = rows[-1].pk


def _is_old(row: SealedModel, field: models.Field[object, object], newest_field: int, newest_index: int) -> bool:
    value = row.__dict__.get(field.attname)
    if isinstance(field, BlindIndex):
        return (
            value is not None
            and bool(value)
            and int.from_bytes(bytes(value)[:2], "big") != newest_index
            and bool(field.source)
        )
    return isinstance(value, Sealed) and key_id(value.raw) != newest_field


@transaction.atomic
def _renew(model: type[SealedModel], pk: int) -> int:
    row = model._default_manager.select_for_update(of=("self",), no_key=True).filter(pk=pk).first()
    if row is None:
        return 0
    names = []
    for field in _fields(model):
        if isinstance(field, BlindIndex):
            if not field.source or not row.__dict__[field.attname]:
                continue
            setattr(row, field.attname, field.of(row))
        else:
            row.__dict__[field.attname] = getattr(row, field.attname)
        names.append(field.name)
    row.save(update_fields=names)
    return 1
