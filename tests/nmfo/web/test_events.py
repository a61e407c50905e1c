"""Events through their pages: the specialist's (S-08, S-09, P-04) and the organisation's (O-09)."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.builders import a_member, a_specialist, an_organisation, facts, signed_in
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
from tests.nmfo.participation.test_closing import close, settle
from tests.nmfo.participation.test_noting import millis, window

from foundation.audit.models import Entry
from foundation.ui.templatetags.ui import initials, moment
from nmfo.catalogue.models import Item, Version
from nmfo.credits.deriving import code_text
from nmfo.credits.models import CodeBatch, LedgerEntry
from nmfo.credits.operations.issuing import hand_out_codes
from nmfo.credits.operations.posting import post
from nmfo.credits.operations.redeeming import redeem_code
from nmfo.credits.rules.words import Source
from nmfo.participation import badges
from nmfo.participation.models import Gathering, Mark, Objection, Registration, Window, WindowAnswer
from nmfo.participation.operations import closing, signing_up
from nmfo.participation.operations.coding import send_codes
from nmfo.participation.rules import State
from nmfo.specialists.models import Specialist

pytestmark = pytest.mark.django_db


def text_of(answer: Any) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def text(words: str) -> str:
    return " ".join(words.split())


def card(event: Version) -> str:
    return f"/catalogue/events/{event.item_id}/"


def at(moment: dt.datetime) -> Any:
    return time_machine.travel(moment, tick=False)


def registrar_at(event: Version, moment: dt.datetime) -> Client:
    """A registrar's browser; the session lasts as long as the time the test stands at."""
    by = a_registrar(event)
    with at(moment):
        return signed_in(by.account)


def test_a_guest_is_led_through_the_sign_in_and_back() -> None:
    event = an_event(seats=5)

    page = Client().get(card(event))

    assert f"/sign-in/?next={card(event)}%23sign-up" in page.content.decode()
    assert "Свободно мест: 5 из 5" in text_of(page)
    assert Client().post(f"{card(event)}sign-up/").status_code == 302
    assert not Registration.objects.exists()


def test_one_press_signs_up_and_the_card_says_so() -> None:
    event, who = an_event(seats=1), a_specialist()
    browser = signed_in(who.account)

    page = browser.post(f"{card(event)}sign-up/", follow=True)
    again = browser.post(f"{card(event)}sign-up/", follow=True)

    assert "Вы записаны" in text_of(page)
    assert "Вы уже записаны" in text_of(again)
    assert Registration.objects.count() == 1


def test_a_full_event_offers_the_line_with_the_place() -> None:
    event, who = an_event(seats=1), a_specialist()
    signed_up(event)
    browser = signed_in(who.account)

    assert "В листе ожидания вы будете 1-м" in text_of(browser.get(card(event)))
    refused = browser.post(f"{card(event)}sign-up/", follow=True)
    assert "Места закончились" in text_of(refused)
    page = browser.post(f"{card(event)}sign-up/", {"waiting": "1"}, follow=True)

    assert "Вы 1-й в листе ожидания" in text_of(page)
    assert "Вы 1-й. Когда место освободится" in text_of(browser.get("/specialist/events/"))


def test_staff_do_not_sign_up() -> None:
    event = an_event()
    browser = signed_in(a_member(an_organisation()))

    page = browser.post(f"{card(event)}sign-up/", follow=True)

    assert "записываются только специалисты" in text_of(page)
    assert not Registration.objects.exists()


def test_the_card_warns_of_another_event_of_the_same_time() -> None:
    event, who = an_event(title="Первое"), a_specialist()
    other = an_event(title="Второе", begins_at=event.begins_at, ends_at=event.ends_at)
    signed_up(event, who)
    browser = signed_in(who.account)

    assert "На это время вы уже записаны на другое мероприятие: Первое" in text_of(browser.get(card(other)))
    signed_up(other, who)
    assert text_of(browser.get("/specialist/events/")).count("В это же время вы записаны на") == 2


def test_a_kept_seat_is_taken_from_the_list() -> None:
    event = an_event(seats=1)
    seated, row = signed_up(event), waiting(event)
    signing_up.cancel_registration(
        specialist=seated.specialist, registration_id=seated.pk, facts=facts(), now=timezone.now()
    )
    browser = signed_in(row.specialist.account)

    assert "Держим его для вас до" in text_of(browser.get("/specialist/events/"))
    page = browser.post(f"/specialist/events/{row.pk}/seat/", follow=True)

    assert "Место ваше" in text_of(page)


