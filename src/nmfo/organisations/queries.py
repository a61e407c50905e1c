"""Reading organisations. The owner or the viewer is the first argument."""

from __future__ import annotations

from django.db.models import QuerySet

from nmfo.accounts.models import Account
from nmfo.organisations.models import Member, Organisation


def memberships_of(account: Account) -> QuerySet[Member]:
    """Where somebody works now, the first joined first."""
    rows = Member.objects.filter(account=account, left_at=None).select_related("organisation__region")
    return rows.order_by("joined_at", "pk")


def members_of(organisation: Organisation) -> QuerySet[Member]:
    """Who works in an organisation's cabinet now, by name."""
    rows = Member.objects.filter(organisation=organisation, left_at=None).select_related("account")
    return rows.order_by("account__surname", "account__first_name", "pk")
