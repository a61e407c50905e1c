"""An application for learning in words, as both cabinets show it: its state, its way, who holds it and until when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from foundation.ui.templatetags.ui import day, moment
from nmfo.enrolment.models import Application, ApplicationStep
from nmfo.enrolment.rules import ENDS, HOLDERS, OPEN, Phase, Side, State, results_due_on
from nmfo.web.parts.applications import WayPoint

_KINDS = {
    State.RETURNED: "warn",
    State.OFFERED: "warn",
    State.WAITING: "info",
    State.APPROVED: "ok",
    State.CONFIRMED: "ok",
    State.ENROLLED: "ok",
    State.COMPLETED: "ok",
    State.CREDITED: "ok",
    State.REVERSED: "bad",
    State.REFUSED: "bad",
    State.EXPELLED: "bad",
    State.CANCELLED: "bad",
}


_PHASES = {
    Phase.STUDYING: "ok",
    Phase.OVER: "info",
    Phase.BEGUN_WITHOUT: "warn",
    Phase.OVER_WITHOUT: "bad",
    Phase.NO_SEAT: "bad",
    Phase.MISSED: "bad",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an application stands. `next` says who does what and by when; `is_late` that the term is over."""

    label: str
    kind: str
    next: str
    is_late: bool


def standing_of(row: Application, today: dt.date, place: int = 0, *, reader: Side) -> Standing:
    """The words of a state for one of the two sides. `place` is that of the waiting list, where one waits."""
    phase = row.phase(today)
    return Standing(
        label=row.label(today),
        kind=_KINDS.get(State(row.state), "") if phase is None else _PHASES[phase],
        next=_next(row, today, place, reader),
        is_late=row.is_overdue(today),
    )


def _next(row: Application, today: dt.date, place: int, reader: Side) -> str:
    """What happens next, who does it and by when (ux.md 3.1)."""
    phase = row.phase(today)
    if row.state == State.ENROLLED:
        return _learning(row, today)
    if phase is None:
        return _turn(row, place, reader)
    said = _without(row, phase, reader)
    return f"{_turn(row, place, reader)} {said}" if row.state == State.RETURNED else said


def _turn(row: Application, place: int, reader: Side) -> str:
    """Who does what by when, as the state alone has it."""
    state, until = State(row.state), day(row.due_on)
    if state == State.WAITING:
        if reader != Side.SPECIALIST:
            return _("Waits for a free seat.")
        return _("You are number %(n)d in the waiting list. A letter comes when a seat is free.") % {"n": place}
    if state == State.OFFERED:
        return _("The seat is kept until %(until)s.") % {"until": moment(row.offered_until)}
    if state == State.CREDITED:
        n = row.version.credits or 0
        return ngettext("%(n)d credit is on the account.", "%(n)d credits are on the account.", n) % {"n": n}
    texts = {
        State.DRAFT: _("Check your answers and send it."),
        State.SUBMITTED: _("The organisation answers by %(day)s."),
        State.REVIEW: _("The organisation looks at it and answers by %(day)s."),
        State.RETURNED: _("Send what the organisation asks for by %(day)s.")
        if reader == Side.SPECIALIST
        else _("The listener sends what you ask for by %(day)s."),
        State.APPROVED: _("The organisation confirms who pays by %(day)s."),
        State.CONFIRMED: _("The organisation gives the order of enrolment by %(day)s."),
        State.COMPLETED: _("The portal posts the credits."),
        State.REVERSED: _("The credits were taken back. The organisation can enter a corrected result.")
        if reader == Side.SPECIALIST
        else _("The credits were taken back. If the person has learnt after all, enter a corrected result."),
    }
    text = texts.get(state, "")
    return text % {"day": until} if "%(day)s" in text else text


def _learning(row: Application, today: dt.date) -> str:
    due = day(results_due_on(row.run.ends_on))
    if today < row.run.begins_on:
        return _("The learning begins on %(day)s.") % {"day": day(row.run.begins_on)}
    if today <= row.run.ends_on:
        return _("Learning until %(day)s. The organisation enters the result by %(due)s.") % {
            "day": day(row.run.ends_on),
            "due": due,
        }
    text = _("The learning ended on %(day)s. The organisation enters the result by %(due)s.")
    return text % {"day": day(row.run.ends_on), "due": due}


def _without(row: Application, phase: Phase, reader: Side) -> str:
    """What it means that a run began or ended and somebody is not enrolled."""
    if phase == Phase.MISSED:
        text = _("The learning began on %(day)s, so the application can be sent no more. Choose another run.")
    elif phase == Phase.NO_SEAT:
        text = _("The learning began on %(day)s, so no seat can be taken any more. The portal closes the application.")
    elif reader != Side.SPECIALIST:
        text = _("The learning began on %(day)s without an order of enrolment for this person. Enrol or refuse.")
    else:
        text = _(
            "The learning began on %(day)s, and the organisation has not enrolled you. Ask it below: without an order "
            "of enrolment no credits come."
        )
    return text % {"day": day(row.run.begins_on)}


def way_of(row: Application, steps: list[ApplicationStep]) -> list[WayPoint]:
    """The way in four steps: sent, decided, enrolled, credited; stopped where it ended otherwise."""
    at = {step.state: step.at for step in reversed(steps)}  # the last of a kind: steps come the last first
    reached = [
        row.submitted_at,
        at.get(State.APPROVED),
        at.get(State.ENROLLED),
        at.get(State.CREDITED) if row.state != State.REVERSED else None,
    ]
    names = [
        pgettext("enrolment", "Sent"),
        pgettext("enrolment", "Decision"),
        pgettext("enrolment", "Order of enrolment"),
        pgettext("enrolment", "Credits"),
    ]
    done = sum(1 for moment_of_it in reached if moment_of_it is not None)
    stopped = row.state in ENDS - {State.CREDITED}
    points = []
    for number, (name, reached_at) in enumerate(zip(names, reached, strict=True)):
        if reached_at is not None:
            points.append(WayPoint(name=name, state="done", at=reached_at))
        elif number == done and stopped:
            points.append(WayPoint(name=str(row.get_state_display()), state="stop", at=row.updated_at))
            break
        else:
            points.append(WayPoint(name=name, state="now" if number == done else "later"))
    return points


def holder_of(row: Application) -> str:
    """Who has to do something now, as the specialist's list says it."""
    if row.state not in OPEN:
        return ""
    holder = HOLDERS[row.state]
    return pgettext("enrolment", "You") if holder == Side.SPECIALIST else str(holder.label)