def test_cancelling_asks_first() -> None:
    row = signed_up(an_event())
    browser = signed_in(row.specialist.account)

    assert "Место сразу перейдёт следующему" in text_of(browser.get(f"/specialist/events/{row.pk}/cancel/"))
    assert Registration.objects.get().state == State.SIGNED_UP
    page = browser.post(f"/specialist/events/{row.pk}/cancel/", follow=True)

    assert "Запись отменена" in text_of(page)
    assert Registration.objects.get().state == State.CANCELLED


def test_a_withdrawn_event_stands_in_red_with_its_reason_before_the_job_came() -> None:
    row = signed_up(an_event())
    Item.objects.update(state="withdrawn", withdrawn_at=timezone.now(), withdrawn_reason="Болен лектор")
    browser = signed_in(row.specialist.account)

    page = text_of(browser.get("/specialist/events/"))

    assert "Мероприятие отменено" in page
    assert "Болен лектор" in page
    assert browser.get(f"/specialist/events/{row.pk}/badge/").status_code == 404


def test_another_persons_registration_is_not_there() -> None:
    row, stranger = signed_up(an_event()), signed_in(a_specialist().account)

    for page in ("cancel", "badge", "presence"):
        assert stranger.get(f"/specialist/events/{row.pk}/{page}/").status_code == 404
    for act in ("cancel", "here"):
        assert stranger.post(f"/specialist/events/{row.pk}/{act}/").status_code == 404
    stranger.post(f"/specialist/events/{row.pk}/seat/")
    assert Registration.objects.get().state == State.SIGNED_UP


def test_a_badge_has_a_code_and_a_number_and_no_name_in_them() -> None:
    row = signed_up(an_event())
    browser = signed_in(row.specialist.account)

    page = browser.get(f"/specialist/events/{row.pk}/badge/").content.decode()

    assert badges.shown(badges.token_of(row)) in page
    assert page.count("<svg") >= 2
    picture = page.split("badgecard__code")[1].split("</div>")[0]
    assert "style=" not in picture
    assert row.specialist.account.surname not in picture


def test_i_am_here_is_answered_with_and_without_a_script() -> None:
    event = a_webinar()
    row, one = signed_up(event), window(event, a_registrar(event), 10)
    with at(one.opens_at):
        browser = signed_in(row.specialist.account)
        page = browser.get(f"/specialist/events/{row.pk}/presence/")
        assert "Окно открыто до" in text_of(page)
        assert "Подтвердить, что я здесь" in text_of(browser.get("/specialist/events/"))
        plain = browser.post(f"/specialist/events/{row.pk}/here/", {"window": one.pk}, follow=True)
        script = browser.post(
            f"/specialist/events/{row.pk}/here/", {"window": one.pk}, headers={"accept": "application/json"}
        )
        strange = browser.post(
            f"/specialist/events/{row.pk}/here/", {"window": "٣"}, headers={"accept": "application/json"}
        )

    assert "Подтверждено в" in text_of(plain)
    assert "Вы подтвердили 1 из 1 окон, нужно 1" in text_of(plain)
    assert script.json()["taken"]
    assert strange.json()["taken"]  # no number: the window that is open
    assert WindowAnswer.objects.count() == 1


def test_the_record_says_what_was_missing_and_takes_an_objection() -> None:
    event = a_webinar()
    by, row = a_registrar(event), signed_up(event)
    for n in range(7):
        window(event, by, 10 + 20 * n)
    close(event, by)
    with at(over(event) + DAY):
        browser = signed_in(row.specialist.account)
        page = browser.get(f"/specialist/events/{row.pk}/presence/")
        empty = browser.post(f"/specialist/events/{row.pk}/presence/", {"text": " "})
        sent = browser.post(f"/specialist/events/{row.pk}/presence/", {"text": "Связь рвалась"}, follow=True)
        again = browser.post(f"/specialist/events/{row.pk}/presence/", {"text": "Ещё раз"})

    assert "Вы подтвердили 0 из 7 окон, нужно 6" in text_of(page)
    assert "Не хватило окон: 6" in text_of(page)
    assert "Достаточно подтвердить 80 % окон" in text_of(page)
    assert empty.status_code == 422
    assert "Связь рвалась" in text_of(sent)
    assert again.status_code == 422
    assert Objection.objects.count() == 1


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
    assert ticked.findall(form.content.decode()) == [first, second]
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


