"""An organisation's application as both sides see it: facts by step, the way, the talk, the days that are left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.identifiers import phone
from foundation.ui.templatetags.ui import day
from nmfo.organisations.models import ApplicationDocument, ApplicationMessage, ApplicationStep, CabinetApplication
from nmfo.organisations.rules import (
    ApplicationState,
    DocumentKind,
    Field,
    OrganisationKind,
    Side,
    Step,
    What,
    place_of,
)

_S = ApplicationState


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A line of an application: a field with its value in words, the remarks at it, and what stood there before."""

    name: str
    label: str
    value: str
    remarks: list[ApplicationMessage]
    changed: bool = False
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A line of the documents: the kind, the scan when there is one, and those that it has replaced."""

    name: str
    label: str
    document: ApplicationDocument | None
    remarks: list[ApplicationMessage]
    former: list[ApplicationDocument]


@dataclass(slots=True, kw_only=True)
class Said:
    """A question or a remark of the operator with its answers."""

    message: ApplicationMessage
    about: str
    answers: list[ApplicationMessage] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class WayPoint:
    """A step of the way: `done`, `now`, `stop` or `later`."""

    name: str
    state: str
    at: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Countdown:
    """The term of a review: its last day and the days that are left; negative when the operator is late."""

    due_on: dt.date
    days: int

    @property
    def overdue_days(self) -> int:
        """By how many days the operator is late."""
        return -self.days


def facts_of(
    application: CabinetApplication,
    remarks: Iterable[ApplicationMessage] = (),
    changes: Mapping[str, str | None] | None = None,
) -> list[tuple[Step, list[Fact]]]:
    """What the application says, by step of its form. `changes`: fields that differ from before, with their values."""
    at, changed = _by_field(remarks), changes or {}
    rows: dict[Step, list[Fact]] = {Step.ORGANISATION: [], Step.PERSON: []}
    for one in Field:
        place = place_of(one)
        if place is not None:
            fact = Fact(
                name=str(one),
                label=place[1],
                value=_shown(application, one),
                remarks=at.get(one, []),
                changed=str(one) in changed,
                before=_before(one, changed.get(str(one))),
            )
            rows[place[0]].append(fact)
    return list(rows.items())


def scans_of(
    documents: Iterable[ApplicationDocument],
    remarks: Iterable[ApplicationMessage] = (),
    replaced: Iterable[ApplicationDocument] = (),
) -> list[Scan]:
    """The five documents in their order, those that are missing too."""
    there, at = {document.kind: document for document in documents}, _by_field(remarks)
    former = list(replaced)
    return [
        Scan(
            name=str(kind),
            label=str(kind.label),
            document=there.get(kind),
            remarks=at.get(kind, []),
            former=[document for document in former if document.kind == kind],
        )
        for kind in DocumentKind
    ]


def _by_field(remarks: Iterable[ApplicationMessage]) -> dict[str, list[ApplicationMessage]]:
    found: dict[str, list[ApplicationMessage]] = {}
    for remark in remarks:
        found.setdefault(remark.field, []).append(remark)
    return found


def _shown(application: CabinetApplication, name: Field) -> str:
    if name == Field.REGION:
        return application.region.name if application.region is not None else ""
    if name == Field.KIND:
        return str(application.get_kind_display()) if application.kind else ""
    if name == Field.PERSON_PHONE:
        return phone.show(application.person_phone) if application.person_phone else ""
    value = getattr(application, name)
    return day(value) if isinstance(value, dt.date) else str(value or "")


def _before(name: Field, value: str | None) -> str:
    """A former value as it is shown; those of a person are not kept, codes of lists say their names."""
    if not value:
        return ""
    if name == Field.KIND:
        return str(OrganisationKind(value).label)
    return value


def talk_of(said: Iterable[ApplicationMessage], *, sent_until: dt.datetime | None = None) -> list[Said]:
    """Questions and remarks with their answers. With `sent_until` only remarks that have gone to the applicant."""
    found: dict[int, Said] = {}
    for message in said:
        if message.side == Side.OPERATOR:
            if message.field and sent_until is not None and message.at > sent_until:
                continue
            place = place_of(message.field)
            found[message.pk] = Said(message=message, about=place[1] if place else "")
        elif message.answers_id in found:
            found[message.answers_id].answers.append(message)
    return list(found.values())


def returned_at(steps: Iterable[ApplicationStep]) -> dt.datetime | None:
    """When the application was returned the last time; its remarks until then have gone to the applicant."""
    return max((step.at for step in steps if step.what == What.RETURNED), default=None)


def countdown_of(application: CabinetApplication, today: dt.date) -> Countdown | None:
    """How long the operator has; nothing while nobody waits for the operator."""
    if application.state not in {_S.SUBMITTED, _S.REVIEW} or application.due_on is None:
        return None
    return Countdown(due_on=application.due_on, days=(application.due_on - today).days)


_ENDS = {_S.REFUSED: gettext_lazy("Refused"), _S.WITHDRAWN: gettext_lazy("Withdrawn")}


def way_of(application: CabinetApplication, steps: Iterable[ApplicationStep], *, corrections: str) -> list[WayPoint]:
    """Four points: filled in, submitted, looked at, decided; where the application stands is `now`.

    `corrections` says to the reader with whom a returned application is.
    """
    at: dict[str, dt.datetime] = {}
    for step in steps:
        at.setdefault(step.what, step.at)  # the last of a kind: steps come the last first
    state = application.state
    reviewed = state in {_S.REVIEW, _S.OPENED, _S.REFUSED} or application.approved_at is not None
    submitted = application.submitted_at is not None
    middle = corrections if state == _S.RETURNED else _("In review")
    looked_at = "now" if state in {_S.REVIEW, _S.RETURNED} else "done" if reviewed else "later"
    since = at.get(What.RETURNED if state == _S.RETURNED else What.TAKEN)
    points = [
        WayPoint(name=_("Filled in"), state="now" if state == _S.DRAFT else "done"),
        WayPoint(
            name=_("Handed in"),
            state="now" if state == _S.SUBMITTED else "done" if submitted else "later",
            at=application.submitted_at,
        ),
        WayPoint(name=middle, state=looked_at, at=since if looked_at != "later" else None),
    ]
    if state in _ENDS:
        return [*points, WayPoint(name=str(_ENDS[_S(state)]), state="stop", at=application.updated_at)]
    opened = state == _S.OPENED
    end = WayPoint(
        name=_("The account is open"),
        state="done" if opened else "later",
        at=application.decided_at if opened else None,
    )
    return [*points, end]
