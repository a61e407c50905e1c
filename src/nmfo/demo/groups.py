"""The demo's groups: listeners on their way from the application to the order, each step on its day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.utils import timezone

from nmfo.catalogue.models import Run, Version
from nmfo.catalogue.operations.running import add_run
from nmfo.catalogue.rules.runs import RunFacts
from nmfo.catalogue.rules.words import Basis
from nmfo.demo.people import demo_facts
from nmfo.enrolment.models import Application
from nmfo.enrolment.operations import deciding
from nmfo.enrolment.operations.applying import Wish, begin_application, submit_application
from nmfo.organisations.models import Member
from nmfo.organisations.rules import StaffRole
from nmfo.reference.models import Specialty
from nmfo.specialists.models import Specialist


def version_of(key: str) -> Version:
    """The published version of one of the demo's items."""
    versions = Version.objects.filter(item__source_key=f"demo-{key}", published_at__isnull=False)
    return versions.select_related("item__organisation").order_by("-number")[0]


def clerk_of(version: Version) -> Member:
    """Somebody of its organisation who may decide about listeners."""
    members = Member.objects.filter(organisation=version.item.organisation, left_at=None).order_by("pk")
    return next(one for one in members if {StaffRole.OWNER, StaffRole.REGISTRAR} & set(one.roles))


def enrolled_group(
    people: Sequence[Specialist], key: str, *, begins: dt.datetime, days: int, contract: int, order: str
) -> list[Application]:
    """These people in a run of a programme that began then and lasts so many days more, enrolled by one order.

    `contract`: number of the first one's contract; the others follow.
    """
    version = version_of(key)
    by, run = clerk_of(version), _run(version, begins, days)
    therapy = Specialty.objects.filter(name="Терапия", level="higher").order_by("-valid_from_on")[0]
    sent = begins - dt.timedelta(days=15)
    rows = [_approved(person, run, therapy, by, contract + n, sent) for n, person in enumerate(people)]
    at = sent + dt.timedelta(days=4)
    deciding.enrol_group(
        run_id=run.pk,
        chosen=[(row.pk, None) for row in rows],
        number=order,
        issued_on=timezone.localdate(at),
        by=by,
        facts=demo_facts(at),
        now=at,
    )
    for row in rows:
        row.refresh_from_db()
    return rows


def _run(version: Version, begins: dt.datetime, days: int) -> Run:
    begins_on = timezone.localdate(begins)
    run = RunFacts(
        begins_on=begins_on,
        ends_on=begins_on + dt.timedelta(days=days),
        apply_until_on=begins_on - dt.timedelta(days=3),
        bases=(Basis.CONTRACT,),
    )
    at = begins - dt.timedelta(days=35)
    return add_run(item_id=version.item_id, run=run, by=clerk_of(version), facts=demo_facts(at), now=at)


def _approved(
    person: Specialist, run: Run, specialty: Specialty, by: Member, contract: int, at: dt.datetime
) -> Application:
    facts = demo_facts(at)
    wish = Wish(run_id=run.pk, basis=Basis.CONTRACT, specialty_id=specialty.pk)
    draft = begin_application(specialist=person, wish=wish, form_key="", facts=facts, now=at)
    row = submit_application(specialist=person, application_id=draft.pk, may_wait=False, facts=facts, now=at)
    at += dt.timedelta(days=1)
    deciding.accept_application(application_id=row.pk, seen=None, by=by, facts=demo_facts(at), now=at)
    at += dt.timedelta(days=3)
    deciding.confirm_basis(
        application_id=row.pk,
        seen=None,
        number=f"Д-{contract}",
        on=timezone.localdate(at),
        by=by,
        facts=demo_facts(at),
        now=at,
    )
    return row
