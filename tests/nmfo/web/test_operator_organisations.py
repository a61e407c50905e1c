"""The operator's queue and the applications of organisations, through their pages."""

from __future__ import annotations

import datetime as dt
import html
import re

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.applicants import (
    a_draft,
    a_pdf,
    a_submitted,
    approve,
    in_review,
    opened,
    person_facts,
    remark_on,
    resubmit,
    returned,
)
from tests.builders import a_specialist, an_inn, an_operator, facts, signed_in
from tests.nmfo.web.test_applicant_pages import organisation_form

from foundation.audit.models import Entry
from nmfo.organisations.models import ApplicationMessage, CabinetApplication
from nmfo.organisations.operations import applying
from nmfo.specialists.models import Dispute

DAY = dt.timedelta(days=1)


def text_of(answer: object) -> str:
    return html.unescape(answer.content.decode())  # type: ignore[attr-defined]


def post(browser: Client, row: CabinetApplication, what: str, **values: object) -> object:
    row.refresh_from_db()
    return browser.post(f"/operator/organisations/{row.pk}/{what}/", {"revision": row.revision, **values}, follow=True)


@pytest.mark.django_db
def test_the_queue_has_everything_by_its_term_the_overdue_first() -> None:
    now = timezone.now()
    late, _token = a_submitted(now=now - 20 * DAY, short_name="Опоздавший")
    fresh, _token = a_submitted(now=now, short_name="Свежий")
    Dispute.objects.create(
        specialist=a_specialist(), row_key="k", row_title="Терапия", text="Не моё", opened_at=now - 10 * DAY
    )

    page = text_of(signed_in(an_operator()).get("/operator/"))

    places = [page.index(name) for name in ("Опоздавший", "Терапия", "Свежий")]
    assert places == sorted(places)
    assert "просрочено: 1" in page
    assert late.number in page
    assert fresh.number in page


@pytest.mark.django_db
def test_an_empty_queue_says_so() -> None:
    page = text_of(signed_in(an_operator()).get("/operator/"))

    assert "Очередь пуста" in page
    assert "Взять следующее" not in page


@pytest.mark.django_db
def test_the_next_one_is_taken_and_a_colleagues_is_passed_over() -> None:
    colleague, operator = an_operator(), an_operator()
    in_review(colleague)
    free, _token = a_submitted()
    browser = signed_in(operator)

    first = browser.post("/operator/next/")
    again = browser.post("/operator/next/", follow=True)

    assert first["Location"] == f"/operator/organisations/{free.pk}/"
    free.refresh_from_db()
    assert (free.state, free.taken_by) == ("review", operator)
    assert f"/operator/organisations/{free.pk}/" in again.redirect_chain[0][0], "one's own is gone on with"


@pytest.mark.django_db
def test_what_waits_for_a_second_operator_is_given_to_others_only() -> None:
    first, second = an_operator(), an_operator()
    row, _token = in_review(first)
    approve(row, first)

    mine = signed_in(first).post("/operator/next/", follow=True)
    theirs = signed_in(second).post("/operator/next/")

    assert "Для вас ничего нет" in text_of(mine)
    assert theirs["Location"] == f"/operator/organisations/{row.pk}/"


@pytest.mark.django_db
def test_an_operators_own_application_is_not_given_to_them() -> None:
    a_submitted(email="self@nmfo.example")

    answer = signed_in(an_operator(email="self@nmfo.example")).post("/operator/next/", follow=True)

    assert "Для вас ничего нет" in text_of(answer)
    assert CabinetApplication.objects.get().state == "submitted"


@pytest.mark.django_db
def test_a_scanned_number_leads_to_its_application() -> None:
    row, _token = a_submitted()
    digits = row.number.rpartition("-")[2]
    browser = signed_in(an_operator())

    for typed in (digits, row.number, f"ЩКП-{digits}"):
        assert browser.get("/operator/organisations/", {"q": typed})["Location"] == f"/operator/organisations/{row.pk}/"
    assert "Ничего не найдено" in text_of(browser.get("/operator/organisations/", {"q": "ОРГ-999999"}))


@pytest.mark.django_db
@pytest.mark.parametrize("q", ["%", "_", "'; DROP TABLE x; --", "\\", "а" * 300, "a" * 301, "\x00", "&|!():*"])
def test_any_search_is_answered(q: str) -> None:
    a_submitted()

    assert signed_in(an_operator()).get("/operator/organisations/", {"q": q}).status_code in {200, 422}


