"""Pages of an organisation by the role of its people; the table of all addresses is in tests/architecture."""

from __future__ import annotations

import pytest
from django.urls import reverse
from tests.builders import a_member, an_organisation, signed_in

from nmfo.organisations.models import Member
from nmfo.organisations.rules import RIGHTS, Right, StaffRole

# Page, whether it is about somebody, and the right it wants.
PAGES: tuple[tuple[str, bool, Right], ...] = (
    ("organisation:home", False, Right.SEE),
    ("organisation:choose", False, Right.SEE),
    ("organisation:staff", False, Right.SEE),
    ("organisation:settings", False, Right.SEE),
    ("organisation:invite", False, Right.STAFF),
    ("organisation:member", True, Right.STAFF),
    ("organisation:member-hand-over", True, Right.STAFF),
    ("organisation:journal", False, Right.JOURNAL),
    ("organisation:report", False, Right.LISTENERS),
    ("organisation:report-csv", False, Right.LISTENERS),
    ("organisation:report-xlsx", False, Right.LISTENERS),
)


@pytest.mark.django_db
@pytest.mark.parametrize("role", StaffRole.values)
def test_z1_a_page_opens_for_roles_with_its_right_only(role: str) -> None:
    organisation = an_organisation()
    other = Member.objects.get(account=a_member(organisation))
    browser = signed_in(a_member(organisation, role))

    answers = {
        name: browser.get(reverse(name, args=[other.pk] if about else [])).status_code for name, about, _ in PAGES
    }

    assert answers == {name: 200 if right in RIGHTS[role] else 403 for name, _about, right in PAGES}
