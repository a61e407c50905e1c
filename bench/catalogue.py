"""The catalogue at four sizes: search with facets, deep pages, cards, suggestions, and the operator's queue.

Every query of a run is another one, made from the words of the titles that are there, so that no page comes from
memory as a whole. Two floors: `bare` is an answer of the same server that does nothing, plus the twenty rows of a page
read by their keys in one prepared statement. F of a search adds the search itself: the same queries answered by the
index alone, with all facets counted, in this process.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import math
import os
import queue
import random
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import psutil
import psycopg
import pyotp
from django.db import connection
from django.http import QueryDict
from django.utils import timezone

from bench.home import get
from bench.measure import ROOT, Compared, Portal, compare, cost, heading, portal
from bench.registration import Browser
from foundation.runtime.embedded import Embedded
from foundation.runtime.keys import read_keys
from nmfo.catalogue.search.finding import find
from nmfo.catalogue.search.index import index
from nmfo.catalogue.search.query import Known, parse
from nmfo.catalogue.search.understanding import understand, words_of
from nmfo.demo.people import OPERATOR, PASSWORD, TOTP_SECRET

REQUESTS, THREADS, PAIRS = 300, 2, 5
PAGE = 20
FLOOR_READS = 1500
RATE_PER_S, LATENCIES = 20, 1000
SETTLE_LIMIT_S, ALIKE = 240, 40  # so many pages in a row that show everything: all processes have read
QUERIES = {
    "words": "one to three words, each tenth with a slip",
    "facets": "one or two words and two filters",
    "filters": "two or three filters without words",
    "deep": "a filter or a common word, a page far behind, another order",
    "mixed": "the four of them in turns",
}


@dataclass(frozen=True, slots=True)
class Size:
    """How much is in the catalogue: scale 1 is 33,500 programmes, 50,000 events, 10,000 modules."""

    scale: float
    factor: int = 1

    def __str__(self) -> str:
        return f"{self.scale:g}" + (f" with {self.factor} times the programmes" if self.factor > 1 else "")


SIZES = {"0.01": Size(0.01), "0.1": Size(0.1), "1": Size(1), "10": Size(1, 10)}


@dataclass(frozen=True, slots=True)
class Words:
    """What queries are made of: words of titles by how many titles have them, specialties, regions, and items."""

    rare: list[str]
    common: list[str]
    specialties: list[int]
    items: list[tuple[str, int]]
    total: int


class Database:
    """The bench's own connection, as the owner of the tables."""

    def __init__(self, site: Portal) -> None:
        secrets = read_keys(site.data / "keys.json")
        cluster = Embedded(site.data / "pg", admin_password="")
        self.connection = psycopg.connect(
            cluster.dsn("nmfo", "nmfo_owner", secrets.database["owner"]), autocommit=True, prepare_threshold=0
        )
        self.backend = psutil.Process(self.connection.info.backend_pid)

    def words(self) -> Words:
        """Take stock of what is there."""
        run = self.connection.execute
        items = run("SELECT kind, item_id, title FROM catalogue_searchrow WHERE listed ORDER BY item_id").fetchall()
        chance = random.Random(1)
        numbers: dict[str, int] = {}
        for _kind, _pk, title in chance.sample(items, min(len(items), 30_000)):
            for word in set(re.findall(r"[а-яё]{5,}", title.lower())):
                numbers[word] = numbers.get(word, 0) + 1
        by_number = sorted(numbers, key=lambda word: (-numbers[word], word))
        specialties = run(
            "SELECT unnest(main_specialties) AS one FROM catalogue_searchrow GROUP BY one ORDER BY one"
        ).fetchall()
        return Words(
            common=by_number[:40],
            rare=by_number[40:],
            specialties=[row[0] for row in specialties],
            items=[(kind, pk) for kind, pk, _title in chance.sample(items, min(len(items), 30_000))],
            total=len(items),
        )

    def twenty_rows(self, words: Words, seed: object) -> float:
        """Processor milliseconds, here and in PostgreSQL, of reading twenty rows by their keys."""
        chance = random.Random(f"{seed}")
        keys = [pk for _kind, pk in words.items]
        before = time.process_time() + sum(self.backend.cpu_times()[:2])
        for _read in range(FLOOR_READS):
            wanted = [chance.choice(keys) for _row in range(PAGE)]
            self.connection.execute(
                "SELECT item_id, kind, title, organisation_name, credits, starts, free_seats, price_rub"
                " FROM catalogue_searchrow WHERE item_id = ANY(%s)",
                [wanted],
            ).fetchall()
        return (time.process_time() + sum(self.backend.cpu_times()[:2]) - before) * 1000 / FLOOR_READS


