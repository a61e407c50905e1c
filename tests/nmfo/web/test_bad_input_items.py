"""Bad input of items and runs gets a sentence beside its field, keeps what was typed, and changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.builders import an_operator, signed_in
from tests.item_builders import a_draft, a_published, a_submitted, a_writer
from tests.nmfo.catalogue.test_authoring import PDF
from tests.nmfo.web.test_items import form_of, page, read

from nmfo.catalogue.models import Item, Remark, Run, Version
from nmfo.organisations.models import Member


@pytest.fixture
def writer(db: None) -> Member:
    return a_writer()


@pytest.fixture
def author(writer: Member) -> Client:
    return signed_in(writer.account)


# By kind: what is wrong, and the sentence that says so. One browser tries them all: signing in is what costs.
WRONG: dict[str, list[tuple[dict[str, Any], str]]] = {
    "programme": [
        ({"hours": "15"}, "В программе от 16 до 500 часов"),
        ({"hours": "36,5"}, "Введите целое число цифрами"),
        ({"hours": "-36"}, "Число меньше нуля здесь не подходит."),
        ({"hours": "３６"}, "Введите целое число цифрами"),
        ({"hours": "9" * 13}, "Введите целое число цифрами"),
        ({"title": "я" * 10_000}, "не более 300"),
        ({"annotation": "я" * 20_001}, "не более 20000"),
        ({"title": "Тема\x00"}, "невидимые управляющие знаки"),
        ({"aims": "Цели\x07"}, "невидимые управляющие знаки"),
        ({"form": "by_post"}, "Выберите из списка"),
        ({"bases": ["barter"]}, "Выберите из списка"),
        ({"levels": ["none"]}, "Выберите из списка"),
        ({"main_specialties": ["999999999"]}, "Выберите из списка"),
        ({"price_rub": "1000001"}, "Здесь нужно целое число от 0 до 1000000"),
        ({"teachers_name": ["", "Ким"], "teachers_post": ["доцент", ""]}, "Укажите имя каждого"),
        ({"teachers_name": ["я" * 201], "teachers_post": [""]}, "не больше 200 знаков"),
        ({"teachers_name": ["Ким\x00"], "teachers_post": [""]}, "невидимые управляющие знаки"),
        ({"new_files": SimpleUploadedFile("план.exe", b"MZ")}, "нужен PDF, JPEG или PNG"),
        ({"new_files": SimpleUploadedFile("план.pdf", b"")}, "пуст"),
        ({"new_files": SimpleUploadedFile("план.pdf", PDF + b"/Encrypt")}, "защищён паролем"),
    ],
    "event": [
        ({"begins_on": "31.02.2027"}, "Такого дня нет в календаре"),
        ({"begins_on": "завтра"}, "Напишите дату так"),
        ({"begins_time": "25:00"}, "Такого времени не бывает"),
        ({"begins_time": ""}, "Укажите и время"),
        ({"zone": ""}, "Выберите часовой пояс"),
        ({"zone": "../../etc/passwd"}, "Выберите из списка"),
        ({"ends_on": "2026-11-26"}, "Мероприятие кончается раньше, чем начинается"),
        ({"ends_on": "9999-12-31"}, "До мероприятия больше пяти лет"),
        ({"link": "javascript:alert(1)"}, "должен начинаться с https://"),
        ({"presence_percent": "101"}, "Здесь нужно целое число от 1 до 100"),
        ({"seats": "0"}, "Здесь нужно целое число от 1 до 100000"),
        ({"region": "00"}, "Выберите из списка"),
    ],
    "module": [
        ({"credits": "3"}, "полагается не больше 2 ЗЕТ"),
        ({"minutes": "1441"}, "Здесь нужно целое число от 1 до 1440"),
    ],
}


@pytest.mark.parametrize("kind", WRONG)
def test_each_field_says_what_is_wrong(writer: Member, author: Client, kind: str) -> None:
    draft = a_draft(writer, kind)
    before, found = read(draft), []

    for change, sentence in WRONG[kind]:
        answer = author.post(
            f"/organisation/items/{draft.item_id}/edit/", {**form_of(before, 0, place="Зал, где темно"), **change}
        )
        shown = page(answer)
        said = shown.count(sentence) >= 2  # in the summary and beside the field
        kept = kind != "event" or 'value="Зал, где темно"' in shown
        if (answer.status_code, said, kept) != (422, True, True):
            found.append((change, answer.status_code, said, kept))

    assert found == []
    assert read(draft) == before
    assert Version.objects.get().revision == 0


def test_everything_wrong_is_said_at_once(writer: Member, author: Client) -> None:
    draft = a_draft(writer, "event")

    answer = author.post(
        f"/organisation/items/{draft.item_id}/edit/",
        form_of(read(draft), 0, seats="0", presence_percent="101", link="ftp://x", ends_on="2026-11-26", title="Моё"),
    )

    shown = page(answer)
    assert "Проверьте 4 поля" in shown
    assert 'value="Моё"' in shown


def test_a_published_version_is_not_written_in(writer: Member, author: Client) -> None:
    item = a_published(writer, an_operator())
    version = item.versions.get()

    answer = author.post(f"/organisation/items/{item.pk}/edit/", form_of(read(version), 0, title="Подмена"))

    assert answer.status_code == 422
    assert "Опубликованная версия не меняется" in page(answer)
    assert 'value="Подмена"' in page(answer), "what was typed is not lost"
    version.refresh_from_db()
    assert version.title != "Подмена"


def test_what_was_submitted_meanwhile_is_not_written_in_and_nothing_typed_is_lost(
    writer: Member, author: Client
) -> None:
    version = a_submitted(writer)

    answer = author.post(f"/organisation/items/{version.item_id}/edit/", form_of(read(version), 0, title="Позднее"))

    assert answer.status_code == 422
    assert 'value="Позднее"' in page(answer)
    assert read(version).title != "Позднее"


def test_what_is_not_there_is_not_found(writer: Member, author: Client) -> None:
    draft = a_draft(writer)
    numbers = ("0", "7", "x", "-1", "9" * 30, "٣")
    paths = [f"{draft.item_id}/preview/?version={number}" for number in numbers]
    paths += ["new/degree/", "0/", f"{'9' * 24}/", "1/runs/999999999999999999/", f"{draft.item_id}/files/{'9' * 24}/"]

    found = {path: author.get(f"/organisation/items/{path}").status_code for path in paths}

    assert found == dict.fromkeys(paths, 404)


def test_any_query_of_the_lists_is_answered(writer: Member, author: Client) -> None:
    a_draft(writer)
    for query in ("q=%00", "q=" + "я" * 3000, "tab=x&kind=y&page=zz", "page=999999999999", "q=%25_%27%22", "page=-3"):
        assert author.get(f"/organisation/items/?{query}").status_code == 200
        assert author.get(f"/organisation/runs/?{query}").status_code == 200


def test_any_query_of_the_operators_lists_is_answered(db: None) -> None:
    desk = signed_in(an_operator())

    for query in ("kind=x&page=-3", "page=x", "q=%25_%27%22"):
        assert desk.get(f"/operator/reviews/?{query}").status_code == 200
        assert desk.get(f"/operator/items/?{query}").status_code == 200
    for query in ("q=%00", "q=" + "я" * 3000):
        assert desk.get(f"/operator/items/?{query}").status_code == 422


def test_a_new_item_needs_a_title_that_fits(writer: Member, author: Client) -> None:
    for title, sentence in (("", "Напишите название"), ("я" * 301, "не более 300"), ("я\x00", "невидимые управляющие")):
        answer = author.post("/organisation/items/new/module/", {"title": title, "form_key": "k"})
        assert answer.status_code == 422
        assert page(answer).count(sentence) >= 2
    assert author.post("/organisation/items/new/module/", {"title": "Тема", "form_key": "k" * 65}).status_code == 422
    assert not Item.objects.exists()


def test_a_preview_of_any_text_is_answered(author: Client) -> None:
    for text, status in (("x\x00", 400), ("я" * 100_000, 200), ("", 200), ("[x](javascript:1)", 200)):
        assert author.post("/organisation/items/text-preview/", {"text": text}).status_code == status


def test_a_remark_that_makes_no_sense_is_refused(writer: Member) -> None:
    version, desk = a_submitted(writer), signed_in(an_operator())

    for sent, sentence in (
        ({"field": "aims", "text": ""}, "Напишите, что изменить"),
        ({"field": "salary", "text": "x"}, "Выберите из списка"),
        ({"field": "aims", "text": "x\x00"}, "невидимые управляющие знаки"),
        ({"field": "aims", "text": "я" * 2001}, "не более 2000"),
    ):
        answer = desk.post(f"/operator/reviews/{version.pk}/", sent)
        assert answer.status_code == 422
        assert page(answer).count(sentence) >= 2

    assert not Remark.objects.exists()


def test_a_revision_that_makes_no_sense_writes_over_nobody(writer: Member, author: Client) -> None:
    draft = a_draft(writer)
    path = f"/organisation/items/{draft.item_id}/edit/"
    author.post(path, form_of(read(draft), 0, title="Первое"))

    for revision in ("", "x", "-1", "9" * 40):
        answer = author.post(path, {**form_of(read(draft), 0, title="Второе"), "revision": revision})
        assert answer.status_code == 422

    assert read(draft).title == "Первое"


def test_reasons_are_wanted(writer: Member, author: Client) -> None:
    item = a_published(writer, an_operator())
    for reason in ("", " ", "я" * 1001, "x\x00"):
        assert author.post(f"/organisation/items/{item.pk}/withdraw/", {"reason": reason}).status_code == 422
    assert Item.objects.get().state == "published"
    assert not Run.objects.exists()
