"""The main job through the pages alone, by three people in three browsers: a doctor with a phone, a registrar, an operator.

The doctor chooses a cycle, applies, learns, gets 36 credits for the programme and 6 for an event by a code; disputes what
is wrong; every page of everybody shows the same sums.
"""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from tests.browser.test_accessibility import sign_in
from tests.browser.test_registration import letter
from tests.builders import a_practice, a_run, a_specialist, a_specialty, a_version, an_item, an_operator, published
from tests.credit_builders import an_event
from tests.item_builders import a_writer
from tests.support.jobs import run_jobs

from nmfo.catalogue.models import Version
from nmfo.credits.balancing import faults
from nmfo.credits.models import LedgerEntry
from nmfo.credits.operations.posting import post
from nmfo.credits.queries.watching import credits_given_by
from nmfo.credits.rules.words import Source
from nmfo.cycles.operations.loading import load_rules
from nmfo.organisations.models import Member
from nmfo.specialists.models import Specialist

PHONE = {"width": 360, "height": 740}
PROGRAMME, EVENT = "Анемии в практике терапевта", "Конференция терапевтов"


def a_doctor() -> Specialist:
    """A therapist with an accreditation of two years ago."""
    doctor = a_specialist(surname="Соколова")
    document = a_practice(doctor, a_specialty())
    document.issued_on = timezone.localdate() - dt.timedelta(days=700)
    document.valid_until_on = document.issued_on + dt.timedelta(days=5 * 365)
    document.save(update_fields=["issued_on", "valid_until_on"])
    return doctor


def what_is_taught(by: Member) -> tuple[Version, Version]:
    """A programme whose run is today, and a conference of a day that was yesterday."""
    today = timezone.localdate()
    programme = published(a_version(an_item(organisation=by.organisation), a_specialty(), title=PROGRAMME))
    a_run(programme, begins_on=today, ends_on=today, apply_until_on=today)
    event = an_event(by.organisation, title=EVENT, minutes=270, credits=6, presence="list", event_kind="conference")
    return programme, event


def choose_the_cycle(page: Page, portal: str) -> None:
    page.goto(f"{portal}/specialist/cycles/")
    page.locator("label", has_text="5 лет: Терапия").locator("input").check()
    page.locator("main form[method=post] button.btn").first.click()
    expect(page.locator("main")).to_contain_text("Терапия")


def apply(page: Page, portal: str) -> None:
    page.goto(f"{portal}/catalogue/?q=анемии")
    page.get_by_role("link", name=PROGRAMME).click()
    page.get_by_role("link", name="Подать заявку").first.click()
    page.locator("main form").get_by_role("button").last.click()
    page.get_by_role("button", name="Отправить заявку").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(PROGRAMME)


def enrol(page: Page, portal: str) -> None:
    page.goto(f"{portal}/organisation/applications/")
    number = re.search(r"open=(\d+)|applications/(\d+)/", page.locator("a.who").first.get_attribute("href") or "")
    assert number is not None
    page.goto(f"{portal}/organisation/applications/{number[1] or number[2]}/")
    page.get_by_role("button", name="Одобрить").click()
    page.fill("#number", "Д-118")
    page.get_by_role("button", name="Подтвердить основание").click()
    page.get_by_role("link", name="Зачислить приказом").click()
    page.locator("input[name=row]").check()
    page.fill("#number", "118-к")
    page.fill("#issued_on", timezone.localdate().isoformat())
    page.get_by_role("button", name="Зачислить").click()


def enter_the_result(page: Page, portal: str) -> None:
    today = timezone.localdate().isoformat()
    page.get_by_role("link", name=re.compile("^Внести результат")).first.click()
    page.locator("input[name=mark]").first.check()
    page.fill("#attested_on", today)
    page.fill("#number", "772400018812")
    page.fill("#registration_number", "118")
    page.fill("#issued_on", today)
    page.get_by_role("button", name="Внести результат").click()


def confirm_presence(page: Page, portal: str, doctor: Specialist, event: Version) -> None:
    page.goto(f"{portal}/organisation/events/{event.item_id}/add/")
    page.fill("#snils", doctor.account.snils)
    page.fill("#reason", "Подпись в бумажном листе регистрации")
    page.fill("#surname", doctor.account.surname)
    page.get_by_role("button", name="Добавить и отметить").click()
    page.goto(f"{portal}/organisation/events/{event.item_id}/close/")
    page.locator("input[name=award][value=codes]").check()
    page.check("#sure")
    page.get_by_role("button", name="Закрыть учёт").click()
    run_jobs()  # the attendance is settled
    page.goto(f"{portal}/organisation/events/{event.item_id}/codes/")
    page.get_by_role("button", name="Отправить коды").click()


def enter_the_code(page: Page, portal: str, code: str) -> None:
    page.goto(f"{portal}/specialist/codes/#{code}")
    expect(page.locator("#code")).to_have_value(code)
    assert "#" not in page.url
    page.get_by_role("button", name="Активировать").click()
    expect(page.locator(".note[role=status]")).to_contain_text("Зачислено 6 ЗЕТ")


