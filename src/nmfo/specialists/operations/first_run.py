"""The first run: agreement, role, register, documents, cycle; can be left and resumed (R-185, R-186, R-085..R-087)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from foundation.audit.operations import record
from foundation.db.refusals import refuses
from foundation.errors import Refused
from foundation.runtime.facts import RequestFacts
from nmfo.accounts.models import Account
from nmfo.accounts.operations.agreeing import agree_to_current
from nmfo.reference.models import Level
from nmfo.reference.queries import specialty_named
from nmfo.specialists.models import Answer, Dispute, Document, RegisterRow, Specialist, Track
from nmfo.specialists.queries import ShownRow, levels_of, register_rows_of
from nmfo.specialists.rules import DocumentKind, RowState, Step, Trust

_DOCUMENTS = {
    RegisterRow.Group.EDUCATION: DocumentKind.EDUCATION,
    RegisterRow.Group.CERTIFICATE: DocumentKind.CERTIFICATE,
    RegisterRow.Group.ACCREDITATION: DocumentKind.ACCREDITATION,
    RegisterRow.Group.CATEGORY: DocumentKind.CATEGORY,
}


class NoRoleChosen(Refused):
    message = _("Choose at least one.")
    field = "levels"


class RowUnknown(Refused):
    message = _("The register has changed meanwhile: this row is no longer there. Look at the page anew.")


class DisputeWithoutWords(Refused):
    message = _("Say what is wrong, so that the operator can put it right.")
    field = "text"


class AlreadyDisputed(Refused):
    message = _("You have told us of this row already. The answer comes by letter.")


@transaction.atomic
def accept_agreement(*, account: Account, facts: RequestFacts, now: dt.datetime) -> Specialist:
    """First step: agree to the texts in force. Makes the specialist."""
    agree_to_current(account=account, facts=facts, now=now)
    specialist, _made = Specialist.objects.get_or_create(account=account, defaults={"created_at": now})
    _done(specialist, Step.AGREEMENT)
    return specialist


@transaction.atomic
def choose_levels(*, specialist: Specialist, levels: Iterable[str], facts: RequestFacts, now: dt.datetime) -> None:
    """Second step: higher, secondary or both. A level is never taken away by this. Raises NoRoleChosen."""
    chosen = [level for level in Level.values if level in set(levels)]
    if not chosen:
        raise NoRoleChosen
    for level in chosen:
        Track.objects.get_or_create(specialist=specialist, level=level, defaults={"created_at": now})
    _done(specialist, Step.ROLE)
    record(
        actor_id=specialist.account_id,
        action="specialist.levels_chosen",
        subject="specialist",
        subject_id=specialist.pk,
        facts=facts,
        after={"levels": chosen},
    )


@transaction.atomic
def confirm_row(*, specialist: Specialist, key: str, facts: RequestFacts, now: dt.datetime) -> None:
    """«Верно»: a document of the register becomes one of the person's own. Again = no change. Raises RowUnknown."""
    shown = _row(specialist, key)
    _answer(specialist, key, RowState.CONFIRMED, now)
    kind = _DOCUMENTS.get(RegisterRow.Group(shown.row.group))
    if kind is not None:
        _take_document(specialist, shown, kind, now)
    record(
        actor_id=specialist.account_id,
        action="register.row_confirmed",
        subject="specialist",
        subject_id=specialist.pk,
        facts=facts,
        after={"row": key},
    )


@transaction.atomic
def confirm_all_rows(*, specialist: Specialist, facts: RequestFacts, now: dt.datetime) -> int:
    """«Всё верно»: confirm every row that has no answer yet. Returns how many."""
    keys = [shown.key for shown in register_rows_of(specialist) if not shown.answer]
    for key in keys:
        confirm_row(specialist=specialist, key=key, facts=facts, now=now)
    return len(keys)


@transaction.atomic
def dispute_row(*, specialist: Specialist, key: str, text: str, facts: RequestFacts, now: dt.datetime) -> Dispute:
    """«Есть ошибка»: goes to the operator. Raises RowUnknown, DisputeWithoutWords, AlreadyDisputed."""
    shown = _row(specialist, key)
    if not text.strip():
        raise DisputeWithoutWords
    _answer(specialist, key, RowState.DISPUTED, now)
    dispute = Dispute(
        specialist=specialist, row_key=key, row_title=title_of(shown.row), text=text.strip(), opened_at=now
    )
    with refuses(specialists_one_open_dispute_of_a_row=AlreadyDisputed):
        dispute.save(force_insert=True)
    record(
        actor_id=specialist.account_id,
        action="register.row_disputed",
        subject="dispute",
        subject_id=dispute.pk,
        facts=facts,
        after={"row": key},
    )
    return dispute


@transaction.atomic
def finish_step(*, specialist: Specialist, step: Step) -> None:
    """The person goes on; what was left out can be done later from the cabinet."""
    _done(specialist, step)


def title_of(row: RegisterRow) -> str:
    """A row in a few words."""
    parts = (row.title, row.specialty_name, row.organisation)
    return ", ".join(part for part in parts if part)[:300] or row.source_key


def _row(specialist: Specialist, key: str) -> ShownRow:
    found = next((shown for shown in register_rows_of(specialist) if shown.key == key), None)
    if found is None:
        raise RowUnknown
    return found


def _answer(specialist: Specialist, key: str, state: RowState, now: dt.datetime) -> None:
    Answer.objects.update_or_create(specialist=specialist, row_key=key, defaults={"state": state, "answered_at": now})


def _take_document(specialist: Specialist, shown: ShownRow, kind: DocumentKind, now: dt.datetime) -> None:
    if Document.objects.filter(specialist=specialist, register_key=shown.key[:80]).exists():
        return
    row = shown.row
    Document(
        specialist=specialist,
        kind=kind,
        trust=Trust.REGISTER,
        title=row.title[:200],
        issuer=row.organisation,
        specialty=specialty_named(row.specialty_name, levels=levels_of(specialist), on=row.begins_on)
        if row.specialty_name
        else None,
        series=row.series,
        number=row.number,
        awaiting_number=not row.number,
        issued_on=row.begins_on,
        valid_until_on=row.ends_on,
        extended_until_on=row.extended_until_on,
        register_key=shown.key[:80],
        created_at=now,
    ).save(force_insert=True)


def _done(specialist: Specialist, step: Step) -> None:
    locked = Specialist.objects.select_for_update(of=("self",), no_key=True).get(pk=specialist.pk)
    if step not in locked.steps_done:
        locked.steps_done = [*locked.steps_done, str(step)]
        locked.save(update_fields=["steps_done"])
    specialist.steps_done = locked.steps_done
