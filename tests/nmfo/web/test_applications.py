"""S-05..S-07: a specialist applies through the pages."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from tests.builders import (
    a_practice,
    a_run,
    a_specialist,
    a_specialty,
    a_version,
    an_item,
    an_operator,
    facts,
    published,
    signed_in,
)
from tests.enrolment_builders import (
    PDF,
    a_draft_application,
    a_registrar,
    a_result,
    a_run_of,
    an_application,
    enrolled,
    over,
)
from tests.nmfo.web.test_statements_items import statements

from nmfo.catalogue.models import Run
from nmfo.enrolment.models import Application, ApplicationDocument, Message
from nmfo.enrolment.operations import applying, deciding, tending
from nmfo.enrolment.operations.completing import complete_application
from nmfo.enrolment.queries import kept_of, papers_kept_of
from nmfo.enrolment.rules import OPEN, RunDays, State, phase_of
from nmfo.organisations.models import Member
from nmfo.specialists.models import Specialist

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(db: None) -> Member:
    return a_registrar()


@pytest.fixture
def specialist(db: None) -> Specialist:
    return a_specialist()


@pytest.fixture
def browser(specialist: Specialist) -> Client:
    return signed_in(specialist.account)


def page(answer: Any) -> str:
    return " ".join(html.unescape(answer.content.decode()).replace("\u00a0", " ").split())


def filled(run: Run, /, **changes: Any) -> dict[str, Any]:
    given = {
        "form_key": "k" * 32,
        "run": str(run.pk),
        "basis": "contract",
        "specialty": str(a_specialty().pk),
        "comment": "",
    }
    return {**given, **changes}


def state(row: Application) -> str:
    return Application.objects.values_list("state", flat=True).get(pk=row.pk)


def test_a_guest_who_presses_apply_comes_back_to_the_form_after_signing_in(by: Member, specialist: Specialist) -> None:
    run, guest = a_run_of(by), Client()
    card = guest.get(f"/catalogue/programmes/{run.item_id}/")
    address = f"/specialist/applications/new/?run={run.pk}"
    assert f'href="{address}"' in card.content.decode()

    asked = guest.get(address)
    assert asked["Location"] == f"/sign-in/?next=/specialist/applications/new/%3Frun%3D{run.pk}"
    answer = guest.post(
        asked["Location"], {"login": specialist.account.snils, "password": "ромашка-паром-2041-вьюга"}, follow=True
    )

    assert answer.request["PATH_INFO"] == "/specialist/applications/new/"
    assert "Заявка на обучение" in page(answer)


def test_the_card_of_a_programme_leads_to_ones_open_application_instead_of_the_form(
    by: Member, browser: Client, specialist: Specialist
) -> None:
    run = a_run_of(by)
    row = an_application(run, specialist)
    path, form = f"/catalogue/programmes/{run.item_id}/", f"/specialist/applications/new/?run={run.pk}"
    mine, other = page(browser.get(path)), page(signed_in(a_specialist().account).get(path))
    applying.withdraw_application(
        specialist=specialist, application_id=row.pk, reason="", facts=facts(), now=timezone.now()
    )
    after = page(browser.get(path))

    assert "Ваша заявка: Подана, поток с" in mine
    assert f'href="/specialist/applications/{row.pk}/"' in mine
    assert [form in text for text in (mine, other, after)] == [False, True, True]
    assert ["Ваша заявка" in text for text in (other, after)] == [False, False]


def test_from_the_form_to_the_sent_application_with_a_document(by: Member, browser: Client) -> None:
    run = a_run_of(by)
    answer = browser.post(f"/specialist/applications/new/?run={run.pk}", filled(run))
    row = Application.objects.get()
    assert answer["Location"] == f"/specialist/applications/{row.pk}/check/"

    browser.post(
        f"/specialist/applications/{row.pk}/documents/",
        {"kind": "diploma", "scans": SimpleUploadedFile("диплом.pdf", PDF)},
    )
    checked = page(browser.get(f"/specialist/applications/{row.pk}/check/"))
    sent = browser.post(f"/specialist/applications/{row.pk}/check/", follow=True)

    assert "диплом.pdf" in checked
    row.refresh_from_db()
    assert row.state == "submitted"
    text = page(sent)
    assert "Заявка отправлена. Ответ придёт до" in text
    assert row.number in text
    assert "диплом.pdf" in text
    assert row.number in page(browser.get("/specialist/applications/"))


def test_a_double_click_begins_and_sends_one(by: Member, browser: Client) -> None:
    run = a_run_of(by)
    for _press in range(2):
        answer = browser.post(f"/specialist/applications/new/?run={run.pk}", filled(run))
        assert answer["Location"].endswith("/check/")
    row = Application.objects.get()
    for _press in range(2):
        assert (
            browser.post(f"/specialist/applications/{row.pk}/check/")["Location"]
            == f"/specialist/applications/{row.pk}/"
        )

    assert Run.objects.get(pk=run.pk).taken == 1


def test_a_duplicate_leads_to_the_open_one(by: Member, browser: Client, specialist: Specialist) -> None:
    run = a_run_of(by)
    row = an_application(run, specialist)

    answer = browser.get(f"/specialist/applications/new/?run={run.pk}", follow=True)

    assert answer.request["PATH_INFO"] == f"/specialist/applications/{row.pk}/"
    assert "У вас уже есть заявка на эту программу" in page(answer)


def test_what_is_missing_is_said_beside_the_fields_and_what_was_typed_is_kept(by: Member, browser: Client) -> None:
    run = a_run_of(by, bases=["contract", "certificate"])

    answer = browser.post(
        f"/specialist/applications/new/?run={run.pk}", filled(run, basis="certificate", comment="Могу только вечером")
    )

    assert answer.status_code == 422
    text = page(answer)
    assert "Укажите номер образовательного сертификата" in text
    assert "Могу только вечером" in text
    assert 'href="#basis_number"' in text
    assert not Application.objects.exists()


@pytest.mark.parametrize("changes", [{"run": "x"}, {"run": ""}, {"basis": "gold"}, {"specialty": "999999999999999999"}])
def test_a_form_that_was_tampered_with_is_refused(by: Member, browser: Client, changes: dict[str, str]) -> None:
    run = a_run_of(by)

    assert browser.post(f"/specialist/applications/new/?run={run.pk}", filled(run, **changes)).status_code == 422
    assert not Application.objects.exists()


@pytest.mark.parametrize("query", ["", "?run=", "?run=x", "?run=999999999", "?run=１", "?run=99999999999999999999"])
def test_a_run_that_is_not_there_is_not_found(browser: Client, query: str) -> None:
    assert browser.get(f"/specialist/applications/new/{query}").status_code == 404


def test_seats_gone_while_filling_offer_the_waiting_list_and_lose_nothing(
    by: Member, browser: Client, specialist: Specialist
) -> None:
    run = a_run_of(by, seats=1)
    row = a_draft_application(run, specialist, comment="Важно")
    an_application(run)

    refused = browser.post(f"/specialist/applications/{row.pk}/check/")
    assert refused.status_code == 422
    text = page(refused)
    assert "вы будете 1-й" in text
    assert "Важно" in text
    answer = browser.post(f"/specialist/applications/{row.pk}/check/", {"wait": "1"}, follow=True)

    assert state(row) == "waiting"
    assert "Номер в листе ожидания: 1" in page(answer)


def test_on_the_first_day_of_a_full_run_another_run_is_offered_instead_of_a_list(
    by: Member, browser: Client, specialist: Specialist
) -> None:
    run = a_run_of(by, seats=1)
    row = a_draft_application(run, specialist)
    an_application(run)
    today = timezone.localdate()
    Run.objects.filter(pk=run.pk).update(begins_on=today, apply_until_on=today)

    seen = page(browser.get(f"/specialist/applications/{row.pk}/check/"))
    refused = browser.post(f"/specialist/applications/{row.pk}/check/", {"wait": "1"})

    for text in (seen, page(refused)):
        assert "Обучение уже началось, поэтому листа ожидания нет." in text
        assert "Встать в лист ожидания" not in text
    assert (refused.status_code, state(row)) == (422, "draft")
    assert "Встать в лист ожидания" not in page(Client().get(f"/catalogue/programmes/{run.item_id}/"))


def test_who_applies_on_the_first_day_is_answered_until_its_end_and_blamed_after_it(
    by: Member, browser: Client, specialist: Specialist
) -> None:
    run, today = a_run_of(by), timezone.localdate()
    Run.objects.filter(pk=run.pk).update(begins_on=today, apply_until_on=today)
    row = an_application(run, specialist)

    now = text_of(browser.get(f"/specialist/applications/{row.pk}/").text)
    yesterday = today - dt.timedelta(days=1)
    Run.objects.filter(pk=run.pk).update(begins_on=yesterday, apply_until_on=yesterday)
    Application.objects.filter(pk=row.pk).update(due_on=yesterday)
    later = text_of(browser.get(f"/specialist/applications/{row.pk}/").text)

    blame = "организация вас не зачислила"
    assert ("Организация ответит до" in now, blame in now, blame in later) == (True, False, True)


def test_a_full_run_has_the_button_of_the_waiting_list(by: Member) -> None:
    run = a_run_of(by, seats=1)
    an_application(run)

    text = page(Client().get(f"/catalogue/programmes/{run.item_id}/"))

    assert "Встать в лист ожидания" in text
    assert 'Подать заявку<span class="vh">' not in text


def test_no_button_where_nobody_may_apply(by: Member) -> None:
    run = a_run_of(by, state="closed")
    text = page(Client().get(f"/catalogue/programmes/{run.item_id}/"))
    assert f"?run={run.pk}" not in text
    other = a_run_of(by)
    by.organisation.licence_state = "suspended"
    by.organisation.save(update_fields=["licence_state"])

    assert f"?run={other.pk}" not in page(Client().get(f"/catalogue/programmes/{other.item_id}/"))
    assert "/applications/new/" not in page(signed_in(an_operator()).get(f"/catalogue/programmes/{other.item_id}/"))


def test_specialties_are_those_of_own_documents(by: Member, browser: Client, specialist: Specialist) -> None:
    run = a_run_of(by)
    a_practice(specialist, a_specialty("Кардиология"))
    a_practice(specialist, a_specialty())

    text = page(browser.get(f"/specialist/applications/new/?run={run.pk}"))

    names = re.findall(r"<option[^>]*>([^<]+)</option>", text)
    assert names == ["Выберите…", "Терапия", "Кардиология (в программе не названа)"]
    assert f'<option value="{a_specialty().pk}" selected>' in text


def test_without_documents_specialties_are_the_programmes_of_ones_level_and_it_is_said(
    by: Member, browser: Client, specialist: Specialist
) -> None:
    nurse, doctor = a_specialty("Лечебное дело", "secondary"), a_specialty("Лечебное дело")
    run = a_run(published(a_version(an_item(organisation=by.organisation), doctor, other=[nurse])))
    path = f"/specialist/applications/new/?run={run.pk}"

    text = page(browser.get(path))
    specialist.tracks.all().delete()
    of_nobody_knows_whom = page(browser.get(path))

    assert "Ни один ваш документ на портале не называет специальность" in text
    assert "Из ваших документов." not in text
    assert f'value="{nurse.pk}"' not in text
    assert f'value="{doctor.pk}"' in text
    names = re.findall(r"<option[^>]*>([^<]+)</option>", of_nobody_knows_whom)
    assert len(set(names)) == len(names)
    assert any(name.startswith("Лечебное дело (среднее") for name in names)


@pytest.mark.parametrize(("bases", "chosen"), [(["contract"], 1), (["budget", "contract"], 0)])
def test_who_pays_is_chosen_for_nobody_unless_it_is_the_only_way(
    bases: list[str], chosen: int, by: Member, browser: Client
) -> None:
    run = a_run_of(by, bases=bases)

    text = page(browser.get(f"/specialist/applications/new/?run={run.pk}"))

    radios = re.findall(r'<input[^>]*name="basis"[^>]*>', text)
    assert (len(radios), sum("checked" in one for one in radios)) == (len(bases), chosen)


def test_a_specialty_that_no_document_names_is_warned_about_before_sending(
    by: Member, browser: Client, specialist: Specialist
) -> None:
    draft = a_draft_application(a_run_of(by), specialist)
    path, warning = f"/specialist/applications/{draft.pk}/check/", "Ни один ваш документ на портале не называет эту"

    before = page(browser.get(path))
    a_practice(specialist, draft.specialty)

    assert (warning in before, warning in page(browser.get(path))) == (True, False)


def test_a_returned_application_is_completed_and_sent_again(
    by: Member, browser: Client, specialist: Specialist
) -> None:
    row = an_application(a_run_of(by), specialist)
    deciding.return_application(
        application_id=row.pk, seen=None, asks="diploma", text="Нет диплома", by=by, facts=facts(), now=timezone.now()
    )
    text = page(browser.get(f"/specialist/applications/{row.pk}/"))
    assert "Нет диплома" in text
    assert "На доработке" in text

    browser.post(
        f"/specialist/applications/{row.pk}/documents/", {"kind": "diploma", "scans": SimpleUploadedFile("д.pdf", PDF)}
    )
    browser.post(f"/specialist/applications/{row.pk}/again/", {"answer": "Приложила"})

    assert state(row) == "review"
    assert [one.text for one in Message.objects.order_by("pk")] == ["Нет диплома", "Приложила"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("вирус.exe", b"MZ", "не подходит"),
        ("пусто.pdf", b"", "пуст"),
    ],
)
def test_a_file_that_cannot_be_kept_is_refused_beside_its_field(
    by: Member, browser: Client, specialist: Specialist, name: str, content: bytes, says: str
) -> None:
    row = a_draft_application(a_run_of(by), specialist)

    answer = browser.post(
        f"/specialist/applications/{row.pk}/documents/", {"kind": "diploma", "scans": SimpleUploadedFile(name, content)}
    )

    assert answer.status_code == 422
    assert says in page(answer)
    assert not ApplicationDocument.objects.exists()


def test_without_a_file_one_is_asked_for_it(by: Member, browser: Client, specialist: Specialist) -> None:
    row = a_draft_application(a_run_of(by), specialist)

    answer = browser.post(f"/specialist/applications/{row.pk}/documents/", {"kind": "diploma"})

    assert answer.status_code == 422
    assert 'href="#scans"' in answer.content.decode()


def test_after_a_wrong_file_the_page_says_so_in_its_title_and_its_button_still_sends(
    by: Member, browser: Client, specialist: Specialist
) -> None:
    row = a_draft_application(a_run_of(by), specialist)
    upload = {"kind": "diploma", "scans": SimpleUploadedFile("вирус.exe", b"MZ")}

    shown = page(browser.post(f"/specialist/applications/{row.pk}/documents/", upload))
    button = re.search(r'<form method="post"( action="([^"]+)")?>(?:(?!</form>).)*Отправить заявку', shown)
    assert button is not None
    browser.post(button[2] or f"/specialist/applications/{row.pk}/documents/")

    assert "<title> Ошибка: Проверьте и отправьте заявку" in shown
    assert state(row) == "submitted"


def test_an_offered_seat_is_taken_by_one_button(by: Member, browser: Client, specialist: Specialist) -> None:
    run = a_run_of(by, seats=1)
    has = an_application(run)
    row = an_application(run, specialist, may_wait=True)
    applying.withdraw_application(
        specialist=has.specialist, application_id=has.pk, reason="", facts=facts(), now=timezone.now()
    )
    assert "Место держится до" in page(browser.get(f"/specialist/applications/{row.pk}/"))

    for _press in range(2):
        browser.post(f"/specialist/applications/{row.pk}/take/")

    assert state(row) == "submitted"


def test_withdrawing_asks_first_and_then_offers_to_apply_again(
    by: Member, browser: Client, specialist: Specialist
) -> None:
    run = a_run_of(by)
    row = an_application(run, specialist)
    assert "Отозвать заявку?" in page(browser.get(f"/specialist/applications/{row.pk}/withdraw/"))

    answer = browser.post(f"/specialist/applications/{row.pk}/withdraw/", {"reason": "Передумала"}, follow=True)

    assert state(row) == "withdrawn"
    assert f"/specialist/applications/new/?run={run.pk}" in page(answer)


def test_a_withdrawal_that_comes_too_late_says_what_to_do(by: Member, browser: Client, specialist: Specialist) -> None:
    run = a_run_of(by)
    row = enrolled(an_application(run, specialist), by)
    Run.objects.filter(pk=run.pk).update(begins_on=timezone.localdate(), apply_until_on=timezone.localdate())

    answer = browser.post(f"/specialist/applications/{row.pk}/withdraw/", {"reason": ""})

    assert answer.status_code == 422
    assert "Обучение уже началось" in page(answer)


def test_the_form_to_print_says_who_and_what(by: Member, browser: Client, specialist: Specialist) -> None:
    row = an_application(a_run_of(by), specialist)

    text = page(browser.get(f"/specialist/applications/{row.pk}/print/"))

    assert row.number in text
    assert "Иванова Анна Петровна" in text
    assert row.item.organisation.name in text


def test_anothers_application_is_not_there(by: Member, browser: Client) -> None:
    row = an_application(a_run_of(by))
    for name in ("", "edit/", "check/", "withdraw/", "print/", "documents/1/"):
        assert browser.get(f"/specialist/applications/{row.pk}/{name}").status_code == 404, name
    for name in ("discard/", "documents/", "documents/1/remove/", "again/", "take/", "write/", "withdraw/", "check/"):
        assert browser.post(f"/specialist/applications/{row.pk}/{name}", {"text": "x"}).status_code == 404, name

    assert state(row) == "submitted"


def test_the_list_costs_the_same_for_one_and_for_many(by: Member, browser: Client, specialist: Specialist) -> None:
    an_application(a_run_of(by), specialist)
    few = statements(browser, "/specialist/applications/")
    for _one in range(3):
        an_application(a_run_of(by), specialist)

    assert statements(browser, "/specialist/applications/") == few <= 7


def test_one_application_costs_the_same_however_much_was_said(
    by: Member, browser: Client, specialist: Specialist
) -> None:
    row = an_application(a_run_of(by), specialist)
    path = f"/specialist/applications/{row.pk}/"
    browser.post(f"{path}write/", {"text": "раз"})
    few = statements(browser, path)
    for _one in range(3):
        browser.post(f"{path}write/", {"text": "ещё"})

    assert statements(browser, path) == few <= 11


def test_a_certificate_is_noted_step_by_step_and_pays_for_an_application(
    by: Member, browser: Client, specialist: Specialist
) -> None:
    made = browser.post("/specialist/certificates/", {"form_key": "k" * 32, "employer": "Поликлиника № 4"})
    again = browser.post("/specialist/certificates/", {"form_key": "k" * 32, "employer": "Поликлиника № 4"})
    assert made["Location"] == again["Location"]
    path = made["Location"]
    browser.post(f"{path}move/", {"to": "agreed"})
    wrong = browser.post(path, {"number": "77-1", "issued_on": "2099-01-01"})
    assert wrong.status_code == 422
    assert "День выдачи сертификата ещё не наступил" in page(wrong)
    browser.post(path, {"number": "77-000123", "issued_on": timezone.localdate().isoformat(), "amount_rub": "9 800"})
    run = a_run_of(by, bases=["certificate", "contract"])

    form = page(browser.get(f"/specialist/applications/new/?run={run.pk}"))
    assert "№ 77-000123" in form
    pk = path.rstrip("/").rpartition("/")[2]
    browser.post(f"/specialist/applications/new/?run={run.pk}", filled(run, basis="certificate", certificate=pk))
    row = Application.objects.get()
    browser.post(f"/specialist/applications/{row.pk}/check/")

    assert "Использован в заявке" in page(browser.get(path))
    row.refresh_from_db()
    assert (row.state, row.basis_number, row.number in page(browser.get(path))) == ("submitted", "77-000123", True)


def test_anothers_certificate_is_not_there(browser: Client) -> None:
    other = signed_in(a_specialist().account)
    path = other.post("/specialist/certificates/", {"form_key": "", "employer": "Больница"})["Location"]

    assert browser.get(path).status_code == 404
    assert browser.post(path, {"number": "1"}).status_code == 404
    assert browser.post(f"{path}move/", {"to": "agreed"}).status_code == 404
    assert "Больница" not in page(browser.get("/specialist/certificates/"))


def test_own_data_has_the_applications_and_certificates(by: Member, browser: Client, specialist: Specialist) -> None:
    row = an_application(a_run_of(by), specialist, comment="Могу только вечером")
    browser.post("/specialist/certificates/", {"form_key": "", "employer": "Поликлиника № 4"})

    assert kept_of(specialist)[0]["number"] == row.number
    assert kept_of(specialist)[0]["comment"] == "Могу только вечером"
    assert papers_kept_of(specialist)[0]["employer"] == "Поликлиника № 4"


def test_a_credited_application_leads_to_the_credits(by: Member, browser: Client, specialist: Specialist) -> None:
    run = a_run_of(by)
    row = enrolled(an_application(run, specialist), by)
    over(run)
    complete_application(application_id=row.pk, seen=None, result=a_result(), by=by, facts=facts(), now=timezone.now())

    text = page(browser.get(f"/specialist/applications/{row.pk}/"))

    assert "36 ЗЕТ на счету." in text
    assert 'href="/specialist/credits/"' in text
    assert "772400123456" in text


def test_of_a_cancelled_run_the_credits_say_whose_doing_it_was(
    by: Member, browser: Client, specialist: Specialist
) -> None:
    row = enrolled(an_application(a_run_of(by), specialist), by)
    days_from_today(row.run, 0, 9)
    tending.cancel_run(
        run_id=row.run_id, reason="Аварийная ситуация", sure=True, by=by, facts=facts(), now=timezone.now()
    )

    text = text_of(browser.get("/specialist/credits/").text)
    browser.cookies["language"] = "en"
    english = text_of(browser.get("/specialist/credits/").text)

    assert "Не засчитано. Организация отменила поток: Аварийная ситуация. Если это ошибка" in text
    assert "The organisation cancelled the run: Аварийная ситуация." in english


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def days_from_today(run: Run, first: int, last: int) -> None:
    """The run as if its days were these; nobody's job has come by."""
    today = timezone.localdate()
    Run.objects.filter(pk=run.pk).update(
        begins_on=today + dt.timedelta(days=first),
        ends_on=today + dt.timedelta(days=last),
        apply_until_on=today + dt.timedelta(days=first - 1),
    )


