"""The rows of a page of results: read by a statement written by hand, which says what the ORM says."""

from __future__ import annotations

import pytest
from tests.builders import a_run, a_version, an_item, published

from nmfo.catalogue.models import SearchRow
from nmfo.catalogue.search.showing import Shown, shown

pytestmark = pytest.mark.django_db


def test_the_statement_says_what_the_orm_says() -> None:
    programme, event, module = (published(a_version(an_item(kind))) for kind in ("programme", "event", "module"))
    a_run(programme)
    wanted = [version.item_id for version in (programme, event, module)]

    found = shown(wanted)

    twin = SearchRow.objects.filter(item_id__in=wanted).values_list(*Shown.__annotations__)
    assert found == {row[0]: Shown(*row) for row in twin}
    assert len(found) == 3
    assert found[programme.item_id].starts


def test_nothing_asked_for_is_nothing_found() -> None:
    assert shown([]) == {}
    assert shown([2**62]) == {}
