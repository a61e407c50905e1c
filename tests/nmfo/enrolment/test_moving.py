"""A run with other days: those who applied are told once, terms follow."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone
from tests.builders import facts
from tests.enrolment_builders import (
    DAY,
    a_draft_application,
    a_registrar,
    a_run_of,
    accepted,
    an_application,
    confirmed,
    enrolled,
)
from tests.nmfo.enrolment.test_races import at_once

from foundation.mail.models import Letter
from foundation.mail.operations import words_of
from nmfo.catalogue.models import Run
from nmfo.credits.models import Expectation
from nmfo.enrolment.models import Application
from nmfo.enrolment.operations import applying, tending
from nmfo.organisations.models import Member

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(db: None) -> Member:
    return a_registrar()


def moved(run: Run, days: int = 7) -> Run:
    Run.objects.filter(pk=run.pk).update(
        begins_on=run.begins_on + days * DAY, ends_on=run.ends_on + days * DAY, apply_until_on=run.apply_until_on
    )
    run.refresh_from_db()
    return run


def letters() -> list[str]:
    return list(Letter.objects.filter(kind="enrolment_moved").order_by("pk").values_list("key", flat=True))


def test_everybody_who_applied_is_told_of_other_days_once(by: Member) -> None:
    run = a_run_of(by)
    rows = [an_application(run), confirmed(an_application(run), by), enrolled(an_application(run), by)]
    a_draft_application(run)
    first, last = run.begins_on, run.ends_on
    assert tending.tell_of_moves(timezone.now()) == 0

    moved(run)

    assert tending.tell_of_moves(timezone.now()) == 3
    assert tending.tell_of_moves(timezone.now()) == 0
    assert len(letters()) == len(rows)
    text = words_of(Letter.objects.filter(kind="enrolment_moved").latest("pk")).text
    assert "Организация перенесла поток" in text
    assert f"{first.day}" in text
    assert f"{run.ends_on.day}" in text
    assert last != run.ends_on


def test_terms_follow_the_days(by: Member) -> None:
    run = a_run_of(by)
    ready, learns = confirmed(an_application(run), by), enrolled(an_application(run), by)

    moved(run)
    tending.tell_of_moves(timezone.now())

    for row in (ready, learns):
        row.refresh_from_db()
    assert (ready.due_on, learns.due_on) == (run.begins_on, run.ends_on + 30 * DAY)
    awaited = Expectation.objects.get(specialist=learns.specialist_id)
    assert (awaited.began_on, awaited.due_on) == (run.ends_on, run.ends_on + 30 * DAY)


def test_the_term_of_an_answer_is_over_before_a_run_that_begins_earlier(by: Member) -> None:
    run = a_run_of(by, apply_until_on=timezone.localdate())
    row = accepted(an_application(run), by)

    moved(run, (timezone.localdate() - run.begins_on).days + 4)
    tending.tell_of_moves(timezone.now())

    row.refresh_from_db()
    assert row.due_on == timezone.localdate() + 3 * DAY == run.begins_on - DAY


def test_each_move_has_its_letter_and_one_taken_back_in_time_has_none(by: Member) -> None:
    run = a_run_of(by)
    an_application(run)

    for days, sent in ((7, 1), (-7, 2), (7, 3)):
        moved(run, days)
        tending.tell_of_moves(timezone.now())
        assert len(letters()) == sent
    moved(run, 3)
    moved(run, -3)
    assert tending.tell_of_moves(timezone.now()) == 0


def test_nobody_is_told_whose_application_is_over_or_whose_run_was_cancelled(by: Member) -> None:
    run, other = a_run_of(by), a_run_of(by)
    left = an_application(run)
    applying.withdraw_application(
        specialist=left.specialist, application_id=left.pk, reason="", facts=facts(), now=timezone.now()
    )
    an_application(other)
    for one in (run, other):
        moved(one)
    Run.objects.filter(pk=other.pk).update(state="cancelled", reason="Ремонт")

    assert tending.tell_of_moves(timezone.now()) == 0


def test_who_applies_after_a_move_knows_the_days(by: Member) -> None:
    run = a_run_of(by)
    draft = a_draft_application(run)
    moved(run, 3)

    applying.submit_application(
        specialist=draft.specialist, application_id=draft.pk, may_wait=False, facts=facts(), now=timezone.now()
    )

    assert tending.tell_of_moves(timezone.now()) == 0
    assert Application.objects.get(pk=draft.pk).told_begins_on == run.begins_on


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_once() -> None:
    run = a_run_of(a_registrar())
    an_application(run)
    moved(run)
    now = dt.datetime.now(dt.UTC)

    assert at_once(*(lambda: tending.tell_of_moves(now),) * 2) == ["done", "done"]

    assert len(letters()) == 1
    connection.close()
