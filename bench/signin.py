"""Sign-in by password: processor time, split into the hash and the rest."""

from __future__ import annotations

import http.client
import re
import time
from urllib.parse import urlencode

from argon2.low_level import Type, hash_secret

from bench.home import get
from bench.measure import Portal, compare, cost, heading, portal

TRIES, PAGES, THREADS, HASHES = 60, 400, 2, 40
LOGIN, PASSWORD = "11223344595", "ландыш-вокзал-2026-компас"


def one_hash() -> float:
    """Processor milliseconds of one Argon2id hash at the portal's cost, in this process."""
    began = time.process_time()
    for _number in range(HASHES):
        hash_secret(b"password", b"salt-of-sixteen-b", 2, 19_456, 1, 32, Type.ID)
    return (time.process_time() - began) * 1000 / HASHES


def sign_in(site: Portal, device: str = "") -> str:
    """The form's page and its post; anything but a redirect ends the run. Returns the browser's token."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    connection.request("GET", "/sign-in/")
    page = connection.getresponse()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.read().decode())
    assert token is not None
    cookies = [page.headers["Set-Cookie"].split(";")[0], *([f"device={device}"] if device else [])]
    form = urlencode({"csrfmiddlewaretoken": token[1], "login": LOGIN, "password": PASSWORD})
    headers = {"Cookie": "; ".join(cookies), "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/sign-in/", form, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == http.client.FOUND, answer.status
    given = [cookie.split(";")[0] for cookie in answer.headers.get_all("Set-Cookie") or []]
    return next((cookie.removeprefix("device=") for cookie in given if cookie.startswith("device=")), device)


def main() -> None:
    """Print the figures."""
    with portal() as site:
        device = sign_in(site)
        for _warm_up in range(2):
            page = cost(site, requests=PAGES, threads=THREADS, work=lambda _number: get(site.port, "/sign-in/"))
        known = compare(
            one_hash, lambda: cost(site, requests=TRIES, threads=THREADS, work=lambda _number: sign_in(site, device))
        )
        new = compare(one_hash, lambda: cost(site, requests=TRIES, threads=THREADS, work=lambda _number: sign_in(site)))
    print(heading("sign-in (page and post)"))
    print(f"  floor: one Argon2id hash; a browser it knows: {known}")
    rest = known.cost - known.floor - page
    print(f"  hash {known.floor:.1f} ms, page {page:.1f} ms, the rest of the post {rest:.1f} ms")
    print(f"  a new browser, with its letter queued and delivered: {new}")


if __name__ == "__main__":
    main()
