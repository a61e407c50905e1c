"""S-02 through the pages: «в план» on a card, the plan by year, moving, taking out."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.builders import a_specialist, a_specialty, a_version, an_item, facts, published, signed_in
from tests.credit_builders import an_entry
from tests.cycle_builders import a_credit, a_cycle, a_reversal
from tests.enrolment_builders import (
    a_draft_application,
    a_registrar,
    a_result,
    a_run_of,
    accepted,
    an_application,
    enrolled,
    over,
)
from tests.nmfo.participation.builders import an_event, signed_up

from nmfo.credits.operations.posting import post
from nmfo.credits.rules.words import Source
from nmfo.cycles.models import PlanItem
from nmfo.enrolment.operations.completing import complete_application

pytestmark = pytest.mark.django_db


def words(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).replace("\u00a0", " ").split())


def test_from_the_card_to_the_plan_and_back() -> None:
    doctor = a_specialist()
    a_cycle(doctor)
    browser = signed_in(doctor.account)
    version = published(a_version(an_item("module"), title="Сепсис: первый час"))
    card = f"/catalogue/modules/{version.item_id}/"
    assert "Это в вашем плане" not in words(browser, card)

    answer = browser.post(f"/specialist/plan/{version.item_id}/add/", {"back": card})

    assert (answer.status_code, answer["Location"]) == (302, card)
    assert "Добавлено в план." in words(browser, card)
    assert "Это в вашем плане" in words(browser, card)
    text = words(browser, "/specialist/plan/")
    assert "Сепсис: первый час 2 ЗЕТ" in text
    assert "С планом ещё 2, вместе 2." in text
    assert "Минимум по закону: сейчас 0 из 144 часов, после выполнения плана 2." in text

    browser.post(f"/specialist/plan/{version.item_id}/remove/")
    assert "План пуст" in words(browser, "/specialist/plan/")


def test_the_card_offers_the_plan_to_those_whose_specialty_it_suits_only() -> None:
    doctor = a_specialist()
    a_cycle(doctor)
    suits = published(a_version(an_item("module")))
    strange = published(a_version(an_item("module"), a_specialty("Кардиология")))
    browser = signed_in(doctor.account)

    def offers(browser: Client, item: int) -> bool:
        return f"/specialist/plan/{item}/add/" in browser.get(f"/catalogue/modules/{item}/").text

    assert offers(browser, suits.item_id)
    assert not offers(browser, strange.item_id)
    assert not offers(Client(), suits.item_id)


def test_what_is_credited_says_so_on_its_card_and_is_not_planned_again() -> None:
    doctor, other = a_specialist(), a_specialist()
    a_cycle(doctor)
    version = published(a_version(an_item("module"), a_specialty()))
    entry = post(
        specialist_id=doctor.pk,
        version=version,
        source=Source.MODULE,
        origin="module:1",
        earned_on=timezone.localdate(),
        by=None,
        now=timezone.now(),
    )
    browser, card = signed_in(doctor.account), f"/catalogue/modules/{version.item_id}/"

    page = browser.get(card).text
    browser.post(f"/specialist/plan/{version.item_id}/add/", {"back": card})

    assert f'href="/specialist/credits/{entry.pk}/"' in page
    assert f"/specialist/plan/{version.item_id}/add/" not in page
    said = words(browser, card)
    assert "Уже на вашем счету: 2 ЗЕТ" in said
    assert "в плане оно стоит как выполненное" in said
    assert "Засчитается" not in said
    assert "повторное участие баллов не добавит" in said
    assert not PlanItem.objects.exists()
    assert "Уже на вашем счету" not in words(signed_in(other.account), card)
    a_reversal(entry)
    assert "Уже на вашем счету" not in words(browser, card)


def test_a_programme_that_was_done_is_applied_for_again_with_open_eyes() -> None:
    doctor = a_specialist()
    run = a_run_of(a_registrar())
    browser, path = signed_in(doctor.account), f"/specialist/applications/new/?run={run.pk}"
    assert "Эту программу вы уже прошли" not in words(browser, path)

    card = f"/catalogue/programmes/{run.item_id}/"
    a_cycle(doctor)  # brings a document with a specialty
    assert "Засчитается по специальности «Терапия»: 36 ЗЕТ." in words(browser, card)
    an_entry(doctor, run.version)

    assert "Эту программу вы уже прошли" in words(browser, path)
    assert "за повторное обучение зачтутся ещё 36 ЗЕТ." in words(browser, path)
    said = words(browser, card)
    assert "Засчитается" not in said
    assert "Уже на вашем счету: 36 ЗЕТ" in said
    assert "За повторное обучение зачтутся ещё 36 ЗЕТ, по специальности «Терапия»." in said
    draft = a_draft_application(run, doctor)
    assert "Эту программу вы уже прошли" in words(browser, f"/specialist/applications/{draft.pk}/check/")


def test_something_planned_is_moved_to_another_year() -> None:
    doctor = a_specialist()
    cycle = a_cycle(doctor)
    version = published(a_version(an_item("module")))
    browser = signed_in(doctor.account)
    browser.post(f"/specialist/plan/{version.item_id}/add/")
    path = f"/specialist/plan/{version.item_id}/move/"

    browser.post(path, {"cycle": cycle.pk, "year": 5})
    planned = PlanItem.objects.get().planned_on
    assert planned > timezone.localdate() + dt.timedelta(days=366)

    for year in ("1", "", "x", "99999999999999"):
        answer = browser.post(path, {"cycle": cycle.pk, "year": year}, follow=True)
        assert "Этот год цикла уже закончился." in answer.text
    assert browser.post(path, {"cycle": a_cycle(a_specialist()).pk, "year": 5}).status_code == 404
    assert browser.post(path, {"cycle": "x", "year": 5}).status_code == 404
    assert PlanItem.objects.get().planned_on == planned


def test_refusals_are_said_and_no_button_leads_to_another_site() -> None:
    doctor = a_specialist()
    browser = signed_in(doctor.account)

    answer = browser.post("/specialist/plan/999999/add/", {"back": "https://evil.example/"}, follow=True)
    assert answer.redirect_chain[-1][0] == "/specialist/plan/"
    assert "В план можно поставить то, что есть в каталоге" in answer.text
    answer = browser.post("/specialist/plan/999999/remove/", {"back": "//evil.example/"}, follow=True)
    assert answer.redirect_chain[-1][0] == "/specialist/plan/"
    assert "Этого нет в вашем плане." in answer.text


def test_without_a_cycle_the_plan_says_what_to_do() -> None:
    assert "Для плана нужен цикл" in words(signed_in(a_specialist().account), "/specialist/plan/")


def test_what_was_earned_without_a_plan_stands_in_it_too() -> None:
    doctor = a_specialist()
    a_cycle(doctor)
    a_credit(doctor, timezone.localdate())

    text = words(signed_in(doctor.account), "/specialist/plan/")

    assert "Набрано 36 из 50 ЗЕТ. Ещё не запланировано: 14. Избранные вопросы терапии 36 ЗЕТ" in text
    assert "Засчитано" in text


def test_the_plan_stands_in_ones_own_archive() -> None:
    doctor = a_specialist()
    version = published(a_version(an_item("module")))
    browser = signed_in(doctor.account)
    browser.post(f"/specialist/plan/{version.item_id}/add/")

    from nmfo.cycles.plan_queries import own_plan

    assert [row["item"] for row in own_plan(doctor)] == [version.item_id]


def test_the_statements_of_the_plan_do_not_grow() -> None:
    doctor = a_specialist()
    a_cycle(doctor)
    browser = signed_in(doctor.account)

    def add() -> None:
        browser.post(f"/specialist/plan/{published(a_version(an_item('module'))).item_id}/add/")
        a_credit(doctor, timezone.localdate())
        browser.get("/specialist/plan/")

    add()
    with CaptureQueriesContext(connection) as few:
        browser.get("/specialist/plan/")
    add()
    add()
    with CaptureQueriesContext(connection) as more:
        browser.get("/specialist/plan/")

    assert len(more) == len(few)


def test_the_plan_of_an_extended_document_has_its_days_and_what_does_not_count_stands_apart() -> None:
    doctor, today, by = a_specialist(), timezone.localdate(), a_registrar()
    a_cycle(doctor, today - dt.timedelta(days=5 * 365 + 100), extended_until_on=today + dt.timedelta(days=200))
    browser, running = signed_in(doctor.account), a_specialist()
    a_cycle(running)
    assert "После пяти лет" not in words(signed_in(running.account), "/specialist/plan/")

    assert "После пяти лет" in words(browser, "/specialist/plan/")
    assert "На эти дни пока ничего не запланировано." in words(browser, "/specialist/plan/")
    accepted(an_application(a_run_of(by), doctor), by)
    far = today + dt.timedelta(days=300)
    an_application(a_run_of(by, begins_on=far, ends_on=far), doctor)
    text = words(browser, "/specialist/plan/")

    assert "идёт в минимум по закону и ни в один из годов цикла. С планом ещё 36." in text
    assert text.index("После пяти лет") < text.index("Заявка одобрена") < text.index("Не для этого цикла")
    assert text.index("Не для этого цикла") < text.index("Заявка подана")


def test_a_line_leads_to_what_the_person_did_about_it_and_to_the_card_only_without() -> None:
    doctor, by = a_specialist(), a_registrar()
    a_cycle(doctor)
    application = an_application(a_run_of(by), doctor)
    seat = signed_up(an_event(), doctor)
    planned = published(a_version(an_item("module")))
    browser = signed_in(doctor.account)
    browser.post(f"/specialist/plan/{planned.item_id}/add/")

    page = browser.get("/specialist/plan/").text
    events = browser.get("/specialist/events/").text

    assert f'<a href="/specialist/applications/{application.pk}/">' in page
    assert f'<a href="/specialist/events/#event-{seat.pk}">' in page
    assert f'id="event-{seat.pk}"' in events
    assert f'<a href="/catalogue/modules/{planned.item_id}/">' in page
    assert f"/catalogue/programmes/{application.item_id}/" not in page
    assert f"/catalogue/events/{seat.item_id}/" not in page


def test_what_is_credited_leads_to_the_application_that_it_comes_of() -> None:
    doctor, by = a_specialist(), a_registrar()
    a_cycle(doctor)
    run = a_run_of(by)
    row = enrolled(an_application(run, doctor), by)
    over(run)
    now = timezone.now()
    complete_application(application_id=row.pk, seen=None, result=a_result(), by=by, facts=facts(), now=now)

    page = signed_in(doctor.account).get("/specialist/plan/").text

    assert "Засчитано" in page
    assert f'<a href="/specialist/applications/{row.pk}/">' in page


def test_what_is_over_without_enrolment_says_so_and_stands_in_no_sum() -> None:
    doctor, by = a_specialist(), a_registrar()
    a_cycle(doctor)
    row = an_application(a_run_of(by), doctor)
    over(row.run)

    page = signed_in(doctor.account).get("/specialist/plan/").content.decode()

    assert f'href="/specialist/applications/{row.pk}/"' in page
    assert "Обучение прошло, зачисления не было" in page
    assert "Эти баллы не входят ни в одну сумму." in page
    assert "С планом ещё" not in page
