"""Tokens of badges: which registration it is, with proof that the portal made it; sixteen signs without a name.

The signs are Crockford's: no I, L, O, U, so that a token can be read aloud and typed. Five bytes are the registration's
number, five are a keyed hash over it and its owner: whoever guesses needs half a million millions of tries, each of
them at the organiser's door.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from foundation.vault.cipher import blinds
from nmfo.participation.models import Registration

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16
_NUMBER_BYTES = 5
_PROOF_BYTES = 5
_GROUP = 4
# What people type for the signs of a token: letters that look like digits, Russian ones that look like Latin ones.
_READ_AS = str.maketrans("OILАВЕЗКМНОРСТХУ", "011ABE3KMH0PCTXY")
_JUNK = re.compile(r"[\s\-–—_.]")


def token_of(registration: Registration) -> str:
    """The token of a registration, without separators."""
    return _written(registration.pk, next(iter(_proofs(registration.pk, registration.specialist_id))))


def shown(token: str) -> str:
    """7K3Q-9XAB-…: as people read it."""
    return "-".join(token[at : at + _GROUP] for at in range(0, len(token), _GROUP))


def number_in(text: str) -> tuple[int, str] | None:
    """The registration that a text speaks of and the clean token; None: it is no token. Proves nothing."""
    token = _JUNK.sub("", text).upper().translate(_READ_AS)
    if len(token) != LENGTH or any(sign not in SIGNS for sign in token):
        return None
    whole = 0
    for sign in token:
        whole = whole << 5 | SIGNS.index(sign)
    return whole >> 8 * _PROOF_BYTES, token


def is_genuine(token: str, registration: Registration) -> bool:
    """Whether the portal made this token for this registration. Tokens of earlier keys stay good."""
    proofs = _proofs(registration.pk, registration.specialist_id)
    return token in {_written(registration.pk, proof) for proof in proofs}


def _proofs(number: int, owner: int) -> Iterable[bytes]:
    # the first bytes of a blind index name the key: the proof is taken from its end
    return (index[-_PROOF_BYTES:] for index in blinds(f"{number}:{owner}", purpose="badge"))


def _written(number: int, proof: bytes) -> str:
    whole = int.from_bytes(number.to_bytes(_NUMBER_BYTES, "big") + proof, "big")
    return "".join(SIGNS[whole >> 5 * (LENGTH - 1 - at) & 31] for at in range(LENGTH))
