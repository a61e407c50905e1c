"""What an operator does not decide because it is a matter of the organisation that they work for (Z5)."""

from __future__ import annotations

from collections.abc import Iterable

from nmfo.accounts.models import Account
from nmfo.credits.rules.refusals import OwnOrganisation
from nmfo.organisations.models import Member


def check_no_member(*, organisation_ids: Iterable[int | None], by: Account) -> None:
    """Refuse an operator who works for one of the organisations: by СНИЛС, not by account."""
    concerned = {pk for pk in organisation_ids if pk is not None}
    if not concerned:
        return
    members = Member.objects.filter(organisation__in=concerned, left_at=None).select_related("account")
    if any(member.account.snils == by.snils for member in members):
        raise OwnOrganisation
