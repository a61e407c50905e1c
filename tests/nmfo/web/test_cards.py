"""P-03..P-05: cards, what search engines and calendars read of them, what becomes of them in time."""

from __future__ import annotations

import datetime as dt
import json
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar
from tests.builders import (
    a_practice,
    a_run,
    a_specialist,
    a_specialty,
    a_version,
    an_item,
    an_organisation,
    lists,
    published,
    signed_in,
)

from foundation.files.models import StoredFile
from nmfo.catalogue.models import Item, Version, VersionFile, VersionTeacher


def card(version: Version, browser: Client | None = None) -> str:
    answer = (browser or Client()).get(f"/catalogue/{version.item.kind}s/{version.item_id}/")
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def entry_of(path: str) -> Any:
    (entry,) = Calendar.from_ical(Client().get(path).content).walk("VEVENT")
    return entry


def data(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', text)
    assert found is not None
    made: dict[str, Any] = json.loads(found[1])
    return made


@pytest.mark.django_db
def test_the_organisation_can_be_called_from_the_card() -> None:
    organisation = an_organisation(public_phone="+79005550630")

    text = card(published(a_version(an_item(organisation=organisation), a_specialty())))

    assert '<a href="tel:+79005550630">+7\xa0900\xa0555-06-30</a>' in text


@pytest.mark.django_db
def test_a_programme_says_everything_that_is_known() -> None:
    version = a_version(
        an_item(),
        a_specialty(),
        other=[a_specialty("Кардиология")],
        title="Ведение больных с ИБС",
        new_competence="Новое",
    )
    VersionTeacher.objects.create(version=version, position=1, name="Петров П. П.", post="профессор")
    published(version)
    a_run(version, seats=25, taken=20)
    a_run(version, state="cancelled", reason="Не набралась группа")

    text = card(version)

    for words in ("Ведение больных с ИБС", "36 академических часов", "Петров П. П.", "Свободно мест: 5 из 25", "Не набралась группа", "Новая компетенция",
                  "Основные специальности: Терапия", "Дополнительные: Кардиология", "Очная", "Договор"):  # fmt: skip
        assert words in text
    found = data(text)
    assert (found["@type"], found["numberOfCredits"], len(found["hasCourseInstance"])) == ("Course", 36, 1)


@pytest.mark.django_db
def test_texts_cannot_leave_the_block_of_data() -> None:
    title = "Тест </script><script>alert(1)</script>"

    answer = (
        Client()
        .get(f"/catalogue/modules/{published(a_version(an_item('module'), title=title)).item_id}/")
        .content.decode()
    )

    assert "<script>alert" not in answer
    assert data(answer)["name"] == title


@pytest.mark.django_db
def test_an_event_is_told_by_the_clock_of_its_place() -> None:
    begins = dt.datetime(2031, 3, 5, 5, 0, tzinfo=dt.UTC)
    version = published(a_version(an_item("event"), title="Съезд", begins_at=begins, ends_at=begins + dt.timedelta(hours=3), zone="Asia/Yekaterinburg",
                                  on_site=True, region_id="66", place="Екатеринбург, ул. Ленина, 1"))  # fmt: skip

    text = card(version)
    entry = entry_of(f"/catalogue/events/{version.item_id}/calendar.ics")

    assert "5\xa0марта\xa02031, 10:00–13:00, Екатеринбург (08:00–11:00\xa0МСК)" in text
    assert data(text)["startDate"] == "2031-03-05T05:00:00+00:00"
    assert entry["DTSTART"].dt.isoformat() == "2031-03-05T10:00:00+05:00"
    assert entry["DTSTART"].params["TZID"] == "Asia/Yekaterinburg"
    assert str(entry["STATUS"]) == "CONFIRMED"


@pytest.mark.django_db
def test_a_city_that_is_a_region_is_said_once_on_the_card_and_in_the_calendar() -> None:
    hall = "Санкт-Петербург, конгресс-холл"
    version = published(a_version(an_item("event"), on_site=True, region_id="78", place=hall))

    text = card(version)
    entry = entry_of(f"/catalogue/events/{version.item_id}/calendar.ics")

    assert hall in text
    assert f"Санкт-Петербург, {hall}" not in text
    assert str(entry["LOCATION"]) == hall


@pytest.mark.django_db
def test_a_run_in_the_calendar_has_its_last_day() -> None:
    run = a_run(
        published(a_version(an_item())),
        begins_on=dt.date(2031, 3, 3),
        ends_on=dt.date(2031, 3, 14),
        apply_until_on=dt.date(2031, 3, 1),
    )

    entry = entry_of(f"/catalogue/runs/{run.pk}/calendar.ics")

    assert (entry["DTSTART"].dt, entry["DTEND"].dt) == (dt.date(2031, 3, 3), dt.date(2031, 3, 15))


@pytest.mark.django_db
def test_a_withdrawn_card_stays_with_a_notice() -> None:
    version = published(a_version(an_item("module"), title="Модуль"))
    Item.objects.filter(pk=version.item_id).update(
        state="withdrawn", withdrawn_at=timezone.now(), withdrawn_reason="Приказ изменился"
    )

    text = card(version)

    assert "Снято с публикации" in text
    assert "Приказ изменился" in text
    assert '<meta name="robots" content="noindex">' in text


@pytest.mark.django_db
def test_a_past_event_says_so() -> None:
    begins = timezone.now() - dt.timedelta(days=3)
    version = published(a_version(an_item("event"), begins_at=begins, ends_at=begins + dt.timedelta(hours=3)))

    assert "Мероприятие прошло" in card(version)
    assert "Добавить в календарь" not in card(version)


@pytest.mark.django_db
def test_a_suspended_licence_is_told() -> None:
    version = published(a_version(an_item(organisation=an_organisation(licence_state="suspended"))))

    assert "Приём заявок закрыт" in card(version)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("Терапия", "Засчитается по специальности «Терапия»: 36 ЗЕТ."),
        ("Кардиология", "Подходит для специальности «Кардиология» как дополнительная: 36 ЗЕТ."),
        ("Неврология", "Создано не для ваших специальностей («Неврология»)."),
        ("", "Добавьте документ, где указана ваша специальность"),
    ],
)
def test_a_specialist_reads_how_it_counts(own: str, said: str) -> None:
    specialist = a_specialist()
    if own:
        a_practice(specialist, a_specialty(own))
    version = published(a_version(an_item(), a_specialty("Терапия"), other=[a_specialty("Кардиология")]))

    assert said in card(version, signed_in(specialist.account))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "said"), [("programme", "Подать заявку нельзя."), ("event", "Код подтверждения по нему у вас не примут.")]
)
def test_who_works_on_another_level_reads_that_before_they_apply_or_sign_up(kind: str, said: str) -> None:
    nurse, both = a_specialist(levels=["secondary"]), a_specialist(levels=["higher", "secondary"])
    version = published(a_version(an_item(kind), levels=["higher"]))
    if kind == "programme":
        a_run(version)

    hers, theirs = card(version, signed_in(nurse.account)), card(version, signed_in(both.account))

    assert f"чем в вашем профиле («Среднее образование»). {said}" in re.sub(r"\s+", " ", hers)
    assert "чем в вашем профиле" not in theirs
    if kind == "programme":
        assert ("/specialist/applications/new/?run=" in hers, "/specialist/applications/new/?run=" in theirs) == (
            False,
            True,
        )


