"""O-03: what is to be done today. Each card is a small function; who builds more of the cabinet adds to CARDS."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from foundation.ui.templatetags.ui import day, page_url
from nmfo.catalogue.queries import versions_of
from nmfo.catalogue.rules.words import VersionState
from nmfo.enrolment.queries import (
    counts_of_tabs,
    frdo_left,
    overdue_of,
    results_to_correct,
    runs_without_results,
)
from nmfo.enrolment.rules import RESULT_DAYS, results_due_on
from nmfo.organisations.models import Member, Organisation
from nmfo.organisations.queries import invitations_of, members_of
from nmfo.organisations.rules import LICENCE_WARNING_DAYS, LicenceState, Right, may
from nmfo.participation.queries import open_objections_at, unclosed_events_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something to do: what, why now, where. `warn` marks what has a date."""

    title: str | Promise
    text: str | Promise = ""
    url: str = ""
    done: bool = False
    warn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A part of the page."""

    title: str | Promise
    tasks: list[Task] = field(default_factory=list)
    text: str | Promise = ""


_SOON_DAYS = 7
_SHOWN = 5  # rows of a card; the list of items has all of them
Maker = Callable[[Organisation, Member, dt.date], Card | None]


def first_steps(organisation: Organisation, member: Member, today: dt.date) -> Card | None:
    """The first day: steps to a programme that people can apply for. Gone when all are done."""
    if not may(member.roles, Right.STAFF):
        return None
    steps = [
        Task(
            title=_("Fill in the card of the organisation"),
            text=_("People read it before they choose: what you teach, contacts, site."),
            url=reverse("organisation:settings"),
            done=bool(organisation.about),
        ),
        Task(
            title=_("Invite your colleagues"),
            text=_("A methodist writes programmes, a registrar works with listeners, a teacher with content."),
            url=reverse("organisation:staff"),
            done=members_of(organisation).count() > 1 or invitations_of(organisation).exists(),
        ),
        Task(
            title=_("Write the first programme, event or module"),
            text=_("The operator looks at it before it stands in the catalogue."),
            url=page_url("organisation:items"),
            done=organisation.items.exists(),
        ),
        Task(
            title=_("Set the first run"),
            text=_("Dates, seats and price: then people can apply."),
            url=page_url("organisation:runs"),
            done=organisation.items.filter(runs__isnull=False).exists(),
        ),
    ]
    return Card(title=_("The first steps"), tasks=steps) if not all(step.done for step in steps) else None


def licence(organisation: Organisation, member: Member, today: dt.date) -> Card | None:
    """A licence that is suspended, over, or ends soon."""
    if organisation.licence_state != LicenceState.VALID:
        state = organisation.get_licence_state_display()
        text = _("Applications are closed while it lasts. State of the licence: %(state)s.") % {"state": state}
        return Card(title=_("Licence"), tasks=[Task(title=_("The licence is not in force"), text=text, warn=True)])
    until = organisation.licence_until_on
    if until is None or (until - today).days > LICENCE_WARNING_DAYS:
        return None
    title = _("The licence ends on %(day)s") % {"day": day(until)}
    text = _("Send the new one to the operator in good time: the number is changed by them.")
    return Card(title=_("Licence"), tasks=[Task(title=title, text=text, warn=True)])


def pending_invitations(organisation: Organisation, member: Member, today: dt.date) -> Card | None:
    """Invitations that nobody has answered."""
    if not may(member.roles, Right.STAFF):
        return None
    n = invitations_of(organisation).count()
    if not n:
        return None
    title = ngettext("%(n)d invitation waits for an answer", "%(n)d invitations wait for an answer", n) % {"n": n}
    return Card(title=_("People"), tasks=[Task(title=title, url=reverse("organisation:staff"))])


def returned_items(organisation: Organisation, member: Member, today: dt.date) -> Card | None:
    """What the operator has sent back: it waits for the authors."""
    if not may(member.roles, Right.ITEMS):
        return None
    rows = versions_of(organisation).filter(state=VersionState.RETURNED)
    tasks = [
        Task(
            title=row.title,
            text=_("The operator's remarks stand at the fields."),
            url=reverse("organisation:item-edit", args=[row.item_id]),
            warn=True,
        )
        for row in rows[:_SHOWN]
    ]
    return Card(title=_("Returned for changes"), tasks=tasks) if tasks else None


def items_in_review(organisation: Organisation, member: Member, today: dt.date) -> Card | None:
    """What the operator has, and the day an answer is due."""
    if not may(member.roles, Right.ITEMS):
        return None
    rows = versions_of(organisation).filter(state=VersionState.SUBMITTED).order_by("due_on", "pk")
    tasks = [
        Task(
            title=row.title,
            text=_("The answer is due by %(day)s.") % {"day": day(row.due_on)} if row.due_on else "",
            url=reverse("organisation:item", args=[row.item_id]),
        )
        for row in rows[:_SHOWN]
    ]
    return Card(title=_("The operator looks at it"), tasks=tasks) if tasks else None


def applications_to_answer(organisation: Organisation, member: Member, today: dt.date) -> Card | None:
    """Applications that wait for an answer, those beyond their term first."""
    if not may(member.roles, Right.LISTENERS):
        return None
    counts = counts_of_tabs(organisation)
    inbox, tasks = reverse("organisation:applications"), []
    late = overdue_of(organisation, today).count() if counts["new"] else 0
    if late:
        title = ngettext("%(n)d application is beyond its term", "%(n)d applications are beyond their term", late)
        tasks.append(Task(title=title % {"n": late}, url=inbox, warn=True))
    if counts["new"]:
        n = counts["new"]
        title = ngettext("%(n)d application waits for an answer", "%(n)d applications wait for an answer", n)
        tasks.append(Task(title=title % {"n": n}, url=inbox))
    if counts["basis"]:
        n = counts["basis"]
        title = ngettext(
            "%(n)d application waits for its basis or order", "%(n)d applications wait for their basis or order", n
        )
        tasks.append(Task(title=title % {"n": n}, url=f"{inbox}?tab=basis"))
    return Card(title=_("Applications for learning"), tasks=tasks) if tasks else None


def results_to_enter(organisation: Organisation, member: Member, today: dt.date) -> Card | None:
    """Runs that are over and whose listeners wait for their results, with the last day."""
    if not may(member.roles, Right.LISTENERS):
        return None
    tasks, runs = [], runs_without_results(organisation, today)
    for run, n in runs[:_SHOWN]:
        due = results_due_on(run.ends_on)
        text = ngettext("%(n)d listener waits, until %(day)s", "%(n)d listeners wait, until %(day)s", n)
        tasks.append(
            Task(
                title=run.version.title,
                text=f"{text % {'n': n, 'day': day(due)}}: {_left((due - today).days)}.",
                url=reverse("organisation:group", args=[run.pk]),
                warn=(due - today).days <= _SOON_DAYS,
            )
        )
    if len(runs) > _SHOWN:
        n = len(runs) - _SHOWN
        title = ngettext("%(n)d run more waits for results", "%(n)d runs more wait for results", n) % {"n": n}
        tasks.append(Task(title=title, url=reverse("organisation:runs")))
    return Card(title=_("Results to enter"), tasks=tasks) if tasks else None


def _left(days: int) -> str:
    if days < 0:
        return ngettext("%(n)d day late", "%(n)d days late", -days) % {"n": -days}
    return ngettext("%(n)d day is left", "%(n)d days are left", days) % {"n": days}


def results_taken_back(organisation: Organisation, member: Member, today: dt.date) -> Card | None:
    """Results that were taken back in the last thirty days: a corrected one may be entered."""
    if not may(member.roles, Right.LISTENERS):
        return None
    since = timezone.now() - dt.timedelta(days=RESULT_DAYS)
    rows = list(results_to_correct(organisation, since)[: _SHOWN + 1])
    tasks = [
        Task(
            title=_("Application %(number)s") % {"number": row.number},  # no name: looks at those are recorded
            text=row.version.title,
            url=reverse("organisation:application-reversal", args=[row.pk]),
        )
        for row in rows[:_SHOWN]
    ]
    if len(rows) > _SHOWN:
        tasks.append(Task(title=_("And others"), url=f"{reverse('organisation:applications')}?tab=done"))
    text = _("The credits were taken back. If the person has learnt after all, enter the corrected result.")
    return Card(title=_("Results taken back"), text=text, tasks=tasks) if tasks else None


def register(organisation: Organisation, member: Member, today: dt.date) -> Card | None:
    """What is to be noted or recalled in the federal register of documents."""
    if not may(member.roles, Right.LISTENERS):
        return None
    left, page, tasks = frdo_left(organisation), reverse("organisation:frdo"), []
    if left.to_recall:
        n = left.to_recall
        title = ngettext("Recall %(n)d document from FRDO", "Recall %(n)d documents from FRDO", n) % {"n": n}
        text = _("The result was taken back after the document was noted as entered there.")
        tasks.append(Task(title=title, text=text, url=f"{page}#recall", warn=True))
    if left.to_note and left.since is not None:
        n = left.to_note
        title = ngettext("%(n)d document is not noted in FRDO", "%(n)d documents are not noted in FRDO", n) % {"n": n}
        text = _("The oldest was issued on %(day)s.") % {"day": day(left.since)}
        tasks.append(Task(title=title, text=text, url=f"{page}?show=left"))
    return Card(title=_("Register of documents (FRDO)"), tasks=tasks) if tasks else None


def events_to_close(organisation: Organisation, member: Member, today: dt.date) -> Card | None:
    """Events that are over and whose people wait for credits, and objections that wait for an answer."""
    if not may(member.roles, Right.LISTENERS):
        return None
    tasks = [
        Task(
            title=row.version.title,
            text=_("The event is over. Close attendance: its people wait for their credits."),
            url=reverse("organisation:event", args=[row.pk]),
            warn=True,
        )
        for row in unclosed_events_of(organisation, timezone.now())[:_SHOWN]
    ]
    tasks += [
        Task(
            title=_("An objection about presence"),
            text=_("The answer is due by %(day)s.") % {"day": day(row.due_on)},
            url=reverse("organisation:event-objection", args=[row.registration.item_id, row.pk]),
            warn=row.is_overdue(today),
        )
        for row in open_objections_at(organisation)[:_SHOWN]
    ]
    return Card(title=_("Events"), tasks=tasks) if tasks else None


CARDS: list[Maker] = [
    licence,
    applications_to_answer,
    results_to_enter,
    results_taken_back,
    events_to_close,
    register,
    first_steps,
    returned_items,
    items_in_review,
    pending_invitations,
]


def cards_for(organisation: Organisation, member: Member, today: dt.date) -> list[Card]:
    """The cards that have something to say."""
    made = (make(organisation, member, today) for make in CARDS)
    return [card for card in made if card is not None]
