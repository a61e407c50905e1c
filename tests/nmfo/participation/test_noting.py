"""Who is there: the list, people added at the door, badges and batches, windows. Everything once, nothing for oneself."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_specialist, facts
from tests.item_builders import a_writer
from tests.nmfo.participation.builders import (
    DAY,
    HOUR,
    a_conference,
    a_registrar,
    a_webinar,
    an_event,
    begun,
    marked,
    over,
    signed_up,
    waiting,
)
from tests.nmfo.participation.test_signing_up import at_once

from foundation.audit.models import Entry
from foundation.identifiers.snils import SnilsMistyped
from foundation.mail.models import Letter
from nmfo.catalogue.models import Version
from nmfo.organisations.models import Member
from nmfo.organisations.rules import NotAllowed
from nmfo.participation.badges import is_genuine, number_in, shown, token_of
from nmfo.participation.models import Mark, Registration, ScanBatch, Window, WindowAnswer
from nmfo.participation.operations import confirming, noting
from nmfo.participation.operations.noting import Scan, ScanResult
from nmfo.participation.queries import measured
from nmfo.participation.rules import (
    WRONG_ADDITIONS_PER_HOUR,
    AllSeatsTaken,
    BatchDiffers,
    BatchMalformed,
    DayNotToMark,
    EventUnknown,
    LateMarkUnexplained,
    NotByWindows,
    NothingToTakeBack,
    NotOnSite,
    NotTakingPart,
    NotYet,
    NoWindowOpen,
    OwnPresence,
    PersonNotFound,
    ReasonMissing,
    RegistrationMoved,
    ScanOutcome,
    TooManyWrongAdditions,
    WindowOpened,
    WindowShut,
)
from nmfo.specialists.models import Specialist

pytestmark = pytest.mark.django_db


def add(event: Version, by: Member, who: Specialist, **changes: Any) -> Registration:
    given = {"snils": who.account.snils, "surname": who.account.surname, "now": begun(event), **changes}
    return noting.add_on_the_spot(item_id=event.item_id, by=by, facts=facts(), **given).registration


def take_back(row: Registration, by: Member, reason: str = "Отметили не того") -> Registration:
    return noting.take_mark_back(
        item_id=row.item_id, registration_id=row.pk, reason=reason, by=by, facts=facts(), now=begun(row.version)
    )


def test_a_mark_stands_once_and_can_be_taken_back_for_a_reason() -> None:
    event = an_event()
    row, by = signed_up(event), a_registrar(event)

    marked(row, by)
    marked(row, by)
    assert Registration.objects.get(pk=row.pk).arrived_at == begun(event)
    with pytest.raises(ReasonMissing):
        take_back(row, by, "  ")
    take_back(row, by)
    with pytest.raises(NothingToTakeBack):
        take_back(row, by)
    marked(row, by)

    assert list(Mark.objects.order_by("pk").values_list("sign", flat=True)) == ["came", "taken_back", "came"]
    assert Mark.objects.get(sign="taken_back").reason == "Отметили не того"
    assert Entry.objects.filter(action__startswith="registration.mark").count() == 3


def test_who_is_added_long_after_the_event_is_told_why_and_the_trail_keeps_it() -> None:
    event, who = an_event(), a_specialist()
    by, late = a_registrar(event), {"now": over(event) + 48 * DAY}
    why = "В бумажном листе регистрации её подпись, строка 14"

    for nothing in ("", "   ", "была"):
        with pytest.raises(LateMarkUnexplained):
            add(event, by, who, reason=nothing, **late)
    assert not Registration.objects.exists()
    row = add(event, by, who, reason=why, **late)
    in_time = add(event, by, a_specialist(), now=over(event))

    assert [mark.reason for mark in row.marks.all()] == [step.reason for step in row.steps.all()] == [why]
    kept = Entry.objects.filter(subject="registration", subject_id=row.pk).order_by("pk")
    assert [(entry.action, entry.reason) for entry in kept] == [
        ("registration.added", why), ("registration.marked", why),
    ]  # fmt: skip
    letter = Letter.objects.get(kind="event_added", account_id=who.account_id)
    assert f"Причина: {why}" in (letter.text or "")
    assert [mark.reason for mark in in_time.marks.all()] == [""]


def test_who_signed_up_is_marked_long_after_the_event_by_the_same_rule() -> None:
    event = an_event()
    row, in_time, by, late = signed_up(event), signed_up(event), a_registrar(event), over(event) + 48 * DAY
    why = "В бумажном листе регистрации его подпись, строка 14"

    for nothing in ("", "   ", "был"):
        with pytest.raises(LateMarkUnexplained):
            marked(row, by, now=late, reason=nothing)
    assert not Mark.objects.exists()
    marked(row, by, now=late, reason=why)
    marked(in_time, by, now=over(event), reason="Не нужна")

    assert list(row.marks.values_list("reason", "by", "noted_at")) == [(why, by.account_id, late)]
    kept = Entry.objects.get(action="registration.marked", subject_id=row.pk)
    assert (kept.actor_id, kept.reason) == (by.account_id, why)
    assert [mark.reason for mark in in_time.marks.all()] == [""]


def test_days_are_marked_one_by_one() -> None:
    event = a_conference()
    row, by = signed_up(event), a_registrar(event)
    assert event.begins_at is not None
    first, second_morning = event.begins_at.date(), begun(event) + DAY

    with pytest.raises(DayNotToMark):  # it has not come yet
        marked(row, by, days=[first + DAY])
    marked(row, by, now=second_morning)
    for _n in (1, 2):
        marked(row, by, days=[first], now=second_morning)

    assert list(row.marks.order_by("pk").values_list("at", flat=True)) == [second_morning, event.begins_at]


def minutes_of(row: Registration, now: dt.datetime) -> tuple[int, int]:
    (known,) = measured(row.version, [row], now=now)
    return known.decision.have, known.decision.need


def test_a_paper_list_of_an_event_of_two_days_confirms_whom_it_names() -> None:
    event, who = a_conference(), a_specialist()
    by, late = a_registrar(event), over(event) + 30 * DAY
    assert event.begins_at is not None
    first = event.begins_at.date()
    on_the_list = signed_up(event)

    row = add(event, by, who, reason="Её подпись в листах обоих дней", now=late)
    marked(on_the_list, by, reason="Его подпись в листах обоих дней", now=late)
    one_day = add(event, by, a_specialist(), reason="Подпись в листе второго дня", now=late, days=[first + DAY])

    assert [mark.at for mark in row.marks.order_by("pk")] == [event.begins_at, event.begins_at + DAY]
    assert minutes_of(row, late) == minutes_of(on_the_list, late) == (540, 432)
    assert minutes_of(one_day, late) == (270, 432)
    with pytest.raises(DayNotToMark):
        add(event, by, a_specialist(), reason="Подпись в листе третьего дня", now=late, days=[first + 2 * DAY])


def test_who_is_in_the_list_is_marked_on_the_days_that_are_not_marked_yet() -> None:
    event, who = a_conference(), a_specialist()
    by, late = a_registrar(event), over(event) + 30 * DAY
    assert event.begins_at is not None
    row = add(event, by, who)
    again: dict[str, Any] = {
        "item_id": event.item_id,
        "snils": who.account.snils,
        "surname": who.account.surname,
        "by": by,
    }

    with pytest.raises(DayNotToMark):  # it has not come yet
        add(event, by, who, days=[event.begins_at.date() + DAY])
    found = [
        noting.add_on_the_spot(**again, reason=reason, facts=facts(), now=late).marked
        for reason in ("Её подпись в листе второго дня", "Ещё раз о том же самом")
    ]

    assert found == [(event.begins_at.date() + DAY,), ()]
    assert list(row.marks.order_by("pk").values_list("at", "reason")) == [
        (begun(event), ""), (event.begins_at + DAY, "Её подпись в листе второго дня"),
    ]  # fmt: skip
    kept = Entry.objects.filter(subject="registration", subject_id=row.pk, action="registration.marked")
    assert list(kept.order_by("pk").values_list("reason", flat=True)) == ["", "Её подпись в листе второго дня"]


def test_marks_are_never_changed() -> None:
    event = an_event()
    marked(signed_up(event), a_registrar(event))

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Mark.objects.update(at=begun(event))
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Mark.objects.all().delete()


def test_nobody_marks_themselves_nor_people_of_another_organisation() -> None:
    event = an_event()
    by = a_registrar(event)
    own = signed_up(event, a_specialist_of(by))
    row = signed_up(event)

    with pytest.raises(OwnPresence):
        marked(own, by)
    with pytest.raises(EventUnknown):
        marked(row, a_writer("registrar"))
    with pytest.raises(NotAllowed):
        marked(row, a_writer("methodist", organisation=event.item.organisation))
    with pytest.raises(NotTakingPart):
        noting.mark_present(
            item_id=event.item_id, registration_id=signed_up(an_event()).pk, by=by, facts=facts(), now=begun(event)
        )


def a_specialist_of(member: Member) -> Specialist:
    """The cabinet of a specialist that a member of the staff has as well."""
    return Specialist.objects.create(account=member.account, created_at=member.joined_at)


@pytest.mark.parametrize("presence", ["list", "badge"])
def test_a_phone_that_is_tried_the_evening_before_makes_nobody_present(presence: str) -> None:
    event = an_event(presence=presence, presence_percent=100 if presence == "badge" else None)
    row, by = signed_up(event), a_registrar(event)
    assert event.begins_at is not None
    evening, in_time = event.begins_at - 11 * HOUR, event.begins_at - 2 * HOUR
    trial = ScanResult(outcome=ScanOutcome.TRIAL, registration_id=row.pk)

    typed = noting.note_badge(item_id=event.item_id, text=token_of(row), sign="came", by=by, facts=facts(), now=evening)
    assert [typed, *send(event, by, [token_of(row)], now=evening)] == [trial, trial]
    with pytest.raises(NotYet):
        marked(row, by, now=in_time - dt.timedelta(minutes=1))
    assert not Mark.objects.exists()
    send(event, by, [token_of(row)], number=2, now=in_time, ago_s=0)
    assert Mark.objects.get().at == in_time


def test_nobody_is_marked_days_before_nor_at_a_wholly_online_event() -> None:
    event, webinar = an_event(), a_webinar()
    assert event.begins_at is not None
    with pytest.raises(NotYet):
        marked(signed_up(event), a_registrar(event), now=event.begins_at - DAY)
    with pytest.raises(NotOnSite):
        marked(signed_up(webinar), a_registrar(webinar))


def test_somebody_of_the_line_is_let_in_when_there_is_a_seat() -> None:
    event = an_event(seats=1)
    seated, row, by = signed_up(event), waiting(event), a_registrar(event)

    with pytest.raises(AllSeatsTaken):
        marked(row, by)
    Registration.objects.filter(pk=seated.pk).update(state="cancelled")
    event.item.gathering.refresh_from_db()
    event.item.gathering.taken = 0
    event.item.gathering.save()

    assert marked(row, by).state == "signed_up"
    with pytest.raises(RegistrationMoved):
        marked(Registration.objects.get(pk=seated.pk), by)


def test_who_came_without_signing_up_is_added_by_number_and_surname() -> None:
    event, who = an_event(), a_specialist(surname="Семёнова")
    by = a_registrar(event)

    row = add(event, by, who, surname="семенова ", snils=f" {who.account.snils[:3]}-{who.account.snils[3:]}")
    again = add(event, by, who)

    assert (row.pk, row.state, row.added_by_id) == (again.pk, "signed_up", by.account_id)
    assert Mark.objects.count() == 1
    assert Letter.objects.get(kind="event_added").account_id == who.account_id


def test_adding_tells_nothing_of_strangers() -> None:
    event, who, closed = an_event(), a_specialist(), a_specialist(state="closed", closed_at=dt.datetime.now(dt.UTC))
    by = a_registrar(event)
    operator = a_writer("owner").account  # an account that is no specialist

    answers = set()
    for snils, surname in (
        (who.account.snils, "Другая"),
        ("11223344595", who.account.surname),
        (closed.account.snils, closed.account.surname),
        (operator.snils, operator.surname),
    ):
        with pytest.raises(PersonNotFound) as refused:
            add(event, by, who, snils=snils, surname=surname)
        answers.add(str(refused.value))
    with pytest.raises(SnilsMistyped):
        add(event, by, who, snils="112-233-445 96")

    assert len(answers) == 1
    assert Registration.objects.count() == 0


def test_a_search_through_people_is_stopped() -> None:
    event, who = an_event(), a_specialist()
    by = a_registrar(event)
    for _n in range(40):
        add(event, by, who)  # whoever is there costs no try
    for _n in range(WRONG_ADDITIONS_PER_HOUR):
        with pytest.raises(PersonNotFound):
            add(event, by, who, surname="Не она")

    with pytest.raises(TooManyWrongAdditions):
        add(event, by, who)


@pytest.mark.django_db(transaction=True)
def test_a_search_by_many_at_once_hears_no_more_than_one_after_another() -> None:
    event, who = an_event(), a_specialist()
    by = a_registrar(event)
    for _n in range(WRONG_ADDITIONS_PER_HOUR - 3):
        with pytest.raises(PersonNotFound):
            add(event, by, who, surname="Не она")

    troubles = at_once(*[lambda: add(event, by, who, surname="Не она")] * 12)

    assert sorted(type(one).__name__ for one in troubles) == ["PersonNotFound"] * 3 + ["TooManyWrongAdditions"] * 9


def test_nobody_adds_themselves_and_no_more_than_there_are_seats() -> None:
    event = an_event(seats=1)
    by = a_registrar(event)
    own = a_specialist_of(by)

    with pytest.raises(OwnPresence):
        add(event, by, own)
    add(event, by, a_specialist())
    with pytest.raises(AllSeatsTaken):
        add(event, by, a_specialist())


def test_a_badge_is_read_in_any_writing_and_names_nobody() -> None:
    row = signed_up(an_event())
    token = token_of(row)

    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{16}", token)
    assert number_in(shown(token).lower()) == (row.pk, token)
    assert number_in(f" {token[:4]} — {token[4:]}".replace("A", "А").replace("0", "О")) == (row.pk, token)
    assert is_genuine(token, row)
    other = signed_up(an_event())
    assert not is_genuine(token, other)
    assert not is_genuine(token_of(other), row)


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader_of_badges(text: str) -> None:
    number_in(text)


def test_a_badge_of_one_registration_with_the_number_of_another_is_forged() -> None:
    event = an_event()
    one, two = signed_up(event), signed_up(event)
    forged = token_of(two)[:8] + token_of(one)[8:]

    assert send(event, a_registrar(event), [forged]) == [ScanResult(outcome=ScanOutcome.UNKNOWN)]


def millis(at: dt.datetime) -> int:
    return int(at.timestamp() * 1000)


def send(event: Version, by: Member, texts: list[str], *, number: int = 1, **changes: Any) -> list[ScanResult]:
    now = changes.pop("now", begun(event))
    ago_s = changes.pop("ago_s", 60)
    scans = [Scan(text=text, sign=changes.pop("sign", "came"), at=millis(now) - ago_s * 1000) for text in texts]
    given = {"device": "phone", "clock": millis(now), **changes}
    return noting.note_scans(item_id=event.item_id, number=number, scans=scans, by=by, facts=facts(), now=now, **given)


def test_a_batch_that_came_already_gets_the_same_answer() -> None:
    event = an_event(presence="badge", presence_percent=80)
    row, by = signed_up(event), a_registrar(event)

    first = send(event, by, [token_of(row), "ничего"])
    again = send(event, by, [token_of(row), "ничего"], clock=millis(begun(event)) + 60_000)
    with pytest.raises(BatchDiffers):
        send(event, by, [token_of(row)])

    assert (
        first
        == again
        == [ScanResult(outcome=ScanOutcome.NOTED, registration_id=row.pk), ScanResult(outcome=ScanOutcome.UNKNOWN)]
    )
    assert Mark.objects.count() == ScanBatch.objects.count() == 1
    assert Mark.objects.get().at == begun(event) - dt.timedelta(minutes=1)


def test_a_wrong_clock_of_the_device_changes_nothing() -> None:
    event = an_event(presence="badge", presence_percent=80)
    row, by, now = signed_up(event), a_registrar(event), begun(event)
    wrong = millis(now - 400 * DAY)

    noting.note_scans(
        item_id=event.item_id,
        device="old phone",
        number=0,
        scans=[Scan(text=token_of(row), sign="came", at=wrong - 5 * 60_000)],
        clock=wrong,
        by=by,
        facts=facts(),
        now=now,
    )

    assert Mark.objects.get().at == now - dt.timedelta(minutes=5)


def test_each_scan_has_its_own_answer() -> None:
    event = an_event()
    by = a_registrar(event)
    good, own, gone = signed_up(event), signed_up(event, a_specialist_of(by)), signed_up(event)
    Registration.objects.filter(pk=gone.pk).update(state="cancelled")
    other = signed_up(an_event())

    outcomes = [one.outcome for one in send(event, by, [token_of(row) for row in (good, own, gone, other)])]
    late = send(event, by, [token_of(good)], number=2, now=over(event) + 6 * HOUR)

    assert outcomes == ["noted", "own", "not_coming", "other_event"]
    assert late == [ScanResult(outcome=ScanOutcome.WRONG_TIME, registration_id=good.pk)]


@pytest.mark.parametrize(("days", "outcome"), [(7, ScanOutcome.NOTED), (8, ScanOutcome.TOO_LATE)])
def test_scans_are_taken_for_a_week_after_the_event(days: int, outcome: ScanOutcome) -> None:
    event = an_event()
    row, by = signed_up(event), a_registrar(event)
    assert event.ends_at is not None
    now = event.ends_at + days * DAY
    ago = now - begun(event)

    assert send(event, by, [token_of(row)], now=now, ago_s=int(ago.total_seconds())) == [
        ScanResult(outcome=outcome, registration_id=row.pk)
    ]
    assert Mark.objects.exists() == (outcome == ScanOutcome.NOTED)


def test_a_scan_from_before_the_marks_were_taken_back_does_not_bring_them_back() -> None:
    event = an_event()
    row, by, start = signed_up(event), a_registrar(event), begun(event)
    marked(row, by)
    given: dict[str, Any] = {"reason": "Пришёл другой человек с чужим бейджем", "by": by, "facts": facts()}
    noting.take_mark_back(item_id=event.item_id, registration_id=row.pk, now=start + HOUR, **given)

    before = send(event, a_registrar(event), [token_of(row)], now=start + 2 * HOUR, ago_s=2 * 3600)
    assert before == [ScanResult(outcome=ScanOutcome.TAKEN_BACK, registration_id=row.pk)]
    assert Registration.objects.get(pk=row.pk).arrived_at is None
    after = send(event, by, [token_of(row)], number=2, now=start + 2 * HOUR, ago_s=1800)
    assert after == [ScanResult(outcome=ScanOutcome.NOTED, registration_id=row.pk)]


def test_who_is_marked_anew_after_the_marks_were_taken_back_was_there_from_the_beginning() -> None:
    event = a_conference()
    row, by = signed_up(event), a_registrar(event)
    marked(row, by)
    take_back(row, by)

    marked(row, by, now=over(event) + DAY, reason="Отметку сняли по ошибке, подпись в листе есть")

    assert minutes_of(row, over(event) + DAY) == (540, 432)


def test_a_malformed_batch_is_refused() -> None:
    event = an_event()
    by = a_registrar(event)
    wrong: list[dict[str, Any]] = [{"device": ""}, {"device": "x" * 37}, {"number": -1}, {"number": 2**31}]
    for changes in wrong:
        with pytest.raises(BatchMalformed):
            send(event, by, ["x"], **changes)
    with pytest.raises(BatchMalformed):
        send(event, by, [])
    with pytest.raises(BatchMalformed):
        send(event, by, ["x"] * 201)
    with pytest.raises(EventUnknown):
        send(event, a_writer("registrar"), ["x"])


def test_minutes_on_the_spot_are_counted_by_scans() -> None:
    event = an_event(presence="badge", presence_percent=80)
    row, by = signed_up(event), a_registrar(event)
    assert event.begins_at is not None
    send(event, by, [token_of(row)], now=event.begins_at, ago_s=0)
    send(event, by, [token_of(row)], number=2, sign="left", now=event.begins_at + HOUR, ago_s=0)

    (found,) = measured(event, [row], now=over(event))

    assert (found.decision.have, found.decision.need, found.decision.reached) == (60, 108, False)


def test_a_typed_badge_is_noted_at_once() -> None:
    event = an_event()
    row, by = signed_up(event), a_registrar(event)

    result = noting.note_badge(
        item_id=event.item_id, text=shown(token_of(row)), sign="came", by=by, facts=facts(), now=begun(event)
    )

    assert result == ScanResult(outcome=ScanOutcome.NOTED, registration_id=row.pk)
    assert Mark.objects.get().way == "typed"


@pytest.mark.django_db(transaction=True)
def test_one_batch_sent_twice_at_once_counts_once() -> None:
    event = an_event()
    row, by = signed_up(event), a_registrar(event)

    troubles = at_once(*(lambda: send(event, by, [token_of(row)]) for _n in range(3)))

    assert troubles == []
    assert Mark.objects.count() == 1


def window(event: Version, by: Member, after: int, minutes: int = 5, now: dt.datetime | None = None) -> Window:
    assert event.begins_at is not None
    at = event.begins_at + dt.timedelta(minutes=after)
    return confirming.add_window(
        item_id=event.item_id, opens_at=at, minutes=minutes, by=by, facts=facts(), now=now or event.begins_at
    )


def here(row: Registration, now: dt.datetime, window_id: int | None = None) -> WindowAnswer:
    return confirming.confirm_being_here(
        specialist=row.specialist, registration_id=row.pk, window_id=window_id, facts=facts(), now=now
    )


def test_an_answer_counts_once_in_the_window_that_is_open() -> None:
    event = a_webinar()
    by, row = a_registrar(event), signed_up(event)
    one = window(event, by, 10)
    window(event, by, 60)

    first = here(row, one.opens_at + dt.timedelta(minutes=1))
    again = here(row, one.opens_at + dt.timedelta(minutes=2))

    assert first.pk == again.pk
    assert not first.late
    (found,) = measured(event, [row], now=over(event))
    assert (found.decision.have, found.decision.need, found.decision.of) == (1, 2, 2)
    with pytest.raises(NoWindowOpen):
        here(row, one.closes_at + dt.timedelta(minutes=6))


def test_a_late_answer_through_a_poor_link_is_taken_for_five_minutes_and_marked() -> None:
    event = a_webinar()
    by, row, other = a_registrar(event), signed_up(event), signed_up(event)
    one = window(event, by, 10)

    assert here(row, one.closes_at + dt.timedelta(minutes=5), one.pk).late
    with pytest.raises(WindowShut):
        here(other, one.closes_at + dt.timedelta(minutes=5, seconds=1), one.pk)
    with pytest.raises(NoWindowOpen):
        here(other, one.opens_at - dt.timedelta(seconds=1), one.pk)


def test_windows_are_set_by_the_organiser_and_stay_once_opened() -> None:
    event, hall = a_webinar(), an_event()
    by = a_registrar(event)
    one = window(event, by, 10)

    with pytest.raises(NotByWindows):
        window(hall, a_registrar(hall), 10)
    with pytest.raises(EventUnknown):
        window(event, a_writer("registrar"), 10)
    with pytest.raises(WindowOpened):
        confirming.remove_window(
            item_id=event.item_id, window_id=one.pk, by=by, facts=facts(), now=one.opens_at + dt.timedelta(seconds=1)
        )
    confirming.remove_window(item_id=event.item_id, window_id=one.pk, by=by, facts=facts(), now=one.opens_at - HOUR)
    assert not Window.objects.exists()


def test_nobody_answers_for_another() -> None:
    event = a_webinar()
    row, one = signed_up(event), window(event, a_registrar(event), 10)

    with pytest.raises(NotTakingPart):
        confirming.confirm_being_here(
            specialist=a_specialist(), registration_id=row.pk, window_id=None, facts=facts(), now=one.opens_at
        )


@pytest.mark.django_db(transaction=True)
def test_an_answer_pressed_many_times_at_once_is_one() -> None:
    event = a_webinar()
    row, one = signed_up(event), window(event, a_registrar(event), 10)

    troubles = at_once(*(lambda: here(row, one.opens_at) for _n in range(4)))

    assert troubles == []
    assert WindowAnswer.objects.count() == 1


def test_measuring_costs_the_same_for_one_and_for_many() -> None:
    event = a_webinar()
    window(event, a_registrar(event), 10)
    rows = [signed_up(event) for _n in range(4)]

    with CaptureQueriesContext(connection) as one:
        measured(event, rows[:1], now=over(event))
    with CaptureQueriesContext(connection) as four:
        measured(event, rows, now=over(event))

    assert len(one) == len(four) == 3
