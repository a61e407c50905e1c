"""Imports through the pages: sent, checked, read, written; and what somebody else gets."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import python_calamine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.builders import signed_in
from tests.import_builders import a_file, a_row, as_book, as_text, checked, table
from tests.item_builders import a_writer

from foundation.files.models import StoredFile
from foundation.files.spreadsheets import LARGEST_TABLE_BYTES
from nmfo.catalogue.models import Import, Item
from nmfo.catalogue.operations.importing.running import go_on_with_import

pytestmark = pytest.mark.django_db
Queries = Callable[[int], AbstractContextManager[object]]


def go_on(batch: Import) -> None:
    go_on_with_import(batch.pk, now=timezone.now())


def words(browser: Client, path: str) -> str:
    return " ".join(html.unescape(browser.get(path).content.decode()).split())


def test_a_file_is_sent_checked_and_written_through_the_pages() -> None:
    browser = signed_in(a_writer("methodist").account)

    sent = browser.post("/organisation/import/", {"file": a_file(a_row(), a_row(Ключ="П-2", Часы=5))})
    batch = Import.objects.get()
    page = sent["Location"]
    waiting = words(browser, page)
    go_on(batch)
    foreseen = words(browser, page)
    browser.post(f"{page}write/")
    writing = words(browser, page)
    go_on(batch)
    over = words(browser, page)

    assert (sent.status_code, page) == (302, f"/organisation/import/{batch.pk}/")
    assert "Файл проверяется" in waiting
    assert "data-again" in waiting
    assert "Строк: 2. Новых: 1, изменённых: 0, без изменений: 0, отклонённых: 1" in foreseen
    assert "Записать 1 строку" in foreseen
    assert re.findall(r"(\w+) <span[^>]*>(\d)</span>", foreseen.split("Отчёт по строкам")[1])[1] == ("Новые", "1")
    assert "<b>Часы.</b> В программе от 16 до 500 часов" in foreseen
    assert "Программы записываются" in writing
    assert "Что получилось" in over
    assert Item.objects.get().source_key == "П-1"
    assert "программы.xlsx" in words(browser, "/organisation/import/")


def test_files_that_do_not_fit_are_refused_at_once_and_leave_nothing() -> None:
    browser = signed_in(a_writer().account)
    unfit = [
        (b"", "В файле ничего нет"),
        (b"%PDF-1.7 %%EOF", "Это не таблица, которую читает портал"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Это старый формат XLS"),
        ("Ключ;Анемии".encode("koi8-r"), "Не удаётся прочитать буквы файла"),
        (as_book([["Ключ"]])[:-30], "Файл повреждён"),
        (b"x" * (LARGEST_TABLE_BYTES + 1), "Файл больше 30 МБ"),
    ]
    for content, sentence in unfit:
        answer = browser.post("/organisation/import/", {"file": a_file(content=content)})

        page = html.unescape(answer.content.decode())
        assert answer.status_code == 422
        assert page.count(sentence) == 2, "in the summary and beside the field"
    assert browser.post("/organisation/import/").status_code == 422
    assert (Import.objects.count(), StoredFile.objects.count()) == (0, 0)


def test_a_gigabyte_is_refused_before_it_is_read() -> None:
    browser = signed_in(a_writer().account)

    answer = browser.generic("POST", "/organisation/import/", b"", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(1024**3))  # fmt: skip

    assert answer.status_code == 413
    assert "Слишком много за один раз" in answer.content.decode()


def test_a_second_file_is_refused_while_the_first_is_looked_at_and_may_be_stopped() -> None:
    browser = signed_in(a_writer().account)
    browser.post("/organisation/import/", {"file": a_file(a_row())})

    second = browser.post("/organisation/import/", {"file": a_file(a_row(Часы=72))})
    browser.post(f"/organisation/import/{Import.objects.get().pk}/stop/")
    third = browser.post("/organisation/import/", {"file": a_file(a_row(Часы=72))})

    assert second.status_code == 422
    assert "Другой файл организации ещё обрабатывается" in second.content.decode()
    assert third.status_code == 302


def test_a_file_in_windows_1251_is_taken_with_a_word_about_it() -> None:
    by = a_writer()
    browser = signed_in(by.account)

    batch = checked(by, a_file(content=as_text(table([a_row()]), encoding="cp1251"), name="а.csv"))

    assert "Файл в кодировке Windows-1251" in words(browser, f"/organisation/import/{batch.pk}/")


def test_somebody_elses_import_is_not_there() -> None:
    batch = checked(a_writer(), a_file(a_row()))
    stranger = signed_in(a_writer().account)
    teacher = signed_in(a_writer("teacher", organisation=batch.organisation).account)

    paths = [reverse(f"organisation:{name}", args=[batch.pk]) for name in ("import", "import-report-csv", "import-report-xlsx")]  # fmt: skip
    forms = [reverse(f"organisation:{name}", args=[batch.pk]) for name in ("import-write", "import-stop")]
    for path in paths:
        assert (stranger.get(path).status_code, teacher.get(path).status_code) == (404, 403)
    for path in forms:
        assert (stranger.post(path).status_code, teacher.post(path).status_code) == (404, 403)
    assert "программы.xlsx" not in stranger.get("/organisation/import/").content.decode()
    batch.refresh_from_db()
    assert batch.state == "checked"


def test_the_report_costs_the_same_for_any_number_of_rows(django_assert_num_queries: Queries) -> None:
    few, many = a_writer(), a_writer()
    short = checked(few, a_file(a_row()))
    long = checked(many, a_file(*[a_row(Ключ=f"П-{number}", Часы=number) for number in range(120)]))
    for by, batch in ((few, short), (many, long)):
        browser = signed_in(by.account)
        browser.get("/organisation/import/")

        with django_assert_num_queries(6):
            browser.get(f"/organisation/import/{batch.pk}/")
        with django_assert_num_queries(6):
            browser.get(f"/organisation/import/{batch.pk}/?outcome=taken&page=1")
        with django_assert_num_queries(4):
            browser.get("/organisation/import/")


def test_rows_are_shown_by_outcome_and_strange_outcomes_show_all() -> None:
    by = a_writer()
    batch = checked(by, a_file(a_row(), a_row(Ключ="плохая", Часы=5)))
    browser = signed_in(by.account)
    path = f"/organisation/import/{batch.pk}/"

    assert "<small>плохая</small>" in words(browser, f"{path}?outcome=refused")
    assert "<small>П-1</small>" not in words(browser, f"{path}?outcome=refused")
    assert "Таких строк нет" in words(browser, f"{path}?outcome=unchanged")
    for strange in ("?outcome=nonsense", "?page=99999999", "?page=x&outcome=%00"):
        assert "<small>П-1</small>" in words(browser, path + strange)


def test_the_template_can_be_filled_in_and_sent_and_its_example_is_refused_as_such() -> None:
    by = a_writer()
    browser = signed_in(by.account)
    for name in ("template.xlsx", "template.csv"):
        content = browser.get(f"/organisation/import/{name}").content

        batch = checked(by, a_file(content=content))

        assert (batch.state, batch.trouble) == ("checked", "")
        assert [row.reason for row in batch.report.all()] == ["Это пример из шаблона. Удалите строку"]
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(browser.get("/organisation/import/template.xlsx").content))  # fmt: skip
    assert book.sheet_names == ["Программы", "Пояснения", "Списки"]


def test_the_example_of_the_template_is_a_complete_programme() -> None:
    by = a_writer()
    content = signed_in(by.account).get("/organisation/import/template.csv").content.decode("utf-8-sig")

    batch = checked(by, a_file(content=content.replace("ПРИМЕР", "ОРГ-001").encode()))

    assert list(batch.report.values_list("outcome", "reason")) == [("taken", "")]
