from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator

import psutil
import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.builders import PASSWORD, an_account, facts, registration_details, signed_in
from tests.stack import Stack
from tests.support.visitor import Visitor

from foundation.mail.models import Letter
from foundation.runtime.database import embedded
from foundation.runtime.environment import read
from nmfo.accounts.operations.recovering import answer_recovery, ask_recovery
from nmfo.accounts.operations.registering import answer_registration, register_person
from nmfo.demo import people as demo


@pytest.mark.django_db(transaction=True)
def test_i4_secrets_stand_in_no_table_and_no_job() -> None:
    account, now = an_account(), timezone.now()
    browser = signed_in(account)
    registration = register_person(details=registration_details(), form_key="k", language="ru", facts=facts(), now=now)
    answer_registration(registration.pk, now=now)
    recovery = ask_recovery(snils=account.snils, form_key="r", language="ru", facts=facts(ip="203.0.113.1"), now=now)
    answer_recovery(recovery.pk, now=now)
    letters = list(Letter.objects.all())
    wanted = [PASSWORD, browser.cookies[settings.SESSION_COOKIE_NAME].value, browser.cookies["device"].value]
    wanted += [letter.secret(name) for letter in letters for name in ("link", "temporary_password")]

    assert len(letters) == 2
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for canary in wanted:
                cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE strpos(t::text, %s) > 0', [canary])
                assert cursor.fetchone()[0] == 0, table
    for job in ProcrastinateJob.objects.all():
        assert all(isinstance(value, int) for value in job.args.values()), job.args


@pytest.mark.django_db
def test_i4_pages_of_links_tell_their_address_to_nobody() -> None:
    an_account()

    for path in ("/recover/some-token/", "/register/confirm/t/", "/e-mail/confirm/t/", "/e-mail/undo/t/"):
        answer = Client().get(path)
        assert answer["Referrer-Policy"] == "same-origin"
        assert "no-store" in answer["Cache-Control"]


LINK = "kanareika-kanareika-kanareika-kanareika-447"


@pytest.mark.stack
def test_i4_a_running_portal_shows_no_secret_in_logs_files_or_its_list_of_processes(portal: Stack) -> None:
    """Its log is at debug."""
    visitor, other = Visitor(portal, "127.20.1.1"), Visitor(portal, "127.20.2.1")
    key = visitor.get("/recover/").value("form_key")
    visitor.post("/recover/", form_key=key, snils=demo.NURSE.snils, human_work=visitor.human())
    visitor.post("/sign-in/", login=demo.DOCTOR.snils, password="неверный-kanareika-4471")
    other.post("/sign-in/", login=demo.DOCTOR.snils, password=demo.PASSWORD)
    assert other.get("/settings/").status == 200
    letter = the_letter(portal, "new_password")
    temporary = re.search(r"([2-9a-z]{4}-){2}[2-9a-z]{4}", letter["text"])
    assert temporary is not None
    visitor.post("/sign-in/", login=demo.NURSE.snils, password=temporary[0])
    for path in ("register/confirm", "recover", "e-mail/confirm", "e-mail/undo"):
        visitor.get(f"/{path}/{LINK}/")
    keys = json.loads((portal.data / "keys.json").read_text())
    secrets = {
        "a password": demo.PASSWORD,
        "a wrong password": "неверный-kanareika-4471",
        "a temporary password": temporary[0],
        "the same without hyphens": temporary[0].replace("-", ""),
        "a link": LINK,
        "a session": other.cookies["session"],
        "another session": visitor.cookies["session"],
        "a known browser": other.cookies["device"],
        "the token of forms": other.cookies["csrf"],
        **{f"the password of the database's {role}": password for role, password in keys["database"].items()},
        **{f"the key {name}": keys[name] for name in ("django", "derive")},
        **{f"the {name} key": keys[name]["1"] for name in ("field", "index")},
    }

    found = {
        (name, place)
        for place, content in places(portal)
        for name, secret in secrets.items()
        if secret.encode() in content
    }

    printed = {("a password", "up.log")}  # of the invented people, for whoever has started the demo
    assert found == printed


def the_letter(portal: Stack, kind: str) -> dict[str, str]:
    """The newest letter of this kind, once it is there."""
    limit = time.monotonic() + 60
    while not (found := [letter for letter in portal.letters() if letter["kind"] == kind]):
        assert time.monotonic() < limit
        time.sleep(0.2)
    letter: dict[str, str] = found[0]
    return letter


def places(portal: Stack) -> Iterator[tuple[str, bytes]]:
    """All that the portal has written but its keys, and how its processes were started."""
    with psycopg.connect(embedded(read({"NMFO_DATA": str(portal.data)})).dsn(), autocommit=True) as admin:
        admin.execute("CHECKPOINT")
    for path in portal.data.rglob("*"):
        if path.is_file() and path.name != "keys.json":
            yield str(path.relative_to(portal.data)), path.read_bytes()
    for process in psutil.Process(portal.process.pid).children(recursive=True):
        yield f"process {process.name()}", " ".join(process.cmdline()).encode()
