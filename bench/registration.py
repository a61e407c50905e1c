"""Registration: page, human check, post, and the page «письмо отправлено»; each from a network of its own."""

from __future__ import annotations

import base64
import http.client
import itertools
import json
import re
from urllib.parse import urlencode

import altcha

from bench.home import get
from bench.measure import Portal, compare, cost, heading, portal
from foundation.identifiers import snils

PEOPLE, THREADS = 40, 2
_numbers = itertools.count(400_000_001)


class Browser:
    """Cookies, and an address of loopback of its own: ten registrations an hour are the limit of a network."""

    def __init__(self, site: Portal, number: int) -> None:
        self.number, self.port, self.cookies = number, site.port, dict[str, str]()
        self.address = f"127.{number // 250 % 250 + 1}.{number % 250}.1"

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20, source_address=(self.address, 0))
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, urlencode(form) if form else None, headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _sign, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        connection.close()
        return answer.status, body


def register(site: Portal) -> None:
    """One person, from the form to the page after it."""
    number = next(_numbers)
    browser = Browser(site, number)
    page = browser.ask("GET", "/register/")[1]
    found = {name: re.search(rf'name="{name}" value="([^"]+)"', page) for name in ("csrfmiddlewaretoken", "form_key")}
    challenge = json.loads(browser.ask("GET", "/human/challenge/")[1])
    solution = altcha.solve_challenge(altcha.Challenge.from_dict(challenge))
    assert solution is not None
    work = base64.b64encode(json.dumps({"challenge": challenge, "solution": solution.to_dict()}).encode()).decode()
    form = {name: match[1] for name, match in found.items() if match} | {
        "snils": f"{number}{snils.control_number(str(number)):02d}",
        "surname": "Петрова",
        "first_name": "Мария",
        "birth_date_day": "6",
        "birth_date_month": "5",
        "birth_date_year": "1990",
        "sex": "F",
        "citizenship": "RUS",
        "region": "36",
        "phone": "+79005550142",
        "email": f"person{number}@nmfo.example",
        "personal_data": "on",
        "agreement": "on",
        "human_work": work,
    }
    status, _body = browser.ask("POST", "/register/", form)
    assert status == http.client.FOUND, status
    assert browser.ask("GET", "/register/sent/")[0] == http.client.OK


def main() -> None:
    """Print the figures."""
    with portal() as site:
        register(site)
        result = compare(
            lambda: cost(site, requests=200, threads=THREADS, work=lambda _number: get(site.port, "/health/live")),
            lambda: cost(site, requests=PEOPLE, threads=THREADS, work=lambda _number: register(site)),
        )
    print(heading("registration (four requests)"))
    print(f"  floor: /health/live; registration: {result}")


if __name__ == "__main__":
    main()
