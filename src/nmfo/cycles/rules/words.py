"""The words of cycles and rule sets: kinds, states and the moves between them, reasons."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class CycleKind(models.TextChoices):
    """«5 лет» for a specialty, or «Вне циклов» (C4)."""

    FIVE_YEARS = "five_years", _("Five years for a specialty")
    OUTSIDE = "outside", _("Outside cycles")


class Role(models.TextChoices):
    """What a rule set is: the portal's recommendation, or what the law asks at the least (C15)."""

    RECOMMENDED = "recommended", pgettext_lazy("rule set", "Recommended")
    MINIMUM = "minimum", _("Legal minimum")


class DecidedBy(models.TextChoices):
    """Which day of a document decides whether a rule set applies to it."""

    ISSUE = "issue", _("The day the document was issued")
    END = "end", _("The last day of the document")


class Ask(models.TextChoices):
    """What a requirement measures."""

    SUM = "sum", _("Credits of some parts in all")
    YEARLY = "yearly", _("Credits in each year of the cycle")
    COURSE = "course", _("One programme of so many hours")
    PAPER = "paper", _("A paper that the portal does not count")


class SetState(models.TextChoices):
    """The way of a version of a rule set."""

    DRAFT = "draft", pgettext_lazy("rule set", "Draft")
    PUBLISHED = "published", pgettext_lazy("rule set", "In force")
    SUPERSEDED = "superseded", pgettext_lazy("rule set", "Replaced")
    DROPPED = "dropped", pgettext_lazy("rule set", "Given up")


MOVES: Mapping[str, frozenset[str]] = {
    SetState.DRAFT: frozenset({SetState.PUBLISHED, SetState.DROPPED}),
    SetState.PUBLISHED: frozenset({SetState.SUPERSEDED}),
    SetState.SUPERSEDED: frozenset(),
    SetState.DROPPED: frozenset(),
}


class Why(models.TextChoices):
    """Why a rule set applies. The sentence has places for days, filled by `Choice.sentence`."""

    ISSUED = "issued", _("Your document was issued on %(day)s: for documents issued until %(until)s this rule runs on.")
    IN_FORCE = "in_force", _("Your document holds until %(day)s, and on that day this rule is in force.")
    NEWEST = (
        "newest",
        _(
            "Your document holds until %(day)s. This rule is known to hold until %(until)s; until a new one comes, "
            "the portal counts by it."
        ),
    )
    TODAY = "today", _("The portal knows no document of yours with an end, so it counts by the rule in force today.")
