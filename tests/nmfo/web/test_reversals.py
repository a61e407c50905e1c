"""Credits given by mistake: proposed on the organisation's page, decided on the operator's, told everywhere (L7, Z4)."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.builders import a_member, a_specialist, an_operator, facts, signed_in
from tests.enrolment_builders import DAY, a_registrar, a_run_of, an_application, enrolled, over
from tests.nmfo.enrolment.test_reversing import complete
from tests.nmfo.participation.builders import HOUR, an_event, marked, signed_up
from tests.nmfo.participation.builders import a_registrar as a_registrar_at
from tests.nmfo.participation.builders import over as after
from tests.nmfo.participation.test_closing import close, settle
from tests.nmfo.web.test_events import at

from foundation.mail.models import Letter
from foundation.ui.templatetags.ui import moment, short_day
from nmfo.credits.models import Claim, LedgerEntry, Proposal
from nmfo.credits.operations.correcting import propose_reversal
from nmfo.enrolment.models import Application, Completion, FrdoRecord
from nmfo.organisations.models import Member
from nmfo.organisations.rules import StaffRole

pytestmark = pytest.mark.django_db
REASON = "Внесено однофамилице"


@pytest.fixture
def by(db: None) -> Member:
    return a_registrar()


@pytest.fixture
def row(by: Member) -> Application:
    run = a_run_of(by)
    made = enrolled(an_application(run, a_specialist(surname="Соколова")), by)
    over(run)
    complete(made, by)
    return made


def page(answer: Any) -> str:
    return " ".join(html.unescape(answer.content.decode()).replace("\u00a0", " ").split())


def main(answer: Any) -> str:
    return page(answer).partition("<main")[2].partition("</main>")[0]


def decided(*, approve: bool, words: str = "") -> Any:
    browser, proposal = signed_in(an_operator()), Proposal.objects.latest("pk")
    sent = {"words": words, "approve" if approve else "decline": "1"}
    return browser.post(f"/operator/credits/corrections/{proposal.pk}/", sent, follow=True)


def sent(**changes: str) -> dict[str, str]:
    yesterday = (timezone.localdate() - DAY).isoformat()
    given = {
        "mark": "good",
        "attested_on": yesterday,
        "series": "ПК",
        "number": "772400123456",
        "registration_number": "118/26",
        "issued_on": yesterday,
    }
    return {**given, **changes}


def test_from_a_mistake_to_the_corrected_result_through_the_pages(by: Member, row: Application) -> None:
    desk, person = signed_in(by.account), signed_in(row.specialist.account)
    card, path = f"/organisation/applications/{row.pk}/", f"/organisation/applications/{row.pk}/reversal/"

    assert "Внесено по ошибке? Отменить начисление" in page(desk.get(card))
    asked = page(desk.post(path, {"reason": REASON}, follow=True))
    assert "Ждёт решения оператора" in asked
    assert "<h1>Отмена предложена</h1>" in asked
    assert REASON in asked
    assert "Отмена ждёт оператора" in page(desk.get(card))
    assert "Отмена ждёт оператора" in page(desk.get(f"/organisation/groups/{row.run_id}/"))
    assert "36 ЗЕТ на счету" in page(person.get(f"/specialist/applications/{row.pk}/"))

    decided(approve=True)

    assert "Результат отозван" in page(desk.get(card))
    assert "Внести исправленный результат" in page(desk.get(path))
    assert re.search(rf'class="note[^"]*"(?:(?!</div>).)*{REASON}', page(desk.get(card)))
    told = page(person.get(f"/specialist/applications/{row.pk}/"))
    assert "ЗЕТ списаны. Организация может внести исправленный результат." in told
    assert REASON in told
    group = page(desk.get(f"/organisation/groups/{row.run_id}/"))
    assert "Внести исправленный результат" in group
    answer = desk.post(f"{card}result/", sent(), follow=True)
    assert "Результат внесён, слушателю зачислено 36 ЗЕТ." in page(answer)
    again = desk.post(f"{card}result/", sent())
    assert "Результат этого слушателя уже внесён" in page(again)

    worths = list(LedgerEntry.objects.order_by("pk").values_list("credits", flat=True))
    assert worths == [36, -36, 36]
    assert Application.objects.get(pk=row.pk).state == "credited"
    assert "Внесено по ошибке? Отменить начисление" in page(desk.get(card))


def test_a_declined_proposal_says_why_and_may_be_made_again(by: Member, row: Application) -> None:
    desk, path = signed_in(by.account), f"/organisation/applications/{row.pk}/reversal/"
    desk.post(path, {"reason": REASON})

    decided(approve=False, words="Ведомость верна")

    card = page(desk.get(f"/organisation/applications/{row.pk}/"))
    assert "В отмене отказано" in card
    assert path in card
    assert "В отмене отказано" in page(desk.get(f"/organisation/groups/{row.run_id}/"))
    text = page(desk.get(path))
    assert "Ведомость верна" in text
    assert f"«{REASON}»" in text
    assert "Предложить отмену" in text
    desk.post(path, {"reason": "Вот приказ"})
    assert Proposal.objects.filter(state="open").count() == 1


def test_a_reason_is_needed_and_a_second_press_proposes_nothing_more(by: Member, row: Application) -> None:
    desk, path = signed_in(by.account), f"/organisation/applications/{row.pk}/reversal/"

    empty = desk.post(path, {"reason": " "})
    desk.post(path, {"reason": REASON})
    second = desk.post(path, {"reason": REASON})

    assert (empty.status_code, second.status_code) == (422, 422)
    assert "Напишите причину одним предложением" in page(empty)
    assert Proposal.objects.count() == 1


def test_who_proposed_withdraws_it_while_nobody_has_decided(by: Member, row: Application) -> None:
    desk, path = signed_in(by.account), f"/organisation/applications/{row.pk}/reversal/"
    colleague = signed_in(a_member(by.organisation, StaffRole.REGISTRAR))
    withdraw = {"withdraw": "yes", "words": "Ведомость нашлась, всё верно"}
    early = desk.post(path, withdraw)
    desk.post(path, {"reason": REASON})

    silent = desk.post(path, {**withdraw, "words": ""})
    other = colleague.post(path, withdraw)
    assert "Отозвать предложение" not in page(colleague.get(path))
    assert "Отозвать предложение" in page(desk.get(path))
    done = page(desk.post(path, withdraw, follow=True))
    late = desk.post(path, withdraw)

    assert [one.status_code for one in (early, silent, other, late)] == [422] * 4
    assert "Предложение отозвано: ЗЕТ остаются на счету" in done
    assert "Ведомость нашлась, всё верно" in done
    assert "Предложить отмену" in done
    assert list(LedgerEntry.objects.values_list("credits", flat=True)) == [36]
    assert signed_in(an_operator()).get("/operator/credits/corrections/").content.decode().count("Очередь пуста") == 1
    desk.post(path, {"reason": REASON})
    decided(approve=True)
    assert desk.post(path, withdraw).status_code == 422

    owner = page(signed_in(a_member(by.organisation)).get("/organisation/journal/"))
    shown = ["Предложение отменить начисление", "Предложение отменить начисление отозвано", "Начисление отменено"]
    assert [f"{one}<small>" in owner for one in shown] == [True] * 3


def test_an_organisation_does_not_read_which_operator_proposed_it(by: Member, row: Application) -> None:
    propose_reversal(
        entry_id=LedgerEntry.objects.get().pk,
        reason=REASON,
        by=an_operator(surname="Проверяльщикова"),
        facts=facts(),
        now=timezone.now(),
    )

    shown = page(signed_in(by.account).get(f"/organisation/applications/{row.pk}/reversal/"))

    assert "Предложение: оператор портала, " in shown
    assert "Проверяльщикова" not in shown


def test_operators_decide_with_the_application_the_document_and_other_entries_before_them(
    by: Member, row: Application
) -> None:
    entry = LedgerEntry.objects.get()
    signed_in(by.account).post(f"/organisation/applications/{row.pk}/reversal/", {"reason": REASON})
    operator, proposal = signed_in(an_operator()), Proposal.objects.get()
    paper = Completion.objects.get()
    FrdoRecord.objects.create(completion=paper, specialist=row.specialist, by=by.account, at=timezone.now())
    path = f"/operator/credits/corrections/{proposal.pk}/"

    before = page(operator.get(path))
    decided(approve=True)
    after_it = page(operator.get(path))

    for told in (
        f"№ {entry.pk}, внесена",
        f'href="/operator/people/{row.specialist.account_id}/"',
        f'href="/operator/items/{row.item_id}/"',
        row.number,
        paper.document_name,
        f"рег. № {paper.registration_number}",
        "организация отметила внесение в ФИС ФРДО",
    ):
        assert told in before
    reversal = LedgerEntry.objects.get(reverses=entry)
    assert f"записью № {reversal.pk} от" in after_it
    assert f"−36, {entry.earned_on:%d.%m.%Y}, запись № {reversal.pk}" in after_it
    assert f"МСК · запись № {reversal.pk}" in after_it
    assert operator.get(f"/operator/items/{row.item_id}/").status_code == 200


def test_nobody_proposes_about_themselves_or_about_another_organisation(by: Member, row: Application) -> None:
    path = f"/organisation/applications/{row.pk}/reversal/"

    assert signed_in(a_registrar().account).post(path, {"reason": REASON}).status_code == 404
    Member.objects.filter(pk=by.pk).update(roles=["methodist"])
    assert signed_in(by.account).post(path, {"reason": REASON}).status_code == 403

    assert not Proposal.objects.exists()


def test_an_application_without_a_result_has_nothing_to_take_back(by: Member) -> None:
    row = an_application(a_run_of(by))

    assert signed_in(by.account).get(f"/organisation/applications/{row.pk}/reversal/").status_code == 404


def test_who_decides_reads_that_a_mark_came_after_the_event(db: None) -> None:
    event = an_event(seats=5)
    in_time, later = signed_up(event), signed_up(event)
    by = a_registrar_at(event)
    marked(in_time, by)
    marked(later, by, now=after(event))
    close(event, by)
    settle(event)
    operator = an_operator()
    with at(after(event) + HOUR):
        shown = {}
        for row in (in_time, later):
            entry = LedgerEntry.objects.get(specialist=row.specialist)
            given: dict[str, Any] = {"reason": REASON, "by": operator, "facts": facts(), "now": timezone.now()}
            proposal = propose_reversal(entry_id=entry.pk, **given)
            shown[row] = text_in(page(signed_in(an_operator()).get(f"/operator/credits/corrections/{proposal.pk}/")))

    told = f"Внесено после мероприятия: {text_in(moment(after(event)))}"
    assert told in shown[later]
    assert told not in shown[in_time]


def test_a_credit_of_an_event_is_taken_back_from_its_list(db: None) -> None:
    event = an_event(seats=5)
    person = signed_up(event, a_specialist(surname="Соколова"))
    by = a_registrar_at(event)
    marked(person, by)
    close(event, by)
    settle(event)
    with at(after(event) + HOUR):
        desk: Client = signed_in(by.account)
        path = f"/organisation/events/{event.item_id}/people/{person.pk}/reversal/"
        assert path in page(desk.get(f"/organisation/events/{event.item_id}/"))
        asked = main(desk.get(path))
        assert "<dt> Участник </dt>" in asked
        assert "лушател" not in asked
        assert "Ждёт решения оператора" in page(desk.post(path, {"reason": REASON}, follow=True))
        assert "Отмена ждёт оператора" in page(desk.get(f"/organisation/events/{event.item_id}/"))

        shown = page(signed_in(an_operator()).get(f"/operator/credits/corrections/{Proposal.objects.get().pk}/"))
        assert "Присутствие на мероприятии Организатор подтвердил его" in text_in(shown)
        assert f"{text_in(moment(person.marks.get().at))}: вход" in text_in(shown)
        decided(approve=True)
        gone = LedgerEntry.objects.get(credits__lt=0)
        mine: Client = signed_in(person.specialist.account)
        for answer in (mine.get("/specialist/events/"), mine.get(f"/specialist/events/{person.pk}/presence/")):
            assert f"Снято {short_day(gone.posted_at)}: {REASON}" in text_in(page(answer))
            assert f'href="/specialist/credits/{gone.pk}/"' in page(answer)
            assert "придут на ваш счёт сами" not in page(answer)

        done = page(desk.get(path))
        assert "<h1>ЗЕТ списаны</h1>" in done
        assert "<dt> Участник </dt>" in done
        assert "Прежний код или отметка повторно баллов не дадут" in done
        assert f'href="/organisation/codes/new/?item={event.item_id}"' in done
        assert "Выпустить новый код" in done
        assert "ЗЕТ списаны" in page(desk.get(f"/organisation/events/{event.item_id}/"))
    assert sum(LedgerEntry.objects.values_list("credits", flat=True)) == 0


def text_in(shown: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", shown).split())


def defended(row: Application, entry: LedgerEntry) -> Client:
    """The person has said why the entry is right; their browser."""
    person, path = signed_in(row.specialist.account), f"/specialist/credits/{entry.pk}/dispute/"
    assert 'name="defends" value="True"' in page(person.get(path))
    person.post(path, {"text": "Аттестация была, ведомость у меня", "form_key": "d", "defends": "True"})
    return person


@pytest.mark.parametrize("how", ["approved", "declined", "withdrawn"])
def test_the_decision_about_an_entry_answers_whoever_said_that_it_is_right(
    by: Member, row: Application, how: str
) -> None:
    desk, path = signed_in(by.account), f"/organisation/applications/{row.pk}/reversal/"
    desk.post(path, {"reason": REASON})
    person = defended(row, LedgerEntry.objects.get())
    claim = Claim.objects.get()
    asked, seen = f"/specialist/credits/requests/{claim.pk}/", f"/operator/credits/requests/{claim.pk}/"

    operator = signed_in(an_operator())
    assert "Запись верна: возражение против снятия" in page(person.get(asked))
    assert "Решение по исправлению станет ответом на это обращение." in page(operator.get(seen))
    assert f"Верна, по словам человека: обращение {claim.number}" in page(operator.get(seen))
    assert "Решено: исправлено" not in page(operator.get(seen))
    assert operator.post(f"{seen}answer/", {"answer": "Оставили как есть", "refuse": "1"}).status_code == 422

    if how == "withdrawn":
        desk.post(path, {"withdraw": "yes", "words": "Ведомость нашлась"})
    else:
        decided(approve=how == "approved", words="Ведомость верна" if how == "declined" else "")

    said, words = {
        "approved": ("Отклонено: запись снята", REASON),
        "declined": ("Подтверждено: запись остаётся", "Ведомость верна"),
        "withdrawn": ("Подтверждено: запись остаётся", "Ведомость нашлась"),
    }[how]
    answer, letter = page(person.get(asked)), Letter.objects.get(kind="claim_answered")
    for text in (answer, letter.text or ""):
        assert said in text
        assert words in text
        assert "исправлено" not in text
    assert said in page(person.get("/specialist/credits/requests/"))
    assert said in page(operator.get(seen))
    assert "Обращение решено этой записью" not in page(person.get(f"/specialist/credits/{claim.entry_id}/"))
    assert not Letter.objects.filter(kind="entry_stays").exists()


def test_a_defence_that_comes_after_the_decision_says_so(by: Member, row: Application) -> None:
    desk, path = signed_in(by.account), f"/organisation/applications/{row.pk}/reversal/"
    desk.post(path, {"reason": REASON})
    entry = LedgerEntry.objects.get()
    decided(approve=False, words="Ведомость верна")

    late = signed_in(row.specialist.account).post(
        f"/specialist/credits/{entry.pk}/dispute/", {"text": "Аттестация была", "form_key": "d", "defends": "True"}
    )

    assert late.status_code == 422
    assert "Снять эту запись больше не предлагают" in page(late)
    assert not Claim.objects.exists()


def test_the_row_of_an_entry_says_one_thing_at_each_step(by: Member, row: Application) -> None:
    desk, path = signed_in(by.account), f"/organisation/applications/{row.pk}/reversal/"
    desk.post(path, {"reason": REASON})
    entry, person = LedgerEntry.objects.get(), signed_in(row.specialist.account)

    for address in ("/specialist/credits/", f"/specialist/credits/{entry.pk}/"):
        proposed = page(person.get(address))
        assert "Баллы уже засчитаны" not in proposed
    assert "Если запись верна, откройте её и напишите почему" in page(person.get("/specialist/credits/"))

    defended(row, entry)
    rows = page(person.get("/specialist/credits/"))
    assert "Вы написали, почему запись верна" in rows
    assert "откройте её и напишите" not in rows

    decided(approve=True)
    person.post(f"/specialist/credits/{entry.pk}/dispute/", {"text": "Напрасно сняли, верните", "form_key": "e"})
    rows = page(person.get("/specialist/credits/"))
    assert "Вы оспариваете, обращение" in rows
    assert "пока баллы засчитаны" not in rows
