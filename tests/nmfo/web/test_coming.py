"""What applications and events put on the main page and into the plan."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone
from tests.builders import a_specialist, signed_in
from tests.cycle_builders import a_cycle
from tests.enrolment_builders import a_draft_application, a_registrar, a_run_of, an_application, confirmed
from tests.nmfo.participation.builders import DAY, HOUR, a_webinar, signed_up

from nmfo.enrolment.models import Application
from nmfo.enrolment.rules import State

pytestmark = pytest.mark.django_db


def words(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).replace("\u00a0", " ").split())


def test_an_application_asks_for_its_next_step_and_says_when_the_run_begins() -> None:
    doctor, by = a_specialist(), a_registrar()
    draft = a_draft_application(a_run_of(by), doctor)
    browser = signed_in(doctor.account)
    assert "Отправьте начатую заявку" in words(browser, "/specialist/")

    Application.objects.filter(pk=draft.pk).delete()
    row = an_application(a_run_of(by), doctor)
    assert "Отправьте начатую заявку" not in words(browser, "/specialist/")
    Application.objects.filter(pk=row.pk).update(state=State.RETURNED)
    assert "Дополните заявку" in words(browser, "/specialist/")
    Application.objects.filter(pk=row.pk).update(
        state=State.OFFERED, offered_until=timezone.now() + dt.timedelta(hours=20)
    )
    assert "Освободилось место: ответьте в срок" in words(browser, "/specialist/")
    Application.objects.filter(pk=row.pk).update(state=State.REVIEW)

    confirmed(Application.objects.get(pk=row.pk), by)

    assert "Начало программы Избранные вопросы терапии" in words(browser, "/specialist/")


def test_an_event_one_signed_up_to_stands_among_the_dates() -> None:
    doctor = a_specialist()
    signed_up(a_webinar(title="Терапия после 80 лет"), doctor)

    text = words(signed_in(doctor.account), "/specialist/")

    assert re.search(r"Мероприятие, \d\d:\d\d МСК Терапия после 80 лет", text)


def test_what_was_applied_for_stands_in_the_plan_without_having_been_planned() -> None:
    doctor, by = a_specialist(), a_registrar()
    a_cycle(doctor)
    run = a_run_of(by)
    a_draft_application(run, doctor)
    browser = signed_in(doctor.account)
    assert "Заявка подана" not in words(browser, "/specialist/plan/")

    Application.objects.all().delete()
    an_application(run, doctor)
    after = timezone.now() + 200 * DAY
    signed_up(a_webinar(title="Терапия после 80 лет", begins_at=after, ends_at=after + HOUR), doctor)
    browser.post(f"/specialist/plan/{run.item_id}/add/")

    text = words(browser, "/specialist/plan/")
    assert text.count("Избранные вопросы терапии") == 1
    assert text.count("Заявка подана") == text.count("Вы записаны") == 1
    assert "Терапия после 80 лет" in text
