"""Valid and boring things for tests: what a test does not mention, it does not care about."""

from __future__ import annotations

import datetime as dt
import itertools

import pyotp
from django.test import Client
from django.utils import timezone

from foundation.identifiers import snils
from foundation.runtime.facts import RequestFacts
from foundation.signin.models import Factor
from foundation.vault.cipher import blind
from nmfo.accounts.models import Account
from nmfo.accounts.operations.agreeing import agree_to_current, load_agreements
from nmfo.accounts.operations.registering import RegistrationDetails
from nmfo.reference.models import Country, Region
from nmfo.reference.operations import load_reference_lists
from nmfo.specialists.models import Specialist
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


def a_specialist(**values: object) -> Specialist:
    """A specialist who has finished the first run."""
    account = an_account(**values)  # type: ignore[arg-type]
    now = timezone.now()
    specialist = first_run.accept_agreement(account=account, facts=facts(), now=now)
    first_run.choose_levels(specialist=specialist, levels=["higher"], facts=facts(), now=now)
    for step in Step:
        first_run.finish_step(specialist=specialist, step=step)
    return specialist


def an_operator() -> Account:
    """An operator with a second factor."""
    account = an_account(roles=["operator"], surname="Операторова")
    Factor.objects.create(
        account_id=account.pk, kind="totp", data={"secret": SECRET, "step": 0}, created_at=timezone.now()
    )
    return account


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
