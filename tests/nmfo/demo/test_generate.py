"""`nmfo demo generate` and `clear`: as many as the scale says, the same for the same seed, valid, once, whole or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from django.contrib.auth.hashers import check_password
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.test import Client
from django.utils import timezone
from tests.builders import an_account, facts, lists
from tests.environment import DATA, ROOT
from tests.support.catalogue import wrong_runs, wrong_versions
from tests.support.workers import trouble

from foundation.audit.queries import checked
from foundation.db.pgcopy import Rows
from foundation.identifiers import inn, licence, ogrn, snils
from foundation.signin.models import AuthEvent, Factor
from nmfo.accounts.models import Account
from nmfo.accounts.queries import account_by_email, account_by_snils, has_unread_versions
from nmfo.catalogue.models import Item, Run, SearchRow, Version, VersionStep
from nmfo.catalogue.operations.listing import refresh_everything
from nmfo.credits.deriving import code_text
from nmfo.credits.models import ConfirmationCode, Expectation, LedgerEntry, UsedOrigin
from nmfo.credits.operations.redeeming import redeem_code
from nmfo.credits.operations.sealing import seal_ledger
from nmfo.credits.rules.words import Awaited, Source
from nmfo.cycles.models import Cycle
from nmfo.demo.generate.crew import WorkerFailed, made_in_order
from nmfo.demo.generate.items import item_rows
from nmfo.demo.generate.loading import generate
from nmfo.demo.generate.plan import Facts, Part, Plan
from nmfo.demo.loading import load_demo
from nmfo.demo.models import GeneratedPhase
from nmfo.demo.people import PASSWORD, TOTP_SECRET
from nmfo.organisations.models import Member, Organisation
from nmfo.participation.models import Gathering, Mark, Registration
from nmfo.participation.queries import measured
from nmfo.specialists.models import Document, Specialist, Track

SCALE = 0.001
TODAY = dt.date(2026, 11, 25)
TABLES = (
    "accounts_account",
    "accounts_consent",
    "catalogue_item",
    "catalogue_run",
    "catalogue_searchrow",
    "catalogue_version",
    "catalogue_versionspecialty",
    "catalogue_versionteacher",
    "credits_allowance",
    "credits_codebatch",
    "credits_confirmationcode",
    "credits_expectation",
    "credits_expectationstep",
    "credits_ledgerentry",
    "credits_proposal",
    "credits_usedorigin",
    "cycles_cycle",
    "organisations_member",
    "organisations_organisation",
    "participation_gathering",
    "participation_mark",
    "participation_registration",
    "participation_window",
    "participation_windowanswer",
    "signin_factor",
    "specialists_document",
    "specialists_specialist",
    "specialists_track",
)
ORDERS = {
    "catalogue_searchrow": "item_id",
    "credits_allowance": "substr(offering, 7)::bigint",
    "credits_usedorigin": "entry_id",
    "participation_gathering": "item_id",
}
_COLUMNS = """
SELECT string_agg(quote_ident(column_name), ', ' ORDER BY column_name) FROM information_schema.columns
WHERE table_name = %s AND data_type <> 'bytea' AND column_name NOT IN ('id', 'password', 'transaction', 'done_at', 'digest', 'offering')
  AND NOT (column_name = 'origin' AND table_name IN ('credits_ledgerentry', 'credits_usedorigin', 'credits_expectation'))
  AND (column_name NOT LIKE '%%\\_id' OR column_name = 'region_id')
