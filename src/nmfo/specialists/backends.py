"""Who a session belongs to, together with the specialist that they are: every page of a cabinet asks for both."""

from __future__ import annotations

import datetime as dt

from foundation.db.rows import joined_of
from foundation.signin.backends import OPEN, Accounts
from foundation.signin.models import Session
from nmfo.accounts.models import Account
from nmfo.specialists.models import Specialist
from nmfo.specialists.queries import remember

_SPECIALIST = "LEFT JOIN specialists_specialist o ON o.account_id = a.id"
_WITH_SESSION = f"LEFT JOIN accounts_account a ON a.id = t.account_id {_SPECIALIST} {OPEN}"


class People(Accounts):
    """As `Accounts`, with the specialist in the same one statement."""

    def find(self, user_id: int) -> Account | None:
        """The account by its key."""
        found = joined_of({"a": Account, "o": Specialist}, f"{_SPECIALIST} WHERE a.id = %s", [user_id])
        if not found:
            return None
        remember(*found[0])
        account: Account = found[0][0]
        return account

    def open_session(self, key_hash: str, now: dt.datetime) -> tuple[Session, Account | None] | None:
        """A session that has not ended, and the account that has signed in by it, if any."""
        found = joined_of({"t": Session, "a": Account, "o": Specialist}, _WITH_SESSION, [key_hash, now])
        if not found:
            return None
        session, account, specialist = found[0]
        if account is not None:
            remember(account, specialist)
        return session, account
