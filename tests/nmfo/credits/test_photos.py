"""Photographs of codes: good ones are read, and no picture whatever holds the portal up."""

from __future__ import annotations

import datetime as dt
import io
import itertools
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import segno
import structlog
from django.utils import timezone
from PIL import Image
from tests.builders import a_specialist

from foundation.errors import Refused
from nmfo.credits import photo_reader, photos
from nmfo.credits.operations import photographing
from nmfo.credits.rules.refusals import (
    PhotoReaderBroken,
    PhotoReaderBusy,
    PhotoTooHard,
    PhotoTooLarge,
    PhotoUnfit,
    PhotoWithoutCode,
    TooManyPhotos,
)
from nmfo.specialists.models import Specialist

PATIENT_S = 60  # where another limit is not what a test is about: a machine may have much else to do
SAID = "http://localhost/specialist/codes/#НМО-1"


def read(content: bytes, *, read_s: float = PATIENT_S, wait_s: float = photos.WAIT_S) -> str:
    return photos.text_of(content, read_s=read_s, wait_s=wait_s)


def code_picture(size: int = 400) -> Image.Image:
    out = io.BytesIO()
    segno.make(SAID).save(out, kind="png", border=4)
    return Image.open(out).convert("RGB").resize((size, size), Image.Resampling.NEAREST)


def saved(picture: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


def full_of_finders(size: int, step: int = 18, cell: int = 2) -> bytes:
    """A small file for which a search of codes takes half a minute: the marks of their corners side by side."""
    mark = Image.new("L", (8, 8), 255)
    for x, y in itertools.product(range(7), repeat=2):
        if max(abs(x - 3), abs(y - 3)) in {0, 1, 3}:
            mark.putpixel((x, y), 0)
    mark = mark.resize((8 * cell, 8 * cell), Image.Resampling.NEAREST)
    whole = Image.new("L", (size, size), 255)
    for x, y in itertools.product(range(0, size - 8 * cell, step), repeat=2):
        whole.paste(mark, (x, y))
    return saved(whole.convert("1"), "PNG")


def readers() -> list[psutil.Process]:
    return [one for one in psutil.Process().children() if "nmfo.credits.photo_reader" in one.cmdline()]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "MPO"])
def test_a_good_photo_is_read(kind: str) -> None:
    assert read(saved(code_picture(), kind)) == SAID


def test_a_large_photo_is_read_and_one_that_is_larger_is_refused() -> None:
    large = Image.new("RGBA", (5000, 6000), "white")
    large.paste(code_picture(1500), (1700, 2500))

    assert read(saved(large, "PNG")) == SAID
    with pytest.raises(PhotoTooLarge):
        read(saved(Image.new("1", (5001, 6000)), "PNG"))


def test_a_photo_that_takes_too_long_is_refused_and_its_process_is_gone() -> None:
    hard, began = full_of_finders(1200), time.monotonic()

    with pytest.raises(PhotoTooHard):
        read(hard, read_s=2.5)  # below the limit of processor time

    assert len(hard) < 5000
    assert time.monotonic() - began < 20
    assert readers() == []


def test_the_reader_ends_by_itself_when_it_has_used_its_time() -> None:
    command = [sys.executable, "-m", "nmfo.credits.photo_reader"]

    ended = subprocess.run(command, input=full_of_finders(1200), capture_output=True, timeout=60, check=False)

    assert ended.returncode == -signal.SIGXCPU


def test_the_reader_gets_no_more_memory_than_it_needs() -> None:
    greedy = (
        "from nmfo.credits import photo_reader; photo_reader.limit(); print(1); bytearray(2 * photo_reader.MOST_BYTES)"
    )

    ended = subprocess.run([sys.executable, "-c", greedy], capture_output=True, text=True, timeout=60, check=False)

    assert (ended.stdout, ended.stderr.split()[-1]) == ("1\n", "MemoryError")


