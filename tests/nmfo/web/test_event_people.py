"""The organiser's list of people of an event (O-09): marks of its days, people added by СНИЛС, what was entered late."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.builders import a_specialist, facts, signed_in
from tests.item_builders import a_writer
from tests.nmfo.participation.builders import (
    DAY,
    HOUR,
    a_conference,
    a_registrar,
    an_event,
    begun,
    marked,
    over,
    signed_up,
)
from tests.nmfo.participation.test_noting import millis
from tests.nmfo.web.test_events import at, count, credited, registrar_at, text, text_of

from foundation.audit.models import Entry
from foundation.ui.templatetags.ui import initials, moment
from nmfo.participation.badges import token_of
from nmfo.participation.models import Mark, Registration
from nmfo.participation.operations.noting import Scan, note_scans

pytestmark = pytest.mark.django_db


def test_the_list_at_the_door_finds_marks_and_takes_back() -> None:
    event = an_event()
    one, two = signed_up(event, a_specialist(surname="Ёлкина")), signed_up(event, a_specialist(surname="Сидоренко"))
    home = f"/organisation/events/{event.item_id}/"
    with at(begun(event)):
        browser = registrar_at(event, begun(event))
        found = text_of(browser.get(f"{home}?q=елк"))
        browser.post(f"{home}people/{one.pk}/mark/", {"next": f"{home}?tab=missing"})
        left = text_of(browser.get(f"{home}?tab=missing"))
        asked = browser.get(f"{home}people/{one.pk}/take-back/")
        refused = browser.post(f"{home}people/{one.pk}/take-back/", {"reason": ""})
        browser.post(f"{home}people/{one.pk}/take-back/", {"reason": "Не она"})

    assert "Ёлкина" in found
    assert "Сидоренко" not in found
    assert "Сидоренко" in left
    assert "Ёлкина" not in left.split("Участники")[-1]  # it stands in the message above
    assert one.specialist.account.snils not in found.replace("-", "").replace(" ", "")
    assert asked.status_code == 200
    assert refused.status_code == 422
    assert list(Mark.objects.order_by("pk").values_list("sign", flat=True)) == ["came", "taken_back"]
    looks = Entry.objects.filter(action="attendance.looked_at").order_by("pk").values_list("after", flat=True)
    assert [look["what"] for look in looks] == ["search", "list", "one"]
    assert looks[0]["registrations"] == [one.pk]
    assert two.pk in looks[1]["registrations"]


@pytest.mark.parametrize(
    ("words", "there"),
    [("вар", True), ("ВАРВАРА  Ёлк", True), ("елкина в", True), ("елкина варвара пет", True), ("варя", False)],
)
def test_the_list_at_the_door_finds_by_either_name_in_either_order(words: str, *, there: bool) -> None:
    event = an_event()
    signed_up(event, a_specialist(surname="Ёлкина", first_name="Варвара"))
    signed_up(event, a_specialist(surname="Сидоренко"))
    with at(begun(event)):
        found = text_of(registrar_at(event, begun(event)).get(f"/organisation/events/{event.item_id}/", {"q": words}))

    assert ("Ёлкина" in found) is there
    assert "Сидоренко" not in found


def test_people_of_one_organisation_are_not_there_for_another() -> None:
    event = an_event()
    row = signed_up(event)
    stranger = signed_in(a_writer("registrar").account)
    home = f"/organisation/events/{event.item_id}/"

    for page in ("", "add/", "scan/", "windows/", "close/", "objections/", f"people/{row.pk}/take-back/"):
        assert stranger.get(f"{home}{page}").status_code == 404, page
    for act in (f"people/{row.pk}/mark/", "scans/", "windows/now/"):
        assert stranger.post(f"{home}{act}").status_code == 404, act
    assert "Избранные" not in text_of(stranger.get("/organisation/events/"))


def test_pages_of_people_want_the_right() -> None:
    event = an_event()
    teacher = signed_in(a_writer("methodist", organisation=event.item.organisation).account)

    for page in ("", "add/", "scan/", "close/", "objections/"):
        assert teacher.get(f"/organisation/events/{event.item_id}/{page}").status_code == 403
    assert teacher.get("/organisation/events/").status_code == 403
    assert "Мероприятия и присутствие" not in text_of(teacher.get("/organisation/"))


def test_somebody_is_added_at_the_door() -> None:
    event, who = an_event(), a_specialist(surname="Смирнова")
    home = f"/organisation/events/{event.item_id}/add/"
    with at(begun(event)):
        browser = registrar_at(event, begun(event))
        wrong = browser.post(home, {"snils": who.account.snils, "surname": "Не она"})
        right = browser.post(home, {"snils": who.account.snils, "surname": "Смирнова"}, follow=True)
        again = browser.post(home, {"snils": who.account.snils, "surname": "Смирнова"}, follow=True)

    assert wrong.status_code == 422
    assert "Специалиста с таким СНИЛС и такой фамилией на портале нет" in text_of(wrong)
    assert "Внесён в список и отмечен: Смирнова" in text_of(right)
    assert "Уже в списке и отмечен: Смирнова" in text_of(again)


def test_what_is_wrong_with_somebody_who_is_added_is_said_at_once() -> None:
    event = an_event()
    with at(begun(event)):
        browser = registrar_at(event, begun(event))
        answer = browser.post(f"/organisation/events/{event.item_id}/add/", {"snils": "112-233-445 96", "surname": ""})

    assert answer.status_code == 422
    assert "В СНИЛС опечатка" in text_of(answer)
    assert "Напишите фамилию" in text_of(answer)


def test_somebody_added_long_after_the_event_needs_a_reason_that_people_read() -> None:
    event, who = an_event(), a_specialist(surname="Смирнова")
    home, late = f"/organisation/events/{event.item_id}/", over(event) + 48 * DAY
    given = {"snils": who.account.snils, "surname": "Смирнова"}
    with at(begun(event)):
        asked_in_time = registrar_at(event, begun(event)).get(f"{home}add/")
    with at(late):
        browser = signed_in(a_writer("owner", organisation=event.item.organisation).account)
        form, unsaid = browser.get(f"{home}add/"), browser.post(f"{home}add/", given)
        browser.post(f"{home}add/", {**given, "reason": "Её подпись в бумажном листе"})
        people, journal = browser.get(home), browser.get("/organisation/journal/")

    assert "Откуда известно" not in text_of(asked_in_time)
    assert "Откуда известно, что человек был на мероприятии" in text_of(form)
    assert unsaid.status_code == 422
    assert "Её подпись в бумажном листе" in text_of(people)
    assert "Её подпись в бумажном листе" in text_of(journal)


def test_the_form_of_an_event_of_two_days_has_its_days_and_says_what_they_are_worth() -> None:
    event, who = a_conference(), a_specialist(surname="Смирнова")
    home, late = f"/organisation/events/{event.item_id}/add/", over(event) + 30 * DAY
    assert event.begins_at is not None
    first, second = (f"{event.begins_at + n * DAY:%Y-%m-%d}" for n in (0, 1))
    given = {"snils": who.account.snils, "surname": "Смирнова", "reason": "Её подпись в бумажном листе"}
    with at(begun(event)):
        running = registrar_at(event, begun(event)).get(home).content.decode()
    with at(late):
        desk = registrar_at(event, late)
        form = desk.get(home)
        none = desk.post(home, given)
        added = desk.post(home, {**given, "days": [first]}, follow=True)
        close_page = text_of(desk.get(f"/organisation/events/{event.item_id}/close/"))

    ticked = re.compile(r'name="days" value="([^"]+)"[^>]*checked')
    assert (ticked.findall(running), f'value="{second}"' in running) == ([first], False)
    assert ticked.findall(form.content.decode()) == []  # of several days nobody is there by default
    assert "День даёт минут: 270. Нужно 432 из 540." in text_of(form)
    assert none.status_code == 422
    assert "Отметьте хотя бы один день." in text_of(none)
    assert "Внесён в список и отмечен: Смирнова" in text_of(added)
    assert "(минут по отметкам: 270, нужно 432)" in text_of(added)
    assert "Не будет подтверждено 1" in close_page


def test_each_day_of_an_event_of_two_is_marked_from_the_list() -> None:
    event = a_conference()
    row, home = signed_up(event, a_specialist(surname="Смирнова")), f"/organisation/events/{event.item_id}/"
    act = f"{home}people/{row.pk}/mark/"
    assert event.begins_at is not None
    first, second = (f"{event.begins_at + n * DAY:%Y-%m-%d}" for n in (0, 1))
    with at(begun(event) + DAY):
        desk = registrar_at(event, begun(event) + DAY)
        untouched = desk.get(home).content.decode()
        desk.post(act, {"days": [second], "next": home})
        listed = desk.get(home)
        page = desk.get(f"{act}?next={home}%3Ftab%3Dhere").content.decode()
        unticked = desk.post(act, {"next": home})
        done = desk.post(act, {"days": [first], "next": f"{home}?tab=here"}, follow=True)
        again = desk.post(act, {"days": [first], "next": home}, follow=True)

    assert f'name="days" value="{second}"' in untouched
    assert f'name="days" value="{first}"' not in untouched
    assert "отмечено дней: 1 из 2" in text_of(listed)
    assert "Отметить другой день" in text_of(listed)
    assert re.findall(r'name="days" value="([^"]+)"[^>]*checked', page) == [first]
    assert second not in page
    assert f'name="next" value="{home}?tab=here"' in page
    assert "Отметьте хотя бы один день." in text_of(unticked)
    assert unticked.status_code == 422
    assert done.redirect_chain[-1][0] == f"{home}?tab=here"
    assert "отмечено дней: 2 из 2" in text_of(done)
    assert "Отметить другой день" not in text_of(done)
    assert "Уже в списке, отмечены все выбранные дни: Смирнова" in text_of(again)
    assert Mark.objects.count() == 2


def test_a_mark_long_after_the_event_asks_how_it_is_known() -> None:
    event, who = an_event(), a_specialist(surname="Смирнова")
    row, home, late = signed_up(event, who), f"/organisation/events/{event.item_id}/", over(event) + 48 * DAY
    act = f"{home}people/{row.pk}/mark/"
    with at(late):
        desk = signed_in(a_writer("owner", organisation=event.item.organisation).account)
        listed = desk.get(home).content.decode()
        page, unsaid = desk.get(act), desk.post(act, {"next": home})
        done = desk.post(act, {"next": home, "reason": "Её подпись в бумажном листе"}, follow=True)
        journal = desk.get("/organisation/journal/")
        record = signed_in(who.account).get(f"/specialist/events/{row.pk}/presence/")

    assert f'href="{act}?next=' in listed
    assert f'action="{act}"' not in listed
    assert "Откуда известно, что человек был на мероприятии" in text_of(page)
    assert unsaid.status_code == 422
    assert "отмечено после мероприятия" in text_of(done)
    for shown in (done, journal, record):
        assert "Её подпись в бумажном листе" in text_of(shown)


def test_who_is_added_again_is_marked_on_the_other_day_or_nothing_is_done_and_said_so() -> None:
    event, who = a_conference(), a_specialist(surname="Смирнова")
    home, late = f"/organisation/events/{event.item_id}/add/", over(event) + 30 * DAY
    assert event.begins_at is not None
    first, second = (f"{event.begins_at + n * DAY:%Y-%m-%d}" for n in (0, 1))
    given = {"snils": who.account.snils, "surname": "Смирнова"}
    with at(late):
        desk = registrar_at(event, late)
        desk.post(home, {**given, "days": [first], "reason": "Подпись в листе первого дня"})
        both = desk.post(home, {**given, "days": [first, second], "reason": "Подпись и во втором листе"}, follow=True)
        again = desk.post(home, {**given, "days": [first, second], "reason": "Ещё раз то же самое"}, follow=True)

    assert "Внесён в список и отмечен: Смирнова" in text_of(both)
    assert "(минут по отметкам: 540, нужно 432)" in text_of(both)
    assert "Уже в списке, отмечены все выбранные дни: Смирнова" in text_of(again)
    assert "Внесён" not in text_of(again)
    assert [mark.reason for mark in Mark.objects.order_by("pk")] == [
        "Подпись в листе первого дня", "Подпись и во втором листе",
    ]  # fmt: skip


def test_nobody_is_added_to_an_event_that_is_on_their_account_already() -> None:
    event, who = an_event(), a_specialist(surname="Смирнова")
    credited(event, who)
    with at(begun(event)):
        browser = registrar_at(event, begun(event))
        given = {"snils": who.account.snils, "surname": "Смирнова"}
        refused = browser.post(f"/organisation/events/{event.item_id}/add/", given)

    assert refused.status_code == 422
    assert "баллы за мероприятие уже засчитаны" in text_of(refused)
    assert not Registration.objects.exists()


def test_presence_that_was_entered_afterwards_says_when_and_by_whom() -> None:
    event, early, who = an_event(), a_specialist(surname="Ранняя"), a_specialist(surname="Смирнова")
    by, home = a_registrar(event), f"/organisation/events/{event.item_id}/"
    marked(signed_up(event, early), by)
    later = over(event) + 40 * DAY
    with at(later):
        desk = signed_in(by.account)
        given = {"snils": who.account.snils, "surname": "Смирнова", "reason": "Подпись в бумажном листе"}
        desk.post(f"{home}add/", given)
        listed = text_of(desk.get(home))
        row = Registration.objects.get(specialist=who)
        record = text_of(signed_in(who.account).get(f"/specialist/events/{row.pk}/presence/"))
        other = Registration.objects.get(specialist=early)
        own = text_of(signed_in(early.account).get(f"/specialist/events/{other.pk}/presence/"))

    said = f"{moment(later)}, {initials(by.account)}"
    assert listed.count("отмечено после мероприятия") == 1
    assert listed.count("внесён после мероприятия") == 1
    assert text(said) in listed
    assert f"Организатор внёс отметку после мероприятия: {text(said)}" in record
    assert "Подпись в бумажном листе" in record
    assert "после мероприятия:" not in own


def test_scans_that_a_phone_sent_days_later_say_so_in_the_list_and_in_the_record() -> None:
    event = an_event()
    assert event.ends_at is not None
    by, evening, later = a_registrar(event), event.ends_at + 2 * HOUR, event.ends_at + 3 * DAY
    rows = [signed_up(event, a_specialist(surname=name)) for name in ("Вечерняя", "Поздняя")]
    with at(later):
        for number, (row, now) in enumerate(zip(rows, (evening, later), strict=True)):
            scan = Scan(text=token_of(row), sign="came", at=millis(begun(event)))
            given: dict[str, Any] = {"clock": millis(now), "by": by, "facts": facts(), "now": now}
            note_scans(item_id=event.item_id, device="phone", number=number, scans=[scan], **given)
        listed = text_of(signed_in(by.account).get(f"/organisation/events/{event.item_id}/"))
        in_time, record = (
            text_of(signed_in(row.specialist.account).get(f"/specialist/events/{row.pk}/presence/")) for row in rows
        )

    said = text(f"{moment(later)}, {initials(by.account)}")
    assert listed.count("передано после мероприятия") == 1
    assert said in listed.split("Поздняя")[1]
    assert f"Устройство организатора передало отметку после мероприятия: {said}" in record
    assert "после мероприятия:" not in in_time


def test_a_search_for_what_no_name_holds_is_a_page() -> None:
    event = an_event()
    browser = signed_in(a_registrar(event).account)

    answers = [browser.get(f"/organisation/events/{event.item_id}/?q={text}") for text in ("%00", "И%00в", "%ff")]

    assert [answer.status_code for answer in answers] == [200, 200, 200]


def test_pages_cost_the_same_for_few_and_for_many() -> None:
    event, who = an_event(), a_specialist()
    other = an_event(event.item.organisation)
    signed_up(event, who)
    signed_up(other)
    own, staff = signed_in(who.account), signed_in(a_registrar(event).account)
    paths = ("/organisation/events/", f"/organisation/events/{event.item_id}/")
    for path in paths:
        staff.get(path)
    own.get("/specialist/events/")
    few = [count(own, "/specialist/events/"), *(count(staff, path) for path in paths)]
    for n in range(4):
        begins = event.begins_at
        assert begins is not None
        more = an_event(event.item.organisation, begins_at=begins + n * DAY, ends_at=begins + n * DAY + HOUR)
        signed_up(more, who)
        signed_up(event)

    many = [count(own, "/specialist/events/"), *(count(staff, path) for path in paths)]

    assert many == few
