"""Credits at three sizes in one run: the cabinet's first page, the ledger, a statement, and the redeeming of a code.

A portal for each size runs beside the others, and all are asked in turns: floor and page of the first size, floor and
page of the second … Each request is another specialist's, picked by chance and signed in beforehand by a session put
into the database. Half of them look before, so that what many share is in memory; the others are measured. F is the
least such a page takes: an answer of the same server that does nothing, and in PostgreSQL the session by its key, the
specialist by the account, and thirty entries of the ledger with their sum.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import http.client
import itertools
import json
import os
import random
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from bench.catalogue import Database
from bench.home import get
from bench.measure import ROOT, Portal, cost, heading, portal
from foundation.signin.sessions import SessionStore, hash_of
from nmfo.accounts.models import Account
from nmfo.credits.codes import shown
from nmfo.credits.deriving import code_text

SIZES = ("0.01", "0.1", "1")
FILLED = "filled"  # the mark of a kept folder whose data are whole
SIGN_IN = "sign-in"  # what this file is asked when it runs in a process with the keys of a portal
PAGES = {
    "summary": "/specialist/",
    "ledger": "/specialist/credits/",
    "statement": "/specialist/credits/statement/",
}
REQUESTS, REDEEMS, THREADS = 150, 40, 2
PAIRS, REDEEM_PAIRS = 9, 5
FLOOR_READS = 1000
SIGNED_IN = 4000
TOKEN = "b" * 32  # of the forms: a browser that is signed in has sent one and keeps it
_own = threading.local()

_SESSION = "SELECT id, account_id, data FROM signin_session WHERE key_hash = %s AND ended_at IS NULL"
_SPECIALIST = "SELECT id, about, steps_done, created_at FROM specialists_specialist WHERE account_id = %s"
_ENTRIES = """
SELECT id, earned_on, credits, part, version_id, sum(credits) OVER () FROM credits_ledgerentry
WHERE specialist_id = %s ORDER BY earned_on DESC, id DESC LIMIT 30
"""
_PEOPLE = """
SELECT a.id, s.id FROM specialists_specialist s JOIN accounts_account a ON a.id = s.account_id
WHERE a.state = 'active' AND a.is_demo ORDER BY md5(s.id::text) LIMIT %s
"""
# Codes with somebody each whom they suit: another person and another event each time where there are enough.
_REDEEMABLE = """
SELECT c.batch_id, c.number, b.item_id, s.account_id
FROM (
  SELECT id, batch_id, number FROM credits_confirmationcode
  WHERE state = 'issued' AND specialist_id IS NULL ORDER BY number, id LIMIT %(codes)s
) c
JOIN credits_codebatch b ON b.id = c.batch_id
CROSS JOIN LATERAL (
  SELECT s.id, s.account_id FROM (
    SELECT d.specialist_id FROM catalogue_versionspecialty vs
    JOIN specialists_document d ON d.specialty_id = vs.specialty_id
    WHERE vs.version_id = b.version_id LIMIT 200
  ) d
  JOIN specialists_specialist s ON s.id = d.specialist_id
  JOIN accounts_account a ON a.id = s.account_id AND a.state = 'active'
  WHERE NOT EXISTS (SELECT FROM credits_ledgerentry e WHERE e.specialist_id = s.id AND e.item_id = b.item_id)
  OFFSET c.number LIMIT 1
) s
LIMIT %(wanted)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """Somebody signed in: the key of the session, its hash, the account, the specialist."""

    key: str
    digest: str
    account: int
    specialist: int


