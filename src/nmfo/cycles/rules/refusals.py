"""What is refused about cycles, plans and rule sets, and the checks that refuse it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused
from nmfo.cycles.rules.days import CYCLE_YEARS, LAST_YEAR
from nmfo.cycles.rules.golden import facts_from
from nmfo.cycles.rules.measuring import Requirement
from nmfo.cycles.rules.words import MOVES, Role, SetState


class CycleOverlaps(Refused):
    message = _("You have a cycle for this specialty at this time already.")
    field = "choice"


class CycleHasCredits(Refused):
    message = _("Credits already count for this cycle, so it can no longer be changed. Write to support.")


class DocumentFoundsCycle(Refused):
    message = _(
        "Your cycle for «%(name)s» stands on this document. Give up the cycle first, on the page «My cycles»; "
        "if credits count for it already, write to support what is wrong with the document."
    )


class ItemNotPlannable(Refused):
    message = _("Only what stands in the catalogue and is not over can be planned.")


class CreditedInThisCycle(Refused):
    """A line of the plan would not be seen: the item stands in it as done."""

    message = _("This is credited already, on %(day)s: it stands in your plan as done.")


class PlanFull(Refused):
    message = _("The plan holds %(most)d items at most. Remove what you no longer intend to do.")


class NotPlanned(Refused):
    message = _("This is not in your plan.")


class YearIsOver(Refused):
    message = _("This year of the cycle is over. Choose one that runs or is to come.")


class CycleUnknown(Refused):
    message = _("There is no such cycle among yours.")


class ChoiceMissing(Refused):
    message = _("Choose a cycle for a specialty, or «outside cycles».")
    field = "choice"


class CycleUnfounded(Refused):
    message = _("This cycle does not follow from your documents. Choose one of the list.")
    field = "choice"


class CycleIsOver(Refused):
    message = _("The five years of this document are over. Add the newer document first.")
    field = "choice"


class BeginsOutOfRange(Refused):
    message = _("The document was issued in a year the portal does not count with. Check its day of issue.")
    field = "choice"


class SetUnknown(Refused):
    message = _("There is no such rule set.")


class SetMoved(Refused):
    message = _("This version has moved on meanwhile. The page shows where it stands.")


class DraftUnderWay(Refused):
    message = _("A draft of this rule set is being written already. Open it.")


class CasesFail(Refused):
    message = _("Golden cases fail, so this version cannot be published: see them below.")


class CaseMalformed(Refused):
    message = _("The case cannot be read: %(what)s")
    field = "facts"


class OwnDraft(Refused):
    message = _("You wrote in this version yourself. Another operator publishes it.")


class DatesMixed(Refused):
    message = _("The last day of the rule is before its first.")
    field = "valid_until_on"


class NothingAsked(Refused):
    message = _("A rule set needs at least one requirement with a number.")


class ReasonNeeded(Refused):
    message = _("Say what is changed and by which act.")
    field = "reason"


class NotOperator(Refused):
    message = _("Rule sets are the operator's.")


def check_begins(begins_on: dt.date, *, today: dt.date) -> None:
    """Refuse a cycle that is over, or of a year no calendar here reaches."""
    if not dt.MINYEAR + CYCLE_YEARS < begins_on.year < LAST_YEAR:
        raise BeginsOutOfRange
    if begins_on > today:
        raise CycleUnfounded


def check_move(before: str, after: str) -> None:
    """Refuse a step that the table of moves does not have."""
    if after not in MOVES[SetState(before)]:
        raise SetMoved


def check_set(*, valid_from_on: dt.date, valid_until_on: dt.date | None, requirements: Sequence[Requirement]) -> None:
    """Refuse a rule set that contradicts itself."""
    if valid_until_on is not None and valid_until_on < valid_from_on:
        raise DatesMixed
    if not any(one.credits for one in requirements):
        raise NothingAsked


def check_case(facts: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Refuse a golden case that cannot be run, or expects nothing."""
    try:
        facts_from(facts)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CaseMalformed(what=str(error)) from error
    strange = set(expected) - set(Role.values)
    if not expected or strange or not all(isinstance(one, Mapping) and one for one in expected.values()):
        raise CaseMalformed(what=", ".join(sorted(strange)) or "expected")


def check_other_person(*, publisher_snils: str, writers_snils: Iterable[str]) -> None:
    """Four eyes: who publishes has not written, by person and not by account (Z4)."""
    if publisher_snils in set(writers_snils):
        raise OwnDraft
