from __future__ import annotations

from dataclasses import replace

import pytest
from django.utils import timezone
from tests.applicants import a_submitted
from tests.builders import (
    a_member,
    an_account,
    an_operator,
    an_organisation,
    facts,
)

from foundation.audit.models import Entry
from foundation.mail.models import Letter
from nmfo.organisations.models import Member
from nmfo.organisations.operations import inviting, reviewing, staffing
from nmfo.organisations.operations.card import card_of, change_card, mark_of


@pytest.mark.django_db
def test_t1_each_action_about_an_organisation_says_who_what_when_from_where() -> None:
    where = facts(ip="203.0.113.5", agent="Firefox", request_id="AB-CD")
    now, operator, organisation = timezone.now(), an_operator(), an_organisation()
    owner, heir = a_member(organisation), a_member(organisation, "teacher")
    heir_row = Member.objects.get(account=heir)
    row, _token = a_submitted()
    seen = set(Entry.objects.values_list("pk", flat=True))

    common = {"application_id": row.pk, "by": operator, "facts": where, "now": now}
    reviewing.application_seen_by(operator, pk=row.pk, facts=where, now=now)
    reviewing.scan_seen_by(operator, application_id=row.pk, document_id=row.documents.all()[0].pk, facts=where, now=now)
    reviewing.take_application(**common)  # type: ignore[arg-type]
    reviewing.ask_applicant(field="", text="?", **common)  # type: ignore[arg-type]
    reviewing.note_originals(checked=False, on=timezone.localdate(), **common)  # type: ignore[arg-type]
    row.refresh_from_db()
    reviewing.refuse_application(revision=row.revision, reason="нет", **common)  # type: ignore[arg-type]
    people = {"organisation": organisation, "by": owner, "facts": where, "now": now}
    inviting.invite_person(email="a@nmfo.example", name="", post="", roles=["teacher"], **people)  # type: ignore[arg-type]
    staffing.change_roles(member_id=heir_row.pk, roles=["registrar"], post="", **people)  # type: ignore[arg-type]
    change_card(card=replace(card_of(organisation), about="Учим"), seen=mark_of(card_of(organisation)), **people)  # type: ignore[arg-type]
    staffing.hand_over(to_member_id=heir_row.pk, **people)  # type: ignore[arg-type]

    rows = list(Entry.objects.exclude(pk__in=seen).order_by("pk"))
    assert [(entry.action, entry.actor_id) for entry in rows] == [
        ("application.looked_at", operator.pk),
        ("application.looked_at", operator.pk),
        ("application.taken", operator.pk),
        ("application.asked", operator.pk),
        ("application.originals_noted", operator.pk),
        ("application.refused", operator.pk),
        ("organisation.invited", owner.pk),
        ("organisation.roles_changed", owner.pk),
        ("organisation.card_changed", owner.pk),
        ("organisation.handed_over", owner.pk),
    ]
    assert {(entry.ip, entry.agent, entry.request_id) for entry in rows} == {("203.0.113.5", "Firefox", "AB-CD")}
    refused = rows[5]
    assert (refused.subject, refused.subject_id, refused.reason) == ("application", row.pk, "нет")
    assert rows[6].after == {"email": "a…@nmfo.example", "roles": ["teacher"]}
    assert (rows[7].before["roles"], rows[7].after["roles"]) == (["teacher"], ["registrar"])
    assert (rows[8].before, rows[8].after) == ({"about": ""}, {"about": "Учим"})


@pytest.mark.django_db
def test_t1_a_role_that_comes_and_goes_leaves_its_rows() -> None:
    organisation, now = an_organisation(), timezone.now()
    owner, person = a_member(organisation), an_account()
    invitation = inviting.invite_person(
        organisation=organisation,
        email="a@nmfo.example",
        name="",
        post="",
        roles=["teacher"],
        by=owner,
        facts=facts(),
        now=now,
    )
    token = Letter.objects.get(key=f"invitation:{invitation.pk}:1").secret("link")
    member = inviting.accept_invitation(token=token, account=person, session_id=None, facts=facts(), now=now)
    staffing.remove_member(organisation=organisation, member_id=member.pk, by=owner, facts=facts(), now=now)

    rows = Entry.objects.filter(subject="account", subject_id=person.pk, action__contains="role").order_by("pk")
    assert [(entry.action, entry.actor_id, entry.before, entry.after) for entry in rows] == [
        ("account.role_granted", person.pk, {"roles": []}, {"roles": ["organisation"]}),
        ("account.role_revoked", owner.pk, {"roles": ["organisation"]}, {"roles": []}),
    ]
