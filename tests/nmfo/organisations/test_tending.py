"""What time does to applications."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from procrastinate.contrib.django import app
from tests.applicants import a_draft, returned
from tests.support.jobs import run_jobs

from foundation.files.models import StoredFile
from foundation.mail.models import Letter
from nmfo.organisations.models import CabinetApplication
from nmfo.organisations.operations import tending
from nmfo.organisations.queries import application_by_token

DAY = dt.timedelta(days=1)
NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def count(kind: str) -> int:
    return Letter.objects.filter(kind=kind).count()


@pytest.mark.django_db
def test_a_draft_is_warned_of_once_and_removed_with_its_scans() -> None:
    _row, token = a_draft(now=NOW)

    tending.warn_of_ending_drafts(NOW + 26 * DAY)
    assert count("application_draft_ends") == 0
    tending.warn_of_ending_drafts(NOW + 27 * DAY)
    tending.warn_of_ending_drafts(NOW + 28 * DAY)
    assert count("application_draft_ends") == 1
    letter = Letter.objects.get(kind="application_draft_ends")
    assert "22\u00a0декабря 2026" in str(letter.text).replace("декабря\u00a02026", "декабря 2026")
    assert application_by_token(letter.secret("link"), NOW + 28 * DAY) is not None

    assert tending.remove_old_drafts(NOW + 30 * DAY - DAY / 24) == 0
    assert tending.remove_old_drafts(NOW + 30 * DAY) == 1
    assert (CabinetApplication.objects.count(), StoredFile.objects.count()) == (0, 0)
    assert application_by_token(token, NOW + 30 * DAY) is None


@pytest.mark.django_db
def test_only_drafts_are_removed() -> None:
    returned(now=NOW)

    assert tending.remove_old_drafts(NOW + 400 * DAY) == 0


@pytest.mark.django_db
def test_an_applicant_is_reminded_after_a_week_once_for_each_return() -> None:
    returned(now=NOW)

    tending.remind_applicants(NOW + 6 * DAY)
    assert count("application_reminder") == 0
    tending.remind_applicants(NOW + 7 * DAY)
    tending.remind_applicants(NOW + 20 * DAY)

    assert count("application_reminder") == 1


@pytest.mark.django_db(transaction=True)
def test_the_job_of_every_day_does_all_of_it() -> None:
    row, _token = a_draft(now=timezone.now() - 31 * DAY)
    returned(now=timezone.now() - 8 * DAY)
    app.configure_task("organisations.tend", queue="default").defer(timestamp=0)

    run_jobs()

    assert not CabinetApplication.objects.filter(pk=row.pk).exists()
    assert count("application_reminder") == 1
