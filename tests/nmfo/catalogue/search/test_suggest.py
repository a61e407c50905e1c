"""Suggestions while typing."""

from __future__ import annotations

import pytest
from tests.builders import a_specialty, an_item, an_organisation
from tests.nmfo.catalogue.search.rows import TODAY, a_row, write

from nmfo.catalogue.search.index import Index
from nmfo.catalogue.search.suggesting import MOST, suggest


def texts(text: str) -> list[tuple[str, str]]:
    return [(one.kind, one.text) for one in suggest(Index().current(), text, today=TODAY)]


@pytest.mark.django_db
def test_words_of_specialties_organisations_and_titles_are_continued() -> None:
    cardiology = a_specialty("Кардиология")
    item = an_item(organisation=an_organisation())
    write(
        item.pk, item.organisation_id, title="Ишемия: взгляд кардиолога", main_specialties=[cardiology.pk],
        specialty_names=["Кардиология"], organisation_name="Институт кардиологии",
    )  # fmt: skip

    assert texts("Карди") == [
        ("specialty", "Кардиология"),
        ("organisation", "Институт кардиологии"),
        ("programme", "Ишемия: взгляд кардиолога"),
    ]
    assert texts("взгляд карди") == [("programme", "Ишемия: взгляд кардиолога")]
    assert texts("rfhlb")[0] == ("specialty", "Кардиология")
    assert texts("к") == texts("") == texts("нетакого") == []


@pytest.mark.django_db
def test_only_what_people_can_find_is_suggested() -> None:
    a_row(title="Терапия скрытая", listed=False)
    a_row(
        title="Терапия прошедшая",
        kind="event",
        starts=[TODAY.replace(year=2025)],
        apply_until=[TODAY.replace(year=2025)],
        free_seats=[-1],
    )
    a_row(title="Терапия открытая")

    assert texts("тера") == [("programme", "Терапия открытая")]


@pytest.mark.django_db
def test_eight_are_enough_and_titles_do_not_repeat() -> None:
    for number in range(12):
        a_row(title=f"Терапия {number % 10}")

    found = texts("тер")

    assert len(found) == len(set(found)) == MOST
