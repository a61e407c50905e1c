"""Somebody says that they were there after all; the organiser answers (ux.md S-09)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Q

from foundation.audit.operations import record
from foundation.mail.operations import put_letter
from foundation.runtime.facts import RequestFacts
from foundation.ui.templatetags.ui import day
from nmfo.accounts.rules import State as AccountState
from nmfo.catalogue.models import Version
from nmfo.organisations.models import Member
from nmfo.organisations.rules import RIGHTS, Right
from nmfo.participation.models import Objection, Registration
from nmfo.participation.operations.closing import confirm_later, local_day
from nmfo.participation.operations.steps import (
    check_not_self,
    locked_gathering,
    locked_registrations,
    move_all,
    own_event,
    write_to,
)
from nmfo.participation.queries import event_in_force
from nmfo.participation.rules import (
    ANSWER_DAYS,
    LONGEST_OBJECTION,
    LONGEST_REASON,
    NothingToObjectTo,
    NotTakingPart,
    ObjectionEmpty,
    ObjectionMade,
    ObjectionOver,
    ObjectionSettled,
    ObjectionState,
    ReasonMissing,
    State,
    objection_until,
)
from nmfo.specialists.models import Specialist


@transaction.atomic
def object_to_absence(
    *, specialist: Specialist, registration_id: int, text: str, facts: RequestFacts | None, now: dt.datetime
) -> Objection:
    """Object to the decision that one was not there, within ten days, once. The organiser gets a letter.

    Raises NotTakingPart, NothingToObjectTo, ObjectionMade, ObjectionOver, ObjectionEmpty.
    """
    rows = locked_registrations(pk=registration_id, specialist=specialist)
    if not rows:
        raise NotTakingPart
    row = rows[0]
    made = Objection.objects.filter(registration=row).first()
    if made is not None:
        raise ObjectionMade(until=day(made.due_on))
    if row.state != State.ABSENT or row.decided_at is None:
        raise NothingToObjectTo
    until = objection_until(local_day(row.decided_at))
    if local_day(now) > until:
        raise ObjectionOver(until=day(until))
    words = text.strip()[:LONGEST_OBJECTION]
    if not words:
        raise ObjectionEmpty
    made = Objection(specialist=specialist, registration=row, opened_at=now)
    made.text, made.due_on = words, local_day(now) + dt.timedelta(days=ANSWER_DAYS)
    made.save(force_insert=True)
    record(
        actor_id=specialist.account_id,
        action="objection.made",
        subject="objection",
        subject_id=made.pk,
        facts=facts,
        after={"item": row.item_id, "registration": row.pk},
    )
    version = event_in_force(row.item_id)
    if version is not None:
        _tell_organiser(made, version, now)
    return made


def _tell_organiser(objection: Objection, version: Version, now: dt.datetime) -> None:
    """A letter to whoever may answer. It has no name of the person: letters lie in boxes."""
    deciding = [role for role, rights in RIGHTS.items() if Right.LISTENERS in rights]
    roles = Q()
    for role in deciding:
        roles |= Q(roles__contains=[role])
    members = Member.objects.filter(roles, organisation_id=version.item.organisation_id, left_at=None)
    for member in members.filter(account__state=AccountState.ACTIVE).select_related("account"):
        put_letter(
            kind="objection_made",
            to=member.account.email,
            account_id=member.account_id,
            language=member.account.language,
            values={
                "person": member.account,
                "title": version.title,
                "until": objection.due_on,
                "item": version.item_id,
            },
            key=f"objection_made:{objection.pk}:{member.account_id}",
            now=now,
        )


@transaction.atomic
def decide_objection(
    *, objection_id: int, granted: bool, answer: str, by: Member, facts: RequestFacts | None, now: dt.datetime
) -> Objection:
    """Answer an objection. Who is found to have been there is added to the list, and the credits go their way.

    The same answer by the same person once more, as by a second press of the button, changes nothing and is the answer.

    Raises NotTakingPart, NotAllowed, EventUnknown, OwnPresence, ObjectionSettled, ReasonMissing.
    """
    found = Objection.objects.filter(pk=objection_id).values_list("registration", "registration__item").first()
    if found is None:
        raise NotTakingPart
    version = own_event(by, found[1])
    gathering = locked_gathering(version)
    (row,) = locked_registrations(pk=found[0])
    objection = Objection.objects.select_for_update(of=("self",), no_key=True).get(pk=objection_id)
    check_not_self(by.account, row)
    words = " ".join(answer.split())[:LONGEST_REASON]
    decided = ObjectionState.GRANTED if granted else ObjectionState.REFUSED
    if (objection.state, objection.answer, objection.decided_by_id) == (decided, words, by.account_id):
        return objection
    if objection.state != ObjectionState.OPEN or row.state != State.ABSENT:
        raise ObjectionSettled
    if not words:
        raise ReasonMissing
    objection.state = decided
    objection.answer, objection.decided_at, objection.decided_by = words, now, by.account
    objection.save(update_fields=["state", "answer", "decided_at", "decided_by"])
    record(
        actor_id=by.account_id,
        action="objection.granted" if granted else "objection.refused",
        subject="objection",
        subject_id=objection.pk,
        facts=facts,
        after={"item": row.item_id, "registration": row.pk},
    )
    if granted:
        _confirm(row, by=by, facts=facts, now=now, words=words)
        confirm_later(gathering, row, by=by, now=now)
    key = f"objection_decided:{objection.pk}"
    write_to(row, version, kind="objection_decided", key=key, now=now, granted=granted, answer=words)
    return objection


def _confirm(row: Registration, *, by: Member, facts: RequestFacts | None, now: dt.datetime, words: str) -> None:
    move_all([row], State.PRESENT, what="confirmed", by=by.account, facts=facts, now=now, reason=words)
