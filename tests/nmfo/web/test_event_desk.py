"""The organiser's desk of an event (O-09): badges and batches, windows, closing, objections, codes."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
from tests.builders import signed_in
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
)
from tests.nmfo.participation.test_closing import annul, approved, close, codes_for_anybody, settle
from tests.nmfo.participation.test_noting import a_specialist_of, millis
from tests.nmfo.web.test_events import at, registrar_at, text, text_of

from foundation.mail.models import Letter
from foundation.ui.offline import owner_key
from foundation.ui.templatetags.ui import moment
from nmfo.credits.models import LedgerEntry
from nmfo.organisations.models import Member
from nmfo.participation import badges
from nmfo.participation.models import Gathering, Mark, Objection, Registration, Window
from nmfo.participation.operations import closing
from nmfo.participation.queries import rule_of
from nmfo.participation.rules import State, days_of

pytestmark = pytest.mark.django_db


def batch(row: Registration, moment: dt.datetime, by: Member, **changes: Any) -> dict[str, Any]:
    scans = [{"text": badges.token_of(row), "sign": "came", "at": millis(moment) - 60_000}]
    owner = owner_key(by.account_id)
    return {"owner": owner, "device": "d", "number": 0, "clock": millis(moment), "scans": scans, **changes}


def test_a_batch_of_scans_is_taken_once_and_answered_in_words() -> None:
    event = an_event(presence="badge", presence_percent=50)
    row = signed_up(event)
    url = f"/organisation/events/{event.item_id}/scans/"
    by, now = a_registrar(event), begun(event)
    with at(now):
        browser, sent = signed_in(by.account), json.dumps(batch(row, now, by))
        answers = [browser.post(url, sent, content_type="application/json") for _n in range(2)]
        other = batch(row, now, by, scans=[{"text": "x", "sign": "came", "at": millis(now)}])
        differs = browser.post(url, json.dumps(other), content_type="application/json")

    assert answers[0].json() == answers[1].json()
    (result,) = answers[0].json()["results"]
    assert (result["outcome"], result["label"], result["name"]) == ("noted", "отмечено", "Иванова Анна Петровна")
    assert differs.status_code == 409
    assert Mark.objects.count() == 1


def test_what_somebody_scanned_is_not_taken_from_a_colleague_on_the_same_device() -> None:
    event = an_event()
    by, colleague = a_registrar(event), a_registrar(event)
    own, url, now = signed_up(event, a_specialist_of(by)), f"/organisation/events/{event.item_id}/scans/", begun(event)
    sent = json.dumps(batch(own, now, by))  # nobody notes their own presence, nor has a colleague send it
    with at(now):
        refused = signed_in(colleague.account).post(url, sent, content_type="application/json")
        taken = signed_in(by.account).post(url, sent, content_type="application/json")

    assert refused.status_code == 409
    assert "Их отсканировал другой человек на этом устройстве" in refused.json()["said"]
    assert [one["outcome"] for one in taken.json()["results"]] == ["own"]
    assert not Mark.objects.exists()


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
    by, url = a_registrar(event), f"/organisation/events/{event.item_id}/scans/"
    own = f'{{"owner": "{owner_key(by.account_id)}", "device"'

    answer = signed_in(by.account).post(url, body.replace('{"device"', own), content_type="application/json")

    assert answer.status_code == 422
    assert not Mark.objects.exists()


def test_a_clock_that_jumped_by_thousands_of_years_is_a_wrong_time() -> None:
    event = an_event(presence="badge", presence_percent=50)
    row, by, now = signed_up(event), a_registrar(event), begun(event)
    url = f"/organisation/events/{event.item_id}/scans/"
    body = json.dumps(batch(row, now, by, clock=253_402_300_799_999))
    with at(now):
        answer = signed_in(by.account).post(url, body, content_type="application/json")

    assert [one["outcome"] for one in answer.json()["results"]] == ["wrong_time"]
    assert not Mark.objects.exists()


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


def test_a_phone_is_tried_before_people_are_noted_and_the_pages_say_since_when() -> None:
    event = an_event()
    row, home = signed_up(event), f"/organisation/events/{event.item_id}/"
    assert event.begins_at is not None
    evening, since = event.begins_at - 11 * HOUR, event.begins_at - 2 * HOUR
    with at(evening):
        browser = registrar_at(event, evening)
        listed = text_of(browser.get(home))
        tried = browser.post(f"{home}scan/", {"token": badges.token_of(row), "sign": "came"})
        refused = text_of(browser.post(f"{home}people/{row.pk}/mark/", follow=True))
    with at(since):
        noted = text_of(
            registrar_at(event, since).post(f"{home}scan/", {"token": badges.token_of(row), "sign": "came"})
        )

    said = f"Отмечать участников можно с {text(moment(since))}"
    assert said in listed
    assert "Добавить по СНИЛС" not in listed
    assert tried.status_code == 200
    assert said in text_of(tried)
    assert "Иванова Анна Петровна проба, не отмечено: до начала больше 2 часов" in text_of(tried)
    assert f"это можно с {text(moment(since))}" in refused
    assert "Отмечено: Иванова Анна Петровна" in noted
    assert said not in noted
    assert Mark.objects.count() == 1


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


def test_who_closes_reads_who_was_marked_on_some_days_only() -> None:
    event = a_conference(presence="list", presence_percent=None)
    by, first = a_registrar(event), begun(event)
    whole, part, away = (signed_up(event) for _who in range(3))
    days = days_of(rule_of(event))
    url = f"/organisation/events/{event.item_id}/close/"
    marked(part, by, now=first, days=days[:1])
    marked(whole, by, now=over(event), days=days)
    with at(over(event)):
        browser = registrar_at(event, over(event))
        page = text_of(browser.get(url))
        marked(part, by, now=over(event), days=days)
        after = text_of(browser.get(url))

    assert away.arrived_at is None
    assert "Присутствие будет подтверждено 2 Не будет подтверждено 1" in page
    assert "Отмечены не во все дни 1 Мероприятие шло 2 дня, а по списку достаточно одной отметки" in page
    assert "Отмечены не во все дни" not in after


def test_who_closes_a_moment_after_a_colleague_is_told_so_and_sees_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    event = an_event()
    marked(signed_up(event), a_registrar(event))
    url = f"/organisation/events/{event.item_id}/close/"
    usual, colleague = closing.close_attendance, a_registrar(event)

    def after_the_colleague(**values: Any) -> Gathering:
        usual(**{**values, "by": colleague})
        return usual(**values)

    with at(over(event)):
        browser = registrar_at(event, over(event))
        with monkeypatch.context() as patch:
            patch.setattr(closing, "close_attendance", after_the_colleague)
            answers = [browser.post(url, {"award": "credits", "sure": "on"}, follow=True)]
        answers.append(browser.post(url, {"award": "credits", "sure": "on"}, follow=True))

    assert Gathering.objects.get().closed_by_id == colleague.account_id
    for answer in answers:
        assert answer.redirect_chain == [(f"/organisation/events/{event.item_id}/", 302)]
        assert "Учёт присутствия закрыт: список больше не меняется" in text_of(answer)


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


def test_an_answer_pressed_twice_is_one_and_a_colleagues_later_one_shows_the_first() -> None:
    event = an_event()
    row, by = signed_up(event), a_registrar(event)
    close(event, by)
    with at(over(event) + DAY):
        signed_in(row.specialist.account).post(f"/specialist/events/{row.pk}/presence/", {"text": "Я была"})
        url = f"/organisation/events/{event.item_id}/objections/{Objection.objects.get().pk}/"
        browser, other = (registrar_at(event, over(event) + DAY) for _who in range(2))
        answer = {"granted": "yes", "reason": "Есть на фотографии"}
        first, second = browser.post(url, answer), text_of(browser.post(url, answer, follow=True))
        settle(event)
        third = text_of(browser.post(url, answer, follow=True))
        late = text_of(other.post(url, {"granted": "no", "reason": "Нет в списке"}, follow=True))

    assert first.status_code == 302
    for page in (second, third):
        assert "Ответ отправлен" in page
    assert "По этому возражению уже есть решение" in late
    assert "Есть на фотографии" in late
    assert LedgerEntry.objects.count() == Letter.objects.filter(kind="objection_decided").count() == 1


@pytest.mark.parametrize("waits", [False, True])
def test_who_closes_reads_beforehand_that_codes_for_anybody_stop_credits_at_once(*, waits: bool) -> None:
    event = an_event()
    by = a_registrar(event)
    marked(signed_up(event), by)
    loose = codes_for_anybody(event, by, count=2)
    if not waits:
        approved(loose)
    url = f"/organisation/events/{event.item_id}/close/"
    with at(over(event)):
        browser = registrar_at(event, over(event))
        asked = browser.get(url)
        refused = browser.post(url, {"award": "credits", "sure": "on"})
        Gathering.objects.filter(item=event.item_id).update(award="credits")
        ticked = browser.get(url).content.decode()
    if waits:
        approved(loose)
    annul(loose, by)
    with at(over(event)):
        free = browser.get(url).content.decode()

    for page in (asked.content.decode(), refused.content.decode(), ticked):
        assert "Зачислить баллы сразу пока нельзя" in page
        assert f'href="/organisation/codes/{loose.pk}/"' in page
        assert ("ждёт решения, кодов в ней: 2" if waits else "не введено: 2") in page
        assert 'value="credits"' not in page
        assert 'value="codes"' in page
    assert re.search(r'value="codes"[^>]*checked', ticked)
    assert refused.status_code == 422
    assert "Неиспользованных кодов на предъявителя: 2" in text_of(refused)
    assert 'value="credits"' in free
    assert "пока нельзя" not in free


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
