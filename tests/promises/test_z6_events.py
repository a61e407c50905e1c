"""Two organisations: neither sees or changes people of the other's events."""

from __future__ import annotations

import re

import pytest
from tests.builders import a_specialist, signed_in
from tests.item_builders import a_writer
from tests.nmfo.participation.builders import a_registrar, an_event, marked, over, signed_up
from tests.nmfo.participation.test_closing import close, decide, object_to, send, settle
from tests.nmfo.participation.test_noting import add, take_back
from tests.nmfo.participation.test_noting import send as scan

from nmfo.participation.badges import token_of
from nmfo.participation.models import Mark, Objection
from nmfo.participation.queries import events_of, objections_at, unclosed_events_of
from nmfo.participation.rules import EventUnknown


@pytest.mark.django_db
def test_z6_lists_and_counts_of_events_are_of_one_organisation() -> None:
    event = an_event(title="Тайный семинар")
    by, stranger = a_registrar(event), a_writer("registrar")
    row = signed_up(event, a_specialist(surname="Чужакова"))
    closed = an_event(event.item.organisation)
    away = signed_up(closed)
    close(closed, by)
    object_to(away)

    theirs = stranger.organisation
    assert not events_of(theirs).exists()
    assert not objections_at(theirs).exists()
    assert not unclosed_events_of(theirs, over(event)).exists()
    visitor = signed_in(stranger.account)
    for path in ("/organisation/", "/organisation/events/", "/organisation/journal/"):
        shown = visitor.get(path).content.decode()
        assert "Чужакова" not in shown, path
        assert "Тайный" not in re.sub(r'value="[^"]*"', "", shown), path
    (outcome,) = scan(an_event(theirs), stranger, [token_of(row)])
    assert outcome.outcome == "other_event"


@pytest.mark.django_db
def test_z6_nothing_of_another_organisations_event_is_changed_by_its_number() -> None:
    event = an_event()
    by, stranger = a_registrar(event), a_writer("registrar")
    row, other = signed_up(event), signed_up(event)
    marked(other, by)

    def refused(act: object, *args: object, **values: object) -> None:
        with pytest.raises(EventUnknown):
            act(*args, **values)  # type: ignore[operator]  # callables

    refused(marked, row, stranger)
    refused(take_back, other, stranger)
    refused(add, event, stranger, a_specialist())
    refused(scan, event, stranger, [token_of(row)])
    refused(close, event, stranger)
    close(event, by, "codes")
    settle(event)
    refused(send, event, stranger)
    refused(decide, object_to(row), stranger, granted=True)
    assert Mark.objects.count() == 1
    assert Objection.objects.get().state == "open"


@pytest.mark.django_db
def test_z6_a_badge_of_another_organisations_event_is_no_badge_here() -> None:
    event, own = an_event(), an_event()
    row = signed_up(event)

    (outcome,) = scan(own, a_registrar(own), [token_of(row)])

    assert outcome.outcome == "other_event"
    assert not Mark.objects.exists()
