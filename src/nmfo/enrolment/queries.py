"""Reading applications. The owner is the first argument: a specialist, or an organisation, which sees no drafts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Count, F, Min, Prefetch, Q, QuerySet
from django.db.models.expressions import OrderBy

from foundation.db.rows import joined_of, rows_of
from foundation.errors import Refused
from foundation.files.models import StoredFile
from foundation.identifiers import snils
from foundation.vault.cipher import blinds
from nmfo.accounts.models import Account
from nmfo.accounts.queries import called
from nmfo.catalogue.models import Run, Version
from nmfo.catalogue.rules.words import ItemState, RunState
from nmfo.enrolment.models import (
    Application,
    ApplicationDocument,
    ApplicationStep,
    Attendance,
    Completion,
    EducationalCertificate,
    EnrolmentOrder,
    FrdoRecord,
    Message,
)
from nmfo.enrolment.rules import ATTENDING, ENDS, LIVE, TABS, CertificateState, State, application_in
from nmfo.organisations.models import Organisation
from nmfo.organisations.rules import LicenceState
from nmfo.reference.models import Specialty
from nmfo.specialists.models import Document, Specialist
from nmfo.specialists.queries import levels_of, practised_by
from nmfo.specialists.rules import DocumentKind as PaperKind

_WITH = ("specialist__account", "run__region", "version", "item__organisation", "specialty", "order")
_MOST_CHOICES = 200
# How an inbox may be ordered: what has no term comes last either way.
SORTS: Mapping[str, tuple[str | OrderBy, ...]] = {
    "due": (F("due_on").asc(nulls_last=True), "pk"),
    "-due": (F("due_on").desc(nulls_last=True), "-pk"),
    "name": ("specialist__account__surname", "specialist__account__first_name", "pk"),
    "sent": ("-submitted_at", "-pk"),
}


def applications_of(specialist: Specialist) -> QuerySet[Application]:
    """A specialist's applications, the open ones first, then the last touched."""
    rows = Application.objects.filter(specialist=specialist).select_related(*_WITH)
    return rows.alias(is_over=Q(state__in=ENDS)).order_by("is_over", "-updated_at", "-pk")


class Underway(NamedTuple):
    """An application that is not over, as the first page needs it."""

    pk: int
    state: str
    due_on: dt.date | None
    offered_until: dt.datetime | None
    title: str
    begins_on: dt.date
    apply_until_on: dt.date
    takes_applications: bool  # by its run's state; until which day is another question


_UNDERWAY = """
SELECT a.id, a.state, a.due_on, a.offered_until, v.title, r.begins_on, r.apply_until_on, r.state = 'open'
FROM enrolment_application a
JOIN catalogue_version v ON v.id = a.version_id
JOIN catalogue_run r ON r.id = a.run_id
WHERE a.specialist_id = %s AND a.state <> ALL(%s)
ORDER BY a.updated_at DESC, a.id DESC LIMIT %s
"""


def underway_of(specialist: Specialist, *, most: int) -> list[Underway]:
    """A specialist's open applications, the last touched first: by one statement written by hand, as many ask it."""
    return [Underway(*row) for row in rows_of(_UNDERWAY, [specialist.pk, [str(one) for one in ENDS], most])]


def open_application_of(specialist: Specialist, item_id: int) -> Application | None:
    """The one open application of a specialist for a programme."""
    return Application.objects.filter(specialist=specialist, item_id=item_id).exclude(state__in=ENDS).first()


def own_open_application(account: Account, item_id: int) -> Application | None:
    """The one open application of whoever has this account for a programme, with its run; drafts too."""
    rows = Application.objects.filter(specialist__account=account, item_id=item_id).exclude(state__in=ENDS)
    return rows.select_related("run").first()


def documents_of(application: Application) -> QuerySet[ApplicationDocument]:
    """What is enclosed, in order."""
    return ApplicationDocument.objects.filter(application=application).select_related("file").order_by("pk")


def steps_of(application: Application) -> QuerySet[ApplicationStep]:
    """The history, the last first."""
    return ApplicationStep.objects.filter(application=application).select_related("by", "said").order_by("-pk")


def messages_of(application: Application) -> QuerySet[Message]:
    """What was said, the last first."""
    return Message.objects.filter(application=application).select_related("author").order_by("-pk")


