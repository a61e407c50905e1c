"""The demo doctor's credits: what came, is on its way, waits for her, was refused or corrected.

Everything is posted by the portal's own operations, only dated back.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from nmfo.accounts.models import Account
from nmfo.accounts.queries import account_by_snils
from nmfo.credits.models import LedgerEntry
from nmfo.credits.operations.claiming import dispute_entry
from nmfo.credits.operations.correcting import decide_proposal, propose_reversal
from nmfo.credits.operations.posting import post, post_without_version
from nmfo.credits.rules.words import Part, Source
from nmfo.demo.events import hold_events
from nmfo.demo.groups import clerk_of, enrolled_group, version_of
from nmfo.demo.listeners import listeners
from nmfo.demo.people import DOCTOR, OPERATOR, SECOND_OPERATOR, demo_facts
from nmfo.enrolment.operations.completing import Result, complete_application
from nmfo.enrolment.rules import Mark
from nmfo.specialists.models import Specialist

# What she has completed: key of the item, how many days ago, by what.
_EARNED = (
    ("hypertension", 610, Source.COMPLETION),
    ("ecg", 420, Source.COMPLETION),  # more than was asked of that year
    ("pneumonia", 250, Source.COMPLETION),
    ("ecg-module", 190, Source.MODULE),
    ("chest-pain-module", 75, Source.MODULE),
    ("thyroid-ultrasound", 50, Source.COMPLETION),  # for other specialties than hers
    ("pain-scales-module", 20, Source.MODULE),
)
_BY_MISTAKE = ("vaccination", 96)  # entered for another person and taken back
_ON_ITS_WAY = ("orvi", 12)
_DISPUTED = "pneumonia"
_LEARNED = ("diabetes", 60)  # through an application, with a document that waits for the register
_LEARNING = dt.timedelta(days=5)
_TAKEN_OVER = ("Антитромботическая терапия: вебинар Общества терапевтов Поволжья", 2, dt.date(2024, 5, 18))


@transaction.atomic
def load_credits(now: dt.datetime) -> int:
    """Fill the demo doctor's account when it is empty. Returns how many entries are new."""
    account = account_by_snils(DOCTOR.snils)
    doctor = Specialist.objects.filter(account=account).first() if account is not None else None
    if doctor is None or LedgerEntry.objects.filter(specialist=doctor).exists():
        return 0
    posted = {key: _post(doctor, key, now - dt.timedelta(days=days), source) for key, days, source in _EARNED}
    _taken_over(doctor, now)
    _learned(doctor, now)
    dispute_entry(
        specialist=doctor,
        entry_id=posted[_DISPUTED].pk,
        text="В удостоверении 36 часов, а на счету 18. Копию приложу, если нужно.",
        form_key="demo-dispute",
        facts=demo_facts(now - dt.timedelta(days=3)),
        now=now - dt.timedelta(days=3),
    )
    _mistake(doctor, now)
    _awaited(doctor, now)
    hold_events(doctor, listeners(), now)
    return LedgerEntry.objects.filter(specialist=doctor).count()


def _post(doctor: Specialist, key: str, at: dt.datetime, source: str) -> LedgerEntry:
    return post(
        specialist_id=doctor.pk,
        version=version_of(key),
        source=source,
        origin=f"demo:{key}:{doctor.pk}",
        earned_on=timezone.localdate(at),
        by=None,
        now=at + dt.timedelta(days=6),
    )


def _mistake(doctor: Specialist, now: dt.datetime) -> None:
    key, days = _BY_MISTAKE
    entry = _post(doctor, key, now - dt.timedelta(days=days), Source.COMPLETION)
    first, second = _operator(OPERATOR.snils), _operator(SECOND_OPERATOR.snils)
    at = now - dt.timedelta(days=days - 20)
    proposal = propose_reversal(
        entry_id=entry.pk,
        reason="В ведомости однофамилица: результат внесён по ошибке",
        by=first,
        facts=demo_facts(at),
        now=at,
    )
    decide_proposal(proposal_id=proposal.pk, approve=True, words="", by=second, facts=demo_facts(at), now=at)


def _operator(number: str) -> Account:
    account = account_by_snils(number)
    if account is None:
        raise LookupError(number)
    return account


def _awaited(doctor: Specialist, now: dt.datetime) -> None:
    """She waits for a result that the organisation has still to enter."""
    key, days = _ON_ITS_WAY
    over = now - dt.timedelta(days=days)
    enrolled_group([doctor], key, begins=over - _LEARNING, days=_LEARNING.days, contract=377, order="94-к")


def _taken_over(doctor: Specialist, now: dt.datetime) -> None:
    title, worth, day = _TAKEN_OVER
    post_without_version(
        specialist_id=doctor.pk,
        source=Source.LEGACY,
        origin=f"demo:taken-over:{doctor.pk}",
        title=title,
        part=Part.EVENT,
        worth=worth,
        earned_on=day,
        by=None,
        now=now - dt.timedelta(days=400),
    )


def _learned(doctor: Specialist, now: dt.datetime) -> None:
    """A programme from the application to the document, each step on its day."""
    key, days = _LEARNED
    over = now - dt.timedelta(days=days)
    (row,) = enrolled_group([doctor], key, begins=over - _LEARNING, days=_LEARNING.days, contract=214, order="61-к")
    ended, at = timezone.localdate(over), over + dt.timedelta(days=4)
    complete_application(
        application_id=row.pk,
        seen=None,
        result=Result(
            mark=Mark.PASSED,
            attested_on=ended,
            series="ПК",
            number="632400018812",
            registration_number="214/26",
            issued_on=ended,
        ),
        by=clerk_of(version_of(key)),
        facts=demo_facts(at),
        now=at,
    )
