from __future__ import annotations

import threading

import pytest
from django.db import connection
from django.utils import timezone
from tests.builders import facts
from tests.credit_builders import a_registrar, an_event

from nmfo.credits.models import Allowance, CodeBatch, ConfirmationCode
from nmfo.credits.operations.issuing import issue_codes, offering_of
from nmfo.credits.operations.posting import set_people


@pytest.mark.django_db(transaction=True)
def test_z3_codes_never_outnumber_the_people_confirmed_however_many_issue_at_once() -> None:
    event = an_event()
    clerks = [a_registrar(event.item.organisation) for _number in range(6)]
    set_people(offering=offering_of(event.item_id), people=10, now=timezone.now())
    gate = threading.Barrier(len(clerks))

    def one(number: int) -> None:
        try:
            gate.wait()
            issue_codes(
                item_id=event.item_id,
                count=3,
                valid_until_on=timezone.localdate(),
                note="Все, кто был",
                form_key=f"form-{number}",
                by=clerks[number],
                facts=facts(),
                now=timezone.now(),
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=[number]) for number in range(len(clerks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert CodeBatch.objects.filter(state="issued").count() == 3
    assert CodeBatch.objects.filter(state="waiting", over_allowance=True).count() == 3
    assert ConfirmationCode.objects.count() == 9
    assert Allowance.objects.values_list("people", "given").get() == (10, 9)


@pytest.mark.django_db
def test_z3_without_confirmed_people_nothing_is_issued_without_an_operator() -> None:
    event = an_event()

    batch = issue_codes(
        item_id=event.item_id,
        count=1,
        valid_until_on=timezone.localdate(),
        note="Список придёт позже",
        form_key="a",
        by=a_registrar(event.item.organisation),
        facts=facts(),
        now=timezone.now(),
    )

    assert (batch.state, batch.codes.count()) == ("waiting", 0)
