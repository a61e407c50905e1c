from __future__ import annotations

import pytest
from django.test import Client
from tests.applicants import a_draft, in_review, opened, returned
from tests.builders import a_member, an_operator, an_organisation, signed_in
from tests.nmfo.web.test_pages import OPERATOR, ORGANISATION
from tests.support.faults import state

from foundation.mail.models import Letter
from nmfo.organisations.models import Member

CHANGING = ("signin_session", "signin_throttle", "django_session", "audit_entry")


@pytest.mark.django_db
def test_s2_opening_every_page_about_organisations_changes_nothing() -> None:
    draft, returned_one, waiting, done = a_draft(), returned(), in_review(), opened()
    organisation = an_organisation()
    owner, other = a_member(organisation), Member.objects.get(account=a_member(organisation, "teacher"))
    link = Letter.objects.filter(kind="cabinet_opened").get().secret("link")
    operator, member, guest = signed_in(an_operator()), signed_in(owner), Client()
    form = ("", "organisation/", "person/", "documents/", "documents/tax/", "check/", "withdraw/", "cover-sheet/")
    pages = [(guest, path) for path in ("/for-organisations/", "/for-organisations/apply/", "/organisations/")]
    pages += [
        (guest, f"/for-organisations/apply/{token}/{page}")
        for _row, token in (draft, returned_one, waiting, done)
        for page in form
    ]
    pages += [(browser, f"/invitation/{link}/") for browser in (guest, member)]
    pages += [(member, path) for path in ORGANISATION]
    pages += [(member, f"/organisation/staff/{other.pk}/{page}") for page in ("", "remove/", "hand-over/")]
    pages += [(operator, path) for path in OPERATOR]
    pages += [
        (operator, f"/operator/organisations/{row.pk}/{page}")
        for row, _token in (returned_one, waiting, done)
        for page in ("", "approve/", "refuse/", f"scan/{row.documents.all()[0].pk}/")
    ]

    before = state(*CHANGING)
    answers = {browser.get(path).status_code for browser, path in pages}

    assert state(*CHANGING) == before
    assert answers <= {200, 302}


@pytest.mark.django_db
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_s2_no_form_about_organisations_is_taken_from_elsewhere(site: str) -> None:
    row, token = in_review()
    operator, member = signed_in(an_operator()), signed_in(a_member(an_organisation()))
    forms = [
        (operator, f"/operator/organisations/{row.pk}/{page}/")
        for page in ("take", "remark", "return", "originals", "refuse", "approve", "invitation")
    ]
    forms += [
        (operator, "/operator/next/"),
        (member, "/organisation/staff/invite/"),
        (member, "/organisation/settings/"),
    ]
    forms += [
        (Client(), f"/for-organisations/apply/{token}/{page}/") for page in ("answer", "withdraw", "again", "check")
    ]
    forms += [(Client(), "/for-organisations/apply/"), (member, f"/invitation/{'x' * 43}/")]

    before = state(*CHANGING)
    answers = {path: browser.post(path, {}, headers={"Sec-Fetch-Site": site}).status_code for browser, path in forms}

    assert set(answers.values()) == {400}
    assert state(*CHANGING) == before


@pytest.mark.django_db
def test_s2_the_forms_of_applicants_want_their_token() -> None:
    _row, token = a_draft()
    browser = Client(enforce_csrf_checks=True)

    for page in ("organisation", "person", "documents", "check", "withdraw"):
        assert browser.post(f"/for-organisations/apply/{token}/{page}/", {}).status_code == 403
