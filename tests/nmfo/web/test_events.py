"""Events through the specialist's pages (S-08, S-09, P-04)."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.builders import a_member, a_specialist, an_organisation, facts, signed_in
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
from tests.nmfo.participation.test_closing import close, settle, taken_back
from tests.nmfo.participation.test_noting import window

from nmfo.catalogue.models import Item, Version
from nmfo.credits.deriving import code_text
from nmfo.credits.models import CodeBatch, Expectation, LedgerEntry
from nmfo.credits.operations.issuing import hand_out_codes
from nmfo.credits.operations.posting import post
from nmfo.credits.operations.redeeming import redeem_code
from nmfo.credits.rules.words import Source
from nmfo.participation import badges
from nmfo.participation.models import Objection, Registration, WindowAnswer
from nmfo.participation.operations import closing, signing_up
from nmfo.participation.operations.coding import send_codes
from nmfo.participation.operations.objecting import decide_objection
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

    asked = text_of(browser.get(f"/specialist/events/{row.pk}/cancel/"))
    assert "Место сразу перейдёт следующему" in asked
    assert "Отменить запись?" in asked  # a title with quotes of its own stands beside, not within others
    assert Registration.objects.get().state == State.SIGNED_UP
    page = browser.post(f"/specialist/events/{row.pk}/cancel/", follow=True)

    assert "Запись отменена" in text_of(page)
    assert "Прошедшие и отменённые" in text_of(page)
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


def test_where_no_window_was_opened_the_record_says_so_and_counts_nothing() -> None:
    event = a_webinar()
    row = signed_up(event)
    said = []
    for moment in (begun(event), over(event)):
        with at(moment):
            said.append(text_of(signed_in(row.specialist.account).get(f"/specialist/events/{row.pk}/presence/")))

    assert "Окон подтверждения ещё не было" in said[0]
    assert "Окон подтверждения не было" in said[1]
    for page in said:
        assert "Подтверждено окон" not in page


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
    assert "Подтверждено окон: 1 из 1 , нужно 1" in text_of(plain)
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

    assert "Подтверждено окон: 0 из 7 , нужно 6" in text_of(page)
    assert "Не хватило окон: 6" in text_of(page)
    assert "Достаточно подтвердить 80 % окон" in text_of(page)
    assert empty.status_code == 422
    assert "Связь рвалась" in text_of(sent)
    assert again.status_code == 422
    assert Objection.objects.count() == 1


def test_a_refused_presence_leads_to_the_organiser_and_then_to_an_operator() -> None:
    event = an_event()
    by, row = a_registrar(event), signed_up(event)
    close(event, by)
    settle(event)
    awaited = Expectation.objects.get(specialist=row.specialist)
    record, list_ = f"/specialist/events/{row.pk}/presence/", "/specialist/events/"
    to_operator = f'href="/specialist/credits/awaited/{awaited.pk}/dispute/"'
    with at(over(event) + DAY):
        browser = signed_in(row.specialist.account)
        assert f'href="{record}#object"' in browser.get(list_).text
        assert to_operator not in browser.get(record).text
        browser.post(record, {"text": "Я была"})
        assert to_operator not in browser.get(record).text  # the organiser looks at it
        decide_objection(
            objection_id=Objection.objects.get().pk,
            granted=False,
            answer="Вас не видели",
            by=by,
            facts=facts(),
            now=timezone.now(),
        )
        answered = browser.get(record)
    with at(over(event) + 12 * DAY):
        browser = signed_in(row.specialist.account)
        later = browser.get(list_)
        asked = browser.get(f"/specialist/credits/awaited/{awaited.pk}/dispute/")

    assert to_operator in answered.text
    assert "Организатор ответил. Обратиться можно и к оператору портала" in text_of(answered)
    assert to_operator in later.text
    assert asked.status_code == 200


def test_a_presence_that_was_credited_by_a_correction_says_so() -> None:
    event = an_event()
    row = signed_up(event)
    close(event, a_registrar(event))
    settle(event)
    with at(over(event) + DAY):
        post(
            specialist_id=row.specialist_id,
            version=event,
            source=Source.PRESENCE,
            origin="test:1",
            earned_on=timezone.localdate(),
            by=None,
            now=timezone.now(),
        )
        browser = signed_in(row.specialist.account)
        record = text_of(browser.get(f"/specialist/events/{row.pk}/presence/"))
        list_ = text_of(browser.get("/specialist/events/"))

    assert "Организатор присутствие не подтвердил; баллы засчитаны по исправлению" in record
    assert "Баллы уже на счету" in list_
    for page in (record, list_):
        assert "Присутствие не подтверждено" not in page
        assert "Оспорить" not in page
        assert "возразить" not in page


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

    assert "Баллы уже на счету" in text_of(waits)
    assert "подтверждения от организатора" not in text_of(waits)
    for shown in (waits, record, closed):
        assert f'href="/specialist/credits/{entry.pk}/"' in shown.content.decode()
        assert "придут на ваш счёт сами" not in text_of(shown)
    assert LedgerEntry.objects.count() == 1


def test_my_events_say_what_was_taken_off_while_the_list_is_open() -> None:
    event, who = an_event(), a_specialist()
    signed_up(event, who)
    entry = credited(event, who)
    with at(over(event)):
        taken_back(entry)
        waits = text_of(signed_in(who.account).get("/specialist/events/"))

    assert "Ждём подтверждения от организатора" in waits
    assert f"Снято {timezone.localdate():%d.%m.%Y}: Код выдан по ошибке · Запись" in waits


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


def count(browser: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(path).status_code == 200, path
    return len(seen)


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

    assert "подтверждено: 2 · зачислено по СНИЛС: 2" in before
    assert before.count("баллы зачисляются по СНИЛС: о кодах решает оператор") == 1
    assert "подтверждено: 1" in before
    assert "выдано кодов" not in before
    assert "подтверждено: 1 · выдано кодов: 1" in after
    assert "кодов: 2" not in after


def test_my_events_say_that_one_goes_on_and_then_that_presence_is_awaited() -> None:
    event, who = an_event(), a_specialist()
    signed_up(event, who)
    said = []
    for moment_of_it in (timezone.now(), begun(event), over(event)):
        with at(moment_of_it):
            said.append(text_of(signed_in(who.account).get("/specialist/events/")))

    assert ["Идёт сейчас" in page for page in said] == [False, True, False]
    assert ["Ждём подтверждения от организатора" in page for page in said] == [False, False, True]


@pytest.mark.parametrize("presence", ["list", "windows"])
def test_why_presence_was_not_confirmed_is_read_in_the_language_of_the_reader(presence: str) -> None:
    event = a_webinar() if presence == "windows" else an_event()
    row, by = signed_up(event), a_registrar(event)
    if presence == "windows":
        window(event, by, 10)
    close(event, by)
    settle(event)
    awaited = Expectation.objects.get()
    pages = ("/specialist/credits/", f"/specialist/credits/awaited/{awaited.pk}/dispute/")

    with at(over(event) + HOUR):
        browser = signed_in(row.specialist.account)
        russian = [text_of(browser.get(page)) for page in pages]
        browser.cookies["language"] = "en"
        english = [text_of(browser.get(page)) for page in pages]
        Expectation.objects.update(reason="Вас не отметили: так сохраняли раньше. Не “%s”")
        old = [text_of(browser.get(page)) for page in pages]

    day = "The last day to object to the organiser:"
    why = ("You were not marked in the organiser's list.", "Вас не отметили в списке организатора.")
    if presence == "windows":
        why = ("You confirmed 0 of 1 windows, 1 were needed.", "Подтверждено окон: 0 из 1, нужно 1.")
    assert all(f"{why[0]} {day}" in page for page in english)
    assert all(f"{why[1]} Последний день для возражения организатору:" in page for page in russian)
    assert all("Вас не отметили: так сохраняли раньше. Не “%s”" in page for page in old)