@pytest.mark.django_db
def test_drafts_are_their_applicants_own() -> None:
    row, _token = a_draft(short_name="Черновик института")
    browser = signed_in(an_operator())

    assert "Черновик института" not in text_of(browser.get("/operator/organisations/"))
    assert "Черновик института" not in text_of(browser.get("/operator/organisations/?q=института"))
    for page in ("", "approve/", "refuse/"):
        assert browser.get(f"/operator/organisations/{row.pk}/{page}").status_code == 404
    assert browser.post(f"/operator/organisations/{row.pk}/take/").status_code == 404


@pytest.mark.django_db
def test_an_application_goes_its_way_through_the_pages() -> None:
    row, _token = a_submitted()
    browser = signed_in(an_operator())

    assert "Заявка теперь у вас" in text_of(post(browser, row, "take"))
    assert "Вопрос отправлен" in text_of(post(browser, row, "remark", field="", text="Есть ли филиалы?"))
    assert "Замечание записано" in text_of(post(browser, row, "remark", field="inn", text="Не тот номер"))
    today = timezone.localdate()
    day = {"originals-on_day": today.day, "originals-on_month": today.month, "originals-on_year": today.year}
    assert "Отмечено" in text_of(post(browser, row, "originals", received="1", **day))
    assert f"Получены {today.day}" in text_of(browser.get(f"/operator/organisations/{row.pk}/"))
    assert "Письмо с замечаниями отправлено" in text_of(post(browser, row, "return"))

    row.refresh_from_db()
    assert (row.state, row.originals_received_on) == ("returned", today)
    page = text_of(browser.get("/operator/organisations/?tab=returned"))
    assert row.number in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("what", "values", "sentence"),
    [
        ("remark", {"field": "inn", "text": " "}, "Напишите, что исправить или на что ответить"),
        ("remark", {"field": "password", "text": "x"}, "Выберите из списка"),
        ("remark", {"field": "inn", "text": "т" * 4001}, "не более 4000"),
        ("originals", {"received": "1"}, "Укажите день"),
        ("originals", {"received": "1", "originals-on_day": "31", "originals-on_month": "2", "originals-on_year": "2026"}, "Такого дня нет в календаре"),
        ("originals", {"checked": "1", "originals-on_day": "1", "originals-on_month": "11", "originals-on_year": "2026"}, "Сначала отметьте, что оригиналы получены"),
        ("originals", {"received": "1", "originals-on_day": "1", "originals-on_month": "1", "originals-on_year": "2090"}, "Сначала отметьте, что оригиналы получены"),
        ("refuse", {"reason": " \n "}, "Напишите причину: её прочитает заявитель"),
        ("refuse", {"reason": "п" * 2001}, "не более 2000"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_changes_nothing(what: str, values: dict[str, str], sentence: str) -> None:
    operator = an_operator()
    row, _token = in_review(operator)
    before = row.revision

    answer = post(signed_in(operator), row, what, **values)

    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert sentence in text_of(answer)
    row.refresh_from_db()
    assert (row.state, row.revision) == ("review", before)
    assert ApplicationMessage.objects.count() == 0


@pytest.mark.django_db
def test_nothing_is_returned_without_a_remark() -> None:
    operator = an_operator()
    row, _token = in_review(operator)

    assert "Сначала напишите, что исправить" in text_of(post(signed_in(operator), row, "return"))


@pytest.mark.django_db
def test_each_side_reads_with_whom_a_returned_application_is() -> None:
    operator = an_operator()
    row, token = returned(operator)

    theirs = text_of(signed_in(operator).get(f"/operator/organisations/{row.pk}/"))
    own = text_of(Client().get(f"/for-organisations/apply/{token}/"))

    assert ("На доработке у заявителя" in theirs, "На доработке у вас" in theirs) == (True, False)
    assert ("На доработке у заявителя" in own, "На доработке у вас" in own) == (False, True)


@pytest.mark.django_db
def test_the_second_of_two_operators_is_told_what_has_become_of_it() -> None:
    row, _token = a_submitted()
    first, second = signed_in(an_operator()), signed_in(an_operator())
    post(first, row, "take")

    assert "Состояние заявки уже изменилось, теперь «На обработке»" in text_of(post(second, row, "take"))


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["approve", "refuse"])
def test_a_decision_wants_a_fresh_proof_and_names_the_organisation(what: str) -> None:
    operator = an_operator()
    row, _token = in_review(operator)
    browser = signed_in(operator)
    path = f"/operator/organisations/{row.pk}/{what}/"
    assert "ИПК «Пример»" in text_of(browser.get(path))

    with time_machine.travel(timezone.now() + dt.timedelta(seconds=601), tick=False):
        assert browser.get(path)["Location"].startswith("/settings/again/")
        assert browser.post(path, {"reason": "r"})["Location"].startswith("/settings/again/")

    row.refresh_from_db()
    assert (row.state, row.approved_by) == ("review", None)


@pytest.mark.django_db
def test_a_page_that_is_old_approves_nothing() -> None:
    operator = an_operator()
    row, _token = in_review(operator)
    browser = signed_in(operator)
    old = row.revision
    remark_on(row, operator)
    post(
        browser,
        row,
        "originals",
        received="1",
        **{"originals-on_day": "1", "originals-on_month": "11", "originals-on_year": "2026"},
    )

    answer = browser.post(f"/operator/organisations/{row.pk}/approve/", {"revision": old})

    assert answer.status_code == 422
    assert "Тем временем это изменили" in text_of(answer)


@pytest.mark.django_db
def test_every_look_at_the_contacts_is_recorded() -> None:
    operator = an_operator()
    row, _token = a_submitted()

    signed_in(operator).get(f"/operator/organisations/{row.pk}/")

    entry = Entry.objects.get(action="application.looked_at")
    assert (entry.actor_id, entry.subject_id, entry.after) == (operator.pk, row.pk, {"what": "contacts"})


@pytest.mark.django_db
def test_the_responsible_persons_invitation_is_sent_again() -> None:
    row, _token = opened()
    browser = signed_in(an_operator())
    assert "Ответственный ещё не принял приглашение" in text_of(browser.get(f"/operator/organisations/{row.pk}/"))

    assert "Приглашение отправлено ещё раз" in text_of(post(browser, row, "invitation"))


@pytest.mark.django_db
def test_what_was_corrected_stands_beside_what_was_there_before() -> None:
    operator = an_operator()
    row, token = returned(operator)
    old_inn, path = row.inn, f"/for-organisations/apply/{token}"
    Client().post(f"{path}/organisation/", organisation_form(inn=an_inn(), kind="college", revision=str(row.revision)))
    row.refresh_from_db()
    applying.save_person(
        application_id=row.pk,
        person=person_facts(person_post="ректор"),
        revision=row.revision,
        token=token,
        facts=facts(),
        now=timezone.now(),
    )
    Client().post(f"{path}/documents/", {"tax": a_pdf("новый.pdf")})
    resubmit(row)

    page = text_of(signed_in(operator).get(f"/operator/organisations/{row.pk}/"))

    assert f"<del>{old_inn}</del>" in page
    assert "<del>Организация дополнительного образования</del>" in page
    assert "проректор" not in page, "a person's former data are not kept"
    assert page.count("изменено") >= 3
    assert "заменён" in page


@pytest.mark.django_db
def test_remarks_are_settled_one_by_one() -> None:
    operator = an_operator()
    row, _token = in_review(operator)
    remark_on(row, operator)
    remark = ApplicationMessage.objects.get()

    answer = signed_in(operator).post(f"/operator/organisations/{row.pk}/remark/{remark.pk}/settle/", follow=True)

    assert "Замечание снято" in text_of(answer)
    remark.refresh_from_db()
    assert remark.settled_at is not None


@pytest.mark.django_db
def test_the_parts_of_the_list_are_counted() -> None:
    a_submitted()
    returned()
    opened()

    page = text_of(signed_in(an_operator()).get("/operator/organisations/"))

    counts = re.findall(r'tab=(\w+)"[^>]*>[^<]*<span class="count">(\d+)', page)
    assert counts == [("waiting", "1"), ("returned", "1"), ("opened", "1"), ("refused", "0"), ("withdrawn", "0")]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/operator/", "/operator/organisations/"])
def test_lists_cost_the_same_for_one_and_for_many(path: str) -> None:
    browser = signed_in(an_operator())
    a_submitted()
    counted = _count(browser, path)

    for _number in range(4):
        in_review()

    assert _count(browser, path) == counted


def _count(browser: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(path).status_code == 200
    return len(queries)
