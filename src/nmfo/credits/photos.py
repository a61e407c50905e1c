"""What the code in a photograph says, read in a process of its own that has limits; nothing of it is kept."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading

import structlog

from nmfo.credits.rules.refusals import (
    PhotoReaderBroken,
    PhotoReaderBusy,
    PhotoTooHard,
    PhotoTooLarge,
    PhotoUnfit,
    PhotoWithoutCode,
)

_log = structlog.get_logger("photos")

READ_S = 4.0
WAIT_S = 3.0  # for one of the places
READY = b"ready"  # what it says first
_LONGEST_WHY = 300
AT_ONCE = 2  # in a web process, so that other pages have threads and processors left

places = threading.BoundedSemaphore(AT_ONCE)


def text_of(content: bytes, *, read_s: float = READ_S, wait_s: float = WAIT_S) -> str:
    """The text of the code in a JPEG, PNG or WEBP.

    Raises:
        PhotoReaderBusy: others are being read, and in `wait_s` seconds none of them ended.
        PhotoUnfit: not a picture, a damaged one, or of another format.
        PhotoTooLarge: more pixels than are read.
        PhotoReaderBroken: the reader does not work, whatever the picture; the log has why.
        PhotoTooHard: not read in `read_s` seconds, or with the processor time and memory of the reader.
        PhotoWithoutCode: there is no code in it.

    """
    if not places.acquire(timeout=wait_s):
        raise PhotoReaderBusy
    try:
        said = _said(content, read_s)
    finally:
        places.release()
    if "pixels" in said:
        raise PhotoTooLarge
    if not said["text"]:
        raise PhotoWithoutCode
    return str(said["text"])


def _said(content: bytes, read_s: float) -> dict[str, str | int | None]:
    """What the process says before its time is over; when that comes it is killed.

    A reader that fails before it says that it is ready, or is ended by a signal that is not its limit of time, is
    broken: that is no fault of the picture, and the log says so.
    """
    try:
        ended = subprocess.run(
            [sys.executable, "-I", "-m", "nmfo.credits.photo_reader"],
            input=content,
            capture_output=True,
            env={},  # it needs none of our secrets
            timeout=read_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        if not (error.output or b"").startswith(READY):
            raise _broken("it was not ready in time") from error
        raise PhotoTooHard from error
    except OSError as error:
        raise _broken(f"it cannot be started: {error.strerror}") from error
    ready, _newline, answer = ended.stdout.partition(b"\n")
    if ended.returncode == -signal.SIGXCPU:
        raise PhotoTooHard
    if ended.returncode < 0:
        raise _broken(f"it was ended by {signal.Signals(-ended.returncode).name}")
    if ready != READY:
        raise _broken(ended.stderr.decode(errors="replace").strip().rpartition("\n")[2] or "it says nothing")
    if ended.returncode:
        raise PhotoUnfit
    said: dict[str, str | int | None] = json.loads(answer)
    return said


def _broken(why: str) -> PhotoReaderBroken:
    _log.error("the reader of photos is broken", why=why[:_LONGEST_WHY])
    return PhotoReaderBroken()
