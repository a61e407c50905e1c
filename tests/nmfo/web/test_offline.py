"""What pages tell the service worker: whose they are, whether they may be kept; the worker's file; the manifest."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http.response import HttpResponseBase
from django.test import Client
from PIL import Image
from tests.builders import a_specialist, a_version, an_item, an_operator, lists, published, signed_in
from tests.nmfo.web.test_pages import OPERATOR, ORGANISATION, SPECIALIST

from foundation.ui.assets import ICON_SIZES

IDLE_S = 2 * 3600
STAFF_IDLE_S = 1800


def owner(answer: HttpResponseBase) -> list[str]:
    return str(answer["Offline-Owner"]).split(" ")


@pytest.mark.django_db
def test_a_card_may_be_kept_and_belongs_to_a_stranger() -> None:
    version = published(a_version(an_item()))
    browser = Client()
    address = f"/catalogue/programmes/{version.item_id}/"

    for answer in (browser.get(address), browser.get(address)):  # made, and from the memory of a minute
        assert answer["Offline-Copy"] == address
        assert owner(answer) == ["stranger"]
        assert "no-store" in answer["Cache-Control"]
        assert not answer.has_header("ETag")


@pytest.mark.django_db
def test_results_are_kept_under_the_address_that_the_page_gets() -> None:
    lists()

    answer = Client().get("/catalogue/", {"q": "", "kind": "event", "credits_from": ""})

    assert answer["Offline-Copy"] == "/catalogue/?kind=event"


@pytest.mark.django_db
def test_an_owner_is_an_account_and_lasts_as_long_as_the_session() -> None:
    lists()
    doctor = a_specialist().account
    first, again, other = signed_in(doctor), signed_in(doctor), signed_in(an_operator())

    keys = [owner(browser.get("/")) for browser in (first, again, other)]

    assert keys[0] == keys[1]
    assert keys[0][0] != keys[2][0]
    assert [int(key[1]) for key in keys] == [IDLE_S, IDLE_S, STAFF_IDLE_S]
    assert doctor.snils not in str(keys)


@pytest.mark.django_db
@pytest.mark.parametrize("path", sorted({*SPECIALIST, *OPERATOR, *ORGANISATION}))
def test_pages_behind_the_sign_in_say_that_they_may_not_be_kept(path: str) -> None:
    staff = path.startswith("/operator/")
    browser = signed_in(an_operator() if staff else a_specialist().account)

    assert not browser.get(path).has_header("Offline-Copy")


def test_the_worker_is_never_kept_itself_and_changes_with_the_files() -> None:
    answer = Client().get("/worker.js")

    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    about = json.loads(answer.content.decode().splitlines()[0].removeprefix("const PORTAL = ").removesuffix(";"))
    assert staticfiles_storage.url("ui/portal.css") in about["version"]


@pytest.mark.django_db
def test_the_manifest_names_pages_and_icons_that_exist() -> None:
    lists()
    browser = Client()
    answer = browser.get("/manifest.webmanifest")
    about = json.loads(answer.content)

    assert answer["Content-Type"] == "application/manifest+json"
    assert (about["name"], about["short_name"], about["theme_color"]) == ("Портал НМФО", "НМФО", "#083f3f")
    addresses = [about["start_url"], *(one["url"] for one in about["shortcuts"])]
    assert {browser.get(one, follow=True).status_code for one in addresses} == {200}
    for size in ICON_SIZES:
        found = finders.find(f"ui/icon-{size}.png")
        assert found is not None
        with open(found, "rb") as file, Image.open(BytesIO(file.read())) as picture:  # noqa: PTH123 - a finder's str
            assert picture.size == (size, size)


@pytest.mark.django_db
@pytest.mark.parametrize(("sent", "wiped"), [({}, '"cache", "storage"'), ({"keep": "unsent"}, '"cache"')])
def test_a_sign_out_leaves_what_waits_to_be_sent_when_that_is_said(sent: dict[str, str], wiped: str) -> None:
    browser = signed_in(a_specialist().account)

    answer = browser.post("/sign-out/", sent)

    assert answer["Clear-Site-Data"] == wiped
    assert browser.get("/specialist/").status_code == 302