def test_credits_that_the_marks_are_not_enough_for_are_not_said_to_be_in_time() -> None:
    event, who, other = a_conference(), a_specialist(), a_specialist()
    row, by, later = signed_up(event, who), a_registrar(event), over(event) + 5 * DAY
    marked(row, by)
    marked(signed_up(event, other), by, reason="Подпись в листах обоих дней", now=later)
    closing.await_credits_of_ended(later)
    with at(later):
        browser = signed_in(who.account)
        short = browser.get("/specialist/credits/")
        enough = text_of(signed_in(other.account).get("/specialist/credits/"))
    close(event, by, "codes", now=later)
    closing.settle_event(event.item_id, now=later)
    with at(later + HOUR):
        closed = text_of(signed_in(who.account).get("/specialist/credits/"))

    said = "Отметок пока не хватает. Минут по отметкам: 270, нужно: 432. Если вы были дольше, напишите организатору"
    assert said in text_of(short)
    assert f'href="/specialist/events/{row.pk}/presence/"' in short.content.decode()
    assert "Всё в срок" not in text_of(short)
    assert "Всё в срок" in enough
    assert "Отметок пока" not in enough
    assert "Отметок пока" not in closed
    assert "Не засчитано" in closed


def test_a_list_of_paper_and_what_is_still_to_come_is_waited_for() -> None:
    event, who = an_event(), a_specialist()
    signed_up(event, who)
    closing.await_credits_of_ended(over(event))
    with at(over(event)):
        page = text_of(signed_in(who.account).get("/specialist/credits/"))

    assert "Всё в срок" in page
    assert "Отметок пока" not in page


def test_marks_that_are_not_enough_cost_the_same_for_one_event_and_for_many() -> None:
    who, organisation = a_specialist(), an_organisation()

    def more(event: Version) -> None:
        signed_up(event, who)
        window(event, a_registrar(event), 1)
        closing.await_credits_of_ended(over(event) + DAY)

    def webinar(number: int) -> Version:
        begins = timezone.now() + (30 + number) * DAY
        return a_webinar(organisation, begins_at=begins, ends_at=begins + 3 * HOUR)

    def cost() -> int:
        with at(timezone.now() + 40 * DAY):
            browser = signed_in(who.account)
            browser.get("/specialist/credits/")
            page = browser.get("/specialist/credits/")
            assert text_of(page).count("Подтверждено окон: 0, нужно: 1.") == Registration.objects.count()
            return count(browser, "/specialist/credits/")

    more(webinar(0))
    few = cost()
    for number in range(1, 4):
        more(webinar(number))

    assert cost() == few


def test_an_event_nobody_signed_up_for_is_not_said_to_be_early() -> None:
    event = an_event()
    with at(over(event)):
        page = text_of(registrar_at(event, over(event)).get(f"/organisation/events/{event.item_id}/close/"))

    assert "Закрывать нечего" in page
    assert "Добавить по СНИЛС" in page
    assert "Закрыть пока нельзя" not in page


def credited(event: Version, who: Specialist) -> LedgerEntry:
    """By a confirmation code."""
    day, now = timezone.localdate(), timezone.now()
    return post(
        specialist_id=who.pk, version=event, source=Source.CODE, origin="code:1", earned_on=day, by=None, now=now
    )


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


def test_my_events_say_that_one_of_them_is_on_the_account_already() -> None:
    event, who = an_event(), a_specialist()
    row = signed_up(event, who)
    entry = credited(event, who)
    with at(over(event)):
        browser = signed_in(who.account)
        waits, record = browser.get("/specialist/events/"), browser.get(f"/specialist/events/{row.pk}/presence/")
    by = a_registrar(event)
    marked(row, by)
    close(event, by)
    settle(event)
    with at(over(event) + HOUR):
        closed = signed_in(who.account).get(f"/specialist/events/{row.pk}/presence/")

    assert "Баллы уже на счёте" in text_of(waits)
    assert "подтверждения от организатора" not in text_of(waits)
    for shown in (waits, record, closed):
        assert f'href="/specialist/credits/{entry.pk}/"' in shown.content.decode()
        assert "придут на ваш счёт сами" not in text_of(shown)
    assert LedgerEntry.objects.count() == 1


