"""Seats of a run: taken and freed by enrolment, in its transactions. Locks: the programme, then the run."""

from __future__ import annotations

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused
from nmfo.catalogue.models import Item, Run
from nmfo.catalogue.operations.listing import refresh_search


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


def _change(run: Run, by: int) -> Run:
    Run.objects.filter(pk=run.pk).update(taken=F("taken") + by)
    run.taken += by
    refresh_search([run.item_id])
    return run
