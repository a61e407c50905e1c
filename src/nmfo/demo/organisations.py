"""The demo's six organisations, their staff, and two applications for a cabinet that wait for the operator."""

from __future__ import annotations

import datetime as dt
import secrets as randomness
from dataclasses import dataclass, replace

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils import timezone

from foundation.files.operations import SCANS, keep_file
from foundation.identifiers import email as addresses
from foundation.signin import secrets
from foundation.vault.cipher import blind
from nmfo.accounts.models import Account
from nmfo.accounts.queries import account_by_snils
from nmfo.accounts.rules import Role
from nmfo.demo.people import OPERATOR, DemoPerson, new_staff
from nmfo.organisations.models import (
    ApplicationDocument,
    ApplicationMessage,
    ApplicationStep,
    CabinetApplication,
    Member,
    Organisation,
)
from nmfo.organisations.rules import ApplicationState, DocumentKind, OrganisationKind, Side, StaffRole, due_on


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOrganisation:
    """An invented organisation and who works in its cabinet, the responsible person first."""

    key: str  # of its file in `items`
    name: str
    short_name: str
    kind: OrganisationKind
    inn: str
    ogrn: str
    region: str
    address: str
    licence: str
    licence_issued_on: dt.date
    about: str
    staff: tuple[tuple[DemoPerson, StaffRole, str], ...]  # with the post


def _person(number: str, name: str, sex: str, born: dt.date, region: str, who: str) -> DemoPerson:
    surname, first_name, patronymic = name.split()
    return DemoPerson(
        snils=number,
        surname=surname,
        first_name=first_name,
        patronymic=patronymic,
        sex=sex,
        born=born,
        region=region,
        email=f"staff{number[6:9]}@nmfo.example",
        phone=f"+79005550{number[6:9]}",
        role=Role.ORGANISATION,
        who=who,
    )


