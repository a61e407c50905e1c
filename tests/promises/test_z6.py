"""Two organisations, their people, invitations, journals and scans: what one shows or changes of the other."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from tests.applicants import a_draft
from tests.builders import a_member, an_organisation, facts, signed_in
from tests.nmfo.web.test_pages import ORGANISATION

from nmfo.accounts.models import Account
from nmfo.organisations.models import Invitation, Member, Organisation
from nmfo.organisations.operations.inviting import invite_person
from nmfo.organisations.operations.staffing import change_roles


@dataclass(frozen=True, slots=True, kw_only=True)
class School:
    """An organisation with everything that is its own."""

    organisation: Organisation
    owner: Account
    worker: Member
    invitation: Invitation
    canaries: tuple[str, ...]


def a_school(mark: str) -> School:
    """Everything in it bears the mark."""
    organisation = an_organisation(name=f"Институт {mark}", short_name=f"ИПК {mark}", about=f"О {mark}")
    owner = a_member(organisation, surname=f"{mark}ова")
    worker = Member.objects.get(account=a_member(organisation, "teacher", surname=f"{mark}ев"))
    invitation = invite_person(
        organisation=organisation,
        email=f"{mark}@nmfo.example",
        name=f"Имя {mark}",
        post="",
        roles=["registrar"],
        by=owner,
        facts=facts(),
        now=timezone.now(),
    )
    change_roles(
        organisation=organisation,
        member_id=worker.pk,
        roles=["teacher", "registrar"],
        post=f"должность {mark}",
        by=owner,
        facts=facts(),
        now=timezone.now(),
    )
    return School(
        organisation=organisation, owner=owner, worker=worker, invitation=invitation, canaries=(mark, organisation.inn)
    )


def everything(but: set[str] = frozenset()) -> dict[str, str]:  # type: ignore[assignment]
    """A hash of each table but of sessions, letters' counters and the trail."""
    changing = {"signin_session", "signin_throttle", "audit_entry", *but}
    with connection.cursor() as cursor:
        found = {}
        for table in sorted(set(connection.introspection.table_names(cursor)) - changing):
            cursor.execute(f"SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM \"{table}\" t")
            found[table] = cursor.fetchone()[0]
    return found


@pytest.mark.django_db
def test_z6_pages_show_nothing_of_another_organisation() -> None:
    ours, theirs = a_school("Ласточк"), a_school("Зимородк")
    browser = signed_in(ours.owner)

    for path in ORGANISATION:
        page = browser.get(path).content.decode()
        assert [canary for canary in theirs.canaries if canary in page] == [], path
    staff = browser.get("/organisation/staff/").content.decode()
    assert all(name in staff for name in ("Ласточкова", "Ласточкев", "Ласточк@nmfo.example"))


@pytest.mark.django_db
def test_z6_the_journal_has_the_rows_of_ones_own_and_counts_no_others() -> None:
    ours, theirs = a_school("Ласточк"), a_school("Зимородк")
    for _time in range(40):
        change_roles(
            organisation=theirs.organisation,
            member_id=theirs.worker.pk,
            roles=["teacher"],
            post="",
            by=theirs.owner,
            facts=facts(),
            now=timezone.now(),
        )

    page = signed_in(ours.owner).get("/organisation/journal/").content.decode()

    assert len(re.findall(r"<tr>", page)) - 1 == 2
    assert "Страница" not in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/organisation/staff/{member}/",
        "/organisation/staff/{member}/remove/",
        "/organisation/staff/{member}/hand-over/",
        "/organisation/staff/invitations/{invitation}/again/",
        "/organisation/staff/invitations/{invitation}/withdraw/",
    ],
)
def test_z6_a_row_of_another_organisation_is_a_page_that_does_not_exist(path: str) -> None:
    ours, theirs = a_school("Ласточк"), a_school("Зимородк")
    browser = signed_in(ours.owner)
    before = everything()

    address = path.format(member=theirs.worker.pk, invitation=theirs.invitation.pk)
    answers = {browser.post(address, {"roles": ["owner"], "post": "x"}).status_code}
    if "invitations" not in path:
        answers.add(browser.get(address).status_code)

    assert answers == {404}
    assert everything() == before


@pytest.mark.django_db
def test_z6_nobody_chooses_an_organisation_that_is_not_theirs() -> None:
    ours, theirs = a_school("Ласточк"), a_school("Зимородк")
    browser = signed_in(ours.owner)

    answer = browser.post("/organisation/choose/", {"organisation": theirs.organisation.pk})

    assert answer.status_code == 404
    assert "Зимородк" not in browser.get("/organisation/staff/").content.decode()


@pytest.mark.django_db
def test_z6_a_hidden_field_changes_no_other_organisation() -> None:
    ours, theirs = a_school("Ласточк"), a_school("Зимородк")
    browser = signed_in(ours.owner)
    before = Organisation.objects.filter(pk=theirs.organisation.pk).values()[0]

    page = browser.get("/organisation/settings/").content.decode()
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', page)
    assert seen is not None
    browser.post(
        "/organisation/settings/",
        {
            "about": "чужое",
            "kind": "college",
            "seen": seen[1],
            "organisation": theirs.organisation.pk,
            "pk": theirs.organisation.pk,
        },
    )

    assert Organisation.objects.filter(pk=theirs.organisation.pk).values()[0] == before
    assert Organisation.objects.get(pk=ours.organisation.pk).about == "чужое"


@pytest.mark.django_db
def test_z6_whoever_has_left_sees_nothing_from_the_next_click_on() -> None:
    ours = a_school("Ласточк")
    browser = signed_in(ours.worker.account)
    assert browser.get("/organisation/").status_code == 200

    signed_in(ours.owner).post(f"/organisation/staff/{ours.worker.pk}/remove/")

    assert browser.get("/organisation/").status_code == 403


@pytest.mark.django_db
def test_z6_the_address_of_one_application_opens_nothing_of_another() -> None:
    own, token = a_draft()
    other, _token = a_draft(short_name="Зимородк")
    browser = Client()

    page = browser.get(f"/for-organisations/apply/{token}/").content.decode()
    answer = browser.post(f"/for-organisations/apply/{token}/documents/", {"remove": "tax", "application": other.pk})

    assert "Зимородк" not in page
    assert answer.status_code == 302
    assert own.documents.filter(kind="tax").count() == 0
    assert other.documents.filter(kind="tax").count() == 1
