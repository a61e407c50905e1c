from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import structlog
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.template import Context, Template
from django.test import Client
from tests.builders import PASSWORD, an_account, an_operator, signed_in

from foundation.identifiers import snils
from foundation.runtime.logs import clean, set_up


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    out = io.StringIO()
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    monkeypatch.setattr(sys, "stdout", out)
    set_up("debug")
    yield out
    root.handlers[:], root.level = before[0], before[1]
    structlog.reset_defaults()


@pytest.mark.django_db
def test_p4_logs_at_debug_show_nobody(log: io.StringIO) -> None:
    account = an_account(email="kanareika@nmfo.example", phone="+79001112233", surname="Канарейкина")
    browser = Client()
    browser.post("/sign-in/", {"login": account.snils, "password": PASSWORD})
    browser.get("/specialist/")
    for path in (
        "register/confirm",
        "recover",
        "e-mail/confirm",
        "e-mail/undo",
        "invitation",
        "for-organisations/apply",
    ):
        browser.get(f"/{path}/{'t' * 43}/")
    browser.get("/operator/people/", {"q": account.email})
    signed_in(an_operator()).post(f"/operator/people/{account.pk}/", {"reason": "письмо"})
    browser.get("/no-such-page/", {"surname": "Канарейкина"})
    browser.get(f"/no-such-page/?q=д'{quote('Канарейкина')}")  # Django writes it down in other quotes
    browser.get(f"/no-such-page/?q='>{quote('Канарейкина')}")
    browser.post("/recover/", {"snils": snils.show(account.snils)})
    logging.getLogger("x").error("%s %s %s", account.snils, account.email, "+7 900 111-22-33")
    structlog.get_logger("x").warning("seen", who=account.snils, at={"email": account.email})
    Template("{{ person.nothing }}").render(Context({"person": {"surname": "Канарейкина"}}))  # told of at debug
    try:
        {"": ""}[f"{account.snils} {account.email}"]
    except LookupError:
        logging.getLogger("x").exception("failed for %s", account.snils)

    written = log.getvalue()
    assert "answered" in written
    assert "Traceback" in written
    wanted = (
        account.snils, snils.show(account.snils), "kanareika", "111-22-33", "9001112233", PASSWORD, "t" * 43,
        "Канарейкина", quote("Канарейкина"), "1985",
    )  # fmt: skip
    assert [canary for canary in wanted if canary in written] == []


@pytest.mark.django_db
def test_p4_errors_of_the_database_say_the_rule_and_nothing_of_the_row(log: io.StringIO) -> None:
    """Neither in our own lines, however the error is wrapped, nor in what the server itself writes down."""
    account = an_account(email="kanareika@nmfo.example", surname="Канарейкина")
    seen = pg_log().stat().st_size
    statements: tuple[tuple[str, list[str | int]], ...] = (
        ("UPDATE accounts_account SET state = 'unheard of' WHERE id = %s", [account.pk]),
        ("INSERT INTO accounts_account SELECT * FROM accounts_account WHERE surname = %s", [account.surname]),
        ("SELECT 'Канарейкина' FROM no_such_table", []),
    )
    for statement, values in statements:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                try:
                    cursor.execute(statement, values)
                except DatabaseError as error:
                    raise RuntimeError("the job gave up") from error
        except RuntimeError as error:
            logging.getLogger("x").exception("failed")
            structlog.get_logger("x").warning("failed", why=f"because of {error.__cause__}")

    ours, theirs = log.getvalue(), pg_log().read_bytes()[seen:].decode()
    assert ours.count("\nRuntimeError: the job gave up".replace("\n", "\\n")) == len(statements)
    for written in (ours, theirs):
        assert 'duplicate key value violates unique constraint "accounts_account_pkey"' in written.replace("\\", "")
        assert [canary for canary in ("Канарейкина", "kanareika", "DETAIL", account.snils) if canary in written] == []


@pytest.mark.django_db
def test_p4_a_value_that_the_database_quotes_in_its_sentence_is_left_out(log: io.StringIO) -> None:
    value = "Канарейкина\nи ещё строка"
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        try:
            cursor.execute("SELECT %s::text::int", [value])
        except DatabaseError:
            logging.getLogger("x").exception("no number")
            raise

    assert "invalid input syntax for type integer" in log.getvalue()
    assert [canary for canary in ("Канарейкина", "ещё строка") if canary in log.getvalue()] == []


def pg_log() -> Path:
    return Path(settings.DATABASES["default"]["HOST"]).parent / "pg.log"


@pytest.mark.parametrize(
    "text",
    [
        "112-233-445 95",
        "11223344595",
        "112 233 445 95",
        "a.b@ya.ru",
        "+79005550142",
        "8 (900) 555-01-42",
        "a.b%40ya.ru",
    ],
)
def test_p4_shapes_are_taken_out(text: str) -> None:
    assert text not in clean(f"something {text} else")