def test_my_events_lead_to_the_code_that_waits_for_the_person() -> None:
    who, organisation = a_specialist(), an_organisation()
    events = [an_event(organisation, title=f"Семинар {n}") for n in range(3)]
    by, later = a_registrar(events[0]), over(events[0]) + DAY

    def coded(event: Version) -> None:
        send_codes(
            item_id=event.item_id,
            valid_until_on=later.date() + 20 * DAY,
            note="",
            form_key=f"of {event.pk}",
            by=by,
            facts=facts(),
            now=later,
        )
        for pk in CodeBatch.objects.filter(item=event.item_id).values_list("pk", flat=True):
            hand_out_codes(pk, later)

    rows = {event.pk: marked(signed_up(event, who), by) for event in events}
    for event in events:
        close(event, by, "codes", now=later)
        closing.settle_event(event.item_id, now=later)
    coded(events[0])
    with at(later):
        browser = signed_in(who.account)
        one, few = browser.get("/specialist/events/").content.decode(), count(browser, "/specialist/events/")
        coded(events[1])
        two, many = browser.get("/specialist/events/").content.decode(), count(browser, "/specialist/events/")
        record = [browser.get(f"/specialist/events/{rows[event.pk].pk}/presence/") for event in events]
        redeem_code(specialist=who, text=code_of(events[0]), facts=facts(), now=later)
        entered = browser.get("/specialist/events/").content.decode()

    waits = re.compile(r'Код ждёт вас:\s*<a href="/specialist/codes/">\s*ввести<span class="vh">: ([^<]+)</span>')
    assert waits.findall(one) == ["Семинар 0"]
    assert sorted(waits.findall(two)) == ["Семинар 0", "Семинар 1"]
    assert few == many
    assert ["Код ждёт вас" in text_of(page) for page in record] == [True, True, False]
    assert waits.findall(entered) == ["Семинар 1"]


def code_of(event: Version) -> str:
    return code_text(CodeBatch.objects.get(item=event.item_id).pk, 1)


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


def batch(row: Registration, moment: dt.datetime, **changes: Any) -> dict[str, Any]:
    scans = [{"text": badges.token_of(row), "sign": "came", "at": millis(moment) - 60_000}]
    return {"device": "d", "number": 0, "clock": millis(moment), "scans": scans, **changes}


def test_a_batch_of_scans_is_taken_once_and_answered_in_words() -> None:
    event = an_event(presence="badge", presence_percent=50)
    row = signed_up(event)
    url = f"/organisation/events/{event.item_id}/scans/"
    now = begun(event)
    with at(now):
        browser = registrar_at(event, now)
        answers = [browser.post(url, json.dumps(batch(row, now)), content_type="application/json") for _n in range(2)]
        other = batch(row, now, scans=[{"text": "x", "sign": "came", "at": millis(now)}])
        differs = browser.post(url, json.dumps(other), content_type="application/json")

    assert answers[0].json() == answers[1].json()
    (result,) = answers[0].json()["results"]
    assert (result["outcome"], result["label"], result["name"]) == ("noted", "отмечено", "Иванова Анна Петровна")
    assert differs.status_code == 409
    assert Mark.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        "nonsense",
        '{"device": "d", "number": 0, "clock": 1, "scans": []}',
        '{"device": "d", "number": true, "clock": 1, "scans": [{"text": "x", "sign": "came", "at": 1}]}',
        '{"device": "d", "number": 1, "clock": 1.5, "scans": [{"text": "x", "sign": "came", "at": 1}]}',
        '{"device": "d", "number": 1, "clock": 1, "scans": [{"text": "\\u0000", "sign": "came", "at": 1}]}',
        '{"device": 5, "number": 1, "clock": 1, "scans": {"text": "x"}}',
        '{"device": "d", "number": 1, "clock": -1, "scans": [{"text": "x", "sign": "came", "at": 1}]}',
        '{"device": "d\\u0000", "number": 1, "clock": 1, "scans": [{"text": "x", "sign": "came", "at": 1}]}',
        '{"device": "d\\ud800", "number": 1, "clock": 1, "scans": [{"text": "x", "sign": "came", "at": 1}]}',
        '{"device": "d", "number": 1, "clock": 1, "scans": [{"text": "\\ud800", "sign": "came", "at": 1}]}',
        '{"device": "d", "number": 1, "clock": 1, "scans": [{"text": "x", "sign": "\\udfff", "at": 1}]}',
        '{"device": "d", "number": 1, "clock": 9007199254740991, "scans": [{"text": "x", "sign": "came", "at": 1}]}',
        '{"scans":' + "[" * 200_000,
    ],
)
def test_a_batch_that_cannot_be_read_is_refused(body: str) -> None:
    event = an_event()
    browser = signed_in(a_registrar(event).account)

    answer = browser.post(f"/organisation/events/{event.item_id}/scans/", body, content_type="application/json")

    assert answer.status_code == 422
    assert not Mark.objects.exists()


