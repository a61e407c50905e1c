"""kill -9 of web, worker and PostgreSQL in turn under 200 registrations: every person gets a letter that works (M1, J1, D4)."""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import altcha
import pytest
from tests.stack import Stack, stack

from foundation.identifiers import snils

pytestmark = pytest.mark.stack
PEOPLE = 200
PATIENCE_S = 180
KILLS = 12


class Person:
    """Somebody with a browser, an address of a network of their own, and patience."""

    def __init__(self, number: int, stack: Stack) -> None:
        nine = f"{300_000_001 + number}"
        self.snils = f"{nine}{snils.control_number(nine):02d}"
        self.email = f"person{number}@nmfo.example"
        self.address = f"127.{10 + number // 200}.{number % 200}.1"
        self.port = int(stack.url.rpartition(":")[2])
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """One request: status, body, where to. Raises OSError while the portal is away."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20, source_address=(self.address, 0))
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, urlencode(form) if form is not None else None, headers)
            answer = connection.getresponse()
            body = answer.read().decode()
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _sign, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, body, answer.headers.get("Location", "")

    def patiently(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Try again, as people do, while the portal is away or busy."""
        limit = time.monotonic() + PATIENCE_S
        while True:
            try:
                status, body, target = self.ask(method, path, form)
            except (OSError, http.client.HTTPException):
                status = 503
            if status != 503:
                assert status != 500, body
                return status, body, target
            assert time.monotonic() < limit, f"{path}: no answer for {PATIENCE_S} s"
            time.sleep(0.2)

    def register(self) -> None:
        """Fill in the form and send it until it is taken."""
        _status, page, _target = self.patiently("GET", "/register/")
        form_key = re.search(r'name="form_key" value="([^"]+)"', page)
        assert form_key is not None
        for _try in range(20):
            answered = self.patiently("POST", "/register/", self.form(form_key[1]))
            if answered[0] == 302:
                return
        pytest.fail(f"the form was not taken: {answered[0]}")

    def form(self, form_key: str) -> dict[str, str]:
        token = self.patiently("GET", "/sign-in/")[1]
        csrf = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', token)
        assert csrf is not None
        challenge = json.loads(self.patiently("GET", "/human/challenge/")[1])
        solution = altcha.solve_challenge(altcha.Challenge.from_dict(challenge))
        assert solution is not None
        work = base64.b64encode(json.dumps({"challenge": challenge, "solution": solution.to_dict()}).encode()).decode()
        return {
            "csrfmiddlewaretoken": csrf[1], "form_key": form_key, "snils": self.snils, "surname": "Петрова", "first_name": "Мария",
            "birth_date_day": "6", "birth_date_month": "5", "birth_date_year": "1990", "sex": "F", "citizenship": "RUS",
            "region": "36", "phone": "+79005550142", "email": self.email, "personal_data": "on", "agreement": "on", "human_work": work,
        }  # fmt: skip


def test_kill_9_of_each_part_under_two_hundred_registrations() -> None:
    with stack() as portal:
        over = threading.Event()

        def reaper() -> int:
            killed = 0
            while killed < KILLS and not over.wait(3):
                pids = portal.pids(("web worker", "worker", "postgres", "web")[killed % 4])
                if pids:
                    os.kill(pids[0], signal.SIGKILL)
                    killed += 1
            return killed

        people = [Person(number, portal) for number in range(PEOPLE)]
        with ThreadPoolExecutor(9) as crew:
            kills = crew.submit(reaper)
            list(crew.map(Person.register, people))
            over.set()
            killed = kills.result()
        portal.wait_until_ready()

        wanted = {person.email for person in people}
        limit = time.monotonic() + PATIENCE_S
        while wanted - {letter["to"] for letter in portal.letters() if letter["delivery"] == "shown"}:
            assert time.monotonic() < limit, sorted(wanted - {letter["to"] for letter in portal.letters()})
            time.sleep(1)
        letters = [letter for letter in portal.letters() if letter["to"] in wanted]

        assert killed >= 4
        assert sorted(letter["to"] for letter in letters) == sorted(wanted)
        links = [re.search(r"/register/confirm/[\w-]{43}/", letter["text"]) for letter in letters]
        assert [people[0].patiently("GET", link[0])[0] for link in links if link] == [200] * PEOPLE
