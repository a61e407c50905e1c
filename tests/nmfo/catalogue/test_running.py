"""Runs of a programme, through the operations."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from tests.builders import an_operator, facts
from tests.item_builders import a_draft, a_published, a_writer, run_of

from foundation.audit.models import Entry
from nmfo.catalogue.models import Item, Run, SearchRow
from nmfo.catalogue.operations import running
from nmfo.catalogue.queries import run_facts_of
from nmfo.catalogue.rules.refusals import (
    ItemUnknown,
    ReasonMissing,
    RunChangedMeanwhile,
    RunIsOver,
    RunMalformed,
    RunsAreOfProgrammes,
    RunsTooMany,
    SourceKeyTaken,
)
from nmfo.catalogue.rules.runs import RunFacts
from nmfo.catalogue.rules.words import MOST_RUNS
from nmfo.organisations.models import Member
from nmfo.organisations.rules import NotAllowed, StaffRole


def add(item: Item, by: Member, form_key: str = "", **changes: Any) -> Run:
    return running.add_run(
        item_id=item.pk, run=run_of(**changes), by=by, facts=facts(), now=timezone.now(), form_key=form_key
    )


def change(run: Run, by: Member, seen: RunFacts | None = None, **changes: Any) -> Run:
    there = run_facts_of(Run.objects.get(pk=run.pk))
    return running.change_run(
        run_id=run.pk,
        run=dataclasses.replace(there, **changes),
        seen=seen or there,
        by=by,
        facts=facts(),
        now=timezone.now(),
    )


@pytest.mark.django_db
def test_the_search_follows_every_change_of_a_run() -> None:
    by = a_writer(StaffRole.METHODIST)
    item = a_published(by, an_operator())

    run = add(item, by, region="36")
    row = SearchRow.objects.get()
    assert (row.regions, row.free_seats, row.price_rub) == (["36"], [25], 9800)

    change(run, by, seats=10, price_rub=0)
    assert (SearchRow.objects.get().free_seats, SearchRow.objects.get().price_rub) == ([10], 0)

    running.close_run(run_id=run.pk, by=by, facts=facts(), now=timezone.now())
    assert SearchRow.objects.get().free_seats == [0]

    running.open_run(run_id=run.pk, by=by, facts=facts(), now=timezone.now())
    running.cancel_run(run_id=run.pk, reason="Нет преподавателя", by=by, facts=facts(), now=timezone.now())
    assert SearchRow.objects.get().starts == []
    actions = Entry.objects.filter(subject="run").order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["run.added", "run.changed", "run.closed", "run.opened", "run.cancelled"]


@pytest.mark.django_db
def test_runs_can_be_set_before_the_programme_is_published() -> None:
    by = a_writer()
    draft = a_draft(by)

    run = add(draft.item, by)

    assert run.version_id == draft.pk
    assert not SearchRow.objects.exists()


@pytest.mark.django_db
def test_a_run_that_contradicts_itself_is_not_kept() -> None:
    by = a_writer()
    item = a_draft(by).item

    with pytest.raises(RunMalformed) as caught:
        add(item, by, ends_on=timezone.localdate(), region="00", bases=("barter",))

    assert {field for field, _problem in caught.value.problems} == {"ends_on", "region", "bases"}
    assert not Run.objects.exists()


@pytest.mark.django_db
def test_seats_do_not_go_below_those_taken() -> None:
    by = a_writer()
    run = add(a_draft(by).item, by)
    Run.objects.filter(pk=run.pk).update(taken=5)

    with pytest.raises(RunMalformed):
        change(run, by, seats=4)
    change(run, by, seats=5)

    assert Run.objects.get().seats == 5


@pytest.mark.django_db
def test_two_writers_of_a_run_notice_each_other() -> None:
    by = a_writer()
    run = add(a_draft(by).item, by)
    seen = run_facts_of(run)
    change(run, by, seats=10)

    with pytest.raises(RunChangedMeanwhile):
        change(run, by, seen=seen, seats=30)

    assert Run.objects.get().seats == 10


@pytest.mark.django_db
def test_what_is_over_does_not_change() -> None:
    by, today = a_writer(), timezone.localdate()
    run = add(a_draft(by).item, by)
    Run.objects.filter(pk=run.pk).update(
        begins_on=today - dt.timedelta(days=9),
        ends_on=today - dt.timedelta(days=1),
        apply_until_on=today - dt.timedelta(days=9),
    )
    with pytest.raises(RunIsOver):
        change(run, by, seats=30)
    Run.objects.filter(pk=run.pk).update(ends_on=today)
    change(run, by, seats=30)
    with pytest.raises(ReasonMissing):
        running.cancel_run(run_id=run.pk, reason=" ", by=by, facts=facts(), now=timezone.now())
    running.cancel_run(run_id=run.pk, reason="Так", by=by, facts=facts(), now=timezone.now())

    with pytest.raises(RunIsOver):
        running.open_run(run_id=run.pk, by=by, facts=facts(), now=timezone.now())


@pytest.mark.django_db
def test_only_programmes_have_runs_and_a_double_click_sets_one() -> None:
    by = a_writer()
    with pytest.raises(RunsAreOfProgrammes):
        add(a_draft(by, "event").item, by)
    item = a_draft(by).item

    assert add(item, by, form_key="k").pk == add(item, by, form_key="k").pk
    assert Run.objects.count() == 1


@pytest.mark.django_db
def test_a_key_of_an_import_belongs_to_one_run_of_a_programme() -> None:
    by = a_writer()
    item = a_draft(by).item
    given: dict[str, Any] = {"run": run_of(), "by": by, "facts": None, "now": timezone.now(), "source_key": "П-1"}
    running.add_run(item_id=item.pk, **given)

    with pytest.raises(SourceKeyTaken):
        running.add_run(item_id=item.pk, **given)
    running.add_run(item_id=a_draft(by).item_id, **given)

    assert Run.objects.count() == 2


@pytest.mark.django_db
def test_a_programme_has_two_hundred_runs_at_most_that_are_not_over() -> None:
    by = a_writer(StaffRole.METHODIST)
    item = a_published(by, an_operator())
    new = running.NewRun(item_id=item.pk, run=run_of())
    made = running.add_runs(runs=[new] * MOST_RUNS, by=by, facts=facts(), now=timezone.now())

    with pytest.raises(RunsTooMany):
        add(item, by)
    assert Run.objects.count() == MOST_RUNS
    running.cancel_run(run_id=made[0].pk, reason="Нет преподавателя", by=by, facts=facts(), now=timezone.now())
    add(item, by)


@pytest.mark.django_db
def test_z6_runs_of_another_organisation_are_out_of_reach() -> None:
    by, stranger = a_writer(), a_writer()
    run = add(a_draft(by).item, by)

    with pytest.raises(ItemUnknown):
        add(run.item, stranger)
    for way in (running.close_run, running.open_run):
        with pytest.raises(ItemUnknown):
            way(run_id=run.pk, by=stranger, facts=facts(), now=timezone.now())
    with pytest.raises(ItemUnknown):
        change(run, stranger, seats=1)
    with pytest.raises(NotAllowed):
        change(run, a_writer(StaffRole.TEACHER, organisation=by.organisation), seats=1)


@pytest.mark.django_db(transaction=True)
def test_the_search_knows_the_last_of_two_changes_made_at_once() -> None:
    by = a_writer()
    item = a_published(by, an_operator())
    one, other = add(item, by), add(item, by)
    troubles: list[BaseException] = []

    def alter() -> None:
        try:
            change(other, by, seats=7)
        except BaseException as trouble:  # noqa: BLE001 - shown by the test
            troubles.append(trouble)
        finally:
            connection.close()

    thread = threading.Thread(target=alter)
    with transaction.atomic():
        change(one, by, seats=5)
        thread.start()
        thread.join(1.5)
    thread.join(20)

    assert troubles == []
    assert SearchRow.objects.get().free_seats == [5, 7]
