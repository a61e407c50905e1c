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
from nmfo.credits.models import Proposal
from nmfo.credits.queries.claims import corrections_at
from nmfo.enrolment.queries import received_by
from nmfo.enrolment.rules import Side
from nmfo.organisations.models import Organisation
from nmfo.organisations.queries import everybody_of
from nmfo.organisations.rules import DocumentKind, Right, StaffRole
from nmfo.web.parts.requests import OrganisationRequest
from nmfo.web.parts.rights import require_right

_PAGE = 30
# What an action of the trail is called here; a test compares it with what the packages record.
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
    "application.begun": gettext_lazy("Began the application"),
    "application.changed": gettext_lazy("Filled in the application"),
    "application.scan_added": gettext_lazy("Added a scan"),
    "application.scan_removed": gettext_lazy("Removed a scan"),
    "application.submitted": gettext_lazy("Handed the application in"),
    "application.asked": gettext_lazy("Asked a question"),
    "application.answered": gettext_lazy("Answered a question"),
    "application.remarked": gettext_lazy("Wrote a remark"),
    "application.remark_settled": gettext_lazy("Settled a remark"),
    "application.withdrawn": gettext_lazy("Withdrew the application"),
    "application.refused": gettext_lazy("Refused the application"),
    "application.draft_removed": gettext_lazy("The draft was removed"),
    "application.taken": gettext_lazy("Took the application into work"),
    "application.returned": gettext_lazy("Returned the application"),
    "application.originals_noted": gettext_lazy("Noted the paper originals"),
    "application.approved": gettext_lazy("Approved the application"),
    "application.opened": gettext_lazy("Approved the application and opened the account"),
    "application.looked_at": gettext_lazy("Looked at the application"),
    "item.started": gettext_lazy("Began a new card"),
    "item.withdrawn": gettext_lazy("Withdrew it from the catalogue"),
    "item.accredited": gettext_lazy("Marked it as accredited by the Council"),
    "item.accreditation_taken": gettext_lazy("Took the accreditation back"),
    "version.started": gettext_lazy("Began a new version"),
    "version.saved": gettext_lazy("Saved the text"),
    "version.submitted": gettext_lazy("Submitted it for review"),
    "version.taken_back": gettext_lazy("Took it back from review"),
    "version.dropped": gettext_lazy("Gave the version up"),
    "version.taken": gettext_lazy("Took it into review"),
    "version.left": gettext_lazy("Gave it back to the queue"),
    "version.remarked": gettext_lazy("Wrote a remark"),
    "version.remark_dropped": gettext_lazy("Settled a remark"),
    "version.returned": gettext_lazy("Returned it with remarks"),
    "version.published": gettext_lazy("Published it"),
    "version.superseded": gettext_lazy("The former version gave way to it"),
    "run.added": gettext_lazy("Added a run"),
    "run.changed": gettext_lazy("Changed a run"),
    "run.closed": gettext_lazy("Closed a run for applications"),
    "run.opened": gettext_lazy("Opened a run for applications"),
    "run.cancelled": gettext_lazy("Cancelled a run"),
    "enrolment.submitted": gettext_lazy("A listener sent an application"),
    "enrolment.waiting": gettext_lazy("A listener joined the waiting list"),
    "enrolment.offered": gettext_lazy("A free seat was offered to the next of the list"),
    "enrolment.lapsed": gettext_lazy("An application was closed without a seat"),
    "enrolment.withdrawn": gettext_lazy("A listener withdrew an application"),
    "enrolment.review": gettext_lazy("An application came under review"),
    "enrolment.returned": gettext_lazy("Returned an application of a listener"),
    "enrolment.approved": gettext_lazy("Approved an application of a listener"),
    "enrolment.refused": gettext_lazy("Refused an application of a listener"),
    "enrolment.confirmed": gettext_lazy("Confirmed the basis of an application"),
    "enrolment.basis_corrected": gettext_lazy("Corrected the basis of an application"),
    "enrolment.enrolled": gettext_lazy("Enrolled a listener"),
    "enrolment.expelled": gettext_lazy("Expelled a listener"),
    "enrolment.completed": gettext_lazy("Entered the result of a listener"),
    "enrolment.credited": gettext_lazy("Credits of a listener were posted"),
    "enrolment.reversed": gettext_lazy("The result of a listener was taken back"),
    "enrolment.cancelled": gettext_lazy("An application was closed with its run"),
    "enrolment.written": gettext_lazy("A message in an application"),
    "enrolment.attendance_marked": gettext_lazy("Marked attendance of a listener"),
    "enrolment.looked_at": gettext_lazy("Looked at data of a listener"),
    "registration.added": gettext_lazy("Added somebody to an event"),
    "registration.marked": gettext_lazy("Marked somebody as present"),
    "registration.mark_taken_back": gettext_lazy("Took a mark of presence back"),
    "registration.let_in": gettext_lazy("Let somebody of the waiting list in"),
    "registration.confirmed": gettext_lazy("Presence was confirmed"),
    "registration.not_confirmed": gettext_lazy("Presence was not confirmed"),
    "attendance.looked_at": gettext_lazy("Looked at people of an event"),
    "attendance.scanned": gettext_lazy("Scanned badges"),
    "attendance.window_added": gettext_lazy("Set a confirmation window"),
    "attendance.window_removed": gettext_lazy("Removed a confirmation window"),
    "attendance.closed": gettext_lazy("Closed attendance"),
    "objection.granted": gettext_lazy("Granted an objection"),
    "objection.refused": gettext_lazy("Refused an objection"),
    "codes.issued": gettext_lazy("Issued confirmation codes"),
    "codes.proposed": gettext_lazy("Asked to issue confirmation codes"),
    "codes.approved": gettext_lazy("Let confirmation codes be issued"),
    "codes.refused": gettext_lazy("Refused confirmation codes"),
    "codes.withdrawn": gettext_lazy("Took back confirmation codes that waited"),
    "codes.annulled": gettext_lazy("Annulled confirmation codes"),
    "codes.looked_at": gettext_lazy("Looked at confirmation codes"),
    "enrolment.frdo_noted": gettext_lazy("Noted a document as entered in FRDO"),
    "enrolment.frdo_taken_back": gettext_lazy("Took back that a document is entered in FRDO"),
    "reversal.proposed": gettext_lazy("Proposed to take credits back"),
    "reversal.withdrawn": gettext_lazy("Withdrew the proposal to take credits back"),
    "reversal.approved": gettext_lazy("Credits were taken back"),
    "reversal.declined": gettext_lazy("Declined to take credits back"),
    "credit.approved": gettext_lazy("Credits were entered by hand"),
    "import.begun": gettext_lazy("Uploaded a file of programmes"),
    "import.confirmed": gettext_lazy("Let the file be written"),
    "import.cancelled": gettext_lazy("Stopped the import"),
    "import.failed": gettext_lazy("The file was not taken"),
    "import.written": gettext_lazy("The file was written"),
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
        ("enrolment", received_by(organisation).values("pk")),
        ("import", organisation.imports.values("pk")),
        ("code_batch", organisation.code_batches.values("pk")),
        ("attendance", organisation.items.values("pk")),
        ("registration", organisation.items.values("registrations__pk")),
        ("credit_proposal", corrections_at(organisation).values("pk")),
        ("objection", organisation.items.values("registrations__objections__pk")),
    ]


