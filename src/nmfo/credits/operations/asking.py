"""Asking organisations that are late with results; the people who wait hear of it (ux.md 9.7)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from foundation.mail.operations import put_letter
from nmfo.accounts.models import Account
from nmfo.accounts.rules import State
from nmfo.credits.models import Expectation
from nmfo.credits.rules.words import Awaited, Holder
from nmfo.organisations.models import Member, Organisation
from nmfo.organisations.rules import StaffRole

_MOST = 500  # of an organisation in one transaction; the rest comes the next day


def ask_organisations(now: dt.datetime) -> int:
    """Write to each organisation that is late, and to its people, once for each result. Returns how many results.

    May run twice or die anywhere: an organisation's letters and marks are one transaction.
    """
    due = _late(timezone.localdate(now)).order_by("organisation_id")
    return sum(_ask(pk, now) for pk in due.values_list("organisation_id", flat=True).distinct() if pk is not None)


def _late(today: dt.date) -> QuerySet[Expectation]:
    return Expectation.objects.filter(
        state=Awaited.AWAITED, holder=Holder.ORGANISATION, due_on__lt=today, asked_at=None
    )


@transaction.atomic
def _ask(organisation_id: int, now: dt.datetime) -> int:
    today = timezone.localdate(now)
    organisation = Organisation.objects.select_for_update(of=("self",), no_key=True).get(pk=organisation_id)
    rows = _late(today).filter(organisation=organisation).select_for_update(of=("self",), no_key=True)
    late = list(rows.select_related("version", "specialist__account").order_by("due_on", "pk")[:_MOST])
    if not late:
        return 0
    for account in _listened_to(organisation):
        put_letter(
            kind="results_overdue",
            to=account.email,
            account_id=account.pk,
            language=account.language,
            values={"person": account, "rows": late[:10], "number": len(late)},
            key=f"results-overdue:{organisation.pk}:{today}:{account.pk}",
            now=now,
        )
    for row in late:
        account = row.specialist.account
        if account.state == State.ACTIVE and account.email:
            put_letter(
                kind="organisation_late",
                to=account.email,
                account_id=account.pk,
                language=account.language,
                values={"person": account, "row": row, "organisation": organisation},
                key=f"organisation-late:{row.pk}",
                now=now,
            )
        row.asked_at = now
    Expectation.objects.bulk_update(late, ["asked_at"])
    return len(late)


def _listened_to(organisation: Organisation) -> list[Account]:
    """Who of an organisation answers for results: the responsible people and the registrars."""
    members = Member.objects.filter(organisation=organisation, left_at=None, account__state=State.ACTIVE)
    answering = Q(roles__contains=[StaffRole.OWNER]) | Q(roles__contains=[StaffRole.REGISTRAR])
    return [row.account for row in members.filter(answering).select_related("account") if row.account.email]
