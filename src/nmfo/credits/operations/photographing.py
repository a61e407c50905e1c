"""Reading a confirmation code from a photograph: it says what the code is and activates nothing."""

from __future__ import annotations

import datetime as dt

from foundation.signin import throttle
from foundation.ui.templatetags.ui import clock
from nmfo.credits.codes import LONGEST
from nmfo.credits.photos import text_of
from nmfo.credits.rules.refusals import TooManyPhotos
from nmfo.credits.rules.words import CODE_PAUSE_S, CODE_WINDOW_S, PHOTO_TRIES
from nmfo.specialists.models import Specialist


def read_photo(*, specialist: Specialist, content: bytes, now: dt.datetime) -> str:
    """The code itself, or what follows the mark of the address. Every try is counted, whatever comes of it.

    Raises:
        TooManyPhotos: too many photos in a row.
        PhotoReaderBusy, PhotoReaderBroken, PhotoUnfit, PhotoTooLarge, PhotoTooHard, PhotoWithoutCode: nothing was read.

    """
    key = f"photo:{specialist.pk}"
    counted = throttle.reserve(key, limit=PHOTO_TRIES, window_s=CODE_WINDOW_S, lock_s=CODE_PAUSE_S, now=now)
    if counted.locked_until is not None:
        raise TooManyPhotos(time=clock(throttle.whole_minute(counted.locked_until)))
    return text_of(content).rpartition("#")[2][: 2 * LONGEST]