"""


def run(*arguments: str) -> str:
    """The command's answer."""
    out = io.StringIO()
    call_command("demo", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue().strip()


def generated(*arguments: str, seed: int = 7) -> str:
    return run("generate", "--scale", str(SCALE), "--seed", str(seed), "--today", TODAY.isoformat(), *arguments)


def digest() -> dict[str, str]:
    """What every table says, without ids and what is sealed under a nonce of its own."""
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(_COLUMNS, [table])
            (columns,) = cursor.fetchone()
            order = ORDERS.get(table, "id")
            cursor.execute(
                f"SELECT md5(string_agg(t::text, ' ')) FROM (SELECT {columns} FROM {table} ORDER BY {order}) t"
            )
            found[table] = cursor.fetchone()[0]
    opened = "".join(
        f"{row.snils}{row.email}{row.phone}{row.birth_date}"
        for row in Account.objects.filter(is_demo=True).order_by("pk")
    )
    opened += "".join(
        LedgerEntry.objects.exclude(source__in=["code", "presence"]).order_by("pk").values_list("origin", flat=True)
    )
    opened += "".join(f"{row.number}{row.specialty}" for row in Document.objects.order_by("pk"))
    return {**found, "opened": hashlib.sha256(opened.encode()).hexdigest()}


@pytest.fixture
def _ready(transactional_db: None) -> None:
    lists()


@pytest.mark.usefixtures("_ready")
def test_there_is_as_much_as_the_scale_says_and_all_of_it_is_valid() -> None:
    generated()

    assert Account.objects.count() == 2000
    assert Specialist.objects.count() == Document.objects.count() == 1300
    assert Track.objects.count() > 1300
    assert Organisation.objects.count() == 1
    assert list(Member.objects.values_list("roles", flat=True)) == [["owner"], ["methodist"], ["registrar"]]
    assert [Item.objects.filter(kind=kind).count() for kind in ("programme", "event", "module")] == [34, 50, 10]
    assert SearchRow.objects.filter(listed=True).count() == 94
    assert Version.objects.filter(state="submitted", number=2).count() == 5
    assert 34 < Run.objects.count() < 4 * 34

    _people_are_valid()
    _items_are_valid()
    _books_balance()
    _presence_stands_behind_credits()
    browser = Client()
    browser.post("/sign-in/", {"login": Account.objects.order_by("pk")[10].snils, "password": PASSWORD})
    assert browser.get("/specialist/").status_code == 200


def _people_are_valid() -> None:
    numbers = set()
    for account in Account.objects.all():
        assert snils.parse(account.snils) == account.snils
        assert account.snils.startswith("90")
        assert account.email.endswith(".nmfo.example")
        assert account.phone.startswith("+7000")
        assert dt.date(1956, 1, 1) <= account.birth_date <= dt.date(2004, 12, 31)
        assert account.surname.endswith("а") or account.sex == "M" or not account.surname.endswith(("ов", "ин", "ий"))
        assert account.is_demo
        numbers.add(account.snils)
    assert len(numbers) == 2000
    first = Account.objects.order_by("pk")[0]
    assert account_by_snils(first.snils) == account_by_email(first.email) == first
    assert check_password(PASSWORD, first.password)
    assert not has_unread_versions(first, timezone.localdate())
    assert Document.objects.order_by("pk")[0].number.startswith("7726 ")
    assert [factor.data for factor in Factor.objects.all()] == [{"secret": TOTP_SECRET, "step": 0}] * 3


def faults() -> list[str]:
    """What `nmfo audit verify` finds besides the trail."""
    return [fault for found in checked().values() for fault in found]


def _books_balance() -> None:
    assert faults() == []
    assert Cycle.objects.count() == 1300
    entries = LedgerEntry.objects.all()
    assert 1300 * 25 < entries.count() < 1300 * 33
    assert set(entries.values_list("source", flat=True)) == set(Source)
    assert {row.year for row in entries.dates("earned_on", "year")} > {2022, 2023, 2024, 2025}
    assert entries.filter(earned_on__gt=TODAY).count() == entries.filter(posted_at__gt=timezone.now()).count() == 0
    assert entries.filter(posted_at__date__lt=F("earned_on")).count() == 0
    assert set(Expectation.objects.values_list("state", flat=True)) == {Awaited.AWAITED, Awaited.REFUSED}
    doctor = Specialist.objects.order_by("pk")[10]
    assert 12 <= doctor.entries.count() <= 46
    assert seal_ledger() is None  # so that nothing has to be unsealed when they are cleared

    code = ConfirmationCode.objects.filter(state="issued", batch__valid_until_on__gte=TODAY).order_by("pk")[0]
    fits = code.batch.version.specialty_rows.values("specialty_id")
    person = Specialist.objects.filter(documents__specialty__in=fits).exclude(entries__item=code.batch.item_id)[0]
    now = dt.datetime.combine(TODAY, dt.time(12), dt.UTC)
    entry = redeem_code(specialist=person, text=code_text(code.batch_id, code.number), facts=facts(), now=now)
    assert (entry.version_id, entry.source) == (code.batch.version_id, Source.CODE)
    assert faults() == []


def _presence_stands_behind_credits() -> None:
    by_presence = LedgerEntry.objects.filter(source="presence")
    there = {f"registration:{row.pk}": row for row in Registration.objects.filter(state="present")}
    assert set(by_presence.values_list("origin", flat=True)) == set(there)
    for entry in by_presence:
        row = there[entry.origin]
        assert (row.specialist_id, row.item_id, row.version_id) == (
            entry.specialist_id, entry.item_id, entry.version_id,
        )  # fmt: skip
        assert row.decided_at is not None
        assert row.signed_up_at < row.decided_at <= entry.posted_at == row.settled_at
    away = Registration.objects.exclude(state="present")
    refused = Expectation.objects.filter(state=Awaited.REFUSED)
    assert {f"registration:{row.pk}" for row in away} == set(refused.values_list("origin", flat=True)) != set()

    for gathering in Gathering.objects.select_related("item"):
        rows = list(Registration.objects.filter(item=gathering.item))
        assert gathering.taken == len(rows)
        assert gathering.confirmed == sum(row.state == "present" for row in rows)
        assert gathering.version.seats is None
        for one in measured(gathering.version, rows, now=timezone.now()):
            assert one.decision.reached == (one.registration.state == "present"), one
            assert (one.registration.arrived_at is not None) == bool(one.evidence.marks)
    assert Gathering.objects.count() == len({row.item_id for row in there.values()} | {row.item_id for row in away})


def _items_are_valid() -> None:
    assert wrong_versions(timezone.now()) == {}
    assert wrong_runs(TODAY) == {}
    for organisation in Organisation.objects.all():
        assert inn.parse(organisation.inn) == organisation.inn
        assert ogrn.parse(organisation.ogrn) == organisation.ogrn
        assert licence.parse(organisation.licence_number) == organisation.licence_number
    titles = list(Version.objects.filter(number=1).order_by("pk").values_list("title", flat=True))
    assert all(one != other for one, other in itertools.pairwise(titles))
    known = digest()["catalogue_searchrow"]
    refresh_everything()
    assert digest()["catalogue_searchrow"] == known


@pytest.mark.usefixtures("_ready")
def test_the_same_seed_makes_the_same_rows_and_another_makes_others() -> None:
    generated()
    first = digest()
    run("clear")
    generated()
    again = digest()
    run("clear")
    generated(seed=8)
    other = digest()

    assert again == first
    same = {"accounts_consent", "organisations_member", "signin_factor", "specialists_specialist"}
    assert {name for name in other if other[name] == first[name]} == same


@pytest.mark.usefixtures("_ready")
def test_running_again_changes_nothing_and_the_catalogue_can_come_first() -> None:
    generated("--only", "catalogue")
    assert (Account.objects.count(), Item.objects.count()) == (0, 94)
    generated()
    whole = digest()

    assert generated() == "0 new rows"
    assert digest() == whole
    run("clear")
    generated()
    assert digest() == whole


@pytest.mark.usefixtures("_ready")
def test_what_does_not_go_together_is_refused() -> None:
    generated("--only", "catalogue")
    with pytest.raises(CommandError, match="another kind here: seed 7"):
        generated(seed=8)
    an_account()
    with pytest.raises(CommandError, match="real accounts"):
        generated()
    for scale in ("0", "-1", "many", "6"):
        with pytest.raises(CommandError, match="--scale"):
            run("generate", "--scale", scale)

    assert Account.objects.count() == 1


@pytest.mark.usefixtures("_ready")
def test_clearing_leaves_the_hand_made_demo_alone() -> None:
    load_demo(timezone.now())
    before = digest()
    generated()
    assert digest() != before

    answer = run("clear")

    assert digest() == before
    assert answer.endswith("0 kept because people have used them")
    assert not GeneratedPhase.objects.exists()


@pytest.mark.usefixtures("_ready")
def test_clearing_keeps_what_people_have_used_and_all_that_belongs_to_it() -> None:
    generated()
    version = Version.objects.filter(item__kind="programme", state="submitted").order_by("pk")[0]
    parts = (version.specialty_rows.count(), version.teachers.count(), version.item.runs.count())
    VersionStep.objects.create(version=version, state="submitted", at=timezone.now())
    person = Account.objects.order_by("pk")[100]
    AuthEvent.objects.create(account=person, kind="signed_in", at=timezone.now())
    entries = LedgerEntry.objects.filter(specialist__account=person).count()

    run("clear")

    learned = Version.objects.filter(pk__in=person.specialist.entries.values("version_id"))
    awaited = Version.objects.filter(pk__in=person.specialist.expectations.values("version_id"))
    assert {row.item_id for row in (*learned, *awaited)} | {version.item_id} == {row.pk for row in Item.objects.all()}
    assert LedgerEntry.objects.count() == UsedOrigin.objects.count() == entries
    assert set(Registration.objects.values_list("specialist", flat=True)) == {person.specialist.pk}
    by_presence = person.specialist.entries.filter(source="presence").count()
    assert Registration.objects.filter(state="present").count() == by_presence > 0
    assert sum(Gathering.objects.values_list("taken", flat=True)) == Registration.objects.count()
    assert Mark.objects.exclude(registration__in=Registration.objects.all()).count() == 0
    assert faults() == []
    version.refresh_from_db()
    assert (version.specialty_rows.count(), version.teachers.count(), version.item.runs.count()) == parts
    assert SearchRow.objects.count() == Item.objects.count()
    assert list(Organisation.objects.all()) == [version.item.organisation]
    assert Member.objects.count() == 3
    assert set(Account.objects.all()) == {person, *(member.account for member in Member.objects.all())}
    assert person.specialist.documents.count() == 1
    with pytest.raises(CommandError, match="people have used"):
        generated()


_COMMAND = f"""
import sys, django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from django.core.management import call_command
call_command("demo", "generate", "--scale", "{SCALE}", "--seed", "7", "--today", "{TODAY}")
"""


@pytest.mark.usefixtures("_ready")
def test_killed_in_the_middle_and_run_again_it_comes_to_the_same_end() -> None:
    generated()
    undisturbed = digest()
    run("clear")

    reached = [_killed_after(phase) for phase in ("organisations", "accounts", "codes")]
    _wait_until_free()
    generated()

    assert reached == sorted(reached)
    assert 1 <= reached[0] <= reached[-1] < 11
    assert digest() == undisturbed


def _killed_after(phase: str) -> int:
    """Kill the command with -9 as soon as it says that a phase is done. Returns how many phases are there then."""
    _wait_until_free()
    environment = {
        **os.environ, "NMFO_DATA": str(DATA), "NMFO_DB_ROLE": "owner", "PYTHONPATH": str(ROOT / "src"),
        "DJANGO_SETTINGS_MODULE": "nmfo.config.settings",
    }  # fmt: skip
    command = [sys.executable, "-c", _COMMAND, str(connection.settings_dict["NAME"])]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = next((line for line in process.stderr if line.startswith(phase) and "done" in line), "")
        process.send_signal(signal.SIGKILL)
    assert said
    _wait_until_free()
    return GeneratedPhase.objects.count()


def _wait_until_free() -> None:
    """Until PostgreSQL has noticed that the killed one is gone."""
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
                "WHERE locktype = 'advisory' AND datname = current_database()"
            )
            if cursor.fetchone() == (0,):
                return
    pytest.fail("the killed process still holds its lock")


