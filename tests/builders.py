"""Valid and boring things for tests: what a test does not mention, it does not care about."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence

import pyotp
from django.test import Client
from django.utils import timezone

from foundation.identifiers import inn, ogrn, snils
from foundation.runtime.facts import RequestFacts
from foundation.signin.models import Factor
from foundation.vault.cipher import blind
from nmfo.accounts.models import Account
from nmfo.accounts.operations.agreeing import agree_to_current, load_agreements
from nmfo.accounts.operations.registering import RegistrationDetails
from nmfo.accounts.rules import Role
from nmfo.catalogue.models import Item, Run, Version, VersionSpecialty
from nmfo.catalogue.operations.listing import refresh_search
from nmfo.catalogue.rules.words import ItemState, Kind, VersionState
from nmfo.organisations.models import Member, Organisation
from nmfo.organisations.rules import StaffRole
from nmfo.reference.models import Country, Region, Specialty
from nmfo.reference.operations import load_reference_lists
from nmfo.specialists.models import Document, Specialist
from nmfo.specialists.operations import first_run
from nmfo.specialists.rules import Step

PASSWORD = "ромашка-паром-2041-вьюга"
SECRET = "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"
_numbers = itertools.count(200_000_001)


def lists() -> None:
    """The reference lists and the agreements, once."""
    if not Region.objects.exists():
        load_reference_lists()
        load_agreements()


def a_snils() -> str:
    """A СНИЛС nobody has yet."""
    nine = f"{next(_numbers)}"
    return f"{nine}{snils.control_number(nine):02d}"


def facts(**values: object) -> RequestFacts:
    """Facts of a request from a network of its own."""
    given = {
        "at": timezone.now(),
        "ip": "127.0.0.1",
        "agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0",
        "request_id": "TEST",
    }
    return RequestFacts(**{**given, **values})  # type: ignore[arg-type]


def an_account(*, password: str = PASSWORD, **values: object) -> Account:
    """A person with an account."""
    lists()
    number = str(values.pop("snils", "") or a_snils())
    email = str(values.pop("email", "") or f"p{number}@nmfo.example")
    account = Account(
        snils=number,
        snils_index=blind(number, purpose="snils"),
        email=email,
        email_index=blind(email.lower(), purpose="email"),
        phone="+79005550100",
        phone_index=blind("+79005550100", purpose="phone"),
        surname="Иванова",
        first_name="Анна",
        patronymic="Петровна",
        sex="F",
        birth_date=dt.date(1985, 3, 8),
        citizenship=Country.objects.get(pk="RUS"),
        region=Region.objects.get(pk="77"),
        created_at=timezone.now(),
        password_changed_at=timezone.now(),
    )
    for name, value in values.items():
        setattr(account, name, value)
    account.set_password(password)
    account.save(force_insert=True)
    agree_to_current(account=account, facts=facts(), now=timezone.now())
    return account


def a_specialist(*, levels: Sequence[str] = ("higher",), **values: object) -> Specialist:
    """A specialist who has finished the first run."""
    account = an_account(**values)  # type: ignore[arg-type]
    now = timezone.now()
    specialist = first_run.accept_agreement(account=account, facts=facts(), now=now)
    first_run.choose_levels(specialist=specialist, levels=levels, facts=facts(), now=now)
    for step in Step:
        first_run.finish_step(specialist=specialist, step=step)
    return specialist


def a_practice(specialist: Specialist, specialty: Specialty) -> Document:
    """A document that lets a specialist work in a specialty."""
    document = Document(
        specialist=specialist, kind="accreditation", trust="word", specialty=specialty, created_at=timezone.now()
    )
    document.series = document.number = ""
    document.save(force_insert=True)
    return document


def an_operator(**values: object) -> Account:
    """An operator with a second factor."""
    account = an_account(**{"roles": ["operator"], "surname": "Операторова", **values})  # type: ignore[arg-type]
    a_second_step(account)
    return account


def a_second_step(account: Account) -> None:
    """The code of an application as the second step of signing in."""
    Factor.objects.create(
        account_id=account.pk, kind="totp", data={"secret": SECRET, "step": 0}, created_at=timezone.now()
    )


def signed_in(account: Account, client: Client | None = None) -> Client:
    """A browser in which the account has signed in through the pages, second step included."""
    client = client or Client()
    client.post("/sign-in/", {"login": account.snils, "password": PASSWORD})
    if account.roles:
        Factor.objects.filter(account=account, kind="totp").first()
        client.post("/sign-in/factor/", {"code": pyotp.TOTP(SECRET).now()})
    return client


def registration_details(**values: str) -> RegistrationDetails:
    """What a person types to register."""
    number = values.get("snils") or a_snils()
    given = {
        "snils": number,
        "surname": "Петрова",
        "first_name": "Мария",
        "patronymic": "Ивановна",
        "sex": "F",
        "birth_date": "1990-05-06",
        "citizenship": "RUS",
        "region": "36",
        "email": f"r{number}@nmfo.example",
        "phone": "+79005550111",
    }
    return RegistrationDetails(**{**given, **values})


_inns = itertools.count(770_000_001)


def an_inn() -> str:
    """An ИНН nobody has yet."""
    nine = f"{next(_inns)}"
    return f"{nine}{inn.control_number(nine)}"


def an_ogrn() -> str:
    """An ОГРН nobody has yet."""
    twelve = f"1{next(_inns):011d}"
    return f"{twelve}{ogrn.control_number(twelve)}"


def an_organisation(**values: object) -> Organisation:
    """An organisation whose cabinet is open."""
    lists()
    number = an_inn()
    given: dict[str, object] = {
        "name": f"Институт повышения квалификации № {number}",
        "short_name": f"ИПК № {number}",
        "kind": "academy",
        "inn": number,
        "ogrn": an_ogrn(),
        "region_id": "77",
        "licence_number": "Л035-01298-77/00096945",
        "opened_at": timezone.now(),
    }
    return Organisation.objects.create(**{**given, **values})


def a_member(organisation: Organisation, *roles: str, **values: object) -> Account:
    """Somebody of an organisation, with a second factor; by default the responsible person."""
    account = an_account(**{"roles": [Role.ORGANISATION], "surname": "Методистова", **values})  # type: ignore[arg-type]
    a_second_step(account)
    Member.objects.create(
        organisation=organisation, account=account, roles=list(roles) or [StaffRole.OWNER], joined_at=timezone.now()
    )
    return account


def a_specialty(name: str = "Терапия", level: str = "higher") -> Specialty:
    """A specialty of the nomenclature in force."""
    lists()
    return Specialty.objects.filter(name=name, level=level).order_by("-valid_from_on")[0]


def a_version(item: Item, *specialties: Specialty, other: Sequence[Specialty] = (), **values: object) -> Version:
    """A version of an item that could be submitted; by default a programme of 36 hours for therapists."""
    now = timezone.now()
    # at a fixed hour: three hours from this very moment can be two days of the event, each to be marked by itself
    noon = timezone.localtime(now).replace(hour=12, minute=0, second=0, microsecond=0) + dt.timedelta(days=30)
    kinds: dict[str, dict[str, object]] = {
        Kind.PROGRAMME: {"hours": 36, "credits": 36, "form": "full_time", "bases": ["contract"], "aims": "Знать."},
        Kind.EVENT: {
            "event_kind": "webinar",
            "begins_at": noon,
            "ends_at": noon + dt.timedelta(hours=3),
            "zone": "Europe/Moscow",
            "online": True,
            "link": "https://example.org/webinar",
            "minutes": 135,
            "credits": 3,
            "presence": "windows",
            "presence_percent": 80,
        },
        Kind.MODULE: {"minutes": 90, "credits": 2, "distance": True},
    }
    given: dict[str, object] = {
        "number": item.versions.count() + 1,
        "title": "Избранные вопросы терапии",
        "annotation": "О том, что важно на приёме.",
        "levels": ["higher"],
        "created_at": now,
        "saved_at": now,
    }
    version = Version.objects.create(item=item, **{**given, **kinds[item.kind], **values})
    rows = [(specialty, True) for specialty in specialties or (a_specialty(),)] + [(one, False) for one in other]
    VersionSpecialty.objects.bulk_create(
        [VersionSpecialty(version=version, specialty=one, is_main=main) for one, main in rows]
    )
    return version


def an_item(kind: str = "programme", organisation: Organisation | None = None, **values: object) -> Item:
    """An item without a version."""
    organisation = organisation or an_organisation()
    return Item.objects.create(organisation=organisation, kind=kind, created_at=timezone.now(), **values)


def published(version: Version) -> Version:
    """The version as if it had passed its review; the search knows it."""
    now = timezone.now()
    version.state, version.published_at = VersionState.PUBLISHED, now
    version.save(update_fields=["state", "published_at"])
    Item.objects.filter(pk=version.item_id).update(state=ItemState.PUBLISHED)
    refresh_search([version.item_id])
    return version


def a_run(version: Version, **values: object) -> Run:
    """A run of a published programme that takes applications."""
    today = timezone.localdate()
    given: dict[str, object] = {
        "begins_on": today + dt.timedelta(days=20),
        "ends_on": today + dt.timedelta(days=30),
        "apply_until_on": today + dt.timedelta(days=15),
        "seats": 25,
        "region_id": "77",
        "place": "Москва",
        "bases": ["contract"],
        "price_rub": 9800,
        "created_at": timezone.now(),
    }
    run = Run.objects.create(item_id=version.item_id, version=version, **{**given, **values})
    refresh_search([version.item_id])
    return run
