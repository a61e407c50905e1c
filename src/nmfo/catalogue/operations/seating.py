"""Seats of runs, taken and freed by enrolment, and of events, by participation, in their transactions.

Locks: the item, then the run or what participation keeps of the event.
"""

from __future__ import annotations

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused
from nmfo.catalogue.models import Item, Run, Version
from nmfo.catalogue.operations.listing import refresh_search
from nmfo.catalogue.rules.words import VersionState


class SeatsGone(Refused):
    message = _("There are no seats left in this run.")


def lock_run(run_id: int) -> Run:
    """A run under its lock, after its programme's: nobody changes its days, seats or state meanwhile.

    The caller is in a transaction. `refresh_search` reads all runs of a programme, hence the first lock.
    """
    item_id = Run.objects.values_list("item_id", flat=True).get(pk=run_id)
    Item.objects.select_for_update(of=("self",), no_key=True).get(pk=item_id)
    rows = Run.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("item__organisation", "version", "region").get(pk=run_id)


def take_seat(run_id: int) -> Run:
    """Take a seat of a run. Of two at once for the last one, the second gets SeatsGone: the row's lock decides."""
    run = lock_run(run_id)
    if run.seats is not None and run.taken >= run.seats:
        raise SeatsGone
    return _change(run, 1)


def free_seat(run_id: int) -> Run:
    """Give a taken seat back."""
    return _change(lock_run(run_id), -1)


def lock_event(item_id: int) -> None:
    """Lock the item of an event, before what is kept of its seats: `keep_event_seats` reads what editors write."""
    Item.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=item_id)


def keep_event_seats(item_id: int, taken: int) -> None:
    """Note how many seats of an event are held, under its item's lock. The search hears of it where seats are limited.

    Thousands may sign up in a minute for a webinar without a limit: nothing that the search shows changes by them but
    their number, and it may wait for the next change of the event.
    """
    changed = Item.objects.filter(pk=item_id).exclude(event_taken=taken).update(event_taken=taken)
    limited = Version.objects.filter(item=item_id, state=VersionState.PUBLISHED, seats__isnull=False)
    if changed and limited.exists():
        refresh_search([item_id])


def _change(run: Run, by: int) -> Run:
    Run.objects.filter(pk=run.pk).update(taken=F("taken") + by)
    run.taken += by
    refresh_search([run.item_id])
    return run
