"""The file for ФИС ФРДО: its columns, its words, and what the check says of a row."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from tests.builders import a_specialist, facts
from tests.enrolment_builders import a_registrar, a_result, a_run_of, an_application, enrolled, over

from foundation.files.spreadsheets import XLSX, open_table
from nmfo.catalogue.models import Run
from nmfo.enrolment.frdo import COLUMNS, as_workbook, row_of
from nmfo.enrolment.models import Completion
from nmfo.enrolment.operations.completing import complete_application
from nmfo.enrolment.queries import completions_of, diplomas_of
from nmfo.organisations.models import Member
from nmfo.specialists.models import Document, Specialist

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
ENDED = timezone.localdate() - 6 * DAY
ISSUED = ENDED + DAY


def a_diploma(specialist: Specialist, **values: Any) -> Document:
    document = Document(specialist=specialist, kind="education", trust="word", created_at=timezone.now())
    document.series, document.number = "ВСГ", "1234567"
    document.education_level_id = "specialist"
    for name, value in values.items():
        setattr(document, name, value)
    document.save(force_insert=True)
    return document


def completed(by: Member, specialist: Specialist | None = None, **changes: Any) -> Completion:
    run = a_run_of(by)
    row = enrolled(an_application(run, specialist), by, number=f"{run.pk}-к")
    over(run)
    Run.objects.filter(pk=run.pk).update(begins_on=ENDED - 10 * DAY, ends_on=ENDED, apply_until_on=ENDED - 10 * DAY)
    days = {"attested_on": ENDED, "issued_on": ISSUED}
    complete_application(
        application_id=row.pk,
        seen=None,
        result=a_result(**{**days, **changes}),
        by=by,
        facts=facts(),
        now=timezone.now(),
    )
    return completions_of(by.organisation).get(application=row)


def named(made: Completion, diploma: Document | None) -> dict[str, str]:
    return dict(zip(COLUMNS, row_of(made, diploma).cells, strict=True))


def test_a_row_says_what_the_register_wants_in_its_words() -> None:
    person = a_specialist()
    made = completed(a_registrar(), person)

    row = named(made, a_diploma(person))

    account = person.account
    assert {name: text for name, text in row.items() if text} == {
        "Вид документа": "Удостоверение о повышении квалификации",
        "Статус документа": "Оригинал",
        "Подтверждение утраты": "Нет",
        "Подтверждение обмена": "Нет",
        "Подтверждение уничтожения": "Нет",
        "Серия документа": "ПК",
        "Номер документа": "772400123456",
        "Дата выдачи документа": f"{ISSUED:%d.%m.%Y}",
        "Регистрационный номер": "118/26",
        "Дополнительная профессиональная программа (повышение квалификации/ профессиональная переподготовка)": "Повышение квалификации",
        "Наименование дополнительной профессиональной программы": "Избранные вопросы терапии",
        "Наименование области профессиональной деятельности": "Здравоохранение",
        "Наименование квалификации, профессии, специальности": "Терапия",
        "Уровень образования ВО/СПО": "Высшее образование",
        "Фамилия указанная в дипломе о ВО или СПО": "Иванова",
        "Серия документа о ВО/СПО": "ВСГ",
        "Номер документа о ВО/СПО": "1234567",
        "Год начала обучения (для документа о квалификации)": str((ENDED - 10 * DAY).year),
        "Год окончания обучения (для документа о квалификации)": str(ENDED.year),
        "Срок обучения, часов (для документа о квалификации)": "36",
        "Фамилия получателя": "Иванова",
        "Имя получателя": "Анна",
        "Отчество получателя": "Петровна",
        "Дата рождения получателя": "08.03.1985",
        "Пол получателя": "Жен",
        "СНИЛС": f"{account.snils[:3]}-{account.snils[3:6]}-{account.snils[6:9]} {account.snils[9:]}",
        "Форма обучения": "Очная",
        "Источник финансирования обучения": "Платное обучение",
        "Форма получения образования на момент прекращения образовательных отношений": "в образовательной организации",
        "Гражданство получателя (код страны по ОКСМ)": "643",
    }
    assert row_of(made, a_diploma(person)).problems == ()


def test_columns_stand_where_a_numbered_list_of_the_template_has_them() -> None:
    places = {name: place for place, name in enumerate(COLUMNS, 1)}

    assert len(COLUMNS) == len(places) == 40
    assert (places["Дата выдачи документа"], places["Серия документа о ВО/СПО"], places["СНИЛС"]) == (8, 17, 27)
    assert places["Гражданство получателя (код страны по ОКСМ)"] == 31
    assert places["Наименование документа об образовании (оригинала)"] == 32
    assert places["Отчество получателя (оригинала)"] == 39
    assert places["Номер документа для изменения"] == 40


def test_the_file_has_the_columns_and_keeps_numbers_as_text() -> None:
    made = completed(a_registrar(), number="000012345678")

    table = open_table(as_workbook([row_of(made, None)]), XLSX)
    header, row = list(table.rows())

    assert header.cells == COLUMNS
    assert row.cells[6] == "000012345678"


@pytest.mark.parametrize(
    ("account", "diploma", "says"),
    [
        ({}, None, "нет документа об образовании"),
        ({}, {"number": ""}, "нет номера"),
        ({"surname": "Ивановa"}, {}, "смешаны русские и латинские буквы"),
        ({"surname": "Ivanova"}, {}, "не русскими буквами"),
        ({"birth_date": dt.date(2020, 1, 1)}, {}, "меньше четырнадцати лет"),
    ],
)
def test_each_trouble_of_a_row_has_its_sentence(
    account: dict[str, Any], diploma: dict[str, Any] | None, says: str
) -> None:
    person = a_specialist(**account)
    made = completed(a_registrar(), person)

    problems = row_of(made, a_diploma(person, **diploma) if diploma is not None else None).problems

    assert len(problems) == 1
    assert says in problems[0]


def test_invisible_signs_do_not_reach_the_file() -> None:
    person = a_specialist(surname="Ива\u200bнова", patronymic="")
    made = completed(a_registrar(), person)

    row = named(made, a_diploma(person))

    assert (row["Фамилия получателя"], row["Отчество получателя"]) == ("Иванова", "нет")


def test_documents_are_found_by_the_days_of_issue_inclusive() -> None:
    by, other = a_registrar(), a_registrar()
    made = completed(by)
    completed(other)

    assert list(completions_of(by.organisation, since=ISSUED, until=ISSUED)) == [made]
    assert not completions_of(by.organisation, since=ISSUED + DAY).exists()
    assert not completions_of(by.organisation, until=ISSUED - DAY).exists()


def test_the_newest_diploma_counts() -> None:
    person = a_specialist()
    a_diploma(person, issued_on=dt.date(2001, 1, 1))
    newest = a_diploma(person, issued_on=dt.date(2015, 1, 1))

    assert diplomas_of([person.pk]) == {person.pk: newest}
