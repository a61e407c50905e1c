"""Every page opens for those it is for."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.builders import a_member, a_specialist, an_operator, an_organisation, lists, signed_in

PUBLIC = (
    "/",
    "/catalogue/",
    "/catalogue/?q=терапия&kind=event&sort=title",
    "/catalogue/facets/specialty/",
    "/catalogue/facets/region/?kind=event&like=мос",
    "/catalogue/suggest/?q=терап",
    "/offline/",
    "/worker.js",
    "/manifest.webmanifest",
    "/robots.txt",
    "/sitemap.xml",
    "/sitemap/0.xml",
    "/about/",
    "/about/rules/",
    "/about/accessibility/",
    "/help/",
    "/help/?q=пароль",
    "/help/good-password/",
    "/terms/",
    "/privacy/",
    "/organisations/",
    "/organisations/?q=институт&region=77&kind=academy",
    "/for-organisations/",
    "/for-organisations/apply/",
    "/cabinet/",
    "/register/",
    "/sign-in/",
    "/sign-in/passkey/",
    "/recover/",
    "/signed-out/",
    "/dev/mail/",
    "/dev/mail.json",
    "/dev/gallery/",
    "/dev/gallery/layout/organisation/",
    "/dev/gallery/layout/operator/",
    "/health/live",
    "/health/ready",
    "/human/challenge/",
)
SPECIALIST = (
    "/specialist/",
    "/specialist/profile/",
    "/specialist/profile/edit/",
    "/specialist/documents/",
    "/specialist/documents/add/",
    "/specialist/messages/",
    "/specialist/my-data/",
    "/specialist/my-data/export/",
    "/specialist/credits/",
    "/specialist/credits/statement/",
    "/specialist/credits/missing/",
    "/specialist/credits/requests/",
    "/specialist/codes/",
    "/catalogue/saved/",
    "/catalogue/saved/new/",
    "/catalogue/saved/new/?q=терапия&kind=event",
    "/welcome/agreement/",
    "/welcome/role/",
    "/welcome/check/",
    "/welcome/documents/",
    "/welcome/cycle/",
    "/specialist/cycles/",
    "/specialist/plan/",
    "/settings/",
    "/settings/password/",
    "/settings/e-mail/",
    "/settings/sessions/",
    "/settings/history/",
    "/settings/application/",
    "/settings/passkeys/add/",
    "/settings/recovery-codes/",
    "/settings/again/",
)
OPERATOR = (
    "/operator/credits/",
    "/operator/credits/requests/",
    "/operator/credits/corrections/",
    "/operator/credits/codes/",
    "/operator/",
    "/operator/organisations/",
    "/operator/organisations/?tab=opened",
    "/operator/disputes/",
    "/operator/letters/",
    "/operator/jobs/",
    "/operator/people/",
    "/operator/synonyms/",
    "/operator/rules/",
    "/operator/synonyms/?q=нет",
    "/operator/synonyms/add/",
    "/operator/register/",
    "/operator/reviews/",
    "/operator/items/",
    "/settings/",
)
ORGANISATION = (
    "/organisation/codes/",
    "/organisation/codes/new/",
    "/organisation/",
    "/organisation/choose/",
    "/organisation/staff/",
    "/organisation/staff/invite/",
    "/organisation/settings/",
    "/organisation/journal/",
    "/organisation/report/",
    "/organisation/report/?since=2025-01-01&until=2025-12-31&kind=event",
    "/settings/",
)
ORGANISATION_ITEMS = (
    "/organisation/items/",
    "/organisation/items/?tab=dropped&kind=event&q=терапия",
    "/organisation/items/new/programme/",
    "/organisation/items/new/event/",
    "/organisation/items/new/module/",
    "/organisation/runs/",
    "/organisation/runs/?tab=cancelled",
    "/organisation/import/",
)


@pytest.mark.django_db
@pytest.mark.parametrize("path", PUBLIC)
def test_a_guest_opens_public_pages(path: str) -> None:
    lists()

    assert Client().get(path).status_code == 200


@pytest.mark.django_db
def test_a_specialist_opens_every_page_of_the_cabinet() -> None:
    browser = signed_in(a_specialist().account)

    assert {path: browser.get(path).status_code for path in SPECIALIST} == dict.fromkeys(SPECIALIST, 200)


@pytest.mark.django_db
def test_an_operator_opens_every_page_of_theirs_and_none_of_a_specialist() -> None:
    browser = signed_in(an_operator())

    assert {path: browser.get(path).status_code for path in OPERATOR} == dict.fromkeys(OPERATOR, 200)
    assert browser.get("/specialist/").status_code == 403


@pytest.mark.django_db
def test_a_responsible_person_opens_every_page_of_the_organisation() -> None:
    browser = signed_in(a_member(an_organisation()))
    paths = (*ORGANISATION, *ORGANISATION_ITEMS)

    assert {path: browser.get(path).status_code for path in paths} == dict.fromkeys(paths, 200)
