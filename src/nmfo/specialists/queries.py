"""Reading specialists' data. The owner is the first argument."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from foundation.db.rows import instances_of, part_of
from foundation.vault.cipher import blinds
from foundation.vault.lookup import by_index
from nmfo.accounts.models import Account
from nmfo.reference.models import Specialty
from nmfo.specialists.models import (
    Answer,
    Dispute,
    Document,
    ImportReport,
    RegisterPerson,
    RegisterRow,
    Specialist,
    Track,
)
from nmfo.specialists.rules import DisputeState

_BESIDE = "_specialist_beside"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    """A row of the register as its owner sees it, with their answer (empty: none yet)."""

    row: RegisterRow
    key: str
    answer: str
    dispute: Dispute | None


def specialist_of(account: Account) -> Specialist | None:
    """The specialist of an account."""
    return Specialist.objects.filter(account=account).first()


def remember(account: Account, specialist: Specialist | None) -> None:
    """Keep with an account what one statement has found beside it."""
    setattr(account, _BESIDE, specialist)
    if specialist is not None:
        specialist.account = account


def specialist_beside(account: Account) -> Specialist | None:
    """The specialist of the account that a session belongs to, as it was found with it."""
    if not hasattr(account, _BESIDE):  # a request's account is lazy: it has no __dict__ of its own
        remember(account, specialist_of(account))
    found: Specialist | None = getattr(account, _BESIDE)
    return found


def register_person_of(account: Account) -> RegisterPerson | None:
    """The person of the register who is certainly this one: СНИЛС, surname, first name and birth date all agree.

    СНИЛС alone proves nothing: it is no secret, and its control number misses typing errors (identity.md 4.8).
    """
    wanted = (_plain(account.surname), _plain(account.first_name), account.birth_date.isoformat())
    for person in by_index(RegisterPerson.objects.all(), "snils_index", account.snils, purpose="snils"):
        details = person.details
        found = (_plain(details["surname"]), _plain(details["first_name"]), details["birth_date"])
        if details["snils"] == account.snils and found == wanted:
            return person
    return None


def register_rows_of(specialist: Specialist) -> list[ShownRow]:
    """What the register says of a specialist, with their answers; nothing when it is not certainly them."""
    person = register_person_of(specialist.account)
    if person is None:
        return []
    answers = dict(Answer.objects.filter(specialist=specialist).values_list("row_key", "state"))
    disputes = {item.row_key: item for item in Dispute.objects.filter(specialist=specialist).order_by("opened_at")}
    return [
        ShownRow(row=row, key=key, answer=answers.get(key, ""), dispute=disputes.get(key))
        for row in person.rows.order_by("group", "-begins_on", "pk")
        for key in [row_key(person, row)]
    ]


def row_key(person: RegisterPerson, row: RegisterRow) -> str:
    """What a row is known by, across imports."""
    return f"{person.source_key}/{row.group}/{row.source_key}"[:120]


def documents_of(specialist: Specialist) -> QuerySet[Document]:
    """A specialist's documents, newest first, with how many scans each has."""
    rows = Document.objects.filter(specialist=specialist).select_related("specialty", "education_level")
    rows = rows.annotate(scan_count=Count("scans")).prefetch_related("scans")
    return rows.order_by("-issued_on", "-pk")


_DOCUMENTS = """
LEFT JOIN reference_specialty s ON s.id = t.specialty_id
WHERE t.specialist_id = %s ORDER BY t.issued_on DESC, t.id DESC LIMIT 100
"""


_DISPUTES = "EXISTS (SELECT FROM specialists_dispute x WHERE x.specialist_id = t.specialist_id AND x.state = 'open')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """A specialist's documents, the newest first, and disputes about what the register says of them."""

    documents: list[Document]
    disputes: list[Dispute]


def newest_papers_of(specialist: Specialist, *, disputes: int) -> Papers:
    """Documents without scans, a hundred at most, and open disputes: for a page that shows a few of them.

    One statement for nearly everybody: disputes are asked for when there are any.
    """
    found, disputed = [], True
    for row, (pk, name, any_open) in instances_of(
        Document, _DOCUMENTS, [specialist.pk], more=f"s.id, s.name, {_DISPUTES}"
    ):
        row.specialty, disputed = part_of(Specialty, ("id", "name"), (pk, name)), any_open
        found.append(row)
    return Papers(documents=found, disputes=open_disputes_of(specialist, most=disputes) if disputed else [])


def disputes_of(specialist: Specialist) -> QuerySet[Dispute]:
    """A specialist's disputes, newest first."""
    return Dispute.objects.filter(specialist=specialist).order_by("-opened_at")


def open_disputes_of(specialist: Specialist, *, most: int) -> list[Dispute]:
    """Those that wait for an operator."""
    return list(disputes_of(specialist).filter(state=DisputeState.OPEN)[:most])


def all_disputes() -> QuerySet[Dispute]:
    """Every dispute, for the operator: decided ones can be read."""
    return Dispute.objects.select_related("specialist__account", "decided_by")


def disputed_row_of(dispute: Dispute) -> RegisterRow | None:
    """The row of the register that a dispute is about; None when an import has taken it away meanwhile."""
    rows = register_rows_of(dispute.specialist)
    return next((shown.row for shown in rows if shown.key == dispute.row_key), None)


def open_disputes() -> QuerySet[Dispute]:
    """Disputes that wait for an operator, the oldest first."""
    rows = Dispute.objects.filter(state=DisputeState.OPEN).select_related("specialist__account")
    return rows.order_by("opened_at")


def decided_disputes(since: dt.datetime) -> QuerySet[Dispute]:
    """What was decided since a moment."""
    return Dispute.objects.filter(decided_at__gte=since)


def import_reports() -> QuerySet[ImportReport]:
    """Imports of the register, newest first."""
    return ImportReport.objects.order_by("-started_at")


def _plain(text: str) -> str:
    return " ".join(str(text).lower().replace("ё", "е").split())


def levels_of(specialist: Specialist) -> Iterable[str]:
    """The levels of education the specialist works with."""
    return list(specialist.tracks.order_by("level").values_list("level", flat=True))


def levels_practised_by(account: Account) -> list[str]:
    """The same of an account; none of whoever is no specialist."""
    return list(Track.objects.filter(specialist__account=account).order_by("level").values_list("level", flat=True))


def practised_by(account: Account) -> frozenset[int]:
    """The specialties that an account's documents name, as the documents name them."""
    rows = Document.objects.filter(specialist__account=account, specialty__isnull=False)
    return frozenset(rows.values_list("specialty_id", flat=True))


def register_marks_of(accounts: Iterable[Account]) -> dict[int, str]:
    """How the register knows each account: «match», «other» (the СНИЛС is there under another name or date), «none».

    One statement for many, so that a list costs the same for one and for thirty.
    """
    wanted = list(accounts)
    indexes = [index for one in wanted for index in blinds(one.snils, purpose="snils")]
    people = [person.details for person in RegisterPerson.objects.filter(snils_index__in=indexes)]
    marks = {}
    for one in wanted:
        theirs = [details for details in people if details["snils"] == one.snils]
        named = (_plain(one.surname), _plain(one.first_name), one.birth_date.isoformat())
        same = any((_plain(it["surname"]), _plain(it["first_name"]), it["birth_date"]) == named for it in theirs)
        marks[one.pk] = "match" if same else "other" if theirs else "none"
    return marks
