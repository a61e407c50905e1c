"""Reading organisations. The owner or the viewer is the first argument."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Value
from django.db.models.functions import Lower, Replace

from foundation.audit.queries import entries_about
from foundation.signin import secrets
from foundation.signin.models import OneTimeSecret
from nmfo.accounts.models import Account
from nmfo.organisations.models import (
    ApplicationDocument,
    ApplicationMessage,
    ApplicationStep,
    CabinetApplication,
    Invitation,
    Member,
    Organisation,
)
from nmfo.organisations.rules import WAITING, ApplicationState, Side
from nmfo.reference.models import Region

# What a scanner or a person types of a number: ОРГ-000123, ORG-000123, the same on the other keyboard, or digits only.
_NUMBER = re.compile(r"(?:ОРГ|ORG|ЩКП|JHU)?[-‐–— ]?0*([0-9]{1,8})", re.IGNORECASE)
_INN_DIGITS = 10


def memberships_of(account: Account) -> QuerySet[Member]:
    """Where somebody works now, the first joined first."""
    rows = Member.objects.filter(account=account, left_at=None).select_related("organisation__region")
    return rows.order_by("joined_at", "pk")


def all_memberships_of(account: Account) -> QuerySet[Member]:
    """Where somebody works or worked, the first joined first."""
    return Member.objects.filter(account=account).select_related("organisation").order_by("joined_at", "pk")


def memberships_at(account: Account, organisation_id: int) -> QuerySet[Member]:
    """Somebody's work in one organisation, now or formerly."""
    return Member.objects.filter(account=account, organisation=organisation_id)


def own_memberships(account: Account) -> list[dict[str, object]]:
    """The same as plain values, for the person to take along (P7)."""
    return [
        {
            "organisation": row.organisation.name,
            "inn": row.organisation.inn,
            "roles": list(row.roles),
            "post": row.post,
            "since": row.joined_at.isoformat(),
            "until": row.left_at.isoformat() if row.left_at else None,
        }
        for row in all_memberships_of(account)
    ]


def members_of(organisation: Organisation) -> QuerySet[Member]:
    """Who works in an organisation's cabinet now, by name."""
    rows = Member.objects.filter(organisation=organisation, left_at=None).select_related("account")
    return rows.order_by("account__surname", "account__first_name", "pk")


def everybody_of(organisation: Organisation) -> set[int]:
    """Accounts of all who work or worked in an organisation's cabinet."""
    return set(Member.objects.filter(organisation=organisation).values_list("account_id", flat=True))


def invitations_of(organisation: Organisation) -> QuerySet[Invitation]:
    """Invitations that nobody has accepted or withdrawn, the newest first; those that are over among them."""
    rows = Invitation.objects.filter(organisation=organisation, accepted_at=None, withdrawn_at=None)
    return rows.select_related("invited_by").order_by("-created_at", "-pk")


def first_invitation_of(application: CabinetApplication) -> Invitation | None:
    """The invitation of the responsible person that the opening of the cabinet sent."""
    rows = Invitation.objects.filter(organisation_id=application.organisation_id or 0, invited_by=None)
    return rows.order_by("created_at", "pk").first()


# Applications for their applicants


def application_by_token(token: str, now: dt.datetime) -> CabinetApplication | None:
    """The application that the secret of an address opens: that of its first page, or of a letter about it."""
    digest = secrets.digest_of(secrets.Purpose.APPLICATION, token)
    links = OneTimeSecret.objects.filter(
        purpose=secrets.Purpose.APPLICATION, digest=digest, used_at=None, expires_at__gt=now
    )
    rows = CabinetApplication.objects.select_related("region", "organisation")
    return rows.filter(Q(token_digest=digest) | Q(pk__in=links.values("subject_id"))).first()


def documents_of(application: CabinetApplication) -> QuerySet[ApplicationDocument]:
    """The scans that count now."""
    rows = ApplicationDocument.objects.filter(application=application, replaced_at=None)
    return rows.select_related("file").order_by("pk")


def document_of(application: CabinetApplication, kind: str) -> ApplicationDocument | None:
    """The scan of a kind that counts now."""
    return documents_of(application).filter(kind=kind).first()


def messages_of(application: CabinetApplication) -> QuerySet[ApplicationMessage]:
    """Questions, remarks and answers, the oldest first."""
    return ApplicationMessage.objects.filter(application=application).select_related("author").order_by("at", "pk")


def open_remarks_of(application: CabinetApplication) -> QuerySet[ApplicationMessage]:
    """What the operator wants corrected and has not taken back, the oldest first."""
    rows = ApplicationMessage.objects.filter(application=application, side=Side.OPERATOR, settled_at=None)
    return rows.exclude(field="").order_by("at", "pk")


def replaced_documents_of(application: CabinetApplication) -> QuerySet[ApplicationDocument]:
    """Scans that newer ones stand in front of, the last first."""
    rows = ApplicationDocument.objects.filter(application=application, replaced_at__isnull=False)
    return rows.select_related("file").order_by("-replaced_at", "-pk")


