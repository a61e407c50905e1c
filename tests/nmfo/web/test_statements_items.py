"""Lists of items, runs and reviews cost the same whatever is in them (performance.md 2)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.builders import an_operator, facts, signed_in
from tests.item_builders import a_draft, a_published, a_submitted, a_writer, run_of

from nmfo.catalogue.models import Version
from nmfo.catalogue.operations import running
from nmfo.catalogue.operations.reviewing import add_remark
from nmfo.organisations.models import Member


def statements(visitor: Client, path: str) -> int:
    visitor.get(
        path
    )  # what a first look costs once (a session's last moment, the index of the search) is not the page's
    with CaptureQueriesContext(connection) as caught:
        assert visitor.get(path).status_code == 200
    return len(caught)


def _more(by: Member, operator: Any) -> None:
    a_draft(by)
    a_submitted(by, "event")
    a_submitted(a_writer(), "module")
    item = a_published(by, operator)
    for _number in range(2):
        running.add_run(item_id=item.pk, run=run_of(), by=by, facts=facts(), now=timezone.now())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "path", "most"),
    [
        ("writer", "/organisation/items/", 8),
        ("writer", "/organisation/items/?q=терапия&tab=draft&kind=programme", 8),
        ("writer", "/organisation/runs/", 7),
        ("operator", "/operator/reviews/", 8),
        ("operator", "/operator/items/", 6),
        ("operator", "/operator/items/?q=терапия", 6),
    ],
)
def test_a_list_costs_the_same_for_one_and_for_many(who: str, path: str, most: int) -> None:
    by, operator = a_writer(), an_operator()
    visitor = signed_in(by.account if who == "writer" else operator)
    _more(by, operator)
    few = statements(visitor, path)
    for _number in range(3):
        _more(by, operator)

    assert statements(visitor, path) == few <= most


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["", "edit/", "preview/", "runs/"])
def test_an_item_costs_the_same_however_much_it_says(page: str) -> None:
    by, operator = a_writer(), an_operator()
    item = a_published(by, operator)
    visitor = signed_in(by.account)
    path = f"/organisation/items/{item.pk}/{page}"
    if page == "edit/":
        visitor.post(f"/organisation/items/{item.pk}/new-version/")
    running.add_run(item_id=item.pk, run=run_of(), by=by, facts=facts(), now=timezone.now())
    few = statements(visitor, path)
    for _number in range(4):
        running.add_run(item_id=item.pk, run=run_of(), by=by, facts=facts(), now=timezone.now())

    assert statements(visitor, path) == few <= 22


@pytest.mark.django_db
def test_a_review_costs_the_same_however_much_was_remarked() -> None:

    version, operator = a_submitted(a_writer()), an_operator()
    visitor = signed_in(operator)

    def remark() -> None:
        add_remark(version_id=version.pk, field="aims", text="Уточните", by=operator, facts=facts(), now=timezone.now())

    remark()
    few = statements(visitor, f"/operator/reviews/{version.pk}/")
    for _number in range(4):
        remark()

    assert statements(visitor, f"/operator/reviews/{version.pk}/") == few <= 22


@pytest.mark.django_db
def test_the_queue_is_read_by_its_index() -> None:
    a_submitted(a_writer())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute("EXPLAIN SELECT * FROM catalogue_version WHERE state = 'submitted' ORDER BY due_on, id LIMIT 30")
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "catalogue_queue" in plan
    assert "Sort" not in plan
    assert Version.objects.filter(state="submitted").count() == 1