@pytest.mark.django_db
def test_drafts_foreign_kinds_and_their_documents_are_absent() -> None:
    draft = a_version(an_item())
    file = StoredFile.objects.create(holder="organisation:1", purpose="programme", place="x" * 64, name="План.pdf", content_type="application/pdf",
                                     size_bytes=10, sha256="0" * 64, created_at=timezone.now())  # fmt: skip
    document = VersionFile.objects.create(version=draft, file=file, title="Учебный план")
    module = published(a_version(an_item("module")))

    statuses = [Client().get(path).status_code for path in (f"/catalogue/programmes/{draft.item_id}/", f"/catalogue/files/{document.pk}/",
                f"/catalogue/programmes/{module.item_id}/", f"/catalogue/events/{module.item_id}/calendar.ics")]  # fmt: skip

    assert statuses == [404, 404, 404, 404]


@pytest.mark.django_db
def test_the_qr_code_is_a_picture() -> None:
    lists()

    answer = Client().get("/catalogue/programme/5/qr.svg")

    assert answer["Content-Type"] == "image/svg+xml"
    assert answer.content.startswith(b"<?xml")


@pytest.mark.django_db
def test_search_engines_get_every_listed_card() -> None:
    shown = published(a_version(an_item("event")))
    hidden = published(a_version(an_item("module")))
    Item.objects.filter(pk=hidden.item_id).update(
        state="withdrawn", withdrawn_at=timezone.now(), withdrawn_reason="Нет"
    )
    from nmfo.catalogue.operations.listing import refresh_search

    refresh_search([hidden.item_id])
    browser = Client()

    index = browser.get("/sitemap.xml").content.decode()
    pages = [
        b"".join(browser.get(path)).decode() for path in re.findall(r"http://localhost:8000(/sitemap/\d+.xml)", index)
    ]

    assert f"<loc>http://localhost:8000/catalogue/events/{shown.item_id}/</loc>" in "".join(pages)
    assert f"/{hidden.item_id}/" not in "".join(pages)
    assert "Sitemap: http://localhost:8000/sitemap.xml" in browser.get("/robots.txt").content.decode()