FACTS = Facts(
    specialties=((1, "Терапия", "higher"), (2, "Кардиология", "higher"), (3, "Сестринское дело", "secondary")),
    zones=(("77", "Europe/Moscow"), ("78", "Europe/Moscow"), ("54", "Asia/Novosibirsk")),
    agreements=(1, 2),
    password="!",
    second_step="",
    first_ids={"catalogue_item": 1, "catalogue_version": 1, "organisations_organisation": 1},
)
PLAN = Plan(seed=1, scale=0.01, programmes_factor=1, today=TODAY)
PARTS = [Part(kind="programme", first=first, count=10) for first in range(0, 80, 10)]


def test_rows_do_not_depend_on_who_makes_them() -> None:
    alone = list(made_in_order(item_rows, PLAN, FACTS, PARTS, processes=1))

    assert list(made_in_order(item_rows, PLAN, FACTS, PARTS, processes=3)) == alone


def test_trouble_in_a_worker_is_told() -> None:
    made: Iterator[list[Rows]] = made_in_order(trouble, PLAN, FACTS, PARTS, processes=2)

    with pytest.raises(WorkerFailed, match="the fourth part cannot be made"):
        list(made)


@pytest.mark.usefixtures("_ready")
def test_progress_is_told_phase_by_phase() -> None:
    said = io.StringIO()

    generate(PLAN, people=False, processes=1, stream=said, now=timezone.now())

    phases = [line.split()[0] for line in said.getvalue().splitlines() if " done: " in line]
    assert phases == ["organisations", "items", "search"]
