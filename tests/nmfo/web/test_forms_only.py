"""Addresses that only take a form, opened otherwise: by the theme's button on a refusal, a reload, the next page."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.builders import a_member, a_specialist, an_operator, an_organisation, signed_in

pytestmark = pytest.mark.django_db


def test_an_address_that_only_takes_a_form_has_a_page_with_a_way_back() -> None:
    browser = signed_in(a_specialist().account)

    page = browser.get("/specialist/plan/5/move/")

    assert (page.status_code, page["Allow"]) == (405, "POST")
    assert "По этому адресу только принимается форма" in page.text
    assert 'href="/specialist/plan/"' in page.text
    assert browser.head("/specialist/plan/5/move/").status_code == 405


def test_where_nothing_is_above_the_way_leads_to_the_main_page() -> None:
    page = Client().get("/csp-report/")

    assert page.status_code == 405
    assert "На главную" in page.text
    assert "Вернуться на страницу" not in page.text


def test_the_address_of_a_form_shown_again_leads_to_the_page_that_holds_it() -> None:
    school, doctor, desk = (
        signed_in(a_member(an_organisation())),
        signed_in(a_specialist().account),
        signed_in(an_operator()),
    )
    asked = [
        (school, "/organisation/groups/5/enrol/", "/organisation/groups/5/"),
        (school, "/organisation/applications/5/basis/", "/organisation/applications/5/"),
        (school, "/organisation/applications/decide/", "/organisation/applications/"),
        (school, "/organisation/codes/5/annul/", "/organisation/codes/5/"),
        (desk, "/operator/credits/requests/5/enter/?page=2", "/operator/credits/requests/5/?page=2"),
        (desk, "/operator/credits/requests/5/answer/", "/operator/credits/requests/5/"),
        (desk, "/operator/credits/requests/5/reverse/", "/operator/credits/requests/5/"),
        (doctor, "/specialist/codes/photo/", "/specialist/codes/"),
    ]

    answers = [(answer.status_code, answer["Location"]) for answer in (one.get(path) for one, path, _to in asked)]

    assert answers == [(302, to) for _one, _path, to in asked]