ORGANISATIONS = (
    DemoOrganisation(
        key="privolzhye",
        name="Приволжский медицинский институт последипломного образования (пример)",
        short_name="Приволжский медицинский институт (пример)",
        kind=OrganisationKind.UNIVERSITY,
        inn="6399000016",
        ogrn="1266399000010",
        region="63",
        address="443000, г. Самара, ул. Примерная, д. 14",
        licence="Л035-01213-63/00990001",
        licence_issued_on=dt.date(2019, 3, 14),
        about="Учим терапевтов, кардиологов и врачей общей практики. Двенадцать кафедр, симуляционный центр, общежитие "
        "для приезжающих.\n\nПриём по учебным вопросам: с понедельника по пятницу, с 9 до 17 часов по Самаре.",
        staff=(
            (
                _person(
                    "11022033155",
                    "Савельева Раиса Петровна",
                    "F",
                    dt.date(1972, 5, 21),
                    "63",
                    "Приволжский институт: responsible person",
                ),
                StaffRole.OWNER,
                "Проректор по дополнительному образованию",
            ),
            (
                _person(
                    "11022034157",
                    "Мухин Егор Денисович",
                    "M",
                    dt.date(1990, 2, 2),
                    "63",
                    "the same: methodist, writes programmes",
                ),
                StaffRole.METHODIST,
                "Методист учебного отдела",
            ),
            (
                _person(
                    "11022035159",
                    "Шубина Лариса Олеговна",
                    "F",
                    dt.date(1994, 8, 30),
                    "63",
                    "the same: registrar, runs and listeners",
                ),
                StaffRole.REGISTRAR,
                "Специалист по работе со слушателями",
            ),
        ),
    ),
    DemoOrganisation(
        key="ural",
        name="Уральский учебный центр последипломного образования (пример)",
        short_name="Уральский учебный центр (пример)",
        kind=OrganisationKind.ACADEMY,
        inn="6699000017",
        ogrn="1266699000017",
        region="66",
        address="620000, г. Екатеринбург, ул. Учебная, д. 8",
        licence="Л035-01277-66/00990002",
        licence_issued_on=dt.date(2017, 10, 2),
        about="Симуляционный центр на двенадцать станций, «фабрика процессов», выездные циклы по всему Уралу.",
        staff=(
            (
                _person(
                    "11022033256",
                    "Постников Яков Ефимович",
                    "M",
                    dt.date(1968, 12, 9),
                    "66",
                    "Уральский центр: responsible person",
                ),
                StaffRole.OWNER,
                "Директор",
            ),
        ),
    ),
    DemoOrganisation(
        key="sever",
        name="Северный медицинский колледж (пример)",
        short_name="Северный медицинский колледж (пример)",
        kind=OrganisationKind.COLLEGE,
        inn="2999000010",
        ogrn="1262999000010",
        region="29",
        address="163000, г. Архангельск, наб. Учебная, д. 3",
        licence="Л035-01215-29/00990003",
        licence_issued_on=dt.date(2015, 6, 25),
        about="Повышаем квалификацию медицинских сестёр, фельдшеров, акушерок и лаборантов Севера.",
        staff=(
            (
                _person(
                    "11022033357",
                    "Антуфьева Зоя Николаевна",
                    "F",
                    dt.date(1975, 1, 17),
                    "29",
                    "Северный колледж: responsible person",
                ),
                StaffRole.OWNER,
                "Заведующая отделением дополнительного образования",
            ),
        ),
    ),
    DemoOrganisation(
        key="sibir",
        name="Сибирский научный центр сердца и сосудов (пример)",
        short_name="Сибирский центр сердца (пример)",
        kind=OrganisationKind.RESEARCH,
        inn="5499000018",
        ogrn="1265499000018",
        region="54",
        address="630000, г. Новосибирск, ул. Сердечная, д. 21",
        licence="Л035-01199-54/00990004",
        licence_issued_on=dt.date(2020, 2, 11),
        about="Научный центр с клиникой на триста коек. Учим там, где лечим: в операционной, у аппарата, на обходе.",
        staff=(
            (
                _person(
                    "11022033458",
                    "Туманов Аркадий Семёнович",
                    "M",
                    dt.date(1981, 7, 4),
                    "54",
                    "Сибирский центр: responsible person",
                ),
                StaffRole.OWNER,
                "Заведующий отделом образования",
            ),
        ),
    ),
    DemoOrganisation(
        key="obschestvo",
        name="Общество специалистов паллиативной и гериатрической помощи (пример)",
        short_name="Общество паллиативной помощи (пример)",
        kind=OrganisationKind.SOCIETY,
        inn="7899000016",
        ogrn="1267899000016",
        region="78",
        address="190000, г. Санкт-Петербург, Учебный пер., д. 5",
        licence="Л035-01271-78/00990005",
        licence_issued_on=dt.date(2021, 9, 30),
        about="Некоммерческое общество врачей, сестёр, психологов, социальных работников. Вебинары бесплатны для всех.",
        staff=(
            (
                _person(
                    "11022033559",
                    "Рогова Инна Михайловна",
                    "F",
                    dt.date(1979, 3, 26),
                    "78",
                    "Общество паллиативной помощи: responsible person",
                ),
                StaffRole.OWNER,
                "Исполнительный директор",
            ),
        ),
    ),
    DemoOrganisation(
        key="centr",
        name="Центр непрерывного образования врачей и фармацевтов (пример)",
        short_name="Центр образования врачей и фармацевтов (пример)",
        kind=OrganisationKind.OTHER,
        inn="7799000012",
        ogrn="1267799000017",
        region="77",
        address="109000, г. Москва, ул. Образцовая, д. 40",
        licence="Л035-01298-77/00990006",
        licence_issued_on=dt.date(2018, 11, 19),
        about="Автономная некоммерческая организация. Дистанционные циклы для аптек и поликлиник, фантомный класс.",
        staff=(
            (
                _person(
                    "11022033660",
                    "Юдин Павел Константинович",
                    "M",
                    dt.date(1984, 9, 13),
                    "77",
                    "Центр образования: responsible person",
                ),
                StaffRole.OWNER,
                "Руководитель учебной части",
            ),
        ),
    ),
)


@transaction.atomic
def load_organisations(now: dt.datetime) -> int:
    """Open the cabinets that are not there and hand two applications in. Returns how many organisations are new."""
    made = sum(_open(organisation, now) for organisation in ORGANISATIONS)
    _hand_in(_WAITING, now)
    _hand_in(_QUESTIONED, now)
    return made


def _open(given: DemoOrganisation, now: dt.datetime) -> bool:
    if Organisation.objects.filter(inn=given.inn).exists():
        return False
    organisation = Organisation.objects.create(
        name=given.name,
        short_name=given.short_name,
        kind=given.kind,
        inn=given.inn,
        ogrn=given.ogrn,
        region_id=given.region,
        address=given.address,
        licence_number=given.licence,
        licence_issued_on=given.licence_issued_on,
        about=given.about,
        site=f"https://{given.key}.nmfo.example/",
        public_email=f"info@{given.key}.nmfo.example",
        public_phone=f"+79005550{given.region}0",
        opened_at=now - dt.timedelta(days=400),
        is_demo=True,
    )
    for person, role, post in given.staff:
        Member.objects.create(
            organisation=organisation,
            account=new_staff(person, now) or _known(person),
            roles=[role],
            post=post,
            joined_at=now - dt.timedelta(days=400),
        )
    return True


def _known(person: DemoPerson) -> Account:
    account = account_by_snils(person.snils)
    if account is None:
        raise LookupError(person.who)
    return account


@dataclass(frozen=True, slots=True, kw_only=True)
class _DemoApplication:
    name: str
    short_name: str
    kind: OrganisationKind
    inn: str
    ogrn: str
    region: str
    address: str
    licence: str
    person: str
    post: str
    days_ago: int
    question: str = ""


