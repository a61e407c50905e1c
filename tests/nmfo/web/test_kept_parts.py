"""Parts of a page that are kept for everybody carry nothing of anybody: tokens, addresses, menus are each one's own."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from tests.builders import a_member, a_specialist, an_operator, an_organisation

from nmfo.accounts.models import Account
from nmfo.organisations.rules import StaffRole

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
NEXT = re.compile(r'name="next" value="([^"]+)"')


def page(person: Client, path: str) -> str:
    return person.get(path).content.decode()


def of(account: Account) -> Client:
    client = Client()
    client.force_login(account)
    return client


def test_the_second_page_has_tokens_of_its_own_and_leads_back_to_itself() -> None:
    doctor, other = of(a_specialist().account), of(a_specialist(snils="11223344595", email="b@nmfo.example").account)
    first = page(doctor, "/specialist/credits/")

    second = page(other, "/specialist/credits/statement/?day=2026-01-01&x=<b>")

    assert TOKEN.findall(first)
    assert TOKEN.findall(second)
    assert not set(TOKEN.findall(first)) & set(TOKEN.findall(second))
    assert set(NEXT.findall(first)) == {"/specialist/credits/"}
    assert set(NEXT.findall(second)) == {"/specialist/credits/statement/?day=2026-01-01&amp;x=%3Cb%3E"}


def test_the_token_of_a_kept_part_is_taken() -> None:
    doctor = Client(enforce_csrf_checks=True)
    doctor.force_login(a_specialist().account)
    page(of(a_specialist(snils="11223344595", email="b@nmfo.example").account), "/specialist/credits/")

    token = TOKEN.findall(page(doctor, "/specialist/credits/"))[0]

    sent = {"csrfmiddlewaretoken": token, "language": "en", "next": "/specialist/credits/"}
    assert doctor.post("/language/", sent).status_code == 302


def test_the_place_in_the_menu_is_that_of_the_page() -> None:
    doctor = of(a_specialist().account)

    for path in ("/specialist/credits/", "/specialist/plan/", "/specialist/credits/"):
        assert re.findall(r'href="([^"]+)" aria-current="page"', page(doctor, path)) == [path, path]


def test_menus_differ_by_cabinet_rights_and_language() -> None:
    organisation = an_organisation()
    owner, teacher = a_member(organisation), a_member(organisation, StaffRole.TEACHER, email="t@nmfo.example")
    whole, less = page(of(owner), "/organisation/"), page(of(teacher), "/organisation/")
    assert "/organisation/journal/" in whole
    assert "/organisation/journal/" not in less
    assert "/operator/" in page(of(an_operator()), "/operator/")

    doctor = of(a_specialist().account)
    assert "Где мои баллы" in page(doctor, "/specialist/credits/")
    doctor.cookies["language"] = "en"
    assert "Где мои баллы" not in page(doctor, "/specialist/credits/")
