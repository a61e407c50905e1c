"""What pages show of the items they found: one statement by their keys, and the addresses of all for search engines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet

from nmfo.catalogue.models import Run, SearchRow, Synonym, Version, VersionFile
from nmfo.catalogue.queries import runs_of, whole
from nmfo.catalogue.rules.words import VersionState

_CHUNK = 2000


class Shown(NamedTuple):
    """An item as a list shows it. `free_seats` -1: without a limit; `price_rub` None: not said."""

    item_id: int
    kind: str
    title: str
    organisation_name: str
    specialty_names: list[str]
    form: str
    event_kind: str
    bases: list[str]
    regions: list[str]
    credits: int
    minutes: int | None
    price_rub: int | None
    starts: list[dt.date]
    apply_until: list[dt.date]
    free_seats: list[int]
    begins_at: dt.datetime | None
    zone: str
    distance: bool
    accredited: bool


def shown(items: Iterable[int]) -> dict[int, Shown]:
    """What lists show of items. Twenty rows a page: written by hand, its twin of the ORM is in the tests."""
    with connection.cursor() as cursor:
        cursor.execute(_SHOWN, [list(items)])
        return {row[0]: Shown(*row) for row in cursor.fetchall()}


_COLUMNS = ", ".join(Shown.__annotations__)
_SHOWN = f"SELECT {_COLUMNS} FROM catalogue_searchrow WHERE item_id = ANY(%s)"  # noqa: S608 - our own names


def last_item() -> int:
    """The greatest key of an item the search knows; 0 when there is none."""
    row = SearchRow.objects.order_by("-item_id").values_list("item_id", flat=True).first()
    return row or 0


def listed_between(first: int, last: int) -> Iterator[tuple[int, str, dt.datetime | None]]:
    """Listed items with keys from `first` to before `last`: key, kind, when published. Read in pieces."""
    rows = SearchRow.objects.filter(item_id__gte=first, item_id__lt=last, listed=True).order_by("item_id")
    yield from rows.values_list("item_id", "kind", "published_at").iterator(chunk_size=_CHUNK)


def public_version(kind: str, item: int) -> Version | None:
    """What people see, or saw until it was withdrawn, of an item of a kind."""
    rows = Version.objects.filter(item=item, item__kind=kind, state=VersionState.PUBLISHED)
    return whole(rows).first()


def public_runs(version: Version) -> list[Run]:
    """The runs that stand on a card."""
    return list(runs_of(version.item).select_related("region")) if version.hours is not None else []


def public_run(pk: int) -> Run | None:
    """A run of a programme that was published."""
    rows = Run.objects.filter(pk=pk, version__published_at__isnull=False)
    return rows.select_related("item__organisation", "version", "region").first()


def public_file(pk: int) -> VersionFile | None:
    """A document of what people see; drafts and replaced versions keep theirs to themselves."""
    rows = VersionFile.objects.filter(pk=pk, version__state=VersionState.PUBLISHED)
    return rows.select_related("file").first()


def synonym_groups() -> QuerySet[Synonym]:
    """The groups of synonyms in force, by their usual word."""
    return Synonym.objects.filter(removed_at=None).select_related("changed_by").order_by("words__0", "pk")
