"""S-02: what stands at the same time, what exactly was done, sums against the rule set, the secret calendar."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from icalendar import Calendar
from tests.builders import a_run, a_specialist, a_version, an_item, facts, published, signed_in
from tests.credit_builders import awaited
from tests.cycle_builders import a_cycle
from tests.enrolment_builders import (
    DAY,
    a_draft_application,
    a_registrar,
    a_run_of,
    an_application,
    confirmed,
    enrolled,
)
from tests.nmfo.participation.builders import an_event, signed_up, waiting

from foundation.audit.models import Entry
from nmfo.accounts.operations.closing import close_account
from nmfo.catalogue.models import Run, Version
from nmfo.credits.rules.words import Holder
from nmfo.cycles.models import Cycle, PlanFeed
from nmfo.cycles.operations.feeding import close_feed, key_of, open_feed, owner_of
from nmfo.cycles.operations.planning import add_to_plan
from nmfo.cycles.plan_queries import engagements_of, own_plan
from nmfo.specialists.models import Specialist

pytestmark = pytest.mark.django_db
PLAN = "/specialist/plan/"


@pytest.fixture
def doctor(db: None) -> Specialist:
    made = a_specialist(surname="Соколова")
    a_cycle(made)
    return made


def words(answer: Any) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).replace("\u00a0", " ").split())


def during(run: Run, **values: Any) -> Version:
    """An event on the second day of a run."""
    begins = dt.datetime.combine(run.begins_on + dt.timedelta(days=1), dt.time(10), timezone.get_current_timezone())
    return an_event(begins_at=begins, ends_at=begins + dt.timedelta(hours=3), **values)


def feed(key: str) -> Any:
    return Client().get("/calendar/plan.ics", {"key": key})


def entries(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200
    return {str(one["summary"]): one for one in Calendar.from_ical(answer.content).walk("VEVENT")}


def opened(doctor: Specialist) -> PlanFeed:
    return open_feed(specialist=doctor, facts=facts(), now=timezone.now())


def test_the_plan_says_what_exactly_was_done(doctor: Specialist) -> None:
    by = a_registrar()
    signed_up(an_event(title="Семинар"), doctor)
    full = an_event(title="Полное", seats=1)
    signed_up(full)
    waiting(full, doctor)
    an_application(a_run_of(by), doctor)
    browser = signed_in(doctor.account)

    text = words(browser.get(PLAN))

    assert "Вы записаны" in text
    assert "В листе ожидания" in text
    assert text.count("Заявка подана") == 1


def test_who_is_enrolled_reads_so(doctor: Specialist) -> None:
    by = a_registrar()
    enrolled(an_application(a_run_of(by), doctor), by)

    text = words(signed_in(doctor.account).get(PLAN))

    assert "Вы зачислены" in text
    assert "Заявка подана" not in text


def test_a_run_and_an_event_of_the_same_days_are_shown_in_the_plan(doctor: Specialist) -> None:
    run = a_run_of(a_registrar())
    an_application(run, doctor)
    signed_up(during(run, title="Семинар"), doctor)
    later = timezone.now() + dt.timedelta(days=300)
    other = an_event(title="Другое время", begins_at=later, ends_at=later + dt.timedelta(hours=3))
    signed_up(other, doctor)

    text = words(signed_in(doctor.account).get(PLAN))

    assert f"В эти же дни: {run.version.title}" in text
    assert "В эти же дни: Семинар" in text
    assert "Другое время" in text
    assert text.count("В эти же дни:") == 2


def test_before_one_applies_the_form_and_the_check_say_what_is_in_the_way(doctor: Specialist) -> None:
    run = a_run_of(a_registrar())
    signed_up(during(run, title="Семинар"), doctor)
    browser = signed_in(doctor.account)

    assert "В эти дни у вас другое обучение Семинар" in words(
        browser.get(f"/specialist/applications/new/?run={run.pk}")
    )
    draft = a_draft_application(run, doctor)
    assert "В эти дни у вас другое обучение Семинар" in words(
        browser.get(f"/specialist/applications/{draft.pk}/check/")
    )
    assert "другое обучение" not in words(
        signed_in(a_specialist().account).get(f"/specialist/applications/new/?run={run.pk}")
    )


def test_only_the_chosen_run_is_said_to_be_in_the_way(doctor: Specialist) -> None:
    run = a_run_of(a_registrar())
    busy = a_run(
        run.version, begins_on=run.ends_on + 10 * DAY, ends_on=run.ends_on + 12 * DAY, apply_until_on=run.apply_until_on
    )
    signed_up(during(busy, title="Семинар"), doctor)
    browser = signed_in(doctor.account)

    assert "другое обучение" not in words(browser.get(f"/specialist/applications/new/?run={run.pk}"))
    assert "другое обучение Семинар" in words(browser.get(f"/specialist/applications/new/?run={busy.pk}"))


def test_two_runs_of_the_same_days_are_in_each_others_way(doctor: Specialist) -> None:
    first, second = a_run_of(a_registrar()), a_run_of(a_registrar())
    an_application(first, doctor)

    text = words(signed_in(doctor.account).get(f"/specialist/applications/new/?run={second.pk}"))

    assert f"другое обучение {first.version.title}" in text


def test_the_card_of_an_event_says_what_learning_is_in_those_days(doctor: Specialist) -> None:
    run = a_run_of(a_registrar())
    an_application(run, doctor)
    event = during(run)

    text = words(signed_in(doctor.account).get(f"/catalogue/events/{event.item_id}/"))

    assert f"В эти дни у вас обучение, на которое вы подали заявку: {run.version.title}" in text
    assert "В эти дни у вас обучение" not in words(Client().get(f"/catalogue/events/{event.item_id}/"))


def test_the_plan_shows_each_requirement_now_and_with_the_plan(doctor: Specialist) -> None:
    version = published(a_version(an_item("module")))
    add_to_plan(
        specialist=doctor, item_id=version.item_id, today=timezone.localdate(), facts=facts(), now=timezone.now()
    )

    text = words(signed_in(doctor.account).get(PLAN))

    assert "0 из 144 2 из 144" in text
    assert "0 из 250 2 из 250" in text


def test_the_calendar_has_what_one_applied_for_signed_up_to_and_plans(doctor: Specialist) -> None:
    run = a_run_of(a_registrar())
    an_application(run, doctor)
    event = during(run, title="Семинар")
    signed_up(event, doctor)
    full = an_event(title="Полное", seats=1)
    signed_up(full)
    waiting(full, doctor)
    planned = a_run(published(a_version(an_item(), title="Задуманное")))
    add_to_plan(
        specialist=doctor, item_id=planned.item_id, today=timezone.localdate(), facts=facts(), now=timezone.now()
    )

    answer = feed(key_of(opened(doctor)))

    found = entries(answer)
    assert set(found) == {run.version.title, "Семинар", "Полное", "Задуманное"}
    assert found[run.version.title].decoded("dtstart") == run.begins_on
    assert found[run.version.title].decoded("dtend") == run.ends_on + dt.timedelta(days=1)
    assert found["Семинар"].decoded("dtstart") == event.begins_at
    assert found["Задуманное"].decoded("dtstart") == planned.begins_on
    assert {title: str(one["status"]) for title, one in found.items()} == {
        run.version.title: "CONFIRMED",
        "Семинар": "CONFIRMED",
        "Полное": "TENTATIVE",
        "Задуманное": "TENTATIVE",
    }
    account = doctor.account
    for secret in ("Соколова", account.first_name, account.snils, account.email):
        assert secret not in answer.text
    assert answer["Cache-Control"].startswith("max-age=0")
    assert "no-store" in answer["Cache-Control"]


def test_a_code_that_waits_is_said_in_the_plan_and_leads_to_its_form(doctor: Specialist) -> None:
    awaited(doctor, holder=Holder.SPECIALIST)

    page = signed_in(doctor.account).get(PLAN).text

    assert "Ждёт ввода кода" in page
    assert "Пройдено, баллы в пути" not in page
    assert re.search(r'<a href="/specialist/codes/">\s*Ввести код\s*</a>', page)


def test_what_is_planned_for_a_year_alone_has_no_date_and_is_not_in_the_calendar(doctor: Specialist) -> None:
    cycle = Cycle.objects.get(specialist=doctor)
    module, run = published(a_version(an_item("module"), title="Модуль")), a_run_of(a_registrar())
    for item in (module.item_id, run.item_id):
        add_to_plan(specialist=doctor, item_id=item, today=timezone.localdate(), facts=facts(), now=timezone.now())
    browser, key = signed_in(doctor.account), key_of(opened(doctor))
    assert words(browser.get(PLAN)).count("дата не выбрана") == 1
    assert set(entries(feed(key))) == {run.version.title}

    browser.post(f"/specialist/plan/{run.item_id}/move/", {"cycle": cycle.pk, "year": 5})

    assert words(browser.get(PLAN)).count("дата не выбрана") == 2
    assert entries(feed(key)) == {}


def test_a_withdrawn_application_leaves_the_calendar(doctor: Specialist) -> None:
    row = an_application(a_run_of(a_registrar()), doctor)
    key = key_of(opened(doctor))
    assert len(entries(feed(key))) == 1

    row.state = "withdrawn"
    row.save(update_fields=["state"])

    assert entries(feed(key)) == {}


def test_the_address_is_got_changed_and_turned_off_on_the_plan(doctor: Specialist) -> None:
    browser = signed_in(doctor.account)
    assert "Получить адрес" in words(browser.get(PLAN))

    def address() -> str:
        return html.unescape(re.findall(r'value="([^"]*plan\.ics\?key=[^"]*)"', browser.get(PLAN).text)[0])

    browser.post(f"{PLAN}calendar/open/")
    first = address().partition("key=")[2]
    assert feed(first).status_code == 200
    browser.post(f"{PLAN}calendar/open/")
    second = address().partition("key=")[2]
    assert (feed(first).status_code, feed(second).status_code) == (404, 200)
    browser.post(f"{PLAN}calendar/close/")
    assert feed(second).status_code == 404
    assert "Получить адрес" in words(browser.get(PLAN))
    browser.post(f"{PLAN}calendar/open/")
    assert feed(second).status_code == 404
    assert feed(address().partition("key=")[2]).status_code == 200


@pytest.mark.parametrize("key", ["", "x", "а" * 48, "A" * 48, "A" * 500, "%00", "=" * 48, "A" * 47])
def test_a_made_up_address_opens_nothing(doctor: Specialist, key: str) -> None:
    opened(doctor)

    assert feed(key).status_code == 404


def test_every_changed_sign_makes_an_address_worthless(doctor: Specialist) -> None:
    key = key_of(opened(doctor))

    changed = [f"{key[:place]}{'A' if key[place] != 'A' else 'B'}{key[place + 1 :]}" for place in range(len(key))]

    assert [one for one in changed if owner_of(one) is not None] == []
    assert owner_of(key) == doctor


def test_a_closed_account_has_no_calendar(doctor: Specialist) -> None:
    key = key_of(opened(doctor))

    close_account(account=doctor.account, facts=facts(), now=timezone.now())

    assert feed(key).status_code == 404


def test_opening_and_closing_stand_in_the_trail_without_the_secret(doctor: Specialist) -> None:
    made = opened(doctor)
    assert close_feed(specialist=doctor, facts=facts(), now=timezone.now()) is True
    assert close_feed(specialist=doctor, facts=facts(), now=timezone.now()) is False

    rows = Entry.objects.filter(subject="plan_feed").order_by("pk")
    assert [(one.action, one.actor_id, one.subject_id, one.after) for one in rows] == [
        ("plan_feed.opened", doctor.account_id, made.pk, {"number": 1}),
        ("plan_feed.closed", doctor.account_id, made.pk, {"number": 1}),
    ]


def test_the_calendar_costs_the_same_for_one_and_for_many(doctor: Specialist) -> None:
    by = a_registrar()

    def more() -> None:
        an_application(a_run_of(by), doctor)
        signed_up(an_event(), doctor)
        version = published(a_version(an_item("module")))
        add_to_plan(
            specialist=doctor, item_id=version.item_id, today=timezone.localdate(), facts=facts(), now=timezone.now()
        )

    more()
    with CaptureQueriesContext(connection) as few:
        assert len(engagements_of(doctor.pk, timezone.localdate())) == 3
    more()
    more()
    with CaptureQueriesContext(connection) as many:
        assert len(engagements_of(doctor.pk, timezone.localdate())) == 9

    assert len(many) == len(few) == 4
    assert len(own_plan(doctor)) == 3


def test_a_confirmed_application_stands_for_its_own_run_once(doctor: Specialist) -> None:
    by = a_registrar()
    run = a_run_of(by)
    confirmed(an_application(run, doctor), by)
    other = a_run(run.version)

    text = words(signed_in(doctor.account).get(PLAN))

    assert "В эти же дни" not in text
    assert other.pk != run.pk


def test_an_event_and_a_run_have_one_identity_in_the_feed_and_in_the_file_of_their_card(doctor: Specialist) -> None:
    by = a_registrar()
    seat = signed_up(an_event(title="Семинар"), doctor)
    run = a_run_of(by)
    an_application(run, doctor)

    def uids(answer: Any) -> set[str]:
        return {str(one["uid"]) for one in entries(answer).values()}

    files = uids(Client().get(f"/catalogue/events/{seat.item_id}/calendar.ics"))
    files |= uids(Client().get(f"/catalogue/runs/{run.pk}/calendar.ics"))
    assert uids(feed(key_of(opened(doctor)))) == files
