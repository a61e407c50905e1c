"""Secrets of letters, and when to try again. Pure but for the installation's key."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac

from foundation.runtime.keys import keys

# No letters and digits that look alike: 31 signs, so twelve of them carry 59 bits (promise I9).
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_GROUPS, _GROUP = 3, 4
_CODE_DIGITS = 6
PAUSES_S = (10, 30, 60, 120, 300, 600, 1800, 3600)
GIVE_UP_AFTER = dt.timedelta(hours=48)
GIVE_UP_URGENT_AFTER = dt.timedelta(hours=24)


def derive(letter_id: int, name: str) -> str:
    """The secret called `name` of a letter: the same at every call, stored nowhere (promise M3).

    `temporary_password`: three groups of four signs; `code`: six digits; anything else: 43 signs fit for an address.
    """
    raw = hmac.new(keys().derive, f"{name}:{letter_id}".encode(), hashlib.sha512).digest()
    number = int.from_bytes(raw, "big")  # 512 bits: the bias of taking remainders is below 2^-400
    if name == "code":
        return f"{number % 10**_CODE_DIGITS:0{_CODE_DIGITS}d}"
    if name != "temporary_password":
        return base64.urlsafe_b64encode(raw[:32]).decode().rstrip("=")
    signs = []
    for _ in range(_GROUPS * _GROUP):
        number, rest = divmod(number, len(ALPHABET))
        signs.append(ALPHABET[rest])
    return "-".join("".join(signs[start : start + _GROUP]) for start in range(0, len(signs), _GROUP))


def with_inner_quotes(text: str) -> str:
    """The text with quotes within quotes as Russian writes them: «Съезд „Терапия“». Lines that do not pair stay."""
    return "\n".join(_inner_quotes(line) for line in text.split("\n"))


def _inner_quotes(line: str) -> str:
    depth, signs = 0, list(line)
    for place, sign in enumerate(signs):
        if sign == "«":
            depth += 1
            signs[place] = "«" if depth == 1 else "„"
        elif sign == "»":
            depth -= 1
            signs[place] = "»" if depth == 0 else "“"
        if depth < 0:
            return line
    return "".join(signs) if depth == 0 else line


def next_pause_s(attempts: int) -> int:
    """Seconds until the next try, after `attempts` tries."""
    return PAUSES_S[min(attempts, len(PAUSES_S)) - 1]
