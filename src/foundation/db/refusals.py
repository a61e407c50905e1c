"""From a constraint's name to the sentence a person reads."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from django.db import IntegrityError, transaction

from foundation.errors import Refused


@contextlib.contextmanager
def refuses(**refusals: type[Refused]) -> Iterator[None]:
    """Turn violations of the named constraints into their refusals; other violations stay bugs.

    The block runs in a savepoint, so the caller's transaction lives on after a refusal.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = violated_constraint(error)
        if name in refusals:
            raise refusals[name] from error
        raise


def violated_constraint(error: IntegrityError) -> str:
    """The name of the constraint that said no, or an empty string."""
    diagnostic = getattr(error.__cause__, "diag", None)
    return getattr(diagnostic, "constraint_name", None) or ""
