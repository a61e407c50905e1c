from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.promises.test_m1 import write
from tests.support.jobs import run_jobs
from tests.support.sink import Sink

from foundation.mail.models import Delivery, Letter
from foundation.mail.operations import deliver_letter, sweep_late_letters


@pytest.mark.django_db
def test_m2_after_a_lost_answer_the_same_letter_comes_again(sink: Sink) -> None:
    letter, now = write("k"), timezone.now()
    sink.mode = "lose-ok"
    deliver_letter(letter.pk, now=now)
    sink.mode = "ok"
    deliver_letter(letter.pk, now=now + timedelta(hours=1))
    deliver_letter(letter.pk, now=now + timedelta(hours=2))

    first, second = sink.letters
    assert first["Message-ID"] == second["Message-ID"]
    assert first.as_bytes() == second.as_bytes()
    assert Letter.objects.get(pk=letter.pk).delivery == Delivery.SENT


@pytest.mark.django_db
def test_m2_what_cannot_be_sent_now_is_sent_later(sink: Sink) -> None:
    letter, now = write("k"), timezone.now()
    sink.mode = "tempfail"
    deliver_letter(letter.pk, now=now)
    waiting = Letter.objects.get(pk=letter.pk)
    assert (waiting.delivery, waiting.attempts) == (Delivery.QUEUED, 1)
    again = ProcrastinateJob.objects.filter(task_name="mail.deliver").latest("id")
    assert (again.args, again.scheduled_at) == ({"letter_id": letter.pk}, waiting.next_try_at)

    sink.mode = "ok"
    deliver_letter(letter.pk, now=now + timedelta(seconds=1))
    assert len(sink.letters) == 0
    deliver_letter(letter.pk, now=now + timedelta(minutes=1))
    assert len(sink.letters) == 1


@pytest.mark.django_db
def test_m2_text_and_html_say_the_same(sink: Sink) -> None:
    deliver_letter(write("k").pk, now=timezone.now())

    text = sink.letters[0].get_body(("plain",))
    html = sink.letters[0].get_body(("html",))
    assert text is not None
    assert html is not None
    for part in ("Пароль изменён", "/recover/", "Остальные сеансы завершены"):
        assert part in text.get_content()
        assert part in html.get_content()


@pytest.mark.django_db(transaction=True)
def test_m2_workers_that_meet_send_one_letter(sink: Sink) -> None:
    letter, now = write("k"), timezone.now()
    sink.mode = "slow"

    def deliver(_worker: int) -> None:
        try:
            deliver_letter(letter.pk, now=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as crew:
        list(crew.map(deliver, range(4)))

    assert len(sink.letters) == 1
    assert Letter.objects.get(pk=letter.pk).delivery == Delivery.SENT


@pytest.mark.django_db(transaction=True)
def test_m2_a_letter_whose_job_was_lost_is_taken_up_by_the_sweep(sink: Sink) -> None:
    letter, now = write("k"), timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = 'mail.deliver'")

    assert sweep_late_letters(now + timedelta(seconds=119)) == 0
    assert sweep_late_letters(now + timedelta(seconds=121)) == 1
    run_jobs()

    assert [one["Message-ID"] for one in sink.letters] == [letter.message_id]
