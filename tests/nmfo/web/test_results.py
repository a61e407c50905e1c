"""Results through the organisation's pages: from the order to the удостоверение, tables, the register's file."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from tests.builders import a_specialist, facts, signed_in
from tests.enrolment_builders import (
    DAY,
    a_registrar,
    a_result,
    a_run_of,
    an_application,
    enrolled,
    over,
)
from tests.nmfo.web.test_inbox import named, page, state
from tests.nmfo.web.test_statements_items import statements

from foundation.audit.models import Entry
from foundation.files.spreadsheets import XLSX, open_table
from foundation.files.tables import as_csv
from nmfo.catalogue.models import Run
from nmfo.credits.models import LedgerEntry
from nmfo.enrolment.models import Completion, FrdoRecord
from nmfo.enrolment.operations.completing import complete_application
from nmfo.enrolment.result_files import names
from nmfo.organisations.models import Member

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(by: Member) -> Client:
    return signed_in(by.account)


@pytest.fixture
def by(db: None) -> Member:
    return a_registrar()


def test_a_result_is_offered_when_the_learning_is_over_with_todays_day_of_issue(by: Member, browser: Client) -> None:
    run, today = a_run_of(by), timezone.localdate()
    row = enrolled(an_application(run), by)
    paths = (f"/organisation/groups/{run.pk}/", f"/organisation/applications/{row.pk}/")
    form = f"/organisation/applications/{row.pk}/result/"

    def days(begins: int, ends: int) -> None:
        Run.objects.filter(pk=run.pk).update(
            begins_on=today + begins * DAY, ends_on=today + ends * DAY, apply_until_on=today + (begins - 5) * DAY
        )

    def issued() -> Any:
        return browser.get(form).context["form"].initial["issued_on"]

    days(-5, 3)
    assert [form in page(browser.get(path)) for path in paths] == [False, False]
    assert f"с {today + 3 * DAY:%d.%m.%Y}" in page(browser.get(paths[0]))
    assert "Результат вносят с" in page(browser.get(paths[1]))
    assert "Обучение идёт до" in page(browser.get(form))
    assert issued() == today + 3 * DAY
    for begins, ends in ((-5, 0), (-9, -4), (-60, -50)):
        days(begins, ends)
        assert [form in page(browser.get(path)) for path in paths] == [True, True]
        assert "Обучение идёт до" not in page(browser.get(form))
        assert issued() == today


def a_form() -> dict[str, str]:
    """A result as the form sends it."""
    yesterday = (timezone.localdate() - DAY).isoformat()
    return {
        "mark": "passed",
        "attested_on": yesterday,
        "series": "ПК",
        "number": "772400123456",
        "registration_number": "118/26",
        "issued_on": yesterday,
    }


@pytest.mark.parametrize(
    ("changes", "sentence", "field"),
    [
        ({"attested_on": "2020-01-01"}, "Аттестация датирована раньше начала потока", "attested_on"),
        ({"number": "12"}, "В номере удостоверения от 4 до 14 цифр", "number"),
        ({"number": ""}, "Укажите номер удостоверения", "number"),
        ({"series": "П-К"}, "В серии удостоверения только буквы и цифры", "series"),
        ({"issued_on": "2099-01-01"}, "День выдачи удостоверения ещё не наступил", "issued_on"),
        ({"mark": "odd"}, "Выберите из списка", "mark_0"),
        ({"registration_number": "???"}, "В регистрационном номере бывают", "registration_number"),
    ],
)
def test_each_mistake_of_a_result_stands_beside_its_field(
    by: Member, browser: Client, changes: dict[str, str], sentence: str, field: str
) -> None:
    run = a_run_of(by)
    row = enrolled(an_application(run), by)
    over(run)
    sent = a_form()

    answer = browser.post(f"/organisation/applications/{row.pk}/result/", {**sent, **changes})

    assert answer.status_code == 422
    text = page(answer)
    assert sentence in text
    assert f'href="#{field}"' in text
    assert not Completion.objects.exists()


def test_a_result_sent_twice_posts_once_and_says_so(by: Member, browser: Client) -> None:
    run = a_run_of(by)
    row = enrolled(an_application(run), by)
    over(run)
    sent = a_form()
    browser.post(f"/organisation/applications/{row.pk}/result/", sent)

    answer = browser.post(f"/organisation/applications/{row.pk}/result/", sent)

    assert answer.status_code == 422
    assert "Результат этого слушателя уже внесён" in page(answer)
    assert LedgerEntry.objects.count() == 1


def test_results_by_a_table_are_checked_first_and_entered_after(by: Member, browser: Client) -> None:
    run = a_run_of(by)
    row, other = (enrolled(an_application(run, a_specialist(surname=name)), by) for name in ("Соколова", "Егорова"))
    over(run)
    path, yesterday = f"/organisation/groups/{run.pk}/results/", f"{timezone.localdate() - DAY:%d.%m.%Y}"
    template = browser.get(f"{path}template/")
    assert template["Content-Disposition"] == f'attachment; filename="results-{run.pk}.xlsx"'
    content = as_csv(
        list(names().values()),
        [
            [row.number, "", "Зачтено", yesterday, "ПК", "772400123456", "1/26", yesterday],
            [other.number, "", "Зачтено", yesterday, "ПК", "12", "2/26", yesterday],
        ],
    )

    checked = browser.post(path, {"file": SimpleUploadedFile("итоги.csv", content)})
    text = page(checked)
    assert "Подходит 1 строка; пока ничего не записано" in text
    assert "В номере удостоверения от 4 до 14 цифр" in text
    assert state(row) == "enrolled"
    done = browser.post(path, {"table": checked.context["table"], "confirm": "1"})

    assert "Внесён 1 результат, баллы зачислены" in page(done)
    assert (state(row), state(other)) == ("credited", "enrolled")
    again = page(browser.post(path, {"table": checked.context["table"], "confirm": "1"}))
    assert "Ничего не внесено: ни одна строка не подходит" in again
    assert "баллы зачислены" not in again


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({}, "Выберите файл или вставьте строки"),
        ({"table": "один\tдва"}, "Не хватает: Номер заявки"),
        ({"file": SimpleUploadedFile("x.csv", b"\x00\x01")}, ""),
        ({"file": SimpleUploadedFile("x.pdf", b"%PDF-1.4")}, ""),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_in_words(
    by: Member, browser: Client, sent: dict[str, Any], sentence: str
) -> None:
    run = a_run_of(by)

    answer = browser.post(f"/organisation/groups/{run.pk}/results/", sent)

    assert answer.status_code == 422
    assert sentence in page(answer)
    wrong, right = ("table", "file") if "table" in sent else ("file", "table")
    assert f'id="{wrong}-err"' in answer.content.decode()
    assert f'id="{right}-err"' not in answer.content.decode()


def test_the_register_file_is_shown_with_its_troubles_and_taken_away(by: Member, browser: Client) -> None:
    run = a_run_of(by)
    row = enrolled(named(run, "Соколова"), by)
    over(run)
    complete_application(application_id=row.pk, seen=None, result=a_result(), by=by, facts=facts(), now=timezone.now())
    stranger = signed_in(a_registrar().account)

    shown = page(browser.get("/organisation/frdo/"))
    taken = browser.get("/organisation/frdo/file/")

    assert "Соколова Анна Петровна" in shown
    assert "нет документа об образовании" in shown
    assert taken["Content-Disposition"] == 'attachment; filename="frdo.xlsx"'
    assert [line.cells[21] for line in open_table(taken.content, XLSX).rows()] == ["Фамилия получателя", "Соколова"]
    looks = Entry.objects.filter(action="enrolment.looked_at", subject_id=row.pk).order_by("pk")
    assert [one.after["what"] for one in looks][-2:] == ["frdo", "frdo file"]
    assert "Соколова" not in page(stranger.get("/organisation/frdo/"))
    assert len(list(open_table(stranger.get("/organisation/frdo/file/").content, XLSX).rows())) == 1
    for wrong in ("since=2026-12-02&until=2026-12-01", "since=2026-99-99"):
        assert browser.get(f"/organisation/frdo/?{wrong}").status_code == 422
        answer = browser.get(f"/organisation/frdo/file/?{wrong}")
        assert (answer.status_code, answer["Location"]) == (302, f"/organisation/frdo/?{wrong}")


def test_documents_are_noted_as_entered_in_the_register_and_their_owner_sees_it(by: Member, browser: Client) -> None:
    run = a_run_of(by)
    row = enrolled(named(run, "Соколова"), by)
    over(run)
    paper = complete_application(
        application_id=row.pk, seen=None, result=a_result(), by=by, facts=facts(), now=timezone.now()
    )
    owner, stranger = signed_in(row.specialist.account), signed_in(a_registrar().account)
    assert "ещё внесёт его в ФИС ФРДО" in page(owner.get("/specialist/credits/"))
    note = {"documents": [paper.pk], "action": "note", "query": "since=2026-01-01&x=1"}

    stranger.post("/organisation/frdo/note/", note)
    assert not FrdoRecord.objects.exists()
    answers = [browser.post("/organisation/frdo/note/", note) for _twice in range(2)]

    assert [answer["Location"] for answer in answers] == ["/organisation/frdo/?since=2026-01-01"] * 2
    assert FrdoRecord.objects.get().by_id == by.account_id
    assert Entry.objects.filter(action="enrolment.frdo_noted", subject_id=row.pk).count() == 1
    assert "Организация отметила внесение в ФИС ФРДО" in page(owner.get("/specialist/credits/"))
    browser.post("/organisation/frdo/note/", {"documents": [paper.pk], "action": "back"})
    assert not FrdoRecord.objects.exists()
    assert Entry.objects.filter(action="enrolment.frdo_taken_back", subject_id=row.pk).count() == 1


@pytest.mark.parametrize("documents", [[], ["x"], ["0"], ["99999999999999999999"], ["²"]])
def test_a_note_about_nothing_says_so(by: Member, browser: Client, documents: list[str]) -> None:
    answer = browser.post("/organisation/frdo/note/", {"documents": documents, "action": "note"}, follow=True)

    assert answer.status_code == 200
    assert not FrdoRecord.objects.exists()


def test_the_register_page_costs_the_same_for_one_and_for_many(by: Member, browser: Client) -> None:
    def one(number: int) -> None:
        run = a_run_of(by)
        row = enrolled(an_application(run), by, number=f"{number}-к")
        over(run)
        result = a_result(number=f"7724000000{number:02d}")
        complete_application(application_id=row.pk, seen=None, result=result, by=by, facts=facts(), now=timezone.now())

    one(1)
    few = statements(browser, "/organisation/frdo/")
    for number in (2, 3):
        one(number)

    assert statements(browser, "/organisation/frdo/") == few <= 10
