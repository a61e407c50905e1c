"""Results of a group by a table: what the check says is what the writing does."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from tests.builders import a_specialist, facts
from tests.enrolment_builders import DAY, a_registrar, a_run_of, an_application, enrolled, over
from tests.import_builders import as_book

from foundation.files.spreadsheets import TableTooLong
from foundation.files.tables import as_csv
from foundation.mail.models import Letter
from nmfo.credits.models import LedgerEntry
from nmfo.enrolment.models import Application, ApplicationStep, Completion
from nmfo.enrolment.operations.results import check_results, enter_results
from nmfo.enrolment.queries import group_of
from nmfo.enrolment.result_files import (
    MOST_ROWS,
    HeaderUnknown,
    RowsMissing,
    RowsTooMany,
    as_text,
    names,
    rows_of_file,
    rows_of_text,
    template_of,
)
from nmfo.organisations.models import Member

pytestmark = pytest.mark.django_db
YESTERDAY = timezone.localdate() - DAY


@pytest.fixture
def by(db: None) -> Member:
    return a_registrar()


def a_group(by: Member, *surnames: str) -> list[Application]:
    run = a_run_of(by)
    rows = [enrolled(an_application(run, a_specialist(surname=name)), by) for name in surnames]
    over(run)
    return rows


def line(row: Application, number: int, **changes: str) -> list[str]:
    person = row.specialist.account
    given = {
        "application": row.number,
        "person": f"{person.surname} {person.first_name}",
        "mark": "Зачтено",
        "attested_on": f"{YESTERDAY:%d.%m.%Y}",
        "series": "ПК",
        "number": f"7724000000{number:02d}",
        "registration_number": f"{number}/26",
        "issued_on": YESTERDAY.isoformat(),
    }
    return list({**given, **changes}.values())


def a_table(*lines: list[str]) -> bytes:
    return as_csv(list(names().values()), lines)


def test_a_row_for_each_listener_and_the_check_writes_nothing(by: Member) -> None:
    people = a_group(by, "Соколова", "Егорова")
    rows = rows_of_file(a_table(*(line(row, n) for n, row in enumerate(people))))
    before = (ApplicationStep.objects.count(), Letter.objects.count())

    verdicts = check_results(run_id=people[0].run_id, rows=rows, by=by, now=timezone.now())

    assert [(one.row.line, one.application, one.why) for one in verdicts] == [(2, people[0], ()), (3, people[1], ())]
    assert not Completion.objects.exists()
    assert not LedgerEntry.objects.exists()
    assert (ApplicationStep.objects.count(), Letter.objects.count()) == before


def test_rows_that_fit_are_entered_and_the_others_stop_nothing(by: Member) -> None:
    people = a_group(by, "Соколова", "Егорова", "Ахметова", "Кузнецова", "Гусева")
    first, second, third, fourth, fifth = people
    stranger = enrolled(an_application(a_run_of(by)), by, number="9-к")
    rows = rows_of_file(
        a_table(
            line(first, 1),
            line(second, 2, attested_on="01.01.2020"),
            line(third, 1),
            line(fourth, 4, mark="сдал"),
            line(first, 6),
            line(stranger, 7),
            line(fifth, 8, person="Другая Анна"),
        )
    )

    now = timezone.now()
    for verdicts in (
        check_results(run_id=first.run_id, rows=rows, by=by, now=now),
        enter_results(run_id=first.run_id, rows=rows, by=by, facts=facts(), now=now),
    ):
        why = [" ".join(one.why) for one in verdicts]
        assert why[0] == ""
        assert why[1].startswith("Аттестация датирована раньше начала потока")
        assert why[2] == "Такие же серия и номер удостоверения стоят в строке 2."
        assert why[3].startswith("«сдал» не результат")
        assert why[4] == f"Заявка {first.number} стоит в таблице дважды: она уже есть в строке 2."
        assert why[5] == f"Заявки {stranger.number} в этой группе нет."
        assert why[6].startswith(f"Заявка {fifth.number} принадлежит другому человеку: Гусева.")
    assert list(LedgerEntry.objects.values_list("specialist", "credits")) == [(first.specialist_id, 36)]


def test_a_table_sent_twice_posts_once(by: Member) -> None:
    people = a_group(by, "Соколова")
    rows = rows_of_file(a_table(line(people[0], 1)))

    outcomes = [
        enter_results(run_id=people[0].run_id, rows=rows, by=by, facts=facts(), now=timezone.now())[0].why
        for _time in range(2)
    ]

    assert outcomes == [(), ("Результат этого слушателя уже внесён.",)]
    assert LedgerEntry.objects.count() == 1


def test_what_was_copied_reads_like_the_file_and_is_given_back_the_same(by: Member) -> None:
    people = a_group(by, "Соколова")
    rows = rows_of_file(a_table(line(people[0], 1)))

    assert rows_of_text(as_text(rows).replace("\n", "\r\n")) == rows


def test_the_template_names_those_who_wait_and_is_read_back(by: Member) -> None:
    people = a_group(by, "Соколова")
    run = people[0].run

    rows = rows_of_file(template_of(group_of(by.organisation, run)))

    assert [(one.application, one.person) for one in rows] == [(people[0].number, "Соколова Анна Петровна")]
    assert str(rows[0].trouble) == "Столбец «Результат» пуст."


def test_days_are_read_as_spreadsheets_keep_them() -> None:
    content = as_book(
        [list(names().values()), ["2026-000001", "", "Хорошо", 46370, "", "772400123456", "1/26", "14.12.2026"]]
    )

    row = rows_of_file(content)[0]

    assert (row.attested_on, row.issued_on, row.mark) == (dt.date(2026, 12, 14), dt.date(2026, 12, 14), "good")


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (as_csv(["Номер", "Имя"], [["1", "2"]]), HeaderUnknown),
        (b"x", HeaderUnknown),
    ],
)
def test_a_table_without_its_columns_is_refused_as_a_whole(content: bytes, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        rows_of_file(content)


def test_an_empty_and_an_endless_table_are_refused_as_a_whole() -> None:
    with pytest.raises(RowsMissing):
        rows_of_file(as_csv(list(names().values()), []))
    with pytest.raises(RowsTooMany):
        rows_of_file(as_csv(list(names().values()), [["x"] * 8] * 301))


def test_a_workbook_of_many_rows_is_refused_by_its_first_ones() -> None:
    """A web worker reads it while somebody waits: no row behind the 301st is looked at, whatever stands there."""
    header = list(names().values())
    few = as_book([header, *[["x"] * len(header)] * (MOST_ROWS + 1)])
    many = as_book([header, *[["x"] * len(header)] * 30_000])

    with pytest.raises(RowsTooMany):
        rows_of_file(few)
    with pytest.raises(TableTooLong):
        rows_of_file(many)
