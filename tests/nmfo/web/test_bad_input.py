"""Bad input gets a sentence beside its field, keeps what was typed, and changes nothing."""

from __future__ import annotations

import datetime as dt
import html

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.builders import a_snils, a_specialist, lists, signed_in

from foundation.signin.human import digits_of, new_digits
from foundation.ui.forms import LongText
from nmfo.accounts.models import Recovery, Registration
from nmfo.specialists.models import Document

NOW = dt.datetime.now(tz=dt.UTC)


def form(**values: str) -> dict[str, str]:
    token = new_digits(NOW)
    given = {
        "form_key": "k", "snils": a_snils(), "surname": "Петрова", "first_name": "Мария", "patronymic": "", "birth_date_day": "6",
        "birth_date_month": "5", "birth_date_year": "1990", "sex": "F", "citizenship": "RUS", "region": "36",
        "phone": "+7 900 555-01-42", "email": "maria@yandex.ru", "personal_data": "on", "agreement": "on",
        "human_token": token, "human_digits": digits_of(token) or "",
    }  # fmt: skip
    return {**given, **values}


@pytest.mark.django_db
def test_what_is_right_is_taken_once_however_often_it_is_sent() -> None:
    lists()
    browser, filled = Client(), form()

    first = browser.post("/register/", filled)
    token = new_digits(NOW)
    again = browser.post("/register/", {**filled, "human_token": token, "human_digits": digits_of(token) or ""})

    assert first.status_code == again.status_code == 302
    assert Registration.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("snils", "", "Введите все 11 цифр СНИЛС"),
        ("snils", "112-233-445 9", "Введите все 11 цифр СНИЛС"),
        ("snils", "112-233-445 59", "В СНИЛС опечатка: контрольное число не сходится"),
        ("snils", "000-000-000 00", "В СНИЛС опечатка: контрольное число не сходится"),
        ("snils", "1" * 41, "не более 40"),
        ("snils", "112-233-445\x0095", "невидимые управляющие знаки"),
        ("surname", "", "Введите фамилию, как в паспорте"),
        ("surname", "Пeтрова", "Здесь смешаны русские и латинские буквы"),
        ("surname", "Петрова1", "Здесь могут быть буквы, пробел, дефис и апостроф"),
        ("surname", "<b>x</b>", "Здесь могут быть буквы, пробел, дефис и апостроф"),
        ("surname", "П" * 101, "не более 100"),
        ("surname", "Петрова\x07", "невидимые управляющие знаки"),
        ("birth_date_day", "31", "Такого дня нет в календаре|birth_date_month=2"),
        ("birth_date_day", "шестое", "Укажите день цифрами"),
        ("birth_date_month", "", "Выберите месяц"),
        ("birth_date_year", "90", "Укажите год четырьмя цифрами"),
        ("birth_date_year", "1899", "Проверьте год: это было слишком давно"),
        ("birth_date_year", "2090", "Дата рождения ещё не наступила"),
        ("birth_date_year", "2020", "медицинский работник не может быть таким молодым"),
        ("sex", "X", "Выберите из списка"),
        ("region", "00", "Выберите из списка"),
        ("phone", "12", "Введите номер мобильного целиком"),
        ("phone", "+7 900 555-01-4²", "Введите номер мобильного целиком"),
        ("email", "maria.yandex.ru", "В адресе почты нет знака @"),
        ("email", "maria@", "Проверьте адрес почты"),
        ("email", "maria@yandx.ru", "Возможно, maria@yandex.ru?"),
        ("email", "m" * 250 + "@ya.ru", "не более 254"),
        ("personal_data", "", "Без согласия на обработку данных портал не может вас зарегистрировать"),
        ("human_digits", "", "Дождитесь, пока отметка станет зелёной"),
        ("human_digits", "00000x", "Цифры не те"),
    ],
)
def test_each_field_says_what_is_wrong(field: str, value: str, sentence: str) -> None:
    lists()
    wanted, _sign, more = sentence.partition("|")
    extra = dict([more.split("=")]) if more else {}

    answer = Client().post("/register/", form(**{field: value}, **extra))

    page = html.unescape(answer.content.decode())
    assert answer.status_code == 422
    assert page.count(wanted) >= 2, "in the summary and beside the field"
    assert Registration.objects.count() == 0
    if field != "surname":
        assert 'value="Петрова"' in page


