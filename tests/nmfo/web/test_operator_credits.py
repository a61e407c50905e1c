"""An operator's pages of credits: requests, corrections by two, batches of codes, overdue results."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.applicants import PDF
from tests.builders import a_specialist, a_specialty, an_operator, facts, signed_in
from tests.credit_builders import a_batch, a_programme, an_entry, an_event, awaited, code_in, disputed
from tests.cycle_builders import a_cycle
from tests.nmfo.web.test_credits import words

from foundation.audit.models import Entry as Trail
from foundation.mail.models import Letter
from foundation.ui.templatetags.ui import day
from nmfo.credits.models import Claim, CodeBatch, LedgerEntry, Proposal
from nmfo.credits.operations.claiming import MissingCredit, dispute_expectation, report_missing
from nmfo.credits.operations.expecting import refuse_expected
from nmfo.credits.operations.redeeming import redeem_code
from nmfo.credits.queries.ledger import balance_of
from nmfo.credits.rules.words import ClaimState, Part
from nmfo.cycles.queries.counting import counted_for
from nmfo.specialists.models import Specialist

pytestmark = pytest.mark.django_db
REASON = "В ведомости стоит другая фамилия"


def a_dispute(doctor: Specialist | None = None) -> Claim:
    doctor = doctor or a_specialist()
    entry = an_entry(doctor, a_programme(title="Анемии на приёме"))
    return disputed(entry, text="Я не училась на этой программе")


def a_proposed_reversal() -> Proposal:
    claim = a_dispute()
    sent = {"reverse-reason": REASON, "reverse-then": "settled"}
    signed_in(an_operator()).post(f"/operator/credits/requests/{claim.pk}/reverse/", sent)
    return Proposal.objects.get(claim=claim)


def a_missing(doctor: Specialist) -> Claim:
    return report_missing(
        specialist=doctor,
        missing=MissingCredit(
            part=Part.EVENT, title="Конференция", held_on=dt.date(2026, 5, 14), organisation_name="Общество"
        ),
        text="Балл не пришёл до сих пор",
        form_key="b",
        facts=facts(),
        now=timezone.now(),
    )


def operators() -> tuple[Client, Client]:
    return signed_in(an_operator()), signed_in(an_operator())


def test_a_disputed_entry_is_taken_back_by_two_operators_and_the_request_is_settled() -> None:
    claim = a_dispute()
    first, second = operators()
    path = f"/operator/credits/requests/{claim.pk}/"

    assert "Я не училась на этой программе" in words(first, path)
    first.post(f"{path}reverse/", {"reverse-reason": REASON, "reverse-then": "settled"})
    proposal = Proposal.objects.get()
    own = first.post(f"/operator/credits/corrections/{proposal.pk}/", {"approve": "yes", "words": ""})
    done = second.post(f"/operator/credits/corrections/{proposal.pk}/", {"approve": "yes", "words": ""})

    assert (own.status_code, done.status_code) == (422, 302)
    assert balance_of(claim.specialist) == 0
    claim.refresh_from_db()
    assert (claim.state, claim.answer) == (ClaimState.GRANTED, REASON)
    entry = claim.entry
    assert entry is not None
    known = words(first, path).partition("Что знает портал")[2]
    assert f"+{entry.worth}&nbsp;ЗЕТ · {entry.get_source_display()} · баллы сняты" in known
    assert known.count("баллы сняты") == 1


def test_a_request_shows_what_is_proposed_for_it_and_what_came_of_it() -> None:
    claim = a_dispute()
    first, second = operators()
    path = f"/operator/credits/requests/{claim.pk}/"
    fresh = words(first, path)
    first.post(f"{path}reverse/", {"reverse-reason": REASON, "reverse-then": "settled"})

    waiting, listed = words(first, path), words(second, "/operator/credits/requests/")
    second.post(f"/operator/credits/corrections/{Proposal.objects.get().pk}/", {"approve": "yes", "words": "Верно"})
    settled = words(first, path)

    assert "Исправить: предложить снять запись" in fresh
    assert "Исправление ждёт второго оператора" in waiting
    assert "Исправить: предложить" not in waiting
    assert f"−36 · Анемии на приёме {REASON} Предложение:" in waiting
    assert "предложено исправление" in listed
    assert "Верно Решение:" in settled
    assert f"запись № {LedgerEntry.objects.latest('pk').pk}" in settled


def test_a_correction_begins_from_the_request_with_all_that_it_says() -> None:
    entered = a_dispute()
    doctor = a_specialist()
    row = awaited(doctor, days=-3)
    awaiting = dispute_expectation(
        specialist=doctor,
        expectation_id=row.pk,
        text="Жду уже третью неделю",
        form_key="a",
        facts=facts(),
        now=timezone.now(),
    )
    browser, _second = operators()

    for claim, title, worth in ((entered, "Анемии на приёме", "36"), (awaiting, "Избранные вопросы терапии", "36")):
        text = browser.get(f"/operator/credits/requests/{claim.pk}/").content.decode()
        assert f'value="{title}"' in text
        assert f'value="{worth}"' in text
        reason = re.search(r'<textarea name="enter-reason"[^>]*>([^<]*)</textarea>', text)
        assert reason is not None
        assert reason[1].strip() == ""  # a real one is asked for
        assert "/operator/items/" in text


def test_the_second_operator_has_before_them_what_the_person_says_encloses_and_was_refused() -> None:
    doctor = a_specialist()
    row = awaited(doctor, days=-3)
    refuse_expected(
        specialist_id=doctor.pk, source=row.source, origin=row.origin, reason="Отмечено 40 минут", now=timezone.now()
    )
    claim = dispute_expectation(
        specialist=doctor,
        expectation_id=row.pk,
        text="Я был до конца",
        form_key="a",
        upload=SimpleUploadedFile("удостоверение.pdf", PDF),
        facts=facts(),
        now=timezone.now(),
    )
    first, second = operators()
    path = f"/operator/credits/requests/{claim.pk}/"
    given = {"enter-title": "Вебинар", "enter-part": "programme", "enter-worth": "36", "enter-earned_on": "2026-05-14"}
    first.post(f"{path}enter/", {**given, "enter-reason": REASON})

    page = f"/operator/credits/corrections/{Proposal.objects.get().pk}/"
    text = words(second, page)

    assert "Я был до конца" in text
    assert re.search(r"\S: Отмечено 40 минут", text)
    assert f'href="{path}file/"' in second.get(page).content.decode()
    assert Trail.objects.filter(action="account.looked_at", reason=claim.number, after__what="credits").count() == 2


def test_a_request_stays_open_until_the_entry_that_comes_in_place_of_another_is_there() -> None:
    claim = a_dispute()
    first, second = operators()
    path = f"/operator/credits/requests/{claim.pk}/"

    unsaid = first.post(f"{path}reverse/", {"reverse-reason": REASON})
    first.post(f"{path}reverse/", {"reverse-reason": REASON, "reverse-then": "open"})
    page = f"/operator/credits/corrections/{Proposal.objects.get().pk}/"
    seen = words(second, page)
    second.post(page, {"approve": "yes", "words": ""})

    assert unsaid.status_code == 422
    assert "Укажите, будет ли другая запись" in unsaid.content.decode()
    assert "обращение остаётся открытым" in seen
    claim.refresh_from_db()
    assert claim.state == ClaimState.OPEN
    assert balance_of(claim.specialist) == 0
    assert not Letter.objects.filter(kind="claim_answered").exists()
    given = {"enter-title": "Анемии", "enter-part": "programme", "enter-worth": "36", "enter-earned_on": "2026-05-14"}
    first.post(f"{path}enter/", {**given, "enter-reason": REASON})
    second.post(f"/operator/credits/corrections/{Proposal.objects.latest('pk').pk}/", {"approve": "yes", "words": ""})
    claim.refresh_from_db()
    assert claim.state == ClaimState.GRANTED
    assert balance_of(claim.specialist) == 36
    made = LedgerEntry.objects.latest("pk")
    told = words(signed_in(claim.specialist.account), f"/specialist/credits/{made.pk}/")
    assert f"{REASON} По обращению {claim.number} от" in told


def test_a_missing_credit_is_entered_by_hand_by_two_operators() -> None:
    doctor = a_specialist()
    claim = a_missing(doctor)
    first, second = operators()
    path = f"/operator/credits/requests/{claim.pk}/enter/"
    given = {"enter-title": "Конференция", "enter-part": "event", "enter-worth": "6", "enter-earned_on": "2026-05-14"}
    given["enter-stands_for"] = "nothing"

    unsaid = first.post(path, {**given, "enter-stands_for": "", "enter-reason": REASON})
    silent = first.post(path, {**given, "enter-reason": ""})
    huge = first.post(path, {**given, "enter-worth": "501", "enter-reason": REASON})
    first.post(path, {**given, "enter-reason": REASON})
    second.post(f"/operator/credits/corrections/{Proposal.objects.get().pk}/", {"approve": "yes", "words": ""})

    assert (unsaid.status_code, silent.status_code, huge.status_code) == (422, 422, 422)
    assert "Укажите, что это" in unsaid.content.decode()
    assert 'value="Конференция"' in silent.content.decode()
    entry = LedgerEntry.objects.get()
    assert (entry.credits, entry.title, entry.reason) == (6, "Конференция", REASON)


def test_a_missing_credit_that_is_awaited_is_chosen_among_what_the_portal_knows() -> None:
    doctor = a_specialist()
    claim, row = a_missing(doctor), awaited(doctor, days=-3)
    first, second = operators()
    path = f"/operator/credits/requests/{claim.pk}/"
    given = {"enter-title": "Терапия", "enter-part": "programme", "enter-worth": "36", "enter-earned_on": "2026-05-14"}
    given |= {"enter-stands_for": str(row.pk), "enter-reason": REASON}

    offered = words(first, path)
    other = first.post(f"{path}enter/", {**given, "enter-stands_for": str(awaited(a_specialist(), days=-3).pk)})
    first.post(f"{path}enter/", given)
    page = f"/operator/credits/corrections/{Proposal.objects.get().pk}/"
    seen = words(second, page)
    second.post(page, {"approve": "yes", "words": ""})

    assert "Избранные вопросы терапии" in offered
    assert other.status_code == 422
    assert "Ожидалось: Избранные вопросы терапии" in seen
    row.refresh_from_db()
    assert row.entry == LedgerEntry.objects.get()
    assert row.entry.title == ""
    assert row.entry.version == row.version


def test_a_card_is_named_by_its_number_or_address() -> None:
    version = an_event()
    claim = a_missing(a_specialist())
    first, second = operators()
    path = f"/operator/credits/requests/{claim.pk}/enter/"
    given = {"enter-title": "Конференция", "enter-part": "event", "enter-worth": "3", "enter-earned_on": "2026-05-14"}
    given |= {"enter-stands_for": "card", "enter-reason": REASON}

    said = {card: first.post(path, {**given, "enter-card": card}) for card in ("", "нет", "999999", "9" * 13)}
    first.post(path, {**given, "enter-card": f"https://portal.example/catalogue/events/{version.item_id}/"})
    page = f"/operator/credits/corrections/{Proposal.objects.get().pk}/"
    seen = words(second, page)
    second.post(page, {"approve": "yes", "words": ""})

    assert {answer.status_code for answer in said.values()} == {422}
    assert "Введите номер карточки" in said["нет"].content.decode()
    assert "Карточки с баллами под таким номером" in said["999999"].content.decode()
    assert f"Карточка каталога: {version.title}" in seen
    assert LedgerEntry.objects.get().item_id == version.item_id


def test_a_declined_correction_needs_words_and_leaves_the_request_open() -> None:
    claim = a_dispute()
    first, second = operators()
    first.post(f"/operator/credits/requests/{claim.pk}/reverse/", {"reverse-reason": REASON, "reverse-then": "settled"})
    path = f"/operator/credits/corrections/{Proposal.objects.get().pk}/"
    assert not re.search(r"\s,", words(second, path))

    silent = second.post(path, {"refuse": "yes", "words": ""})
    done = second.post(path, {"refuse": "yes", "words": "Запись верна, ведомость проверена"})

    assert (silent.status_code, done.status_code) == (422, 302)
    claim.refresh_from_db()
    assert claim.state == ClaimState.OPEN
    assert balance_of(claim.specialist) == 36


def test_ones_own_correction_is_withdrawn_by_its_button_and_the_request_can_be_answered() -> None:
    claim = a_dispute()
    first, second = operators()
    first.post(f"/operator/credits/requests/{claim.pk}/reverse/", {"reverse-reason": REASON, "reverse-then": "settled"})
    path = f"/operator/credits/corrections/{Proposal.objects.get().pk}/"
    answer = f"/operator/credits/requests/{claim.pk}/answer/"

    waits = second.post(answer, {"refuse": "yes", "answer": "Запись верна, ведомость проверена"})
    assert "Отозвать исправление" in words(first, path)
    assert "Отозвать исправление" not in words(second, path)
    silent = first.post(f"{path}withdraw/", {"words": ""})
    stranger = second.post(f"{path}withdraw/", {"words": "Запись всё же верна"})
    done = first.post(f"{path}withdraw/", {"words": "Запись всё же верна"})
    answered = second.post(answer, {"refuse": "yes", "answer": "Запись верна, ведомость проверена"})

    assert [one.status_code for one in (waits, silent, stranger, done, answered)] == [422, 422, 422, 302, 302]
    assert "Сначала решите по нему" in waits.content.decode()
    assert "Запись всё же верна" in words(second, path)
    assert balance_of(claim.specialist) == 36


@pytest.mark.parametrize(("button", "state"), [("grant", ClaimState.GRANTED), ("refuse", ClaimState.REFUSED)])
def test_a_request_is_answered_in_words(button: str, state: str) -> None:
    claim = a_dispute()
    an_entry(claim.specialist, claim.entry.version)  # type: ignore[union-attr]
    browser, _second = operators()
    path = f"/operator/credits/requests/{claim.pk}/answer/"

    silent = browser.post(path, {button: "yes", "answer": ""})
    done = browser.post(path, {button: "yes", "answer": "Проверили ведомость, ответ такой"})
    again = browser.post(path, {button: "yes", "answer": "Проверили ведомость, ответ такой"})

    assert (silent.status_code, done.status_code, again.status_code) == (422, 302, 422)
    claim.refresh_from_db()
    assert claim.state == state


def test_a_request_is_settled_by_one_operator_only_when_something_was_done() -> None:
    doctor = a_specialist()
    claim = a_missing(doctor)
    browser, _second = operators()
    path = f"/operator/credits/requests/{claim.pk}/"
    given = {"grant": "yes", "answer": "Балл уже на счету"}

    before, refused = words(browser, path), browser.post(f"{path}answer/", given)
    first, second = an_entry(doctor), an_entry(doctor)
    after, silent = words(browser, path), browser.post(f"{path}answer/", given)
    done = browser.post(f"{path}answer/", {**given, "entry": str(second.pk)})

    assert "Решено" not in before
    assert "Пока ничего не сделано, чтобы решить его." in before
    assert "По этому обращению ничего не изменилось" in refused.content.decode()
    assert f"запись № {first.pk} · Избранные вопросы терапии · +36" in after
    assert "Укажите, какая из них решает его" in silent.content.decode()
    assert [one.status_code for one in (refused, silent, done)] == [422, 422, 302]
    assert Trail.objects.get(action="claim.granted").after["settled_by"] == [second.pk]

    own = signed_in(doctor.account)
    mine, theirs, other = (f"/specialist/credits/{path}/" for path in (f"requests/{claim.pk}", second.pk, first.pk))
    assert f'href="{theirs}"' in own.get(mine).content.decode()
    on = " ".join(day(second.earned_on).split())
    assert f"Запись № {second.pk} : Избранные вопросы терапии, +36 ЗЕТ , {on}" in words(own, mine)
    assert f'href="{mine}"' in own.get(theirs).content.decode()
    assert "Обращение решено этой записью. Речь шла о" in words(own, theirs)
    assert claim.number not in words(own, other)


@pytest.mark.parametrize("about", [a_dispute, lambda: a_missing(a_specialist())])
def test_the_label_of_an_answer_leads_to_its_field(about: Callable[[], Claim]) -> None:
    text = signed_in(an_operator()).get(f"/operator/credits/requests/{about().pk}/").content.decode()

    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_each_look_at_a_persons_credits_is_recorded() -> None:
    claim = a_dispute()
    operator = an_operator()

    signed_in(operator).get(f"/operator/credits/requests/{claim.pk}/")

    look = Trail.objects.get(action="account.looked_at")
    assert (look.actor_id, look.subject_id, look.after, look.reason) == (
        operator.pk,
        claim.specialist.account_id,
        {"what": "credits"},
        claim.number,
    )


def test_lists_of_people_and_their_corrections_leave_a_trail_of_who_was_seen() -> None:
    claim = a_dispute()
    operator = an_operator()
    browser = signed_in(operator)
    browser.post(
        f"/operator/credits/requests/{claim.pk}/reverse/", {"reverse-reason": REASON, "reverse-then": "settled"}
    )
    proposal, now = Proposal.objects.get(), timezone.now()
    people = [a_specialist() for _number in range(3)]
    for person in people:  # on one device
        redeem_code(specialist=person, text=code_in(a_batch()), facts=facts(agent="Firefox"), now=now)
    begun = Trail.objects.count()

    seen = {}
    for path in ("requests/", "corrections/", f"corrections/{proposal.pk}/", "signals/"):
        before = Trail.objects.count()
        assert browser.get(f"/operator/credits/{path}").status_code == 200
        rows = Trail.objects.order_by("pk")[before:]
        seen[path] = {(row.action, row.actor_id, row.subject_id, row.after["what"]) for row in rows}

    def looks(what: str, *who: Specialist) -> set[tuple[str, int, int, str]]:
        return {("account.looked_at", operator.pk, one.account_id, what) for one in who}

    assert Trail.objects.count() == begun + 6
    assert seen == {
        "requests/": looks("requests", claim.specialist),
        "corrections/": looks("corrections", claim.specialist),
        f"corrections/{proposal.pk}/": looks("credits", claim.specialist),
        "signals/": looks("signals", *people),
    }
    mine = words(signed_in(claim.specialist.account), "/specialist/my-data/")
    assert mine.count("Оператор смотрел ваши баллы") == 1  # lists would fill the page


def test_a_batch_over_the_allowance_is_decided_by_an_operator() -> None:
    batch = a_batch(count=3, confirmed=1, note="Двое пришли без записи")
    browser, _second = operators()
    path = f"/operator/credits/codes/{batch.pk}/"

    assert "Двое пришли без записи" in words(browser, path)
    silent = browser.post(path, {"refuse": "yes", "words": ""})
    done = browser.post(path, {"approve": "yes", "words": ""})

    assert (silent.status_code, done.status_code) == (422, 302)
    assert CodeBatch.objects.get().codes.count() == 3


def test_a_batch_waits_two_weeks_at_most_and_no_longer_than_its_codes_are_good() -> None:
    now = timezone.now()
    batch = a_batch(count=3, confirmed=1, note="Двое пришли без записи", now=now)
    browser, _second = operators()
    today = timezone.localdate(now)

    fresh = words(browser, "/operator/")
    CodeBatch.objects.update(valid_until_on=today + dt.timedelta(days=3))
    soon = words(browser, "/operator/")
    late = now + dt.timedelta(days=4)
    with time_machine.travel(late):
        overdue = words(signed_in(an_operator()), "/operator/")

    assert batch.state == "waiting"
    assert f"{today + dt.timedelta(days=14):%d.%m.%Y} осталось 14 дней" in fresh
    assert f"{today + dt.timedelta(days=3):%d.%m.%Y} осталось 3 дня" in soon
    assert "просрочено" in overdue


def test_an_entry_by_hand_is_entered_and_a_reversal_is_carried_out() -> None:
    claim = a_missing(a_specialist())
    first, second = operators()
    given = {"enter-title": "Конференция", "enter-part": "event", "enter-worth": "6", "enter-earned_on": "2026-05-14"}
    first.post(
        f"/operator/credits/requests/{claim.pk}/enter/",
        {**given, "enter-stands_for": "nothing", "enter-reason": REASON},
    )
    proposal = Proposal.objects.get()

    page = second.get(f"/operator/credits/corrections/{proposal.pk}/").content.decode()

    assert "Внести баллы" in page
    assert "Исправить" not in page.partition("<main")[2]
    assert "Исправить" in second.get(f"/operator/credits/corrections/{a_proposed_reversal().pk}/").content.decode()


def test_who_decides_sees_of_which_part_the_credits_would_be() -> None:
    claim = a_missing(a_specialist())
    first, second = operators()
    given = {"enter-title": "Конференция", "enter-part": "programme", "enter-worth": "6", "enter-reason": REASON}
    first.post(
        f"/operator/credits/requests/{claim.pk}/enter/",
        {**given, "enter-stands_for": "nothing", "enter-earned_on": "2026-05-14"},
    )

    entering = words(second, f"/operator/credits/corrections/{Proposal.objects.get().pk}/")
    of_the_request = words(second, f"/operator/credits/requests/{claim.pk}/")
    reversing = words(second, f"/operator/credits/corrections/{a_proposed_reversal().pk}/")

    assert "ЗЕТ +6 Часть Программы Считается с 14 мая 2026" in entering
    assert "+6 · Конференция · Программы, 14.05.2026" in of_the_request
    assert "Часть Программы" in reversing


def test_what_is_wrong_with_an_entry_by_hand_is_said_at_once() -> None:
    claim = a_missing(a_specialist())
    first, _second = operators()
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    given = {"enter-title": "", "enter-part": "event", "enter-worth": "501", "enter-earned_on": f"{tomorrow:%Y-%m-%d}"}

    answer = first.post(
        f"/operator/credits/requests/{claim.pk}/enter/", {**given, "enter-stands_for": "nothing", "enter-reason": "да"}
    )
    below = first.post(f"/operator/credits/requests/{claim.pk}/enter/", {**given, "enter-worth": "−3"})

    page = answer.content.decode()
    assert answer.status_code == 422
    for sentence in ("Назовите программу", "от 1 до 500", "Этот день ещё не наступил", "Напишите причину"):
        assert sentence in page
    assert "Число меньше нуля здесь не подходит." in below.content.decode()


def test_the_password_is_asked_once_more_for_a_reason_that_is_true() -> None:
    page = words(signed_in(an_operator()), "/settings/again/?next=/operator/people/1/")

    assert "прошло больше десяти минут. Чтобы продолжить, введите пароль ещё раз" in page
    assert "способ входа" not in page


def test_a_credit_that_no_card_stands_for_counts_for_the_specialty_that_the_operator_names() -> None:
    doctor = a_specialist()
    therapy, cardiology = a_cycle(doctor), a_cycle(doctor, specialty=a_specialty("Кардиология"))
    claim, (first, second) = a_missing(doctor), operators()
    path, on = f"/operator/credits/requests/{claim.pk}/", timezone.localdate() - dt.timedelta(days=9)
    given = {"enter-title": "Школа", "enter-part": "event", "enter-worth": "6", "enter-earned_on": on.isoformat()}
    assert cardiology.specialty_id is not None

    first.post(
        f"{path}enter/",
        {
            **given,
            "enter-stands_for": "nothing",
            "enter-specialty": str(cardiology.specialty_id),
            "enter-reason": REASON,
        },
    )
    page = f"/operator/credits/corrections/{Proposal.objects.get().pk}/"
    before = words(second, page)
    second.post(page, {"approve": "yes", "words": ""})

    assert "По какой специальности Кардиология" in before
    assert (counted_for(therapy).credits, counted_for(cardiology).credits) == (0, 6)


def test_a_card_has_its_specialties_so_none_is_asked_for() -> None:
    claim = a_dispute()
    assert "enter-specialty" not in operators()[0].get(f"/operator/credits/requests/{claim.pk}/").content.decode()

    awaited_row = awaited(claim.specialist)
    about, first = a_missing(claim.specialist), operators()[0]
    first.post(
        f"/operator/credits/requests/{about.pk}/enter/",
        {
            "enter-title": "Программа",
            "enter-part": "programme",
            "enter-worth": "36",
            "enter-earned_on": awaited_row.began_on.isoformat(),
            "enter-stands_for": str(awaited_row.pk),
            "enter-specialty": str(a_specialty("Кардиология").pk),
            "enter-reason": REASON,
        },
    )

    made = Proposal.objects.get()
    assert (made.specialty, made.names_its_specialty) == (None, False)


def test_a_day_of_the_year_26_is_refused_from_whomever_it_comes() -> None:
    claim, doctor = a_missing(a_specialist()), signed_in(a_specialist().account)
    entered = {"enter-title": "Гипноз", "enter-part": "event", "enter-worth": "6", "enter-reason": REASON}

    missing = doctor.post(
        "/specialist/credits/missing/",
        {"part": "event", "title": "Гипноз", "held_on": "0026-10-02", "form_key": "a", "send": "yes"},
    )
    by_hand = signed_in(an_operator()).post(
        f"/operator/credits/requests/{claim.pk}/enter/",
        {**entered, "enter-stands_for": "nothing", "enter-earned_on": "0026-10-02"},
    )

    for answer in (missing, by_hand):
        assert answer.status_code == 422
        assert "Проверьте год: этот день раньше 01.01.1970." in answer.content.decode()
    assert (Claim.objects.count(), Proposal.objects.count()) == (1, 0)


@pytest.mark.parametrize("path", ["", "requests/", "corrections/", "codes/", "signals/"])
def test_the_menu_marks_one_entry_as_the_page_that_is_open(path: str) -> None:
    text = signed_in(an_operator()).get(f"/operator/credits/{path}").content.decode()

    assert re.findall(r'<a href="([^"]+)" aria-current="page"', text) == [f"/operator/credits/{path}"]


def test_overdue_results_are_listed_the_oldest_first() -> None:
    awaited(a_specialist(), days=-3)
    awaited(a_specialist(), days=5)

    text = words(signed_in(an_operator()), "/operator/credits/")

    assert text.count("Избранные вопросы терапии") == 1


def test_the_queue_shows_what_waits_of_credits() -> None:
    claim = a_dispute()
    first, second = operators()
    fresh = words(second, "/operator/")
    first.post(f"/operator/credits/requests/{claim.pk}/reverse/", {"reverse-reason": REASON, "reverse-then": "settled"})
    a_batch(count=3, confirmed=1)

    text = words(second, "/operator/")

    assert "ждёт второго оператора" not in fresh
    assert text.count("ждёт второго оператора") == 2  # the request and the correction that was proposed for it
    assert "Обращение о баллах" in text
    assert "Исправление баллов" in text
    assert "Коды на утверждение" in text


def test_lists_and_a_request_cost_the_same_for_one_row_and_for_many() -> None:
    doctor, operator = a_specialist(), an_operator()
    browser = signed_in(operator)
    claim = a_dispute(doctor)
    paths = [
        "/operator/credits/",
        "/operator/credits/requests/",
        "/operator/credits/corrections/",
        "/operator/credits/codes/",
        f"/operator/credits/requests/{claim.pk}/",
    ]

    def more() -> None:
        awaited(doctor, days=-3)
        an_entry(doctor)
        other = a_dispute()
        signed_in(an_operator()).post(
            f"/operator/credits/requests/{other.pk}/reverse/", {"reverse-reason": REASON, "reverse-then": "settled"}
        )
        a_batch(count=3, confirmed=1)

    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(path).status_code == 200
        return len(seen)

    more()
    cost(paths[0])
    few = [cost(path) for path in paths]
    more()

    assert [cost(path) for path in paths] == few
    assert max(few) <= 14


def test_what_the_portal_knows_goes_on_over_pages_and_marks_what_is_disputed() -> None:
    claim = a_dispute()
    doctor, version = claim.specialist, a_programme(title="Долгая история")
    for number in range(20):
        an_entry(doctor, version, earned_on=dt.date(2026, 1, number + 1))
    browser, path = signed_in(an_operator()), f"/operator/credits/requests/{claim.pk}/"

    first, second = words(browser, path), words(browser, f"{path}?page=2")

    assert f"Оспаривается, обращение {claim.number}" in first
    assert (first.count("Долгая история"), second.count("Долгая история")) == (14, 6)
    assert "Страница 1 из 2" in first