@dataclass(slots=True, kw_only=True)
class Place:
    """A portal of a size, its people and codes, and what was measured."""

    size: str
    site: Portal
    database: Database
    people: list[Signed]
    codes: Iterator[tuple[str, str]]  # the code, the session's key
    floors: dict[str, list[float]] = field(default_factory=dict)
    costs: dict[str, list[float]] = field(default_factory=dict)
    chance: random.Random = field(default_factory=lambda: random.Random(3))

    def somebody(self) -> Signed:
        """A specialist by chance, of those who have not warmed it up."""
        return self.chance.choice(self.people[len(self.people) // 2 :])

    def floor(self) -> float:
        """Processor milliseconds of the least that a page of the cabinet takes."""
        empty = cost(self.site, requests=200, threads=THREADS, work=lambda _number: get(self.site.port, "/health/live"))
        whom = [self.somebody() for _read in range(FLOOR_READS)]
        run = self.database.connection.execute
        before = self._spent()
        for one in whom:
            run(_SESSION, [one.digest]).fetchone()
            run(_SPECIALIST, [one.account]).fetchone()
            run(_ENTRIES, [one.specialist]).fetchall()
        return empty + (self._spent() - before) * 1000 / FLOOR_READS

    def _spent(self) -> float:
        return time.process_time() + sum(self.database.backend.cpu_times()[:2])

    def page(self, path: str) -> float:
        """Processor milliseconds of a page, each time another person's."""
        whom = [self.somebody() for _request in range(REQUESTS)]
        return cost(self.site, requests=REQUESTS, threads=THREADS, work=lambda number: self._read(path, whom[number]))

    def warm_up(self) -> None:
        """Let half of the people look, so that what many share has been read: titles, what suits each specialty.

        The others are measured: what is a person's own has not been read before, but for who comes up twice.
        """
        for path in PAGES.values():
            whom = self.people[: len(self.people) // 2]
            cost(
                self.site,
                requests=len(whom),
                threads=THREADS,
                work=lambda number, at=path, them=whom: self._read(at, them[number]),  # type: ignore[misc]
            )

    def redeem(self) -> float:
        """Processor milliseconds of the form's post with a code that is good."""
        codes = list(itertools.islice(self.codes, REDEEMS))
        if len(codes) < REDEEMS:
            sys.exit(f"scale {self.size}: there are not enough codes")
        return cost(self.site, requests=REDEEMS, threads=THREADS, work=lambda number: self._send(*codes[number]))

    def _read(self, path: str, who: Signed) -> bytes:
        status, body = self._ask("GET", path, who.key)
        assert status == http.client.OK, (path, status)
        return body

    def _send(self, code: str, key: str) -> None:
        form = urlencode({"csrfmiddlewaretoken": TOKEN, "code": code})
        status, body = self._ask("POST", "/specialist/codes/", key, form)
        assert status == http.client.FOUND, (
            status,
            re.findall(r'id="code-err"[^>]*>(.*?)</p>', unpacked(body), re.DOTALL),
        )

    def _ask(self, method: str, path: str, key: str, form: str | None = None) -> tuple[int, bytes]:
        """A request over this thread's kept connection."""
        kept: dict[int, http.client.HTTPConnection] = _own.__dict__.setdefault("kept", {})
        line = kept.setdefault(self.site.port, http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=30))
        headers = {"Accept-Encoding": "gzip", "Cookie": f"session={key}; csrf={TOKEN}"}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        line.request(method, path, form, headers)
        answer = line.getresponse()
        return answer.status, answer.read()


def unpacked(body: bytes) -> str:
    """A page as it is before it is packed."""
    return gzip.decompress(body).decode() if body.startswith(b"\x1f\x8b") else body.decode()


# --- filling


def fill(site: Portal, size: str) -> float:
    """Load the generated data. Returns the seconds it took."""
    began = time.monotonic()
    _run(site, [sys.executable, "-m", "nmfo", "demo", "generate", "--scale", size])
    database = Database(site)
    database.connection.execute("VACUUM (ANALYZE)")
    return time.monotonic() - began


def _run(site: Portal, command: list[str], given: str = "") -> str:
    environment = {**os.environ, "NMFO_DATA": str(site.data), "NMFO_PORT": str(site.port)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, input=given or None
    )
    if done.returncode:
        sys.exit(f"{command} failed:\n{done.stderr[-2000:]}")
    return done.stdout


def stocked(site: Portal, size: str) -> Place:
    """The portal with its people signed in and codes to redeem."""
    database = Database(site)
    people = database.connection.execute(_PEOPLE, [SIGNED_IN]).fetchall()
    wanted = REDEEMS * (REDEEM_PAIRS + 1)
    rows = database.connection.execute(_REDEEMABLE, {"codes": 20 * wanted, "wanted": 4 * wanted}).fetchall()
    free = list({(item, account): (batch, number, item, account) for batch, number, item, account in rows}.values())
    asked = {
        "accounts": [account for account, _specialist in people] + [row[3] for row in free],
        "codes": [[batch, number] for batch, number, _item, _account in free],
    }
    command = [sys.executable, "-m", "nmfo", "bench", "credits", SIGN_IN]
    made = json.loads(_run(site, command, json.dumps(asked)))
    keys = made["keys"]
    signed = [
        Signed(key=key, digest=digest, account=account, specialist=specialist)
        for (key, digest), (account, specialist) in zip(keys, people, strict=False)
    ]
    redeeming = [key for key, _digest in keys[len(people) :]]
    codes = list(zip(made["codes"], redeeming, strict=True))
    random.Random(5).shuffle(codes)
    return Place(size=size, site=site, database=database, people=signed, codes=iter(codes))


def sign_in() -> None:
    """Open sessions and write codes out in full, with the portal's own keys; JSON in, JSON out."""
    asked = json.load(sys.stdin)
    accounts = Account.objects.in_bulk(asked["accounts"])
    keys = []
    for pk in asked["accounts"]:
        store = SessionStore()
        store[SESSION_KEY] = str(pk)
        store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        store[HASH_SESSION_KEY] = accounts[pk].get_session_auth_hash()
        store.describe(method="password", amr=["pwd"])
        store.save()
        keys.append((store.session_key, hash_of(store.session_key or "")))
    codes = [shown(code_text(batch, number)) for batch, number in asked["codes"]]
    json.dump({"keys": keys, "codes": codes}, sys.stdout)


# --- measuring


def measure(places: list[Place], name: str, work: Callable[[Place], float], pairs: int = PAIRS) -> None:
    """Floor and page of each size in turns; the first round warms up and does not count."""
    for place in places:
        place.floors.clear()
        place.costs.clear()
    for number in range(pairs + 1):
        for place in places:
            floor, spent = place.floor(), work(place)
            if number:
                place.floors.setdefault(name, []).append(floor)
                place.costs.setdefault(name, []).append(spent)
    print(f"  {name}", flush=True)
    for place in places:
        best = min(place.costs[name]) / min(place.floors[name])
        ratios = [one / under for one, under in zip(place.costs[name], place.floors[name], strict=True)]
        against = [one / least for one, least in zip(place.costs[name], places[0].costs[name], strict=True)]
        print(
            f"    scale {place.size:<5} {statistics.median(place.costs[name]):.2f} ms = "
            f"{statistics.median(ratios):.1f} F (F {statistics.median(place.floors[name]):.2f} ms; "
            f"{min(ratios):.1f}–{max(ratios):.1f} F), the least {min(place.costs[name]):.2f} ms = "
            f"{best:.1f} F, {statistics.median(against):.2f} of scale {places[0].size} "
            f"({min(against):.2f}–{max(against):.2f})",
            flush=True,
        )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="bench credits")
    parser.add_argument("sizes", nargs="*", default=list(SIZES), help=f"of {', '.join(SIZES)}; all by default")
    parser.add_argument("--keep", type=Path, help="folder for the filled portals; what is there is not filled again")
    asked = parser.parse_args()
    sizes: list[str] = asked.sizes
    if sizes == [SIGN_IN]:
        sign_in()
        return
    with contextlib.ExitStack() as stack:
        places = []
        for size in sizes:
            folder = asked.keep.resolve() / f"scale-{size}" if asked.keep else None
            site = stack.enter_context(portal(folder))
            loaded = fill(site, size) if not (site.data / FILLED).exists() else None
            (site.data / FILLED).touch()
            place = stocked(site, size)
            run = place.database.connection.execute
            row = run("SELECT count(*), pg_database_size(current_database()) FROM credits_ledgerentry").fetchone()
            assert row is not None
            how = "kept" if loaded is None else f"loaded in {loaded:.0f} s"
            print(f"  scale {size}: {row[0]} entries, {row[1] / 1e9:.2f} GB, {how}", flush=True)
            places.append(place)
            place.warm_up()
        print(heading(f"credits, scales {', '.join(sizes)}"))
        for name, path in PAGES.items():
            measure(places, name, lambda place, path=path: place.page(path))  # type: ignore[misc]
        measure(places, "redeem", Place.redeem, REDEEM_PAIRS)
        for place in places:
            began = time.monotonic()
            said = _run(place.site, [sys.executable, "-m", "nmfo", "audit", "verify"])
            print(
                f"  scale {place.size}: the books verified in {time.monotonic() - began:.0f} s: {said.splitlines()[1]}"
            )


if __name__ == "__main__":
    main()
