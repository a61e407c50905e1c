"""What an applicant does with an application for a cabinet (R-192..R-204).

The applicant has no account: whoever holds the address of the application, with its secret, is the applicant. Views
find the application by that secret; operations take its id.
"""

from __future__ import annotations

import datetime as dt
import secrets as randomness
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation.audit.operations import record
from foundation.db.refusals import refuses
from foundation.errors import Refused
from foundation.files.operations import SCANS, Upload, drop_file, keep_file, read_file
from foundation.identifiers import email as addresses
from foundation.mail.models import Letter
from foundation.mail.operations import put_letter
from foundation.runtime.facts import RequestFacts
from foundation.signin import secrets, throttle
from foundation.vault.cipher import blind
from nmfo.accounts.queries import current_version
from nmfo.accounts.rules import AgreementKind
from nmfo.organisations.models import (
    ApplicationDocument,
    ApplicationMessage,
    ApplicationStep,
    CabinetApplication,
    Organisation,
)
from nmfo.organisations.queries import documents_of
from nmfo.organisations.rules import (
    HANDED_IN,
    LINK_DAYS,
    OPEN,
    OPTIONAL,
    WAITING,
    ApplicationState,
    CabinetExists,
    ChangedElsewhere,
    DocumentKind,
    Field,
    Incomplete,
    OgrnTaken,
    Side,
    StateMoved,
    UnderWay,
    What,
    check_editable,
    check_licence,
    check_move,
    due_after_return,
    due_on,
    missing_documents,
)

PER_NETWORK_HOUR = 10
LETTERS_PER_DRAFT = 5
_UNIQUE = {
    "organisations_one_open_application_of_an_inn": UnderWay,
}


class TooManyApplications(Refused):
    message = _("There were many applications from your network within an hour. Try again in an hour.")


class TooManyAddresses(Refused):
    message = _("The e-mail was changed many times. Wait until tomorrow or write to support.")
    field = "person_email"


class MessageUnknown(Refused):
    message = _("There is no such question any more. Look at the page anew.")
    field = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationFacts:
    """What the first step asks; checked numbers in their one writing. Empty where nothing was typed yet."""

    name: str = ""
    short_name: str = ""
    kind: str = ""
    inn: str = ""
    ogrn: str = ""
    region_id: str | None = None
    address: str = ""
    site: str = ""
    licence_number: str = ""
    licence_issued_on: dt.date | None = None
    licence_until_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFacts:
    """What the second step asks: the responsible person, with an address of mail and an E.164 phone."""

    person_surname: str = ""
    person_first_name: str = ""
    person_patronymic: str = ""
    person_post: str = ""
    person_email: str = ""
    person_phone: str = ""


def begin_application(
    *, organisation: OrganisationFacts, language: str, facts: RequestFacts, now: dt.datetime
) -> tuple[CabinetApplication, str]:
    """Make a draft. Returns it with the secret of its address, which is kept nowhere but in the browser.

    Raises TooManyApplications and the refusals of `save_organisation`.
    """
    counted = throttle.reserve(f"apply:{facts.network}", limit=PER_NETWORK_HOUR, window_s=3600, lock_s=3600, now=now)
    if not counted.allowed:
        raise TooManyApplications
    with transaction.atomic():
        _check_organisation(organisation, now, own_id=0)
        return _new_draft(organisation, None, language, facts, now)


def _new_draft(
    organisation: OrganisationFacts,
    previous: CabinetApplication | None,
    language: str,
    facts: RequestFacts,
    now: dt.datetime,
) -> tuple[CabinetApplication, str]:
    token = randomness.token_urlsafe(32)
    row = CabinetApplication(
        token_digest=secrets.digest_of(secrets.Purpose.APPLICATION, token),
        person_email="",
        person_email_index=b"",
        person_phone="",
        language=language,
        previous=previous,
        created_at=now,
        updated_at=now,
        **asdict(organisation),
    )
    row.save(force_insert=True)
    _record(row, "application.begun", facts)
    return row, token


@transaction.atomic
def save_organisation(
    *, application_id: int, organisation: OrganisationFacts, revision: int, facts: RequestFacts, now: dt.datetime
) -> CabinetApplication:
    """Keep the first step, complete or not.

    Raises NotEditable, ChangedElsewhere when `revision` is not the last one, CabinetExists, OgrnTaken, UnderWay, and
    the refusals about the licence's dates.
    """
    row = _lock_editable(application_id, revision)
    _check_organisation(organisation, now, own_id=row.pk)
    _save(row, asdict(organisation), facts, now)
    return row


