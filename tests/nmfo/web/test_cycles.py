"""Pages of cycles: the last step of the first run, the main page, what a cycle asks."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from tests.builders import a_specialist, a_specialty, a_version, an_item, published, signed_in
from tests.cycle_builders import a_credit, a_cycle, a_reversal, an_admission, rules_in_force

from nmfo.credits.models import Expectation
from nmfo.credits.operations.expecting import expect
from nmfo.credits.rules.words import Holder, Source
from nmfo.cycles.models import Cycle
from nmfo.cycles.queries.choosing import cycles_of
from nmfo.cycles.rules.measuring import YearSum
from nmfo.specialists.models import Document, Specialist
from nmfo.specialists.rules import Step
from nmfo.web.specialist.ring import arcs_of

pytestmark = pytest.mark.django_db
TODAY = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
BEGAN = dt.date(2024, 3, 12)


def words(browser: Client, path: str) -> str:
    """The text of a page, without its marks."""
    answer = browser.get(path)
    assert answer.status_code == 200, answer.status_code
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).replace("\u00a0", " ").split())


def as_in_the_mock(doctor: Specialist) -> Cycle:
    """50, 48 and 34 ЗЕТ in the first three years, 36 on their way."""
    cycle = a_cycle(doctor, BEGAN)
    for on, worth in ((dt.date(2024, 5, 1), 36), (dt.date(2025, 5, 1), 36), (dt.date(2026, 5, 1), 18)):
        a_credit(doctor, on, hours=worth, credits=worth)
    for on, worth in ((dt.date(2024, 6, 1), 14), (dt.date(2025, 6, 1), 12), (dt.date(2026, 6, 1), 16)):
        a_credit(doctor, on, kind="event", credits=worth, minutes=worth * 45)
    expect(
        specialist_id=doctor.pk,
        version=published(a_version(an_item())),
        source=Source.COMPLETION,
        origin="application:1",
        began_on=dt.date(2026, 11, 2),
        holder=Holder.ORGANISATION,
        due_on=dt.date(2026, 12, 2),
        now=timezone.now(),
    )
    return cycle


def test_the_main_page_shows_ring_and_table_with_the_same_numbers() -> None:
    with time_machine.travel(TODAY):
        doctor = a_specialist()
        as_in_the_mock(doctor)
        browser = signed_in(doctor.account)

        text, html = words(browser, "/specialist/"), browser.get("/specialist/").text

    assert "132 из 250 ЗЕТ" in text
    assert "1-й год, по 11.03.2025 36 14 0 50 из 50" in text
    assert "2-й год, по 11.03.2026 36 12 0 48 из 50" in text
    assert "3-й год, сейчас 18 16 0 34 из 50" in text
    assert "4-й год, с 12.03.2027 0 0 0 0 из 50" in text
    assert (
        'aria-label="1-й год 50 из 50, 2-й год 48 из 50, 3-й год 34 из 50, 4-й год 0 из 50, 5-й год 0 из 50, в пути 36"'
        in html
    )
    assert "Цикл 12.03.2024 – 11.03.2029 · идёт 3-й год, до его конца 108 дней" in text
    assert "36 ЗЕТ в пути. Первые из них организация должна внести до 2 декабря 2026." in text
    assert "Минимум по закону 132 из 144 часов" in text
    assert "Приказ Минздрава России 709н" in text
    assert "До рекомендованных 50 нужно ещё 16 ЗЕТ, в пути 36" in text
    assert "За прошедшие годы недобрано 2 ЗЕТ. Восполнить их нельзя" in text
    assert "Требование закона — другое: там не хватает 12 ч., и набрать их можно в любой день до 12 марта 2029." in text


def test_what_waits_for_a_step_and_what_is_still_ahead_are_not_on_their_way() -> None:
    with time_machine.travel(TODAY):
        doctor = a_specialist()
        as_in_the_mock(doctor)
        for number, (holder, days) in enumerate([(Holder.SPECIALIST, -3), (Holder.ORGANISATION, 10)], start=2):
            expect(
                specialist_id=doctor.pk,
                version=published(a_version(an_item("event"), a_specialty(), credits=number)),
                source=Source.CODE,
                origin=f"registration:{number}",
                began_on=TODAY.date() + dt.timedelta(days=days),
                holder=holder,
                due_on=None,
                now=timezone.now(),
            )
        browser = signed_in(doctor.account)

        first, ledger = words(browser, "/specialist/"), words(browser, "/specialist/credits/")

    assert "36 ЗЕТ в пути." in first
    assert "2 ЗЕТ ждут вашего шага." in first
    assert "Ещё 3 ЗЕТ — за обучение, которое впереди или идёт." in first
    assert "В пути 36 ждём организации ещё 3 — за обучение, которое впереди или идёт Ждут вас 2" in ledger


def test_a_reversed_credit_is_gone_from_the_ring_too() -> None:
    with time_machine.travel(TODAY):
        doctor = a_specialist()
        a_cycle(doctor, BEGAN)
        a_reversal(a_credit(doctor, dt.date(2026, 5, 1)))

        assert "0 из 250 ЗЕТ" in words(signed_in(doctor.account), "/specialist/")


def test_a_surplus_of_a_year_is_said() -> None:
    with time_machine.travel(TODAY):
        doctor = a_specialist()
        a_cycle(doctor, BEGAN)
        a_credit(doctor, dt.date(2024, 5, 1), hours=72, credits=72)

        text = words(signed_in(doctor.account), "/specialist/")

    assert "22 ЗЕТ сверх годовой нормы: они видны, но на другой год не переходят." in text


def test_of_several_cycles_one_is_chosen() -> None:
    with time_machine.travel(TODAY):
        doctor = a_specialist()
        therapy = a_cycle(doctor, BEGAN)
        heart = a_cycle(doctor, dt.date(2025, 6, 1), specialty=a_specialty("Кардиология"))
        a_credit(doctor, dt.date(2026, 5, 1))
        browser = signed_in(doctor.account)

        assert "36 из 250 ЗЕТ" in words(browser, f"/specialist/?cycle={therapy.pk}")
        assert "0 из 250 ЗЕТ" in words(browser, f"/specialist/?cycle={heart.pk}")
        assert "Цикл 01.06.2025 – 31.05.2030" in words(browser, "/specialist/?cycle=999")


def test_outside_cycles_credits_stand_by_month() -> None:
    with time_machine.travel(TODAY):
        doctor = a_specialist()
        browser = signed_in(doctor.account)
        browser.post("/welcome/cycle/", {"choice": "outside"})
        a_credit(doctor, dt.date(2026, 5, 1))

        text = words(browser, "/specialist/")

    assert "Баллы по месяцам" in text
    assert "Май 2026 1 36" in text
    assert "из 250" not in text


def test_a_new_person_sees_three_steps() -> None:
    text = words(signed_in(a_specialist().account), "/specialist/")

    assert "Три шага для начала ? Проверьте свои данные :" in text


def test_the_catalogue_is_recommended_with_a_reason_gaps_first_and_nothing_met_already() -> None:
    with time_machine.travel(TODAY):
        doctor = a_specialist()
        a_cycle(doctor, BEGAN)
        published(a_version(an_item("module"), title="Модуль по терапии"))
        published(a_version(an_item(), title="Программа по терапии"))
        published(a_version(an_item(), a_specialty("Кардиология"), title="Программа по кардиологии"))
        met = published(a_version(an_item("event"), title="Вебинар, который был"))
        a_credit(doctor, dt.date(2026, 5, 1), kind="event", version=met)

        text = words(signed_in(doctor.account), "/specialist/")

    shown = text.split("Подходит вашему плану")[1]
    assert "Программа по терапии" in shown
    assert shown.index("Программа по терапии") < shown.index("Модуль по терапии")
    assert "До минимума не хватает 72 таких ЗЕТ" in shown
    assert "По вашей специальности" in shown
    assert "кардиологии" not in shown
    assert "который был" not in shown


def test_the_last_step_of_the_first_run_proposes_the_newest_document() -> None:
    with time_machine.travel(TODAY):
        doctor = a_specialist()
        document = an_admission(doctor, BEGAN)
        browser = signed_in(doctor.account)

        page = browser.get("/welcome/cycle/").text
        assert re.search(rf'value="{document.pk}"[^>]*checked', page)
        answer = browser.post("/welcome/cycle/", {"choice": str(document.pk)})

    assert (answer.status_code, answer["Location"]) == (302, "/specialist/")
    (cycle,) = cycles_of(doctor)
    assert (cycle.begins_on, cycle.ends_on) == (BEGAN, dt.date(2029, 3, 11))


def test_the_bar_of_the_first_run_calls_no_step_done_that_was_passed_over() -> None:
    doctor = a_specialist()
    doctor.steps_done = ["agreement", "role", "documents"]
    doctor.save(update_fields=["steps_done"])
    browser = signed_in(doctor.account)

    def bar() -> list[tuple[str, str]]:
        page = browser.get("/welcome/cycle/").text
        return re.findall(r'<li class="(\w+)"[^>]*>\s*<span>(.*?)</span>', page.partition('class="stepper"')[2])

    before = bar()
    browser.post("/welcome/check/", {"onward": "yes"})

    assert before == [
        ("done", "Соглашение"),
        ("done", str(Step.ROLE.label)),
        ("later", "Регистр"),
        ("done", "Документы"),
        ("now", "Цикл"),
    ]
    assert ("done", "Регистр") in bar()


def test_without_a_document_only_outside_cycles_is_offered_and_why() -> None:
    browser = signed_in(a_specialist().account)

    page = browser.get("/welcome/cycle/").text

    assert "Пока нет документа, с которого начать цикл" in page
    assert page.count('type="radio"') == 1


def test_a_choice_is_needed_and_one_of_the_list() -> None:
    doctor = a_specialist()
    browser = signed_in(doctor.account)

    assert browser.post("/welcome/cycle/", {}).status_code == 422
    assert browser.post("/welcome/cycle/", {"choice": "7"}).status_code == 422
    assert not cycles_of(doctor)


def test_a_cycle_that_could_not_be_given_up_is_confirmed_first() -> None:
    with time_machine.travel(TODAY):
        doctor = a_specialist()
        document = an_admission(doctor, BEGAN, trust="word")
        a_credit(doctor, dt.date(2026, 5, 1))
        browser = signed_in(doctor.account)
        shown = words(browser, "/specialist/cycles/")

        asked = browser.post("/specialist/cycles/", {"choice": str(document.pk)})
        assert not cycles_of(doctor)
        wrong = browser.post("/specialist/cycles/", {"choice": str(document.pk), "sure": "7"})
        assert not cycles_of(doctor)
        browser.post("/specialist/cycles/", {"choice": str(document.pk), "sure": str(document.pk)})
        after = words(browser, "/specialist/cycles/")

    assert "с 12.03.2024 по 11.03.2029; документ добавили вы, его никто не проверял" in shown
    for answer in (asked, wrong):
        assert answer.status_code == 200
        assert "Начать цикл «Терапия»? Отменить его потом будет нельзя." in answer.text
        assert "36 ЗЕТ с вашего счёта сразу засчитаются" in " ".join(answer.text.split())
        assert "Документ вы добавили сами, его никто не проверял" in answer.text
    assert cycles_of(doctor).get().document == document
    assert "Основан на документе, который вы добавили сами: его никто не проверял." in after


def test_what_counts_by_an_extension_is_told_before_the_cycle_begins() -> None:
    with time_machine.travel(dt.date(2029, 6, 1)):
        doctor = a_specialist()
        document = an_admission(doctor, BEGAN, extended_until_on=dt.date(2029, 12, 31))
        a_credit(doctor, dt.date(2029, 5, 1))
        asked = signed_in(doctor.account).post("/specialist/cycles/", {"choice": str(document.pk)})

    assert not cycles_of(doctor)
    assert "36 ЗЕТ с вашего счёта сразу засчитаются" in " ".join(asked.text.split())


def test_a_document_stays_while_a_cycle_stands_on_it() -> None:
    doctor = a_specialist()
    document = an_admission(doctor, dt.date(2025, 3, 12), trust="word")
    browser = signed_in(doctor.account)
    browser.post("/specialist/cycles/", {"choice": str(document.pk)})

    answer = browser.post(f"/specialist/documents/{document.pk}/remove/", follow=True)

    assert "На этом документе основан ваш цикл «Терапия». Сначала отмените цикл на странице «Мои циклы»" in answer.text
    assert Document.objects.filter(pk=document.pk).exists()

    browser.post(f"/specialist/cycles/{cycles_of(doctor).get().pk}/leave/")
    browser.post(f"/specialist/documents/{document.pk}/remove/")

    assert not Document.objects.filter(pk=document.pk).exists()


def test_who_stays_outside_cycles_is_not_offered_it_again() -> None:
    doctor = a_specialist()
    browser = signed_in(doctor.account)

    answers = [browser.post("/specialist/cycles/", {"choice": "outside"}) for _time in range(2)]

    text = words(browser, "/specialist/cycles/")
    assert [answer.status_code for answer in answers] == [302, 302]
    assert "Вы вне циклов" in text
    assert "Вне циклов:" not in text
    assert 'type="radio"' not in browser.get("/welcome/cycle/").text


def test_a_document_of_another_person_founds_nothing() -> None:
    doctor = a_specialist()
    strange = an_admission(a_specialist(), BEGAN)

    assert signed_in(doctor.account).post("/specialist/cycles/", {"choice": str(strange.pk)}).status_code == 422
    assert not cycles_of(doctor)


def test_a_cycle_is_added_given_up_and_no_longer_once_a_credit_counts() -> None:
    with time_machine.travel(TODAY):
        rules_in_force()
        doctor = a_specialist()
        document = an_admission(doctor, BEGAN)
        browser = signed_in(doctor.account)

        browser.post("/specialist/cycles/", {"choice": str(document.pk)})
        first = cycles_of(doctor).get()
        browser.post(f"/specialist/cycles/{first.pk}/leave/")
        assert not cycles_of(doctor)

        browser.post("/specialist/cycles/", {"choice": str(document.pk)})
        second = cycles_of(doctor).get()
        a_credit(doctor, dt.date(2026, 5, 1))
        text = words(browser, "/specialist/cycles/")
        assert "За него засчитаны баллы, изменить его уже нельзя." in text
        assert "Вне циклов" not in text
        answer = browser.post(f"/specialist/cycles/{second.pk}/leave/", follow=True)

    assert "уже засчитаны баллы" in answer.text
    assert cycles_of(doctor).get() == second


def test_the_page_of_a_cycle_says_what_is_asked_by_which_act_and_why() -> None:
    with time_machine.travel(TODAY):
        doctor = a_specialist()
        cycle = as_in_the_mock(doctor)
        browser = signed_in(doctor.account)

        text = words(browser, f"/specialist/cycles/{cycle.pk}/")

    assert "Периодическая аккредитация: 144 часа, из них 72 по программам" in text
    assert "Ваш документ действует до 12.03.2029. Это правило действует по 31.12.2028" in text
    assert "Не меньше 72 часов программами повышения квалификации сделано 90 из 72 собрано до 12.03.2029" in text
    assert "готовите сами: портал этого не видит" in text
    assert "По этому акту не хватает 12 часов." in text
    assert "До суммы, которую рекомендует портал, не хватает 118 ЗЕТ. За прошедшие годы недобрано 2 ЗЕТ." in text


@pytest.mark.parametrize(
    ("day", "row"),
    [
        (dt.date(2026, 11, 23), "не хватает 118 Из них 2 — за прошедшие годы, добрать уже нельзя. каждый год"),
        (
            dt.date(2027, 3, 11),  # the last day of the third year, 16 ЗЕТ short
            "не хватает 118 Из них 2 — за прошедшие годы, добрать уже нельзя. На 4 из них оставшихся дней уже не хватит,",
        ),
        (dt.date(2029, 3, 12), "не хватает 118 Время вышло: добрать это уже нельзя. каждый год"),
    ],
)
def test_the_row_of_the_years_says_what_can_be_reached_no_more(day: dt.date, row: str) -> None:
    with time_machine.travel(TODAY):
        doctor = a_specialist()
        cycle = as_in_the_mock(doctor)
        Expectation.objects.update(state="withdrawn")
    with time_machine.travel(dt.datetime.combine(day, dt.time(9), dt.UTC)):
        text = words(signed_in(doctor.account), f"/specialist/cycles/{cycle.pk}/")

    assert f"сделано 132 из 250 {row}" in text.split("50 ЗЕТ в каждом году цикла")[1]


def test_what_is_on_its_way_for_a_year_that_is_over_is_not_lost() -> None:
    with time_machine.travel(TODAY):
        doctor = a_specialist()
        cycle = as_in_the_mock(doctor)
    with time_machine.travel(dt.datetime(2027, 4, 1, 9, tzinfo=dt.UTC)):  # the third year had 34, and 36 are awaited
        browser = signed_in(doctor.account)
        asked, plan = (words(browser, path) for path in (f"/specialist/cycles/{cycle.pk}/", "/specialist/plan/"))

    assert "не хватает 118 Из них 2 — за прошедшие годы" in asked
    assert "За прошедшие годы недобрано 2 ЗЕТ." in asked
    assert plan.count("добрать уже нельзя: год закончился") == 1


def test_the_plan_says_what_a_year_that_is_over_lacks() -> None:
    with time_machine.travel(TODAY):
        doctor = a_specialist()
        as_in_the_mock(doctor)
        text = words(signed_in(doctor.account), "/specialist/plan/")
    with time_machine.travel(dt.datetime(2027, 3, 11, 9, tzinfo=dt.UTC)):
        Expectation.objects.update(state="withdrawn")
        last_day = words(signed_in(doctor.account), "/specialist/plan/")

    assert "Набрано 48 из 50 ЗЕТ. Не хватило 2, и добрать уже нельзя: год закончился." in text
    assert "оставшихся дней" not in text
    assert "Ещё не запланировано: 16. На 4 из них оставшихся дней уже не хватит" in last_day


def test_what_years_that_are_over_lack_is_told_from_what_can_be_collected() -> None:
    with time_machine.travel(TODAY):
        doctor = a_specialist()
        cycle = a_cycle(doctor, BEGAN)
        for on in (dt.date(2024, 5, 1), dt.date(2026, 5, 1)):
            a_credit(doctor, on, hours=36, credits=36)
            a_credit(doctor, on, hours=36, credits=36)

        text = words(signed_in(doctor.account), f"/specialist/cycles/{cycle.pk}/")

    assert "сделано 144 из 250 не хватает 106 до 11.03.2029" in text
    assert "сделано 100 из 250 не хватает 150 Из них 50 — за прошедшие годы, добрать уже нельзя. каждый год до" in text
    assert "Те 144 ч., которых требует закон, набраны; то, чего портал не считает, подготовьте сами до 12 марта" in text
    assert "делать ничего не нужно" not in text


def test_what_if_the_document_is_extended() -> None:
    with time_machine.travel(TODAY):
        doctor = a_specialist()
        cycle = as_in_the_mock(doctor)
        browser = signed_in(doctor.account)
        path = f"/specialist/cycles/{cycle.pk}/"

        text = words(browser, f"{path}?until_day=1&until_month=1&until_year=2030")
        wrong = browser.get(f"{path}?until_day=31&until_month=2&until_year=2030")

    assert "Ваш документ действует до 01.01.2030." in text
    said = "Ничего не изменится: рекомендация считается по годам цикла, а последний из них заканчивается 11 марта 2029, на сколько бы"
    assert said in text
    assert "Набрано 132 из 250 ЗЕТ, как и сейчас. До суммы, которую рекомендует портал, не хватает 118 ЗЕТ." in text
    assert "идёт только в минимум по закону и ни в один из годов." in text
    assert wrong.status_code == 422
    assert "Такого дня нет в календаре" in wrong.text


def test_a_cycle_of_another_person_is_not_there() -> None:
    strange = a_cycle(a_specialist())
    browser = signed_in(a_specialist().account)

    assert browser.get(f"/specialist/cycles/{strange.pk}/").status_code == 404
    assert browser.post(f"/specialist/cycles/{strange.pk}/leave/").status_code == 404
    assert browser.get(f"/specialist/?cycle={strange.pk}").status_code == 200


def test_my_data_says_that_an_account_with_a_cycle_is_not_deleted() -> None:
    doctor = a_specialist()
    browser = signed_in(doctor.account)
    sentence = "После вступления в цикл кабинет не удаляется"
    assert sentence not in browser.get("/specialist/my-data/").text

    a_cycle(doctor)

    assert sentence in browser.get("/specialist/my-data/").text


def test_the_statements_of_the_main_page_do_not_grow(django_assert_num_queries: Callable[..., object]) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    doctor = a_specialist()
    a_cycle(doctor)
    browser = signed_in(doctor.account)
    a_credit(doctor, timezone.localdate())
    browser.get("/specialist/")
    with CaptureQueriesContext(connection) as few:
        browser.get("/specialist/")
    for number in range(3):
        a_credit(doctor, timezone.localdate() - dt.timedelta(days=number))
        an_admission(doctor, dt.date(2023 + number, 1, 1), specialty=a_specialty("Кардиология"))
    browser.get("/specialist/")
    with CaptureQueriesContext(connection) as more:
        browser.get("/specialist/")

    assert len(more) == len(few)


def test_the_ring_fills_a_year_as_far_as_it_is_and_what_waits_only_to_its_end() -> None:
    def year(number: int, total: int) -> YearSum:
        first = dt.date(2023 + number, 1, 1)
        return YearSum(
            number=number,
            begins_on=first,
            ends_on=first.replace(month=12, day=31),
            parts={},
            target=50,
            total=total,
            missing=max(0, 50 - total),
            surplus=max(0, total - 50),
        )

    full, over, now, none, reversed_below = arcs_of(
        [year(1, 50), year(2, 80), year(3, 34), year(4, 0), year(5, -3)], now=3, awaited=36
    )

    assert full.track == full.done
    assert over.track == over.done
    assert now.awaited == now.track != now.done
    assert (none.done, none.awaited, reversed_below.done) == ("", "", "")
    assert full.track == "M103.00 20.06A80.0 80.0 0 0 1 175.10 72.44"  # as in the mock
    assert (now.x, now.y) == ("100.0", "199.1")


def test_an_english_page_describes_what_the_acts_ask_and_names_them_in_russian() -> None:
    doctor = a_specialist()
    cycle = a_cycle(doctor)
    browser = signed_in(doctor.account)
    browser.cookies["language"] = "en"

    pages = [browser.get(path).content.decode() for path in (f"/specialist/cycles/{cycle.pk}/", "/specialist/plan/")]

    for text in (" ".join(page.split()) for page in pages):
        assert "At least 72 credits of programmes" in text
        assert 'lang="ru">Не меньше 72 часов программами повышения квалификации</small>' in text
        assert 'NMFO<span class="logo__p"> portal</span>' in text
