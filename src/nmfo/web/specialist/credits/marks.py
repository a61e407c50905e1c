"""What a line of the ledger says beside its sum: for which cycle it counts or why not, its document, a dispute."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from foundation.ui.addresses import address_of
from foundation.ui.templatetags.ui import day
from nmfo.credits.models import Claim, LedgerEntry
from nmfo.credits.queries.ledger import Movement
from nmfo.credits.rules.words import Source
from nmfo.cycles.models import Cycle
from nmfo.cycles.queries.choosing import present_cycles_of
from nmfo.cycles.queries.counting import Placed, SeenFrom
from nmfo.cycles.rules.days import year_of
from nmfo.cycles.rules.measuring import Place
from nmfo.cycles.rules.words import CycleKind
from nmfo.enrolment.models import Completion
from nmfo.enrolment.queries import papers_of
from nmfo.specialists.models import Specialist

_MOST_CYCLES = 4  # whose sums by year stand above the movements; who has more opens them one by one


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A remark beside an entry. `kind` is that of a badge, or nothing for plain words; `link` where more is said."""

    text: str
    kind: str = ""
    link: str = ""


def five_year_cycles_of(specialist: Specialist) -> list[Cycle]:
    """The cycles in which credits are counted, the newest first."""
    return counting_among(present_cycles_of(specialist))


def counting_among(cycles: Iterable[Cycle]) -> list[Cycle]:
    """Those of somebody's cycles in which credits are counted."""
    return [cycle for cycle in cycles if cycle.kind == CycleKind.FIVE_YEARS]


def marks_of(
    specialist: Specialist,
    entries: Sequence[LedgerEntry | Movement],
    places: Mapping[int, Sequence[Placed]],
    *,
    taken_back: Collection[int],
    claims: Iterable[Claim],
    asked_back: Collection[int] = (),
) -> dict[int, list[Mark]]:
    """The remarks of a page of entries, by their ids; `claims` are open, `places` are in cycles. One statement.

    `asked_back`: of entries that are no movements of a list, those that somebody proposes to take back.
    """
    standing = [one for one in entries if not one.is_reversal and one.pk not in taken_back]
    counted = {one.pk for one in standing}
    papers = papers_of(specialist, [one.origin for one in standing if one.source == Source.COMPLETION])
    disputes = {claim.entry_id: claim for claim in claims if claim.entry_id is not None}
    found: dict[int, list[Mark]] = {}
    said: dict[tuple[tuple[int, Place, int], ...], tuple[Mark, ...]] = {}  # most entries of a year stand alike
    for entry in entries:
        where = places.get(entry.pk, ()) if entry.pk in counted else ()
        alike = tuple((one.cycle.pk, one.place, year_of(one.cycle.begins_on, entry.earned_on)) for one in where)
        if alike not in said:
            said[alike] = tuple(_of_places(where, entry.earned_on))
        gone, claim = entry.pk in taken_back, disputes.get(entry.pk)
        remarks = [*_of_proposal(entry, claim), *_of_claim(claim, entry, gone=gone), *said[alike]]
        if gone:
            remarks.append(Mark(text=_("It counts no more. A corrected result would come in a line of its own.")))
        asked = entry.pk in asked_back or (isinstance(entry, Movement) and entry.asked_back_at is not None)
        found[entry.pk] = [*remarks, *_of_paper(papers.get(entry.origin), asked_back=asked)]
    return found


def mark_of_claim(claim: Claim, entry: LedgerEntry | Movement | None = None, *, gone: bool = False) -> Mark:
    """That an entry, or an awaited credit, is disputed, what counts meanwhile, and the way to the request.

    `gone`: the entry was taken back meanwhile.
    """
    if claim.defends:
        text = _("You have written why it is right, request %(number)s: it is read before the decision")
    elif gone:
        text = _("You dispute it, request %(number)s; the answer comes until %(day)s")
    elif entry is None:
        text = _("You dispute it, request %(number)s; the answer comes until %(day)s, until then nothing is credited")
    elif entry.is_reversal:
        text = _("You dispute it, request %(number)s; the answer comes until %(day)s, until then the correction stands")
    else:
        text = _("You dispute it, request %(number)s; the answer comes until %(day)s, until then the credits count")
    link = address_of("specialist:credits-request", claim.pk)
    return Mark(text=text % {"number": claim.number, "day": day(claim.due_on)}, kind="warn", link=link)


