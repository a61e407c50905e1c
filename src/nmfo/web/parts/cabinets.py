"""Whose cabinet somebody who has signed in works in; common pages take its menus."""

from __future__ import annotations

from nmfo.accounts.models import Account
from nmfo.accounts.rules import Role


def kind_of(account: Account) -> str:
    """Whose cabinet a person comes to: by their work first."""
    if account.has_role(Role.OPERATOR):
        return "operator"
    return "organisation" if account.has_role(Role.ORGANISATION) else "specialist"
