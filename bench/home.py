"""The home page: processor time against an answer that does nothing, statements, bytes, pages per CPU second."""

from __future__ import annotations

import gzip
import http.client
import threading

from bench.measure import Portal, compare, cost, heading, portal

REQUESTS, THREADS = 600, 4
_own = threading.local()


def get(port: int, path: str) -> bytes:
    """One GET over this thread's kept connection; anything but 200 ends the run."""
    connection = getattr(_own, "connection", None)
    if connection is None or connection.port != port:
        connection = _own.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == http.client.OK, (path, answer.status)
    return body


def measure(site: Portal, path: str) -> float:
    """Processor milliseconds of one GET of `path`."""
    return cost(site, requests=REQUESTS, threads=THREADS, work=lambda _: get(site.port, path))


def main() -> None:
    """Print the figures."""
    with portal() as site:
        for path in ("/health/live", "/"):
            measure(site, path)  # warm up
        result = compare(lambda: measure(site, "/health/live"), lambda: measure(site, "/"))
        page = get(site.port, "/")
    print(heading("home page"))
    print(f"  floor: /health/live; page: {result}")
    unpacked = len(gzip.decompress(page))
    print(f"  {1000 / result.cost:.0f} pages per CPU second; {len(page)} bytes sent, {unpacked} unpacked")


if __name__ == "__main__":
    main()