def completion_of(application: Application) -> Completion | None:
    """The result, once it is entered; the last one when others were taken back."""
    return Completion.objects.filter(application=application).order_by("-attempt").first()


_PAPERS = """
LEFT JOIN enrolment_frdorecord o ON o.completion_id = t.id
WHERE t.specialist_id = %s AND t.application_id = ANY(%s)
"""


def papers_of(specialist: Specialist, origins: Iterable[str]) -> dict[str, Completion]:
    """The documents that entries of a specialist's ledger were posted for, by the entries' origins. One statement."""
    keys = {origin: application_in(origin) for origin in origins}
    wanted, found = [pk for pk, _attempt in keys.values() if pk], {}
    if not wanted:
        return {}
    for row, frdo in joined_of({"t": Completion, "o": FrdoRecord}, _PAPERS, [specialist.pk, wanted]):
        Completion._meta.get_field("frdo").set_cached_value(row, frdo)
        found[row.application_id, row.attempt] = row
    return {origin: found[key] for origin, key in keys.items() if key in found}


def place_of(application: Application) -> int:
    """The place in the waiting list, from 1; of who is not in it, the place they would get."""
    ahead = Application.objects.filter(run=application.run_id, state=State.WAITING)
    if application.state == State.WAITING:
        ahead = ahead.filter(
            Q(waiting_since__lt=application.waiting_since)
            | Q(waiting_since=application.waiting_since, pk__lt=application.pk)
        )
    return ahead.count() + 1


def waiting_for(run_id: int) -> QuerySet[Application]:
    """Those who wait for a seat of a run, in their order."""
    return Application.objects.filter(run=run_id, state=State.WAITING).order_by("waiting_since", "pk")


def runs_to_apply_for(item_id: int, today: dt.date) -> QuerySet[Run]:
    """Runs of a programme that take applications; full ones too until they begin: there one may wait."""
    rows = Run.objects.filter(item_id=item_id, state=RunState.OPEN, apply_until_on__gte=today)
    rows = rows.exclude(seats__isnull=False, taken__gte=F("seats"), begins_on__lte=today)
    rows = rows.filter(item__state=ItemState.PUBLISHED, item__organisation__licence_state=LicenceState.VALID)
    return rows.select_related("region", "version", "item__organisation").order_by("begins_on", "pk")


def run_to_apply_for(pk: int) -> Run | None:
    """A run with its programme, of the catalogue; whether it takes applications is another question."""
    rows = Run.objects.filter(pk=pk).exclude(item__state=ItemState.DRAFT)
    return rows.select_related("region", "version", "item__organisation").first()


# The organisation's side


def received_by(organisation: Organisation) -> QuerySet[Application]:
    """What an organisation has received; drafts are the specialist's own business."""
    rows = Application.objects.filter(organisation=organisation, state__in=LIVE)
    return rows.select_related(*_WITH, "specialist__account__region")


def inbox_of(
    organisation: Organisation,
    *,
    tab: str,
    query: str = "",
    run: int | None = None,
    item: int | None = None,
    basis: str = "",
    sort: str = "",
) -> QuerySet[Application]:
    """The list of a tab in one of SORTS; without one, what is due first on top. A query looks through all tabs."""
    rows = received_by(organisation)
    rows = _found(rows, query) if query else rows.filter(state__in=TABS[tab])
    if run is not None:
        rows = rows.filter(run_id=run)
    if item is not None:
        rows = rows.filter(item_id=item)
    if basis:
        rows = rows.filter(basis=basis)
    if sort in SORTS:
        return rows.order_by(*SORTS[sort])
    order = {"waiting": ("waiting_since", "pk"), "closed": ("-updated_at", "-pk"), "done": ("-updated_at", "-pk")}
    return rows.order_by(*order.get(tab, ("due_on", "pk")))


def _found(rows: QuerySet[Application], query: str) -> QuerySet[Application]:
    """By the number, the СНИЛС in any writing, or the beginnings of the surname and of the other names."""
    digits = query.replace("-", "").replace(" ", "")
    if digits.isascii() and digits.isdigit():
        try:
            indexes = blinds(snils.parse(query), purpose="snils")
        except Refused:
            return rows.filter(number__endswith=query.strip())
        return rows.filter(specialist__account__snils_index__in=indexes)
    return rows.filter(specialist__account__in=called(Account.objects.all(), query))


