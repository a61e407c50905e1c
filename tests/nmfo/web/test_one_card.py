"""The card is one template: what authors and reviewers are shown is what the listener gets."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone
from tests.builders import (
    a_member,
    a_run,
    a_specialty,
    a_version,
    an_item,
    an_operator,
    an_organisation,
    published,
    signed_in,
)

from nmfo.catalogue.models import Version, VersionTeacher
from nmfo.catalogue.rules.words import Kind

OF_THE_PAGE = re.compile(r'href="[^"]*"|<section class="(?:card" data-share|mt4 signup).*?</section>', re.DOTALL)
APPLY = re.compile(r'<p>\s*<a class="btn btn--line btn--sm".*?</p>', re.DOTALL)
FOR_YOU = re.compile(r'<div class="cardpage__head">.*?</section>', re.DOTALL)
CALENDAR = re.compile(r'<p class="(?:small|mt4)">\s*<a[^>]*download>.*?</p>', re.DOTALL)


def a_card(kind: str) -> Version:
    organisation = an_organisation(about="О нас")
    version = a_version(an_item(kind, organisation), a_specialty("Кардиология"), title="Ведение <больных> с ИБС")
    VersionTeacher.objects.create(version=version, position=1, name="Петров П. П.", post="профессор")
    published(version)
    if kind == Kind.PROGRAMME:
        a_run(version)
    return version


def card_in(browser: Client, path: str) -> tuple[str, str]:
    """The head and the card of a page, without addresses, what is said to the reader, and tools of the public page."""
    answer = browser.get(path)
    assert answer.status_code == 200, path
    text = " ".join(
        OF_THE_PAGE.sub("", APPLY.sub("", CALENDAR.sub("", FOR_YOU.sub("", answer.content.decode())))).split()
    )
    head = re.search(r'<div class="head">.*?</div>', text)
    card = re.search(r'<div class="cardpage">.*</aside> ?</div>', text)
    assert head is not None
    assert card is not None
    return head[0], card[0].split("</aside>", 1)[0]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", Kind.values)
def test_the_preview_and_the_register_show_the_listeners_card(kind: str) -> None:
    version = a_card(kind)
    organisation = version.item.organisation
    author, operator = signed_in(a_member(organisation)), signed_in(an_operator())

    listener = card_in(Client(), f"/catalogue/{kind}s/{version.item_id}/")

    assert "Петров П. П." in listener[1]
    assert card_in(author, f"/organisation/items/{version.item_id}/preview/") == listener
    assert card_in(operator, f"/operator/items/{version.item_id}/") == listener


@pytest.mark.django_db
def test_a_card_links_to_its_organisation_and_to_everything_of_it() -> None:
    version = a_card(Kind.PROGRAMME)
    organisation = version.item.organisation_id

    text = Client().get(f"/catalogue/programmes/{version.item_id}/").content.decode()

    assert f'href="/organisations/{organisation}/"' in text
    assert f'href="/catalogue/?organisation={organisation}"' in text


@pytest.mark.django_db
def test_the_catalogue_of_one_organisation_links_to_its_page() -> None:
    version = a_card(Kind.PROGRAMME)
    organisation = version.item.organisation

    text = Client().get(f"/catalogue/?organisation={organisation.pk}").content.decode()

    assert f'<a href="/organisations/{organisation.pk}/">' in text
    assert f"{organisation.short_name}: лицензия, контакты" in text


@pytest.mark.django_db
def test_the_page_of_an_organisation_shows_programmes_first_and_nothing_that_is_over() -> None:
    programme = a_card(Kind.PROGRAMME)
    organisation = programme.item.organisation
    to_come = published(a_version(an_item("event", organisation), title="Скоро"))
    yesterday = timezone.now() - dt.timedelta(days=1)
    begins_at = yesterday - dt.timedelta(hours=3)
    over = published(a_version(an_item("event", organisation), title="Прошло", begins_at=begins_at, ends_at=yesterday))

    text = Client().get(f"/organisations/{organisation.pk}/").content.decode()

    places = [text.find(f'href="/catalogue/{one.item.kind}s/{one.item_id}/"') for one in (programme, to_come, over)]
    assert 0 < places[0] < places[1]
    assert places[2] == -1