class Engine:
    """The catalogue's index in this process, over the portal's database."""

    def __init__(self, site: Portal) -> None:
        secrets = read_keys(site.data / "keys.json")
        cluster = Embedded(site.data / "pg", admin_password="")
        connection.close()
        connection.settings_dict |= {"HOST": str(cluster.socket), "PORT": "", "NAME": "nmfo"}
        connection.settings_dict |= {"USER": "nmfo_web", "PASSWORD": secrets.database["web"]}
        self.snapshot = index().current()
        lists = self.snapshot
        self.known = Known(specialties=lists.specialties, regions=lists.regions, organisations=lists.organisations)

    def search(self, addresses: Iterator[str], requests: int = REQUESTS) -> float:
        """Processor milliseconds of one search with its facets, words understood beforehand."""
        today, asked = timezone.localdate(), []
        for address in itertools.islice(addresses, requests):
            query, _ignored = parse(QueryDict(address.partition("?")[2]), self.known)
            self.snapshot = index().current(words_of(query.q))
            asked.append((query, understand(self.snapshot, query.q)))
        before = time.process_time()
        for query, understood in asked:
            find(self.snapshot, query, understood.terms, today=today, volume=understood.volume)
        return (time.process_time() - before) * 1000 / requests


# --- queries


def queries(kind: str, words: Words, seed: object) -> Iterator[str]:
    """Addresses of a kind without end, the same for the same seed."""
    chance = random.Random(f"{seed}/{kind}")
    makers = {"words": _words, "facets": _facets, "filters": _filters, "deep": _deep}
    turns = list(makers.values()) if kind == "mixed" else [makers[kind]]
    while True:
        for make in turns:
            yield "/catalogue/?" + urlencode(make(words, chance), doseq=True)


def _words(words: Words, chance: random.Random) -> dict[str, object]:
    chosen = [_word(words, chance, rare=0.7) for _ in range(chance.randint(1, 3))]
    if _happens(chance, 0.1):
        chosen[0] = _slip(chosen[0], chance)
    return {"q": " ".join(chosen)}


def _word(words: Words, chance: random.Random, *, rare: float) -> str:
    return chance.choice(words.rare if _happens(chance, rare) else words.common)


def _happens(chance: random.Random, share: float) -> bool:
    return chance.random() < share


def _slip(word: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(word) - 1)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _filter(words: Words, chance: random.Random) -> dict[str, object]:
    return chance.choice(
        [
            {"level": chance.choice(["higher", "secondary"])},
            {"kind": chance.choice(["programme", "event", "module"])},
            {"form": chance.choice(["full_time", "part_time", "correspondence"])},
            {"specialty": chance.choice(words.specialties)},
            {"specialty": chance.choice(words.specialties)},
            {"region": f"{chance.randint(1, 79):02d}"},
            {"basis": chance.choice(["budget", "contract"])},
            {"credits": chance.choice([18, 36, 72, 144])},
            {"distance": "1"},
            {"free": "1"},
        ]
    )


def _filters(words: Words, chance: random.Random) -> dict[str, object]:
    asked: dict[str, object] = {}
    wanted = chance.randint(2, 3)
    while len(asked) < wanted:
        asked |= _filter(words, chance)
    return asked | ({"page": str(chance.randint(2, 9))} if _happens(chance, 0.3) else {})


def _facets(words: Words, chance: random.Random) -> dict[str, object]:
    asked = _filter(words, chance)
    while len(asked) == 1:
        asked |= _filter(words, chance)
    return asked | {"q": " ".join([_word(words, chance, rare=0.4) for _ in range(chance.randint(1, 2))])}


