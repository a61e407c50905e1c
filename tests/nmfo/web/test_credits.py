"""«Где мои баллы?»: the pages of a specialist's credits."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import zipfile
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.applicants import PDF
from tests.builders import a_specialist, a_specialty, an_operator, facts, signed_in
from tests.credit_builders import (
    a_batch,
    a_programme,
    a_registrar,
    an_entry,
    an_event,
    awaited,
    code_in,
    disputed,
)
from tests.cycle_builders import a_cycle
from tests.nmfo.participation.builders import a_webinar, signed_up

from foundation.audit.models import Entry as Trail
from nmfo.credits.models import Claim, LedgerEntry
from nmfo.credits.operations.claiming import refuse_claim
from nmfo.credits.operations.correcting import decide_proposal, propose_reversal, propose_reversal_as_member
from nmfo.credits.operations.expecting import expect, refuse_expected
from nmfo.credits.rules.words import Holder, Source

pytestmark = pytest.mark.django_db


def words(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, path
    return words_of(answer)


def words_of(answer: Any) -> str:
    page = re.sub(r"<(script|style).*?</\1>", "", answer.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_page_shows_every_sum_and_every_movement_with_its_running_total() -> None:
    doctor, version = a_specialist(), a_programme(title="Анемии на приёме")
    first = an_entry(doctor, version, earned_on=dt.date(2026, 2, 1))
    an_entry(doctor, version, earned_on=dt.date(2026, 3, 1))
    awaited(doctor)
    proposal = propose_reversal(
        entry_id=first.pk, reason="Внесено за однофамильца", by=an_operator(), facts=facts(), now=timezone.now()
    )
    decide_proposal(
        proposal_id=proposal.pk, approve=True, words="", by=an_operator(), facts=facts(), now=timezone.now()
    )

    text = words(signed_in(doctor.account), "/specialist/credits/")

    assert "На счету 36 ЗЕТ всего В пути 36 ждём организации Ждут вас 0" in text
    assert "Ещё не на счету: 1 запись" in text
    rows = re.findall(r"(\d\d\.\d\d\.2026) Анемии на приёме .*? ([+−]\d+) (\d+)", text)
    assert rows == [("01.03.2026", "+36", "36"), ("01.02.2026", "−36", "0"), ("01.02.2026", "+36", "36")]


def test_a_proposal_to_take_an_entry_back_is_seen_by_its_person_and_what_became_of_it() -> None:
    doctor, operator = a_specialist(), an_operator()
    entry, other = an_entry(doctor), an_entry(doctor)
    assert entry.organisation is not None
    clerk, page = a_registrar(entry.organisation), f"/specialist/credits/{entry.pk}/"
    given: dict[str, Any] = {"facts": facts(), "now": timezone.now()}
    proposal = propose_reversal_as_member(entry_id=entry.pk, reason="Внесено за однофамильца", by=clerk, **given)
    browser = signed_in(doctor.account)

    ledger, text = words(browser, "/specialist/credits/"), words(browser, page)
    beside = words(browser, f"/specialist/credits/{other.pk}/")
    asking = words(browser, f"{page}dispute/")
    browser.post(f"{page}dispute/", {"text": "Я училась, вот удостоверение", "form_key": "a", "defends": "True"})
    disputed = words(browser, page)
    seen_by_operator = words(signed_in(operator), f"/operator/credits/corrections/{proposal.pk}/")
    decide_proposal(proposal_id=proposal.pk, approve=False, words="Ведомость верна", by=operator, **given)
    after, ledger_after = words(browser, page), words(browser, "/specialist/credits/")

    assert ledger.count("Предложено снять") == 1
    assert "пока оператор не решил, баллы засчитаны" in ledger
    assert "Эту запись предложено снять" in text
    assert f"{entry.organisation.short_name}. Причина: Внесено за однофамильца" in text
    assert "Написать, почему запись верна" in text
    assert "предложено снять" not in beside
    assert "Оспорить" not in text
    assert "Запись верна: напишите почему" in asking
    assert "Почему запись верна?" in asking
    assert "Вы написали об этой записи: оператор увидит ваше обращение до решения." in disputed
    assert "Я училась, вот удостоверение" in seen_by_operator
    assert "Запись остаётся: оператор отказался её снять" in after
    assert "Ведомость верна" in after
    assert "Предложено снять" not in ledger_after


def test_a_count_of_nothing_is_said_in_words() -> None:
    doctor = a_specialist()
    cycle = a_cycle(doctor)

    text = words(signed_in(doctor.account), "/specialist/credits/")
    plan = words(signed_in(doctor.account), "/specialist/plan/")

    assert "На счету 0 пока ничего нет В пути 0 ничего не ждём Ждут вас 0 делать ничего не нужно" in text
    assert "Не засчитано 0 отказов нет" in text
    assert f"{cycle.specialty} : 3-й год цикла, пока без ЗЕТ." in text
    assert plan.count("Пока ничего из 50 ЗЕТ.") == 3  # of the years that are over it is said once: nothing was counted
    assert plan.count("В этом году ничего не засчитано. Не хватило 50, и добрать уже нельзя: год закончился.") == 2
    assert plan.count("В этом году ничего не засчитано.") == 2
    assert "Набрано 0" not in plan


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"days": 0}, "Всё в срок. Сегодня последний день, когда результат вносят в срок."),
        ({}, "Всё в срок. Дней на внесение результата: 30, осталось 20 дней."),
        ({"days": -1}, "Организация опаздывает. Срок закончился"),
        ({"began": 5}, "Ещё рано. Баллы приходят после окончания."),
        ({"holder": Holder.SPECIALIST}, "Нужно ваше действие. Код пришёл на вашу почту и есть на странице ввода."),
        ({"holder": Holder.PORTAL}, "Дело за порталом."),
    ],
)
def test_what_is_not_there_yet_says_who_has_to_act_and_until_when(values: dict[str, object], said: str) -> None:
    doctor = a_specialist()
    awaited(doctor, **values)  # type: ignore[arg-type]

    assert said in words(signed_in(doctor.account), "/specialist/credits/")


def test_a_refusal_says_why_and_can_be_disputed() -> None:
    doctor = a_specialist()
    row = awaited(doctor)
    refuse_expected(
        specialist_id=doctor.pk, source=row.source, origin=row.origin, reason="Отмечено 40 минут", now=timezone.now()
    )
    browser = signed_in(doctor.account)
    path = f"/specialist/credits/awaited/{row.pk}/dispute/"
    assert "Не засчитано. Отмечено 40 минут" in words(browser, "/specialist/credits/")

    empty = browser.post(path, {"text": "нет", "form_key": "a"})
    answer = browser.post(path, {"text": "Я был до конца", "form_key": "a"})
    again = browser.post(path, {"text": "Я был до конца", "form_key": "a"})

    assert empty.status_code == 422
    claim = Claim.objects.get()
    assert answer.url == again.url == f"/specialist/credits/requests/{claim.pk}/"  # type: ignore[attr-defined]
    assert f"Обращение {claim.number}" in words(browser, answer.url)  # type: ignore[attr-defined]


def test_a_refused_event_leads_to_the_protocol_of_presence() -> None:
    doctor, event = a_specialist(), an_event()
    given = {"specialist_id": doctor.pk, "source": Source.CODE, "origin": "registration:5", "now": timezone.now()}
    expect(version=event, began_on=timezone.localdate(), holder=Holder.ORGANISATION, due_on=None, **given)  # type: ignore[arg-type]
    browser = signed_in(doctor.account)
    link = 'href="/specialist/events/5/presence/"'
    assert link not in browser.get("/specialist/credits/").content.decode()

    refuse_expected(reason="Отмечено 40 минут", **given)  # type: ignore[arg-type]

    assert link in browser.get("/specialist/credits/").content.decode()


def test_the_page_of_a_correction_says_who_proposed_and_decided_it() -> None:
    doctor = a_specialist()
    entry = an_entry(doctor)
    proposal = propose_reversal(
        entry_id=entry.pk, reason="Внесено за однофамильца", by=an_operator(), facts=facts(), now=timezone.now()
    )
    made = decide_proposal(
        proposal_id=proposal.pk, approve=True, words="", by=an_operator(), facts=facts(), now=timezone.now()
    ).result
    assert made is not None

    text = words(signed_in(doctor.account), f"/specialist/credits/{made.pk}/")

    assert re.search(r"Предложено .* оператор портала. Утвердил .* другой оператор.", text)


def test_a_disputed_refusal_says_so_beside_its_request_instead_of_the_button() -> None:
    doctor = a_specialist()
    browser = signed_in(doctor.account)
    rows = [awaited(doctor), awaited(doctor, days=-1)]
    first = rows[0]
    refuse_expected(
        specialist_id=doctor.pk,
        source=first.source,
        origin=first.origin,
        reason="Отмечено 40 минут",
        now=timezone.now(),
    )
    paths = [f"/specialist/credits/awaited/{row.pk}/dispute/" for row in rows]
    before = browser.get("/specialist/credits/").content.decode()

    browser.post(paths[0], {"text": "Я был до конца", "form_key": "a"})

    claim = Claim.objects.get()
    said = f"Вы оспариваете, обращение {claim.number}; ответ придёт до"
    after = browser.get("/specialist/credits/").content.decode()
    assert all(path in before for path in paths)
    assert paths[0] not in after
    assert paths[1] in after
    assert re.search(rf'<a [^>]*href="/specialist/credits/requests/{claim.pk}/"[^>]*>{said}', after)
    given = {"part": "programme", "title": "", "held_on": "", "organisation": "", "text": "", "form_key": "b"}
    found = browser.post("/specialist/credits/missing/", {**given, "title": "Избранные вопросы терапии"})
    assert said in found.content.decode()
    assert paths[0] not in found.content.decode()


def beside(page: str, field: str) -> str:
    """What is said beside a field."""
    found = re.search(rf'<p[^>]*id="{field}-err"[^>]*>(.*?)</p>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split()).removeprefix("Ошибка: ") if found else ""


@pytest.mark.parametrize("about", ["entry", "awaited"])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Напишите одним-двумя предложениями, что не так."),
        ("   ", "Напишите одним-двумя предложениями, что не так."),
        ("мало ЗЕТ", "Слишком коротко, чтобы разобраться: нужно не меньше 10 знаков. Напишите, что не так."),
        ("я" * 2001, "Текст длиннее 2000 знаков: сейчас их 2001. Сократите его."),
    ],
)
def test_a_dispute_that_says_nothing_or_too_much_is_refused_beside_its_field(about: str, text: str, said: str) -> None:
    doctor = a_specialist()
    path = f"/specialist/credits/{an_entry(doctor).pk}/dispute/"
    if about == "awaited":
        path = f"/specialist/credits/awaited/{awaited(doctor, days=-1).pk}/dispute/"
    proof = SimpleUploadedFile("скан.pdf", PDF, "application/pdf")

    answer = signed_in(doctor.account).post(path, {"text": text, "form_key": "same", "file": proof})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert beside(page, "text") == said
    assert text.strip() in page
    assert 'value="same"' in page
    assert "файл выберите ещё раз" in page
    assert not Claim.objects.exists()


def test_a_second_dispute_from_another_page_keeps_its_words_and_names_the_first() -> None:
    doctor = a_specialist()
    browser, path = signed_in(doctor.account), f"/specialist/credits/{an_entry(doctor).pk}/dispute/"
    given = {"text": "В удостоверении 36 часов", "form_key": "a"}

    sent, doubled = browser.post(path, given), browser.post(path, given)
    claim = Claim.objects.get()
    other = browser.post(path, {"text": "А на счету только 18", "form_key": "b"})
    changed = browser.post(path, {"text": "А на счету только 18", "form_key": "a"})
    again = browser.get(path, follow=True)

    assert [one.url for one in (sent, doubled)] == [f"/specialist/credits/requests/{claim.pk}/"] * 2  # type: ignore[attr-defined]
    for answer, said in (
        (other, f"Вы уже спрашивали об этом: обращение {claim.number}"),
        (changed, "Эта форма уже отправлена с другими данными"),
    ):
        assert answer.status_code == 422
        assert beside(answer.content.decode(), "text").startswith(said)
        assert "А на счету только 18" in answer.content.decode()
    assert again.redirect_chain == [(f"/specialist/credits/requests/{claim.pk}/", 302)]
    assert f"обращение {claim.number} рассматривают" in again.content.decode()
    assert path not in browser.get(path.removesuffix("dispute/")).content.decode()


def test_what_helps_to_find_a_missing_credit_may_be_short() -> None:
    browser = signed_in(a_specialist().account)
    given = {"part": "event", "title": "Гипноз", "held_on": "", "organisation": "", "form_key": "a", "send": "yes"}

    answer = browser.post("/specialist/credits/missing/", {**given, "text": "36 часов"})

    assert answer.status_code == 302
    assert Claim.objects.get().text == "36 часов"


def test_disputes_of_cards_cost_one_statement_for_all() -> None:
    doctor = a_specialist()
    browser = signed_in(doctor.account)

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert browser.get("/specialist/credits/").status_code == 200
        return len(seen)

    def disputed(number: int) -> None:
        row = awaited(doctor, days=-1)
        browser.post(
            f"/specialist/credits/awaited/{row.pk}/dispute/", {"text": "Жду уже давно", "form_key": f"form-{number}"}
        )

    disputed(1)
    cost()
    few = cost()
    for number in (2, 3, 4):
        disputed(number)
    cost()

    assert Claim.objects.count() == 4
    assert cost() == few


def test_an_entry_shows_where_it_comes_from_and_both_sides_of_a_correction() -> None:
    doctor = a_specialist()
    entry = an_entry(doctor)
    proposal = propose_reversal(
        entry_id=entry.pk, reason="Внесено за однофамильца", by=an_operator(), facts=facts(), now=timezone.now()
    )
    decide_proposal(
        proposal_id=proposal.pk, approve=True, words="", by=an_operator(), facts=facts(), now=timezone.now()
    )
    browser = signed_in(doctor.account)

    reversal = LedgerEntry.objects.get(reverses=entry)

    assert "Эта запись исправлена Внесено за однофамильца" in words(browser, f"/specialist/credits/{entry.pk}/")
    assert "Открыть исправленную запись" in words(browser, f"/specialist/credits/{reversal.pk}/")
    assert signed_in(a_specialist().account).get(f"/specialist/credits/{entry.pk}/").status_code == 404


def test_a_year_shows_its_movements_with_the_totals_of_the_whole() -> None:
    doctor, version = a_specialist(), a_programme(title="Анемии на приёме")
    an_entry(doctor, version, earned_on=dt.date(2025, 2, 1))
    an_entry(doctor, version, earned_on=dt.date(2026, 2, 1))
    browser = signed_in(doctor.account)

    text = words(browser, "/specialist/credits/?year=2026")

    assert re.findall(r"(\d\d\.\d\d\.\d{4}) Анемии на приёме .*? ([+−]\d+) (\d+)", text) == [
        ("01.02.2026", "+36", "72")
    ]
    for odd in ("2031", "x", "²", "99999999999999999999"):
        assert len(re.findall("Анемии на приёме", words(browser, f"/specialist/credits/?year={odd}"))) == 2


def test_before_the_way_closes_it_is_said_how_many_tries_are_left_and_then_when_it_opens() -> None:
    doctor, moment = a_specialist(), timezone.now().replace(hour=9, minute=20, second=20)  # 12:20 in Moscow
    good = code_in(a_batch())
    path = "/specialist/codes/"
    with time_machine.travel(moment, tick=False):
        browser = signed_in(doctor.account)
        said = [words_of(browser.post(path, {"code": f"пропуск-{number}"})) for number in range(10)]
        opened, refused = words(browser, path), words_of(browser.post(path, {"code": good}))
    with time_machine.travel(moment + dt.timedelta(minutes=16), tick=False):
        browser = signed_in(doctor.account)
        again, posted = words(browser, path), browser.post(path, {"code": good})

    assert [bool(re.search("Остал[ао]сь", text)) for text in said] == [False] * 6 + [True] * 3 + [False]
    assert "Осталось 3 попытки" in said[6]
    assert "Осталась 1 попытка" in said[8]
    assert "ввод закроется на 15 минут" in said[8]
    for text in (said[9], opened):
        assert "Ввод кодов откроется в 12:36 МСК" in text  # the first whole minute
    assert "Снова можно в 12:36 МСК" in refused
    assert "Ввод кодов откроется" not in refused
    assert "Ввод кодов откроется" not in again
    assert "Остал" not in again
    assert posted.status_code == 302


def test_a_missing_credit_is_found_or_becomes_a_request() -> None:
    doctor = a_specialist()
    an_entry(doctor, a_programme(title="Анемии на приёме"), earned_on=dt.date(2026, 5, 1))
    browser = signed_in(doctor.account)
    given = {"part": "programme", "title": "Анемии", "held_on": "", "organisation": "", "text": "", "form_key": "a"}

    found = browser.post("/specialist/credits/missing/", given)
    sent = browser.post("/specialist/credits/missing/", {**given, "send": "yes"})

    assert "Это одно из этих?" in found.content.decode()
    assert Claim.objects.get().title == "Анемии"
    assert sent.status_code == 302
    other = {**given, "title": "Гипноз", "organisation": "Общество", "form_key": "b"}
    unknown = browser.post("/specialist/credits/missing/", other)
    page = unknown.content.decode()
    assert unknown.status_code == 200
    assert "Ничего похожего не нашлось" in page
    assert "Отправить обращение" in page
    assert 'value="Гипноз"' in page
    assert 'value="Общество"' in page
    assert Claim.objects.count() == 1  # looking sends nothing
    assert browser.post("/specialist/credits/missing/", {**other, "send": "yes"}).status_code == 302
    assert Claim.objects.count() == 2


def test_a_document_is_chosen_where_the_request_is_sent_and_nowhere_before() -> None:
    browser = signed_in(a_specialist().account)
    path = "/specialist/credits/missing/"
    given = {"part": "event", "title": "Гипноз", "held_on": "", "organisation": "Общество", "form_key": "a"}
    choose = '<input type="file"'

    before = browser.get(path).content.decode()
    found = browser.post(path, given).content.decode()
    changed = browser.post(path, {**given, "text": "36 часов", "change": "yes"}).content.decode()
    wrong = browser.post(path, {**given, "text": "я" * 2001, "file": SimpleUploadedFile("a.pdf", PDF), "send": "yes"})
    sent = browser.post(path, {**given, "text": "", "file": SimpleUploadedFile("a.pdf", PDF), "send": "yes"})

    assert [choose in page for page in (before, found, changed, wrong.content.decode())] == [False, True, False, True]
    assert "Найти" in changed
    assert all(f'value="{said}"' in changed for said in ("Гипноз", "Общество", "36 часов", "a"))
    assert wrong.status_code == 422
    assert "файл выберите ещё раз" in wrong.content.decode()
    assert sent.status_code == 302
    assert Claim.objects.get().file is not None


def test_who_asks_again_sees_the_open_request_and_says_that_it_is_another() -> None:
    browser = signed_in(a_specialist().account)
    path = "/specialist/credits/missing/"
    given = {"part": "event", "title": "Гипноз в терапии", "held_on": "", "organisation": "", "text": ""}
    browser.post(path, {**given, "form_key": "a", "send": "yes"})
    first = Claim.objects.get()
    again = {**given, "title": "гипноз", "form_key": "b"}

    found = browser.post(path, again).content.decode()
    unseen = browser.post(path, {**again, "send": "yes"})  # the page was opened before the first was sent
    count = Claim.objects.count()
    sent = browser.post(path, {**again, "send": "yes", "beside": [str(first.pk), "x"]})

    for page in (found, unseen.content.decode()):
        assert re.search(
            rf'href="/specialist/credits/requests/{first.pk}/">\s*Обращение {first.number}: Гипноз в терапии\s*</a>',
            page,
        )
        assert "Вы уже обращались о похожем" in page
        assert "Это о другом: отправить обращение" in page
        assert f'<input type="hidden" name="beside" value="{first.pk}">' in page
        assert "Ничего похожего не нашлось" not in page
    assert unseen.status_code == 422
    assert f"обращение {first.number} рассматривают. Это о другом?" in unseen.content.decode()
    assert count == 1
    assert sent.status_code == 302
    assert Claim.objects.count() == 2


def test_a_day_that_has_not_come_is_refused_before_anything_is_enclosed() -> None:
    browser = signed_in(a_specialist().account)
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    given = {"part": "event", "title": "Гипноз", "held_on": tomorrow.isoformat(), "form_key": "a"}

    answer = browser.post("/specialist/credits/missing/", given)

    assert answer.status_code == 422
    assert "Этот день ещё не наступил." in beside(answer.content.decode(), "held_on")
    assert '<input type="file"' not in answer.content.decode()


def test_a_missing_credit_without_a_name_keeps_what_was_typed() -> None:
    browser = signed_in(a_specialist().account)

    answer = browser.post(
        "/specialist/credits/missing/",
        {
            "part": "event",
            "title": "",
            "held_on": "31.02.2026",
            "organisation": "Общество",
            "text": "",
            "form_key": "a",
        },
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="Общество"' in page
    assert "Назовите программу, мероприятие или модуль." in page
    assert not Claim.objects.exists()


def test_a_statement_shows_the_account_of_a_past_day() -> None:
    doctor = a_specialist()
    an_entry(doctor, earned_on=dt.date(2026, 4, 1), now=dt.datetime(2026, 4, 7, 12, tzinfo=dt.UTC))
    browser = signed_in(doctor.account)

    assert "В этот день на счету ничего не было." in words(browser, "/specialist/credits/statement/?day=2026-04-06")
    assert "01.04.2026" in words(browser, "/specialist/credits/statement/?day=07.04.2026")
    assert browser.get("/specialist/credits/statement/?day=2999-01-01").status_code == 422
    assert browser.get("/specialist/credits/statement/?day=вчера").status_code == 422


def test_the_first_page_says_of_each_awaited_credit_who_has_to_act() -> None:
    doctor = a_specialist()
    a_cycle(doctor)
    awaited(doctor)
    awaited(doctor, holder=Holder.SPECIALIST)
    awaited(doctor, began=5)
    browser = signed_in(doctor.account)

    page = words(browser, "/specialist/")

    assert "Введите код ИКП: его ждут 36 ЗЕТ" in page
    assert 'href="/specialist/codes/"' in browser.get("/specialist/").content.decode().partition('class="todo')[2]
    assert page.count("36 ЗЕТ в пути") == 2  # beside the ring and among the dates
    assert page.count("36 ЗЕТ ждут вашего кода") == 1
    assert page.count("36 ЗЕТ, обучение ещё не закончено") == 1


def test_nobody_sees_what_is_another_persons() -> None:
    doctor, stranger = a_specialist(), a_specialist()
    entry, row = an_entry(doctor), awaited(doctor, days=-1)
    browser = signed_in(stranger.account)

    assert "Баллов пока нет" in words(browser, "/specialist/credits/")
    for path in (f"/specialist/credits/{entry.pk}/dispute/", f"/specialist/credits/awaited/{row.pk}/dispute/"):
        assert browser.get(path).status_code == 404
        assert browser.post(path, {"text": "Это моё, верните", "form_key": "a"}).status_code == 404
    assert not Claim.objects.exists()


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/specialist/", 6),
        ("/specialist/credits/", 7),
        ("/specialist/credits/statement/", 2),
        ("/specialist/codes/", 5),
    ],
)
def test_a_page_costs_the_same_for_one_row_and_for_many(path: str, most: int, settings: Any) -> None:
    settings.RULES_KEPT_S = settings.SEARCH_LOOK_S = settings.SHOWN_KEPT_S = 10  # as in earnest
    doctor = a_specialist()
    a_cycle(doctor)
    browser = signed_in(doctor.account)

    def more(number: int) -> None:
        for _each in range(number):
            an_entry(doctor)
            awaited(doctor)
            browser.post("/specialist/codes/", {"code": code_in(a_batch(an_event()))})

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(path).status_code == 200
        return len(seen)

    more(1)
    cost()  # messages of what was entered are shown once
    few = cost()
    more(3)
    cost()

    assert cost() == few <= most


def test_the_export_of_own_data_has_the_credits() -> None:
    doctor = a_specialist()
    entry, row = an_entry(doctor, a_programme(title="Анемии на приёме")), awaited(doctor)
    browser = signed_in(doctor.account)
    browser.post("/specialist/codes/", {"code": code_in(a_batch())})
    browser.post(f"/specialist/credits/{entry.pk}/dispute/", {"text": "Часов было больше", "form_key": "a"})

    archive = zipfile.ZipFile(io.BytesIO(browser.get("/specialist/my-data/export/").content))

    data = json.loads(archive.read(next(name for name in archive.namelist() if name.endswith(".json"))))
    assert [one["credits"] for one in data["credits"]] == [36, 3]
    assert data["credits"][0]["for"] == "Анемии на приёме"
    assert [one["state"] for one in data["credits_awaited"]] == [row.state]
    assert [one["state"] for one in data["confirmation_codes"]] == ["activated"]
    assert [one["text"] for one in data["requests_about_credits"]] == ["Часов было больше"]


def test_a_request_carries_one_document_that_operators_see_and_it_is_recorded() -> None:
    doctor, operator = a_specialist(), an_operator()
    row = awaited(doctor, days=-1)
    browser, path = signed_in(doctor.account), f"/specialist/credits/awaited/{row.pk}/dispute/"
    said = {"text": "Я был до конца", "form_key": "a"}

    wrong = browser.post(path, {**said, "file": SimpleUploadedFile("a.pdf", b"MZ no document")})
    sent = browser.post(path, {**said, "file": SimpleUploadedFile("удостоверение.pdf", PDF)})
    again = browser.post(path, {**said, "file": SimpleUploadedFile("удостоверение.pdf", PDF)})
    other = browser.post(path, {**said, "file": SimpleUploadedFile("другое.pdf", PDF)})

    assert wrong.status_code == 422
    assert "нужен PDF, JPEG или PNG" in wrong.content.decode()
    claim = Claim.objects.get()
    assert sent.url == again.url == f"/specialist/credits/requests/{claim.pk}/"  # type: ignore[attr-defined]
    assert other.status_code == 422
    assert "удостоверение.pdf" in words(browser, sent.url)  # type: ignore[attr-defined]
    assert browser.get(f"{sent.url}file/").content == PDF  # type: ignore[attr-defined]
    assert signed_in(a_specialist().account).get(f"{sent.url}file/").status_code == 404  # type: ignore[attr-defined]
    staff = signed_in(operator)
    assert "удостоверение.pdf" in words(staff, f"/operator/credits/requests/{claim.pk}/")
    assert staff.get(f"/operator/credits/requests/{claim.pk}/file/").content == PDF
    looks = Trail.objects.filter(action="account.looked_at", actor_id=operator.pk, subject_id=doctor.account_id)
    assert [(look.after["what"], look.reason) for look in looks.order_by("pk")] == [
        ("credits", claim.number),
        ("claim_file", claim.number),
    ]
    mine = words(browser, "/specialist/my-data/")
    assert "Оператор смотрел ваши баллы" in mine
    assert "Оператор открыл документ, приложенный к обращению" in mine
    archive = zipfile.ZipFile(io.BytesIO(browser.get("/specialist/my-data/export/").content))
    assert f"requests/{claim.number}-удостоверение.pdf" in archive.namelist()


def test_a_dispute_that_is_sent_again_after_the_credit_came_says_so() -> None:
    doctor = a_specialist()
    row = awaited(doctor, days=-1)
    browser, path = signed_in(doctor.account), f"/specialist/credits/awaited/{row.pk}/dispute/"
    first = browser.post(path, {"text": "Я был до конца", "form_key": "a"})
    assert row.version is not None
    entry = an_entry(doctor, row.version, origin=row.origin)

    opened, late = browser.get(path), browser.post(path, {"text": "Я был до конца", "form_key": "b"})
    again = browser.post(path, {"text": "Я был до конца", "form_key": "a"})

    assert (opened.status_code, late.status_code) == (200, 409)
    for answer in (opened, late):
        assert "Оспаривать нечего" in answer.content.decode()
        assert f'href="/specialist/credits/{entry.pk}/"' in answer.content.decode()
    assert again.url == first.url  # type: ignore[attr-defined]


def test_what_is_in_time_says_from_when_it_can_be_disputed() -> None:
    doctor = a_specialist()
    row = awaited(doctor)

    text = words(signed_in(doctor.account), f"/specialist/credits/awaited/{row.pk}/dispute/")

    assert "Оспаривать нечего" in text
    assert "Оспорить можно, если до" in text


def test_learning_that_goes_on_says_when_it_ends() -> None:
    doctor = a_specialist()
    row = awaited(doctor, began=9)

    text = words(signed_in(doctor.account), "/specialist/credits/")

    assert f"Обучение закончится {row.began_on:%d.%m.%Y}" in text
    assert f"до {row.began_on:%d.%m.%Y}" not in text


def test_a_credit_that_was_taken_back_is_not_said_to_be_on_the_account() -> None:
    doctor = a_specialist()
    entry = an_entry(doctor, a_programme(title="Вакцинопрофилактика"))
    proposal = propose_reversal(
        entry_id=entry.pk, reason="Зачислено другому человеку", by=an_operator(), facts=facts(), now=timezone.now()
    )
    decide_proposal(
        proposal_id=proposal.pk, approve=True, words="", by=an_operator(), facts=facts(), now=timezone.now()
    )
    gone = LedgerEntry.objects.get(reverses=entry)
    given = {"part": "programme", "held_on": "", "organisation": "", "text": "", "form_key": "a"}

    answer = signed_in(doctor.account).post("/specialist/credits/missing/", {**given, "title": "Вакцинопрофилактика"})

    page = " ".join(answer.content.decode().split())
    assert "Это одно из этих?" in page
    assert "Уже на счету" not in page
    assert f"Снято {timezone.localdate():%d.%m.%Y}: Зачислено другому человеку" in page
    assert f'href="/specialist/credits/{gone.pk}/"' in page


def test_what_somebody_only_signed_up_for_is_found_too() -> None:
    doctor = a_specialist()
    event = a_webinar(title="Боль у онкологического пациента")
    signed_up(event, doctor)
    browser = signed_in(doctor.account)
    given = {"part": "event", "held_on": "", "organisation": "", "text": "", "form_key": "a"}

    found = browser.post("/specialist/credits/missing/", {**given, "title": "боль онкологического"}).content.decode()
    other = browser.post("/specialist/credits/missing/", {**given, "title": "Гипноз"}).content.decode()

    assert "Это одно из этих?" in found
    assert '<a href="/specialist/events/">Боль у онкологического пациента</a>' in found
    assert "Вы записывались; баллов за это сейчас не ждём" in " ".join(found.split())
    assert "Ничего похожего не нашлось" in other


def test_a_credit_that_is_thought_missing_is_marked_when_it_is_disputed() -> None:
    doctor = a_specialist()
    entry = an_entry(doctor, a_programme(title="Анемии на приёме"))
    browser = signed_in(doctor.account)
    browser.post(f"/specialist/credits/{entry.pk}/dispute/", {"text": "Часов было больше", "form_key": "a"})
    given = {"part": "programme", "title": "Анемии", "held_on": "", "organisation": "", "text": "", "form_key": "b"}

    page = browser.post("/specialist/credits/missing/", given).content.decode()

    assert f"Вы оспариваете, обращение {Claim.objects.get().number}" in page
    assert "не больше пяти каждого вида" in page


def test_a_statement_is_a_sheet_to_print_with_the_numbers_of_its_entries() -> None:
    doctor = a_specialist()
    entry = an_entry(doctor, a_programme(title="Анемии на приёме"))
    browser = signed_in(doctor.account)

    text = words(browser, "/specialist/credits/statement/")

    assert re.search(
        rf"Выписка о баллах на .* На счету 36 ЗЕТ Записей 1 .* {entry.pk} \d\d\.\d\d\.\d{{4}} Анемии", text
    )
    assert "data-print" in browser.get("/specialist/credits/statement/").content.decode()


def test_credits_of_somebody_without_a_cycle_say_so_and_lead_to_the_choice() -> None:
    doctor = a_specialist()
    entry = an_entry(doctor)
    browser = signed_in(doctor.account)

    ledger, page = browser.get("/specialist/credits/"), browser.get(f"/specialist/credits/{entry.pk}/")
    for answer in (ledger, page):
        assert "Цикл не выбран: баллы на счету, но пока ни в какой цикл не идут." in answer.content.decode()
        assert '<a href="/specialist/cycles/">' in answer.content.decode()

    a_cycle(doctor)
    assert "Цикл не выбран" not in words(browser, "/specialist/credits/")
    assert "Цикл не выбран" not in words(browser, f"/specialist/credits/{entry.pk}/")


def test_the_sum_beside_an_entry_says_that_it_goes_by_the_days_of_learning() -> None:
    doctor = a_specialist()
    today = timezone.localdate()
    late = an_entry(doctor, earned_on=today)
    early = an_entry(doctor, earned_on=today - dt.timedelta(days=90))  # entered last, learned first
    browser = signed_in(doctor.account)

    for entry, total in ((early, 36), (late, 72)):
        text = words(browser, f"/specialist/credits/{entry.pk}/")
        assert f"Итого с этой записью {total} Записи складываются по порядку дней обучения, а не дней внесения." in text


def test_a_broken_key_of_a_form_is_no_error_of_the_portal() -> None:
    doctor = a_specialist()
    row = awaited(doctor, days=-1)
    path = f"/specialist/credits/awaited/{row.pk}/dispute/"

    answer = signed_in(doctor.account).post(path, {"form_key": "\0", "text": "Обучение окончено давно"})

    assert answer.status_code in {302, 422}


def test_a_code_waits_on_the_first_page_whatever_cycle_is_chosen() -> None:
    without, cardiologist = a_specialist(), a_specialist()
    a_cycle(cardiologist, specialty=a_specialty("Кардиология"))
    for doctor in (without, cardiologist):
        awaited(doctor, holder=Holder.SPECIALIST)  # of a programme for therapists

    pages = [words(signed_in(doctor.account), "/specialist/") for doctor in (without, cardiologist)]

    assert [page.count("Введите код ИКП: его ждут 36 ЗЕТ") for page in pages] == [1, 1]
    assert [page.count("36 ЗЕТ ждут вашего кода") for page in pages] == [1, 1]


def test_an_answer_that_left_a_refusal_as_it_is_stands_beside_it_until_it_is_disputed_anew() -> None:
    doctor, operator = a_specialist(), an_operator()
    row = awaited(doctor)
    at: dict[str, Any] = {"facts": facts(), "now": timezone.now()}
    why = "Итоговая аттестация не сдана"
    refuse_expected(specialist_id=doctor.pk, source=row.source, origin=row.origin, reason=why, now=at["now"])
    browser = signed_in(doctor.account)
    claim = disputed(row, text="Аттестация сдана на отлично")
    assert "Ответ на обращение" not in words(browser, "/specialist/credits/")

    refuse_claim(claim_id=claim.pk, answer="В ведомости отметки нет", by=operator, **at)

    ledger = browser.get("/specialist/credits/")
    assert f'href="/specialist/credits/requests/{claim.pk}/">Ответ на обращение {claim.number}</a>' in (
        " ".join(ledger.content.decode().split()).replace("> ", ">").replace(" <", "<")
    )
    text = words_of(ledger)
    assert "Оператор уже разобрался и оставил как есть. Если есть что добавить, оспорьте ещё раз." in text
    assert "Если это ошибка, оспорьте" not in text
    again = disputed(row, form_key="b", text="Прилагаю ведомость с отметкой")
    text = words(browser, "/specialist/credits/")
    assert f"Вы оспариваете, обращение {again.number}" in text
    assert "Ответ на обращение" not in text


def test_an_entry_that_was_taken_back_after_all_does_not_say_that_it_stays() -> None:
    doctor = a_specialist()
    entry, proposer, other = an_entry(doctor), an_operator(), an_operator()
    at: dict[str, Any] = {"facts": facts(), "now": timezone.now()}
    browser, page = signed_in(doctor.account), f"/specialist/credits/{entry.pk}/"
    for approve, stays in ((False, True), (True, False)):
        proposal = propose_reversal(entry_id=entry.pk, reason="Внесено за однофамильца", by=proposer, **at)
        decide_proposal(proposal_id=proposal.pk, approve=approve, words="Ведомости ещё нет", by=other, **at)

        text = words(browser, page)

        assert ("Запись остаётся: оператор отказался её снять" in text) is stays
        assert ("Эта запись исправлена" in text) is not stays
