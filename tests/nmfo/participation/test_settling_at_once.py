"""An event is settled at the very moment that somebody enters a code of it: what has come is not awaited."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from tests.builders import facts
from tests.credit_builders import a_batch, code_in
from tests.nmfo.participation.builders import a_registrar, an_event, marked, over, signed_up

from nmfo.credits.models import Expectation, LedgerEntry
from nmfo.credits.operations.redeeming import redeem_code
from nmfo.participation.operations import closing

pytestmark = pytest.mark.django_db(transaction=True)

_LONG_ENOUGH_S = 1.0  # for the second act to come as far as it can while the first has not committed


def one_within_the_other(first: Callable[[], object], second: Callable[[], object]) -> None:
    """The first act commits only after the second has had its time."""
    begun, done = threading.Event(), threading.Event()

    def outer() -> None:
        try:
            with transaction.atomic():
                first()
                begun.set()
                done.wait(_LONG_ENOUGH_S)
        finally:
            connection.close()

    def inner() -> None:
        try:
            begun.wait()
            second()
            done.set()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as crew:
        for act in [crew.submit(outer), crew.submit(inner)]:
            act.result()


@pytest.mark.parametrize(("award", "code_first"), [("codes", True), ("codes", False), ("credits", True)])
def test_what_a_code_brings_at_that_moment_is_not_awaited(award: str, *, code_first: bool) -> None:
    event = an_event()
    by = a_registrar(event)
    row = marked(signed_up(event), by)
    now = over(event)
    batch = a_batch(event, by=by, now=now, people=[row.specialist])
    closing.close_attendance(item_id=event.item_id, award=award, by=by, facts=facts(), now=now)

    def enter() -> object:
        return redeem_code(specialist=row.specialist, text=code_in(batch), facts=facts(), now=now)

    def settle() -> object:
        return closing.settle_event(event.item_id, now=now)

    one_within_the_other(*([enter, settle] if code_first else [settle, enter]))
    settle()

    assert LedgerEntry.objects.filter(specialist=row.specialist).count() == 1
    assert not Expectation.objects.filter(state="awaited").exists()
