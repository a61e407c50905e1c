"""The reference lists: complete, dated, with their source; old names lead to the new ones."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest
from tests.builders import lists

from nmfo.reference.models import Country, EducationLevel, Level, Region, Specialty
from nmfo.reference.operations import load_reference_lists
from nmfo.reference.queries import countries, regions, specialties_of_documents, specialties_on, specialty_named

pytestmark = pytest.mark.django_db
NOW = dt.date(2026, 11, 25)


def test_the_nomenclature_is_complete_and_dated() -> None:
    lists()
    new = Specialty.objects.filter(ground__contains="435н")

    assert (new.count(), Specialty.objects.filter(ground__contains="176н").count()) == (118, 35)
    assert set(new.values_list("valid_until_on", flat=True)) == {None, dt.date(2027, 2, 28), dt.date(2028, 8, 31)}
    assert "Паллиативная медицинская помощь" not in {row.name for row in specialties_on(Level.HIGHER, NOW)}


def test_every_older_entry_leads_to_one_of_the_new_order() -> None:
    lists()
    older = Specialty.objects.filter(ground__contains="700н")

    assert older.count() == older.filter(replaced_by__ground__contains="435н").count() > 100
    assert older.get(name="Стоматология общей практики").replaced_by == Specialty.objects.get(
        name="Стоматология", ground__contains="435н"
    )


def test_every_list_says_since_when_and_by_what() -> None:
    lists()

    for model in (Region, Country, EducationLevel):
        assert not model._default_manager.filter(ground="").exists()
        assert not model._default_manager.filter(valid_from_on__lt=dt.date(1993, 12, 25)).exists()
    assert {zoneinfo.ZoneInfo(zone).key for zone in Region.objects.values_list("zone", flat=True)}
    assert [len(regions(day)) for day in (dt.date(2014, 3, 17), dt.date(2014, 3, 18), NOW)] == [83, 85, 89]
    assert "SSD" not in {row.alpha3 for row in countries(dt.date(2011, 7, 8))}
    assert {"RUS", "ABH", "OST", "XXA", "SSD"} <= {row.alpha3 for row in countries(NOW)}


def test_loading_again_changes_nothing() -> None:
    lists()
    before = list(Specialty.objects.order_by("pk").values()), list(Country.objects.order_by("pk").values())

    load_reference_lists()

    assert (
        list(Specialty.objects.order_by("pk").values()),
        list(Country.objects.order_by("pk").values()),
    ) == before


def test_a_name_that_both_levels_know_means_that_of_the_person() -> None:
    lists()

    for level in Level:
        found = specialty_named("сестринское дело", levels=[level], on=dt.date(2021, 5, 20))
        assert found is not None
        assert found.level == level


def test_a_document_names_the_entry_that_held_on_its_day() -> None:
    lists()
    days = (dt.date(2012, 6, 25), dt.date(2024, 3, 12), NOW)
    found = [specialty_named("Терапия", levels=["higher"], on=day) for day in days]

    acts = [row.ground.split()[3] for row in found if row]
    assert acts == ["435н", "700н", "435н"]  # a document older than the acts gets the newest
    assert specialty_named("Нет такой", levels=["higher"], on=NOW) is None


def test_a_document_may_name_an_ended_specialty() -> None:
    lists()
    names = [row.name for row in specialties_of_documents(Level.HIGHER, NOW)]

    assert "Стоматология общей практики" in names
    assert len(names) == len(set(names))
