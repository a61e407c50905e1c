"""Entering a confirmation code: typed, pasted, read off a photo; each refusal beside its field."""

from __future__ import annotations

import io
import re
import sys

import pytest
import segno
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from tests.builders import a_specialist, signed_in
from tests.credit_builders import a_batch, code_in
from tests.nmfo.web.test_credits import beside, words

from nmfo.credits.models import LedgerEntry

pytestmark = pytest.mark.django_db


def test_a_code_is_entered_and_leads_to_its_entry() -> None:
    doctor, browser = a_specialist(), Client()
    signed_in(doctor.account, browser)
    code = code_in(a_batch()).lower().replace("-", " ")

    answer = browser.post("/specialist/codes/", {"code": code})

    entry = LedgerEntry.objects.get()
    assert answer.url == f"/specialist/credits/{entry.pk}/"  # type: ignore[attr-defined]
    assert "Зачислено 3 ЗЕТ" in words(browser, answer.url)  # type: ignore[attr-defined]
    assert "Избранные вопросы терапии" in words(browser, "/specialist/codes/")


def test_a_refused_code_stays_in_the_field_with_the_reason_beside_it() -> None:
    doctor = a_specialist()

    answer = signed_in(doctor.account).post("/specialist/codes/", {"code": "пропуск-17"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="пропуск-17"' in page
    assert "Такого кода нет. Проверьте буквы О и цифры 0" in page


def photo_of(text: str) -> SimpleUploadedFile:
    picture = io.BytesIO()
    segno.make(text).save(picture, kind="png", scale=8, border=4)
    return SimpleUploadedFile("p.png", picture.getvalue(), "image/png")


def test_a_photo_fills_the_field_and_activates_nothing_by_itself() -> None:
    doctor, code = a_specialist(), code_in(a_batch())

    answer = signed_in(doctor.account).post(
        "/specialist/codes/photo/", {"photo": photo_of(f"http://localhost/specialist/codes/#{code}")}
    )

    assert answer.status_code == 200
    assert f'value="{code}"' in answer.content.decode()
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.4", "Это не картинка"),
        (b"\x89PNG\r\n\x1a\nbroken", "Это не картинка"),
        (b"", "Снимите или выберите фотографию"),
        (b"x" * (10 * 1024 * 1024 + 1), "Фотография больше 10"),
    ],
)
def test_a_photo_that_is_none_is_refused_in_words(content: bytes, said: str) -> None:
    browser = signed_in(a_specialist().account)
    given = {"photo": SimpleUploadedFile("p.png", content, "image/png")} if content else {}

    answer = browser.post("/specialist/codes/photo/", given)

    assert answer.status_code == 422
    assert said in answer.content.decode()


@pytest.mark.parametrize("kind", ["AVIF", "DDS", "SPIDER", "TIFF"])
def test_a_damaged_picture_of_a_rare_format_is_refused_in_words(kind: str) -> None:
    picture = io.BytesIO()
    Image.new("F" if kind == "SPIDER" else "RGB", (32, 32)).save(picture, kind)
    content = bytearray(picture.getvalue())
    content[20:120:7] = bytes(len(range(20, 120, 7)))
    upload = SimpleUploadedFile("p.png", bytes(content), "image/png")

    answer = signed_in(a_specialist().account).post("/specialist/codes/photo/", {"photo": upload})

    assert answer.status_code == 422
    assert "Это не картинка" in answer.content.decode()


def test_a_picture_without_a_code_says_so() -> None:
    picture = io.BytesIO()
    Image.new("RGB", (300, 300), "white").save(picture, "PNG")
    upload = SimpleUploadedFile("p.png", picture.getvalue(), "image/png")

    answer = signed_in(a_specialist().account).post("/specialist/codes/photo/", {"photo": upload})

    assert "QR-код не найден" in answer.content.decode()


def test_a_reader_of_photos_that_is_broken_asks_for_the_code_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    browser = signed_in(a_specialist().account)

    answer = browser.post("/specialist/codes/photo/", {"photo": photo_of(code_in(a_batch()))})

    assert answer.status_code == 422
    assert beside(answer.content.decode(), "photo") == "Не получилось прочитать фото сейчас. Введите код."


def test_a_picture_with_a_bomb_in_its_text_is_refused_in_words() -> None:
    words_inside, out = PngInfo(), io.BytesIO()
    words_inside.add_text("k", "a" * 80_000_000, zip=True)
    Image.new("L", (10, 10)).save(out, "PNG", pnginfo=words_inside)
    browser = signed_in(a_specialist().account)

    answer = browser.post("/specialist/codes/photo/", {"photo": SimpleUploadedFile("code.png", out.getvalue())})

    assert answer.status_code == 422
    assert "Это не картинка" in answer.content.decode()


def test_the_label_of_a_photo_leads_to_its_field() -> None:
    text = signed_in(a_specialist().account).get("/specialist/codes/").content.decode()

    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("NMO-4K7Q", "Это не весь код: после NMO в нём знаков 4, а нужно 13"),
        ("привет мир", "Это не похоже на код. Код выглядит так: NMO-4K7Q-9TGH-3XMAW"),
        ("мойкодпотерян", "Это не похоже на код."),
        ("https://nmfo.example/specialist/codes/17", "Это не похоже на код."),
        ("doctor17@example.ru", "Это не похоже на код."),
        ("AB-17/2020", "Такого кода нет. Проверьте буквы О и цифры 0. Код выглядит так: NMO-4K7Q-9TGH-3XMAW"),
        ("NMO-4K7Q-9TGH-3XMA0", "В коде опечатка: один из знаков неверен. Сверьте все знаки с письмом или листом."),
        ("NMO-4K7Q-8TGH-3XMAW", "В коде опечатка: один из знаков неверен. Сверьте все знаки с письмом или листом."),
    ],
)
def test_what_is_no_code_is_told_what_one_looks_like(text: str, said: str) -> None:
    answer = signed_in(a_specialist().account).post("/specialist/codes/", {"code": text})

    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_ones_own_used_code_is_no_error_and_leads_to_its_entry() -> None:
    doctor, batch = a_specialist(), a_batch()
    browser = signed_in(doctor.account)
    browser.post("/specialist/codes/", {"code": code_in(batch)})

    again = browser.post("/specialist/codes/", {"code": code_in(batch)})

    page = again.content.decode()
    assert again.status_code == 200
    assert "Вы уже ввели этот код" in page
    assert f'href="/specialist/credits/{LedgerEntry.objects.get().pk}/"' in page
    assert 'aria-invalid="true"' not in page