@pytest.mark.parametrize(
    ("first", "last", "label", "sentence"),
    [
        (3, 9, "Зачислен", "Обучение начнётся"),
        (0, 9, "Обучается", "Обучение до"),
        (-9, 0, "Обучается", "Обучение до"),
        (-9, -1, "Обучение закончилось, ждём результат", "Обучение закончилось"),
    ],
)
def test_the_days_of_the_run_say_where_somebody_enrolled_stands(
    by: Member, browser: Client, specialist: Specialist, first: int, last: int, label: str, sentence: str
) -> None:
    run = a_run_of(by)
    row = enrolled(an_application(run, specialist), by)
    days_from_today(run, first, last)

    pages = [browser.get(path).text for path in ("/specialist/applications/", f"/specialist/applications/{row.pk}/")]

    assert all(label in page for page in pages)
    assert sentence in pages[1]
    assert label in signed_in(by.account).get(f"/organisation/applications/{row.pk}/").text


@pytest.mark.parametrize(
    ("last", "label"), [(9, "Обучение идёт, зачисления ещё нет"), (-1, "Обучение закончилось, зачисления не было")]
)
def test_who_was_not_enrolled_when_the_run_began_is_told_so(
    by: Member, browser: Client, specialist: Specialist, last: int, label: str
) -> None:
    run = a_run_of(by)
    row = an_application(run, specialist)
    days_from_today(run, -9, last)

    listed = browser.get("/specialist/applications/").text
    one = text_of(browser.get(f"/specialist/applications/{row.pk}/").text)

    assert label in listed
    assert "и организация вас не зачислила. Спросите её ниже: без приказа о зачислении ЗЕТ не придут." in one
    assert "ответит до" not in one


