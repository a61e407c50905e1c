"""Who was at the classes: marked day by day, seen by the listener, warned of when a result is entered."""

from __future__ import annotations

import datetime as dt
import html
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.builders import a_specialist, facts, signed_in
from tests.enrolment_builders import DAY, a_registrar, a_run_of, an_application, confirmed, enrolled, over
from tests.nmfo.enrolment.test_races import at_once
from tests.nmfo.web.test_statements_items import statements

from foundation.audit.models import Entry
from foundation.files.spreadsheets import kind_of_table, open_table
from nmfo.catalogue.models import Run
from nmfo.enrolment import rules
from nmfo.enrolment.models import Application, Attendance
from nmfo.enrolment.operations.attending import mark_attendance
from nmfo.enrolment.queries import attended_of, days_marked, kept_of
from nmfo.organisations.models import Member

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(db: None) -> Member:
    return a_registrar()


@pytest.fixture
def run(by: Member) -> Run:
    return a_run_of(by)


@pytest.fixture
def desk(by: Member) -> Client:
    return signed_in(by.account)


def learner(run: Run, by: Member, surname: str = "Соколова") -> Application:
    return enrolled(an_application(run, a_specialist(surname=surname)), by, number=f"{surname[:3]}-к")


def yesterday() -> dt.date:
    return timezone.localdate() - DAY


def mark(run: Run, by: Member, marks: dict[int, bool], day: dt.date | None = None) -> int:
    return mark_attendance(run_id=run.pk, day=day or yesterday(), marks=marks, by=by, facts=facts(), now=timezone.now())


def marked(row: Application) -> list[bool]:
    return list(Attendance.objects.filter(application=row).order_by("day").values_list("was_there", flat=True))


def page(answer: Any) -> str:
    return " ".join(html.unescape(answer.content.decode()).replace("\u00a0", " ").split())


def test_a_mark_is_made_changed_and_told_to_the_trail(by: Member, run: Run) -> None:
    row = learner(run, by)
    over(run)

    assert [mark(run, by, {row.pk: there}) for there in (False, False, True)] == [1, 0, 1]

    assert marked(row) == [True]
    rows = Entry.objects.filter(action="enrolment.attendance_marked").order_by("pk")
    assert [(one.before, one.after["was_there"], one.actor_id, one.subject_id) for one in rows] == [
        ({}, False, by.account_id, row.pk),
        ({"was_there": False}, True, by.account_id, row.pk),
    ]


def test_only_those_who_learn_in_this_run_are_marked(by: Member, run: Run) -> None:
    other_run = a_run_of(by)
    strange = learner(other_run, by, "Егорова")
    waits = confirmed(an_application(run), by)
    over(run)

    assert mark(run, by, {strange.pk: True, waits.pk: True, 999_999: True}) == 0
    assert not Attendance.objects.exists()


@pytest.mark.parametrize(("days", "refusal"), [(-11, rules.ClassDayOutside), (1, rules.ClassDayOutside)])
def test_a_day_without_classes_is_refused(by: Member, run: Run, days: int, refusal: type[Exception]) -> None:
    row = learner(run, by)
    over(run)

    with pytest.raises(refusal):
        mark(run, by, {row.pk: True}, timezone.localdate() + days * DAY)


def test_a_day_that_has_not_come_is_refused(by: Member, run: Run) -> None:
    row = learner(run, by)

    with pytest.raises(rules.ClassDayNotCome):
        mark(run, by, {row.pk: True}, run.begins_on)


def test_figures_of_days_and_people(by: Member, run: Run) -> None:
    first, second = learner(run, by), learner(run, by, "Егорова")
    over(run)
    mark(run, by, {first.pk: True, second.pk: False})
    mark(run, by, {first.pk: False}, yesterday() - DAY)

    assert days_marked(run) == [(yesterday() - DAY, 0, 1), (yesterday(), 1, 2)]
    found = attended_of([first.pk, second.pk])
    assert [(found[row.pk].there, found[row.pk].marked) for row in (first, second)] == [(1, 2), (0, 1)]
    assert [found[row.pk].is_doubtful for row in (first, second)] == [False, True]
    assert kept_of(first.specialist)[0]["attendance"] == [
        {"day": str(yesterday() - DAY), "was_there": False},
        {"day": str(yesterday()), "was_there": True},
    ]


def test_two_colleagues_with_a_phone_each_mark_their_halves(by: Member, run: Run, desk: Client) -> None:
    first, second = learner(run, by), learner(run, by, "Егорова")
    over(run)
    path = f"/organisation/groups/{run.pk}/attendance/"
    shown = {f"was-{first.pk}": "", f"was-{second.pk}": "", "day": str(yesterday())}

    desk.post(path, {**shown, f"there-{first.pk}": "1"})
    answer = desk.post(path, {**shown, f"there-{second.pk}": "0"}, follow=True)

    assert "Сохранена 1 отметка." in page(answer)
    assert (marked(first), marked(second)) == ([True], [False])