@transaction.atomic
def save_person(
    *, application_id: int, person: PersonFacts, revision: int, token: str, facts: RequestFacts, now: dt.datetime
) -> CabinetApplication:
    """Keep the second step, complete or not. A new e-mail gets a link to go on; links sent to the former one die.

    `token` is the secret of the address in use: it lives on, whichever letter it came by.

    Raises NotEditable, ChangedElsewhere, TooManyAddresses.
    """
    row = _lock_editable(application_id, revision)
    values: dict[str, Any] = asdict(person)
    moved = addresses.key(person.person_email) != addresses.key(row.person_email)
    if moved:
        key = addresses.key(person.person_email)
        values["person_email_index"] = blind(key, purpose="email") if key else b""
    _save(row, values, facts, now)
    if moved:
        _write_first_link(row, token, now)
    return row


def _check_organisation(organisation: OrganisationFacts, now: dt.datetime, *, own_id: int) -> None:
    check_licence(
        issued_on=organisation.licence_issued_on,
        until_on=organisation.licence_until_on,
        today=timezone.localdate(now),
    )
    if organisation.inn and Organisation.objects.filter(inn=organisation.inn).exists():
        raise CabinetExists
    if organisation.ogrn and Organisation.objects.filter(ogrn=organisation.ogrn).exists():
        raise OgrnTaken
    others = CabinetApplication.objects.filter(inn=organisation.inn, state__in=HANDED_IN).exclude(pk=own_id)
    if organisation.inn and others.exists():
        raise UnderWay


def _lock(application_id: int) -> CabinetApplication:
    return CabinetApplication.objects.select_for_update(of=("self",), no_key=True).get(pk=application_id)


def _lock_editable(application_id: int, revision: int) -> CabinetApplication:
    row = _lock(application_id)
    check_editable(row.state)
    if row.revision != revision:
        raise ChangedElsewhere
    return row


def _save(row: CabinetApplication, values: dict[str, Any], facts: RequestFacts, now: dt.datetime) -> None:
    before = {name: getattr(row, name) for name, value in values.items() if getattr(row, name) != value}
    if not before:
        return
    changed = list(before)
    for name in changed:
        setattr(row, name, values[name])
    with refuses(**_UNIQUE):
        touch(row, now, *changed)
    fields = [name for name in changed if "index" not in name]
    former = {name: str(before[name] or "") for name in fields if not name.startswith("person_")}  # those are public
    _record(row, "application.changed", facts, before=former, after={"fields": fields})


def touch(row: CabinetApplication, now: dt.datetime, *names: str) -> None:
    """Write changed columns of a locked application; each change has a revision of its own."""
    row.revision, row.updated_at = row.revision + 1, now
    row.save(update_fields=[*names, "revision", "updated_at"])


def _write_first_link(row: CabinetApplication, token: str, now: dt.datetime) -> None:
    secrets.withdraw_about(row.pk, secrets.Purpose.APPLICATION, now=now, keep=token)
    sent = Letter.objects.filter(kind="application_draft", key__startswith=f"application_draft:{row.pk}:").count()
    if sent >= LETTERS_PER_DRAFT:
        raise TooManyAddresses
    if row.person_email:
        write_to_applicant(row, kind="application_draft", cause=str(sent + 1), now=now)


def write_to_applicant(
    row: CabinetApplication, *, kind: str, cause: str, now: dt.datetime, values: dict[str, Any] | None = None
) -> Letter:
    """A letter about the application, with a link of its own to it. The same cause writes one letter."""
    letter = put_letter(
        kind=kind,
        to=row.person_email,
        account_id=None,
        language=row.language,
        values={"application": row, **(values or {})},
        key=f"{kind}:{row.pk}:{cause}",
        now=now,
        urgent=kind == "application_draft",
    )
    secrets.issue(
        account_id=None,
        purpose=secrets.Purpose.APPLICATION,
        secret=letter.secret("link"),
        subject_id=row.pk,
        expires_at=now + dt.timedelta(days=LINK_DAYS),
        now=now,
    )
    return letter


def holder_of(application_id: int) -> str:
    """Whose room the scans of an application take."""
    return f"application:{application_id}"


