"""The words of the catalogue: kinds, states and the moves between them, forms, and the limits of everything."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

ACADEMIC_HOUR_MINUTES = 45
ONE_SITTING = dt.timedelta(hours=12)  # nobody goes home to sleep in between: one day, even over midnight
DAY_CREDITS = 6  # a full day of an event is at most 6 ЗЕТ, 270 minutes of presence (domain.md 3.2)
LEAST_HOURS, MOST_HOURS = 16, 500  # 273-ФЗ art. 76 and order 266 of 24.03.2025: from 16; from 500 on no upgrading
USUAL_HOURS = (18, 36, 72, 144)
MOST_MODULE_MINUTES = 24 * 60
MOST_EVENT_DAYS = 14
MOST_SEATS = 100_000
MOST_PRICE_RUB = 1_000_000
MOST_HOURS_A_DAY = 12  # of teaching; more is asked about and not refused: nights on duty and slips of the finger exist
MOST_MINUTES = 60_000  # 1,000 hours: more is a slip of the finger
MOST_TEACHERS = 50
MOST_FILES = 20
MOST_YEARS_AHEAD = 5
REVIEW_DAYS = 14
MOST_SAVED_SEARCHES = 20  # of one account: the letter is read, not scrolled
MOST_AWAITED = 50
LONGEST_SEARCH = 2000
LONGEST_SEARCH_NAME = 200
# What was published a moment ago may belong to a transaction that has not ended; it comes with the next letter.
SETTLED_AFTER = dt.timedelta(minutes=10)


class Kind(models.TextChoices):
    """What stands in the catalogue."""

    PROGRAMME = "programme", _("Programme")
    EVENT = "event", _("Event")
    MODULE = "module", _("Module")


class ItemState(models.TextChoices):
    """Whether people find an item."""

    DRAFT = "draft", _("Not published yet")
    PUBLISHED = "published", _("Published")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class VersionState(models.TextChoices):
    """Where a version is on its way (R-147, issue: Draft → На рассмотрении → …)."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Under review")
    RETURNED = "returned", _("Returned for corrections")
    PUBLISHED = "published", _("Published")
    SUPERSEDED = "superseded", _("Replaced by a newer version")
    DROPPED = "dropped", _("Given up")


_V = VersionState
# The only ways a version's state may change; docs/how-it-works/catalogue.md draws them and a test compares.
VERSION_MOVES: dict[str, frozenset[str]] = {
    _V.DRAFT: frozenset({_V.SUBMITTED, _V.DROPPED}),
    _V.SUBMITTED: frozenset({_V.RETURNED, _V.PUBLISHED, _V.DRAFT}),  # to a draft: its authors took it back
    _V.RETURNED: frozenset({_V.SUBMITTED, _V.DROPPED}),
    _V.PUBLISHED: frozenset({_V.SUPERSEDED}),
    _V.SUPERSEDED: frozenset(),
    _V.DROPPED: frozenset(),
}
EDITABLE = frozenset({_V.DRAFT, _V.RETURNED})
UNDER_WAY = frozenset({_V.DRAFT, _V.SUBMITTED, _V.RETURNED})


class Form(models.TextChoices):
    """Form of study (форма обучения)."""

    FULL_TIME = "full_time", _("Full-time")
    PART_TIME = "part_time", _("Full-time and by correspondence")
    CORRESPONDENCE = "correspondence", _("By correspondence")


class Basis(models.TextChoices):
    """Who pays (основа обучения)."""

    BUDGET = "budget", _("State budget")
    CONTRACT = "contract", _("Contract")
    CERTIFICATE = "certificate", _("Educational certificate")


class EventKind(models.TextChoices):
    """Kinds of events (R-164)."""

    CONFERENCE = "conference", _("Conference")
    CONGRESS = "congress", _("Congress")
    SEMINAR = "seminar", _("Seminar")
    WORKSHOP = "workshop", _("Master class")
    SCHOOL = "school", _("School")
    WEBINAR = "webinar", _("Webinar")


class Presence(models.TextChoices):
    """How an organiser makes sure that somebody was there (N10)."""

    LIST = "list", _("List on the spot")
    BADGE = "badge", _("Scan of the badge")
    WINDOWS = "windows", _("Confirmation windows during the broadcast")


class RunState(models.TextChoices):
    """State of a run (поток)."""

    OPEN = "open", _("Takes applications")
    CLOSED = "closed", _("Closed for applications")
    CANCELLED = "cancelled", _("Cancelled")


class Every(models.TextChoices):
    """How often a letter tells of what a saved search finds anew (P-02)."""

    DAY = "day", _("Every day")
    WEEK = "week", _("Once a week")


LONGEST = {"title": 300, "annotation": 20_000, "aims": 10_000, "new_competence": 4000, "place": 300, "link": 300}
LONGEST_KEY = 80
MOST_RUNS = 200  # of a programme, not over: all of them stand on its card
LONGEST_TEACHER = {"name": 200, "post": 300}