def test_a_seat_that_is_waited_for_and_a_draft_end_when_the_run_begins(
    by: Member, browser: Client, specialist: Specialist
) -> None:
    waited, unsent = a_run_of(by), a_run_of(by)
    line = an_application(waited, specialist)
    Application.objects.filter(pk=line.pk).update(state="waiting", due_on=None, waiting_since=timezone.now())
    draft = a_draft_application(unsent, specialist)
    days_from_today(waited, 0, 9)
    days_from_today(unsent, 0, 9)

    page = text_of(browser.get("/specialist/applications/").text)

    assert "Обучение началось, места не было" in page
    assert "Обучение началось, заявка не подана" in page
    assert "поэтому место уже не занять" in text_of(browser.get(f"/specialist/applications/{line.pk}/").text)
    assert draft.state == "draft"


def test_every_open_state_is_shown_otherwise_once_its_run_is_over() -> None:
    today = timezone.localdate()
    days = RunDays(begins_on=today - dt.timedelta(days=9), ends_on=today - dt.timedelta(days=1))
    ahead = RunDays(begins_on=today + dt.timedelta(days=1), ends_on=today + dt.timedelta(days=9))

    for state in State:
        said = phase_of(state, run=days, today=today)
        assert (said is not None) == (state in OPEN and state != State.COMPLETED), state
        assert phase_of(state, run=ahead, today=today) is None, state


@pytest.mark.parametrize("cancelled", [True, False])
def test_a_draft_whose_run_takes_no_more_applications_says_so_before_it_is_sent(*, by: Member, cancelled: bool) -> None:
    specialist, run = a_specialist(), a_run_of(by)
    draft, browser = a_draft_application(run, specialist), signed_in(specialist.account)
    path = f"/specialist/applications/{draft.pk}/check/"
    assert "Отправить заявку" in browser.get(path).text

    if cancelled:
        tending.cancel_run(run_id=run.pk, reason="Ремонт зала", by=by, facts=facts(), now=timezone.now())
    else:
        Run.objects.filter(pk=run.pk).update(apply_until_on=timezone.localdate() - dt.timedelta(days=1))

    page, first = browser.get(path).text, browser.get("/specialist/").text
    assert "Этот поток сейчас не принимает заявки" in page
    assert ("Организация отменила поток: Ремонт зала" in page) is cancelled
    assert "Отправить заявку" not in page
    assert "Выбрать другой поток" in page
    assert "Отправьте начатую заявку" not in first
    assert "Поток больше не принимает заявки, а ваша не отправлена" in first
