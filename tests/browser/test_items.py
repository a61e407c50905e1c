"""Through the pages alone: a methodist writes, an operator returns one and publishes the rest, the methodist mends it."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.browser.test_accessibility import sign_in
from tests.builders import an_operator
from tests.item_builders import a_writer
from tests.support.jobs import run_jobs

from nmfo.accounts.models import Account
from nmfo.catalogue.models import SearchRow, Version
from nmfo.organisations.rules import StaffRole

ANNOTATION = "Программа для **участковых терапевтов**.\n\n* раз\n* два"


def desk_of(browser: Browser, portal: str, account: Account, width: int) -> tuple[BrowserContext, Page]:
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    sign_in(page, portal, account.snils, staff=True)
    return context, page


def press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).first.click()


def begin(page: Page, portal: str, kind: str, title: str) -> None:
    page.goto(f"{portal}/organisation/items/")
    page.locator("main details.menu summary").click()
    with page.expect_navigation():
        page.get_by_role("link", name=kind, exact=True).click()
    page.fill("#title", title)
    press(page, "Начать")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def choose_specialty(page: Page, name: str) -> None:
    box = page.locator("fieldset#main_specialties")
    box.locator("input[type=search]").fill(name)
    box.get_by_label(name, exact=True).check()


def write_common(page: Page) -> None:
    page.check("#levels_0")
    choose_specialty(page, "Терапия")
    page.fill("#annotation", ANNOTATION)
    expect(page.locator("[data-prose-preview=annotation] strong")).to_have_text("участковых терапевтов")


def write_programme(page: Page, portal: str) -> None:
    begin(page, portal, "Программа", "Хроническая сердечная недостаточность")
    page.fill("#hours", "36")
    page.select_option("#form", "full_time")
    page.check("#bases_1")
    write_common(page)
    page.fill("#aims", "Узнать о ХСН")
    page.fill("#teacher_name_1", "Ким Ольга Павловна")
    page.fill("#teacher_post_1", "профессор")
    press(page, "Сохранить и посмотреть")
    expect(page.get_by_text("36ЗЕТ")).to_be_visible()
    expect(page.locator(".prose strong")).to_have_text("участковых терапевтов")
    page.get_by_role("link", name="Хроническая сердечная недостаточность").first.click()
    today = timezone.localdate()
    for days in (30, 60):
        page.goto(page.url.split("runs/")[0].rstrip("/") + "/runs/add/")
        page.fill("#begins_on", (today + dt.timedelta(days=days)).isoformat())
        page.fill("#ends_on", (today + dt.timedelta(days=days + 10)).isoformat())
        page.fill("#apply_until_on", (today + dt.timedelta(days=days - 5)).isoformat())
        page.fill("#seats", "25")
        page.fill("#price_rub", "9 800")
        press(page, "Добавить поток")
    expect(page.locator("table tbody tr")).to_have_count(2)


def write_event(page: Page, portal: str) -> None:
    begin(page, portal, "Мероприятие", "Вебинар о гриппе")
    write_common(page)
    day = (timezone.localdate() + dt.timedelta(days=20)).isoformat()
    page.select_option("#event_kind", "webinar")
    page.fill("#begins_on", day)
    page.fill("#begins_time", "10:00")
    page.fill("#ends_on", day)
    page.fill("#ends_time", "13:00")
    page.fill("#minutes", "135")
    page.fill("#sponsor_minutes", "20")
    page.check("#online")
    page.fill("#link", "https://example.org/webinar")
    page.select_option("#presence", "windows")
    page.fill("#presence_percent", "80")
    press(page, "Сохранить черновик")
    expect(page.locator("#at-credits")).to_contain_text("3 ЗЕТ")


def write_module(page: Page, portal: str) -> None:
    begin(page, portal, "Модуль", "Модуль о диабете")
    write_common(page)
    page.fill("#minutes", "90")
    page.fill("#credits", "3")
    press(page, "Сохранить черновик")
    expect(page.get_by_role("alert")).to_contain_text("не больше 2 ЗЕТ")
    page.fill("#credits", "2")
    press(page, "Сохранить черновик")


def submit_all(page: Page, portal: str) -> None:
    for title in ("Модуль о диабете", "Вебинар о гриппе", "Хроническая сердечная недостаточность"):
        page.goto(f"{portal}/organisation/items/?tab=draft")
        page.get_by_role("link", name=title).click()
        press(page, "Отправить на рассмотрение")
        expect(page.locator(".note[role=status]")).to_contain_text("Отправлено")


def review(page: Page, portal: str) -> None:
    page.goto(f"{portal}/operator/reviews/")
    page.get_by_role("link", name="Хроническая сердечная недостаточность").click()
    page.get_by_role("link", name="Все поля").click()
    page.locator("a[href*='field=aims']").click()
    page.fill("#text", "Напишите, что слушатель будет уметь")
    press(page, "Записать замечание")
    press(page, "Вернуть на доработку")
    expect(page.locator(".note[role=status]")).to_contain_text("Возвращено")
    for _number in range(2):  # after a decision the next one opens
        press(page, "Опубликовать")
        expect(page.locator(".note[role=status]")).to_contain_text("теперь в каталоге")
    expect(page.get_by_text("Очередь пуста")).to_be_visible()


def mend(page: Page, portal: str) -> None:
    page.goto(f"{portal}/organisation/items/?tab=returned")
    page.get_by_role("link", name="Хроническая сердечная недостаточность").click()
    page.get_by_role("link", name="Цели и результаты").click()
    expect(page.locator("#at-aims")).to_contain_text("Напишите, что слушатель будет уметь")
    page.fill("#aims", "Слушатель сможет подобрать терапию ХСН")
    press(page, "Сохранить черновик")
    page.get_by_role("link", name="Хроническая сердечная недостаточность").first.click()
    press(page, "Отправить на рассмотрение")


def publish(page: Page, portal: str) -> None:
    page.goto(f"{portal}/operator/reviews/")
    page.get_by_role("link", name="Хроническая сердечная недостаточность").click()
    press(page, "Опубликовать")


def test_from_the_first_word_to_the_catalogue(browser: Browser, portal: str) -> None:
    owner = a_writer()
    methodist = a_writer(StaffRole.METHODIST, organisation=owner.organisation, surname="Методист").account
    wide, page = desk_of(browser, portal, methodist, 1366)
    write_programme(page, portal)
    write_event(page, portal)
    write_module(page, portal)
    submit_all(page, portal)
    wide.close()
    desk, operators = desk_of(browser, portal, an_operator(), 1366)
    review(operators, portal)
    run_jobs()
    letters = operators.request.get(f"{portal}/dev/mail.json").json()
    returned = next(row for row in letters if row["kind"] == "item_returned")
    assert "Цели и результаты: Напишите, что слушатель будет уметь" in returned["text"]

    narrow, phone = desk_of(browser, portal, owner.account, 360)
    mend(phone, portal)
    narrow.close()
    publish(operators, portal)
    desk.close()

    listed = dict(SearchRow.objects.filter(listed=True).values_list("title", "credits"))
    assert listed == {"Хроническая сердечная недостаточность": 36, "Вебинар о гриппе": 3, "Модуль о диабете": 2}
    assert Version.objects.get(title="Хроническая сердечная недостаточность").runs.count() == 2


def test_a_text_that_was_not_saved_is_kept_by_the_tab(browser: Browser, portal: str) -> None:
    context, page = desk_of(browser, portal, a_writer().account, 1366)
    begin(page, portal, "Модуль", "Модуль о диабете")
    page.on("dialog", lambda dialog: dialog.accept())
    page.fill("#annotation", "Не сохранено")
    address = page.url

    page.goto(f"{portal}/organisation/items/")
    page.goto(address)
    expect(page.get_by_text("остался несохранённый текст")).to_be_visible()
    expect(page.locator("#annotation")).to_have_value("")
    page.get_by_role("button", name="Вернуть текст").click()

    expect(page.locator("#annotation")).to_have_value("Не сохранено")
    press(page, "Сохранить черновик")
    expect(page.get_by_text("остался несохранённый текст")).to_be_hidden()
    context.close()


def test_without_javascript_everything_is_there(browser: Browser, portal: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, portal, a_writer().account.snils, staff=True)
    begin(page, portal, "Модуль", "Модуль о диабете")
    box = page.locator("fieldset#main_specialties")
    box.locator("summary").first.click()
    box.get_by_label("Терапия", exact=True).check()
    page.check("#levels_0")
    page.fill("#annotation", "О диабете")
    page.fill("#minutes", "90")
    page.fill("#credits", "2")
    press(page, "Сохранить черновик")
    expect(page.locator("#main_specialties")).to_contain_text("Выбрано: Терапия")
    page.get_by_role("link", name="К отправке").click()
    press(page, "Отправить на рассмотрение")
    expect(page.locator(".note[role=status]")).to_contain_text("Отправлено")
    context.close()
