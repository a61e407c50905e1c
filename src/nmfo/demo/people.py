"""The demo's people: who they are, how they sign in, and what is known of the doctor and the nurse."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pyotp
from django.db import transaction

from foundation.identifiers import email as addresses
from foundation.identifiers import snils
from foundation.runtime.facts import RequestFacts
from foundation.signin.models import Factor
from foundation.vault.cipher import blind
from nmfo.accounts.models import Account
from nmfo.accounts.operations.agreeing import agree_to_current
from nmfo.accounts.queries import account_by_snils
from nmfo.accounts.rules import Role
from nmfo.cycles.operations.joining import join_cycle
from nmfo.cycles.queries.choosing import offered_to
from nmfo.cycles.rules.days import last_day
from nmfo.reference.models import Specialty
from nmfo.specialists.operations import documents as documenting
from nmfo.specialists.operations import first_run
from nmfo.specialists.operations.importing import import_register
from nmfo.specialists.queries import register_rows_of
from nmfo.specialists.rules import Step

PASSWORD = "ландыш-вокзал-2026-компас"  # noqa: S105 - of invented people, printed at every start of the demo
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 - of the demo's staff, printed at every start

ACCREDITED = dt.timedelta(days=990)  # ago: the doctor's cycle is in its third year, whenever the demo is made


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPerson:
    """An invented person."""

    snils: str
    surname: str
    first_name: str
    patronymic: str
    sex: str
    born: dt.date
    region: str
    email: str
    phone: str
    role: str = ""
    who: str = ""


DOCTOR = DemoPerson(
    snils="11223344595",
    surname="Соколова",
    first_name="Марина",
    patronymic="Викторовна",
    sex="F",
    born=dt.date(1984, 4, 17),
    region="36",
    email="m.sokolova@nmfo.example",
    phone="+79005550142",
    who="doctor, first run done",
)
NURSE = DemoPerson(
    snils="08765430300",
    surname="Егорова",
    first_name="Ольга",
    patronymic="Николаевна",
    sex="F",
    born=dt.date(1991, 9, 3),
    region="66",
    email="o.egorova@nmfo.example",
    phone="+79005550177",
    who="nurse, in the middle of the first run",
)
OPERATOR = DemoPerson(
    snils="00100200318",
    surname="Ёлкин",
    first_name="Пётр",
    patronymic="Андреевич",
    sex="M",
    born=dt.date(1979, 1, 30),
    region="77",
    email="p.elkin@nmfo.example",
    phone="+79005550101",
    role=Role.OPERATOR,
    who="operator",
)
SECOND_OPERATOR = DemoPerson(
    snils="00100200419",
    surname="Жарова",
    first_name="Тамара",
    patronymic="Ильинична",
    sex="F",
    born=dt.date(1986, 11, 5),
    region="78",
    email="t.zharova@nmfo.example",
    phone="+79005550102",
    role=Role.OPERATOR,
    who="second operator: two have to approve a cabinet",
)
OPERATORS = (OPERATOR, SECOND_OPERATOR)


@transaction.atomic
def load_people(now: dt.datetime) -> int:
    """Make the doctor, the nurse and the operators when they are not there. Returns how many are new."""
    facts = demo_facts(now)
    doctor, nurse = (new_account(person, now) for person in (DOCTOR, NURSE))
    _register(now)
    if doctor is not None:
        _doctor(doctor, facts, now)
    if nurse is not None:
        specialist = first_run.accept_agreement(account=nurse, facts=facts, now=now)
        first_run.choose_levels(specialist=specialist, levels=["secondary"], facts=facts, now=now)
    staff = [new_staff(person, now) for person in OPERATORS]
    return sum(account is not None for account in (doctor, nurse, *staff))


def demo_facts(now: dt.datetime) -> RequestFacts:
    """What the demo's operations say in place of a request."""
    return RequestFacts(at=now, ip="127.0.0.1", agent="demo", request_id="DEMO")


def signin_line(person: DemoPerson) -> str:
    """A line for the console."""
    return f"  {snils.show(person.snils)}  {person.who}"


def second_step(now: dt.datetime) -> str:
    """How the staff of the demo pass the second step; a code holds for half a minute."""
    return f"key {TOTP_SECRET}, code now {pyotp.TOTP(TOTP_SECRET).at(int(now.timestamp()))}"


def new_staff(person: DemoPerson, now: dt.datetime) -> Account | None:
    """Somebody who works for the portal or for an organisation, second step set up. None when there already."""
    account = new_account(person, now)
    if account is not None:
        Factor.objects.create(
            account_id=account.pk, kind=Factor.Kind.TOTP, data={"secret": TOTP_SECRET, "step": 0}, created_at=now
        )
        agree_to_current(account=account, facts=demo_facts(now), now=now)
    return account


