"""Finding rows by a blind index, while keys may be changed by somebody else."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet

from foundation.runtime.keys import keys
from foundation.vault.cipher import blinds

M = TypeVar("M", bound=Model)


def by_index(rows: QuerySet[M], column: str, value: str, *, purpose: str) -> list[M]:
    """The rows whose index is that of the value, under any key; `purpose` as given to `blinds`.

    A rotation may write a row anew between the making of the indexes and the question. So when nothing is found and
    the keys are no longer the same, the question is put again; nobody is told that they do not exist (promise P2).
    """
    while True:
        known = keys()
        found = list(rows.filter(**{f"{column}__in": blinds(value, purpose=purpose)}))
        if found or keys() is known:
            return found
