"""The public page of rules shows what is published, nothing else: its days are those the portal counts by."""

from __future__ import annotations

import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.cycle_builders import rules_in_force

from foundation.ui.kept import forget_pages
from foundation.ui.templatetags.ui import day
from nmfo.cycles.models import RuleSet

pytestmark = pytest.mark.django_db


def words() -> str:
    forget_pages()
    text = Client().get("/about/rules/").content.decode()
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).replace("\u00a0", " ").split())


def test_each_published_set_stands_with_its_days_ground_and_requirements() -> None:
    rules_in_force()

    text = words()

    rows = RuleSet.objects.filter(state="published").prefetch_related("asked")
    assert len(rows) >= 5
    for row in rows:
        for piece in (row.title, row.ground, *(one.text for one in row.asked.all())):
            assert " ".join(piece.split()) in text
        assert day(row.valid_from_on).replace("\u00a0", " ") in text
        if row.valid_until_on:
            assert day(row.valid_until_on).replace("\u00a0", " ") in text


def test_a_new_version_changes_the_page_and_a_draft_does_not() -> None:
    rules_in_force()
    published = RuleSet.objects.get(key="order-1081n", state="published")
    RuleSet.objects.create(
        key="draft-act",
        number=1,
        title="Черновой набор",
        ground="Приказ",
        source="–",
        role="minimum",
        decided_by="end",
        kinds=[],
        valid_from_on="2030-01-01",
        written_at=timezone.now(),
    )

    text = words()

    assert "Черновой набор" not in text
    assert f"с {day(published.valid_from_on)} по {day(published.valid_until_on)}".replace("\u00a0", " ") in text


def test_without_rules_the_page_says_so() -> None:
    assert "Правила ещё не опубликованы." in words()


def test_the_page_costs_the_same_however_many_rules_there_are() -> None:
    forget_pages()
    with CaptureQueriesContext(connection) as none:
        Client().get("/about/rules/")
    rules_in_force()
    forget_pages()
    with CaptureQueriesContext(connection) as all_of_them:
        Client().get("/about/rules/")

    assert len(all_of_them) <= len(none) + 1