def _deep(words: Words, chance: random.Random) -> dict[str, object]:
    asked = _filter(words, chance) if _happens(chance, 0.7) else {"q": chance.choice(words.common)}
    order = chance.choice(["soonest", "newest", "credits", "price", "title", "relevance"])
    return asked | {"sort": order, "page": str(chance.randint(50, 2000))}


# --- measuring


def fill(site: Portal, size: Size) -> None:
    """Load the generated catalogue and wait until every web process answers from it."""
    command = [sys.executable, "-m", "nmfo", "demo", "generate", "--scale", str(size.scale), "--only", "catalogue"]
    command += ["--programmes-factor", str(size.factor)]
    environment = {**os.environ, "NMFO_DATA": str(site.data), "NMFO_PORT": str(site.port)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"generate failed:\n{done.stderr[-2000:]}")
    database = Database(site)
    database.connection.execute("VACUUM (ANALYZE)")
    database.connection.execute("CHECKPOINT") if _may_checkpoint(database) else None
    expected = database.words().total
    limit, right = time.monotonic() + SETTLE_LIMIT_S, 0
    while right < ALIKE and time.monotonic() < limit:
        page = _asked(site, f"/catalogue/?past=1&sort=title&page={right + 1}&x={time.monotonic_ns()}")
        shown = re.search(r'id="status"[^>]*>\s*<b>\D*([\d\s\u00a0\u202f]+)', page)
        right = right + 1 if shown and int(re.sub(r"\D", "", shown[1])) == expected else 0
        if not right:
            time.sleep(0.5)
    if right < ALIKE:
        sys.exit(f"the catalogue does not show {expected} items after {SETTLE_LIMIT_S} s")


def _may_checkpoint(database: Database) -> bool:
    row = database.connection.execute("SELECT pg_has_role('pg_checkpoint', 'USAGE')").fetchone()
    return bool(row and row[0])


def _asked(site: Portal, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    assert answer.status == http.client.OK, (path, answer.status)
    return body


def pages(site: Portal, addresses: Iterator[str], requests: int = REQUESTS) -> float:
    """Processor milliseconds of one page, each another address."""
    wanted = [next(addresses) for _ in range(requests)]
    return cost(site, requests=requests, threads=THREADS, work=lambda number: get(site.port, wanted[number]))


def latencies(site: Portal, addresses: Iterator[str]) -> list[float]:
    """Milliseconds from when a request was meant to start to its last byte, at a fixed rate of chance arrivals."""
    chance = random.Random(7)
    waiting: queue.Queue[tuple[float, str] | None] = queue.Queue()
    found: list[float] = []

    def serve() -> None:
        while (one := waiting.get()) is not None:
            meant, address = one
            get(site.port, address)
            found.append((time.monotonic() - meant) * 1000)

    crew = [threading.Thread(target=serve) for _ in range(16)]
    for member in crew:
        member.start()
    at = time.monotonic() + 0.2
    for _ in range(LATENCIES):
        at += chance.expovariate(RATE_PER_S)
        time.sleep(max(0.0, at - time.monotonic()))
        waiting.put((at, next(addresses)))
    for _member in crew:
        waiting.put(None)
    for member in crew:
        member.join()
    if len(found) != LATENCIES:
        sys.exit("some requests at the fixed rate failed")
    return sorted(found)


def prefixes(words: Words, seed: object) -> Iterator[str]:
    """Addresses of suggestions: the first letters of words of titles."""
    chance = random.Random(f"{seed}/prefix")
    while True:
        word = chance.choice(words.rare)
        yield "/catalogue/suggest/?" + urlencode({"q": word[: chance.randint(2, len(word))]})


def cards(words: Words, seed: object) -> Iterator[str]:
    """Addresses of cards."""
    chance = random.Random(f"{seed}/card")
    while True:
        kind, pk = chance.choice(words.items)
        yield f"/catalogue/{kind}s/{pk}/"


class Operator:
    """The first operator of the demo, signed in with both steps."""

    def __init__(self, site: Portal) -> None:
        self.browser = Browser(site, 0)
        self._post("/sign-in/", {"login": OPERATOR.snils, "password": PASSWORD})
        self._post("/sign-in/factor/", {"code": pyotp.TOTP(TOTP_SECRET).now()})

    def page(self, path: str) -> str:
        """A page; anything but 200 ends the run."""
        status, body = self.browser.ask("GET", path)
        assert status == http.client.OK, (path, status)
        return body

    def _post(self, path: str, form: dict[str, str]) -> None:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page(path))
        assert token is not None
        status, body = self.browser.ask("POST", path, {**form, "csrfmiddlewaretoken": token[1]})
        assert status == http.client.FOUND, (path, status, body[:500])


