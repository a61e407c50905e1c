"""Letters about the end of a year of a cycle: what is earned of the recommended credits and what remains."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from foundation.mail.operations import put_letter
from nmfo.accounts.rules import State
from nmfo.cycles.models import Cycle
from nmfo.cycles.queries.counting import state_of
from nmfo.cycles.rules.days import year_letter_on, year_of

_MOST = 1000


def tell_of_years(now: dt.datetime) -> int:
    """Write to everybody whose year of a cycle ends in a month. Returns how many letters were written.

    The letter and the day of the next one are one transaction: run again, or dying anywhere, it tells each year once.
    A year that ended while nothing ran is passed over.
    """
    today, told, last = timezone.localdate(now), 0, 0
    due = Cycle.objects.filter(left_at=None, year_letter_on__lte=today)
    while ids := list(due.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:_MOST]):
        told, last = told + sum(_tell(pk, today, now) for pk in ids), ids[-1]
    return told


@transaction.atomic
def _tell(pk: int, today: dt.date, now: dt.datetime) -> int:
    rows = Cycle.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    rows = rows.select_related("specialist__account", "specialty", "document")
    cycle = rows.filter(pk=pk, left_at=None, year_letter_on__lte=today).first()
    if cycle is None or cycle.year_letter_on is None:
        return 0
    number = year_of(cycle.begins_on, cycle.year_letter_on)
    cycle.year_letter_on = year_letter_on(cycle.begins_on, after=today)
    cycle.save(update_fields=["year_letter_on"])
    account, state = cycle.specialist.account, state_of(cycle, today=today)
    year = next((one for one in state.standing.years if one.number == number), None)
    if year is None or not year.target or year.ends_on < today:
        return 0
    if account.state != State.ACTIVE or not account.email:
        return 0
    put_letter(
        kind="cycle_year",
        to=account.email,
        account_id=account.pk,
        language=account.language,
        values={
            "person": account,
            "cycle": cycle,
            "year": year,
            "awaited": sum(
                one.credits
                for one in state.awaited
                if one.is_on_its_way(state.facts.today) and year.begins_on <= one.began_on <= year.ends_on
            ),
            "minimum": state.standing.minimum,
        },
        key=f"cycle-year:{cycle.pk}:{number}",
        now=now,
    )
    return 1
