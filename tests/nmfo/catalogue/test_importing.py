"""Programmes from a file: what becomes of each row, the same again, and what is in the way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.builders import a_run, a_specialty, facts, published
from tests.import_builders import a_file, a_row, as_book, as_text, checked, counts, day, report, table, written
from tests.item_builders import a_writer

from foundation.files.models import StoredFile
from nmfo.catalogue.models import Import, Item, Run, Version
from nmfo.catalogue.operations.authoring import drop_version, save_version, take_back
from nmfo.catalogue.operations.importing.refusals import ImportMoved, ImportUnderWay, ImportUnknown, NothingToWrite
from nmfo.catalogue.operations.importing.running import begin_import, cancel_import, go_on_with_import, write_import
from nmfo.catalogue.queries import facts_of, newest_version_of
from nmfo.organisations.models import Member
from nmfo.organisations.rules import NotAllowed

pytestmark = pytest.mark.django_db


def newest(key: str = "П-1") -> Version:
    return newest_version_of(Item.objects.get(source_key=key))


def test_a_check_writes_nothing_and_says_what_it_foresees() -> None:
    by = a_writer()

    batch = checked(by, a_file(a_row(), a_row(Ключ="П-2", Часы=5)))

    assert (batch.state, batch.trouble, counts(batch)) == ("checked", "", (2, 1, 0, 0, 1))
    assert report(batch) == [(2, "taken", ""), (3, "refused", "В программе от 16 до 500 часов")]
    assert [(row.column, row.written, row.item) for row in batch.report.all()] == [
        ("", False, None),
        ("Часы", False, None),
    ]
    assert Item.objects.count() == 0


def test_what_was_checked_is_written_as_drafts() -> None:
    by = a_writer()

    batch = written(by, a_file(a_row()))

    version = newest()
    said = facts_of(version)
    assert (batch.state, counts(batch), version.state) == ("done", (1, 1, 0, 0, 0), "draft")
    assert (said.title, said.hours, said.credits, said.form, said.bases) == ("Анемии в практике терапевта", 36, 36, "full_time", ("contract",))  # fmt: skip
    assert ([one.name for one in said.main_specialties], [one.name for one in said.other_specialties]) == (["Терапия"], ["Кардиология"])  # fmt: skip
    assert [(one.name, one.post) for one in said.teachers] == [("Иванова Анна Петровна", "профессор"), ("Сидоров Олег Ильич", "")]  # fmt: skip
    assert batch.report.get().item == version.item


def test_the_same_file_again_changes_nothing() -> None:
    by = a_writer()
    rows = [
        a_row(Начало=day(20), Конец=day(30), Регион="Москва"),
        a_row(Ключ="П-2", Подать="да"),
    ]
    written(by, a_file(*rows))
    before = list(Version.objects.order_by("pk").values()), list(Run.objects.values())

    again = checked(by, a_file(*rows))

    assert counts(again) == (2, 0, 0, 2, 0)
    with pytest.raises(NothingToWrite):
        write_import(batch_id=again.pk, by=by, facts=facts(), now=timezone.now())
    assert (list(Version.objects.order_by("pk").values()), list(Run.objects.values())) == before


def test_a_changed_row_changes_its_draft_and_no_other() -> None:
    by = a_writer()
    written(by, a_file(a_row(), a_row(Ключ="П-2")))

    batch = written(by, a_file(a_row(Часы=72), a_row(Ключ="П-2")))

    assert counts(batch) == (2, 0, 1, 1, 0)
    assert (newest().hours, newest("П-2").hours, newest().revision, newest("П-2").revision) == (72, 36, 1, 0)


def test_a_published_programme_gets_a_new_draft() -> None:
    by = a_writer()
    written(by, a_file(a_row()))
    published(newest())

    batch = written(by, a_file(a_row(Часы=72)))

    assert counts(batch) == (1, 0, 1, 0, 0)
    assert list(Version.objects.order_by("number").values_list("state", "hours")) == [("published", 36), ("draft", 72)]


def test_rows_of_one_key_are_runs_of_one_programme() -> None:
    by = a_writer()
    first = a_row(Начало=day(20), Конец=day(30), Регион="Москва", Места=25)
    second = {"Ключ": "П-1", "Начало": day(60), "Конец": day(70), "Регион": "77"}

    batch = written(by, a_file(first, second))
    changed = written(by, a_file(first, {**second, "Места": 10}, {**second, "Начало": day(90), "Конец": day(95)}))

    assert counts(batch) == (2, 2, 0, 0, 0)
    assert counts(changed) == (3, 1, 1, 1, 0)
    assert list(Run.objects.order_by("begins_on").values_list("seats", "region", "bases", "item__source_key")) == [
        (25, "77", ["contract"], "П-1"), (10, "77", ["contract"], "П-1"), (None, "77", ["contract"], "П-1"),
    ]  # fmt: skip


def test_a_complete_programme_is_submitted_when_asked_and_an_incomplete_one_stays_a_draft() -> None:
    by = a_writer()

    batch = written(by, a_file(a_row(Подать="да"), a_row(**{"Ключ": "П-2", "Подать": "да", "Форма обучения": ""})))

    assert [newest().state, newest("П-2").state] == ["submitted", "draft"]
    assert report(batch) == [
        (2, "taken", "Уходит на рассмотрение"),
        (3, "taken", "Черновик. Перед подачей заполните или исправьте: «Форма обучения»"),
    ]


def test_a_run_with_more_hours_a_day_than_anybody_teaches_is_taken_with_a_word_about_it() -> None:
    by, where = a_writer(), {"Регион": "77", "Заявки до": day(20)}
    of_the_same = {"Ключ": "П-1", **where}
    file: list[Mapping[str, object]] = [
        a_row(Начало=day(20), Конец=day(21), **where),  # 36 hours in two days
        {**of_the_same, "Начало": day(30), "Конец": day(30)},
        {**of_the_same, "Начало": day(40), "Конец": day(42)},
        a_row(**{"Ключ": "П-2", "Форма обучения": "", "Начало": day(20), "Конец": day(21), **where}),
        a_row(**{"Ключ": "П-3", "Подать": "да", "Начало": day(20), "Конец": day(21), **where}),
    ]
    two = "36 ч за 2 дня: это 18 ч в день. Больше 12 ч в день провести трудно, проверьте."

    foreseen = report(checked(by, a_file(*file)))
    batch = written(by, a_file(*file))

    assert counts(batch) == (5, 5, 0, 0, 0)
    assert Run.objects.count() == 5
    assert foreseen == report(batch)
    assert report(batch) == [
        (2, "taken", two),
        (
            3,
            "taken",
            "36 ч за 1 день: это 36 ч в день. Больше 12 ч в день провести трудно, проверьте.",
        ),
        (4, "taken", ""),
        (
            5,
            "taken",
            f"Черновик. Перед подачей заполните или исправьте: «Форма обучения». Поток: последний день: {two}",
        ),
        (6, "taken", f"Уходит на рассмотрение. Поток: последний день: {two}"),
    ]
    assert [reason for _line, _outcome, reason in report(checked(by, a_file(*file[:3])))] == ["", "", ""]  # as it was


def test_hours_of_a_run_are_those_of_the_version_that_is_taught() -> None:
    by, where = a_writer(), {"Начало": day(20), "Конец": day(22), "Регион": "77", "Заявки до": day(20)}
    written(by, a_file(a_row()))
    published(newest())

    batch = checked(by, a_file(a_row(Часы=72, **where)))

    assert report(batch) == [(2, "changed", "")]  # 36 hours in three days: the draft of 72 is nobody's yet


def test_what_is_under_review_is_left_alone() -> None:
    by = a_writer()
    written(by, a_file(a_row(Подать="да")))

    batch = checked(by, a_file(a_row(Часы=72)))

    assert report(batch) == [(2, "refused", "Программа на рассмотрении, и в ней написано другое. Сначала отзовите её или дождитесь решения")]  # fmt: skip


def test_a_draft_taken_back_is_submitted_again_when_asked() -> None:
    by = a_writer()
    rows = a_row(Подать="да")
    written(by, a_file(rows))
    take_back(version_id=newest().pk, by=by, facts=facts(), now=timezone.now())

    batch = written(by, a_file(rows))

    assert (counts(batch), newest().state) == ((1, 0, 1, 0, 0), "submitted")


def test_a_column_that_is_not_there_leaves_what_is_there_and_an_empty_cell_empties_it() -> None:
    by = a_writer()
    written(by, a_file(a_row()))

    written(by, a_file({"Ключ": "П-1", "Аннотация": ""}))

    said = facts_of(newest())
    assert (said.title, said.hours, said.annotation) == ("Анемии в практике терапевта", 36, "")


def test_a_given_up_programme_is_not_brought_back() -> None:
    by = a_writer()
    written(by, a_file(a_row()))
    drop_version(version_id=newest().pk, by=by, facts=facts(), now=timezone.now())

    batch = checked(by, a_file(a_row()))

    assert report(batch) == [(2, "refused", "Программа с этим ключом удалена. Дайте другой ключ")]


def test_rows_that_repeat_a_key_are_refused_with_the_line() -> None:
    by = a_writer()
    rows = [
        a_row(),
        a_row(),
        a_row(Название="Другое", Начало=day(20), Конец=day(30), Регион="77"),
        a_row(Ключ="П-2"),
        a_row(),
    ]

    batch = checked(by, a_file(*rows))

    assert [(line, outcome) for line, outcome, _reason in report(batch)] == [(2, "taken"), (3, "refused"), (4, "refused"), (5, "taken"), (6, "refused")]  # fmt: skip
    assert [reason for _line, outcome, reason in report(batch) if outcome == "refused"] == [
        "Этот ключ уже стоит в строке 2. Строки одной программы идут подряд, по одной на поток",
        "В строке 2 той же программы здесь написано другое. Оставьте пустым или напишите то же",
        "Этот ключ уже стоит в строке 2. Строки одной программы идут подряд, по одной на поток",
    ]


def test_a_refused_first_row_takes_its_runs_with_it() -> None:
    by = a_writer()
    run = {"Ключ": "П-1", "Начало": day(20), "Конец": day(30), "Регион": "77"}

    batch = checked(by, a_file(a_row(Часы="много"), run))

    assert [reason for _line, _outcome, reason in report(batch)] == ["«много» — не целое число", "Первая строка этой программы, 2, отклонена. Исправьте её"]  # fmt: skip


UNFIT: list[tuple[dict[str, object], str, str]] = [
    ({"Ключ": ""}, "Ключ", "Заполните это поле"),
    ({"Ключ": "к" * 81}, "Ключ", "В ключе не больше 80 знаков"),
    ({"Ключ": "к\0"}, "Ключ", "невидимые управляющие знаки"),
    ({"Ключ": "ПРИМЕР"}, "Ключ", "Это пример из шаблона"),
    ({"Название": "я" * 301}, "Название", "не больше 300 знаков"),
    ({"Название": "а\x07б\0"}, "Название", "невидимые управляющие знаки"),
    ({"Уровень образования": "среднее-высшее"}, "Уровень образования", "Такого варианта нет: «среднее-высшее»"),
    ({"Форма обучения": "заочно по почте"}, "Форма обучения", "Такого варианта нет"),
    ({"Основа": "даром"}, "Основа обучения", "Такого варианта нет"),
    ({"Основные специальности": "Кордиология"}, "Основные специальности", "Возможно, это «Кардиология»"),
    ({"Основные специальности": "Алхимия и звездочётство"}, "Основные специальности", "Нет специальности"),
    ({"Дополнительные специальности": "Терапия"}, "Дополнительные специальности", "«Терапия»"),
    ({"ДОТ": "иногда"}, "Дистанционные технологии (ДОТ)", "не «да» и не «нет»"),
    ({"Цена": "дорого"}, "Цена, ₽", "не целое число"),
    ({"Цена": "-5"}, "Цена, ₽", "«-5»: число меньше нуля здесь не подходит."),
    ({"Цена": 9800.5}, "Цена, ₽", "не целое число"),
    ({"Цена": "²"}, "Цена, ₽", "не целое число"),
    ({"Цена": 10_000_000}, "Цена, ₽", "1000000"),
    ({"Часы": 5}, "Часы", "от 16 до 500 часов"),
    ({"Преподаватели": ", доцент"}, "Преподаватели", "имя"),
    ({"Начало": "31.02.2027", "Конец": day(30), "Регион": "77"}, "Поток: первый день", "не дата"),
    ({"Начало": day(30), "Конец": day(20), "Регион": "77"}, "Поток: последний день", "раньше"),
    ({"Начало": day(30), "Регион": "77"}, "Поток: последний день", "Заполните"),
    ({"Начало": day(-3), "Конец": day(20), "Регион": "77"}, "Поток: первый день", "прошлом"),
    ({"Начало": day(20), "Конец": day(30)}, "Поток: регион", "регион"),
    ({"Начало": day(20), "Конец": day(30), "Регион": "Атлантида"}, "Поток: регион", "Нет региона"),
    ({"Начало": day(20), "Конец": day(30), "Регион": "77", "Места": 0}, "Поток: мест", "от 1 до"),
    ({"Начало": day(20), "Конец": day(30), "Регион": "77", "Заявки до": day(25)}, "Поток: заявки до", "первого дня"),
]


def test_each_cell_says_what_is_wrong_with_it() -> None:
    rows = [a_row(**{"Ключ": f"П-{number}", **changes}) for number, (changes, _column, _reason) in enumerate(UNFIT)]

    batch = checked(a_writer(), a_file(content=as_text(table(rows)), name="a.csv"))

    told = list(batch.report.order_by("line"))
    assert {row.outcome for row in told} == {"refused"}
    assert [row.column for row in told] == [column for _changes, column, _reason in UNFIT]
    assert [row.reason for row, (_c, _n, reason) in zip(told, UNFIT, strict=True) if reason not in row.reason] == []


READ: list[tuple[dict[str, object], str, object]] = [
    ({"Цена": "9\u00a0800 ₽"}, "price_rub", 9800),
    ({"Цена": "9 800,00"}, "price_rub", 9800),
    ({"Цена": "9800.0"}, "price_rub", 9800),
    ({"Цена": ""}, "price_rub", None),
    ({"Часы": "\u202f72 "}, "hours", 72),
    ({"Уровень образования": "ВО; СПО"}, "levels", ("higher", "secondary")),
    ({"Форма обучения": "очно-заочная"}, "form", "part_time"),
    ({"Основа": "бюджет, договор"}, "bases", ("budget", "contract")),
    ({"ДОТ": "ДА"}, "distance", True),
    ({"Название": "  Два \u00a0 слова\nи ещё  "}, "title", "Два слова и ещё"),
]


def test_numbers_and_choices_are_read_as_people_write_them() -> None:
    rows = [a_row(**{"Ключ": f"П-{number}", **changes}) for number, (changes, _field, _value) in enumerate(READ)]

    written(a_writer(), a_file(content=as_text(table(rows)), name="a.csv"))

    found = [getattr(facts_of(newest(f"П-{number}")), field) for number, (_c, field, _v) in enumerate(READ)]
    assert found == [value for _changes, _field, value in READ]


def test_specialties_are_found_without_case_and_yo_in_the_act_in_force() -> None:
    name = "Акушерство и гинекология"
    written(a_writer(), a_file(a_row(**{"Основные специальности": name.upper(), "Дополнительные специальности": ""})))

    assert [one.pk for one in facts_of(newest()).main_specialties] == [a_specialty(name).pk]


def test_days_of_a_spreadsheet_are_days() -> None:
    begins = timezone.localdate() + dt.timedelta(days=20)
    row = a_row(Начало=begins, Конец=begins + dt.timedelta(days=5), Регион="77")

    written(a_writer(), a_file(row))

    assert Run.objects.get().begins_on == begins


def test_somebody_elses_keys_are_somebody_elses() -> None:
    written(a_writer(), a_file(a_row()))

    batch = written(a_writer(), a_file(a_row(Часы=72)))

    assert counts(batch) == (1, 1, 0, 0, 0)
    assert set(Version.objects.values_list("hours", flat=True)) == {36, 72}


def test_one_file_at_a_time_and_the_same_one_twice_is_one() -> None:
    by, upload = a_writer(), a_file(a_row())
    first = begin_import(by=by, upload=upload, facts=facts(), now=timezone.now())
    upload.seek(0)

    again = begin_import(by=by, upload=upload, facts=facts(), now=timezone.now())
    with pytest.raises(ImportUnderWay):
        begin_import(by=by, upload=a_file(a_row(Часы=72)), facts=facts(), now=timezone.now())

    assert again == first
    assert ProcrastinateJob.objects.filter(task_name="catalogue.import").count() == 1
    with pytest.raises(IntegrityError, match="catalogue_one_import_under_way"), transaction.atomic():
        Import.objects.create(organisation=by.organisation, file=first.file, by=by.account, created_at=timezone.now())


def test_a_checked_file_makes_room_for_the_next_one() -> None:
    by = a_writer()
    first = checked(by, a_file(a_row()))

    second = checked(by, a_file(a_row(Часы=72)))

    first.refresh_from_db()
    assert (first.state, second.state) == ("cancelled", "checked")
    with pytest.raises(ImportMoved):
        write_import(batch_id=first.pk, by=by, facts=facts(), now=timezone.now())


def test_a_teacher_may_not_import_and_nobody_touches_a_strangers_import() -> None:
    owner, stranger = a_writer(), a_writer()
    batch = checked(owner, a_file(a_row()))

    with pytest.raises(NotAllowed):
        begin_import(by=a_writer("teacher"), upload=a_file(a_row()), facts=facts(), now=timezone.now())
    for operation in (write_import, cancel_import):
        with pytest.raises(ImportUnknown):
            operation(batch_id=batch.pk, by=stranger, facts=facts(), now=timezone.now())


def test_who_left_the_organisation_writes_nothing_any_more() -> None:
    by = a_writer()
    batch = checked(by, a_file(a_row()))
    write_import(batch_id=batch.pk, by=by, facts=facts(), now=timezone.now())
    Member.objects.filter(pk=by.pk).update(left_at=timezone.now())

    go_on_with_import(batch.pk, now=timezone.now())

    batch.refresh_from_db()
    assert (batch.state, batch.trouble) == ("failed", "Тот, кто отправил файл, больше не ведёт программы организации. Отправьте файл заново")  # fmt: skip
    assert Item.objects.count() == 0


def test_a_stopped_import_keeps_what_was_written_and_goes_no_further() -> None:
    by = a_writer()
    batch = checked(by, a_file(*[a_row(Ключ=f"П-{n}") for n in range(120)]))
    write_import(batch_id=batch.pk, by=by, facts=facts(), now=timezone.now())
    go_on_with_import(batch.pk, now=timezone.now(), slice_s=0)

    cancel_import(batch_id=batch.pk, by=by, facts=facts(), now=timezone.now())
    go_on_with_import(batch.pk, now=timezone.now())

    batch.refresh_from_db()
    assert (batch.state, batch.done, Item.objects.count()) == ("cancelled", 50, 50)


def test_slices_go_on_where_the_last_one_stopped_and_twice_at_once_is_once() -> None:
    by = a_writer()
    batch = begin_import(
        by=by, upload=a_file(*[a_row(Ключ=f"П-{n}") for n in range(120)]), facts=facts(), now=timezone.now()
    )
    for _slice in range(4):
        go_on_with_import(batch.pk, now=timezone.now(), slice_s=0)
        go_on_with_import(batch.pk, now=timezone.now(), slice_s=0)
    batch.refresh_from_db()

    assert (batch.state, counts(batch), batch.report.count()) == ("checked", (120, 120, 0, 0, 0), 120)


def test_what_changed_between_check_and_writing_is_judged_anew() -> None:
    by = a_writer()
    written(by, a_file(a_row()))
    batch = checked(by, a_file(a_row(Часы=72)))
    version = newest()
    texts = replace(facts_of(version), hours=72)
    save_version(version_id=version.pk, texts=texts, revision=0, by=by, facts=facts(), now=timezone.now())

    write_import(batch_id=batch.pk, by=by, facts=facts(), now=timezone.now())
    go_on_with_import(batch.pk, now=timezone.now())

    batch.refresh_from_db()
    assert (batch.state, counts(batch)) == ("done", (1, 0, 0, 1, 0))


def test_a_run_that_is_over_is_not_changed() -> None:
    by = a_writer()
    written(by, a_file(a_row()))
    today = timezone.localdate()
    a_run(published(newest()), source_key="2020", begins_on=today - dt.timedelta(days=9), ends_on=today - dt.timedelta(days=2), apply_until_on=today - dt.timedelta(days=9))  # fmt: skip

    batch = checked(by, a_file(a_row(**{"Ключ потока": "2020", "Места": 5})))

    assert report(batch)[0][:2] == (2, "refused")
    assert "изменить его нельзя" in report(batch)[0][2]


def test_counts_that_do_not_balance_are_refused_by_the_database() -> None:
    batch = written(a_writer(), a_file(a_row()))

    with pytest.raises(IntegrityError, match="catalogue_import_balances"), transaction.atomic():
        Import.objects.filter(pk=batch.pk).update(taken=5)


def test_a_file_that_is_refused_leaves_no_trace() -> None:
    by = a_writer()

    with pytest.raises(Exception, match="не таблица"):
        begin_import(by=by, upload=a_file(content=b"%PDF-1.7 %%EOF", name="a.xlsx"), facts=facts(), now=timezone.now())

    assert (Import.objects.count(), StoredFile.objects.count(), ProcrastinateJob.objects.count()) == (0, 0, 0)


WHOLE = [
    (as_text([["Ключ", "Назвние"], ["1", "x"]]), "Портал не знает этих столбцов: «Назвние». Переименуйте их или удалите"),
    (as_text([["Название"], ["x"]]), "В первой строке стоят названия столбцов; не хватает: «Ключ»"),
    (as_text([["Ключ", "key"], ["x", "y"]]), "Эти столбцы стоят дважды: «Ключ». Оставьте по одному"),
    (as_text([["Ключ", "Название"], [" ", ""]]), "Под названиями столбцов ничего нет"),
    (as_book([["Ключ"], *[[n] for n in range(20_001)]]), "В файле больше 20000 строк. Разделите его на несколько"),
    ('Ключ;Название\n1;"открыта\n'.encode(), "В строке 2 кавычка открыта и не закрыта, или ячейка бесконечно длинная. Исправьте её"),
]  # fmt: skip


def test_a_file_as_a_whole_says_what_is_wrong() -> None:
    by = a_writer()

    found = [checked(by, a_file(content=content)) for content, _sentence in WHOLE]

    assert [(one.state, one.trouble, one.report.count()) for one in found] == [("failed", sentence, 0) for _content, sentence in WHOLE]  # fmt: skip


def test_a_value_beside_the_columns_is_refused_with_it() -> None:
    batch = checked(a_writer(), a_file(content=as_text([["Ключ", ""], ["1", "лишнее"]])))

    assert report(batch) == [(2, "refused", "«лишнее» стоит в столбце без названия")]


def test_failed_imports_say_why() -> None:
    batch = checked(a_writer(), a_file(a_row()))

    with pytest.raises(IntegrityError, match="catalogue_failed_imports_say_why"), transaction.atomic():
        Import.objects.filter(pk=batch.pk).update(state="failed")
