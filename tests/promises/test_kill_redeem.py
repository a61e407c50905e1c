"""kill -9 of web, worker and PostgreSQL in turn while doctors activate codes: every credit that was shown stays (L1).

`KILL_REDEEMS` and `KILL_ROUNDS` make it as large as one likes (docs/develop/bench.md).
"""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.builders import PASSWORD
from tests.environment import ROOT
from tests.stack import Stack, clean_environment, stack
from tests.support.visitor import PATIENCE_S, Page, Visitor

from foundation.runtime.database import embedded
from foundation.runtime.environment import read

pytestmark = pytest.mark.stack
REDEEMS = int(os.environ.get("KILL_REDEEMS", "300"))
ROUNDS = int(os.environ.get("KILL_ROUNDS", "2"))
CODES = max(10, REDEEMS // 100)  # of each doctor: a batch for more than a hundred takes a second person
CREW = 8
PARTS = ("web worker", "worker", "postgres", "web")
ENTRY = re.compile(r"/specialist/credits/(\d+)/")
SUM = re.compile(r"<dd>\s*(\d+)\s*<small>")
OF_THE_DAY = re.compile(r"<dd>\s*<b>(\d+)</b>")


@dataclass(slots=True)
class Journal:
    """What doctors were told, each line on the disk before anything else is done."""

    path: Path
    codes: set[int] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self, doctor: int, code: int, entry: int) -> None:
        with self.lock, self.path.open("a") as file:
            file.write(f"{doctor} {code} {entry}\n")
            file.flush()
            os.fsync(file.fileno())
            self.codes.add(code)

    def lines(self) -> list[tuple[int, int, int]]:
        """Doctor, code and entry; the entry is 0 where the page said that the code had been activated already."""
        return [(int(a), int(b), int(c)) for a, b, c in map(str.split, self.path.read_text().splitlines())]


@dataclass
class Doctor(Visitor):
    """Somebody with codes on paper."""

    snils: str = ""
    specialist: int = 0
    codes: dict[str, int] = field(default_factory=dict)
    token: str = ""
    cut: int = 0

    def sign_in(self) -> None:
        assert self.post("/sign-in/", login=self.snils, password=PASSWORD).status == http.HTTPStatus.FOUND
        self.token = self.get("/specialist/codes/").value("csrfmiddlewaretoken")

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> Page:
        """A request; of those that a kill has cut off, or that found nobody, there is a count."""
        try:
            page = Visitor.ask(self, method, path, form)
        except (OSError, http.client.HTTPException):
            self.cut += 1
            raise
        self.cut += page.status == http.HTTPStatus.SERVICE_UNAVAILABLE
        return page

    def activate(self, text: str, journal: Journal) -> None:
        """Press the button, again after a lost answer, until a page says that the credits are there."""
        page = self.patiently("POST", "/specialist/codes/", {"csrfmiddlewaretoken": self.token, "code": text})
        entry = ENTRY.fullmatch(page.target)
        assert entry or "Вы уже ввели этот код" in page.text, f"{page.status} {page.target} {page.text[:3000]}"
        journal.write(self.specialist, self.codes[text], int(entry[1]) if entry else 0)

    def activate_all(self, journal: Journal) -> None:
        """Every third button is pressed twice at once."""
        for number, text in enumerate(self.codes):
            with ThreadPoolExecutor(2) as hands:
                clicks = [hands.submit(self.activate, text, journal) for _click in range(1 + (number % 3 == 0))]
                for click in clicks:
                    click.result()

    def sums(self) -> tuple[int, int]:
        """What the page of credits says, and the statement."""
        shown = SUM.search(self.get("/specialist/credits/").text)
        stated = OF_THE_DAY.search(self.get("/specialist/credits/statement/").text)
        assert shown
        assert stated
        return int(shown[1]), int(stated[1])


@dataclass(slots=True)
class Reaper:
    """Kills the parts in turn, each time when the next share of the codes was answered: never when nobody works."""

    portal: Stack
    journal: Journal
    over: threading.Event = field(default_factory=threading.Event)
    killed: Counter[str] = field(default_factory=Counter)

    def run(self) -> None:
        kills = ROUNDS * len(PARTS)
        while self.killed.total() < kills and not self.over.wait(0.05):
            if len(self.journal.codes) * (kills + 1) >= REDEEMS * (self.killed.total() + 1):
                part = PARTS[self.killed.total() % len(PARTS)]
                pids = self.portal.pids(part)
                if pids:
                    os.kill(pids[0], signal.SIGKILL)
                    self.killed[part] += 1


