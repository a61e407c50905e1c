"""kill -9 of web, worker and PostgreSQL in turn under 200 registrations: every person gets a letter that works (M1, J1, D4)."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from tests.stack import Stack, stack
from tests.support.visitor import PATIENCE_S, Visitor

from foundation.identifiers import snils

pytestmark = [pytest.mark.stack, pytest.mark.timeout(580)]  # four minutes where four tests share two cores
PEOPLE = 200
ROUNDS = 3
PARTS = ("web worker", "worker", "postgres", "web")
CONFIRM = re.compile(r"/register/confirm/[\w-]{43}/")


@dataclass(slots=True)
class Person(Visitor):
    """Somebody who wants to register."""

    number: int = 0
    snils: str = field(init=False)
    email: str = field(init=False)

    def __post_init__(self) -> None:
        nine = f"{300_000_001 + self.number}"
        self.snils = f"{nine}{snils.control_number(nine):02d}"
        self.email = f"person{self.number}@nmfo.example"

    def register(self) -> None:
        """Fill in the form once and send it until it is taken."""
        form_key = self.get("/register/").value("form_key")
        for _try in range(20):
            if self.post("/register/", **self.form(form_key)).status == 302:
                return
        pytest.fail("the form was not taken")

    def form(self, form_key: str) -> dict[str, str]:
        return {
            "form_key": form_key, "snils": self.snils, "surname": "Петрова", "first_name": "Мария",
            "birth_date_day": "6", "birth_date_month": "5", "birth_date_year": "1990", "sex": "F", "citizenship": "RUS",
            "region": "36", "phone": "+79005550142", "email": self.email, "personal_data": "on", "agreement": "on",
            "human_work": self.human(),
        }  # fmt: skip

    def follow(self, link: str) -> list[tuple[int, str]]:
        """Press the button behind the letter's link, choose a password, and come in: where each of them leads."""
        browser = Visitor(self.portal, self.address)
        pages = [browser.post(link), browser.post("/password/first/", password=self.password)]
        pages.append(browser.get("/settings/"))
        return [(page.status, page.target) for page in pages]

    @property
    def password(self) -> str:
        """A good one of their own."""
        return f"лодка-{self.number}-вереск-туман"


@dataclass(slots=True)
class Reaper:
    """Kills a part every three seconds, each in its turn, as often as it is let."""

    portal: Stack
    over: threading.Event = field(default_factory=threading.Event)
    killed: Counter[str] = field(default_factory=Counter)

    def run(self) -> None:
        while self.killed.total() < ROUNDS * len(PARTS) and not self.over.wait(3):
            part = PARTS[self.killed.total() % len(PARTS)]
            pids = self.portal.pids(part)
            if pids:
                os.kill(pids[0], signal.SIGKILL)
                self.killed[part] += 1


def test_kill_9_of_each_part_under_two_hundred_registrations() -> None:
    with stack(fresh=False) as portal:
        people = [Person(portal, f"127.10.{number}.1", number=number) for number in range(PEOPLE)]
        reaper = Reaper(portal)
        with ThreadPoolExecutor(9) as crew:
            kills = crew.submit(reaper.run)
            list(crew.map(Person.register, people))
            reaper.over.set()
            kills.result()
        portal.wait_until_ready()
        links = links_of(portal, {person.email for person in people})

        assert set(reaper.killed) == set(PARTS)
        with ThreadPoolExecutor(4) as crew:
            ways = Counter(map(str, crew.map(lambda person: person.follow(links[person.email]), people)))
        assert ways == {str([(302, "/password/first/"), (302, "/specialist/"), (200, "")]): PEOPLE}

        log = (portal.data / "up.log").read_text()
        told = [person.email for person in people if person.email in log or person.snils in log]
        assert told == []


def links_of(portal: Stack, wanted: set[str]) -> dict[str, str]:
    """The link of each letter, once every one has left; each person has one letter."""
    limit = time.monotonic() + PATIENCE_S
    while wanted - {letter["to"] for letter in portal.letters() if letter["delivery"] == "shown"}:
        assert time.monotonic() < limit, sorted(wanted - {letter["to"] for letter in portal.letters()})
        time.sleep(1)
    letters = [letter for letter in portal.letters() if letter["to"] in wanted]
    assert sorted(letter["to"] for letter in letters) == sorted(wanted)
    return {letter["to"]: found[0] for letter in letters if (found := CONFIRM.search(letter["text"]))}
