"""Everything an organiser does about people of an event leaves a row of the trail: who, what, with whom, from where."""

from __future__ import annotations

import pytest
from tests.builders import a_specialist
from tests.nmfo.participation.builders import HOUR, a_registrar, a_webinar, an_event, begun, marked, signed_up
from tests.nmfo.participation.test_closing import close, decide, object_to, send, settle
from tests.nmfo.participation.test_noting import add, here, take_back, window
from tests.nmfo.participation.test_noting import send as scan
from tests.support.acts import Act, is_undone_without

from foundation.audit.models import Entry
from nmfo.participation.badges import token_of


@pytest.mark.django_db
def test_t1_acts_about_people_of_an_event_are_in_the_trail() -> None:
    event = an_event()
    by, row, away = a_registrar(event), signed_up(event), signed_up(event)
    marked(row, by)
    take_back(row, by, "Не тот")
    add(event, by, a_specialist())
    scan(event, by, [token_of(row)], now=begun(event) + HOUR)
    close(event, by, "codes")
    settle(event)
    decide(object_to(away), by, granted=False, answer="Нет в списках")
    send(event, by)

    rows = Entry.objects.filter(actor_id=by.account_id).exclude(action__startswith="account.").order_by("pk")
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


@pytest.mark.django_db
def test_t1_pressing_i_am_here_is_told_once() -> None:
    event = a_webinar()
    row, one = signed_up(event), window(event, a_registrar(event), 10)

    for _press in range(3):
        here(row, one.opens_at)

    told = Entry.objects.get(action="registration.answered")
    assert (told.actor_id, told.subject, told.subject_id, told.ip) == (
        row.specialist.account_id,
        "registration",
        row.pk,
        "127.0.0.1",
    )
    assert told.after == {"item": event.item_id, "window": one.pk, "late": False}


@pytest.mark.django_db(transaction=True)
def test_t1_an_answer_that_cannot_be_written_down_is_none() -> None:
    event = a_webinar()
    row, one = signed_up(event), window(event, a_registrar(event), 10)

    assert is_undone_without(Act(do=lambda: here(row, one.opens_at), by=row.specialist.account_id), "audit_entry")
