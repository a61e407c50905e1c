"""How an awaited or refused credit is shown: its way in four steps, and why it is not on the account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from foundation.ui.addresses import address_of
from foundation.ui.templatetags.ui import day, short_day
from nmfo.credits.models import Claim, Expectation
from nmfo.credits.rules.words import Awaited, ClaimState, Holder, Part
from nmfo.participation.queries import short_of_presence
from nmfo.participation.rules import Decision, Measure, registration_in
from nmfo.specialists.models import Specialist
from nmfo.web.specialist.credits.marks import Mark, mark_of_claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of the way: «done», «now», «stop» or nothing; `until` says «до», `on` when it was."""

    state: str
    name: str
    on: dt.date | None = None
    until: dt.date | None = None
    words: str = ""


def way_html(steps: Iterable[Step]) -> SafeString:
    """The way of an awaited credit as a list, put together in Python as rows of the ledger are."""
    until, parts = _("until %(day)s"), []
    for step in steps:
        look = f' class="{step.state}"' if step.state else ""
        now = ' aria-current="step"' if step.state in {"now", "stop"} else ""
        when, on = "", step.on or step.until
        if on is not None:
            said = short_day(on) if step.on else until % {"day": short_day(on)}
            when = f'<time datetime="{on:%Y-%m-%d}">{escape(said)}</time>'
        elif step.words:
            when = f"<time>{escape(step.words)}</time>"
        parts.append(f"<li{look}{now}>{escape(step.name)} {when}</li>")
    return mark_safe(f'<ol class="way">{"".join(parts)}</ol>')  # noqa: S308 - words are escaped


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An awaited or refused credit as the page shows it."""

    row: Expectation
    steps: list[Step]
    bold: str
    words: str
    asks_code: bool
    may_dispute: bool
    dispute: Mark | None = None  # the open one
    answer: Mark | None = None  # to the last one, which left it so
    protocol: str = ""  # where it stands what was noted of the person's presence

    @property
    def way(self) -> SafeString:
        """Its steps, drawn."""
        return way_html(self.steps)

    @property
    def kind(self) -> str:
        """What it is, as one."""
        return {
            Part.PROGRAMME: pgettext("one", "Programme"),
            Part.EVENT: pgettext("one", "Event"),
            Part.MODULE: pgettext("one", "Module"),
            Part.OTHER: pgettext("one", "Other learning"),
        }[Part(self.row.part)]

    @property
    def title(self) -> str:
        """What it is for."""
        return self.row.version.title if self.row.version is not None else self.row.title


def short_among(specialist: Specialist, origins: Iterable[str]) -> dict[str, Decision]:
    """Of what is awaited with these origins: where the marks of presence are not enough so far. At most a statement."""
    asked = {registration: origin for origin in origins if (registration := registration_in(origin))}
    found = short_of_presence(specialist, asked, now=timezone.now())
    return {asked[registration]: short for registration, short in found.items()}


def waiting_for_organisers(rows: Iterable[Expectation]) -> list[str]:
    """The origins of what organisations have still to enter."""
    return [row.origin for row in rows if row.state == Awaited.AWAITED and row.holder == Holder.ORGANISATION]


def cases_shown(rows: Iterable[Expectation], claims: Iterable[Claim], short: Mapping[str, Decision]) -> list[Case]:
    """Rows of `queries.cases_of` as they are shown now, with those of `queries.claims_beside` that are about them."""
    about = {claim.expectation_id: claim for claim in claims if claim.expectation_id is not None}  # the last of each
    today = timezone.localdate()
    return [
        case_of(row, today, about.get(row.pk), short.get(row.origin) if row.state == Awaited.AWAITED else None)
        for row in rows
    ]


def case_of(row: Expectation, today: dt.date, claim: Claim | None = None, short: Decision | None = None) -> Case:
    """A row of `queries.cases_of` as it is shown on a day.

    `claim` is the last request about it; `short` is presence that the list of its event does not show so far.
    """
    bold, words = _why(row, today) if short is None else (_("The marks so far are not enough."), said_of_short(short))
    asks = claim is not None and claim.state == ClaimState.OPEN
    if row.state == Awaited.REFUSED and not asks:
        dispute = _("If it is a mistake, dispute it: an operator of the portal looks. There is no last day.")
        if claim is not None and claim.decided_at is not None and claim.decided_at >= row.changed_at:
            dispute = _("An operator has looked at it and left it so. If you have something to add, dispute it again.")
        words = f"{words} {dispute}"
    return Case(
        row=row,
        steps=_steps(row, today),
        bold=bold,
        words=words,
        asks_code=row.state == Awaited.AWAITED and row.holder == Holder.SPECIALIST,
        may_dispute=row.state == Awaited.REFUSED or _is_late(row, today),
        dispute=mark_of_claim(claim) if claim is not None and asks else None,
        answer=_answer(claim) if claim is not None and not asks else None,
        protocol=_protocol(row) if row.state == Awaited.REFUSED or short is not None else "",
    )


def _answer(claim: Claim) -> Mark:
    """Where the answer stands: who disputes the same again has read it."""
    text = _("Answer to request %(number)s") % {"number": claim.number}
    return Mark(text=text, link=address_of("specialist:credits-request", claim.pk))


def _protocol(row: Expectation) -> str:
    """The page of somebody's presence at an event."""
    number = registration_in(row.origin)
    return reverse("specialist:event-presence", args=[number]) if number else ""


