"""The words of credits: sources, parts, states, and the limits of everything."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from nmfo.catalogue.rules.words import Kind

RESULT_DAYS = 30  # so long an organisation has to enter a result (domain.md, crediting takes up to 30 days)
CODE_DAYS = 30  # a code is good for so long unless its issuer says otherwise, ux.md 9.7
MOST_CODE_DAYS = 366
MOST_CODES = 5000  # in one batch
ALONE_UPTO = 100  # a batch above this takes a second person (Z4)
CODE_TRIES = 10  # wrong ones in CODE_WINDOW_S; then a pause (Z7, ux.md S-16)
CODE_TRIES_OF_A_NETWORK = 100
FEW_CODE_TRIES = 3  # when no more are left, the page says so before the pause comes
CODE_WINDOW_S = 3600
CODE_PAUSE_S = 900
PHOTO_TRIES = 30  # photos of codes in CODE_WINDOW_S: each costs seconds of a processor; then a pause
DISPUTE_DAYS = 10  # so soon an operator answers
SHORTEST_REASON = 10
LONGEST_REASON = 500
LONGEST_TEXT = 2000
MOST_OPEN_CLAIMS = 20
MOST_BY_HAND = 500  # ЗЕТ: the longest programme has 500 hours


class Source(models.TextChoices):
    """What an entry was earned by. With `origin` it is the key that makes a credit once."""

    COMPLETION = "completion", _("Completed programme")
    CODE = "code", _("Confirmation code")
    PRESENCE = "presence", _("Presence confirmed by the organiser")
    MODULE = "module", _("Module, final test")
    LEGACY = "legacy", _("Taken over from sovetnmo.ru")
    MANUAL = "manual", _("Entered by the operator")
    REVERSAL = "reversal", _("Correction of a mistaken entry")


# An event or a module counts once, until that is taken back; by hand too, where the entry names one.
ONCE_FOR_AN_ITEM = frozenset({Source.CODE, Source.PRESENCE, Source.MODULE, Source.MANUAL})


class Part(models.TextChoices):
    """The four parts in which people see their sum (domain.md, the real portal's split)."""

    PROGRAMME = "programme", _("Programmes")
    EVENT = "event", _("Events")
    MODULE = "module", _("Modules")
    OTHER = "other", pgettext_lazy("part of credits", "Other")


PART_OF: dict[str, Part] = {Kind.PROGRAMME: Part.PROGRAMME, Kind.EVENT: Part.EVENT, Kind.MODULE: Part.MODULE}


class Holder(models.TextChoices):
    """Who has to act before an awaited credit comes."""

    ORGANISATION = "organisation", _("The organisation")
    SPECIALIST = "specialist", _("You")
    PORTAL = "portal", _("The portal")


class Awaited(models.TextChoices):
    """What became of an awaited credit."""

    AWAITED = "awaited", _("On its way")
    ARRIVED = "arrived", _("Credited")
    REFUSED = "refused", _("Not credited")
    WITHDRAWN = "withdrawn", _("No longer awaited")


class BatchState(models.TextChoices):
    """Way of a batch of codes."""

    WAITING = "waiting", pgettext_lazy("codes", "Waits for a second person")
    ISSUED = "issued", pgettext_lazy("codes", "Issued")
    REFUSED = "refused", pgettext_lazy("codes", "Refused")


class CodeState(models.TextChoices):
    """State of a confirmation code; that it has expired follows from its batch's last day."""

    ISSUED = "issued", pgettext_lazy("code", "Issued")
    ACTIVATED = "activated", pgettext_lazy("code", "Activated")
    ANNULLED = "annulled", pgettext_lazy("code", "Annulled")


class ProposalKind(models.TextChoices):
    """What two people decide about somebody's credits."""

    REVERSAL = "reversal", _("Correct an entry")
    CREDIT = "credit", _("Enter a credit by hand")


class ProposalState(models.TextChoices):
    """Way of a proposal."""

    OPEN = "open", pgettext_lazy("correction", "Waits for a second person")
    APPROVED = "approved", pgettext_lazy("correction", "Approved")
    DECLINED = "declined", pgettext_lazy("correction", "Declined")


class About(models.TextChoices):
    """What a person's request is about."""

    ENTRY = "entry", _("An entry is wrong")
    DEFENCE = "defence", _("An entry is right: objection to taking it back")
    EXPECTATION = "expectation", _("It should have been credited")
    MISSING = "missing", _("A credit is not in the list")


class ClaimState(models.TextChoices):
    """Way of a request about credits."""

    OPEN = "open", pgettext_lazy("request", "Being looked at")
    GRANTED = "granted", pgettext_lazy("request", "Settled: put right")
    REFUSED = "refused", pgettext_lazy("request", "Refused")


# What became of an entry that its person has defended against a proposal to take it back.
DEFENDED = {
    ClaimState.GRANTED: pgettext_lazy("request", "Confirmed: the entry stays"),
    ClaimState.REFUSED: pgettext_lazy("request", "Declined: the entry was taken back"),
}
