"""An event gives its credits to no more people than were confirmed, whoever asks at once."""

from __future__ import annotations

import pytest
from tests.nmfo.participation.builders import a_registrar, an_event, marked, signed_up
from tests.nmfo.participation.test_closing import close, send, settle
from tests.nmfo.participation.test_signing_up import at_once

from nmfo.credits.models import Allowance, ConfirmationCode


@pytest.mark.django_db(transaction=True)
def test_z3_codes_of_an_event_are_as_many_as_its_confirmed_people() -> None:
    event = an_event()
    by, rows = a_registrar(event), [signed_up(event) for _n in range(3)]
    for row in rows[:2]:
        marked(row, by)
    close(event, by, "codes")
    settle(event)

    at_once(*(lambda key=key: send(event, by, key) for key in ("one", "two", "three", "four")))

    allowance = Allowance.objects.get()
    assert (allowance.people, allowance.given, ConfirmationCode.objects.count()) == (2, 2, 2)
