"""Results of a whole group by a table: first what would become of each row, then the writing, row by row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused
from foundation.runtime.facts import RequestFacts
from nmfo.catalogue.rules.refusals import Problems
from nmfo.enrolment.models import Application
from nmfo.enrolment.operations.completing import Result, complete_application
from nmfo.enrolment.queries import received_by
from nmfo.enrolment.result_files import ResultRow
from nmfo.organisations.models import Member
from nmfo.organisations.rules import Right, check_may


class ApplicationNotHere(Refused):
    message = _("There is no application %(number)s in this group.")


class RowTwice(Refused):
    message = _("The application %(number)s stands in the table twice: row %(line)d has it.")


class DocumentTwice(Refused):
    message = _("The same series and number of a document stand in row %(line)d.")


class NameDiffers(Refused):
    message = _("The application %(number)s is of another person: %(name)s. Check the row.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became, or would become, of a row; nothing in `why` when it fits."""

    row: ResultRow
    application: Application | None
    why: tuple[str, ...]


def check_results(*, run_id: int, rows: Sequence[ResultRow], by: Member, now: dt.datetime) -> list[Verdict]:
    """What would become of each row: each is entered and taken back again, so the check says what the writing does."""
    return _each(run_id, rows, by, None, now, keep=False)


def enter_results(
    *, run_id: int, rows: Sequence[ResultRow], by: Member, facts: RequestFacts | None, now: dt.datetime
) -> list[Verdict]:
    """Enter the results, each in a transaction of its own: a row that does not fit stops no other."""
    return _each(run_id, rows, by, facts, now, keep=True)


def _each(
    run_id: int, rows: Sequence[ResultRow], by: Member, facts: RequestFacts | None, now: dt.datetime, *, keep: bool
) -> list[Verdict]:
    check_may(by.roles, Right.LISTENERS)
    asked = [row.application for row in rows if "\0" not in row.application]
    own = received_by(by.organisation).filter(run=run_id, number__in=asked)
    there = {row.number: row for row in own}
    first: dict[str, int] = {}
    documents: dict[tuple[str, str], int] = {}
    verdicts = []
    for row in rows:
        application = there.get(row.application)
        why: tuple[str, ...] = ()
        try:
            _check_row(row, application, first, documents)
            if application is not None:
                _enter(application, row, by, facts, now, keep=keep)
        except Problems as refusal:
            why = tuple(str(problem) for _field, problem in refusal.problems)
        except Refused as refusal:
            why = (str(refusal),)
        verdicts.append(Verdict(row=row, application=application, why=why))
    return verdicts


def _check_row(
    row: ResultRow, application: Application | None, first: dict[str, int], documents: dict[tuple[str, str], int]
) -> None:
    if row.trouble is not None:
        raise row.trouble
    if application is None:
        raise ApplicationNotHere(number=row.application)
    person = application.specialist.account
    if row.person and _plain(person.surname) not in _plain(row.person):
        raise NameDiffers(number=row.application, name=person.surname)
    if first.setdefault(row.application, row.line) != row.line:
        raise RowTwice(number=row.application, line=first[row.application])
    document = (row.series.upper(), "".join(row.number.split()))
    if documents.setdefault(document, row.line) != row.line:
        raise DocumentTwice(line=documents[document])


@transaction.atomic
def _enter(
    application: Application, row: ResultRow, by: Member, facts: RequestFacts | None, now: dt.datetime, *, keep: bool
) -> None:
    if row.attested_on is None or row.issued_on is None:
        raise ApplicationNotHere(number=row.application)
    complete_application(
        application_id=application.pk,
        seen=None,
        result=Result(
            mark=row.mark,
            attested_on=row.attested_on,
            series=row.series,
            number=row.number,
            registration_number=row.registration_number,
            issued_on=row.issued_on,
        ),
        by=by,
        facts=facts,
        now=now,
    )
    if not keep:
        transaction.set_rollback(True)


def _plain(text: str) -> str:
    return text.lower().replace("ё", "е")
