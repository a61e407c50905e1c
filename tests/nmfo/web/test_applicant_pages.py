"""The application of an organisation through its pages, without an account."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
import time_machine
from barcode.charsets import code128
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from tests.applicants import (
    PDF,
    a_draft,
    a_pdf,
    a_submitted,
    in_review,
    opened,
    refused,
    remark_on,
    returned,
)
from tests.builders import an_inn, an_ogrn, an_operator, an_organisation, facts, lists

from foundation.mail.models import Letter
from foundation.signin.human import digits_of, new_digits
from nmfo.organisations.models import CabinetApplication
from nmfo.organisations.operations import reviewing
from nmfo.web.applicant.barcode import bar_code

Queries = Callable[[int], AbstractContextManager[object]]
NOW = dt.datetime.now(tz=dt.UTC)


def organisation_form(**values: str) -> dict[str, str]:
    given = {
        "name": "Институт повышения квалификации", "short_name": "ИПК", "kind": "academy", "inn": an_inn(), "ogrn": an_ogrn(),
        "region": "77", "address": "101000, Москва", "site": "institut.example", "licence_number": "Л035-01298-77/00096945",
        "licence_issued_on_day": "6", "licence_issued_on_month": "5", "licence_issued_on_year": "2020",
    }  # fmt: skip
    return {**given, **values}


def with_check(**values: str) -> dict[str, str]:
    token = new_digits(NOW)
    return {**organisation_form(), "human_token": token, "human_digits": digits_of(token) or "", **values}


def begin(browser: Client, **values: str) -> str:
    """Send the first step; the secret of the address."""
    answer = browser.post("/for-organisations/apply/", with_check(**values))
    assert answer.status_code == 302, answer.content.decode()
    found = re.fullmatch(r"/for-organisations/apply/([A-Za-z0-9_-]{43})/person/", answer["Location"])
    assert found is not None
    return found[1]


def text_of(answer: object) -> str:
    return html.unescape(answer.content.decode())  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_an_organisation_applies_step_by_step() -> None:
    lists()
    browser = Client()
    token = begin(browser)
    base = f"/for-organisations/apply/{token}"
    row = CabinetApplication.objects.get()
    assert (row.site, row.licence_issued_on) == ("https://institut.example", dt.date(2020, 5, 6))

    person = {
        "person_surname": "Ответова", "person_first_name": "Вера", "person_post": "проректор",
        "person_email": "vera@institut.example", "person_phone": "8 495 555-01-42", "revision": str(row.revision),
    }  # fmt: skip
    assert browser.post(f"{base}/person/", person)["Location"] == f"{base}/documents/"
    assert Letter.objects.get().to == "vera@institut.example"
    scans = {kind: a_pdf() for kind in ("request", "non_disclosure", "licence", "registration", "tax")}
    assert browser.post(f"{base}/documents/", scans)["Location"] == f"{base}/check/"
    page = text_of(browser.get(f"{base}/check/"))
    assert "Ещё не заполнено" not in page
    assert "+7 495 555-01-42" in page
    row.refresh_from_db()
    sent = browser.post(f"{base}/check/", {"true": "on", "revision": str(row.revision)}, follow=True)

    row.refresh_from_db()
    assert row.state == "submitted"
    assert f"Заявка {row.number} отправлена" in text_of(sent)
    assert "Осталось 14 дней" in text_of(sent)


@pytest.mark.django_db
def test_without_the_human_check_nothing_begins() -> None:
    lists()

    answer = Client().post("/for-organisations/apply/", organisation_form())

    assert answer.status_code == 422
    assert "Дождитесь, пока отметка станет зелёной" in text_of(answer)
    assert CabinetApplication.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Введите полное название, как в уставе"),
        ("name", "Н" * 301, "не более 300"),
        ("name", "Ин\x00ститут", "невидимые управляющие знаки"),
        ("short_name", "к" * 121, "не более 120"),
        ("kind", "bank", "Выберите из списка"),
        ("inn", "", "Введите все 10 цифр ИНН организации"),
        ("inn", "770000001", "Введите все 10 цифр ИНН организации"),
        ("inn", "7700000018", "В ИНН опечатка: контрольное число не сходится"),
        ("inn", "٧٧٠٠٠٠٠٠١٦", "Введите все 10 цифр ИНН организации"),
        ("ogrn", "102770000001", "Введите все 13 цифр ОГРН"),
        ("ogrn", "1027700000018", "В ОГРН опечатка: контрольное число не сходится"),
        ("region", "00", "Выберите из списка"),
        ("site", "javascript:alert(1)", "Проверьте адрес сайта"),
        ("site", "ftp://institut.example", "Проверьте адрес сайта"),
        ("licence_number", "лицензия № 5", "Введите номер так, как он записан в реестре лицензий"),
        ("licence_number", "Л035-01298-00/00096945", "Региона с кодом 00 нет"),
        ("licence_issued_on_year", "2099", "День выдачи лицензии ещё не наступил"),
        ("licence_issued_on_day", "31|licence_issued_on_month=2", "Такого дня нет в календаре"),
        ("licence_until_on_day", "1|licence_until_on_month=1|licence_until_on_year=2020", "Лицензия заканчивается раньше, чем выдана"),
        ("licence_until_on_day", "1|licence_until_on_month=1|licence_until_on_year=2021", "Срок лицензии истёк"),
        ("human_digits", "00000x", "Цифры не те"),
    ],
)  # fmt: skip
def test_each_field_says_what_is_wrong(field: str, value: str, sentence: str) -> None:
    lists()
    first, _sign, more = value.partition("|")
    extra = dict(pair.split("=") for pair in more.split("|")) if more else {}

    answer = Client().post("/for-organisations/apply/", with_check(**{field: first}, **extra))

    page = text_of(answer)
    assert answer.status_code == 422
    assert page.count(sentence) >= 2, "in the summary and beside the field"
    assert CabinetApplication.objects.count() == 0
    if field != "address":
        assert 'value="101000, Москва"' in page, "what was typed is kept"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("person_surname", "Oтветова", "Здесь смешаны русские и латинские буквы"),
        ("person_surname", "Ответова1", "Здесь могут быть буквы"),
        ("person_email", "", "Введите почту: на неё придёт ссылка на эту заявку"),
        ("person_email", "vera.institut.example", "В адресе почты нет знака @"),
        ("person_email", "vera@yandx.ru", "Возможно, vera@yandex.ru?"),
        ("person_phone", "12", "Введите номер мобильного целиком"),
        ("person_post", "п" * 201, "не более 200"),
    ],
)
def test_the_person_is_checked_as_well(field: str, value: str, sentence: str) -> None:
    row, token = a_draft()
    letters = Letter.objects.count()
    person = {
        "person_surname": "Новая", "person_first_name": "Вера", "person_post": "ректор", "person_email": "n@institut.example",
        "person_phone": "+7 495 555-01-42", "revision": str(row.revision),
    }  # fmt: skip

    answer = Client().post(f"/for-organisations/apply/{token}/person/", {**person, field: value})

    assert answer.status_code == 422
    assert text_of(answer).count(sentence) >= 2
    row.refresh_from_db()
    assert row.person_surname == "Ответова"
    assert Letter.objects.count() == letters


@pytest.mark.django_db
def test_a_name_of_several_lines_stays_one_line_in_letters() -> None:
    lists()

    begin(Client(), name="Институт\n[Войти](https://evil.example/)\n\nврачей")

    assert CabinetApplication.objects.get().name == "Институт [Войти](https://evil.example/) врачей"


@pytest.mark.django_db
def test_an_incomplete_draft_is_kept_and_says_what_is_missing() -> None:
    lists()
    browser = Client()
    token = begin(browser, ogrn="", licence_number="", region="", kind="")

    page = text_of(browser.get(f"/for-organisations/apply/{token}/check/"))
    answer = browser.post(f"/for-organisations/apply/{token}/check/", {"true": "on", "revision": "0"})

    assert f'href="/for-organisations/apply/{token}/organisation/#ogrn">ОГРН</a>' in page
    assert f'href="/for-organisations/apply/{token}/documents/#tax"' in page
    assert answer.status_code == 422
    assert "Заявка заполнена не до конца: Вид организации, ОГРН" in text_of(answer)


@pytest.mark.django_db
def test_an_application_is_sent_with_the_tick_only() -> None:
    row, token = a_draft()

    answer = Client().post(f"/for-organisations/apply/{token}/check/", {"revision": str(row.revision)})

    assert answer.status_code == 422
    row.refresh_from_db()
    assert row.state == "draft"


@pytest.mark.django_db
def test_the_same_browser_finds_its_draft_again_and_another_does_not() -> None:
    lists()
    browser = Client()
    token = begin(browser)

    assert token in text_of(browser.get("/for-organisations/apply/"))
    assert "уже начата заявка" not in text_of(Client().get("/for-organisations/apply/"))


@pytest.mark.django_db
def test_two_windows_show_each_other_what_they_saved() -> None:
    row, token = a_draft()
    path, browser = f"/for-organisations/apply/{token}/organisation/", Client()
    mine = organisation_form(inn=row.inn, name="Моё название", revision=str(row.revision))
    theirs = organisation_form(inn=row.inn, name="Чужое название", revision=str(row.revision))
    assert browser.post(path, theirs).status_code == 302

    answer = browser.post(path, mine)

    page = text_of(answer)
    assert answer.status_code == 422
    assert "Полное название организации: Чужое название" in page
    assert 'value="Моё название"' in page
    again = re.search(r'name="revision" value="(\d+)"', page)
    assert again is not None
    assert browser.post(path, {**mine, "revision": again[1]}).status_code == 302
    row.refresh_from_db()
    assert row.name == "Моё название"


@pytest.mark.django_db
def test_an_organisation_that_has_a_cabinet_is_led_to_its_people() -> None:
    there = an_organisation()

    answer = Client().post("/for-organisations/apply/", with_check(inn=there.inn))

    assert answer.status_code == 422
    assert "Доступ даёт её ответственный" in text_of(answer)


@pytest.mark.django_db
def test_a_bad_file_does_not_lose_the_good_ones() -> None:
    lists()
    browser = Client()
    token = begin(browser)

    answer = browser.post(
        f"/for-organisations/apply/{token}/documents/",
        {"licence": a_pdf("лицензия.pdf"), "tax": SimpleUploadedFile("налоги.docx", b"PK\x03\x04")},
    )

    page = text_of(answer)
    assert answer.status_code == 422
    assert "«налоги.docx» не подходит" in page
    assert "лицензия.pdf" in page
    assert [document.kind for document in CabinetApplication.objects.get().documents.all()] == ["licence"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/for-organisations/apply/", "/for-organisations/apply/{token}/documents/"])
def test_a_gigabyte_is_refused_before_it_is_read(path: str) -> None:
    _row, token = a_draft()
    read = []

    class Endless:
        """A body that says how much of it was asked for."""

        def read(self, size: int = -1) -> bytes:
            read.append(size)
            return b"0" * max(size, 0)

        readline = read

    extra: Any = {"wsgi.input": Endless(), "CONTENT_LENGTH": str(1024**3)}
    answer = Client().generic("POST", path.format(token=token), b"", "multipart/form-data; boundary=x", **extra)

    assert answer.status_code == 413
    assert "Слишком много за один раз" in text_of(answer)
    assert read == []


@pytest.mark.django_db
def test_remarks_are_shown_once_the_application_is_returned_and_not_before() -> None:
    operator = an_operator()
    row, token = in_review(operator)
    remark_on(row, operator, "inn", "Не тот номер")
    path = f"/for-organisations/apply/{token}/"
    assert "Не тот номер" not in text_of(Client().get(path))
    row.refresh_from_db()

    reviewing.return_application(
        application_id=row.pk, revision=row.revision, by=operator, facts=facts(), now=timezone.now()
    )

    page = text_of(Client().get(path))
    assert f'href="{path}organisation/#inn">ИНН</a>' in page
    assert "Не тот номер" in page
    assert "Исправить: Не тот номер" in text_of(Client().get(f"{path}organisation/"))


@pytest.mark.django_db
def test_a_question_is_answered_on_the_page() -> None:
    operator = an_operator()
    row, token = in_review(operator)
    question = reviewing.ask_applicant(
        application_id=row.pk, field="", text="Есть ли филиалы?", by=operator, facts=facts(), now=timezone.now()
    )
    path, browser = f"/for-organisations/apply/{token}/", Client()
    assert "Есть ли филиалы?" in text_of(browser.get(path))
    assert operator.surname not in text_of(browser.get(path))

    empty = browser.post(f"{path}answer/", {"question": question.pk, "text": " "})
    strange = browser.post(f"{path}answer/", {"question": "9" * 18, "text": "Нет"})
    right = browser.post(f"{path}answer/", {"question": question.pk, "text": "Нет, <b>один адрес</b>"}, follow=True)

    assert (empty.status_code, strange.status_code) == (422, 422)
    assert "Напишите ответ" in text_of(empty)
    assert "&lt;b&gt;один адрес" in right.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("step", ["organisation", "person", "documents", "check"])
def test_what_is_under_review_is_not_edited(step: str) -> None:
    _row, token = a_submitted()
    path = f"/for-organisations/apply/{token}/{step}/"

    for answer in (Client().get(path), Client().post(path, {})):
        assert answer["Location"] == f"/for-organisations/apply/{token}/"


@pytest.mark.django_db
def test_both_sides_see_that_the_operator_is_late() -> None:
    row, token = a_submitted(now=timezone.now() - dt.timedelta(days=16))

    page = text_of(Client().get(f"/for-organisations/apply/{token}/"))

    assert "Оператор опаздывает на 2 дня" in page
    assert row.due_on == timezone.localdate() - dt.timedelta(days=2)


@pytest.mark.django_db
def test_the_last_day_is_said() -> None:
    row, token = a_submitted()
    last = dt.datetime.combine(row.due_on or dt.date.min, dt.time(20, 30), tzinfo=dt.UTC)  # 23:30 in Moscow

    with time_machine.travel(last, tick=False):
        assert "Сегодня последний день" in text_of(Client().get(f"/for-organisations/apply/{token}/"))


@pytest.mark.django_db
def test_the_cover_sheet_has_the_address_the_documents_and_a_bar_code_that_reads() -> None:
    row, token = a_submitted()

    answer = Client().get(f"/for-organisations/apply/{token}/cover-sheet/")

    page = text_of(answer)
    assert "117997, Москва, ул. Островитянова, д. 1" in page
    assert row.number in page
    assert page.count("sheet__box") == 5
    assert "style=" not in page
    assert read_bars(page) == row.number.rpartition("-")[2]
    assert read_bars(str(bar_code("123456"))) == "123456"


def read_bars(page: str) -> str:
    """What a scanner reads: black and white modules, code by code, the control sign checked."""
    bars = [(int(x), int(w)) for x, w in re.findall(r'<rect x="(\d+)" width="(\d+)"', page)]
    start, end = bars[0][0], bars[-1][0] + bars[-1][1]
    assert start == 10, "the quiet zone"
    modules = "".join("1" if any(x <= place < x + width for x, width in bars) else "0" for place in range(start, end))
    codes = [code128.CODES.index(modules[place : place + 11]) for place in range(0, len(modules) - 13, 11)]
    *values, control = codes[1:]
    assert codes[0] == code128.START_CODES["C"]
    assert control == (codes[0] + sum(place * value for place, value in enumerate(values, 1))) % 103
    return "".join(f"{value:02d}" for value in values)


@pytest.mark.django_db
def test_a_name_without_a_patronymic_and_a_title_have_no_stray_space() -> None:
    row, token = a_submitted()
    CabinetApplication.objects.filter(pk=row.pk).update(person_patronymic="")

    sheet = text_of(Client().get(f"/for-organisations/apply/{token}/cover-sheet/"))
    application = text_of(Client().get(f"/for-organisations/apply/{token}/"))

    assert f"{row.person_surname} {row.person_first_name}, {row.person_post}" in " ".join(sheet.split())
    assert f"Заявка {row.number}, Портал НМФО" in " ".join(application.split())


@pytest.mark.django_db
def test_a_draft_has_no_cover_sheet() -> None:
    _row, token = a_draft()

    assert Client().get(f"/for-organisations/apply/{token}/cover-sheet/").status_code == 302


@pytest.mark.django_db
def test_a_refused_one_says_why_and_becomes_a_new_one() -> None:
    row, token = refused("Лицензия выдана другой организации")
    browser = Client()
    page = text_of(browser.get(f"/for-organisations/apply/{token}/"))
    assert "Лицензия выдана другой организации" in page

    answer = browser.post(f"/for-organisations/apply/{token}/again/")

    new = CabinetApplication.objects.exclude(pk=row.pk).get()
    assert new.inn == row.inn
    assert browser.get(answer["Location"]).status_code == 200


@pytest.mark.django_db
def test_the_invitation_can_be_asked_for_again() -> None:
    row, token = opened()
    path = f"/for-organisations/apply/{token}/"
    assert row.person_email not in text_of(Client().get(path)).replace("Почта ответственного", "").split("<dl")[0]

    answer = Client().post(f"{path}invitation/", follow=True)

    assert "Приглашение отправлено ещё раз" in text_of(answer)
    assert Letter.objects.filter(kind="cabinet_opened").count() == 2


@pytest.mark.django_db
def test_withdrawing_asks_first() -> None:
    row, token = a_submitted()
    path = f"/for-organisations/apply/{token}/withdraw/"
    assert row.number in text_of(Client().get(path))
    row.refresh_from_db()
    assert row.state == "submitted"

    assert "Заявка отозвана" in text_of(Client().post(path, follow=True))


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["x" * 43, "x", "x" * 500, "%00", "a b", "ъ"])
def test_a_wrong_address_is_a_page_that_does_not_exist(token: str) -> None:
    a_draft()

    for page in ("", "organisation/", "check/", "cover-sheet/", "documents/tax/"):
        assert Client().get(f"/for-organisations/apply/{token}/{page}").status_code == 404


@pytest.mark.django_db
def test_the_page_costs_the_same_whatever_was_said(django_assert_num_queries: Queries) -> None:
    operator = an_operator()
    row, token = in_review(operator)

    def ask(n: int) -> None:
        for _number in range(n):
            reviewing.ask_applicant(
                application_id=row.pk, field="", text="?", by=operator, facts=facts(), now=timezone.now()
            )

    ask(1)
    with django_assert_num_queries(4):
        Client().get(f"/for-organisations/apply/{token}/")
    ask(5)
    with django_assert_num_queries(4):
        Client().get(f"/for-organisations/apply/{token}/")


@pytest.mark.django_db
def test_a_returned_application_is_corrected_and_sent_again() -> None:
    row, token = returned()
    path, browser = f"/for-organisations/apply/{token}", Client()

    saved = browser.post(f"{path}/organisation/", organisation_form(inn=row.inn, revision=str(row.revision)))
    assert saved["Location"] == f"{path}/person/"
    browser.post(f"{path}/documents/", {"tax": SimpleUploadedFile("новый.pdf", PDF)})
    row.refresh_from_db()
    browser.post(f"{path}/check/", {"true": "on", "revision": str(row.revision)})

    row.refresh_from_db()
    assert row.state == "submitted"
