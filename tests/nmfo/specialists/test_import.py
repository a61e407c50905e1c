"""The register's import: row by row, balanced, again = no change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.utils import timezone
from tests.builders import a_snils, a_specialist

from nmfo.specialists.models import ImportReport, RegisterPerson, RegisterRow
from nmfo.specialists.operations.importing import FileRefused, import_register
from nmfo.specialists.queries import register_rows_of


def person(**values: object) -> dict[str, object]:
    given = {
        "oid": f"o{values.get('snils', '')}", "snils": a_snils(), "surname": "Иванова", "first_name": "Анна", "birth_date": "1985-03-08",
        "certificate": [{"id": "c1", "title": "Сертификат", "specialty": "Терапия", "number": "1", "begins_on": "01.02.2020", "ends_on": "2025-02-01"}],
    }  # fmt: skip
    return {**given, **values}


def lines(tmp_path: Path, *rows: object) -> Path:
    path = tmp_path / "register.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows))
    return path


def counts(report: ImportReport) -> tuple[int, ...]:
    return report.lines, report.taken, report.changed, report.unchanged, report.refused


@pytest.mark.django_db
def test_again_changes_nothing_and_a_change_is_taken(tmp_path: Path) -> None:
    one, other = person(oid="1"), person(oid="2")
    now = timezone.now()

    assert counts(import_register(lines(tmp_path, one, other), now=now)) == (2, 2, 0, 0, 0)
    before = list(RegisterRow.objects.values_list("pk", flat=True))
    assert counts(import_register(lines(tmp_path, one, other), now=now)) == (2, 0, 0, 2, 0)
    assert list(RegisterRow.objects.values_list("pk", flat=True)) == before
    assert counts(import_register(lines(tmp_path, one, {**other, "surname": "Новая"}), now=now)) == (2, 0, 1, 1, 0)


@pytest.mark.django_db
def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    report = import_register(lines(tmp_path, person(oid="1")), dry_run=True, now=timezone.now())

    assert counts(report) == (1, 1, 0, 0, 0)
    assert RegisterPerson.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (person(oid="x", snils="112-233-445 59"), "snils"),
        (person(oid="x", surname=""), "surname: не заполнено"),
        (person(oid="x", birth_date="31.02.1985"), "не дата"),
        (person(oid="x", birth_date="1700-01-01"), "не дата"),
        (person(oid="x", surname="Ива\x00нова"), "NUL"),
        (person(oid="x", certificate="no"), "нужен список объектов"),
        (
            person(oid="x", certificate=[{"id": "1", "begins_on": "2020-01-02", "ends_on": "2020-01-01"}]),
            "кончается раньше, чем начинается",
        ),
        (person(oid="x", certificate=[{"id": "1"}, {"id": "1"}]), "встречается дважды"),
        ('{"oid": "x", "snils"', "не является целым JSON"),
        ('"text"', "не является объектом JSON"),
        ("[" * 5000, "не является целым JSON"),
        (person(oid="x", surname="И" * 101), "больше 100 знаков"),
        (person(oid="x", birth_date="2050-01-01"), "этот день ещё не наступил"),
        (person(oid="x", hobby="нет"), "неизвестные поля: hobby"),
        (person(oid="x", certificate=[{"id": "1", "post": "врач"}]), "неизвестные поля: certificate.post"),
        (person(oid="1"), "человек 1 встречается в файле дважды"),
    ],
)
def test_a_broken_line_is_refused_alone_with_its_number(tmp_path: Path, row: object, reason: str) -> None:
    report = import_register(lines(tmp_path, person(oid="1"), row, person(oid="2")), now=timezone.now())

    assert counts(report) == (3, 2, 0, 0, 1)
    assert report.refusals[0]["line"] == 2
    assert reason in report.refusals[0]["reason"]


@pytest.mark.django_db
def test_csv_with_another_encoding_is_refused_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    head = "oid;snils;surname;first_name;birth_date;certificate.id;certificate.number"
    good = f"1;{a_snils()};Иванова;Анна;08.03.1985;c1;77"
    path.write_bytes(
        b"\xef\xbb\xbf"
        + f"{head}\n{good}\n".encode()
        + f"2;{a_snils()};Петрова;Анна;08.03.1985;;\n".encode("cp1251")
        + b"3;1;2\n"
    )

    report = import_register(path, now=timezone.now())

    assert counts(report) == (3, 1, 0, 0, 2)
    assert [row["reason"] for row in report.refusals] == ["строка не в кодировке UTF-8", "столбцов 3 вместо 7"]
    assert RegisterRow.objects.get().number == "77"


@pytest.mark.django_db
def test_a_file_without_its_columns_is_refused_whole(tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    path.write_text("a;b\n1;2\n")

    with pytest.raises(FileRefused, match="нет столбцов: oid"):
        import_register(path, now=timezone.now())


@pytest.mark.django_db
@pytest.mark.parametrize("difference", [{}, {"surname": "Другая"}, {"birth_date": "1985-03-09"}])
def test_only_a_certain_match_is_shown(tmp_path: Path, difference: dict[str, str]) -> None:
    specialist = a_specialist()
    import_register(lines(tmp_path, person(oid="1", snils=specialist.account.snils, **difference)), now=timezone.now())

    assert len(register_rows_of(specialist)) == (0 if difference else 1)


@pytest.mark.django_db
def test_lines_of_one_person_are_several_rows_and_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    number = a_snils()
    head = "oid,snils,surname,first_name,birth_date,certificate.id,certificate.title"
    line = f"1,{number},Иванова,Анна,1985-03-08"
    path.write_text(f'{head}\n{line},c1,"Сертификат\nпервый"\n{line},c2,Второй\n')

    first, again = (import_register(path, now=timezone.now()) for _time in range(2))

    assert (counts(first), counts(again)) == ((1, 1, 0, 0, 0), (1, 0, 0, 1, 0))
    assert sorted(RegisterRow.objects.values_list("title", flat=True)) == ["Второй", "Сертификат первый"]


@pytest.mark.django_db
def test_an_unknown_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    path.write_text("oid,snils,surname,first_name,birth_date,employment.position\n")

    with pytest.raises(FileRefused, match=r"неизвестные столбцы: employment\.position"):
        import_register(path, now=timezone.now())