@transaction.atomic
def keep_scan(
    *, application_id: int, kind: DocumentKind, upload: Upload, facts: RequestFacts, now: dt.datetime
) -> ApplicationDocument:
    """Keep a scan in place of the former one of its kind. Raises NotEditable and the refusals of files.

    What an operator has seen stays for the history; what nobody has seen is dropped.
    """
    row = _lock(application_id)
    check_editable(row.state)
    stored = keep_file(holder=holder_of(row.pk), owner_id=None, purpose=str(kind), upload=upload, kinds=SCANS, now=now)
    _take_away(row, kind, now)
    document = ApplicationDocument.objects.create(application=row, kind=kind, file=stored, added_at=now)
    touch(row, now)
    _record(row, "application.scan_added", facts, after={"kind": str(kind), "sha256": stored.sha256})
    return document


@transaction.atomic
def drop_scan(*, application_id: int, kind: DocumentKind, facts: RequestFacts, now: dt.datetime) -> None:
    """Take a scan out of the application. Raises NotEditable; nothing happens when there is none."""
    row = _lock(application_id)
    check_editable(row.state)
    if _take_away(row, kind, now):
        touch(row, now)
        _record(row, "application.scan_removed", facts, before={"kind": str(kind)})


def _take_away(row: CabinetApplication, kind: DocumentKind, now: dt.datetime) -> bool:
    old = documents_of(row).filter(kind=kind).first()
    if old is None:
        return False
    if row.submitted_at is None or old.added_at > row.submitted_at:
        stored = old.file
        old.delete()
        drop_file(stored)
    else:
        old.replaced_at = now
        old.save(update_fields=["replaced_at"])
    return True


def missing_of(row: CabinetApplication) -> list[str]:
    """Fields and kinds of documents that are still needed before the application can be submitted."""
    values = {name: getattr(row, "region_id" if name == Field.REGION else name) for name in Field.values}
    fields = [name for name in Field.values if name not in OPTIONAL and not values[name]]
    return fields + [str(kind) for kind in missing_documents(documents_of(row).values_list("kind", flat=True))]


@transaction.atomic
def submit_application(
    *, application_id: int, revision: int, facts: RequestFacts, now: dt.datetime
) -> CabinetApplication:
    """Hand the application in, for the first time or after corrections. A second press changes nothing.

    The term of the review is counted from the first day; days that the application spent with the applicant do not
    count. Raises Incomplete, ChangedElsewhere, CabinetExists, OgrnTaken, UnderWay, StateMoved.
    """
    row = _lock(application_id)
    if row.state in WAITING:
        return row
    check_move(row.state, ApplicationState.SUBMITTED)
    if row.revision != revision:
        raise ChangedElsewhere
    missing = missing_of(row)
    if missing:
        raise Incomplete(names=", ".join(_name_of(name) for name in missing))
    _check_organisation(_organisation_facts(row), now, own_id=row.pk)
    today, again = timezone.localdate(now), row.submitted_at is not None
    if row.returned_at is not None and row.due_on is not None:
        row.due_on = due_after_return(row.due_on, returned_on=timezone.localdate(row.returned_at), again_on=today)
    else:
        row.due_on = due_on(today, days=settings.ORGANISATION_REVIEW_DAYS)
    row.number = row.number or _next_number()
    row.state, row.submitted_at, row.returned_at, row.taken_by = ApplicationState.SUBMITTED, now, None, None
    with refuses(**_UNIQUE):
        touch(row, now, "state", "number", "due_on", "submitted_at", "returned_at", "taken_by")
    add_step(row, What.RESUBMITTED if again else What.SUBMITTED, side=Side.APPLICANT, now=now)
    consent = current_version(AgreementKind.PERSONAL_DATA, today)
    _record(
        row,
        "application.submitted",
        facts,
        after={"number": row.number, "due_on": row.due_on.isoformat(), "consent": str(consent) if consent else ""},
    )
    write_to_applicant(row, kind="application_submitted", cause=f"{row.revision}", now=now)
    return row


def _name_of(name: str) -> str:
    return str(DocumentKind(name).label if name in DocumentKind.values else Field(name).label)


def _organisation_facts(row: CabinetApplication) -> OrganisationFacts:
    names = OrganisationFacts.__dataclass_fields__
    return OrganisationFacts(**{name: getattr(row, name) for name in names})


def _next_number() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('organisations_application_number')")
        return f"ОРГ-{int(cursor.fetchone()[0]):06d}"


