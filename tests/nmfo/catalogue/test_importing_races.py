"""An import and somebody else at the same moment."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.builders import facts
from tests.import_builders import a_file, a_row, checked, counts, report
from tests.item_builders import a_writer, texts
from tests.support.jobs import run_jobs

from foundation.jobs.queries import poisoned_jobs
from nmfo.catalogue.models import Import, Item, Run
from nmfo.catalogue.operations.authoring import start_item
from nmfo.catalogue.operations.importing.running import begin_import, go_on_with_import, write_import

PATIENCE_S = 60


# In this database: the tests that run beside have theirs on the same server.
_WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def until_somebody_waits() -> None:
    limit = time.monotonic() + PATIENCE_S
    while time.monotonic() < limit:
        with connection.cursor() as cursor:
            cursor.execute(_WAITING)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)


@pytest.mark.django_db(transaction=True)
def test_a_key_that_is_taken_at_the_same_moment_refuses_its_own_row_and_no_other() -> None:
    by, begun = a_writer(), threading.Event()
    rows = [a_row(Ключ=f"П-{n}", Начало="01.02.2031", Конец="05.02.2031", Регион="77") for n in range(1, 4)]
    batch = checked(by, a_file(*rows))
    write_import(batch_id=batch.pk, by=by, facts=facts(), now=timezone.now())

    def colleague() -> None:
        with transaction.atomic():
            start_item(kind="programme", texts=texts(), by=by, facts=facts(), now=timezone.now(), source_key="П-2")
            begun.set()
            until_somebody_waits()
        connection.close()

    thread = threading.Thread(target=colleague)
    thread.start()
    assert begun.wait(PATIENCE_S)
    go_on_with_import(batch.pk, now=timezone.now(), slice_s=600)
    thread.join(PATIENCE_S)

    batch.refresh_from_db()
    assert counts(batch) == (3, 2, 0, 0, 1)
    assert [outcome for _line, outcome, _reason in report(batch)] == ["taken", "refused", "taken"]
    assert Item.objects.filter(organisation=by.organisation).count() == 3
    assert sorted(Run.objects.values_list("item__source_key", flat=True)) == ["П-1", "П-3"]


@pytest.mark.django_db(transaction=True)
def test_a_file_sent_by_many_presses_of_the_button_is_one_import() -> None:
    by, together = a_writer(), threading.Barrier(4)

    def send(_number: int) -> int:
        try:
            upload = a_file(a_row())
            together.wait()
            return begin_import(by=by, upload=upload, facts=facts(), now=timezone.now()).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as crew:
        begun = list(crew.map(send, range(4)))

    assert set(begun) == {Import.objects.get().pk}
    assert ProcrastinateJob.objects.filter(task_name="catalogue.import").count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_import_whose_job_fails_for_good_ends_in_words_and_the_job_is_seen() -> None:
    by = a_writer()
    batch = begin_import(by=by, upload=a_file(a_row()), facts=facts(), now=timezone.now())
    (kept,) = Path(settings.FILES_ROOT).glob(f"*/{batch.file.place}")
    kept.unlink()

    states = []
    for _try in range(5):
        with connection.cursor() as cursor:  # its pause is over
            cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
        run_jobs()
        batch.refresh_from_db()
        states.append(batch.state)

    assert states == ["checking"] * 4 + ["failed"]
    assert batch.trouble.startswith("Портал несколько раз не смог прочитать файл")
    assert [job.args["batch_id"] for job in poisoned_jobs()] == [batch.pk]
    assert checked(by, a_file(a_row())).state == "checked"