@pytest.mark.parametrize("kind", ["TIFF", "BMP", "GIF", "DDS", "SPIDER", "AVIF", "PPM"])
def test_other_formats_are_refused_whole_or_damaged(kind: str) -> None:
    picture = code_picture().convert("F" if kind == "SPIDER" else "RGB")
    content = saved(picture, kind)

    for one in (content, content[: len(content) // 2]):
        with pytest.raises(PhotoUnfit):
            read(one)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_damaged_photo_is_refused(kind: str) -> None:
    content = saved(code_picture(), kind)

    with pytest.raises(PhotoUnfit):
        read(content[: len(content) // 2])


def test_a_photo_without_a_code_says_so() -> None:
    with pytest.raises(PhotoWithoutCode):
        read(saved(Image.new("RGB", (300, 300), "white"), "PNG"))


def test_only_so_many_are_read_at_once_and_a_place_is_given_back() -> None:
    taken = [photos.places.acquire(blocking=False) for _place in range(photos.AT_ONCE)]
    try:
        with pytest.raises(PhotoReaderBusy):
            read(saved(code_picture(), "PNG"), wait_s=0.05)
    finally:
        for _place in taken:
            photos.places.release()

    for _time in range(photos.AT_ONCE + 1):
        with pytest.raises(PhotoUnfit):
            read(b"", wait_s=0.05)
    assert read(saved(code_picture(), "PNG"), wait_s=0.05) == SAID


def test_what_a_code_says_has_an_end() -> None:
    out = io.BytesIO()
    segno.make("1" * 4000).save(out, kind="png", scale=4, border=4)

    assert len(read(out.getvalue())) == photo_reader.LONGEST_TEXT


_WITHOUT = (
    "import runpy, sys; sys.modules[{!r}] = None; runpy.run_module('nmfo.credits.photo_reader', None, '__main__')"
)
_WITHOUT_WEBP = """
import runpy
from PIL import features
features.check = ["jpg", "zlib"].__contains__
runpy.run_module("nmfo.credits.photo_reader", None, "__main__")
"""


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (None, "it cannot be started: No such file or directory"),
        (_WITHOUT.format("zxingcpp"), "ModuleNotFoundError: import of zxingcpp halted"),
        (_WITHOUT.format("PIL"), "ModuleNotFoundError: import of PIL halted"),
        (_WITHOUT_WEBP, "Pillow lacks webp"),
        ("import os; os.kill(os.getpid(), 9)", "it was ended by SIGKILL"),
        ("print('ready', flush=True); import os; os.abort()", "it was ended by SIGABRT"),
        ("", "it says nothing"),
        ("import time; time.sleep(60)", "it was not ready in time"),
    ],
)
def test_a_broken_reader_is_no_fault_of_the_picture_and_stands_in_the_log(
    code: str | None, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    if code is not None:
        python.write_text(f"#!{sys.executable} -I\n{code}\n")
        python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))

    with structlog.testing.capture_logs() as log, pytest.raises(PhotoReaderBroken):
        read(saved(code_picture(), "PNG"), read_s=1.5 if "sleep" in (code or "") else PATIENT_S)

    assert [(one["log_level"], one["event"]) for one in log] == [("error", "the reader of photos is broken")]
    assert log[0]["why"].startswith(why)
    assert photos.places.acquire(timeout=0)
    photos.places.release()


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4"])
def test_a_picture_that_is_none_is_no_fault_of_the_reader(content: bytes) -> None:
    with structlog.testing.capture_logs() as log, pytest.raises(PhotoUnfit):
        read(content)

    assert log == []


@pytest.mark.django_db
def test_a_person_has_so_many_tries_and_others_have_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photographing, "PHOTO_TRIES", 2)
    doctor, other, now = a_specialist(), a_specialist(), timezone.now()
    content = saved(code_picture(), "PNG")

    def tried(who: Specialist, at: dt.datetime = now, what: bytes = content) -> str | type[Refused]:
        try:
            return photographing.read_photo(specialist=who, content=what, now=at)
        except Refused as refusal:
            return type(refusal)

    assert [tried(doctor, what=b""), tried(doctor), tried(doctor)] == [PhotoUnfit, "НМО-1", TooManyPhotos]
    assert (tried(other), tried(doctor, now + dt.timedelta(hours=2))) == ("НМО-1", "НМО-1")
