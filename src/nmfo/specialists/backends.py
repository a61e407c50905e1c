"""Who a session belongs to, together with the specialist that they are: every page of a cabinet asks for both."""

from __future__ import annotations

from foundation.db.rows import pairs_of
from foundation.signin.backends import Accounts
from nmfo.accounts.models import Account
from nmfo.specialists.models import Specialist
from nmfo.specialists.queries import remember

_FIND = "LEFT JOIN specialists_specialist o ON o.account_id = t.id WHERE t.id = %s"


class People(Accounts):
    """As `Accounts`, in the same one statement."""

    def get_user(self, user_id: int) -> Account | None:
        """The account by its key, if it may be in."""
        found = pairs_of(Account, Specialist, _FIND, [user_id])
        if not found or not self.user_can_authenticate(found[0][0]):
            return None
        account, specialist = found[0]
        remember(account, specialist)
        return account
