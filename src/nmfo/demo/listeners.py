"""The demo's listeners: invented doctors who apply for learning and sign up for events, so that no cabinet is empty.

Everything is done by the portal's own operations, only dated back.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from foundation.identifiers import snils
from nmfo.accounts.queries import account_by_snils
from nmfo.catalogue.models import Item, Run, Version
from nmfo.catalogue.queries import open_runs
from nmfo.demo.groups import enrolled_group
from nmfo.demo.people import DOCTOR, DemoPerson, demo_facts, new_account
from nmfo.enrolment.models import Application
from nmfo.enrolment.operations.applying import Wish, begin_application, submit_application
from nmfo.enrolment.operations.attending import mark_attendance
from nmfo.enrolment.operations.deciding import accept_application, return_application
from nmfo.enrolment.rules import DocumentKind
from nmfo.organisations.models import Member
from nmfo.organisations.rules import StaffRole
from nmfo.participation.operations.signing_up import sign_up
from nmfo.reference.models import Specialty
from nmfo.specialists.models import Specialist
from nmfo.specialists.operations import first_run
from nmfo.specialists.rules import Step

# Nine digits of the СНИЛС, name, sex, birth date, region.
_PEOPLE = (
    ("120330401", "Егоров Павел Сергеевич", "M", dt.date(1979, 5, 2), "63"),
    ("120330402", "Ахметова Лилия Рашидовна", "F", dt.date(1988, 10, 19), "16"),
    ("120330403", "Кузнецов Денис Андреевич", "M", dt.date(1991, 1, 27), "36"),
    ("120330404", "Тимофеева Алла Олеговна", "F", dt.date(1975, 8, 14), "73"),
    ("120330405", "Гусева Наталья Фёдоровна", "F", dt.date(1983, 12, 6), "58"),
)
_PROGRAMMES = ("hypertension", "diabetes")
_OF_THE_DOCTOR = "copd-asthma"
_FULL = "cpr"  # its next run has as many seats as there are listeners
_RUNNING, _BEGAN, _LASTS = "ecg", 3, 9  # began so many days ago and lasts so many in all
_LEAST = 4  # each fourth mark is an absence
_EVENT = "cancer-pain-webinar"


@transaction.atomic
def load_listeners(now: dt.datetime) -> int:
    """Make the listeners with their applications when they are not there. Returns how many are new."""
    made = [one for number, row in enumerate(_PEOPLE) if (one := _listener(number, row, now)) is not None]
    if not made:
        return 0
    therapy = Specialty.objects.filter(name="Терапия", level="higher").order_by("-valid_from_on")[0]
    rows = [
        _apply(person, run, therapy, now - dt.timedelta(days=number, hours=3))
        for number, person in enumerate(made)
        if (run := _run(_PROGRAMMES[number % len(_PROGRAMMES)], now)) is not None
    ]
    _decide(rows, now)
    _the_doctor(therapy, now)
    _full_run(made, therapy, now)
    _group(made, now)
    for number, person in enumerate(made[:4]):
        _sign_up(person, now - dt.timedelta(days=2, hours=number))
    return len(made)


def listeners() -> list[Specialist]:
    """Those who are there, in the order of the list."""
    accounts = [account_by_snils(_snils(row[0])) for row in _PEOPLE]
    rows = {row.account_id: row for row in Specialist.objects.filter(account__in=[one for one in accounts if one])}
    return [rows[one.pk] for one in accounts if one is not None and one.pk in rows]


def _snils(nine: str) -> str:
    return f"{nine}{snils.control_number(nine):02d}"


def _listener(number: int, row: tuple[str, str, str, dt.date, str], now: dt.datetime) -> Specialist | None:
    nine, name, sex, born, region = row
    surname, first_name, patronymic = name.split()
    person = DemoPerson(
        snils=_snils(nine),
        surname=surname,
        first_name=first_name,
        patronymic=patronymic,
        sex=sex,
        born=born,
        region=region,
        email=f"listener{number + 1}@nmfo.example",
        phone=f"+7900555{number + 1000}",
    )
    account = new_account(person, now - dt.timedelta(days=300))
    if account is None:
        return None
    facts = demo_facts(now)
    specialist = first_run.accept_agreement(account=account, facts=facts, now=now)
    first_run.choose_levels(specialist=specialist, levels=["higher"], facts=facts, now=now)
    for step in Step:
        first_run.finish_step(specialist=specialist, step=step)
    return specialist


def _item(key: str) -> Item:
    return Item.objects.get(source_key=f"demo-{key}")


def _run(key: str, now: dt.datetime) -> Run | None:
    return open_runs(timezone.localdate(now)).filter(item=_item(key)).first()


def _apply(person: Specialist, run: Run, specialty: Specialty, at: dt.datetime) -> Application:
    facts = demo_facts(at)
    wish = Wish(run_id=run.pk, basis=run.bases[0], specialty_id=specialty.pk)
    draft = begin_application(specialist=person, wish=wish, form_key="", facts=facts, now=at)
    return submit_application(specialist=person, application_id=draft.pk, may_wait=True, facts=facts, now=at)


def _decide(rows: list[Application], now: dt.datetime) -> None:
    """One application is returned for a document, one approved; the others wait."""
    if len(rows) < 4:  # noqa: PLR2004 - nobody decides what is not there
        return
    facts, clerk = demo_facts(now), _clerk(rows[0])
    return_application(
        application_id=rows[-1].pk,
        seen=None,
        asks=DocumentKind.DIPLOMA,
        text="Приложите, пожалуйста, копию диплома: в регистре его нет.",
        by=clerk,
        facts=facts,
        now=now - dt.timedelta(hours=5),
    )
    accept_application(application_id=rows[-2].pk, seen=None, by=clerk, facts=facts, now=now - dt.timedelta(hours=4))


def _full_run(people: list[Specialist], specialty: Specialty, now: dt.datetime) -> None:
    """They take all seats of a run: whoever comes now stands in its line."""
    run, at = _run(_FULL, now), now - dt.timedelta(days=6)
    if run is None:
        return
    for number, person in enumerate(people):
        row = _apply(person, run, specialty, at + dt.timedelta(hours=number))
        told = at + dt.timedelta(days=1)
        accept_application(application_id=row.pk, seen=None, by=_clerk(row), facts=demo_facts(told), now=told)


def _group(people: list[Specialist], now: dt.datetime) -> None:
    """They learn together in a run that goes on: of the days that are over it is marked who was there."""
    begins = now - dt.timedelta(days=_BEGAN)
    rows = enrolled_group(people, _RUNNING, begins=begins, days=_LASTS, contract=402, order="97-к")
    by = _clerk(rows[0])
    for passed in range(_BEGAN):
        at = begins + dt.timedelta(days=passed)  # the hour of now: later ones may be those of the next day
        marks = {row.pk: (number + passed) % _LEAST != 0 for number, row in enumerate(rows)}
        mark_attendance(
            run_id=rows[0].run_id, day=timezone.localdate(at), marks=marks, by=by, facts=demo_facts(at), now=at
        )


def _clerk(row: Application) -> Member:
    members = Member.objects.filter(organisation_id=row.item.organisation_id, left_at=None).order_by("pk")
    return next(one for one in members if {StaffRole.OWNER, StaffRole.REGISTRAR} & set(one.roles))


def _the_doctor(specialty: Specialty, now: dt.datetime) -> None:
    account = account_by_snils(DOCTOR.snils)
    doctor = Specialist.objects.filter(account=account).first() if account is not None else None
    run = _run(_OF_THE_DOCTOR, now)
    if doctor is None:
        return
    if run is not None:
        _apply(doctor, run, specialty, now - dt.timedelta(days=1))
    _sign_up(doctor, now - dt.timedelta(days=1))


def _sign_up(person: Specialist, at: dt.datetime) -> None:
    version = Version.objects.filter(item=_item(_EVENT), published_at__isnull=False).order_by("-number")[0]
    sign_up(specialist=person, item_id=version.item_id, waiting=True, facts=demo_facts(at), now=at)