class Both:
    """A kind of query measured in turns: the floor with the search in it, and the page."""

    def __init__(self, site: Portal, engine: Engine, words: Words, kind: str, bare: Callable[[], float]) -> None:
        self.site, self.engine, self.words, self.kind, self.bare = site, engine, words, kind, bare
        self.rounds = itertools.count()
        self.bares, self.searches = list[float](), list[float]()

    def floor(self) -> float:
        """Processor milliseconds of the least that such a page takes."""
        self.bares.append(self.bare())
        self.searches.append(self.engine.search(queries(self.kind, self.words, f"engine {next(self.rounds)}")))
        return self.bares[-1] + self.searches[-1]

    def page(self) -> float:
        """Processor milliseconds of the page."""
        return pages(self.site, queries(self.kind, self.words, f"page {next(self.rounds)}"))


def measured(name: str, floor: Callable[[], float], work: Callable[[], float]) -> Compared:
    """Compare and print a line."""
    result = compare(floor, work, pairs=PAIRS)
    print(f"  {name:<28} {result}", flush=True)
    return result


def one_size(size: Size) -> None:
    """All figures of one size, in one run of one portal."""
    with portal() as site:
        began = time.monotonic()
        fill(site, size)
        database = Database(site)
        words = database.words()
        memory = [process.memory_info().rss for process in site.processes() if "wsgi" in " ".join(process.cmdline())]
        print(heading(f"catalogue, scale {size}: {words.total} items"))
        print(f"  loaded and read in {time.monotonic() - began:.0f} s; greatest web process {max(memory) >> 20} MB")
        rounds = iter(range(10_000))

        def bare() -> float:
            empty = cost(site, requests=600, threads=THREADS, work=lambda _number: get(site.port, "/health/live"))
            return empty + database.twenty_rows(words, next(rounds))

        engine = Engine(site)
        for warm in ("mixed", "mixed"):
            pages(site, queries(warm, words, "warm"))
            engine.search(queries(warm, words, "warm"))
        bare()
        for kind, meaning in QUERIES.items():
            both = Both(site, engine, words, kind, bare)
            print(f"  {kind}: {meaning}", flush=True)
            measured("    page", both.floor, both.page)
            parts = statistics.median(both.bares), statistics.median(both.searches)
            print(f"      of F: bare {parts[0]:.2f} ms, the search {parts[1]:.2f} ms")
        measured("card", bare, lambda: pages(site, cards(words, next(rounds))))
        measured("suggestion", bare, lambda: pages(site, prefixes(words, next(rounds))))
        operator = Operator(site)
        waiting = re.search(r"\d+", operator.page("/operator/"))
        assert waiting is not None
        for path in ("/operator/", "/operator/?page=40"):
            measured(
                f"operator's queue {path}",
                bare,
                lambda path=path: cost(site, requests=60, threads=THREADS, work=lambda _n: operator.page(path)),  # type: ignore[misc]
            )
        spent = latencies(site, queries("mixed", words, "latency"))
        shown = ", ".join(f"p{part} {spent[math.ceil(part * len(spent) / 100) - 1]:.1f}" for part in (50, 95, 99))
        print(f"  mixed at {RATE_PER_S} a second, ms of the clock: {shown}", flush=True)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="bench catalogue")
    parser.add_argument("sizes", nargs="*", default=list(SIZES), help=f"of {', '.join(SIZES)}; all by default")
    arguments = parser.parse_args()
    if len(arguments.sizes) == 1:
        one_size(SIZES[arguments.sizes[0]])
        return
    for name in arguments.sizes:  # each in a process of its own: the index is one a process
        subprocess.run([sys.executable, "-m", "nmfo", "bench", "catalogue", name], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
