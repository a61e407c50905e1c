"""What all operations on applications share: rows under their locks, a step with its history, seats, letters."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_noop

from foundation.audit.operations import record
from foundation.mail.operations import put_letter
from foundation.runtime.facts import RequestFacts
from nmfo.accounts.models import Account
from nmfo.accounts.rules import State as AccountState
from nmfo.catalogue.models import Run
from nmfo.catalogue.operations.seating import free_seat, lock_run, take_seat
from nmfo.catalogue.rules.words import RunState
from nmfo.credits.operations.expecting import expect, refuse_expected, withdraw_expected
from nmfo.credits.rules.words import Holder, Source
from nmfo.credits.saying import kept
from nmfo.enrolment.models import Application, ApplicationStep, Message
from nmfo.enrolment.operations.certifying import settle_certificate
from nmfo.enrolment.queries import waiting_for
from nmfo.enrolment.rules import (
    LONGEST_REASON,
    SEATED,
    Side,
    State,
    application_in,
    before_learning,
    check_move,
    origin_for,
    results_due_on,
)

_EXPECTED_REASON = 500
_REASON_WITHIN = 450  # of a message that is kept with its values, where a sign may take two


def lock_application(pk: int) -> Application:
    """An application under its lock, after those of its programme and run."""
    lock_run(Application.objects.values_list("run_id", flat=True).get(pk=pk))
    rows = Application.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related(
        "specialist__account", "run__region", "version", "item__organisation", "specialty", "order"
    ).get(pk=pk)


def make_step(
    row: Application,
    to: State,
    *,
    side: Side,
    by: Account | None,
    facts: RequestFacts | None,
    now: dt.datetime,
    reason: str = "",
    asks: str = "",
    letter: str = "",
    values: dict[str, Any] | None = None,
    also: tuple[str, ...] = (),
    kept: str = "",
) -> ApplicationStep:
    """Move a locked application: its seat, its term, the history, the trail, the letter, all in one transaction.

    `also` names columns that the caller has changed beside the state; `kept` is a reason for the trail alone. Raises
    StepMoved, NotYours; SeatsGone when it needs a seat and none is left.
    """
    check_move(row.state, to, by=side)
    before, seated = row.state, row.state in SEATED
    row.state, row.reason, row.revision, row.updated_at = to, reason[:LONGEST_REASON], row.revision + 1, now
    row.due_on = _due_on(row, before, now)
    if to != State.OFFERED:
        row.offered_until = None
    row.waiting_since = now if to == State.WAITING else None
    if to in SEATED and not seated:
        take_seat(row.run_id)
    names = {"state", "reason", "revision", "updated_at", "due_on", "offered_until", "waiting_since", *also}
    if before == State.DRAFT:
        row.told_begins_on, row.told_ends_on = row.run.begins_on, row.run.ends_on
        names |= {"told_begins_on", "told_ends_on"}
    row.save(update_fields=sorted(names))
    said = say(row, side=side, author=by, text=reason, now=now, asks=asks) if reason and by is not None else None
    step = ApplicationStep.objects.create(
        application=row, specialist_id=row.specialist_id, state=to, side=side, by=by, said=said, at=now
    )
    record(
        actor_id=by.pk if by else None,
        action=f"enrolment.{to}",
        subject="enrolment",
        subject_id=row.pk,
        facts=facts,
        reason=kept,
        before={"state": before},
        after={"state": to, "number": row.number, "run": row.run_id},
    )
    _tell_credits(row, before, now)
    settle_certificate(row, facts, now)
    if letter:
        write_to_specialist(row, kind=letter, cause=f"step:{step.pk}", now=now, values=values)
    if seated and to not in SEATED:
        free_seat(row.run_id)
        offer_seats(row.run_id, now)
    return step


def _tell_credits(row: Application, before: str, now: dt.datetime) -> None:
    """What is awaited in the ledger follows the state: from the order of enrolment to the result or the end.

    Who has begun to learn when the run is cancelled reads why no credits come, and may dispute it.
    """
    origin = origin_of(row)
    stopped = row.state == State.CANCELLED and timezone.localdate(now) >= row.run.begins_on
    if row.state == State.ENROLLED:
        await_result(row, now)
    elif before == State.ENROLLED and (row.state == State.EXPELLED or stopped):
        refuse_expected(
            specialist_id=row.specialist_id,
            source=Source.COMPLETION,
            origin=origin,
            reason=_cancelled_words(row) if stopped else row.reason[:_EXPECTED_REASON],
            now=now,
        )
    elif before == State.ENROLLED and row.state != State.COMPLETED:
        withdraw_expected(specialist_id=row.specialist_id, source=Source.COMPLETION, origin=origin, now=now)


def _cancelled_words(row: Application) -> str:
    """Whose doing it was and why, for the listener: the words of the organisation alone say neither."""
    message = gettext_noop("The organisation cancelled the run: %(reason)s")
    return kept((message, {"reason": row.reason[:_REASON_WITHIN]}))


def await_result(row: Application, now: dt.datetime) -> None:
    """Enter as awaited what the result of somebody enrolled will bring, by its term as it is now."""
    expect(
        specialist_id=row.specialist_id,
        version=row.version,
        source=Source.COMPLETION,
        origin=origin_of(row),
        began_on=row.run.ends_on,
        holder=Holder.ORGANISATION,
        due_on=row.due_on,
        now=now,
    )


def move_days(row: Application, now: dt.datetime) -> None:
    """The run of a locked application has other days: its term follows, and its specialist is told. Once."""
    before = (row.told_begins_on, row.told_ends_on)
    row.told_begins_on, row.told_ends_on = row.run.begins_on, row.run.ends_on
    names = ["told_begins_on", "told_ends_on"]
    if row.state in {State.CONFIRMED, State.ENROLLED}:
        row.due_on = _due_on(row, row.state, now)
        names.append("due_on")
    elif row.due_on is not None:
        row.due_on = before_learning(row.due_on, begins_on=row.run.begins_on, today=timezone.localdate(now))
        names.append("due_on")
    row.save(update_fields=names)
    if row.state == State.ENROLLED:
        await_result(row, now)
    write_to_specialist(
        row,
        kind="enrolment_moved",
        cause=f"moved:{now.isoformat()}",
        now=now,
        values={"before_first": before[0], "before_last": before[1]},
    )


def origin_of(row: Application, attempt: int = 1) -> str:
    """The key of what earns the credits of an application. A result entered after a reversal has a key of its own."""
    return origin_for(row.pk, attempt)


def application_id_of(origin: str) -> int | None:
    """The application that an origin names, whichever attempt; None: another kind of origin."""
    return application_in(origin)[0] or None


def say(row: Application, *, side: Side, author: Account, text: str, now: dt.datetime, asks: str = "") -> Message:
    """Keep what somebody says in an application."""
    message = Message(application=row, specialist_id=row.specialist_id, side=side, author=author, asks=asks, at=now)
    message.text = text[:LONGEST_REASON]
    message.save(force_insert=True)
    return message


def write_to_specialist(
    row: Application, *, kind: str, cause: str, now: dt.datetime, values: dict[str, Any] | None = None
) -> None:
    """A letter about an application, unless the account is closed."""
    person = row.specialist.account
    if person.state != AccountState.ACTIVE or not person.email:
        return
    put_letter(
        kind=kind,
        to=person.email,
        account_id=person.pk,
        language=person.language,
        values={
            "person": person,
            "application": row,
            "run": row.run,
            "version": row.version,
            "organisation": row.item.organisation,
            "reason": row.reason,
            **(values or {}),
        },
        key=f"enrolment:{row.pk}:{cause}",
        now=now,
    )


def offer_seats(run_id: int, now: dt.datetime) -> int:
    """Offer the free seats of a run to those who wait, in their order, each for a term. Returns how many.

    In the caller's transaction. Nothing is offered once the learning has begun: the term would be a sham.
    """
    run = lock_run(run_id)
    until = _offer_ends(run, now)
    free = None if run.seats is None else run.seats - run.taken
    if until is None or run.state == RunState.CANCELLED or free == 0:
        return 0
    offered = 0
    for pk in list(waiting_for(run_id).values_list("pk", flat=True)[:free]):
        row = lock_application(pk)
        row.offered_until = until
        make_step(row, State.OFFERED, side=Side.PORTAL, by=None, facts=None, now=now, letter="enrolment_seat")
        offered += 1
    return offered


def next_number(now: dt.datetime) -> str:
    """The number of an application: 2026-000123."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('enrolment_application_number')")
        return f"{timezone.localtime(now).year}-{int(cursor.fetchone()[0]):06d}"


