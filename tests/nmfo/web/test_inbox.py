"""O-04, O-05, O-08: an organisation answers applications and enrols through the pages."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from tests.builders import a_specialist, an_operator, facts, signed_in
from tests.enrolment_builders import (
    DAY,
    a_draft_application,
    a_registrar,
    a_result,
    a_run_of,
    a_scan,
    accepted,
    an_application,
    confirmed,
    enrolled,
    over,
)
from tests.nmfo.web.test_statements_items import statements

from foundation.audit.models import Entry
from nmfo.catalogue.models import Run
from nmfo.credits.models import LedgerEntry
from nmfo.credits.operations.correcting import propose_reversal
from nmfo.enrolment.models import Application, Attendance, Completion, EnrolmentOrder, FrdoRecord, Message
from nmfo.enrolment.operations import applying, deciding
from nmfo.enrolment.operations.completing import complete_application
from nmfo.enrolment.operations.reversing import decide_correction
from nmfo.enrolment.operations.tending import cancel_run
from nmfo.enrolment.queries import documents_of
from nmfo.enrolment.rules import RESULT_DAYS
from nmfo.organisations.models import Member
from nmfo.web.organisation.applications import attendance, groups
from nmfo.web.parts import wording

pytestmark = pytest.mark.django_db
REASON = "Внесено однофамилице"


@pytest.fixture
def by(db: None) -> Member:
    return a_registrar()


@pytest.fixture
def browser(by: Member) -> Client:
    return signed_in(by.account)


def page(answer: Any) -> str:
    return " ".join(html.unescape(answer.content.decode()).replace("\u00a0", " ").split())


def state(row: Application) -> str:
    return Application.objects.values_list("state", flat=True).get(pk=row.pk)


def pair(row: Application) -> str:
    return f"{row.pk}:{row.revision}"


def named(run: Run, surname: str) -> Application:
    return an_application(run, a_specialist(surname=surname))


def test_the_inbox_shows_tabs_with_counts_and_rows_with_terms(by: Member, browser: Client) -> None:
    run = a_run_of(by)
    named(run, "Соколова")
    confirmed(named(run, "Егорова"), by)
    a_draft_application(run)

    text = page(browser.get("/organisation/applications/"))

    assert "Соколова А. П." in text
    assert "Егорова" not in text
    assert 'Новые<span class="count">1</span>' in text
    assert 'Основание и приказ<span class="count">1</span>' in text
    assert f"{timezone.localdate() + 5 * DAY:%d.%m.%Y}" in text


def test_looks_at_the_list_the_card_and_a_document_are_recorded(by: Member, browser: Client) -> None:
    run = a_run_of(by)
    draft = a_draft_application(run)
    applying.enclose(
        specialist=draft.specialist, application_id=draft.pk, enclosures=[a_scan()], facts=facts(), now=timezone.now()
    )
    row = applying.submit_application(
        specialist=draft.specialist, application_id=draft.pk, may_wait=False, facts=facts(), now=timezone.now()
    )
    document = documents_of(row)[0]

    browser.get("/organisation/applications/")
    browser.get(f"/organisation/applications/?open={row.pk}")
    browser.get(f"/organisation/applications/{row.pk}/")
    assert browser.get(f"/organisation/applications/{row.pk}/documents/{document.pk}/").status_code == 200

    looks = Entry.objects.filter(action="enrolment.looked_at", subject_id=row.pk, actor_id=by.account_id).order_by("pk")
    assert [one.after["what"] for one in looks] == ["list", "list", "card", "card", "document diploma"]


@pytest.mark.parametrize("query", ["соко", "Соколова", "соколова ан", "Анна Сокол", "number", "snils"])
def test_one_search_finds_by_surname_number_and_snils_in_any_tab(by: Member, browser: Client, query: str) -> None:
    run = a_run_of(by)
    row = named(run, "Соколова")
    named(run, "Егорова")
    confirmed(row, by)
    words = {"number": row.number, "snils": row.specialist.account.snils}.get(query, query)

    text = page(browser.get("/organisation/applications/", {"q": words}))

    assert "Соколова А. П." in text
    assert "Егорова А. П." not in text


def test_the_tabs_count_what_the_filters_leave_and_keep_them(by: Member, browser: Client) -> None:
    first, second = a_run_of(by), a_run_of(by)
    named(first, "Соколова")
    for surname in ("Егорова", "Ким"):
        named(second, surname)
    confirmed(named(second, "Юн"), by)

    for query in ({"run": first.pk}, {"item": first.item_id}):
        text = page(browser.get("/organisation/applications/", query))
        assert 'Новые<span class="count">1</span>' in text
        assert 'Основание и приказ<span class="count">0</span>' in text
        ((name, value),) = query.items()
        closed = re.search(r'href="([^"]*tab=closed[^"]*)"', text)
        assert closed is not None
        assert f"{name}={value}" in closed[1]
    text = page(browser.get("/organisation/applications/?basis=budget"))
    assert 'Новые<span class="count">0</span>' in text


def test_filters_of_run_programme_and_basis_leave_what_fits(by: Member, browser: Client) -> None:
    first, second = a_run_of(by), a_run_of(by)
    named(first, "Соколова")
    named(second, "Егорова")

    for query in ({"run": first.pk}, {"item": first.item_id}):
        text = page(browser.get("/organisation/applications/", query))
        assert "Соколова А. П." in text
        assert "Егорова А. П." not in text
    text = page(browser.get("/organisation/applications/?basis=budget"))
    assert "Соколова А. П." not in text
    assert "Показать всё" in text


@pytest.mark.parametrize(
    "query",
    [
        "tab=odd",
        "run=x",
        "item=-1",
        "basis=odd",
        "page=999",
        "open=999999",
        "q=%00",
        "chosen=x&chosen=1",
        "q=" + "я" * 500,
    ],
)
def test_an_address_that_makes_no_sense_still_shows_the_list(by: Member, browser: Client, query: str) -> None:
    an_application(a_run_of(by))

    assert browser.get(f"/organisation/applications/?{query}").status_code == 200


def test_many_are_approved_at_once_and_one_that_a_colleague_changed_stays_chosen(by: Member, browser: Client) -> None:
    run = a_run_of(by)
    rows = [named(run, name) for name in ("Соколова", "Егорова", "Ахметова")]
    changed = rows[1]
    deciding.take_into_work(application_id=changed.pk, seen=None, by=by, facts=facts(), now=timezone.now())

    answer = browser.post(
        "/organisation/applications/decide/",
        {"action": "accept", "query": f"tab=new&run={run.pk}", "row": [pair(row) for row in rows]},
        follow=True,
    )

    assert [state(row) for row in rows] == ["approved", "review", "approved"]
    text = page(answer)
    assert "Одобрены 2 заявки." in text
    assert f"Егорова А. П., {changed.number}: Эту заявку только что изменил коллега" in text
    assert answer.request["QUERY_STRING"] == f"tab=new&run={run.pk}&chosen={changed.pk}"
    assert "checked" in text


@pytest.mark.parametrize(("action", "ends"), [("ask", "returned"), ("refuse", "refused")])
def test_words_for_many_are_asked_on_a_page_of_their_own(by: Member, browser: Client, action: str, ends: str) -> None:
    run = a_run_of(by)
    rows = [named(run, name) for name in ("Соколова", "Егорова")]
    sent = {"action": action, "query": "tab=new", "row": [pair(row) for row in rows]}

    asked = browser.post("/organisation/applications/decide/", sent)
    assert asked.status_code == 200
    title = re.search(r"<title>(.*?)</title>", asked.content.decode(), re.DOTALL)
    assert title is not None
    assert " ," not in " ".join(title[1].split())
    assert "Соколова А. П." in page(asked)
    empty = browser.post("/organisation/applications/decide/", {**sent, "reason": " "})
    assert empty.status_code == 422
    browser.post("/organisation/applications/decide/", {**sent, "reason": "Нет диплома", "asks": "diploma"})

    assert [state(row) for row in rows] == [ends, ends]
    assert {one.text for one in Message.objects.all()} == {"Нет диплома"}


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"action": "accept"},
        {"action": "accept", "row": ["x", "1:x", "999999999:0"]},
        {"action": "odd", "row": ["1:0"]},
    ],
)
def test_a_press_without_a_choice_says_so_and_changes_nothing(
    by: Member, browser: Client, sent: dict[str, Any]
) -> None:
    row = an_application(a_run_of(by))

    answer = browser.post("/organisation/applications/decide/", sent)

    assert answer.status_code == 302
    assert state(row) == "submitted"


def test_the_rows_of_another_organisation_are_not_there(by: Member, browser: Client) -> None:
    other = a_registrar()
    run = a_run_of(other)
    row = named(run, "Соколова")
    order = enrolled(named(run, "Егорова"), other).order

    text = page(browser.get(f"/organisation/applications/?q=Соколова&open={row.pk}"))
    assert "Соколова А. П." not in text
    assert row.number not in text
    for path in (
        f"applications/{row.pk}/",
        f"applications/{row.pk}/documents/1/",
        f"applications/{row.pk}/result/",
        f"groups/{run.pk}/",
        f"groups/{run.pk}/orders/{order.pk if order else 0}/",
    ):
        assert browser.get(f"/organisation/{path}").status_code == 404, path
    for path in ("take", "accept", "return", "refuse", "basis", "expel", "write", "result"):
        assert (
            browser.post(f"/organisation/applications/{row.pk}/{path}/", {"reason": "x", "text": "x"}).status_code
            == 404
        ), path
    assert browser.post(f"/organisation/groups/{run.pk}/enrol/", {"row": pair(row)}).status_code == 404
    browser.post("/organisation/applications/decide/", {"action": "accept", "row": pair(row)})

    assert state(row) == "submitted"


@pytest.mark.parametrize("role", ["methodist", "teacher"])
def test_roles_without_the_right_are_told_so(role: str) -> None:
    by = a_registrar()
    row = an_application(a_run_of(by))
    Member.objects.filter(pk=by.pk).update(roles=[role])
    browser = signed_in(by.account)

    for path in ("applications/", f"applications/{row.pk}/", f"groups/{row.run_id}/"):
        assert browser.get(f"/organisation/{path}").status_code == 403
    assert browser.post(f"/organisation/applications/{row.pk}/accept/").status_code == 403
    assert "Заявки на обучение" not in page(browser.get("/organisation/"))


def test_from_the_card_to_the_order_and_the_result(by: Member, browser: Client) -> None:
    run = a_run_of(by)
    row = named(run, "Соколова")
    path = f"/organisation/applications/{row.pk}/"

    browser.post(f"{path}take/", {"seen": "1"})
    browser.post(f"{path}accept/", {"seen": "2"})
    wrong = browser.post(f"{path}basis/", {"seen": "3", "number": "", "on": ""})
    assert wrong.status_code == 422
    assert "Проверьте 1 поле" in page(wrong)
    assert "Укажите номер: договора" in page(wrong)
    browser.post(f"{path}basis/", {"seen": "3", "number": "Д-7", "on": "25.11.2026"})
    assert "card--flush" not in page(browser.get(f"/organisation/groups/{run.pk}/"))  # an empty one is a stray line
    today = timezone.localdate()
    answer = browser.post(
        f"/organisation/groups/{run.pk}/enrol/",
        {"row": f"{row.pk}:4", "number": "118-к", "issued_on": today.isoformat()},
        follow=True,
    )
    assert "Приказом № 118-к зачислен 1 слушатель." in page(answer)
    order = EnrolmentOrder.objects.get()
    assert "Соколова Анна Петровна" in page(browser.get(f"/organisation/groups/{run.pk}/orders/{order.pk}/"))
    over(run)
    sent = {
        "seen": "5",
        "mark": "passed",
        "attested_on": (today - DAY).isoformat(),
        "series": "ПК",
        "number": "772400123456",
        "registration_number": "118/26",
        "issued_on": (today - DAY).isoformat(),
    }
    answer = browser.post(f"{path}result/", sent, follow=True)

    assert "Результат внесён, слушателю зачислено 36 ЗЕТ." in page(answer)
    assert state(row) == "credited"
    assert LedgerEntry.objects.get().specialist_id == row.specialist_id


def test_a_large_group_is_turned_over_page_by_page(
    by: Member, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "PAGE", 2)
    monkeypatch.setattr(attendance, "PAGE", 2)
    run = a_run_of(by)
    people = [named(run, name) for name in ("Абрамова", "Борисова", "Яковлева")]
    for number, row in enumerate(people):
        enrolled(row, by, number=f"{number}-к")
    over(run)
    home = f"/organisation/groups/{run.pk}/"

    shown = [page(browser.get(f"{home}{which}")) for which in ("", "?page=2", "attendance/", "attendance/?page=2")]

    assert [["Абрамова" in text, "Яковлева" in text] for text in shown] == [[True, False], [False, True]] * 2
    assert all("Стр. 1 из 2" in text or "Страница 1 из 2" in text for text in (shown[0], shown[2]))
    last = people[2]
    marks = {"day": f"{run.ends_on:%Y-%m-%d}", f"was-{last.pk}": "", f"there-{last.pk}": "1"}
    answer = browser.post(f"{home}attendance/?page=2", marks)
    assert answer["Location"].endswith("&page=2")
    assert Attendance.objects.get().application_id == last.pk


def test_marks_of_attendance_are_offered_while_somebody_can_be_marked(by: Member, browser: Client) -> None:
    run = a_run_of(by)
    row = enrolled(named(run, "Абрамова"), by)
    over(run)
    home = f"/organisation/groups/{run.pk}/"
    learning, day = page(browser.get(home)), page(browser.get(f"{home}attendance/"))
    browser.post(f"{home}attendance/", {"day": f"{run.ends_on:%Y-%m-%d}", f"was-{row.pk}": "", f"there-{row.pk}": "1"})

    complete_application(application_id=row.pk, seen=None, result=a_result(), by=by, facts=facts(), now=timezone.now())
    done, no_day = page(browser.get(home)), page(browser.get(f"{home}attendance/"))
    Application.objects.filter(pk=row.pk).update(state="reversed")
    again = page(browser.get(home))

    assert all(f'href="{home}attendance/"' in shown for shown in (learning, again))
    assert f'href="{home}attendance/"' not in done
    assert "пока нет результата. Здесь у всех уже есть результат." in done
    assert "Здесь у всех уже есть результат" not in learning + again
    assert 'type="date"' in day
    assert 'type="date"' not in no_day
    assert f"{run.ends_on:%d.%m.%Y}" in no_day
    assert "?day=" not in no_day


def test_whom_an_order_waits_for_come_first_and_the_whole_order_is_one_sheet(
    by: Member, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "PAGE", 2)
    run = a_run_of(by)
    learning = [named(run, name) for name in ("Абрамова", "Борисова", "Власова")]
    for row in learning:
        confirmed(row, by)
    chosen = {"row": [f"{row.pk}:3" for row in learning[:2]], "number": "118-к", "issued_on": f"{timezone.localdate()}"}
    browser.post(f"/organisation/groups/{run.pk}/enrol/", chosen)
    first = page(browser.get(f"/organisation/groups/{run.pk}/"))
    assert "Власова" in first
    browser.post(f"/organisation/groups/{run.pk}/enrol/", {**chosen, "row": f"{learning[2].pk}:3"})

    sheet = page(browser.get(f"/organisation/groups/{run.pk}/orders/{EnrolmentOrder.objects.get().pk}/"))

    assert all(name in sheet for name in ("Абрамова", "Борисова", "Власова"))


def test_an_order_after_the_run_asks_why(by: Member, browser: Client) -> None:
    run = a_run_of(by)
    row = confirmed(named(run, "Соколова"), by)
    home, why = f"/organisation/groups/{run.pk}/", "Почему приказ внесён после окончания потока"
    assert why not in page(browser.get(home))
    over(run)
    Application.objects.filter(pk=row.pk).update(submitted_at=timezone.now() - 20 * DAY)
    sent = {"row": f"{row.pk}:3", "number": "118-к", "issued_on": f"{run.begins_on}"}

    answer = browser.post(f"{home}enrol/", sent)

    assert why in page(browser.get(home))
    assert answer.status_code == 422
    assert "Напишите, почему приказ внесён только сейчас" in page(answer)
    browser.post(f"{home}enrol/", {**sent, "reason": "Приказ нашёлся при сверке"})
    assert state(row) == "enrolled"


def test_the_date_of_a_contract_has_come_and_can_be_put_right(by: Member, browser: Client) -> None:
    row = accepted(named(a_run_of(by), "Соколова"), by)
    home, today = f"/organisation/applications/{row.pk}/", timezone.localdate()
    sent = {"seen": "2", "number": "Д-7", "on": "01.01.2040"}

    wrong = browser.post(f"{home}basis/", sent)
    assert wrong.status_code == 422
    assert "ещё не наступила" in page(wrong)
    browser.post(f"{home}basis/", {**sent, "on": f"{today - DAY}"})
    assert "Исправить основание" in page(browser.get(home))
    answer = browser.post(
        f"{home}basis/", {"seen": "3", "number": "Д-8", "on": f"{today}", "correct": "1"}, follow=True
    )

    assert "Основание исправлено." in page(answer)
    row.refresh_from_db()
    assert (row.state, row.basis_number, row.basis_on) == ("confirmed", "Д-8", today)
    told = Entry.objects.get(action="enrolment.basis_corrected")
    assert (told.before, told.after) == ({"on": f"{today - DAY}"}, {"on": f"{today}", "number": "another one"})


@pytest.mark.parametrize("seen", ["", "1"])
def test_a_basis_is_put_right_until_there_is_a_result(seen: str, by: Member, browser: Client) -> None:
    row = enrolled(named(a_run_of(by), "Соколова"), by)
    home = f"/organisation/applications/{row.pk}/"
    said = {"seen": seen, "number": "Д-8", "on": f"{timezone.localdate()}", "correct": "1"}

    answer = browser.post(f"{home}basis/", said)

    assert answer.status_code == (422 if seen else 302)  # a colleague has changed it since
    over(row.run)
    complete_application(application_id=row.pk, seen=None, result=a_result(), by=by, facts=facts(), now=timezone.now())
    assert "Исправить основание" not in page(browser.get(home))
    assert "Зачтено" in page(browser.post(f"{home}basis/", {**said, "seen": ""}))


def test_seats_of_a_run_agree_with_the_list_of_its_group(by: Member, browser: Client) -> None:
    run = a_run_of(by, seats=30)
    for number in range(2):
        enrolled(an_application(run), by, number=f"{number}-к")
    confirmed(an_application(run), by)
    for _more in range(3):
        an_application(run)

    text = page(browser.get(f"/organisation/groups/{run.pk}/"))

    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))
    assert "Места занято 6 из 30 В группе 3 Занимают место, но ещё не в группе 3 заявки без решения" in words
    assert f"/organisation/applications/?run={run.pk}" in text


def test_as_many_applications_wait_as_the_list_of_the_link_shows(by: Member, browser: Client) -> None:
    run = a_run_of(by, seats=30)
    for _one in range(2):
        an_application(run)
    deciding.return_application(
        application_id=an_application(run).pk,
        seen=None,
        asks="diploma",
        text="Пришлите диплом.",
        by=by,
        facts=facts(),
        now=timezone.now(),
    )
    Run.objects.filter(pk=run.pk).update(taken=25)  # also those who applied elsewhere

    text = page(browser.get(f"/organisation/groups/{run.pk}/"))
    lists = [f"/organisation/applications/?run={run.pk}", f"/organisation/applications/?tab=returned&run={run.pk}"]

    assert [words in text for words in ("2 заявки без решения", "1 возвращённая заявка")] == [True, True]
    assert [f'href="{path}"' in text for path in lists] == [True, True]
    assert [len(browser.get(path).context["rows"]) for path in lists] == [2, 1]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"number": ""}, "Укажите номер приказа"),
        ({"number": ";"}, "В номере приказа бывают"),
        ({"issued_on": "2020-01-01"}, "Приказ датирован раньше"),
        ({"issued_on": "2099-01-01"}, "Дата приказа ещё не наступила"),
        ({"row": []}, "Выберите хотя бы одну заявку"),
    ],
)
def test_each_mistake_of_an_order_has_its_sentence(
    by: Member, browser: Client, changes: dict[str, Any], sentence: str
) -> None:
    run = a_run_of(by)
    row = confirmed(an_application(run), by)
    sent = {"row": [pair(row)], "number": "118-к", "issued_on": timezone.localdate().isoformat()}

    answer = browser.post(f"/organisation/groups/{run.pk}/enrol/", {**sent, **changes})

    assert answer.status_code == 422
    assert sentence in page(answer)
    assert state(row) == "confirmed"


def test_what_was_decided_meanwhile_keeps_the_words_that_were_typed(by: Member, browser: Client) -> None:
    row = an_application(a_run_of(by))
    deciding.take_into_work(application_id=row.pk, seen=None, by=by, facts=facts(), now=timezone.now())

    answer = browser.post(f"/organisation/applications/{row.pk}/refuse/", {"seen": "1", "reason": "Нет допуска"})

    assert answer.status_code == 422
    text = page(answer)
    assert "Эту заявку только что изменил коллега" in text
    assert "Нет допуска" in text
    assert 'name="seen" value="2"' in text
    assert state(row) == "review"


def test_a_cancelled_run_closes_its_applications_from_the_page(by: Member, browser: Client) -> None:
    run = a_run_of(by)
    row = an_application(run)

    path = f"/organisation/items/{run.item_id}/runs/{run.pk}/cancel/"
    browser.post(path, {"reason": "Ремонт", "sure": "on"})

    assert state(row) == "cancelled"
    card = page(browser.get(f"/organisation/applications/?tab=closed&open={row.pk}"))
    assert "Организация отменила поток" in card


def test_the_page_says_whom_a_cancellation_concerns_and_asks_for_a_tick(by: Member, browser: Client) -> None:
    run = a_run_of(by, seats=3)
    rows = [an_application(run), confirmed(an_application(run), by), enrolled(an_application(run), by)]
    rows.append(an_application(run, may_wait=True))
    a_draft_application(run)
    path = f"/organisation/items/{run.item_id}/runs/{run.pk}/cancel/"

    asked = page(browser.get(path))
    refused = browser.post(path, {"reason": "Ремонт"})
    empty = browser.post(path, {"reason": ""})

    assert re.findall(r'<dd class="num">(\d+)</dd>', asked) == ["2", "1", "1"]
    assert "напишет каждому письмо с вашей причиной" in asked
    assert 'name="sure"' in asked
    assert refused.status_code == 422
    assert "отметьте, что отменяете намеренно" in page(refused)
    assert "Проверьте 2 поля" in page(empty)
    assert "cancelled" not in {state(row) for row in rows}


def test_the_group_of_a_cancelled_run_says_that_it_is_cancelled(by: Member, browser: Client) -> None:
    row = enrolled(an_application(a_run_of(by)), by)
    path = f"/organisation/groups/{row.run_id}/"
    cancel_run(run_id=row.run_id, reason="Ремонт", sure=True, by=by, facts=facts(), now=timezone.now())

    text = page(browser.get(path))

    assert "Поток отменён" in text
    assert "Ремонт" in text
    assert "Одобрите заявки" not in text
    assert f"/organisation/applications/?tab=closed&run={row.run_id}" in text
    assert "118-к" in text  # the order stays


def test_the_days_of_a_run_of_one_day_stand_once(by: Member, browser: Client) -> None:
    row = enrolled(an_application(a_run_of(by)), by)
    Run.objects.filter(pk=row.run_id).update(ends_on=row.run.begins_on)
    once = f"{row.run.begins_on:%d.%m.%Y}"
    runs, order = f"/organisation/items/{row.item_id}/runs/", EnrolmentOrder.objects.get().pk

    for path in (runs, f"{runs}{row.run_id}/", f"{runs}{row.run_id}/cancel/"):
        text = page(browser.get(path))
        assert f"{once}–" not in text, path
    sheet = page(browser.get(f"/organisation/groups/{row.run_id}/orders/{order}/"))

    assert f"срок обучения {wording.period(row.run.begins_on, row.run.begins_on)}:".replace("\u00a0", " ") in sheet
    assert f">{once}</a>" in page(browser.get(runs))


def test_a_run_that_nobody_has_applied_for_is_cancelled_without_a_tick(by: Member, browser: Client) -> None:
    run = a_run_of(by)
    path = f"/organisation/items/{run.item_id}/runs/{run.pk}/cancel/"

    asked = page(browser.get(path))
    browser.post(path, {"reason": "Ремонт"})

    assert ('name="sure"' in asked, "Кого это коснётся" in asked) == (False, False)
    assert Run.objects.get().state == "cancelled"


def test_the_page_does_not_cancel_a_run_with_results(by: Member, browser: Client) -> None:
    row = enrolled(an_application(a_run_of(by)), by)
    over(row.run)
    complete_application(application_id=row.pk, seen=None, result=a_result(), by=by, facts=facts(), now=timezone.now())
    Run.objects.update(ends_on=timezone.localdate())  # its last day
    path = f"/organisation/items/{row.item_id}/runs/{row.run_id}/cancel/"

    asked = page(browser.get(path))
    refused = browser.post(path, {"reason": "Ремонт", "sure": "on"})

    assert "Этот поток отменить нельзя" in asked
    assert 'name="reason"' not in asked
    assert (refused.status_code, Run.objects.get().state) == (422, "open")
    assert "он состоялся, и отменить его нельзя" in page(refused)
    assert "Отменён" not in page(Client().get(f"/catalogue/programmes/{row.item_id}/"))


def test_today_says_what_is_late_and_whose_results_are_due(by: Member, browser: Client) -> None:
    late, done = a_run_of(by), a_run_of(by)
    row = an_application(late)
    Application.objects.filter(pk=row.pk).update(due_on=timezone.localdate() - DAY)
    enrolled(an_application(done), by)
    over(done)

    text = page(browser.get("/organisation/"))

    assert "Просрочена 1 заявка" in text
    assert "Ждёт 1 слушатель" in text
    assert re.search(r"срок до [^:]+: остал\w+ \d+ д", text)
    assert f"/organisation/groups/{done.pk}/" in text


def test_today_says_how_late_results_are_and_of_how_many_runs_more(by: Member, browser: Client) -> None:
    ended = timezone.localdate() - (RESULT_DAYS + 2) * DAY
    for number in range(7):
        run = a_run_of(by)
        enrolled(an_application(run), by, number=f"{number}-к")
        Run.objects.filter(pk=run.pk).update(begins_on=ended, ends_on=ended, apply_until_on=ended - DAY)

    text = page(browser.get("/organisation/"))

    assert text.count("просрочено на 2 дня") == 5
    assert "Ещё 2 потока ждут результатов" in text


def a_completed(by: Member, number: str) -> Application:
    run = a_run_of(by)
    row = enrolled(an_application(run), by, number=f"{number}-к")
    over(run)
    complete_application(
        application_id=row.pk, seen=None, result=a_result(number=number), by=by, facts=facts(), now=timezone.now()
    )
    return row


def taken_back(row: Application) -> None:
    entry, now = LedgerEntry.objects.get(specialist=row.specialist), timezone.now()
    made = propose_reversal(entry_id=entry.pk, reason=REASON, by=an_operator(), facts=facts(), now=now)
    decide_correction(proposal_id=made.pk, approve=True, words="", by=an_operator(), facts=facts(), now=now)


def test_documents_to_note_and_to_recall_and_results_to_correct_stand_in_today(by: Member, browser: Client) -> None:
    kept, wrong = a_completed(by, "772400000001"), a_completed(by, "772400000002")
    before = page(browser.get("/organisation/"))
    papers = {row.pk: Completion.objects.get(application=row) for row in (kept, wrong)}
    browser.post("/organisation/frdo/note/", {"documents": [papers[wrong.pk].pk], "action": "note"})
    left = page(browser.get("/organisation/frdo/?show=left"))

    taken_back(wrong)

    text, frdo = page(browser.get("/organisation/")), page(browser.get("/organisation/frdo/"))
    mine = page(signed_in(wrong.specialist.account).get(f"/specialist/applications/{wrong.pk}/"))
    assert "2 документа не отмечены внесёнными" in before
    assert "Отозвать сведения" not in before
    assert ("772400000001" in left, "772400000002" in left) == (True, False)
    assert "1 документ не отмечен внесённым" in text
    assert "Отозвать сведения в ФИС ФРДО: 1 документ" in text
    assert f"Заявка {wrong.number}" in text
    assert f"/organisation/applications/{wrong.pk}/reversal/" in text
    assert "Отметить отозванными" in frdo
    assert "772400000002" in frdo
    for shown in (mine, page(browser.get(f"/organisation/applications/{wrong.pk}/"))):
        assert re.search(r"772400000002.*отозвано [\d.]+, недействительно", shown)
    assert "недействительно" not in page(signed_in(kept.specialist.account).get(f"/specialist/applications/{kept.pk}/"))

    recalled = {"documents": [papers[wrong.pk].pk], "action": "recalled", "query": "show=left"}
    answer = browser.post("/organisation/frdo/note/", recalled)

    assert answer["Location"] == "/organisation/frdo/?show=left"
    assert "Отозвать сведения" not in page(browser.get("/organisation/"))
    assert "772400000002" not in page(browser.get("/organisation/frdo/"))
    later = timezone.now() + (RESULT_DAYS + 1) * DAY
    with time_machine.travel(later, tick=False):
        assert f"Заявка {wrong.number}" not in page(signed_in(by.account).get("/organisation/"))


def test_a_number_that_no_document_has_is_left_out_however_long_it_is(by: Member, browser: Client) -> None:
    kept = Completion.objects.get(application=a_completed(by, "772400000001"))

    answer = browser.post("/organisation/frdo/note/", {"documents": ["9" * 19, "9" * 5000, kept.pk], "action": "note"})

    assert (answer.status_code, FrdoRecord.objects.get().completion_id) == (302, kept.pk)


def test_today_costs_the_same_for_one_and_for_many(by: Member, browser: Client) -> None:
    def more(number: int) -> None:
        a_completed(by, f"77240000{number:02d}01")
        taken = a_completed(by, f"77240000{number:02d}02")
        FrdoRecord.objects.create(
            completion=Completion.objects.get(application=taken),
            specialist=taken.specialist,
            by=by.account,
            at=timezone.now(),
        )
        taken_back(taken)
        run = a_run_of(by)
        enrolled(an_application(run), by, number=f"{number}-к")
        an_application(run)
        over(run)

    more(1)
    few = statements(browser, "/organisation/")
    for number in (2, 3, 4):
        more(number)

    assert statements(browser, "/organisation/") == few <= 13


def test_the_journal_names_the_listener_as_such_and_the_number(by: Member) -> None:
    Member.objects.filter(pk=by.pk).update(roles=["owner"])
    row = an_application(a_run_of(by))

    text = page(signed_in(by.account).get("/organisation/journal/"))

    assert "Слушатель подал заявку" in text
    assert row.number in text
    assert "Оператор портала" not in text


def test_the_pages_cost_the_same_for_one_and_for_many(by: Member, browser: Client) -> None:
    run = a_run_of(by)
    row = an_application(run)
    enrolled(an_application(run), by)
    paths = {
        "/organisation/applications/": 12,
        f"/organisation/applications/?open={row.pk}": 20,
        "/organisation/applications/?q=Иванова": 12,
        f"/organisation/applications/{row.pk}/": 16,
        f"/organisation/groups/{run.pk}/": 12,
    }
    few = {path: statements(browser, path) for path in paths}
    for _one in range(3):
        an_application(run)
        confirmed(an_application(run), by)

    assert {path: statements(browser, path) for path in paths} == few
    assert {path: n for path, n in few.items() if n > paths[path]} == {}