@require_safe
@require_right(Right.JOURNAL)
def journal(request: OrganisationRequest) -> HttpResponse:
    """The trail of this organisation, the last first. Operators are shown as such, without their names."""
    # who waits for a run is nobody's business here, and an import of the register has a number of its own
    rows = entries_about(subjects_of(request.organisation)).filter(action__in=ACTIONS)
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    ids = {entry.actor_id for entry in page} | {entry.after.get("member") for entry in page}
    staff = everybody_of(request.organisation)
    names = {pk: full_name(person) for pk, person in names_of(ids).items() if pk in staff}
    titles = _titles(request.organisation, list(page))
    lines = [_line(row, names, titles.get((row.subject, row.subject_id or 0), "")) for row in page]
    return render(request, "organisation/journal.html", {"page": page, "lines": lines})


_TITLED = (
    ("item", "pk"),
    ("version", "versions__pk"),
    ("run", "runs__pk"),
    ("attendance", "pk"),
    ("registration", "registrations__pk"),
)


def _titles(organisation: Organisation, entries: list[Entry]) -> dict[tuple[str, int], str]:
    """Titles of the items, versions and runs that the lines are about, by the newest version."""
    found: dict[tuple[str, int], str] = {}
    for subject, path in _TITLED:
        ids = [entry.subject_id for entry in entries if entry.subject == subject]
        rows = organisation.items.filter(**{f"{path}__in": ids}).order_by("versions__number")
        found |= {(subject, pk): title for pk, title in rows.values_list(path, "versions__title")}
    about = [entry.subject_id or 0 for entry in entries if entry.subject == "credit_proposal"]
    corrections = corrections_at(organisation).filter(pk__in=about).select_related("entry__version")
    return found | {("credit_proposal", row.pk): _title_of(row) for row in corrections}


def _title_of(proposal: Proposal) -> str:
    entry = proposal.entry
    if entry is None:
        return proposal.title
    return entry.version.title if entry.version is not None else entry.title


def _line(entry: Entry, names: dict[int, str], title: str) -> Line:
    who = names.get(entry.actor_id or 0, "")
    if not who and entry.subject == "enrolment":
        who = str((Side.PORTAL if entry.actor_id is None else Side.SPECIALIST).label)
    elif not who:  # operators decide in the portal's name
        who = _("The applicant") if entry.actor_id is None else _("Operator of the portal")
    detail = " · ".join(part for part in (title, _detail(entry, names)) if part)
    return Line(entry=entry, who=who, what=str(ACTIONS.get(entry.action, entry.action)), detail=detail)


def _detail(entry: Entry, names: dict[int, str]) -> str:
    """Whom or what it was about: a name, a masked address, roles, the kind of a scan."""
    after, parts = entry.after, []
    if after.get("member") not in {None, entry.actor_id}:
        parts.append(names.get(after["member"], ""))
    parts.append(str(after.get("email", "")))
    parts.append(str(after.get("number", "")) if entry.subject == "enrolment" else "")
    if "roles" in after:
        parts.append(", ".join(str(StaffRole(role).label) for role in after["roles"] if role in StaffRole.values))
    what = str(after.get("what", ""))
    if what.startswith("scan "):
        kind = what.removeprefix("scan ")
        parts.append(str(DocumentKind(kind).label) if kind in DocumentKind.values else kind)
    elif what == "contacts":
        parts.append(_("contacts of the responsible person"))
    return " · ".join(part for part in parts if part)