def text(page: Page, address: str) -> str:
    page.goto(address)
    return " ".join(page.locator("main").inner_text().split())


def check_that_the_report_says(office: Page, portal: str, posted: int, taken_back: int = 0) -> None:
    """The organisation has one listener: its report comes to what stands on their account."""
    stands = posted - taken_back
    said = text(office, f"{portal}/organisation/report/")
    assert f"Специалисты 1 Зачислено, ЗЕТ {posted} Снято, ЗЕТ {taken_back} Итог, ЗЕТ {stands} " in said
    rows = office.locator("main tbody tr")
    assert sum(int(row.locator("td").last.inner_text()) for row in rows.all()) == stands


def check_that_every_page_says(page: Page, portal: str, credits_in_all: int) -> None:
    assert re.search(rf"На счету {credits_in_all} ЗЕТ всего", text(page, f"{portal}/specialist/credits/"))
    assert re.search(rf"\b{credits_in_all} из 250", text(page, f"{portal}/specialist/"))
    assert re.search(rf"\b{credits_in_all} ЗЕТ", text(page, f"{portal}/specialist/credits/statement/"), re.IGNORECASE)


@pytest.mark.django_db(transaction=True)
def test_from_the_application_to_the_same_sums_everywhere(browser: Browser, portal: str) -> None:
    load_rules(now=timezone.now())
    by, doctor, operators = a_writer("registrar"), a_doctor(), [an_operator(), an_operator()]
    programme, event = what_is_taught(by)
    phone = browser.new_context(viewport=PHONE, locale="ru-RU").new_page()  # type: ignore[arg-type]
    office = browser.new_context(locale="ru-RU").new_page()
    sign_in(phone, portal, doctor.account.snils)
    sign_in(office, portal, by.account.snils, staff=True)

    choose_the_cycle(phone, portal)
    apply(phone, portal)
    enrol(office, portal)
    assert "Ещё не на счету: 1 запись" in text(phone, f"{portal}/specialist/credits/")
    enter_the_result(office, portal)
    check_that_every_page_says(phone, portal, 36)
    check_that_the_report_says(office, portal, 36)

    confirm_presence(office, portal, doctor, event)
    run_jobs()  # letters with the codes
    sent = letter(office, portal, "confirmation_code")
    code = re.search(r"NMO(?:-[0-9A-Z]{4}){2}-[0-9A-Z]{5}", sent)
    assert code is not None
    enter_the_code(phone, portal, code[0])
    check_that_every_page_says(phone, portal, 42)
    check_that_the_report_says(office, portal, 42)
    given = credits_given_by(by.organisation, [programme.item_id, event.item_id])
    assert given == {programme.item_id: 36, event.item_id: 6}

    dispute_what_is_wrong(browser, phone, portal, doctor, [one.snils for one in operators])
    check_that_every_page_says(phone, portal, 42)
    check_that_the_report_says(office, portal, 78, taken_back=36)
    assert faults() == []
    phone.context.close()
    office.context.close()


def dispute_what_is_wrong(browser: Browser, phone: Page, portal: str, doctor: Specialist, operators: list[str]) -> None:
    """A second entry came by mistake; the doctor disputes it, one operator proposes, another carries out."""
    entry = LedgerEntry.objects.filter(specialist=doctor, source=Source.COMPLETION).get()
    assert entry.version is not None
    wrong = post(
        specialist_id=doctor.pk,
        version=entry.version,
        source=Source.COMPLETION,
        origin="another",
        earned_on=entry.earned_on,
        by=None,
        now=timezone.now(),
    )
    check_that_every_page_says(phone, portal, 78)
    phone.goto(f"{portal}/specialist/credits/{wrong.pk}/")
    phone.get_by_role("link", name="Оспорить").click()
    phone.fill("#text", "Я училась на этой программе один раз")
    phone.get_by_role("button", name="Отправить обращение").click()
    first, second = (browser.new_context(locale="ru-RU").new_page() for _number in range(2))
    for page, snils in zip((first, second), operators, strict=True):
        sign_in(page, portal, snils, staff=True)
    first.goto(f"{portal}/operator/credits/requests/")
    first.locator("main li a").first.click()
    first.get_by_text("Исправить: предложить снять запись").click()
    first.fill("#reverse-reason", "В ведомости запись стоит дважды")
    first.get_by_label("Ничего: обращение на этом решено").check()
    first.locator("details[open]").get_by_role("button", name="Предложить").click()
    second.goto(f"{portal}/operator/credits/corrections/")
    second.locator("main li a").first.click()
    second.get_by_role("button", name="Исправить").click()
    expect(second.locator(".note[role=status]")).to_contain_text("Решено")
    for page in (first, second):
        page.context.close()
    assert "Решено: исправлено" in text(phone, f"{portal}/specialist/credits/requests/")
