"""The phone at the door and «Я здесь» through a poor link; pages of events in four looks."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from tests.browser.conftest import reader_of
from tests.browser.test_accessibility import LOOKS, a_browser, check, sign_in
from tests.builders import a_second_step, a_specialist, an_organisation, facts
from tests.item_builders import a_writer
from tests.nmfo.participation.builders import DAY, HOUR, a_webinar, an_event, marked, signed_up, waiting
from tests.nmfo.participation.test_noting import a_specialist_of
from tests.support.jobs import run_jobs

from foundation.signin.models import Factor
from nmfo.catalogue.models import Version
from nmfo.organisations.models import Member, Organisation
from nmfo.participation import badges
from nmfo.participation.models import Mark, Objection, Registration, ScanBatch, WindowAnswer
from nmfo.participation.operations import closing, confirming, objecting
from nmfo.specialists.models import Specialist

MINUTE = dt.timedelta(minutes=1)


def going_on(organisation: Organisation | None = None, **values: Any) -> Version:
    """An event in a hall that began ten minutes ago."""
    now = timezone.now()
    return an_event(organisation, begins_at=now - 10 * MINUTE, ends_at=now + 2 * HOUR, **values)


def earlier(version: Version, specialist: Specialist | None = None) -> Registration:
    return signed_up(version, specialist, now=timezone.now() - DAY)


def at_the_door(page: Page, portal: str, by: Member, event: Version) -> None:
    sign_in(page, portal, by.account.snils, staff=True)
    page.goto(f"{portal}/organisation/events/{event.item_id}/scan/")
    expect(page.get_by_text("Всё отправлено")).to_be_visible()


def sign_in_again(page: Page, portal: str, by: Member) -> None:
    """A code is taken once, and the next one comes in half a minute: the factor is made anew."""
    Factor.objects.filter(account=by.account).delete()
    a_second_step(by.account)
    sign_in(page, portal, by.account.snils, staff=True)


def type_badge(page: Page, row: Registration) -> None:
    page.fill("#token", badges.shown(badges.token_of(row)).lower())
    page.press("#token", "Enter")
    expect(page.locator("[data-typed] [aria-busy]")).to_have_count(0)  # the page's script has it: nothing is on its way


@pytest.mark.django_db(transaction=True)
def test_badges_are_kept_without_a_link_and_sent_when_it_is_back(
    page: Page, context: BrowserContext, portal: str
) -> None:
    event = going_on()
    by = a_writer("registrar", organisation=event.item.organisation)
    one, two = earlier(event, a_specialist(surname="Ёлкина")), earlier(event, a_specialist(surname="Соколова"))
    at_the_door(page, portal, by, event)
    type_badge(page, one)
    expect(page.locator("[data-log]")).to_contain_text("Ёлкина")

    context.set_offline(True)
    type_badge(page, two)
    type_badge(page, two)
    expect(page.get_by_text("Не отправлено: 1")).to_be_visible()
    expect(page.get_by_text("Нет связи. Можно сканировать дальше")).to_be_visible()
    context.set_offline(False)

    expect(page.get_by_text("Всё отправлено")).to_be_visible(timeout=15_000)
    expect(page.locator("[data-log]")).to_contain_text("Соколова")
    assert sorted(Mark.objects.values_list("registration", flat=True)) == sorted([one.pk, two.pk])
    assert "Соколова" not in page.evaluate("() => JSON.stringify(localStorage)")


@pytest.mark.django_db(transaction=True)
def test_the_camera_at_the_door_notes_a_badge_once(phone: Page, portal: str) -> None:
    event = going_on()
    by, row = a_writer("registrar", organisation=event.item.organisation), earlier(event)
    reader_of(phone, badges.shown(badges.token_of(row)))
    at_the_door(phone, portal, by, event)

    phone.get_by_role("button", name="Включить камеру").click()

    expect(phone.locator("[data-log] .badge--ok")).to_have_count(1)
    phone.get_by_role("button", name="Выключить камеру").click()
    expect(phone.locator("video")).to_be_hidden()
    assert list(Mark.objects.values_list("registration", flat=True)) == [row.pk]


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_got_lost_does_not_note_anybody_twice(page: Page, portal: str) -> None:
    event = going_on()
    by, row = a_writer("registrar", organisation=event.item.organisation), earlier(event)
    at_the_door(page, portal, by, event)
    lost: list[object] = []

    def lose_the_first(route: Route) -> None:
        if lost:
            return route.continue_()
        lost.append(route.fetch())
        return route.abort()

    page.route("**/scans/", lose_the_first)
    type_badge(page, row)

    expect(page.get_by_text("Всё отправлено")).to_be_visible(timeout=15_000)
    assert lost
    assert Mark.objects.count() == ScanBatch.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_sign_out_on_any_page_waits_for_the_marks_or_leaves_them(page: Page, portal: str) -> None:
    event = going_on()
    by, row = a_writer("registrar", organisation=event.item.organisation), earlier(event)
    at_the_door(page, portal, by, event)
    page.route("**/scans/", lambda route: route.abort())
    type_badge(page, row)
    expect(page.get_by_text("Не отправлено: 1")).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{portal}/organisation/events/")
    page.evaluate("() => localStorage.setItem('other', 'of the person')")

    page.locator("[data-menu] summary").click()
    page.get_by_role("button", name="Выйти из системы").click()
    expect(page.get_by_text("Ещё не всё отправлено")).to_be_visible()
    expect(page.locator("[data-menu][open]")).to_have_count(0)  # it would cover what was said
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="К отметкам")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Не отправлено: 1")).to_be_visible()
    page.locator("[data-menu] summary").click()
    page.get_by_role("button", name="Выйти из системы").click()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/signed-out/")
    assert page.evaluate("() => Object.keys(localStorage).length") == 1
    assert page.evaluate("async () => (await caches.keys()).filter((name) => name.startsWith('pages-'))") == []
    page.unroute("**/scans/")
    sign_in_again(page, portal, by)
    page.goto(f"{portal}/organisation/events/{event.item_id}/scan/")

    expect(page.get_by_text("Всё отправлено")).to_be_visible(timeout=15_000)
    assert Mark.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_at_a_desk_no_word_of_the_list_of_people_is_cut(page: Page, portal: str) -> None:
    now = timezone.now()
    event = an_event(begins_at=now - 5 * HOUR, ends_at=now - HOUR)
    by, row = a_writer("registrar", organisation=event.item.organisation), earlier(event, a_specialist(surname="Ли"))
    marked(row, by, now=now)
    closing.close_attendance(item_id=event.item_id, award="credits", by=by, facts=facts(), now=now)
    run_jobs()
    page.set_viewport_size({"width": 1280, "height": 900})
    sign_in(page, portal, by.account.snils, staff=True)

    page.goto(f"{portal}/organisation/events/{event.item_id}/")

    expect(page.get_by_text("отмечено после мероприятия")).to_be_visible()
    link = page.get_by_role("link", name="Отменить начисление").bounding_box()
    card = page.locator("section.card", has=page.locator(".rowtbl--people")).bounding_box()
    assert link is not None
    assert card is not None
    assert link["x"] + link["width"] <= card["x"] + card["width"]


@pytest.mark.django_db(transaction=True)
def test_on_a_shared_phone_marks_wait_for_the_one_who_made_them(
    page: Page, context: BrowserContext, portal: str
) -> None:
    event = going_on()
    by, colleague = (a_writer("registrar", organisation=event.item.organisation) for _n in range(2))
    own, row = earlier(event, a_specialist_of(by)), earlier(event)  # the registrar takes part as well
    at_the_door(page, portal, by, event)
    page.route("**/scans/", lambda route: route.abort())
    type_badge(page, own)
    type_badge(page, row)
    expect(page.get_by_text("Не отправлено: 2")).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.unroute("**/scans/")
    context.clear_cookies()  # half an hour later: the session is over, nobody has signed out

    sign_in(page, portal, colleague.account.snils, staff=True)
    page.goto(f"{portal}/organisation/events/{event.item_id}/scan/")
    expect(page.get_by_text("Всё отправлено")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("ждут отметки другого сотрудника: 2")).to_be_visible()
    assert not Mark.objects.exists()
    context.clear_cookies()
    sign_in_again(page, portal, by)
    page.goto(f"{portal}/organisation/events/{event.item_id}/scan/")
    expect(page.get_by_text("Всё отправлено")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("ждут отметки другого сотрудника")).to_be_hidden()

    assert list(Mark.objects.values_list("registration", "by")) == [(row.pk, by.account_id)]


@pytest.mark.django_db(transaction=True)
def test_a_second_tab_steps_back(page: Page, context: BrowserContext, portal: str) -> None:
    event = going_on()
    at_the_door(page, portal, a_writer("registrar", organisation=event.item.organisation), event)

    second = context.new_page()
    second.goto(f"{portal}/organisation/events/{event.item_id}/scan/")

    expect(second.get_by_text("Эта страница открыта в другой вкладке")).to_be_visible()


def a_broadcast() -> tuple[Version, Registration]:
    """A webinar that goes on with a window open for ten minutes, and somebody who listens."""
    now = timezone.now()
    event = a_webinar(begins_at=now - 10 * MINUTE, ends_at=now + 2 * HOUR)
    by = a_writer("registrar", organisation=event.item.organisation)
    row = signed_up(event)
    confirming.add_window(item_id=event.item_id, opens_at=now, minutes=10, by=by, facts=facts(), now=now)
    return event, row


@pytest.mark.django_db(transaction=True)
def test_i_am_here_is_kept_without_a_link_and_sent_by_itself(page: Page, context: BrowserContext, portal: str) -> None:
    _event, row = a_broadcast()
    sign_in(page, portal, row.specialist.account.snils)
    page.goto(f"{portal}/specialist/events/{row.pk}/presence/")
    expect(page.get_by_text("Окно открыто до")).to_be_visible()

    context.set_offline(True)
    page.get_by_role("button", name="Я здесь").click()
    expect(page.get_by_text("Ответ сохранён на этом устройстве")).to_be_visible()
    assert not WindowAnswer.objects.exists()
    context.set_offline(False)

    expect(page.locator("[data-said]")).to_contain_text("Подтверждено в", timeout=15_000)
    expect(page.locator("#presence-live")).to_contain_text("Подтверждено окон: 1 из 1")
    assert WindowAnswer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_i_am_here_works_without_scripts(browser: Browser, portal: str) -> None:
    _event, row = a_broadcast()
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, portal, row.specialist.account.snils)
    page.goto(f"{portal}/specialist/events/{row.pk}/presence/")

    page.get_by_role("button", name="Я здесь").click()

    expect(page.get_by_text("Подтверждено в", exact=False).first).to_be_visible()
    assert WindowAnswer.objects.count() == 1
    context.close()


def a_scene() -> tuple[Member, Specialist, list[str], list[str]]:
    """Events in every state, and the pages of a specialist and of the organiser that show them."""
    organisation, who, now = an_organisation(), a_specialist(), timezone.now()
    by = a_writer("registrar", organisation=organisation)
    coming, full = an_event(organisation, seats=50), an_event(organisation, seats=1, title="Мастер-класс по УЗИ")
    hall = going_on(organisation, presence="badge", presence_percent=80, title="Конференция кардиологов")
    past = an_event(organisation, begins_at=now - 5 * HOUR, ends_at=now - 2 * HOUR, title="Прошедший семинар")
    live = a_webinar(organisation, begins_at=now - 10 * MINUTE, ends_at=now + 2 * HOUR, title="Вебинар о давлении")
    confirming.add_window(item_id=live.item_id, opens_at=now, minutes=10, by=by, facts=facts(), now=now)
    signed_up(full)
    rows = [signed_up(coming, who), waiting(full, who), earlier(hall, who), earlier(past, who), signed_up(live, who)]
    others = [earlier(hall, a_specialist(surname=name)) for name in ("Соколова", "Белов")]
    marked(others[0], by, now=now)
    absent = an_event(organisation, begins_at=now - 9 * HOUR, ends_at=now - 8 * HOUR, title="Школа терапевта")
    away = earlier(absent, who)
    closing.close_attendance(item_id=absent.item_id, award="credits", by=by, facts=facts(), now=now)
    held = an_event(organisation, begins_at=now - 9 * HOUR, ends_at=now - 8 * HOUR, title="Разбор случаев")
    there = earlier(held, a_specialist(surname="Орлова"))
    marked(there, by, now=now - 8 * HOUR - MINUTE)
    closing.close_attendance(item_id=held.item_id, award="credits", by=by, facts=facts(), now=now)
    run_jobs()
    strange = earlier(past)
    assert strange.pk
    objection = objecting.object_to_absence(
        specialist=who, registration_id=away.pk, text="Я была, сидела в третьем ряду", facts=facts(), now=now
    )
    assert Objection.objects.count() == 1
    own = [
        "/specialist/events/",
        f"/specialist/events/{rows[0].pk}/cancel/",
        f"/specialist/events/{rows[0].pk}/badge/",
        *(f"/specialist/events/{row.pk}/presence/" for row in (rows[2], rows[3], rows[4], away)),
        *(f"/catalogue/events/{event.item_id}/" for event in (coming, full, live)),
    ]
    home = "/organisation/events/"
    staff = [
        "/organisation/",
        home,
        *(f"{home}{event.item_id}/" for event in (coming, hall, past, live, absent)),
        f"{home}{hall.item_id}/people/{others[0].pk}/take-back/",
        f"{home}{hall.item_id}/people/{others[1].pk}/mark/",
        f"{home}{held.item_id}/people/{there.pk}/reversal/",
        *(f"{home}{hall.item_id}/{page}/" for page in ("add", "scan")),
        f"{home}{live.item_id}/windows/",
        f"{home}{past.item_id}/close/",
        f"{home}{absent.item_id}/objections/",
        f"{home}{absent.item_id}/objections/{objection.pk}/",
    ]
    return by, who, own, staff


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", LOOKS)
def test_pages_of_events(name: str, browser: Browser, portal: str) -> None:
    by, who, own, staff = a_scene()
    for account, is_staff, paths in ((who.account, False, own), (by.account, True, staff)):
        context = a_browser(browser, portal, LOOKS[name])
        page = context.new_page()
        sign_in(page, portal, account.snils, staff=is_staff)

        check(page, portal, paths)

        context.close()
