"""What the code in a photograph says, read in a process of its own that has limits; nothing of it is kept."""

from __future__ import annotations

import json
import subprocess
import sys
import threading

from nmfo.credits.rules import PhotoReaderBusy, PhotoTooHard, PhotoTooLarge, PhotoUnfit, PhotoWithoutCode

READ_S = 4.0
WAIT_S = 3.0  # for one of the places
AT_ONCE = 2  # in a web process, so that other pages have threads and processors left

places = threading.BoundedSemaphore(AT_ONCE)


def text_of(content: bytes, *, read_s: float = READ_S, wait_s: float = WAIT_S) -> str:
    """The text of the code in a JPEG, PNG or WEBP.

    Raises:
        PhotoReaderBusy: others are being read, and in `wait_s` seconds none of them ended.
        PhotoUnfit: not a picture, a damaged one, or of another format.
        PhotoTooLarge: more pixels than are read.
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
    """What the process says before its time is over; when that comes it is killed."""
    try:
        ended = subprocess.run(
            [sys.executable, "-I", "-m", "nmfo.credits.photo_reader"],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},  # it needs none of our secrets
            timeout=read_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PhotoTooHard from error
    if ended.returncode < 0:  # ended by a signal: a limit, or a library that fell
        raise PhotoTooHard
    if ended.returncode:
        raise PhotoUnfit
    said: dict[str, str | int | None] = json.loads(ended.stdout)
    return said
