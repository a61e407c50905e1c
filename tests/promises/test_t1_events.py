"""Everything an organiser does about people of an event leaves a row of the trail: who, what, with whom, from where."""

from __future__ import annotations

import pytest
from tests.builders import a_specialist
from tests.nmfo.participation.builders import a_registrar, an_event, marked, signed_up
from tests.nmfo.participation.test_closing import close, decide, object_to, send, settle
from tests.nmfo.participation.test_noting import add, take_back
from tests.nmfo.participation.test_noting import send as scan

from foundation.audit.models import Entry
from nmfo.participation.badges import token_of


@pytest.mark.django_db
def test_t1_acts_about_people_of_an_event_are_in_the_trail() -> None:
    event = an_event()
    by, row, away = a_registrar(event), signed_up(event), signed_up(event)
    marked(row, by)
    take_back(row, by, "Не тот")
    add(event, by, a_specialist())
    scan(event, by, [token_of(row)])
    close(event, by, "codes")
    settle(event)
    decide(object_to(away), by, granted=False, answer="Нет в списках")
    send(event, by)

    rows = Entry.objects.filter(actor_id=by.account_id).order_by("pk")
    assert list(rows.values_list("action", flat=True)) == [
        "registration.marked",
        "registration.mark_taken_back",
        "registration.added",
        "registration.marked",
        "attendance.scanned",
        "registration.confirmed",
        "registration.confirmed",
        "registration.not_confirmed",
        "attendance.closed",
        "objection.refused",
        "codes.issued",
    ]
    assert {entry.ip for entry in rows} == {"127.0.0.1"}
    assert rows.get(action="registration.mark_taken_back").reason == "Не тот"
    assert rows.get(action="attendance.scanned").after["registrations"] == [row.pk]
    assert rows.get(action="attendance.closed").after == {"award": "codes", "confirmed": 2, "not_confirmed": 1}
    numbers = {row.specialist.account.snils, away.specialist.account.snils}
    assert not [entry for entry in rows if any(number in str(entry.after) for number in numbers)]