def new_account(person: DemoPerson, now: dt.datetime) -> Account | None:
    """An account with the demo's password. None when there already."""
    if account_by_snils(person.snils) is not None:
        return None
    account = Account(
        snils=person.snils,
        snils_index=blind(person.snils, purpose="snils"),
        email=person.email,
        email_index=blind(addresses.key(person.email), purpose="email"),
        phone=person.phone,
        phone_index=blind(person.phone, purpose="phone"),
        surname=person.surname,
        first_name=person.first_name,
        patronymic=person.patronymic,
        sex=person.sex,
        birth_date=person.born,
        citizenship_id="RUS",
        region_id=person.region,
        roles=[person.role] if person.role else [],
        created_at=now,
        password_changed_at=now,
        is_demo=True,
    )
    account.set_password(PASSWORD)
    account.save(force_insert=True)
    return account


def _doctor(account: Account, facts: RequestFacts, now: dt.datetime) -> None:
    specialist = first_run.accept_agreement(account=account, facts=facts, now=now)
    first_run.choose_levels(specialist=specialist, levels=["higher"], facts=facts, now=now)
    for shown in register_rows_of(specialist):
        first_run.confirm_row(specialist=specialist, key=shown.key, facts=facts, now=now)
    therapy = Specialty.objects.filter(name="Терапия").order_by("-valid_from_on").first()
    documenting.add_document(
        specialist=specialist,
        facts_of_it=documenting.DocumentFacts(
            kind="category",
            specialty_id=therapy.pk if therapy else None,
            issuer="Департамент здравоохранения (пример)",
            awaiting_number=True,
            issued_on=now.date() - dt.timedelta(days=17),
        ),
        scans=[],
        today=now.date(),
        facts=facts,
        now=now,
    )
    for step in (Step.CHECK, Step.DOCUMENTS):
        first_run.finish_step(specialist=specialist, step=step)
    for offer in offered_to(specialist, now.date()):
        if not offer.is_over:
            join_cycle(specialist=specialist, document_id=offer.document.pk, today=now.date(), facts=facts, now=now)


def _register(now: dt.datetime) -> None:
    accredited = now.date() - ACCREDITED
    people = [
        {
            "oid": "demo-1",
            "snils": DOCTOR.snils,
            "surname": DOCTOR.surname,
            "first_name": DOCTOR.first_name,
            "patronymic": DOCTOR.patronymic,
            "birth_date": DOCTOR.born.isoformat(),
            "sex": "F",
            "citizenship": "RUS",
            "employment": [
                {
                    "id": "e1",
                    "title": "Врач-терапевт участковый",
                    "organisation": "Поликлиника № 7 (пример)",
                    "begins_on": "2012-09-03",
                }
            ],
            "education": [
                {
                    "id": "d1",
                    "title": "Лечебное дело, специалитет",
                    "specialty": "Лечебное дело",
                    "organisation": "Медицинский университет (пример)",
                    "series": "ВСГ",
                    "number": "4412907",
                    "begins_on": "2007-06-25",
                }
            ],
            "accreditation": [
                {
                    "id": "a1",
                    "title": "Периодическая аккредитация",
                    "specialty": "Терапия",
                    "organisation": "Федеральный аккредитационный центр (пример)",
                    "number": "7726 031 442 908",
                    "begins_on": accredited.isoformat(),
                    "ends_on": last_day(accredited).isoformat(),
                }
            ],
        },
        {
            "oid": "demo-2",
            "snils": NURSE.snils,
            "surname": NURSE.surname,
            "first_name": NURSE.first_name,
            "patronymic": NURSE.patronymic,
            "birth_date": NURSE.born.isoformat(),
            "sex": "F",
            "citizenship": "RUS",
            "employment": [
                {
                    "id": "e1",
                    "title": "Медицинская сестра палатная",
                    "organisation": "Городская больница № 2 (пример)",
                    "begins_on": "2013-02-11",
                }
            ],
            "education": [
                {
                    "id": "d1",
                    "title": "Сестринское дело",
                    "specialty": "Сестринское дело",
                    "organisation": "Медицинский колледж (пример)",
                    "series": "66",
                    "number": "0098123",
                    "begins_on": "2012-06-28",
                }
            ],
            "certificate": [
                {
                    "id": "c1",
                    "title": "Сертификат специалиста",
                    "specialty": "Сестринское дело",
                    "organisation": "Медицинский колледж (пример)",
                    "number": "0366241 118820",
                    "begins_on": "2021-05-20",
                    "ends_on": "2026-05-20",
                    "extended_until_on": "2027-01-01",
                }
            ],
        },
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "demo.jsonl"
        path.write_text("\n".join(json.dumps(person, ensure_ascii=False) for person in people), encoding="utf-8")
        import_register(path, now=now)