def corrections_of(application: CabinetApplication) -> dict[str, str | None]:
    """Fields that the applicant has changed since the last return, with what stood there before.

    None: a person's data, whose former value is not kept.
    """
    actions = ["application.returned", "application.changed"]
    found: dict[str, str | None] = {}
    for entry in entries_about([("application", [application.pk])]).filter(action__in=actions).order_by("id"):
        if entry.action == "application.returned":
            found = {}
        for name in entry.after.get("fields", []):
            found.setdefault("region" if name == "region_id" else name, entry.before.get(name))
    return found


def steps_of(application: CabinetApplication) -> QuerySet[ApplicationStep]:
    """The history, the last first."""
    return ApplicationStep.objects.filter(application=application).select_related("by").order_by("-at", "-pk")


# Applications for operators


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A part of the operator's list."""

    name: str
    states: tuple[str, ...]


_S = ApplicationState
TABS = (
    Tab(name="waiting", states=(_S.SUBMITTED, _S.REVIEW)),
    Tab(name="returned", states=(_S.RETURNED,)),
    Tab(name="opened", states=(_S.OPENED,)),
    Tab(name="refused", states=(_S.REFUSED,)),
    Tab(name="withdrawn", states=(_S.WITHDRAWN,)),
)


def submitted_applications() -> QuerySet[CabinetApplication]:
    """Everything that was ever submitted: what operators may see. Drafts are their applicants' own."""
    rows = CabinetApplication.objects.exclude(number="")
    return rows.select_related("region", "taken_by", "approved_by", "decided_by", "organisation")


def applications_in(tab: Tab) -> QuerySet[CabinetApplication]:
    """A part of the list: what waits by its last day, so that the overdue come first; the rest by the last change."""
    rows = submitted_applications().filter(state__in=tab.states)
    return rows.order_by("due_on", "pk") if tab.name == "waiting" else rows.order_by("-updated_at", "-pk")


def applications_free_for(operator: Account) -> QuerySet[CabinetApplication]:
    """What waits and nobody else has taken: new ones, one's own, and those that want a second approval."""
    free = Q(taken_by=None) | Q(taken_by=operator) | Q(approved_by__isnull=False)
    return applications_in(TABS[0]).filter(free).exclude(approved_by=operator)


def count_applications() -> dict[str, int]:
    """How many applications stand in each part of the list."""
    rows = CabinetApplication.objects.exclude(number="").values("state").annotate(n=Count("pk")).order_by("state")
    counted = {row["state"]: row["n"] for row in rows}
    return {tab.name: sum(counted.get(state, 0) for state in tab.states) for tab in TABS}


def overdue_applications(today: dt.date) -> QuerySet[CabinetApplication]:
    """What the operator is late with."""
    return CabinetApplication.objects.filter(state__in=WAITING, due_on__lt=today)


def decided_applications(since: dt.datetime) -> QuerySet[CabinetApplication]:
    """What was decided since a moment."""
    return CabinetApplication.objects.filter(decided_at__gte=since)


def find_applications(query: str) -> QuerySet[CabinetApplication]:
    """By number (typed, or read by a scanner from the cover sheet), by ИНН, or by a part of the name."""
    rows = submitted_applications().order_by("-updated_at", "-pk")
    number = number_typed(query)
    if number:
        return rows.filter(number=number)
    bare = "".join(query.split())
    if bare.isascii() and bare.isdigit() and len(bare) == _INN_DIGITS:
        return rows.filter(inn=bare)
    text = _plain_text(query)
    named = rows.alias(name_plain=_plain("name"), short_plain=_plain("short_name"))
    return named.filter(Q(name_plain__contains=text) | Q(short_plain__contains=text))


def number_typed(query: str) -> str:
    """The number of an application in its one writing, or nothing when something else was typed."""
    found = _NUMBER.fullmatch(query.strip())
    return f"ОРГ-{int(found[1]):06d}" if found and int(found[1]) else ""


# The public register


def organisations_found(*, query: str = "", region: str = "", kind: str = "") -> QuerySet[Organisation]:
    """Organisations by a part of the name or the whole ИНН, region and kind, in dictionary order."""
    rows = Organisation.objects.select_related("region")
    if region:
        rows = rows.filter(region_id=region)
    if kind:
        rows = rows.filter(kind=kind)
    bare = "".join(query.split())
    if bare.isascii() and bare.isdigit() and len(bare) == _INN_DIGITS:
        rows = rows.filter(inn=bare)
    elif query.strip():
        text = _plain_text(query)
        rows = rows.alias(name_plain=_plain("name"), short_plain=_plain("short_name"))
        rows = rows.filter(Q(name_plain__contains=text) | Q(short_plain__contains=text))
    return rows.order_by(_plain("short_name"), "pk")


def neighbours_of(region: Region) -> QuerySet[Organisation]:
    """Organisations of the same federal district, for a region that has none of its own."""
    rows = Organisation.objects.filter(region__district=region.district).select_related("region")
    return rows.order_by("region__name", _plain("short_name"), "pk")


def all_organisations() -> QuerySet[Organisation]:
    """Every organisation: the register is public."""
    return Organisation.objects.select_related("region")


def _plain(column: str) -> Replace:
    return Replace(Lower(column), Value("ё"), Value("е"))


def _plain_text(text: str) -> str:
    return " ".join(text.lower().replace("ё", "е").split())