def test_all_at_once_leaves_what_was_marked(by: Member, run: Run, desk: Client) -> None:
    first, second = learner(run, by), learner(run, by, "Егорова")
    over(run)
    mark(run, by, {first.pk: False})
    path = f"/organisation/groups/{run.pk}/attendance/?day={yesterday()}"
    assert "Ещё 1 без отметки: был" in page(desk.get(path))

    desk.post(
        path,
        {
            "day": str(yesterday()),
            "all": "1",
            f"was-{first.pk}": "0",
            f"there-{first.pk}": "0",
            f"was-{second.pk}": "",
        },
    )

    assert (marked(first), marked(second)) == ([False], [True])


@pytest.mark.parametrize("query", ["", "?day=odd", "?day=2020-01-01", "?day=2026-99-99", "?day=%00"])
def test_an_address_that_makes_no_sense_still_shows_a_page(by: Member, run: Run, desk: Client, query: str) -> None:
    learner(run, by)

    assert desk.get(f"/organisation/groups/{run.pk}/attendance/{query}").status_code == 200


def test_a_wrong_day_sent_is_refused_in_words(by: Member, run: Run, desk: Client) -> None:
    row = learner(run, by)
    over(run)

    answer = desk.post(
        f"/organisation/groups/{run.pk}/attendance/",
        {"day": "2020-01-01", f"was-{row.pk}": "", f"there-{row.pk}": "1"},
    )

    assert answer.status_code == 422
    assert "Занятия этого потока идут с" in page(answer)


def test_another_organisation_does_not_find_the_group(by: Member, run: Run) -> None:
    row = learner(run, by)
    over(run)
    stranger = signed_in(a_registrar().account)

    for name in ("attendance", "file"):
        assert stranger.get(f"/organisation/groups/{run.pk}/{name}/").status_code == 404
    path = f"/organisation/groups/{run.pk}/attendance/"
    sent = {"day": str(yesterday()), f"was-{row.pk}": "", f"there-{row.pk}": "1"}
    assert stranger.post(path, sent).status_code == 404
    assert mark(run, a_registrar(), {row.pk: True}) == 0


def test_the_listener_sees_their_own_marks(by: Member, run: Run) -> None:
    row, other = learner(run, by), learner(run, by, "Егорова")
    over(run)
    mark(run, by, {row.pk: True, other.pk: False})

    text = page(signed_in(row.specialist.account).get(f"/specialist/applications/{row.pk}/"))

    assert f"{yesterday():%d.%m.%Y}" in text
    assert "Посещаемость" in text
    assert "Не был" not in text


def test_the_page_of_a_result_warns_of_who_was_never_there(by: Member, run: Run, desk: Client) -> None:
    row = learner(run, by)
    over(run)
    path = f"/organisation/applications/{row.pk}/result/"

    assert "Посещаемость этого слушателя не отмечена" in page(desk.get(path))
    mark(run, by, {row.pk: False})
    assert "Слушателя не было на занятиях: отмечен 1 день" in page(desk.get(path))
    mark(run, by, {row.pk: True})
    text = page(desk.get(path))
    assert "Посещаемость: 1 из 1 отмеченных дней." in text
    assert "посещаемость 1 / 1" in page(desk.get(f"/organisation/groups/{run.pk}/"))


def test_the_file_of_the_group_has_each_day(by: Member, run: Run, desk: Client) -> None:
    row, _other = learner(run, by), learner(run, by, "Егорова")
    over(run)
    mark(run, by, {row.pk: True})

    answer = desk.get(f"/organisation/groups/{run.pk}/file/")

    cells = [list(line.cells) for line in open_table(answer.content, kind_of_table(answer.content)).rows()]
    assert cells[0][-1] == f"{yesterday():%d.%m.%Y}"
    assert [line[1] for line in cells[1:]] == ["Егорова Анна Петровна", "Соколова Анна Петровна"]
    assert [line[4:] for line in cells[1:]] == [["0", "0"], ["1", "1", "был"]]
    assert Entry.objects.filter(action="enrolment.looked_at", after__what="list").count() == 2


def test_the_page_costs_the_same_for_one_and_for_many(by: Member, run: Run, desk: Client) -> None:
    learner(run, by)
    over(run)
    path = f"/organisation/groups/{run.pk}/attendance/"
    desk.get(path)
    one = statements(desk, path)
    run.begins_on = run.apply_until_on = timezone.localdate() + DAY
    run.ends_on = run.begins_on + 5 * DAY
    run.save()
    for surname in ("Егорова", "Ахметова", "Белова"):
        learner(run, by, surname)
    over(run)

    assert statements(desk, path) == one


@pytest.mark.django_db(transaction=True)
def test_the_same_mark_by_two_at_once_is_one() -> None:
    by = a_registrar()
    run = a_run_of(by)
    row = learner(run, by)
    over(run)

    assert at_once(*(lambda: mark(run, by, {row.pk: True}),) * 2) == ["done", "done"]

    assert marked(row) == [True]
    assert Entry.objects.filter(action="enrolment.attendance_marked").count() == 1
