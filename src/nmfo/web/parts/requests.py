"""What a request carries after the middleware of the portal, for type checkers and readers."""

from __future__ import annotations

from django.http import HttpRequest

from foundation.runtime.facts import FactsRequest
from foundation.signin.operations import stages_of
from nmfo.accounts.models import Account
from nmfo.organisations.models import Member, Organisation
from nmfo.specialists.models import Specialist


class PortalRequest(FactsRequest):
    """A request of somebody who has signed in; on public pages ask `is_authenticated` first."""

    user: Account


class SpecialistRequest(PortalRequest):
    """A request in the specialist's cabinet: the door has set whose it is."""

    specialist: Specialist


class WelcomeRequest(PortalRequest):
    """A request in the first run, where the specialist may not be there yet."""

    specialist: Specialist | None


class OrganisationRequest(PortalRequest):
    """A request in an organisation's cabinet: the door has set whose it is and who of the staff asks."""

    organisation: Organisation
    member: Member
    memberships: list[Member]


def visitor_of(request: HttpRequest) -> Account | None:
    """Who looks at a page that is open to all, if they have signed in to the end.

    A password alone shows nothing of a person while the second step, a new password or new texts are still to come.
    """
    user = getattr(request, "user", None)
    if not isinstance(user, Account) or stages_of(request):
        return None
    return user
