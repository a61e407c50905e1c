"""The demo doctor's credits: what came, is on its way, waits for her, was refused or corrected.

Everything goes by the portal's own operations, from the application to the document, only dated back.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from nmfo.accounts.models import Account
from nmfo.accounts.queries import account_by_snils
from nmfo.credits.models import LedgerEntry
from nmfo.credits.operations.claiming import dispute_entry
from nmfo.credits.operations.correcting import propose_reversal
from nmfo.credits.operations.posting import post, post_without_version
from nmfo.credits.rules.words import Part, Source
from nmfo.demo.events import hold_events
from nmfo.demo.groups import clerk_of, enrolled_group, version_of
from nmfo.demo.listeners import listeners
from nmfo.demo.people import DOCTOR, OPERATOR, SECOND_OPERATOR, demo_facts
from nmfo.enrolment.models import Completion
from nmfo.enrolment.operations.completing import Result, complete_application
from nmfo.enrolment.operations.registering import note_in_frdo
from nmfo.enrolment.operations.reversing import decide_correction
from nmfo.enrolment.rules import Mark
from nmfo.specialists.models import Specialist


@dataclass(frozen=True, slots=True, kw_only=True)
class _Studied:
    """A programme from the application to the document: `days` ago it was over, after `lasts` days of learning."""

    key: str
    days: int
    lasts: int
    contract: int
    order: str
    document: str  # its number
    registration: str


_HYPERTENSION = _Studied(
    key="hypertension", days=610, lasts=11, contract=31, order="18-к", document="632300009107", registration="31/25"
)
_ECG = _Studied(  # more than was asked of that year
    key="ecg", days=420, lasts=14, contract=188, order="57-к", document="632300014420", registration="188/25"
)
_PNEUMONIA = _Studied(
    key="pneumonia", days=250, lasts=2, contract=64, order="22-к", document="632400016031", registration="64/26"
)
_THYROID = _Studied(  # for other specialties than hers
    key="thyroid-ultrasound",
    days=50,
    lasts=14,
    contract=97,
    order="40-у",
    document="662400007733",
    registration="97/26",
)
_ENTERED = (_HYPERTENSION, _ECG, _PNEUMONIA, _THYROID)  # in the register of documents
_WAITING = _Studied(  # for the register
    key="diabetes", days=60, lasts=5, contract=214, order="61-к", document="632400018812", registration="214/26"
)
_BY_MISTAKE = _Studied(  # the result of another person: taken back
    key="vaccination", days=96, lasts=5, contract=143, order="49-к", document="632400017590", registration="143/26"
)
_TOLD_AFTER = dt.timedelta(days=4)  # the result was entered so long after the learning
_REGISTERED_AFTER = dt.timedelta(days=12)
_MODULES = (("ecg-module", 190), ("chest-pain-module", 75), ("pain-scales-module", 20))  # key, how many days ago
_ON_ITS_WAY = ("orvi", 12)
_LEARNING = dt.timedelta(days=5)
_TAKEN_OVER = ("Антитромботическая терапия: вебинар Общества терапевтов Поволжья", 2, 923)  # ago, in days


@transaction.atomic
def load_credits(now: dt.datetime) -> int:
    """Fill the demo doctor's account when it is empty. Returns how many entries are new."""
    account = account_by_snils(DOCTOR.snils)
    doctor = Specialist.objects.filter(account=account).first() if account is not None else None
    if doctor is None or LedgerEntry.objects.filter(specialist=doctor).exists():
        return 0
    _taken_over(doctor, now)
    for one in _ENTERED:
        _register(_studied(doctor, one, now), now - dt.timedelta(days=one.days) + _REGISTERED_AFTER)
    _studied(doctor, _WAITING, now)
    for key, days in _MODULES:
        _passed(doctor, key, now - dt.timedelta(days=days))
    dispute_entry(
        specialist=doctor,
        entry_id=_entry_of(doctor, _PNEUMONIA).pk,
        text="В удостоверении 36 часов, а на счету 18. Копию приложу, если нужно.",
        form_key="demo-dispute",
        facts=demo_facts(now - dt.timedelta(days=3)),
        now=now - dt.timedelta(days=3),
    )
    _mistake(doctor, now)
    _awaited(doctor, now)
    hold_events(doctor, listeners(), now)
    return LedgerEntry.objects.filter(specialist=doctor).count()


def _studied(doctor: Specialist, one: _Studied, now: dt.datetime) -> Completion:
    """A programme by the way that listeners go, each step on its day."""
    over, lasts = now - dt.timedelta(days=one.days), dt.timedelta(days=one.lasts)
    (row,) = enrolled_group(
        [doctor], one.key, begins=over - lasts, days=one.lasts, contract=one.contract, order=one.order
    )
    ended, at = timezone.localdate(over), over + _TOLD_AFTER
    return complete_application(
        application_id=row.pk,
        seen=None,
        result=Result(
            mark=Mark.PASSED,
            attested_on=ended,
            series="ПК",
            number=one.document,
            registration_number=one.registration,
            issued_on=ended,
        ),
        by=clerk_of(version_of(one.key)),
        facts=demo_facts(at),
        now=at,
    )


def _register(made: Completion, at: dt.datetime) -> None:
    """The document stands in the register."""
    by = clerk_of(made.application.version)
    note_in_frdo(completion_ids=[made.pk], by=by, facts=demo_facts(at), now=at)


def _entry_of(doctor: Specialist, one: _Studied) -> LedgerEntry:
    return LedgerEntry.objects.get(specialist=doctor, version=version_of(one.key))


def _passed(doctor: Specialist, key: str, at: dt.datetime) -> None:
    """A module. Nothing on the portal leads through one yet, so it is posted as its end will post it."""
    post(
        specialist_id=doctor.pk,
        version=version_of(key),
        source=Source.MODULE,
        origin=f"demo:{key}:{doctor.pk}",
        earned_on=timezone.localdate(at),
        by=None,
        now=at,
    )


def _mistake(doctor: Specialist, now: dt.datetime) -> None:
    _studied(doctor, _BY_MISTAKE, now)
    first, second = _operator(OPERATOR.snils), _operator(SECOND_OPERATOR.snils)
    at = now - dt.timedelta(days=_BY_MISTAKE.days - 20)
    proposal = propose_reversal(
        entry_id=_entry_of(doctor, _BY_MISTAKE).pk,
        reason="В ведомости однофамилица: результат внесён по ошибке",
        by=first,
        facts=demo_facts(at),
        now=at,
    )
    decide_correction(proposal_id=proposal.pk, approve=True, words="", by=second, facts=demo_facts(at), now=at)


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
    title, worth, days = _TAKEN_OVER
    post_without_version(
        specialist_id=doctor.pk,
        source=Source.LEGACY,
        origin=f"demo:taken-over:{doctor.pk}",
        title=title,
        part=Part.EVENT,
        worth=worth,
        earned_on=timezone.localdate(now - dt.timedelta(days=days)),
        by=None,
        now=now - dt.timedelta(days=400),
    )
