"""Somebody with a browser without scripts, an address of a network of their own, and patience."""

from __future__ import annotations

import http.client
import json
import re
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

from tests.stack import Stack
from tests.support.human import solve

PATIENCE_S = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An answer: status, text, and where it sends."""

    status: int
    text: str
    target: str

    def value(self, name: str) -> str:
        """The value of a hidden field."""
        found = re.search(rf'name="{name}" value="([^"]+)"', self.text)
        assert found is not None, f"{self.status} {self.text[:300]}"
        return found[1]


@dataclass(slots=True)
class Visitor:
    """A browser that keeps its cookies."""

    portal: Stack
    address: str
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> Page:
        """One request. Raises OSError or HTTPException while the portal is away."""
        port = int(self.portal.url.rpartition(":")[2])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60, source_address=(self.address, 0))
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, urlencode(form) if form is not None else None, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _sign, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        return Page(status=answer.status, text=text, target=answer.headers.get("Location", ""))

    def patiently(self, method: str, path: str, form: dict[str, str] | None = None) -> Page:
        """Try again, as people do, while the portal is away or busy."""
        limit = time.monotonic() + PATIENCE_S
        while True:
            try:
                page = self.ask(method, path, form)
            except (OSError, http.client.HTTPException):
                pass
            else:
                if page.status != http.HTTPStatus.SERVICE_UNAVAILABLE:
                    assert page.status != http.HTTPStatus.INTERNAL_SERVER_ERROR, page.text
                    return page
            assert time.monotonic() < limit, f"{path}: no answer for {PATIENCE_S} s"
            time.sleep(0.2)

    def get(self, path: str) -> Page:
        """Open a page."""
        return self.patiently("GET", path)

    def post(self, path: str, **form: str) -> Page:
        """Send a form with the token of a page of ours."""
        token = self.get(path).value("csrfmiddlewaretoken")
        return self.patiently("POST", path, {"csrfmiddlewaretoken": token, **form})

    def human(self) -> str:
        """A fresh proof that a human sits here."""
        return solve(json.loads(self.get("/human/challenge/").text))