def test_a_clock_that_jumped_by_thousands_of_years_is_a_wrong_time() -> None:
    event = an_event(presence="badge", presence_percent=50)
    row, now = signed_up(event), begun(event)
    body = json.dumps(batch(row, now, clock=253_402_300_799_999))
    with at(now):
        answer = registrar_at(event, now).post(
            f"/organisation/events/{event.item_id}/scans/", body, content_type="application/json"
        )

    assert [one["outcome"] for one in answer.json()["results"]] == ["wrong_time"]
    assert not Mark.objects.exists()


def test_a_search_for_what_no_name_holds_is_a_page() -> None:
    event = an_event()
    browser = signed_in(a_registrar(event).account)

    answers = [browser.get(f"/organisation/events/{event.item_id}/?q={text}") for text in ("%00", "И%00в", "%ff")]

    assert [answer.status_code for answer in answers] == [200, 200, 200]


def test_a_badge_is_typed_without_a_script() -> None:
    event = an_event()
    row = signed_up(event)
    url = f"/organisation/events/{event.item_id}/scan/"
    with at(begun(event)):
        browser = registrar_at(event, begun(event))
        page = browser.get(url)
        noted = browser.post(url, {"token": badges.shown(badges.token_of(row)).lower(), "sign": "came"})
        wrong = browser.post(url, {"token": "0000-0000-0000-0000", "sign": "came"})

    assert row.specialist.account.surname not in page.content.decode()  # the device may keep this page
    assert page["Offline-Copy"] == url
    assert "Отмечено: Иванова Анна Петровна" in text_of(noted)
    assert wrong.status_code == 422
    assert "это не бейдж портала" in text_of(wrong)


def test_windows_are_set_opened_at_once_and_removed() -> None:
    event = a_webinar(zone="Asia/Omsk")
    url = f"/organisation/events/{event.item_id}/windows/"
    assert event.begins_at is not None
    local = (event.begins_at + HOUR).astimezone(dt.timezone(6 * HOUR))  # Omsk
    typed = {"opens_on": f"{local:%Y-%m-%d}", "opens_time": f"{local:%H:%M}", "minutes": "5"}
    with at(begun(event)):
        browser = registrar_at(event, begun(event))
        page = browser.post(url, typed, follow=True)
        overlaps = browser.post(url, typed)
        empty = browser.post(url, {"minutes": ""})
        browser.post(f"{url}now/")
        browser.post(f"{url}{Window.objects.order_by('opens_at')[1].pk}/remove/")

    assert "Окно назначено" in text_of(page)
    assert "По местному времени (Омск)" in text_of(page)
    assert overlaps.status_code == empty.status_code == 422
    assert "В это время уже открыто другое окно" in text_of(overlaps)
    assert [one.opens_at for one in Window.objects.all()] == [begun(event)]


def test_attendance_is_closed_with_open_eyes() -> None:
    event = an_event()
    there, _away = signed_up(event), signed_up(event)
    marked(there, a_registrar(event))
    url = f"/organisation/events/{event.item_id}/close/"
    with at(over(event)):
        browser = registrar_at(event, over(event))
        page = text_of(browser.get(url))
        unsure = browser.post(url, {"award": "credits"})
        closed = text_of(browser.post(url, {"award": "credits", "sure": "on"}, follow=True))
        settle(event)
        done = text_of(browser.get(f"/organisation/events/{event.item_id}/"))
        today = text_of(browser.get("/organisation/"))

    assert "Присутствие будет подтверждено 1" in page
    assert unsure.status_code == 422
    assert "Оформляем баллы: 0 из 2" in closed
    assert "Оформляем баллы" not in done
    assert "Закройте учёт" not in today
    assert Gathering.objects.get().confirmed == 1


def test_today_says_which_events_wait_to_be_closed() -> None:
    event = an_event(title="Прошедший семинар")
    signed_up(event)
    with at(over(event)):
        page = text_of(registrar_at(event, over(event)).get("/organisation/"))

    assert "Прошедший семинар" in page
    assert "Закройте учёт: участники ждут баллы" in page