def test_l1_every_credit_shown_stays_after_kill_9_of_each_part(tmp_path: Path) -> None:
    with stack(fresh=False) as portal:
        doctors = prepare(portal, REDEEMS // CODES, CODES)
        journal = Journal(tmp_path / "journal")
        with ThreadPoolExecutor(CREW) as crew:
            list(crew.map(Doctor.sign_in, doctors))
        reaper = Reaper(portal, journal)
        began = time.monotonic()
        with ThreadPoolExecutor(CREW + 1) as crew:
            kills = crew.submit(reaper.run)
            try:
                list(crew.map(lambda doctor: doctor.activate_all(journal), doctors))
            finally:
                reaper.over.set()
            kills.result()
        seconds = time.monotonic() - began
        portal.wait_until_ready()
        told = journal.lines()
        book = book_of(portal, [doctor.specialist for doctor in doctors])
        wrong = {
            "lost": sorted({code for _who, code, _entry in told} - set(book.entries)),
            "never shown": sorted(set(book.entries) - {code for _who, code, _entry in told}),
            "another's": [line for line in told if book.entries.get(line[1], (line[0],))[0] != line[0]],
            "moved": [line for line in told if line[2] and book.entries.get(line[1], (0, 0))[1] != line[2]],
        }
        cut = sum(doctor.cut for doctor in doctors)
        sys.stdout.write(
            f"{len(book.entries)} codes, killed {dict(reaper.killed)}, {cut} requests cut, {seconds:.0f} s, {wrong}\n"
        )

        assert wrong == {"lost": [], "never shown": [], "another's": [], "moved": []}
        assert reaper.killed == dict.fromkeys(PARTS, ROUNDS)
        assert cut
        assert len(book.entries) == book.rows == book.activated == book.origins == REDEEMS
        assert book.allowances == [(len(doctors), len(doctors))] * CODES
        assert book.sums == dict.fromkeys([doctor.specialist for doctor in doctors], sum_of(CODES))
        with ThreadPoolExecutor(CREW) as crew:
            shown = Counter(crew.map(Doctor.sums, doctors))
        assert shown == {(sum_of(CODES), sum_of(CODES)): len(doctors)}
        assert "nothing was changed" in nmfo(portal, "audit", "verify")


def sum_of(events: int) -> int:
    """What as many events are worth: one to three credits in turn, see the driver."""
    return sum(1 + number % 3 for number in range(events))


def prepare(portal: Stack, doctors: int, codes: int) -> list[Doctor]:
    """Doctors, each in a network of their own, with codes that wait for them in the portal's database."""
    told = json.loads(python(portal, "tests.support.redeem_driver", str(doctors), str(codes)))
    return [Doctor(portal, f"127.{20 + n // 250}.{n % 250}.1", **one) for n, one in enumerate(told)]


def nmfo(portal: Stack, *words: str) -> str:
    """A command of the portal's command line, which must end well."""
    return python(portal, "nmfo", *words)


def python(portal: Stack, module: str, *words: str) -> str:
    """A module beside the portal, on its database."""
    ours = {"NMFO_DATA": str(portal.data), "NMFO_DB_ROLE": "web", "DJANGO_SETTINGS_MODULE": "nmfo.config.settings"}
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=ROOT,
        env={**clean_environment(), **ours, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=3 * PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What the tables say at the end, by SQL alone."""

    entries: dict[int, tuple[int, int]]  # by code: whose, and the number of the entry
    rows: int
    activated: int
    origins: int
    allowances: list[tuple[Any, ...]]
    sums: dict[int, int]


def book_of(portal: Stack, people: list[int]) -> Book:
    """Read what concerns these specialists past the portal; its demo data have credits too."""
    server = embedded(read({"NMFO_DATA": str(portal.data)}))
    with psycopg.connect(server.dsn("nmfo")) as connection:

        def rows(query: str) -> list[tuple[Any, ...]]:
            return connection.execute(query, [people]).fetchall()

        return Book(
            entries={
                int(origin.removeprefix("code:")): (who, pk)
                for origin, who, pk in rows(
                    "SELECT origin, specialist_id, id FROM credits_ledgerentry WHERE specialist_id = ANY(%s)"
                )
            },
            rows=rows("SELECT count(*) FROM credits_ledgerentry WHERE specialist_id = ANY(%s)")[0][0],
            activated=rows("SELECT count(*) FROM credits_confirmationcode WHERE activated_by_id = ANY(%s)")[0][0],
            origins=rows("SELECT count(*) FROM credits_usedorigin WHERE specialist_id = ANY(%s)")[0][0],
            allowances=rows(
                "SELECT people, given FROM credits_allowance WHERE offering IN (SELECT 'event:' || b.item_id"
                " FROM credits_confirmationcode c JOIN credits_codebatch b ON b.id = c.batch_id"
                " WHERE c.activated_by_id = ANY(%s))"
            ),
            sums=dict(
                rows(
                    "SELECT specialist_id, sum(credits)::int FROM credits_ledgerentry WHERE specialist_id = ANY(%s)"
                    " GROUP BY specialist_id"
                )
            ),
        )