def _of_proposal(entry: LedgerEntry | Movement, claim: Claim | None) -> Iterable[Mark]:
    """That it is proposed to take an entry of a list back; the page of one says more of it than a remark."""
    if isinstance(entry, Movement) and entry.asked_back_at is not None:
        text = _("It is proposed to take it back, since %(day)s; until an operator decides, the credits count")
        if claim is None:
            text = _(
                "It is proposed to take it back, since %(day)s; until an operator decides, the credits count. If the "
                "entry is right, open it and say why"
            )
        link = address_of("specialist:credits-entry", entry.pk)
        yield Mark(text=text % {"day": day(entry.asked_back_at)}, kind="warn", link=link)


def mark_of_no_cycle() -> Mark:
    """That credits of somebody without a cycle count for none yet, and the way to choose one."""
    text = _("No cycle is chosen: the credits are on the account and count for no cycle yet.")
    return Mark(text=text, kind="warn", link=address_of("specialist:cycles"))


def _of_claim(claim: Claim | None, entry: LedgerEntry | Movement, *, gone: bool) -> Iterable[Mark]:
    if claim is not None:
        yield mark_of_claim(claim, entry, gone=gone)


def _of_places(places: Sequence[Placed], earned_on: dt.date) -> Iterable[Mark]:
    """For which cycles, and years of them, it counts; for which it does not, and why."""
    nowhere = bool(places) and not any(one.place is Place.COUNTS for one in places)
    if nowhere:
        yield Mark(text=_("Counts for no cycle"), kind="warn")
    for one in places:
        name = {"cycle": _name(one.cycle)}
        if one.place is Place.OTHER_SPECIALTY:
            text = _("Not for the cycle «%(cycle)s»: it is for other specialties")
            if nowhere:
                text = _(
                    "Not for the cycle «%(cycle)s»: it is for other specialties. The credits stay on the account and "
                    "count in a cycle for one of these, should you begin it. You need not do anything."
                )
            yield Mark(text=text % name)
        elif one.place is Place.BEFORE:
            text = _("Not for the cycle «%(cycle)s»: earned before it began, %(day)s")
            yield Mark(text=text % {**name, "day": day(one.first)})
        elif one.place is Place.AFTER:
            text = _("Not for the cycle «%(cycle)s»: earned after it ended, %(day)s")
            yield Mark(text=text % {**name, "day": day(one.last)})
        else:
            text = _("Counts for the cycle «%(cycle)s», year %(n)d")
            yield Mark(text=text % {**name, "n": year_of(one.cycle.begins_on, earned_on)})


def _of_paper(paper: Completion | None, *, asked_back: bool) -> Iterable[Mark]:
    """The document of a result; what is still to be done with it is no matter while somebody would take it back."""
    if paper is None:
        return
    yield Mark(text=_("Document %(number)s of %(day)s") % {"number": paper.document_name, "day": day(paper.issued_on)})
    if hasattr(paper, "frdo"):
        yield Mark(text=_("Entered in FRDO, the organisation says, on %(day)s") % {"day": day(paper.frdo.at.date())})
    elif not asked_back:
        text = _("The organisation has still to enter it in FRDO, the state register of documents.")
        yield Mark(text=text + " " + _("The credits count already, you need not do anything."))


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleLine:
    """A cycle in a line: this year's sum, and the years with more than was asked."""

    cycle: Cycle
    name: str
    year: int
    total: int
    target: int
    surplus: tuple[tuple[int, int], ...]  # the year's number, how much more
    outside: int  # ЗЕТ of the account that do not count for it


def places_in(views: Sequence[SeenFrom], entries: Iterable[int]) -> dict[int, list[Placed]]:
    """Where entries of a ledger stand to each cycle, by their ids."""
    return {pk: [place for view in views if (place := view.place_of(pk)) is not None] for pk in entries}


def cycle_lines_of(views: Sequence[SeenFrom], posted: int) -> list[CycleLine]:
    """Five-year cycles in lines; `posted` is what the account comes to."""
    return [_line(view, posted) for view in views[:_MOST_CYCLES]]


def _line(view: SeenFrom, posted: int) -> CycleLine:
    years = view.standing.years
    present = next((year for year in years if year.number == view.year), None)
    return CycleLine(
        cycle=view.cycle,
        name=_name(view.cycle),
        year=present.number if present else 0,
        total=present.total if present else sum(year.total for year in years),
        target=present.target if present else 0,
        surplus=tuple((year.number, year.surplus) for year in years if year.surplus),
        outside=posted - view.counted,
    )


def _name(cycle: Cycle) -> str:
    return cycle.specialty.name if cycle.specialty else ""
