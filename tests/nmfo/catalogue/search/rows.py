"""SearchRows written directly: what the index reads, without the way of publication before it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection
from django.utils import timezone
from tests.builders import an_item, an_organisation

from nmfo.catalogue.models import Item

TODAY = dt.date(2026, 11, 24)
_COLUMNS: dict[str, Any] = {
    "listed": True,
    "kind": "programme",
    "title": "Терапия",
    "brief": "",
    "organisation_name": "ИПК",
    "levels": ["higher"],
    "main_specialties": [],
    "other_specialties": [],
    "specialty_names": [],
    "form": "",
    "event_kind": "",
    "bases": [],
    "regions": [],
    "credits": 36,
    "minutes": None,
    "price_rub": None,
    "starts": [],
    "apply_until": [],
    "free_seats": [],
    "begins_at": None,
    "zone": "",
    "distance": False,
    "internship": False,
    "simulation": False,
    "network": False,
    "basic_model": False,
    "new_competence": False,
    "accredited": False,
    "popularity": 0,
    "published_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
}
_NAMES = ", ".join(_COLUMNS)
_WRITE = f"""
INSERT INTO catalogue_searchrow (item_id, organisation_id, transaction, {_NAMES}, title_words, words)
VALUES (%(item)s, %(organisation)s, txid_current(), {", ".join(f"%({name})s" for name in _COLUMNS)},
        catalogue_words(%(title)s), catalogue_words(%(title)s) || catalogue_words(%(text)s))
ON CONFLICT (item_id) DO UPDATE SET organisation_id = excluded.organisation_id, transaction = excluded.transaction,
  {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)},
  title_words = excluded.title_words, words = excluded.words
"""


def write(item: int, organisation: int, **values: Any) -> int:
    """What the search shall know of an item; written again it replaces what was there."""
    given = {**_COLUMNS, "text": "", **values, "item": item, "organisation": organisation}
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, given)
    return item


def a_row(**values: Any) -> int:
    """An item of an organisation of its own, known to the search."""
    item = an_item(organisation=an_organisation())
    return write(item.pk, item.organisation_id, **values)


def items(number: int) -> list[tuple[int, int]]:
    """Items of three organisations: item and organisation."""
    owners = [an_organisation() for _ in range(3)]
    made = Item.objects.bulk_create(
        [Item(organisation=owners[at % 3], kind="programme", created_at=timezone.now()) for at in range(number)]
    )
    return [(item.pk, item.organisation_id) for item in made]
