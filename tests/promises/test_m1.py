from __future__ import annotations

import pytest
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.builders import an_account
from tests.support.acts import TELLING, is_undone_without, prepared

from foundation.mail.models import Letter
from foundation.mail.operations import put_letter


def write(key: str) -> Letter:
    account = an_account()
    return put_letter(
        kind="password_changed",
        to=account.email,
        account_id=account.pk,
        language="ru",
        values={"person": account, "at": timezone.now(), "network": "n"},
        key=key,
        now=timezone.now(),
    )


@pytest.mark.django_db(transaction=True)
def test_m1_a_letter_vanishes_with_its_cause() -> None:
    class Stopped(Exception):
        pass

    with pytest.raises(Stopped), transaction.atomic():
        write("gone")
        raise Stopped

    assert Letter.objects.count() == 0
    assert ProcrastinateJob.objects.filter(task_name="mail.deliver").count() == 0


@pytest.mark.django_db(transaction=True)
def test_m1_a_committed_cause_has_its_letter_and_job_once() -> None:
    letter = write("kept")

    assert (
        put_letter(
            kind="closed",
            to="x@nmfo.example",
            account_id=None,
            language="ru",
            values={},
            key="kept",
            now=timezone.now(),
        )
        == letter
    )
    assert ProcrastinateJob.objects.filter(task_name="mail.deliver").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["mail_letter", "procrastinate_jobs"])
def test_m1_nothing_is_done_when_its_letter_cannot_be_written_or_queued(table: str) -> None:
    assert len(TELLING) == 7
    assert [action for action in TELLING if not is_undone_without(prepared(action), table)] == []