def _offer_ends(run: Run, now: dt.datetime) -> dt.datetime | None:
    """Until when a seat offered now is kept: a term, but never into the learning."""
    begins = dt.datetime.combine(run.begins_on, dt.time(), timezone.get_current_timezone())
    until = min(now + dt.timedelta(hours=settings.SEAT_OFFER_HOURS), begins)
    return until if until > now else None


def _due_on(row: Application, before: str, now: dt.datetime) -> dt.date | None:
    """The last day of who holds the application after a step. Taken into work, the count goes on as it was.

    What is to be done before the learning has no term in it.
    """
    today = timezone.localdate(now)

    def after(days: int) -> dt.date:
        return before_learning(today + dt.timedelta(days=days), begins_on=row.run.begins_on, today=today)

    answer = after(settings.APPLICATION_ANSWER_DAYS)
    terms = {
        State.SUBMITTED: answer,
        State.REVIEW: row.due_on if before == State.SUBMITTED else answer,
        State.RETURNED: after(settings.APPLICATION_RETURN_DAYS),
        State.APPROVED: after(settings.APPLICATION_BASIS_DAYS),
        State.CONFIRMED: max(row.run.begins_on, today),
        State.ENROLLED: results_due_on(row.run.ends_on),
    }
    return terms.get(State(row.state))
