"""Who a session belongs to."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend

from foundation.db.rows import first_of


class Accounts(ModelBackend):
    """Django's, but each request asks for its account by a statement written by hand."""

    def get_user(self, user_id: int) -> Any:
        """The account by its key, if it may be in."""
        found = first_of(get_user_model(), "WHERE id = %s", [user_id])
        return found if found is not None and self.user_can_authenticate(found) else None