def test_an_objection_is_answered_on_its_page() -> None:
    event = an_event()
    row, by = signed_up(event), a_registrar(event)
    close(event, by)
    with at(over(event) + DAY):
        signed_in(row.specialist.account).post(f"/specialist/events/{row.pk}/presence/", {"text": "Я была"})
        objection = Objection.objects.get()
        browser = registrar_at(event, over(event) + DAY)
        listed = text_of(browser.get(f"/organisation/events/{event.item_id}/objections/"))
        url = f"/organisation/events/{event.item_id}/objections/{objection.pk}/"
        page = text_of(browser.get(url))
        refused = browser.post(url, {"granted": "yes", "reason": ""})
        browser.post(url, {"granted": "yes", "reason": "Есть на фотографии"})

    assert "Иванова" in listed
    assert "Я была" in page
    assert refused.status_code == 422
    assert Registration.objects.get().state == State.PRESENT


def test_the_journal_tells_of_looks_and_closings() -> None:
    event = an_event(title="Семинар о журнале")
    row = signed_up(event)
    owner = a_writer(organisation=event.item.organisation)
    with at(over(event)):
        browser = signed_in(owner.account)
        browser.get(f"/organisation/events/{event.item_id}/")
        browser.post(f"/organisation/events/{event.item_id}/close/", {"award": "codes", "sure": "on"})
        page = text_of(browser.get("/organisation/journal/"))

    assert row.pk
    assert "Просмотр участников мероприятия" in page
    assert "Закрытие учёта присутствия" in page
    assert page.count("Семинар о журнале") >= 2


def count(browser: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(path).status_code == 200, path
    return len(seen)


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


def test_credits_that_came_by_number_are_not_said_to_be_codes() -> None:
    event = an_event()
    by = a_registrar(event)
    other = an_event(event.item.organisation)
    for one in (event, event, other):
        marked(signed_up(one), by)
    close(event, by)
    settle(event)
    close(other, by, "codes")
    settle(other)
    with at(over(event) + DAY):
        browser = registrar_at(event, over(event) + DAY)
        before = text_of(browser.get("/organisation/codes/new/"))
        send_codes(
            item_id=other.item_id,
            valid_until_on=timezone.localdate() + 20 * DAY,
            note="",
            form_key="one",
            by=by,
            facts=facts(),
            now=timezone.now(),
        )
        after = text_of(browser.get("/organisation/codes/new/"))

    assert "подтверждено 2, зачислено по СНИЛС: 2" in before
    assert "подтверждено 1, выдано 0" in before
    assert "подтверждено 1, выдано 1" in after
    assert "выдано 2" not in after


def test_codes_are_sent_from_the_page_of_the_event() -> None:
    event = an_event()
    row, by = signed_up(event), a_registrar(event)
    marked(row, by)
    close(event, by, "codes")
    settle(event)
    url = f"/organisation/events/{event.item_id}/codes/"
    with at(over(event) + DAY):
        browser = registrar_at(event, over(event) + DAY)
        offered = text_of(browser.get(f"/organisation/events/{event.item_id}/"))
        page = browser.get(url)
        key = re.findall(r'name="form_key" value="([^"]+)"', page.content.decode())[0]
        day = f"{over(event) + 20 * DAY:%Y-%m-%d}"
        wrong = browser.post(url, {"form_key": key, "valid_until_on": ""})
        sent = browser.post(url, {"form_key": key, "valid_until_on": day}, follow=True)
        after = text_of(browser.get(url))

    assert "Отправить коды подтверждения: 1" in offered
    assert "1 человек ждёт код" in text_of(page)
    assert wrong.status_code == 422
    assert "Коды уходят письмами" in text_of(sent)
    assert "Код никто не ждёт" in after


def test_my_events_say_that_one_goes_on_and_then_that_presence_is_awaited() -> None:
    event, who = an_event(), a_specialist()
    signed_up(event, who)
    said = []
    for moment_of_it in (timezone.now(), begun(event), over(event)):
        with at(moment_of_it):
            said.append(text_of(signed_in(who.account).get("/specialist/events/")))

    assert ["Идёт сейчас" in page for page in said] == [False, True, False]
    assert ["Ждём подтверждения от организатора" in page for page in said] == [False, False, True]
