"""AES-256-GCM for values, HMAC-SHA-256 for finding them again.

A sealed value is `version (1 byte) | key id (2 bytes) | nonce (12 bytes) | ciphertext and tag`. The associated data
name table, column and row, so that a value copied into another row does not open (reliability.md P3).
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Collection, Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from foundation.runtime.keys import keys

_VERSION = b"\x01"
_KEY_ID_BYTES = 2
_NONCE_BYTES = 12
_HEAD = 1 + _KEY_ID_BYTES + _NONCE_BYTES


class CannotOpen(Exception):
    """The value was changed, belongs to another row, or its key is gone."""


def seal(plain: bytes, *, aad: str) -> bytes:
    """Encrypt with the newest key. `aad` says where the value belongs and must be given again to open it."""
    number, key = keys().field[0]
    nonce = os.urandom(_NONCE_BYTES)
    head = _VERSION + number.to_bytes(_KEY_ID_BYTES, "big") + nonce
    return head + AESGCM(key).encrypt(nonce, plain, aad.encode())


def seal_all(plains: Collection[bytes], *, aads: Iterable[str]) -> list[bytes]:
    """`seal` of many values, each with its own `aad`; a loader of millions saves half of the time."""
    number, key = keys().field[0]
    head, encrypt = _VERSION + number.to_bytes(_KEY_ID_BYTES, "big"), AESGCM(key).encrypt
    chance = os.urandom(_NONCE_BYTES * len(plains))
    nonces = (chance[at : at + _NONCE_BYTES] for at in range(0, len(chance), _NONCE_BYTES))
    return [
        head + nonce + encrypt(nonce, plain, aad.encode())
        for nonce, plain, aad in zip(nonces, plains, aads, strict=True)
    ]


def open_sealed(sealed: bytes, *, aad: str) -> bytes:
    """Decrypt. Raises CannotOpen."""
    if sealed[:1] != _VERSION or len(sealed) <= _HEAD:
        raise CannotOpen("not a sealed value")
    key = dict(keys().field).get(key_id(sealed))
    if key is None:
        raise CannotOpen(f"key {key_id(sealed)} is not in the key file")
    try:
        return AESGCM(key).decrypt(sealed[1 + _KEY_ID_BYTES : _HEAD], sealed[_HEAD:], aad.encode())
    except InvalidTag:
        raise CannotOpen(f"the value does not belong to {aad}, or was changed") from None


def key_id(sealed: bytes) -> int:
    """Which key a value was sealed with."""
    return int.from_bytes(sealed[1 : 1 + _KEY_ID_BYTES], "big")


def index_key_id(index: bytes) -> int:
    """Which key an index was made with."""
    return int.from_bytes(index[:_KEY_ID_BYTES], "big")


def blind(value: str, *, purpose: str) -> bytes:
    """The index of a value under the newest key. `purpose` keeps equal values of different fields apart."""
    return _blind(keys().index[0], value, purpose)


def blind_all(values: Iterable[str], *, purpose: str) -> list[bytes]:
    """`blind` of many values."""
    number, key = keys().index[0]
    head = number.to_bytes(_KEY_ID_BYTES, "big")
    return [head + hmac.digest(key, f"{purpose}\0{value}".encode(), "sha256") for value in values]


def blinds(value: str, *, purpose: str) -> list[bytes]:
    """The indexes of a value under every key, newest first: for look-ups while keys are being changed."""
    return [_blind(entry, value, purpose) for entry in keys().index]


def _blind(entry: tuple[int, bytes], value: str, purpose: str) -> bytes:
    number, key = entry
    digest = hmac.new(key, f"{purpose}\0{value}".encode(), hashlib.sha256).digest()
    return number.to_bytes(_KEY_ID_BYTES, "big") + digest
