"""Jobs of the catalogue."""

from __future__ import annotations

from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app

from foundation.jobs.retry import RETRY, is_last_try
from nmfo.catalogue.operations import telling
from nmfo.catalogue.operations.importing import running as importing


@app.task(name=importing.GO_ON, queue="default", retry=RETRY, pass_context=True)
def go_on_with_import(context: JobContext, batch_id: int) -> None:
    """Check or write the next rows of an import; when that fails for good, say so where somebody waits for it."""
    is_over = False
    try:
        importing.go_on_with_import(batch_id, now=timezone.now())
        is_over = True
    finally:
        if not is_over and is_last_try(context):
            importing.give_up_import(batch_id, now=timezone.now())


@app.periodic(cron="7 4-15 * * *", periodic_id="catalogue.tell_of_news")
@app.task(name="catalogue.tell_of_news", queue="default", queueing_lock="catalogue.tell_of_news")
def tell_of_news(timestamp: int) -> None:
    """Send what saved searches have found anew: at 07:07 in Moscow, and what failed then an hour later."""
    now = timezone.now()
    telling.tell_of_news(now)
    telling.forget_searches_of_closed(now)


@app.periodic(cron="*/10 * * * *", periodic_id="catalogue.tell_of_runs")
@app.task(name="catalogue.tell_of_runs", queue="default", queueing_lock="catalogue.tell_of_runs")
def tell_of_runs(timestamp: int) -> None:
    """Tell those who wait for a run that there is one."""
    telling.tell_of_runs(timezone.now())