def counts_of_tabs(
    organisation: Organisation, run: int | None = None, *, item: int | None = None, basis: str = ""
) -> Mapping[str, int]:
    """How many stand in each tab, of all or of those that a filter of the inbox leaves: one statement."""
    rows = Application.objects.filter(organisation=organisation, state__in=LIVE).order_by()
    if run is not None:
        rows = rows.filter(run_id=run)
    if item is not None:
        rows = rows.filter(item_id=item)
    if basis:
        rows = rows.filter(basis=basis)
    by_state = dict(rows.values_list("state").annotate(n=Count("pk")))
    return {tab: sum(by_state.get(state, 0) for state in states) for tab, states in TABS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPeople:
    """Whom the end of a run concerns: how many have applied, are enrolled, wait for a seat; results are another thing.

    Drafts are nobody's business but their own.
    """

    applied: int
    enrolled: int
    waiting: int
    have_results: bool

    @property
    def any(self) -> bool:
        """Whether it concerns somebody."""
        return bool(self.applied or self.enrolled or self.waiting)


def people_of_run(organisation: Organisation, run_id: int) -> RunPeople:
    """Those of one run of an organisation: one statement."""
    n = counts_of_tabs(organisation, run_id)
    return RunPeople(
        applied=n["new"] + n["returned"] + n["basis"],
        enrolled=n["enrolled"],
        waiting=n["waiting"],
        have_results=n["done"] > 0,
    )


def overdue_of(organisation: Organisation, today: dt.date) -> QuerySet[Application]:
    """What waits for the organisation's answer beyond its term."""
    return received_by(organisation).filter(state__in=TABS["new"], due_on__lt=today).order_by("due_on", "pk")


def runs_with_applications(organisation: Organisation) -> list[Run]:
    """Runs that somebody has applied for, the nearest first, for the filter."""
    ids = Application.objects.filter(organisation=organisation, state__in=LIVE).values("run")
    return list(Run.objects.filter(pk__in=ids).select_related("version").order_by("-begins_on", "-pk")[:_MOST_CHOICES])


def group_of(organisation: Organisation, run: Run) -> QuerySet[Application]:
    """Those of a run who are to be enrolled, learn, or have learnt, by surname."""
    states = [
        State.APPROVED,
        State.CONFIRMED,
        State.ENROLLED,
        State.COMPLETED,
        State.CREDITED,
        State.REVERSED,
        State.EXPELLED,
    ]
    results = Prefetch("completions", Completion.objects.order_by("-attempt"))  # the last attempt first
    rows = received_by(organisation).filter(run=run, state__in=states).prefetch_related(results)
    return rows.order_by("specialist__account__surname", "specialist__account__first_name", "pk")


def attendees_of(organisation: Organisation, run: Run) -> QuerySet[Application]:
    """Those of a run of whom it is marked who was there, by surname."""
    rows = received_by(organisation).filter(run=run, state__in=ATTENDING)
    return rows.order_by("specialist__account__surname", "specialist__account__first_name", "pk")


def attendance_of(application: Application) -> list[Attendance]:
    """The days of classes that were marked for a listener, in order."""
    return list(Attendance.objects.filter(application=application).order_by("day"))


def attendance_on(run: Run, day: dt.date) -> dict[int, bool]:
    """What is marked for a day of a run, by application."""
    rows = Attendance.objects.filter(application__run=run, day=day)
    return dict(rows.values_list("application_id", "was_there"))


def days_marked(run: Run) -> list[tuple[dt.date, int, int]]:
    """The days of a run with marks: how many were there, how many are marked."""
    rows = Attendance.objects.filter(application__run=run).values("day").order_by("day")
    counted = rows.annotate(there=Count("pk", filter=Q(was_there=True)), marked=Count("pk"))
    return [(row["day"], row["there"], row["marked"]) for row in counted]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attended:
    """On how many days a listener was there, of those that are marked for them."""

    there: int
    marked: int

    @property
    def is_doubtful(self) -> bool:
        """Whether who completes this listener should look again: nobody has seen them at a class."""
        return self.there == 0


def attended_of(applications: Iterable[int]) -> dict[int, Attended]:
    """The same figures of many; who has no marks is not there. One statement."""
    rows = Attendance.objects.filter(application__in=list(applications)).values("application_id").order_by()
    counted = rows.annotate(there=Count("pk", filter=Q(was_there=True)), marked=Count("pk"))
    return {row["application_id"]: Attended(there=row["there"], marked=row["marked"]) for row in counted}


def marks_of_group(run: Run) -> dict[tuple[int, dt.date], bool]:
    """Every mark of a run, by application and day: one statement."""
    rows = Attendance.objects.filter(application__run=run)
    return {(pk, day): there for pk, day, there in rows.values_list("application_id", "day", "was_there")}


def orders_of(organisation: Organisation) -> QuerySet[EnrolmentOrder]:
    """Orders of enrolment, the newest first."""
    rows = EnrolmentOrder.objects.filter(organisation=organisation).select_related("run__version", "by")
    return rows.order_by("-issued_on", "-pk")


def certificates_of(specialist: Specialist) -> QuerySet[EducationalCertificate]:
    """A specialist's educational certificates, the last touched first."""
    rows = EducationalCertificate.objects.filter(specialist=specialist)
    return rows.prefetch_related("steps").order_by("-updated_at", "-pk")


def free_certificates_of(specialist: Specialist, today: dt.date) -> list[EducationalCertificate]:
    """Those that can pay for a run now."""
    rows = EducationalCertificate.objects.filter(specialist=specialist, state=CertificateState.ISSUED)
    return list(rows.filter(Q(valid_until_on=None) | Q(valid_until_on__gte=today)).order_by("pk"))


def kept_of(specialist: Specialist) -> list[dict[str, object]]:
    """What the portal keeps of a specialist's applications, for their export."""
    rows = applications_of(specialist).prefetch_related("messages", "documents__file", "completions", "attendance")
    return [
        {
            "number": row.number,
            "programme": row.version.title,
            "organisation": row.item.organisation.name,
            "state": row.state,
            "basis": row.basis,
            "basis_number": row.basis_number,
            "comment": row.comment,
            "submitted_at": str(row.submitted_at or ""),
            "attendance": [
                {"day": str(one.day), "was_there": one.was_there}
                for one in sorted(row.attendance.all(), key=lambda one: one.day)
            ],
            "documents": [one.file.name for one in row.documents.all()],
            "messages": [{"side": one.side, "at": str(one.at), "text": one.text} for one in row.messages.all()],
            "completion": [
                {
                    "series": one.series,
                    "number": one.number,
                    "issued_on": str(one.issued_on),
                    "taken_back_at": str(one.taken_back_at or ""),
                }
                for one in row.completions.all()
            ],
        }
        for row in rows
    ]


def enclosed_by(specialist: Specialist) -> Iterator[tuple[str, StoredFile]]:
    """Files that a specialist has enclosed with applications, each with its name in their export."""
    rows = ApplicationDocument.objects.filter(specialist=specialist).select_related("application", "file")
    for row in rows.order_by("application_id", "pk"):
        yield f"applications/{row.application.number or 'draft'}/{row.pk}-{row.file.name}", row.file


def specialties_for(specialist: Specialist, version: Version) -> list[tuple[Specialty, bool]]:
    """Specialties to learn for, each with whether the programme is for it: those of own documents, fitting ones first.

    Who has no document that names one chooses among the programme's of the levels of education they work with.
    """
    taught = list(
        Specialty.objects.filter(versionspecialty__version=version).order_by("-versionspecialty__is_main", "name")
    )
    ids = {one.pk for one in taught}
    names = {(one.name, one.level) for one in taught}  # a list of another year may name it under another key
    own = Specialty.objects.filter(pk__in=practised_by(specialist.account)).order_by("name", "valid_from_on", "pk")
    once = {(one.name, one.level): one for one in own}  # of two lists with one name the newer, of these the taught one
    once |= {(one.name, one.level): one for one in own if one.pk in ids}
    found = [(one, one.pk in ids or (one.name, one.level) in names) for one in once.values()]
    if found:
        return sorted(found, key=lambda pair: not pair[1])
    levels = set(levels_of(specialist))
    fitting = [one for one in taught if one.level in levels] if levels else taught
    return [(one, True) for one in fitting or taught]


def has_document_of(specialist: Specialist, specialty: Specialty | None = None) -> bool:
    """Whether a document of this specialist names a specialty: this one, of whichever list, or any at all."""
    own = practised_by(specialist.account)
    if specialty is None:
        return bool(own)
    return Specialty.objects.filter(pk__in=own, name=specialty.name, level=specialty.level).exists()


def runs_of_listeners(organisation: Organisation) -> QuerySet[Run]:
    """The runs of an organisation, for the pages of their groups."""
    rows = Run.objects.filter(item__organisation=organisation)
    return rows.select_related("version", "region", "item__organisation")


def runs_without_results(organisation: Organisation, today: dt.date) -> list[tuple[Run, int]]:
    """Runs that are over with listeners who have no result yet, and how many; what is due first on top."""
    rows = Application.objects.filter(organisation=organisation, state=State.ENROLLED, run__ends_on__lt=today)
    counts = dict(rows.order_by().values_list("run").annotate(n=Count("pk")))
    runs = Run.objects.filter(pk__in=counts).select_related("version").order_by("ends_on", "pk")
    return [(run, counts[run.pk]) for run in runs]


def completions_of(
    organisation: Organisation, *, since: dt.date | None = None, until: dt.date | None = None, run: int | None = None
) -> QuerySet[Completion]:
    """Documents that an organisation has issued, the newest first; days of issue are inclusive. None taken back."""
    rows = Completion.objects.filter(organisation=organisation, taken_back_at=None).select_related(
        "application__specialist__account__citizenship",
        "application__version",
        "application__run",
        "application__specialty",
        "frdo",
    )
    if since is not None:
        rows = rows.filter(issued_on__gte=since)
    if until is not None:
        rows = rows.filter(issued_on__lte=until)
    if run is not None:
        rows = rows.filter(application__run_id=run)
    return rows.order_by("-issued_on", "-pk")


def still_in_frdo(organisation: Organisation) -> QuerySet[Completion]:
    """Documents that were taken back and that the organisation had noted as entered in ФИС ФРДО: there they stand."""
    rows = Completion.objects.filter(organisation=organisation, taken_back_at__isnull=False, frdo__isnull=False)
    rows = rows.select_related("application__specialist__account", "application__version", "frdo")
    return rows.order_by("taken_back_at", "pk")


@dataclass(frozen=True, slots=True, kw_only=True)
class FrdoLeft:
    """How many documents an organisation has still to note as entered in ФИС ФРДО, since when, and to recall there."""

    to_note: int
    since: dt.date | None
    to_recall: int


def frdo_left(organisation: Organisation) -> FrdoLeft:
    """What is to be done in ФИС ФРДО: one statement."""
    new = Q(taken_back_at=None, frdo=None)
    found = Completion.objects.filter(organisation=organisation).aggregate(
        to_note=Count("pk", filter=new),
        since=Min("issued_on", filter=new),
        to_recall=Count("pk", filter=Q(taken_back_at__isnull=False, frdo__isnull=False)),
    )
    return FrdoLeft(**found)


def results_to_correct(organisation: Organisation, since: dt.datetime) -> QuerySet[Application]:
    """Applications whose result was taken back since a moment and has no corrected one, the longest waiting first."""
    rows = Application.objects.filter(organisation=organisation, state=State.REVERSED, updated_at__gte=since)
    return rows.select_related("version").order_by("updated_at", "pk")


def diplomas_of(specialists: Iterable[int]) -> dict[int, Document]:
    """The newest document of education of each specialist who has one: one statement."""
    rows = Document.objects.filter(specialist__in=list(specialists), kind=PaperKind.EDUCATION)
    rows = rows.select_related("education_level")
    return {row.specialist_id: row for row in rows.order_by("issued_on", "pk")}


def papers_kept_of(specialist: Specialist) -> list[dict[str, object]]:
    """The same of educational certificates."""
    return [
        {
            "employer": row.employer,
            "state": row.state,
            "number": row.number,
            "amount_rub": row.amount_rub,
            "issued_on": str(row.issued_on or ""),
            "valid_until_on": str(row.valid_until_on or ""),
        }
        for row in certificates_of(specialist)
    ]
