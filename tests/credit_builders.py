"""Valid and boring credits for tests."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from nmfo.catalogue.models import Version
from nmfo.credits.codes import shown
from nmfo.credits.deriving import code_text
from nmfo.credits.models import Claim, CodeBatch, Expectation, LedgerEntry
from nmfo.credits.operations.claiming import dispute_entry, dispute_expectation
from nmfo.credits.operations.expecting import expect
from nmfo.credits.operations.issuing import issue_codes, offering_of
from nmfo.credits.operations.posting import post, set_people
from nmfo.credits.rules.words import Holder, Source
from nmfo.organisations.models import Member, Organisation
from nmfo.organisations.rules import StaffRole
from nmfo.specialists.models import Specialist
from tests.builders import a_member, a_specialist, a_specialty, a_version, an_item, facts, published

_origins = itertools.count(1)


def a_programme(**values: Any) -> Version:
    """A published programme of 36 hours for therapists."""
    return published(a_version(an_item("programme"), a_specialty(), **values))


def an_event(organisation: Organisation | None = None, **values: Any) -> Version:
    """A published webinar for therapists, worth 3 credits, that was yesterday."""
    then = timezone.now() - dt.timedelta(days=1)
    given: dict[str, Any] = {"begins_at": then - dt.timedelta(hours=3), "ends_at": then}
    return published(a_version(an_item("event", organisation), a_specialty(), **{**given, **values}))


def an_entry(
    specialist: Specialist | None = None,
    version: Version | None = None,
    *,
    origin: str = "",
    earned_on: dt.date | None = None,
    now: dt.datetime | None = None,
) -> LedgerEntry:
    """A programme that somebody has completed, posted by the portal's own operation."""
    return post(
        specialist_id=(specialist or a_specialist()).pk,
        version=version or a_programme(),
        source=Source.COMPLETION,
        origin=origin or f"application:{next(_origins)}",
        earned_on=earned_on or timezone.localdate(),
        by=None,
        now=now or timezone.now(),
    )


def awaited(doctor: Specialist, *, holder: str = Holder.ORGANISATION, days: int = 20, began: int = -10) -> Expectation:
    """A programme of 36 credits that ended `-began` days ago; its result is due in so many days."""
    today = timezone.localdate()
    version = a_programme()
    return expect(
        specialist_id=doctor.pk,
        version=version,
        source=Source.COMPLETION,
        origin=f"application:{10**6 + version.pk}",  # none that an entry of a test has
        began_on=today + dt.timedelta(days=began),
        holder=holder,
        due_on=today + dt.timedelta(days=days),
        now=timezone.now(),
    )


def disputed(row: LedgerEntry | Expectation, form_key: str = "a", text: str = "Часов было больше") -> Claim:
    """The request of somebody who says that their entry is wrong, or that a credit they await or were refused is due."""
    given: dict[str, Any] = {"text": text, "form_key": form_key, "facts": facts(), "now": timezone.now()}
    if isinstance(row, LedgerEntry):
        return dispute_entry(specialist=row.specialist, entry_id=row.pk, **given)
    return dispute_expectation(specialist=row.specialist, expectation_id=row.pk, **given)


def a_batch(
    event: Version | None = None,
    *,
    by: Member | None = None,
    count: int = 1,
    people: Sequence[Specialist] = (),
    confirmed: int = 10,
    now: dt.datetime | None = None,
    **values: Any,
) -> CodeBatch:
    """Codes issued for an event by the portal's own operation; by default one, for whoever brings it."""
    event = event or an_event()
    now = now or timezone.now()
    set_people(offering=offering_of(event.item_id), people=confirmed, now=now)
    given: dict[str, Any] = {
        "valid_until_on": timezone.localdate(now) + dt.timedelta(days=30),
        "note": "Столько человек было в зале",
        "form_key": f"form-{next(_origins)}",
    }
    return issue_codes(
        item_id=event.item_id,
        count=count,
        people=[one.pk for one in people],
        by=by or a_registrar(event.item.organisation),
        facts=facts(),
        now=now,
        **{**given, **values},
    )


def a_registrar(organisation: Organisation) -> Member:
    """Somebody who may see listeners and issue codes."""
    return Member.objects.get(account=a_member(organisation, StaffRole.REGISTRAR))


def code_in(batch: CodeBatch, number: int = 1) -> str:
    """A code of a batch as it stands on the paper."""
    return shown(code_text(batch.pk, number))