@pytest.mark.django_db
def test_everything_missing_is_said_at_once() -> None:
    lists()

    page = Client().post("/register/", {}).content.decode()

    assert "Проверьте 11 полей" in page or "Проверьте 12 полей" in page


@pytest.mark.parametrize("sign", ["\u202a", "\u202e", "\u2066", "\u2069"])
def test_no_text_turns_the_direction_in_which_it_is_read(sign: str) -> None:
    with pytest.raises(ValidationError):
        LongText().clean(f"Съезд, {sign}ТЕЗ 63")

    assert LongText().clean("Съезд,\r\n\t36 ЗЕТ") == "Съезд,\r\n\t36 ЗЕТ"


@pytest.mark.parametrize("text", ["\u200b", " \n\t\u200b", "\u00ad\u2060\ufeff", "\u3164", "\u2800 \u00a0"])
def test_a_text_of_which_nothing_is_seen_is_no_text(text: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        LongText().clean(text)

    assert [error.code for error in refusal.value.error_list] == ["required"]
    assert LongText(required=False).clean(text) == ""
    assert LongText().clean(f"{text}нет") == f"{text}нет".strip()


@pytest.mark.django_db
def test_ten_megabytes_are_refused_in_our_words() -> None:
    lists()

    answer = Client().post("/register/", form(surname="П" * 10_000_000))

    assert answer.status_code == 413
    assert "Слишком много за один раз" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("login", ["", "x" * 255, "112-233-445\x0095", "no@such", "😀", "1" * 254])
def test_any_login_is_answered(login: str) -> None:
    lists()

    assert (
        Client().post("/sign-in/", {"login": login, "password": "x\x00" if "\x00" in login else "x"}).status_code == 422
    )


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/register/confirm/x/", "/recover/x/", "/e-mail/confirm/x/", "/e-mail/undo/x/"])
def test_a_foreign_link_says_so(path: str) -> None:
    lists()

    for answer in (Client().get(path), Client().post(path)):
        assert "Такой ссылки нет" in answer.content.decode()
    assert Recovery.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"kind": "education", "number": ""}, "Введите номер или отметьте"),
        ({"kind": "nonsense", "number": "1"}, "Выберите из списка"),
        ({"kind": "education", "number": "1", "issued_on_day": "1", "issued_on_month": "1", "issued_on_year": "2099"}, "День выдачи ещё не наступил"),
        (
            {"kind": "education", "number": "1", "issued_on_day": "2", "issued_on_month": "2", "issued_on_year": "2020",
             "valid_until_on_day": "1", "valid_until_on_month": "1", "valid_until_on_year": "2019"},
            "Срок документа кончается раньше выдачи",
        ),
        ({"kind": "education", "number": "1" * 61}, "не более 60"),
    ],
)  # fmt: skip
def test_a_document_that_contradicts_itself_is_not_added(values: dict[str, str], sentence: str) -> None:
    browser = signed_in(a_specialist().account)

    answer = browser.post("/specialist/documents/add/", values)

    assert answer.status_code == 422
    assert sentence in html.unescape(answer.content.decode())
    assert Document.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "content"), [("x.svg", b"<svg/>"), ("x.pdf", b""), ("x.jpg", b"\xff\xd8\xffbroken")])
def test_an_unfit_scan_keeps_the_document_out(name: str, content: bytes) -> None:
    browser = signed_in(a_specialist().account)

    answer = browser.post(
        "/specialist/documents/add/", {"kind": "education", "number": "777", "scans": SimpleUploadedFile(name, content)}
    )

    assert answer.status_code == 422
    assert 'value="777"' in answer.content.decode()
    assert Document.objects.count() == 0


@pytest.mark.django_db
def test_a_strange_document_or_letter_is_404() -> None:
    own, browser = a_specialist(), signed_in(a_specialist().account)
    owner = signed_in(own.account)
    owner.post("/specialist/documents/add/", {"kind": "education", "number": "1"})
    document = Document.objects.get()

    assert browser.post(f"/specialist/documents/{document.pk}/remove/").status_code == 404
    assert owner.post(f"/specialist/documents/{document.pk}/remove/").status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_led_elsewhere_after_sign_in(target: str) -> None:
    account = a_specialist().account
    browser = Client()

    answer = browser.post("/sign-in/", {"login": account.snils, "password": "ромашка-паром-2041-вьюга", "next": target})

    assert answer["Location"] == "/specialist/"