def add_step(
    row: CabinetApplication, what: What, *, side: Side, now: dt.datetime, by_id: int | None = None, reason: str = ""
) -> None:
    """A line of the history, which never changes."""
    ApplicationStep.objects.create(
        application=row, state=row.state, what=what, side=side, by_id=by_id, reason=reason, at=now
    )


@transaction.atomic
def answer_question(
    *, application_id: int, question_id: int, text: str, facts: RequestFacts, now: dt.datetime
) -> ApplicationMessage:
    """Answer a question or a remark of the operator. Raises MessageUnknown, StateMoved when all is decided."""
    row = _lock(application_id)
    if row.state not in OPEN:
        raise StateMoved(state=ApplicationState(row.state).label)
    question = ApplicationMessage.objects.filter(pk=question_id, application=row, side=Side.OPERATOR).first()
    if question is None:
        raise MessageUnknown
    answer = ApplicationMessage(
        application=row, side=Side.APPLICANT, field=question.field, text=text, at=now, answers=question
    )
    answer.save(force_insert=True)
    add_step(row, What.ANSWERED, side=Side.APPLICANT, now=now)
    _record(row, "application.answered", facts, after={"question": question.pk})
    return answer


@transaction.atomic
def withdraw_application(*, application_id: int, facts: RequestFacts, now: dt.datetime) -> None:
    """Take the application back for good. Of a draft nothing is left but that there was one. Raises StateMoved.

    A second press changes nothing.
    """
    row = _lock(application_id)
    if row.state == ApplicationState.WITHDRAWN:
        return
    check_move(row.state, ApplicationState.WITHDRAWN)
    if row.submitted_at is None:
        forget_contents(row)
    row.state = ApplicationState.WITHDRAWN
    touch(row, now, "state")
    add_step(row, What.WITHDRAWN, side=Side.APPLICANT, now=now)
    _record(row, "application.withdrawn", facts)


def forget_contents(row: CabinetApplication) -> None:
    """Drop the scans of a draft and what it says of a person; nobody but the applicant has seen them."""
    for document in ApplicationDocument.objects.filter(application=row).select_related("file"):
        stored = document.file
        document.delete()
        drop_file(stored)
    row.person_email, row.person_email_index, row.person_phone = "", b"", ""
    row.person_surname = row.person_first_name = row.person_patronymic = row.person_post = ""
    row.save(
        update_fields=[
            *("person_email", "person_email_index", "person_phone"),
            *("person_surname", "person_first_name", "person_patronymic", "person_post"),
        ]
    )


@transaction.atomic
def apply_again(*, application_id: int, facts: RequestFacts, now: dt.datetime) -> tuple[CabinetApplication, str]:
    """A new draft with what a refused application said, its scans copied. Returns it with a secret of its address.

    Pressed twice, it gives the same draft. Raises StateMoved unless the application was refused.
    """
    old = _lock(application_id)
    if old.state != ApplicationState.REFUSED:
        raise StateMoved(state=ApplicationState(old.state).label)
    existing = CabinetApplication.objects.filter(previous=old, state__in=OPEN).first()
    if existing is not None:
        return existing, _one_more_token(existing, now)
    row, token = _new_draft(_organisation_facts(old), old, old.language, facts, now)
    for name in PersonFacts.__dataclass_fields__:
        setattr(row, name, getattr(old, name))
    row.person_email_index = old.person_email_index
    row.save(update_fields=[*PersonFacts.__dataclass_fields__, "person_email_index"])
    for document in documents_of(old):
        copy = SimpleUploadedFile(document.file.name, read_file(document.file))
        stored = keep_file(
            holder=holder_of(row.pk), owner_id=None, purpose=document.kind, upload=copy, kinds=SCANS, now=now
        )
        ApplicationDocument.objects.create(application=row, kind=document.kind, file=stored, added_at=now)
    return row, token


def _one_more_token(row: CabinetApplication, now: dt.datetime) -> str:
    token = randomness.token_urlsafe(32)
    secrets.issue(
        account_id=None,
        purpose=secrets.Purpose.APPLICATION,
        secret=token,
        subject_id=row.pk,
        expires_at=now + dt.timedelta(days=LINK_DAYS),
        now=now,
    )
    return token


def _record(
    row: CabinetApplication,
    action: str,
    facts: RequestFacts,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """A row of the trail; nobody is signed in, so it says from where only."""
    record(
        actor_id=None, action=action, subject="application", subject_id=row.pk, facts=facts, before=before, after=after
    )
