"""What the search knows follows from what is published, and published versions never change."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from tests.builders import a_run, a_specialty, a_version, an_item, published

from foundation.db.refusals import violated_constraint
from nmfo.catalogue.models import Item, SearchRow, Version, VersionSpecialty
from nmfo.catalogue.operations.listing import refresh_search


@pytest.mark.django_db
def test_a_published_programme_is_known_with_its_runs() -> None:
    version = a_version(an_item(), a_specialty(), other=[a_specialty("Кардиология")], title="Ведение больных с ИБС")
    assert SearchRow.objects.count() == 0

    published(version)
    run = a_run(version, region_id="36", seats=10, taken=3, price_rub=5000)

    row = SearchRow.objects.get()
    assert (row.listed, row.title, row.regions, row.price_rub) == (True, "Ведение больных с ИБС", ["36"], 5000)
    assert (row.starts, row.free_seats, row.popularity) == ([run.begins_on], [7], 3)
    assert row.main_specialties == [a_specialty().pk]
    assert row.other_specialties == [a_specialty("Кардиология").pk]


@pytest.mark.django_db
def test_a_withdrawn_item_is_not_listed_any_more() -> None:
    version = published(a_version(an_item("module")))
    Item.objects.filter(pk=version.item_id).update(
        state="withdrawn", withdrawn_at=version.created_at, withdrawn_reason="Устарел"
    )

    refresh_search([version.item_id])

    assert SearchRow.objects.get().listed is False


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("written", "same"), [("Приём и ёмкость", "прием и емкость"), ("6 3ЕТ", "6 ЗЕТ"), ("COVID-19", "covid 19")]
)
def test_different_writings_are_one_word(written: str, same: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT catalogue_words(%s) = catalogue_words(%s)", [written, same])
        assert cursor.fetchone() == (True,)


def _breaks(change: str, version: Version) -> str:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        if change == "title":
            Version.objects.filter(pk=version.pk).update(title="Другое")
        elif change == "delete":
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM catalogue_version WHERE id = %s", [version.pk])
        elif change == "specialty":
            VersionSpecialty.objects.create(version=version, specialty=a_specialty("Кардиология"), is_main=False)
        else:
            VersionSpecialty.objects.filter(version=version).update(is_main=False)
    return violated_constraint(caught.value)


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["title", "delete", "specialty", "part"])
def test_a_published_version_never_changes(change: str) -> None:
    version = published(a_version(an_item()))

    assert _breaks(change, version) == "catalogue_published_versions_never_change"


@pytest.mark.django_db
def test_a_published_version_can_be_replaced() -> None:
    version = published(a_version(an_item()))

    changed = Version.objects.filter(pk=version.pk).update(state="superseded", superseded_at=version.created_at)

    assert changed == 1
