from __future__ import annotations

import io
import json
import zipfile

import pytest
from tests.builders import a_specialist, a_version, an_item, published, signed_in
from tests.nmfo.catalogue.test_saving import change, save, wait_for

from nmfo.catalogue.search.query import Query


@pytest.mark.django_db
def test_p7_the_archive_has_what_the_person_keeps_in_the_catalogue() -> None:
    account = a_specialist().account
    save(a_specialist().account, Query(q="чужое"))
    save(account, Query(q="сердце"), name="Сердце", every="day")
    change(save(account, Query(kind=("event",)), name="Мероприятия"), every="")
    wait_for(published(a_version(an_item(), title="Ведение больных")).item, account)

    archive = zipfile.ZipFile(io.BytesIO(signed_in(account).get("/specialist/my-data/export/").content))
    data = json.loads(archive.read("data.json"))

    assert [(row["name"], row["query"], row["letters"]) for row in data["saved_searches"]] == [
        ("Мероприятия", "kind=event", ""),
        ("Сердце", "q=%D1%81%D0%B5%D1%80%D0%B4%D1%86%D0%B5", "day"),
    ]
    assert [row["item"] for row in data["awaited_runs"]] == ["Ведение больных"]