def said_of_short(known: Decision) -> str:
    """By how much marks of presence are not enough so far, and what to do while the list is open."""
    counted = _("Windows that you confirmed: %(have)d, needed: %(need)d.")
    if known.measure == Measure.MINUTES:
        counted = _("Minutes by the marks: %(have)d, needed: %(need)d.")
    ask = _("If you were there longer, write to the organiser before the list is closed: else the credits do not come.")
    values = {"have": known.have, "need": known.need}
    return f"{counted % values} {ask}"


def _is_late(row: Expectation, today: dt.date) -> bool:
    return row.state == Awaited.AWAITED and row.due_on is not None and row.due_on < today


def _steps(row: Expectation, today: dt.date) -> list[Step]:
    over = row.began_on <= today
    learned = _("Training is over") if row.part == Part.PROGRAMME else _("The event has taken place")
    coming = _("The learning ends on") if row.part == Part.PROGRAMME else _("The event takes place on")
    first = Step(state="done", name=learned, on=row.began_on)
    if not over:
        first = Step(state="now", name=coming, on=row.began_on)
    if row.state == Awaited.REFUSED:
        middle = [Step(state="stop", name=_("Not credited"), on=row.changed_at.date())]
        return [first, *middle, Step(state="", name=_("On the account"))]
    acts = {
        Holder.ORGANISATION: _("The organisation enters it"),
        Holder.SPECIALIST: _("You enter the code"),
        Holder.PORTAL: _("The portal checks it"),
    }[Holder(row.holder)]
    found = [first, Step(state="now" if over else "", name=acts, until=row.due_on)]
    if row.holder != Holder.PORTAL:
        found.append(Step(state="", name=_("The portal checks it"), words=_("at once")))
    return [*found, Step(state="", name=_("On the account"))]


def _why(row: Expectation, today: dt.date) -> tuple[str, str]:
    """Two sentences: what it means for the person, and what happens next."""
    if row.state == Awaited.REFUSED:
        return _("Not credited."), _ended(row.why)
    if row.began_on > today:
        return _("It is too early."), _("The credits come after it is over.")
    if row.holder == Holder.SPECIALIST:
        where = _("The code came to your e-mail and stands on the page where it is entered. The credits come at once.")
        return _("It waits for you."), where
    nothing = _("You need not do anything.")
    if row.holder == Holder.ORGANISATION and row.due_on is not None:
        return _of_an_organisation(row, row.due_on, today)
    whose = _("It waits for the portal.") if row.holder == Holder.PORTAL else _("It waits for the organisation.")
    return whose, nothing


def _ended(words: str) -> str:
    """The words of somebody as a sentence: another one follows them."""
    return words if words.endswith((".", "!", "?", "…")) else f"{words}."


def _of_an_organisation(row: Expectation, due_on: dt.date, today: dt.date) -> tuple[str, str]:
    left = (due_on - today).days
    if left < 0:
        late = _("The term ended on %(day)s. The portal has asked the organisation; you may open a request too.")
        return _("The organisation is late."), late % {"day": day(due_on)}
    if left == 0:
        last = _("Today is the last day to enter the result. If nothing comes, the portal asks by itself.")
        return _("Everything is in time."), last
    given = ngettext(
        "%(all)d days are given to enter the result, %(n)d day is left. If nothing comes, the portal asks by itself.",
        "%(all)d days are given to enter the result, %(n)d days are left. If nothing comes, the portal asks by itself.",
        left,
    )
    return _("Everything is in time."), given % {"all": max((due_on - row.began_on).days, 1), "n": left}