_WAITING = _DemoApplication(
    name="Институт сестринского образования Юга (пример)",
    short_name="Институт сестринского образования (пример)",
    kind=OrganisationKind.ACADEMY,
    inn="6199000019",
    ogrn="1266199000011",
    region="61",
    address="344000, г. Ростов-на-Дону, ул. Проверочная, д. 2",
    licence="Л035-01276-61/00990007",
    person="Белоусова Виктория Сергеевна",
    post="Директор",
    days_ago=2,
)
_QUESTIONED = replace(
    _WAITING,
    name="Казанская школа функциональной диагностики (пример)",
    short_name="Школа функциональной диагностики (пример)",
    kind=OrganisationKind.OTHER,
    inn="1699000018",
    ogrn="1261699000012",
    region="16",
    address="420000, г. Казань, ул. Проверочная, д. 7",
    licence="Л035-01272-16/00990008",
    person="Галимов Ильдар Наилевич",
    post="Руководитель школы",
    days_ago=9,
    question="На скане лицензии не видно приложения о дополнительном профессиональном образовании. "
    "Пришлите, пожалуйста, лист с приложением.",
)


def _hand_in(given: _DemoApplication, now: dt.datetime) -> None:
    if CabinetApplication.objects.filter(inn=given.inn).exists():
        return
    surname, first_name, patronymic = given.person.split()
    submitted_at = now - dt.timedelta(days=given.days_ago)
    address = f"zayavka{given.region}@nmfo.example"
    row = CabinetApplication(
        number=_next_number(),
        token_digest=secrets.digest_of("application", randomness.token_urlsafe(32)),
        state=ApplicationState.SUBMITTED,
        name=given.name,
        short_name=given.short_name,
        kind=given.kind,
        inn=given.inn,
        ogrn=given.ogrn,
        region_id=given.region,
        address=given.address,
        licence_number=given.licence,
        licence_issued_on=dt.date(2022, 4, 5),
        person_surname=surname,
        person_first_name=first_name,
        person_patronymic=patronymic,
        person_post=given.post,
        person_email=address,
        person_email_index=blind(addresses.key(address), purpose="email"),
        person_phone=f"+790055503{given.region}",
        created_at=submitted_at - dt.timedelta(hours=3),
        updated_at=submitted_at,
        submitted_at=submitted_at,
        due_on=due_on(timezone.localdate(submitted_at)),
        is_demo=True,
    )
    row.save(force_insert=True)
    for kind in DocumentKind:
        _add_scan(row, kind, submitted_at)
    _step(row, ApplicationState.SUBMITTED, None, "submitted", submitted_at)
    if given.question:
        _ask(row, given.question, now - dt.timedelta(days=1))


def _ask(row: CabinetApplication, question: str, at: dt.datetime) -> None:
    operator = _known(OPERATOR)
    row.state, row.taken_by, row.updated_at = ApplicationState.REVIEW, operator, at
    row.save(update_fields=["state", "taken_by", "updated_at"])
    _step(row, ApplicationState.REVIEW, operator, "taken", at)
    ApplicationMessage(
        application=row, side=Side.OPERATOR, author=operator, field=DocumentKind.LICENCE, text=question, at=at
    ).save(force_insert=True)


def _step(row: CabinetApplication, state: str, by: Account | None, what: str, at: dt.datetime) -> None:
    side = Side.APPLICANT if by is None else Side.OPERATOR
    ApplicationStep.objects.create(application=row, state=state, what=what, side=side, by=by, at=at)


def _add_scan(row: CabinetApplication, kind: DocumentKind, at: dt.datetime) -> None:
    upload = SimpleUploadedFile(f"{kind}.pdf", scan(f"{kind.replace('_', ' ')}, {row.inn}"))
    stored = keep_file(
        holder=f"application:{row.pk}", owner_id=None, purpose=str(kind), upload=upload, kinds=SCANS, now=at
    )
    ApplicationDocument.objects.create(application=row, kind=kind, file=stored, added_at=at)


def _next_number() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('organisations_application_number')")
        return f"ОРГ-{cursor.fetchone()[0]:06d}"


def scan(text: str) -> bytes:
    """A page of PDF that says what it stands for, in Latin letters: the fonts every reader has know no others."""
    drawn = (
        f"0.85 g BT /F 90 Tf 0.7 0.7 -0.7 0.7 170 240 Tm (DEMO) Tj ET\n"
        f"0 g BT /F 18 Tf 60 770 Td (Scan of a document) Tj ET\n"
        f"BT /F 12 Tf 60 740 Td ({text}) Tj ET\n"
        f"0.5 G 60 725 m 535 725 l S\n"
    ).encode("ascii")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%bendstream" % (len(drawn), drawn),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%bendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"xref\n0 6\n0000000000 65535 f \n%btrailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        table,
        len(out),
    )
    return bytes(out)
