"""A process of its own that reads one picture: `python -m nmfo.credits.photo_reader`, started by `nmfo.credits.photos`.

It says «ready» in a line of its own when all that it needs is there. Then the picture comes by stdin; what its code
says goes to stdout as JSON: `{"text": …}`, where null means that there is no code, or `{"pixels": …}` for a picture of
too many. Whatever else happens the process ends with a failure or is ended: pictures from strangers make libraries fail
in every way there is, and search for half a minute.
"""

from __future__ import annotations

import contextlib
import io
import json
import resource
import sys

import zxingcpp
from PIL import Image, features

FORMATS = ("JPEG", "PNG", "WEBP")  # Pillow opens an MPO as a JPEG first
CODECS = ("jpg", "zlib", "webp")  # what these are read with
MOST_PIXELS = 30_000_000
LONGEST_SIDE = 1600  # what is larger is scaled down: the time of a search grows with the square of it
LONGEST_TEXT = 2000
CPU_S = 3
MOST_BYTES = 1024 * 1024 * 1024  # of address space: a WEBP of MOST_PIXELS takes 600 MB while it is read


def limit() -> None:
    """Take from this process what reading a picture does not need. Not every system has each limit."""
    for what, most in ((resource.RLIMIT_AS, MOST_BYTES), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 1))  # so its end is SIGXCPU, and no other one's SIGKILL


def read(content: bytes) -> dict[str, str | int | None]:
    """What the first code in a picture says. Fails as the libraries do."""
    with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
        pixels = picture.width * picture.height
        if pixels > MOST_PIXELS:
            return {"pixels": pixels}
        picture.draft("L", (LONGEST_SIDE, LONGEST_SIDE))
        grey = picture.convert("L")
    grey.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    found = (one.text for one in zxingcpp.read_barcodes(grey) if one.text)
    text = next(found, None)
    return {"text": None if text is None else text[:LONGEST_TEXT]}


if __name__ == "__main__":
    limit()
    missing = [codec for codec in CODECS if not features.check(codec)]
    if missing:
        sys.exit(f"Pillow lacks {', '.join(missing)}")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    json.dump(read(sys.stdin.buffer.read()), sys.stdout)
