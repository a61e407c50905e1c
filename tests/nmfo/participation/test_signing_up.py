"""Seats, the line, terms of kept seats: each seat has one person, each person one registration."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from tests.builders import a_specialist, a_version, facts, published
from tests.nmfo.participation.builders import DAY, HOUR, a_webinar, an_event, begun, over, signed_up, waiting

from foundation.audit.models import Entry
from foundation.mail.models import Letter
from nmfo.accounts.models import Account
from nmfo.catalogue.models import Item, SearchRow, Version
from nmfo.catalogue.operations.listing import refresh_search
from nmfo.catalogue.rules.words import ItemState
from nmfo.organisations.models import Organisation
from nmfo.participation.models import Gathering, Registration, Step
from nmfo.participation.operations import signing_up, tending
from nmfo.participation.queries import clashes_of, place_in_line, places_in_line, seats_of
from nmfo.participation.rules import (
    AlreadySignedUp,
    EventBegun,
    EventCalledOff,
    EventUnknown,
    LicenceNotInForce,
    NotTakingPart,
    OfferOver,
    RegistrationMoved,
    SeatsGone,
    State,
)


def cancel(row: Registration, now: dt.datetime | None = None) -> Registration:
    return signing_up.cancel_registration(
        specialist=row.specialist, registration_id=row.pk, facts=facts(), now=now or timezone.now()
    )


def take(row: Registration, now: dt.datetime | None = None) -> Registration:
    return signing_up.take_seat(
        specialist=row.specialist, registration_id=row.pk, facts=facts(), now=now or timezone.now()
    )


def state_of(row: Registration) -> str:
    return Registration.objects.get(pk=row.pk).state


def letters(row: Registration) -> list[str]:
    return list(
        Letter.objects.filter(account_id=row.specialist.account_id).order_by("pk").values_list("kind", flat=True)
    )


@pytest.mark.django_db
def test_a_registration_takes_a_seat_and_tells_so() -> None:
    event = an_event(seats=2)

    row = signed_up(event)

    assert row.state == State.SIGNED_UP
    assert seats_of(event).free == 1
    assert list(Step.objects.values_list("registration", "state")) == [(row.pk, "signed_up")]
    assert letters(row) == ["event_signed_up"]
    assert Entry.objects.filter(action="registration.made", subject_id=row.pk).count() == 1


@pytest.mark.django_db
def test_the_catalogue_knows_how_many_seats_are_left() -> None:
    event, webinar = an_event(seats=1), a_webinar(seats=None)

    row = signed_up(event)
    signed_up(webinar)

    assert free_in_catalogue(event) == [0]
    assert "Мест нет, открыта очередь" in Client().get("/catalogue/?kind=event").content.decode()
    assert free_in_catalogue(webinar) == [-1]
    cancel(row)
    assert free_in_catalogue(event) == [1]
    signed_up(event)
    refresh_search([event.item_id])
    assert free_in_catalogue(event) == [0]


def free_in_catalogue(event: Version) -> list[int]:
    return SearchRow.objects.get(item=event.item_id).free_seats


@pytest.mark.django_db
def test_a_person_signs_up_once() -> None:
    event, who = an_event(), a_specialist()
    signed_up(event, who)

    with pytest.raises(AlreadySignedUp):
        signed_up(event, who)
    with pytest.raises(IntegrityError, match="participation_one_live_registration_for_an_event"), transaction.atomic():
        Registration.objects.create(
            specialist=who, item=event.item, version=event, state="waiting", signed_up_at=timezone.now()
        )


@pytest.mark.django_db
def test_who_cancelled_may_sign_up_again() -> None:
    event, who = an_event(seats=1), a_specialist()
    cancel(signed_up(event, who))

    assert signed_up(event, who).state == State.SIGNED_UP
    assert seats_of(event).taken == 1


@pytest.mark.django_db
def test_nobody_signs_up_for_what_is_over_withdrawn_unknown_or_without_licence() -> None:
    event, webinar, who = an_event(), a_webinar(), a_specialist()
    with pytest.raises(EventBegun):
        signed_up(event, who, now=begun(event))
    assert signed_up(webinar, who, now=begun(webinar)).state == State.SIGNED_UP  # one may come late to a broadcast
    with pytest.raises(EventBegun):
        signed_up(webinar, a_specialist(), now=over(webinar))
    Organisation.objects.update(licence_state="suspended")
    with pytest.raises(LicenceNotInForce):
        signed_up(event, who)
    Item.objects.update(state="withdrawn", withdrawn_at=timezone.now(), withdrawn_reason="Болен лектор")
    with pytest.raises(EventCalledOff, match="Болен лектор"):
        signed_up(event, who)
    with pytest.raises(EventUnknown):
        signing_up.sign_up(specialist=who, item_id=0, facts=facts(), now=timezone.now())


@pytest.mark.django_db
def test_without_a_seat_the_line_is_offered_with_the_place_in_it() -> None:
    event = an_event(seats=1)
    signed_up(event)
    with pytest.raises(SeatsGone) as refused:
        signed_up(event)
    first, second = waiting(event), waiting(event)

    assert refused.value.values == {"n": 1}
    assert (first.state, place_in_line(first), place_in_line(second)) == ("waiting", 1, 2)
    assert places_in_line([first, second]) == {first.pk: 1, second.pk: 2}
    assert letters(second) == ["event_waiting"]
    assert seats_of(event).are_gone


@pytest.mark.django_db
def test_a_freed_seat_is_kept_for_the_first_of_the_line() -> None:
    event, now = an_event(seats=1), timezone.now()
    seated, first, second = signed_up(event), waiting(event), waiting(event)

    cancel(seated, now)

    assert [state_of(row) for row in (seated, first, second)] == ["cancelled", "offered", "waiting"]
    assert Registration.objects.get(pk=first.pk).offered_until == now + DAY
    assert letters(first) == ["event_waiting", "event_seat_free"]
    with pytest.raises(SeatsGone) as refused:  # nobody passes the line
        signed_up(event)
    assert refused.value.values == {"n": 2}
    assert take(first).state == State.SIGNED_UP


@pytest.mark.django_db
def test_a_kept_seat_goes_on_when_its_term_is_over() -> None:
    event, now = an_event(seats=1), timezone.now()
    seated, first, second = signed_up(event), waiting(event), waiting(event)
    cancel(seated, now)
    late = now + DAY + HOUR
    with pytest.raises(OfferOver):
        take(first, late)

    assert tending.lapse_offers(now + DAY - HOUR) == 0
    assert tending.lapse_offers(late) == 1
    assert tending.lapse_offers(late) == 0

    assert [state_of(row) for row in (first, second)] == ["lapsed", "offered"]
    assert letters(first)[-1] == "event_lapsed"
    with pytest.raises(RegistrationMoved):
        take(first, late)


@pytest.mark.django_db
def test_the_line_ends_when_the_event_begins() -> None:
    event = an_event(seats=1)
    signed_up(event)
    row = waiting(event)

    tending.lapse_offers(begun(event))

    assert state_of(row) == State.LAPSED
    with pytest.raises(EventBegun):
        cancel(signed_up(an_event()), over(event))


@pytest.mark.django_db
def test_nobody_touches_the_registration_of_another() -> None:
    row = signed_up(an_event())
    for act in (signing_up.cancel_registration, signing_up.take_seat):
        with pytest.raises(NotTakingPart):
            act(specialist=a_specialist(), registration_id=row.pk, facts=facts(), now=timezone.now())


@pytest.mark.django_db
def test_a_called_off_event_tells_everybody_why_once() -> None:
    event = an_event(seats=1)
    row, other = signed_up(event), waiting(event)
    Item.objects.update(state="withdrawn", withdrawn_at=timezone.now(), withdrawn_reason="Болен лектор")

    assert tending.call_off_withdrawn(timezone.now()) == 2
    assert tending.call_off_withdrawn(timezone.now()) == 0

    assert [state_of(one) for one in (row, other)] == ["called_off", "called_off"]
    assert Step.objects.filter(state="called_off", reason="Болен лектор").count() == 2
    assert letters(row) == ["event_signed_up", "event_called_off"]
    assert "Болен лектор" in (Letter.objects.filter(kind="event_called_off")[0].text or "")
    assert seats_of(event).taken == 0


@pytest.mark.django_db
def test_an_event_that_took_place_is_not_called_off_by_its_withdrawal() -> None:
    event = an_event()
    row = signed_up(event)
    Item.objects.update(state="withdrawn", withdrawn_at=timezone.now(), withdrawn_reason="Прошло")

    assert tending.call_off_withdrawn(over(event)) == 0
    assert state_of(row) == State.SIGNED_UP


def new_version(event: Item, **values: object) -> None:
    old = event.versions.get(state="published")
    old.state = "superseded"
    old.save(update_fields=["state"])
    kept = (
        "on_site",
        "online",
        "region_id",
        "place",
        "presence",
        "begins_at",
        "ends_at",
        "zone",
        "seats",
        "link",
        "presence_percent",
    )
    published(a_version(event, **{**{name: getattr(old, name) for name in kept}, **values}))


@pytest.mark.django_db
def test_a_moved_event_is_told_once_and_reminded_of_anew() -> None:
    event = an_event()
    assert event.begins_at is not None
    row = signed_up(event)
    tending.remind(event.begins_at - HOUR)
    new_version(event.item, begins_at=event.begins_at + 5 * DAY, ends_at=event.begins_at + 5 * DAY + 3 * HOUR)

    assert tending.tell_of_moves(timezone.now()) == 1
    assert tending.tell_of_moves(timezone.now()) == 0
    assert tending.remind(event.begins_at + 5 * DAY - HOUR) == 1

    assert letters(row) == ["event_signed_up", "event_reminder", "event_moved", "event_reminder"]


@pytest.mark.django_db
def test_another_text_of_the_same_time_and_place_is_no_news() -> None:
    event = an_event()
    signed_up(event)
    new_version(event.item, title="Другое название")

    assert tending.tell_of_moves(timezone.now()) == 0
    assert Gathering.objects.get().version.title == "Другое название"


@pytest.mark.django_db
def test_more_seats_of_a_new_version_go_to_the_line() -> None:
    event = an_event(seats=1)
    signed_up(event)
    rows = [waiting(event) for _n in range(3)]
    new_version(event.item, seats=3)

    counts = tending.tend_events(timezone.now())

    assert counts["offered"] == 2
    assert [state_of(row) for row in rows] == ["offered", "offered", "waiting"]


@pytest.mark.django_db
def test_a_reminder_comes_once_a_day_before() -> None:
    event = an_event()
    assert event.begins_at is not None
    row = signed_up(event)
    fresh = signed_up(event, now=event.begins_at - 5 * HOUR)

    assert tending.remind(event.begins_at - DAY - HOUR) == 0
    assert tending.remind(event.begins_at - DAY + HOUR) == 1
    assert tending.remind(event.begins_at - DAY + 2 * HOUR) == 0
    assert letters(row) == ["event_signed_up", "event_reminder"]
    assert letters(fresh) == ["event_signed_up"]


@pytest.mark.django_db
def test_two_events_of_one_time_clash() -> None:
    event = an_event()
    assert event.begins_at is not None
    who = a_specialist()
    other = an_event(begins_at=event.begins_at + HOUR, ends_at=event.begins_at + 5 * HOUR)
    later = an_event(begins_at=event.begins_at + 3 * HOUR, ends_at=event.begins_at + 6 * HOUR)
    signed_up(event, who)

    assert clashes_of(who, other) == [event]
    assert clashes_of(who, later) == []
    assert clashes_of(who, event) == []


@pytest.mark.django_db
def test_an_event_that_came_back_takes_people_again() -> None:
    event = an_event()
    signed_up(event)
    Item.objects.update(state="withdrawn", withdrawn_at=timezone.now(), withdrawn_reason="Перенос")
    tending.call_off_withdrawn(timezone.now())
    Item.objects.update(state=ItemState.PUBLISHED, withdrawn_at=None, withdrawn_reason="")

    row = signed_up(event)

    assert row.state == State.SIGNED_UP
    assert Gathering.objects.get().called_off_at is None


@pytest.mark.django_db
def test_a_closed_account_gives_its_seats_back() -> None:
    event = an_event(seats=1)
    row, next_one = signed_up(event), waiting(event)
    Account.objects.filter(pk=row.specialist.account_id).update(state="closed", closed_at=timezone.now())

    assert tending.give_back_of_closed(timezone.now()) == 1
    assert tending.give_back_of_closed(timezone.now()) == 0

    assert [state_of(one) for one in (row, next_one)] == ["cancelled", "offered"]


def at_once(*works: object) -> list[BaseException]:
    """Run them at the same moment in threads of their own; what went wrong in them."""
    troubles: list[BaseException] = []
    barrier = threading.Barrier(len(works))

    def run(work: object) -> None:
        try:
            barrier.wait(10)
            work()  # type: ignore[operator]  # callables
        except BaseException as trouble:  # noqa: BLE001 - the test looks at it
            troubles.append(trouble)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return troubles


@pytest.mark.django_db(transaction=True)
def test_of_many_who_want_the_last_seat_one_gets_it() -> None:
    event = an_event(seats=2)
    signed_up(event)  # or the first row of the event itself would make the others wait
    people = [a_specialist() for _n in range(4)]

    troubles = at_once(*(lambda who=who: signed_up(event, who) for who in people))

    assert [type(trouble) for trouble in troubles] == [SeatsGone] * 3
    assert Registration.objects.count() == 2
    assert Gathering.objects.get().taken == 2


@pytest.mark.django_db(transaction=True)
def test_of_many_first_ones_for_one_seat_one_gets_it() -> None:
    event = an_event(seats=1)
    people = [a_specialist() for _n in range(4)]

    troubles = at_once(*(lambda who=who: signed_up(event, who) for who in people))

    assert [type(trouble) for trouble in troubles] == [SeatsGone] * 3
    assert Gathering.objects.get().taken == 1


@pytest.mark.django_db(transaction=True)
def test_two_presses_of_one_person_are_one_registration() -> None:
    event, who = an_event(), a_specialist()

    troubles = at_once(*(lambda: signed_up(event, who) for _n in range(3)))

    assert [type(trouble) for trouble in troubles] == [AlreadySignedUp] * 2
    assert Registration.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_seat_that_is_taken_and_freed_at_once_is_counted_right() -> None:
    event = an_event(seats=2)
    one, two = signed_up(event), signed_up(event)
    line = [waiting(event) for _n in range(2)]

    troubles = at_once(lambda: cancel(one), lambda: cancel(two))

    assert troubles == []
    assert [state_of(row) for row in line] == ["offered", "offered"]
    assert Gathering.objects.get().taken == 2
