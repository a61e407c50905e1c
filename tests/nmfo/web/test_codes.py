"""O-10: an organisation's pages of confirmation codes."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.builders import a_member, a_specialist, an_operator, an_organisation, facts, signed_in
from tests.credit_builders import a_batch, an_event, code_in
from tests.nmfo.participation import builders as halls
from tests.nmfo.participation.builders import DAY, HOUR
from tests.nmfo.participation.test_closing import close
from tests.nmfo.web.test_credits import words
from tests.nmfo.web.test_events import at

from foundation.audit.models import Entry as Trail
from nmfo.catalogue.models import Version
from nmfo.credits.models import Allowance, CodeBatch, ConfirmationCode, Proposal
from nmfo.credits.operations.posting import set_people
from nmfo.credits.operations.redeeming import redeem_code
from nmfo.credits.queries.ledger import balance_of, entry_of
from nmfo.credits.rules.words import BatchState
from nmfo.organisations.models import Member
from nmfo.organisations.rules import StaffRole

pytestmark = pytest.mark.django_db


def of(event: Version, *roles: str) -> tuple[Client, Member]:
    account = a_member(event.item.organisation, *roles)
    return signed_in(account), Member.objects.get(account=account)


def form(event: Version, **values: object) -> dict[str, object]:
    until = timezone.localdate() + dt.timedelta(days=30)
    given = {"item": event.item_id, "count": "2", "valid_until_on": until.isoformat(), "note": "", "form_key": "a"}
    return {**given, **values}


def test_codes_are_issued_once_although_the_button_is_pressed_twice() -> None:
    event = an_event()
    set_people(offering=f"event:{event.item_id}", people=5, now=timezone.now())
    browser, _member = of(event)

    first = browser.post("/organisation/codes/new/", form(event))
    second = browser.post("/organisation/codes/new/", form(event))

    batch = CodeBatch.objects.get()
    assert first.url == second.url == f"/organisation/codes/{batch.pk}/"  # type: ignore[attr-defined]
    assert ConfirmationCode.objects.count() == 2
    assert "Выпущено 2 кода." in words(browser, f"/organisation/codes/{batch.pk}/")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"count": "0"}, "В партии от 1 до 5000 кодов."),
        ({"count": "много"}, "Введите целое число цифрами"),
        ({"count": ""}, "Укажите, сколько кодов."),
        ({"count": "99999999999"}, "В партии от 1 до 5000 кодов."),
        ({"valid_until_on": ""}, "Укажите, по какой день действуют коды."),
        ({"valid_until_on": "2020-01-01"}, "Последний день: от сегодняшнего до"),
        ({"item": ""}, "Выберите мероприятие."),
        ({"count": "3"}, "Кодов больше, чем подтверждённых участников, поэтому решает оператор"),
    ],
)
def test_a_wrong_form_says_so_beside_the_field_and_keeps_what_was_typed(values: dict[str, object], said: str) -> None:
    event = an_event()
    set_people(offering=f"event:{event.item_id}", people=2, now=timezone.now())
    browser, _member = of(event)

    answer = browser.post("/organisation/codes/new/", form(event, **values))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert f'<option value="{event.item_id}"' in page
    assert not CodeBatch.objects.exists()


def test_a_batch_over_the_allowance_says_that_an_operator_decides() -> None:
    event = an_event()
    set_people(offering=f"event:{event.item_id}", people=2, now=timezone.now())
    browser, _member = of(event)

    browser.post("/organisation/codes/new/", form(event, count="3", note="Один пришёл без записи"))

    batch = CodeBatch.objects.get()
    assert batch.state == BatchState.WAITING
    assert "Решает оператор" in words(browser, f"/organisation/codes/{batch.pk}/")
    assert browser.get(f"/organisation/codes/{batch.pk}/print/").status_code == 404


def test_what_an_operator_allowed_is_not_called_confirmed() -> None:
    held, unseen = halls.an_event(), an_event()
    by = halls.a_registrar(held)
    for _who in range(2):
        halls.marked(halls.signed_up(held), by)
    close(held, by, "codes")
    shown = []
    with at(halls.over(held) + DAY):
        desk = signed_in(an_operator())
        for event in (held, unseen):
            browser, _member = of(event)
            browser.post("/organisation/codes/new/", form(event, count="3", note="Один пришёл без записи"))
            batch = CodeBatch.objects.get(item=event.item_id)
            asked = [
                words(browser, f"/organisation/codes/{batch.pk}/"),
                words(desk, f"/operator/credits/codes/{batch.pk}/"),
            ]
            desk.post(f"/operator/credits/codes/{batch.pk}/", {"approve": "yes", "words": ""})
            shown.append((*asked, words(browser, "/organisation/codes/new/")))

    (*asked_of_held, held_after), (*asked_of_unseen, unseen_after) = shown
    for page in asked_of_held:
        assert "Присутствие подтверждено 2 С кодами или баллами 0" in page
        assert "Разрешено оператором" not in page
    assert "подтверждено: 2 · оператор разрешил: 3 · выдано кодов: 3" in held_after
    for page in asked_of_unseen:
        assert "Присутствие подтверждено пока ни у кого С кодами или баллами 0" in page
    assert "присутствие пока не подтверждено · оператор разрешил: 3 · выдано кодов: 3" in unseen_after


def test_a_colleague_lets_a_large_batch_be_issued_and_its_author_cannot() -> None:
    event = an_event()
    author, member = of(event, StaffRole.REGISTRAR)
    batch = a_batch(event, by=member, count=101, confirmed=200)
    path = f"/organisation/codes/{batch.pk}/"
    colleague, _other = of(event)

    assert "Выпустить" not in words(author, path).partition("Решает коллега")[2]
    assert "Когда партию разрешат, коды появятся здесь." in words(author, path)
    for shown in (words(author, path), words(colleague, path)):
        assert "Сколько кодов 101 Присутствие подтверждено пока ни у кого С кодами или баллами 101" in shown
        assert "Разрешено оператором 200" in shown
        assert "Зачем столько Столько человек было в зале" in shown
    refused = author.post(f"{path}decide/", {"approve": "yes", "words": ""})
    silent = colleague.post(f"{path}decide/", {"refuse": "yes", "words": ""})
    done = colleague.post(f"{path}decide/", {"approve": "yes", "words": ""})

    assert (refused.status_code, silent.status_code, done.status_code) == (422, 422, 302)
    assert ConfirmationCode.objects.count() == 101


def test_the_sheet_and_the_file_show_unused_codes_and_each_look_is_recorded() -> None:
    event = an_event()
    browser, member = of(event)
    batch = a_batch(event, by=member, count=3)
    ConfirmationCode.objects.filter(number=2).update(
        state="annulled", annulled_at=timezone.now(), annulled_reason="Порван"
    )

    sheet = browser.get(f"/organisation/codes/{batch.pk}/print/")
    file = browser.get(f"/organisation/codes/{batch.pk}/csv/")

    page = sheet.content.decode()
    assert [code_in(batch, number) in page for number in (1, 2, 3)] == [True, False, True]
    assert page.count('class="label__qr"') == 2
    assert "data-print" in page
    rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["Номер", "Код", "Действуют по"]
    assert [row[1] for row in rows[1:]] == [code_in(batch, 1), code_in(batch, 3)]
    looks = Trail.objects.filter(action="codes.looked_at", actor_id=member.account_id)
    assert [row.after["what"] for row in looks.order_by("pk")] == ["print", "csv"]
    assert "no-store" in sheet.headers["Cache-Control"]


def test_codes_by_name_say_on_paper_and_in_the_file_whose_they_are() -> None:
    event = an_event()
    browser, member = of(event)
    people = [a_specialist(surname=surname) for surname in ("Ёлкина", "Сидоренко")]
    batch = a_batch(event, by=member, people=people)

    sheet = words(browser, f"/organisation/codes/{batch.pk}/print/")
    file = browser.get(f"/organisation/codes/{batch.pk}/csv/")

    rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["Номер", "Код", "Действуют по", "Чей код"]
    assert [(row[1], row[3]) for row in rows[1:]] == [
        (code_in(batch, 1), "Ёлкина Анна Петровна"),
        (code_in(batch, 2), "Сидоренко Анна Петровна"),
    ]
    for row in rows[1:]:
        assert f"{row[3]} {event.title} {row[1]}" in sheet


def test_codes_are_annulled_by_number_with_a_reason() -> None:
    event = an_event()
    browser, member = of(event)
    batch = a_batch(event, by=member, count=5)
    path = f"/organisation/codes/{batch.pk}/annul/"

    silent = browser.post(path, {"numbers": "1", "reason": ""})
    odd = browser.post(path, {"numbers": "1-", "reason": "Лист испорчен при печати"})
    backward = browser.post(path, {"numbers": "4-2", "reason": "Лист испорчен при печати"})
    done = browser.post(path, {"numbers": "1, 3-4", "reason": "Лист испорчен при печати"})

    assert [answer.status_code for answer in (silent, odd, backward, done)] == [422, 422, 422, 302]
    assert list(batch.codes.filter(state="annulled").order_by("number").values_list("number", flat=True)) == [1, 3, 4]
    page = browser.get(f"/organisation/codes/{batch.pk}/").content.decode()
    assert page.count(f"<small>{batch.codes.get(number=1).annulled_reason}</small>") == 3


def test_a_whole_batch_is_annulled_only_when_that_was_said() -> None:
    event = an_event()
    browser, member = of(event)
    batch = a_batch(event, by=member, count=3)
    path, why = f"/organisation/codes/{batch.pk}/annul/", "Лист испорчен при печати"

    silent = browser.post(path, {"numbers": "", "reason": why})
    both = browser.post(path, {"numbers": "1", "everything": "on", "reason": why})
    assert "Напишите номера или отметьте, что аннулируются все коды." in silent.content.decode()
    assert "либо некоторые коды, либо все." in both.content.decode()
    assert not batch.codes.filter(state="annulled").exists()

    browser.post(path, {"numbers": "", "everything": "on", "reason": why})
    assert batch.codes.filter(state="annulled").count() == 3


def test_an_organisation_takes_back_its_batch_that_waits_for_an_operator() -> None:
    event = an_event()
    browser, member = of(event)
    batch = a_batch(event, by=member, count=3, confirmed=2, note="Один пришёл без записи")
    path, why = f"/organisation/codes/{batch.pk}/", "Он записался под другой фамилией"
    desk = signed_in(an_operator())
    before = words(desk, f"/operator/credits/codes/{batch.pk}/")

    offered = words(browser, path)
    silent = browser.post(f"{path}withdraw/", {"withdraw-reason": ""})
    done = browser.post(f"{path}withdraw/", {"withdraw-reason": why})
    again = browser.post(f"{path}withdraw/", {"withdraw-reason": why})

    assert "С кодами или баллами 0 Разрешено оператором 2" in before
    assert "Отозвать партию" in offered
    assert (silent.status_code, done.status_code, again.status_code) == (422, 302, 422)
    assert f"Организация отозвала партию {why}" in words(browser, path)
    assert "Отозвана организацией" in words(desk, f"/operator/credits/codes/{batch.pk}/")
    assert "Отозваны коды подтверждения" in words(browser, "/organisation/journal/")
    taken = Trail.objects.get(action="codes.withdrawn")
    assert (taken.actor_id, taken.subject_id, taken.reason) == (member.account_id, batch.pk, why)
    assert not ConfirmationCode.objects.exists()


def test_what_a_batch_that_is_taken_back_had_reserved_is_free_again() -> None:
    event = an_event()
    browser, member = of(event)
    batch = a_batch(event, by=member, count=101, confirmed=120)

    browser.post(f"/organisation/codes/{batch.pk}/withdraw/", {"withdraw-reason": "Столько не понадобилось"})

    assert Allowance.objects.get(offering=f"event:{event.item_id}").given == 0


def test_what_cannot_be_annulled_is_named_with_the_reason() -> None:
    event = an_event()
    browser, member = of(event)
    batch = a_batch(event, by=member, count=5)
    batch.codes.filter(number__in=[1, 2]).update(
        state="activated", activated_at=timezone.now(), activated_by=a_specialist()
    )
    path, why = f"/organisation/codes/{batch.pk}/", "Лист испорчен при печати"

    form = words(browser, path)
    part = browser.post(f"{path}annul/", {"numbers": "1-3, 9", "reason": why})
    said = words(browser, path)
    none = browser.post(f"{path}annul/", {"numbers": "1, 3, 9", "reason": why})
    browser.post(f"{path}annul/", {"numbers": "", "everything": "on", "reason": why})
    empty = browser.post(f"{path}annul/", {"numbers": "", "everything": "on", "reason": why})

    assert "Не короче 10 знаков" in form
    assert part.status_code == 302
    assert "Не аннулированы: уже введены: 1-2; таких номеров нет: 9. Если код введён" in said
    assert (none.status_code, empty.status_code) == (422, 422)
    refusal = "Не аннулированы: уже введены: 1; аннулированы раньше: 3; таких номеров нет: 9. Если код введён"
    assert refusal in none.content.decode()
    assert "Кодов, которые никто не ввёл, не осталось." in empty.content.decode()


def test_what_a_code_gave_is_taken_back_by_two_and_nobody_learns_who_brought_it() -> None:
    event, doctor = an_event(), a_specialist(surname="Предъявителева")
    browser, member = of(event)
    batch = a_batch(event, by=member, count=2)
    entry = redeem_code(specialist=doctor, text=code_in(batch, 2), facts=facts(), now=timezone.now())
    page, path = f"/organisation/codes/{batch.pk}/", f"/organisation/codes/{batch.pk}/2/reversal/"

    assert f'href="{path}"' in browser.get(page).content.decode()
    assert browser.get(f"/organisation/codes/{batch.pk}/1/reversal/").status_code == 404
    asking = words(browser, path)
    silent = browser.post(path, {"reason": ""})
    browser.post(path, {"reason": "Лист с кодом ушёл не тому"})
    waiting = words(browser, page)
    proposal = Proposal.objects.get()
    operator = signed_in(an_operator())
    operator.post(f"/operator/credits/corrections/{proposal.pk}/", {"approve": "yes", "words": ""})
    done, after = words(browser, page), words(browser, path)

    assert silent.status_code == 422
    assert (proposal.entry_id, proposal.organisation_id) == (entry.pk, batch.organisation_id)
    assert "Отмена ждёт оператора" in waiting
    assert "ЗЕТ списаны" in done
    assert f'href="/organisation/codes/new/?item={batch.item_id}"' in browser.get(path).content.decode()
    assert balance_of(doctor) == 0
    for text in (asking, waiting, done, after):
        assert "Предъявителева" not in text
    assert "Предъявителева" in words(operator, f"/operator/credits/corrections/{proposal.pk}/")


def test_the_list_of_the_event_does_not_tell_whose_code_it_was() -> None:
    now = timezone.now()
    event = halls.an_event(begins_at=now - DAY, ends_at=now - DAY + 3 * HOUR)
    browser, member = of(event)
    batch, named = a_batch(event, by=member, count=2), a_specialist(surname="Именная")
    rows = [halls.signed_up(event, who, now=now - 2 * DAY) for who in (a_specialist(surname="Соколова"), named)]
    for row, text in zip(rows, (code_in(batch, 2), code_in(a_batch(event, by=member, people=[named]))), strict=True):
        halls.marked(row, member, now=now - DAY + HOUR)
        redeem_code(specialist=row.specialist, text=text, facts=facts(), now=now)
    close(event, member, "codes", now)
    page, path = f"/organisation/events/{event.item_id}/", f"/organisation/codes/{batch.pk}/2/reversal/"

    asking = words(browser, path)
    browser.post(path, {"reason": "Лист с кодом ушёл не тому"})
    people = words(browser, page)

    assert Proposal.objects.get().state == "open"
    assert "запись №" not in asking
    assert "Соколова" in people
    assert "Отмена ждёт оператора" not in people
    assert browser.get(f"{page}people/{rows[0].pk}/reversal/").status_code == 404
    assert f"запись № {entry_of(named).get().pk} от" in words(browser, f"{page}people/{rows[1].pk}/reversal/")


def test_another_organisation_and_a_teacher_see_nothing_of_it() -> None:
    event = an_event()
    _browser, member = of(event)
    batch = a_batch(event, by=member)
    stranger = signed_in(a_member(an_organisation()))
    teacher, _member = of(event, StaffRole.TEACHER)

    redeem_code(specialist=a_specialist(), text=code_in(batch), facts=facts(), now=timezone.now())
    for page in ("", "print/", "csv/", "1/reversal/"):
        assert stranger.get(f"/organisation/codes/{batch.pk}/{page}").status_code == 404
        assert teacher.get(f"/organisation/codes/{batch.pk}/{page}").status_code == 403
    for action in ("annul/", "decide/", "withdraw/"):
        assert (
            stranger.post(f"/organisation/codes/{batch.pk}/{action}", {"reason": "Причина, достаточно"}).status_code
            == 404
        )
    assert "Кодов пока нет" in words(stranger, "/organisation/codes/")
    assert "Прошедших мероприятий пока нет" in words(stranger, "/organisation/codes/new/")


def test_a_list_costs_the_same_for_one_batch_and_for_many() -> None:
    event = an_event()
    browser, member = of(event)

    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(path).status_code == 200
        return len(seen)

    batch = a_batch(event, by=member)
    paths = ["/organisation/codes/", "/organisation/codes/new/", f"/organisation/codes/{batch.pk}/"]
    cost(paths[0])  # the first page of a session costs one more
    few = [cost(path) for path in paths]
    for _number in range(3):
        a_batch(an_event(event.item.organisation), by=member, count=2)

    assert [cost(path) for path in paths] == few
    assert max(few) <= 12
