"""O-17: who of the staff, and of the portal's operators, did or looked at what in this organisation."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from foundation.audit.models import Entry
from foundation.audit.queries import Ids, entries_about
from foundation.ui.templatetags.ui import full_name
from nmfo.accounts.queries import names_of
from nmfo.organisations.models import Organisation
from nmfo.organisations.queries import everybody_of
from nmfo.organisations.rules import DocumentKind, Right, StaffRole
from nmfo.web.parts.requests import OrganisationRequest
from nmfo.web.parts.rights import require_right

_PAGE = 30
# What an action of the trail is called here. Packages above add theirs with their pages.
ACTIONS: dict[str, str | Promise] = {
    "organisation.opened": gettext_lazy("Opened the account"),
    "organisation.invited": gettext_lazy("Invited"),
    "organisation.invitation_sent_again": gettext_lazy("Sent an invitation again"),
    "organisation.invitation_withdrawn": gettext_lazy("Withdrew an invitation"),
    "organisation.joined": gettext_lazy("Accepted the invitation"),
    "organisation.roles_changed": gettext_lazy("Changed roles"),
    "organisation.member_removed": gettext_lazy("Removed a person"),
    "organisation.left": gettext_lazy("Left the organisation"),
    "organisation.handed_over": gettext_lazy("Handed the organisation over"),
    "organisation.card_changed": gettext_lazy("Changed the card"),
    "application.submitted": gettext_lazy("Handed the application in"),
    "application.taken": gettext_lazy("Took the application into work"),
    "application.returned": gettext_lazy("Returned the application"),
    "application.originals_noted": gettext_lazy("Noted the paper originals"),
    "application.approved": gettext_lazy("Approved the application"),
    "application.opened": gettext_lazy("Approved the application and opened the account"),
    "application.looked_at": gettext_lazy("Looked at the application"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the journal in words."""

    entry: Entry
    who: str
    what: str
    detail: str


def subjects_of(organisation: Organisation) -> list[tuple[str, Ids]]:
    """Kinds of rows of the trail that are this organisation's, with their ids."""
    application = getattr(organisation, "application", None)
    return [
        ("organisation", [organisation.pk]),
        ("application", [application.pk] if application is not None else []),
        ("item", organisation.items.values("pk")),
        ("version", organisation.items.values("versions__pk")),
        ("run", organisation.items.values("runs__pk")),
    ]


@require_safe
@require_right(Right.JOURNAL)
def journal(request: OrganisationRequest) -> HttpResponse:
    """The trail of this organisation, the last first. Operators are shown as such, without their names."""
    rows = entries_about(subjects_of(request.organisation))
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    ids = {entry.actor_id for entry in page} | {entry.after.get("member") for entry in page}
    staff = everybody_of(request.organisation)
    names = {pk: full_name(person) for pk, person in names_of(ids).items() if pk in staff}
    return render(request, "organisation/journal.html", {"page": page, "lines": [_line(row, names) for row in page]})


def _line(entry: Entry, names: dict[int, str]) -> Line:
    who = names.get(entry.actor_id or 0, "")
    if not who:  # operators decide in the portal's name
        who = _("The applicant") if entry.actor_id is None else _("Operator of the portal")
    return Line(entry=entry, who=who, what=str(ACTIONS.get(entry.action, entry.action)), detail=_detail(entry, names))


def _detail(entry: Entry, names: dict[int, str]) -> str:
    """Whom or what it was about: a name, a masked address, roles, the kind of a scan."""
    after, parts = entry.after, []
    if after.get("member") not in {None, entry.actor_id}:
        parts.append(names.get(after["member"], ""))
    parts.append(str(after.get("email", "")))
    if "roles" in after:
        parts.append(", ".join(str(StaffRole(role).label) for role in after["roles"] if role in StaffRole.values))
    what = str(after.get("what", ""))
    if what.startswith("scan "):
        kind = what.removeprefix("scan ")
        parts.append(str(DocumentKind(kind).label) if kind in DocumentKind.values else kind)
    elif what == "contacts":
        parts.append(_("contacts of the responsible person"))
    return " · ".join(part for part in parts if part)
